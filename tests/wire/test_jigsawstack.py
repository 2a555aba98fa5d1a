# SPDX-License-Identifier: Apache-2.0
"""JigsawStack's file store: upload in all its encodings, read, delete."""
import concurrent.futures
import json
import urllib.parse

import samples
from apis import (ROOT, UUID, api_key, assert_file, assert_refused, doors,
                  jigsawstack_read, jigsawstack_upload)
from harness import WireTest
from rawhttp import chunked, form, get_url, request

PNG = samples.png(5, 4)
CURL = {"Content-Type": "application/x-www-form-urlencoded"}


def options_part(**options):
    return ("body", json.dumps(options))


class JigsawstackTest(WireTest):
    def form_upload(self, *parts, door=ROOT, path="/v1/store/file"):
        kind, body = form(*parts)
        return request(self.server, "POST", door[1] + path,
                       {**door[2], **api_key(self.server.secret), **kind},
                       body)

    def stored(self, response, key, data):
        """Checks the answer and reads the file back."""
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response["Content-Type"], "application/json")
        body = response.json()
        self.assertIs(body["success"], True)
        self.assertRegex(body["log_id"], UUID)
        self.assertEqual(body["size"], len(data))
        if key is not None:
            self.assertEqual(body["key"], key)
        quoted = urllib.parse.quote(body["key"], safe="/-._~")
        self.assertTrue(
            body["url"].endswith("/v1/store/file/read/" + quoted), body)
        self.assertNotIn("?", body["url"])
        self.assertNotIn("temp_public_url", body)
        read = jigsawstack_read(self.server, body["key"])
        assert_file(self, read, data)
        assert_file(self, get_url(
            self.server, body["url"] + "?x-api-key=" + self.server.public),
            data)
        return read

    def test_every_door_and_both_spellings_store(self):
        for door in doors("jigsawstack"):
            for path in ("/v1/store/file", "/v1/store/upload",
                         "/api/v1/store/file", "//v1/store/file"):
                key = f"{door[0]}/{path.count('/')}{path.strip('/')}"
                with self.subTest(key):
                    response = jigsawstack_upload(
                        self.server, key, b"x", door, path=path)
                    self.stored(response, key, b"x")
                    again = jigsawstack_read(self.server, key, door)
                    assert_file(self, again, b"x")

    def test_the_five_encodings_mean_the_same(self):
        data = b"a\r\n--boundary\r\n\0\xff" + PNG
        file = ("file", data, "blob", "application/octet-stream")
        # JS since 0.3.4, with the file first or last
        self.stored(self.form_upload(file, options_part(key="A 1")), "A 1",
                    data)
        self.stored(self.form_upload(options_part(key="A2"), file), "A2",
                    data)
        # JS 0.2, Python: raw, options in the query
        self.stored(jigsawstack_upload(self.server, "B", data), "B", data)
        # JS up to 0.0.28: `undefined` for what is not set
        self.stored(jigsawstack_upload(self.server, "C", data,
                                       overwrite="undefined"), "C", data)
        # single form fields
        self.stored(self.form_upload(file, ("key", "D"),
                                     ("overwrite", "true")), "D", data)
        # curl --data-binary without a type
        self.stored(jigsawstack_upload(self.server, "E", data, headers=CURL),
                    "E", data)

    def test_a_raw_json_body_is_a_file(self):
        data = b'{"key": "not this"}'
        read = self.stored(
            jigsawstack_upload(self.server, "j.json", data, headers={
                "Content-Type": "application/json"}), "j.json", data)
        self.assertEqual(read["Content-Type"], "application/json")

    def test_a_chunked_body_is_a_file(self):
        response = jigsawstack_upload(
            self.server, "chunked", chunked(b"abc", b"", b"d" * 1000),
            headers={"Transfer-Encoding": "chunked"})
        self.stored(response, "chunked", b"abc" + b"d" * 1000)

    def test_without_options_the_key_is_random(self):
        keys = set()
        for body in ("undefined", "", "{}", "null"):
            for _ in range(2):
                response = self.form_upload(("file", b"1", "blob"),
                                            ("body", body))
                self.stored(response, None, b"1")
                keys.add(response.json()["key"])
        for key in ("", "undefined", None):
            response = jigsawstack_upload(self.server, key, b"1")
            self.stored(response, None, b"1")
            keys.add(response.json()["key"])
        self.assertEqual(len(keys), 11)

    def test_filename_is_an_older_name_of_key(self):
        file = ("file", b"1", "x")
        self.stored(self.form_upload(file, options_part(filename="old.png")),
                    "old.png", b"1")
        self.stored(self.form_upload(
            file, options_part(key="k", filename="f")), "k", b"1")
        self.stored(self.form_upload(
            file, options_part(filename="body"), ("key", "field")), "body",
            b"1")

    def test_a_file_is_only_replaced_when_asked(self):
        with_text = {"headers": {"Content-Type": "text/plain"}}
        self.stored(jigsawstack_upload(self.server, "o", b"one", **with_text),
                    "o", b"one")
        for value in (None, "false", "False", "undefined", "None", ""):
            with self.subTest(value), self.nothing_left():
                assert_refused(
                    self, "jigsawstack",
                    jigsawstack_upload(self.server, "o", b"two",
                                       overwrite=value), 400,
                    "(?i)file already exists")
                assert_file(self, jigsawstack_read(self.server, "o"), b"one",
                            "text/plain")
        for value in ("true", "True", "TRUE", "1"):
            with self.subTest(value):
                data = b"new " + value.encode()
                read = self.stored(jigsawstack_upload(
                    self.server, "o", data, overwrite=value,
                    content_type="text/csv"), "o", data)
                self.assertEqual(read["Content-Type"], "text/csv")

    def test_types_follow_the_order_of_trust(self):
        file = ("file", PNG, "blob", "application/octet-stream")
        for key, parts, wanted in (
                ("t1.txt", [file, options_part(
                    key="t1.txt", overwrite=True,
                    content_type="application/x-mine")],
                 "application/x-mine"),
                ("t2", [("file", b"a,b", "x", "text/csv"),
                        options_part(key="t2")], "text/csv"),
                ("t3", [file, options_part(key="t3")], "image/png"),
                ("t4.css", [("file", b"a{}", "x"),
                            options_part(key="t4.css")], "text/css"),
                ("t5", [("file", b"\x01\x02\x03\xfe", "x"),
                        options_part(key="t5")],
                 "application/octet-stream")):
            with self.subTest(key):
                self.assertEqual(self.form_upload(*parts).status, 200)
                read = jigsawstack_read(self.server, key)
                self.assertEqual(read["Content-Type"], wanted)

    def test_odd_keys_come_back_by_their_url(self):
        for key in ("dir/a b/ü.txt", "100%.txt", "a+b.txt", "what?.txt",
                    "#hash", "a%2Fb", "..a/b..", "read/x", "delete/y",
                    "~x", "k" * 255, "a" * 200 + "/" + "b" * 200):
            with self.subTest(key):
                self.stored(jigsawstack_upload(self.server, key, b"x"), key,
                            b"x")

    def test_a_stray_percent_in_a_path_is_literal(self):
        jigsawstack_upload(self.server, "50%.txt", b"half")
        response = request(self.server, "GET",
                           "/v1/store/file/read/50%.txt",
                           api_key(self.server.secret))
        assert_file(self, response, b"half")

    def test_an_empty_part_is_a_file_and_an_empty_body_is_none(self):
        self.stored(self.form_upload(("file", b"", "x"),
                                     options_part(key="empty")), "empty", b"")
        with self.nothing_left():
            assert_refused(self, "jigsawstack",
                           jigsawstack_upload(self.server, "none", b""), 400)

    def test_reading_takes_a_key(self):
        jigsawstack_upload(self.server, "r.txt", b"data")
        path = "/v1/store/file/read/r.txt"
        s = self.server
        for name, target, headers, status in (
                ("secret in header", path, api_key(s.secret), 200),
                ("public in header", path, api_key(s.public), 200),
                ("public in query", f"{path}?x-api-key={s.public}", {}, 200),
                ("and more query", f"{path}?a=b&x-api-key={s.public}&key=r",
                 {}, 200),
                ("none", path, {}, 401),
                ("unknown", path, api_key("sk_live_x"), 401),
                ("empty", path, api_key(""), 401),
                ("secret in query", f"{path}?x-api-key={s.secret}", {}, 401),
                ("wrong header over right query",
                 f"{path}?x-api-key={s.public}", api_key("x"), 401)):
            for method in ("GET", "HEAD"):
                with self.subTest(name, method=method):
                    response = request(s, method, target, headers)
                    self.assertEqual(response.status, status, response)
                    if status == 200 and method == "GET":
                        assert_file(self, response, b"data", "text/plain")
                    elif method == "GET":
                        assert_refused(self, "jigsawstack", response, status)

    def test_reads_are_private_to_caches(self):
        jigsawstack_upload(self.server, "c.txt", b"data")
        response = jigsawstack_read(self.server, "c.txt")
        self.assertIn("private", response["Cache-Control"])
        self.assertIn("c.txt", response["Content-Disposition"])
        self.assertRegex(response["ETag"], '^"')
        self.assertRegex(response["x-jigsaw-log-id"], UUID)

    def test_old_sdks_paths_read_and_delete(self):
        for path in ("/v1/store/file/{}", "/v1/store/file/read/{}",
                     "/v1/store/file/delete/{}"):
            jigsawstack_upload(self.server, "old/k", b"1", overwrite="true")
            if "delete" not in path:
                assert_file(self, request(
                    self.server, "GET", path.format("old/k"),
                    api_key(self.server.secret)), b"1")
            response = request(self.server, "DELETE", path.format("old/k"),
                               api_key(self.server.secret))
            self.assertEqual(response.status, 200, response)
            self.assertIs(response.json()["success"], True)

    def test_what_is_deleted_is_gone(self):
        jigsawstack_upload(self.server, "gone", b"1")
        assert_file(self, jigsawstack_read(self.server, "gone"), b"1")
        response = jigsawstack_read(self.server, "gone", method="DELETE")
        self.assertEqual(response.status, 200, response)
        for method in ("GET", "DELETE"):
            assert_refused(self, "jigsawstack", jigsawstack_read(
                self.server, "gone", method=method), 404)
        self.stored(jigsawstack_upload(self.server, "gone", b"new"), "gone",
                    b"new")

    def test_a_public_key_only_reads(self):
        jigsawstack_upload(self.server, "keep", b"1")
        public = api_key(self.server.public)
        with self.nothing_left():
            for response in (
                    jigsawstack_upload(self.server, "new", headers=public),
                    jigsawstack_read(self.server, "keep", headers=public,
                                     method="DELETE")):
                assert_refused(self, "jigsawstack", response, 403)
        assert_file(self, jigsawstack_read(self.server, "keep"), b"1")

    def test_documented_wrong_calls_are_clean_404s(self):
        for method, path in (("DELETE", "/v1/store/file/read/"
                              "[object%20Object]"),
                             ("GET", "/v1/store/file/read/none"),
                             ("POST", "/v1/store/kv")):
            with self.subTest(path):
                assert_refused(self, "jigsawstack", request(
                    self.server, method, path, api_key(self.server.secret),
                    b"" if method == "POST" else None), 404)

    def test_unknown_methods_are_405(self):
        for method, path in (("PUT", "/v1/store/file"),
                             ("POST", "/v1/store/file/read/x"),
                             ("BREW", "/v1/store/file/read/x")):
            with self.subTest(path, method=method):
                response = request(self.server, method, path,
                                   api_key(self.server.secret), b"")
                assert_refused(self, "jigsawstack", response, 405)
                self.assertTrue(response["Allow"])

    def test_odd_headers_of_sdks_do_not_matter(self):
        jigsawstack_upload(self.server, "h", b"1")
        more = {"x-jigsaw-no-request-log": "undefined",
                "x-jigsaw-skip-cache": "true",
                "Content-Type": "application/json"}
        assert_file(self, jigsawstack_read(
            self.server, "h", headers={**api_key(self.server.secret),
                                       **more}), b"1")
        response = jigsawstack_read(
            self.server, "h", headers={**api_key(self.server.secret), **more,
                                       "Content-Length": "0"},
            method="DELETE")
        self.assertEqual(response.status, 200, response)

    def test_of_many_uploads_of_one_key_one_wins(self):
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(
                lambda i: jigsawstack_upload(self.server, "race",
                                             b"%d" % i * 50_000),
                range(20)))
        won = [i for i, a in enumerate(answers) if a.status == 200]
        self.assertEqual(len(won), 1, answers)
        for i, answer in enumerate(answers):
            if i not in won:
                assert_refused(self, "jigsawstack", answer, 400)
        assert_file(self, jigsawstack_read(self.server, "race"),
                    b"%d" % won[0] * 50_000)

    def test_readers_of_a_file_being_replaced_see_old_or_new(self):
        old, new = b"o" * 200_000, b"n" * 200_001
        jigsawstack_upload(self.server, "swap", old)

        def write(i):
            return jigsawstack_upload(self.server, "swap",
                                      new if i % 2 else old, overwrite="true")

        def read(_):
            return jigsawstack_read(self.server, "swap")

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            writes = pool.map(write, range(20))
            for response in pool.map(read, range(100)):
                self.assertEqual(response.status, 200, response)
                self.assertIn(response.body, (old, new))
            for response in writes:
                self.assertEqual(response.status, 200, response)

    def test_browsers_are_told_what_they_may_send(self):
        response = request(self.server, "OPTIONS", "/v1/store/file", {
            "Origin": "http://app.test",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-api-key, content-type"})
        self.assertIn(response.status, (200, 204))
        self.assertIn("x-api-key", response["Access-Control-Allow-Headers"])
        self.assertIn("DELETE", response["Access-Control-Allow-Methods"])
