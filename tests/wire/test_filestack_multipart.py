# SPDX-License-Identifier: Apache-2.0
"""Filestack's uploads in parts, in the words of every SDK."""
import concurrent.futures
import itertools
import urllib.parse

import policies
import samples
from apis import HOSTS, assert_refused, basic
from harness import WireTest, rows, takes_long
from multipart import (MIB, SDKS, Upload, data_of, flat, md5_of, nested,
                       stored)
from rawhttp import chunked, form, get_url, request, urlencode
from tenants import add_account

PNG = samples.png(20, 10)


class MultipartTest(WireTest):
    def upload(self, data, *args, **options):
        upload = Upload(self.server, data, *args, **options)
        self.assertEqual(upload.start().status, 200)
        return upload

    def assert_stored(self, upload, response, **members):
        self.assertEqual(response.status, 200, response)
        body = response.json()
        self.assertEqual(body["status"], "Stored")
        self.assertEqual(body["size"], len(upload.data))
        self.assertRegex(body["handle"], "^[A-Za-z0-9]{20}$")
        for name, value in members.items():
            self.assertEqual(body[name], value, name)
        self.assertTrue(stored(self.server, response) == upload.data)
        return body


class SdkTest(MultipartTest):
    def test_whole_parts_of_every_sdk(self):
        data = data_of(9 * MIB + 12345)
        for name, (encode, size, _) in SDKS.items():
            with self.subTest(name):
                upload = self.upload(data, encode, filename="f.txt",
                                     mimetype="text/plain")
                self.assertEqual(upload.send(size, at_once=3), [])
                body = self.assert_stored(upload, upload.complete(),
                                          filename="f.txt",
                                          mimetype="text/plain")
                self.assertRegex(body["key"], r"^[A-Za-z0-9]{20}_f\.txt$")

    def test_chunks_of_every_sdk(self):
        data = data_of(9 * MIB + 77)
        for name, (encode, _, chunk) in SDKS.items():
            with self.subTest(name):
                upload = self.upload(data, encode, fii=True)
                for number, part in upload.cut(8 * MIB):
                    self.assertEqual(
                        upload.send_chunks(number, part, chunk), [])
                self.assert_stored(upload, upload.complete())

    def test_answers_have_what_the_sdks_insist_on(self):
        upload = Upload(self.server, b"abc")
        body = upload.start().json()
        self.assertEqual(set(body), {"uri", "region", "upload_id",
                                     "location_url", "upload_type"})
        self.assertTrue(all(isinstance(v, str) and v for v in body.values()))
        self.assertEqual(body["upload_type"], "intelligent_ingestion")
        self.assertEqual(body["location_url"], self.server.url)
        where = upload.upload(1, 3, md5=md5_of(b"abc"))
        self.assertEqual(where.status, 200, where)
        self.assertEqual(where.json()["headers"], {})
        self.assertTrue(where.json()["url"].startswith(self.server.url))
        put = upload.put(where, b"abc")
        self.assertEqual(put.status, 200)
        self.assertRegex(put["ETag"], '^"[0-9a-f]{32}"$')
        self.assertRegex(put["Access-Control-Expose-Headers"], "ETag")
        self.assertEqual(put["Access-Control-Allow-Origin"], "*")
        commit = upload.commit(1)
        self.assertEqual(commit.status, 200, commit)
        commit.json()

    def test_over_tls_the_location_is_a_host(self):
        data = b"x"
        for proto, host, location, start in (
                ("https", None, "upload.filestackapi.com", "https://"),
                (None, "upload.filestackapi.com", "upload.filestackapi.com",
                 "https://"),
                (None, "upload.filestackapi.com:81",
                 "http://upload.filestackapi.com:81", "http://")):
            with self.subTest(location):
                headers, body = nested({"apikey": self.server.public,
                                        "filename": "a", "size": 1})
                headers["Host"] = host or HOSTS["filestack"][0]
                response = request(self.server, "POST", "/multipart/start",
                                   headers, body)
                self.assertEqual(response.json()["location_url"], location)
                headers, body = nested({
                    "apikey": self.server.public, "part": 1, "size": 1,
                    "upload_id": response.json()["upload_id"]})
                headers["Host"] = host or HOSTS["filestack"][0]
                response = request(self.server, "POST", "/multipart/upload",
                                   headers, body)
                url = response.json()["url"]
                self.assertTrue(url.startswith(start), url)
                self.assertEqual(get_url(self.server, url, method="GET")
                                 .status, 405)
                parts = urllib.parse.urlsplit(url)
                response = request(self.server, "PUT", parts.path + "?" +
                                   parts.query, {"Host": parts.netloc}, data)
                self.assertEqual(response.status, 200, response)

    def test_options_say_how_it_is_stored(self):
        store = {"location": "gcs", "path": "/p/q.png", "container": "bkt",
                 "region": "eu-west-1", "access": "public",
                 "workflows": ["w1"]}
        for encode in (nested, flat):
            upload = self.upload(PNG, encode, filename="x.png",
                                 mimetype="image/png", store=store)
            self.assertEqual(upload.answer["region"], "eu-west-1")
            self.assertTrue(upload.answer["uri"].startswith("/bkt/"))
            self.assertEqual(upload.send(100), [])
            self.assert_stored(upload, upload.complete(), key="p/q.png",
                               container="bkt", filename="x.png",
                               mimetype="image/png", width=20, height=10)

    def test_what_was_said_first_need_not_be_said_again(self):
        upload = self.upload(PNG, filename="x.png", mimetype="image/png",
                             store={"location": "s3", "path": "/once/"})
        upload.send(100)
        response = upload.post("complete", parts=upload.listed())
        body = self.assert_stored(upload, response, filename="x.png",
                                  mimetype="image/png")
        self.assertRegex(body["key"], "^once/.{20}_x.png$")

    def test_a_type_that_says_nothing_is_found_from_the_bytes(self):
        for kind in (None, "application/octet-stream", ""):
            upload = self.upload(PNG, filename="x", mimetype=kind)
            upload.send(50)
            self.assert_stored(upload, upload.complete(),
                               mimetype="image/png", width=20, height=10)

    def test_tags_come_back(self):
        for tags, back in (({"a": "1"}, {"a": "1"}), ([], None), ([1], None),
                           (None, None)):
            upload = self.upload(b"abc")
            upload.send(3)
            for _ in range(2):
                body = upload.complete(upload_tags=tags, alt="text").json()
                self.assertEqual(body.get("upload_tags"), back)

    def test_tags_that_are_too_long_are_refused_and_the_upload_goes_on(self):
        upload = self.upload(b"abc")
        upload.send(3)
        for encode in (nested, flat):
            upload.encode = encode
            assert_refused(self, "filestack", upload.complete(
                upload_tags={"a": "x" * 8192}), 400, "upload_tags")
        self.assert_stored(upload, upload.complete(upload_tags={"a": "x"}))

    def test_basic_credentials_need_no_key(self):
        headers, body = nested({"filename": "a", "size": 1})
        response = request(self.server, "POST", "/multipart/start",
                           {**headers, **basic("app", self.server.secret)},
                           body)
        self.assertEqual(response.status, 200, response)


class OrderTest(MultipartTest):
    def test_parts_come_in_any_order(self):
        data = data_of(250)
        for order in itertools.permutations((1, 2, 3)):
            with self.subTest(order):
                upload = self.upload(data)
                self.assertEqual(upload.send(100, order), [])
                self.assert_stored(upload, upload.complete())

    def test_parts_are_announced_in_any_order(self):
        data = data_of(250)
        for order in itertools.permutations((1, 2, 3)):
            with self.subTest(order):
                upload = self.upload(data)
                parts = upload.cut(100)
                where = {i: upload.upload(i, len(parts[i - 1][1]))
                         for i in order}
                for i in (1, 2, 3):
                    put = upload.put(where[i], parts[i - 1][1])
                    upload.etags[i] = put["ETag"]
                self.assert_stored(upload, upload.complete())

    def test_parts_need_not_be_equal(self):
        for sizes in ((10, 240), (240, 10), (1, 100, 49, 100), (100, 50, 100)):
            for backwards in (False, True):
                data, upload = data_of(250), None
                with self.subTest((sizes, backwards)):
                    upload = self.upload(data)
                    ends = list(itertools.accumulate(sizes))
                    parts = [(i + 1, data[end - size:end]) for i, (size, end)
                             in enumerate(zip(sizes, ends))]
                    for part in parts[::-1] if backwards else parts:
                        self.assertEqual(upload.part(*part).status, 200)
                    self.assert_stored(upload, upload.complete())

    def test_large_parts_of_any_length_come_at_once(self):
        """They go past the page cache, but for what is no whole page."""
        for size, check in ((5 * MIB + 13, True), (6 * MIB, False)):
            upload = self.upload(data_of(31 * MIB + 7, size))
            parts = upload.cut(size)
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                done = list(pool.map(
                    lambda p: upload.part(*p, check=check), parts))
            self.assertEqual({r.status for r in done}, {200}, done)
            # and one of them again, in smaller pieces
            upload.send_chunks(2, parts[1][1], 2 * MIB + 1)
            self.assert_stored(upload, upload.complete(fii=True, parts=None))

    def test_chunks_overlap_and_come_again(self):
        data = data_of(9 * MIB)
        upload = self.upload(data, fii=True)
        first, second = data[:8 * MIB], data[8 * MIB:]
        for offset, size in ((2 * MIB, 3 * MIB), (0, 3 * MIB),
                             (0, 4 * MIB), (4 * MIB, 4 * MIB),
                             (7 * MIB + 5, 1000), (0, 32 * 1024)):
            self.assertEqual(
                upload.part(1, first[offset:offset + size], offset,
                            fii=True).status, 200)
        self.assertEqual(upload.commit(1, fii=True).status, 200)
        self.assertEqual(upload.send_chunks(2, second, 300000), [])
        self.assert_stored(upload, upload.complete())

    def test_the_last_writing_of_a_part_counts(self):
        upload = self.upload(data_of(250))
        for number, part in upload.cut(100):
            self.assertEqual(upload.part(number, bytes(len(part))).status, 200)
            self.assertEqual(upload.part(number, part).status, 200)
        self.assert_stored(upload, upload.complete())

    def test_a_part_that_is_not_listed_is_not_of_the_file(self):
        upload = self.upload(data_of(250))
        upload.send(100)
        upload.part(7, b"x" * 20)
        del upload.etags[7]
        self.assert_stored(upload, upload.complete())

    def test_regular_parts_and_chunks_go_together(self):
        # filestack-js with intelligent: 'fallback'
        data = data_of(17 * MIB)
        upload = self.upload(data, fii=True)
        parts = dict(upload.cut(8 * MIB))
        self.assertEqual(upload.part(2, parts[2]).status, 200)
        self.assertEqual(upload.send_chunks(1, parts[1], 3 * MIB), [])
        self.assertEqual(upload.send_chunks(3, parts[3], 1 * MIB), [])
        response = upload.complete(
            fii=True, parts=[p for p in upload.listed()
                             if p["part_number"] == 2])
        self.assert_stored(upload, response)

    def test_complete_says_the_same_again(self):
        upload = self.upload(data_of(250))
        upload.send(100)
        first = upload.complete()
        self.assert_stored(upload, first)
        for more in ({}, {"parts": None}):
            again = upload.complete(**more)
            self.assertEqual((again.status, again.json()),
                             (200, first.json()))
        handle = first.json()["handle"]
        self.assertEqual(rows(self.server, "SELECT count(*) FROM file "
                              "WHERE path LIKE ?", f"%{handle}%"), [(1,)])
        for late in (upload.upload(1, 100), upload.part(1, b"x" * 100)):
            assert_refused(self, "filestack", late, 409)


class RefusalTest(MultipartTest):
    def refuse(self, response, status, text=None):
        assert_refused(self, "filestack", response, status, text)

    def test_starts_that_make_no_sense(self):
        for status, said in (
                (400, {"size": None}), (400, {"size": 0}),
                (400, {"size": -1}), (400, {"size": "x"}),
                (400, {"size": 1 << 70}), (413, {"size": 1 << 62}),
                (400, {"size": 1.5}), (400, {"filename": "a\nb"}),
                (400, {"store": {"location": "ftp"}}),
                (400, {"store": {"location": "s3", "path": "a/../b"}}),
                (400, {"store": {"location": "s3", "container": "a\nb"}}),
                (400, {"store": {"location": "s3", "container": "c" * 300}}),
                (400, {"filename": "n" * 300})):
            with self.subTest(said):
                self.refuse(Upload(self.server, b"abc").start(**said), status)

    def test_bodies_that_say_nothing(self):
        for kind, body in (("application/json", b""),
                           ("application/json", b"[]"),
                           ("application/json", b"{"),
                           ("text/plain", b"\xff\xfe"),
                           ("application/json", b"null")):
            for call in ("start", "upload", "commit", "complete"):
                with self.subTest((call, body)):
                    response = request(self.server, "POST",
                                       "/multipart/" + call,
                                       {"Content-Type": kind}, body)
                    self.refuse(response, None)
                    self.assertLess(response.status, 500)

    def test_keys_that_are_none(self):
        for key in ("nobody", "", self.server.secret):
            self.refuse(Upload(self.server, b"abc", key=key).start(), 404)
        self.refuse(Upload(self.server, b"abc", key=None).start(), 403)

    def test_uploads_that_are_not_there(self):
        upload = Upload(self.server, b"abc")
        for token in (None, "", "x", "A" * 32, 17, "\u00e4" * 16):
            upload.upload_id = token
            for response in (upload.upload(1, 3), upload.commit(1),
                             upload.complete(parts=[
                                 {"part_number": 1, "etag": "0" * 32}])):
                self.refuse(response, 404)
        for path in ("x/1", "A" * 32 + "/1", "%ff/1"):
            self.refuse(request(
                self.server, "PUT",
                f"/multipart/part/{path}?offset=0&size=3", {}, b"abc"), 404)

    def test_a_token_alone_stores_nothing(self):
        """It stands in the URLs of parts, which hosts on the way see."""
        upload = Upload(self.server, b"abc")
        upload.start()
        upload.part(1, b"abc")
        upload.key = None
        for said in {}, {"store": {"location": "s3", "path": "/elsewhere"}}:
            self.refuse(upload.complete(**said), 403)
        upload.key = self.server.public
        self.assertEqual(upload.complete().status, 200)
        upload.key = None
        self.refuse(upload.complete(), 403)

    def test_uploads_of_another_account(self):
        other = add_account(self.server, "other")[1]
        done, upload = self.upload(data_of(250)), self.upload(data_of(250))
        for one in (done, upload):
            one.send(100)
        self.assertEqual(done.complete().status, 200)
        for one in (done, upload):
            one.key = other
            for response in (one.upload(1, 100), one.commit(1),
                             one.complete()):
                self.refuse(response, 404)
        upload.key = self.server.public
        self.assert_stored(upload, upload.complete())

    def test_parts_that_no_file_has(self):
        upload = self.upload(data_of(250))
        for status, part, size, offset in (
                (400, 0, 100, None), (400, -1, 100, None),
                (400, 10**9, 100, None), (400, 10001, 1, None),
                (400, None, 100, None), (400, 1, None, None),
                (400, 1, 0, None), (400, 1, -5, None), (400, 1, 251, None),
                (400, 1, 100, 151), (400, 1, 100, -1), (400, "a", 1, None),
                (400, 1, 1, 10**18)):
            with self.subTest((part, size, offset)):
                self.refuse(upload.upload(part, size, offset), status,
                            "invalid params")
        self.refuse(upload.upload(1, 100, md5="abc"), 400, "md5")

    def test_urls_that_were_changed(self):
        upload = self.upload(data_of(250))
        path = "/multipart/part/" + upload.upload_id
        for rest in ("/1", "/1?size=3", "/1?offset=0", "/0?offset=0&size=3",
                     "/x?offset=0&size=3", "/-1?offset=0&size=3",
                     "/10001?offset=0&size=3", "/1?offset=250&size=3",
                     "/1?offset=x&size=3", "/1?offset=0&size=3&md5=zz",
                     "/1?offset=18446744073709551615&size=3"):
            with self.subTest(rest):
                self.refuse(request(self.server, "PUT", path + rest, {},
                                    b"abc"), 400)

    def test_bodies_that_are_not_what_was_announced(self):
        upload = self.upload(data_of(250))
        for body in (b"x" * 99, b"x" * 101, b""):
            self.refuse(upload.put(upload.upload(1, 100), body), 400)
        for status, body in ((400, chunked(b"x" * 99)),
                             (413, chunked(b"x" * 50, b"x" * 51))):
            response = upload.put(upload.upload(1, 100), body,
                                  {"Transfer-Encoding": "chunked"})
            self.refuse(response, status, "announced")
        right = upload.put(upload.upload(1, 100),
                           chunked(upload.data[:60], upload.data[60:100]),
                           {"Transfer-Encoding": "chunked"})
        self.assertEqual(right.status, 200, right)
        upload.etags[1] = right["ETag"]
        for number, part in upload.cut(100)[1:]:
            upload.part(number, part)
        self.assert_stored(upload, upload.complete())

    def test_bytes_with_another_md5(self):
        upload = self.upload(data_of(250))
        first = upload.data[:100]
        where = upload.upload(1, 100, md5=md5_of(first))
        self.refuse(upload.put(where, bytes(100)), 400, "MD5")
        self.assertEqual(upload.put(where, first).status, 200)
        # what is there stays
        self.refuse(upload.put(where, bytes(100)), 400, "MD5")
        for number, part in upload.cut(100)[1:]:
            upload.part(number, part)
        self.assert_stored(upload, upload.complete(fii=True, parts=None))

    def test_large_parts_with_another_md5(self):
        """They are summed as they come, several beside each other."""
        upload = self.upload(data_of(17 * MIB + 70))
        parts = upload.cut(5 * MIB)

        def send(number, part, at):
            where = upload.upload(number, len(part), md5=md5_of(part))
            bad = bytearray(part)
            bad[at] ^= 1
            return where, upload.put(where, bytes(bad))
        self.assertEqual(upload.part(1, parts[0][1]).status, 200)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda p: send(*p, len(p[1]) * p[0] // 5),
                                 parts))
            done += pool.map(lambda p: send(*p, len(p[1]) - 1), parts)
        for _, response in done:
            self.refuse(response, 400, "MD5")
        for (number, part), (where, _) in zip(parts, done):
            response = upload.put(where, part)
            self.assertEqual(response.status, 200, response)
            upload.etags[number] = response["ETag"]
        self.assert_stored(upload, upload.complete())

    @takes_long
    def test_what_came_in_as_many_pieces_as_may_be_can_be_completed(self):
        """What is aside then finds no room to be moved to its place."""
        upload = self.upload(data_of(32768 + 50))
        first = upload.data[:32768]
        self.assertEqual(upload.part(2, upload.data[32768:]).status, 200)
        self.assertEqual(upload.part(1, first).status, 200)
        path = f"/multipart/part/{upload.upload_id}/1"

        def write_over(i):
            at = 2 * i + 1
            return request(self.server, "PUT",
                           path + f"?offset={at}&size=1", {},
                           first[at:at + 1])
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            done = list(pool.map(write_over, range(5200)))
        refused = [r for r in done if r.status != 200]
        self.assertGreater(len(refused), 100)
        for response in refused:
            self.refuse(response, 413, "too many parts")
        self.assert_stored(upload, upload.complete(fii=True, parts=None))

    def test_lists_of_parts_as_forms_write_them(self):
        data = data_of(1000)
        for name in ("parts[{}]", "parts[]", "parts"):
            for write in form, urlencode:
                upload = self.upload(data)
                self.assertEqual(upload.send(600), [])
                pairs = [(f"{name.format(i)}[{key}]", value)
                         for i, part in enumerate(upload.listed())
                         for key, value in part.items()]
                if name == "parts":
                    pairs = [(name, ";".join(
                        f"{n}:{etag}" for n, etag in upload.etags.items()))]
                kind, body = write(("apikey", self.server.public),
                                   ("upload_id", upload.upload_id),
                                   ("store[path]", "/of/forms/"), *pairs)
                with self.subTest(name, kind=kind):
                    done = self.assert_stored(upload, request(
                        self.server, "POST", "/multipart/complete", kind,
                        body))
                    self.assertTrue(done["key"].startswith("of/forms/"), done)

    def test_lists_of_parts_that_are_wrong(self):
        upload = self.upload(data_of(250))
        upload.send(100)
        listed = upload.listed()
        for parts in (None, [], listed[:2], listed + listed[:1],
                      [{**p, "etag": ""} for p in listed],
                      [{**p, "etag": None} for p in listed],
                      [{**p, "etag": '"' + "0" * 32 + '"'} for p in listed],
                      [{**p, "etag": "x" * 32} for p in listed],
                      [{**p, "part_number": p["part_number"] + 1}
                       for p in listed],
                      [{**p, "part_number": 0} for p in listed],
                      [{**p, "part_number": -1} for p in listed],
                      [{**p, "part_number": 10**9} for p in listed],
                      [{"etag": p["etag"]} for p in listed], [1, 2], "1:",
                      ":;", "x", [None], listed * 3400):
            with self.subTest(str(parts)[:80]):
                self.refuse(upload.complete(parts=parts), 400,
                            "^invalid params: parts")
        self.refuse(upload.complete(parts=listed * 4000), 400)
        self.refuse(upload.complete(size=249), 400, "size")
        self.assert_stored(upload, upload.complete())

    def test_parts_that_do_not_add_up(self):
        for sizes in ((100, 100), (100, 100, 49), (250, 1)):
            upload = self.upload(data_of(250))
            for i, size in enumerate(sizes):
                upload.part(i + 1, upload.data[:size])
            for more in ({}, {"fii": True, "parts": None}):
                self.refuse(upload.complete(**more), 400,
                            "invalid params: parts")
            upload.etags = {}
            upload.send(125)
            self.assert_stored(upload, upload.complete())

    def test_chunks_that_are_missing(self):
        upload = self.upload(data_of(250), fii=True)
        self.refuse(upload.commit(1), 400)
        upload.part(1, upload.data[100:], offset=100, fii=True)
        self.refuse(upload.commit(1), 400, "part 1")
        self.refuse(upload.complete(), 400, "part 1")
        for part in (0, -1, 10**9, None):
            self.refuse(upload.commit(part), 400)
        upload.part(1, upload.data[:100], offset=0, fii=True)
        self.assertEqual(upload.commit(1).status, 200)
        self.assert_stored(upload, upload.complete())

    def test_a_list_of_10000_parts_is_read(self):
        upload = self.upload(data_of(250))
        parts = [{"part_number": i, "etag": '"' + "0" * 32 + '"'}
                 for i in range(1, 10001)]
        for encode in (nested, flat):
            upload.encode = encode
            self.refuse(upload.complete(parts=parts), 400, "etag.*part 1")


class SecuredTest(MultipartTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        done = cls.server.tool("accounts", "set", "default",
                               "--filestack-security", "on")
        assert done.returncode == 0, done.stderr
        cls.server.restart()

    def proof(self, *calls, **members):
        return policies.pair(policies.make(self.server.secret, *calls,
                                           **members))

    def test_pick_or_store_starts_and_completes(self):
        for call in ("pick", "store"):
            proof = self.proof(call)
            upload = Upload(self.server, data_of(250))
            self.assertEqual(upload.start(**proof).status, 200)
            self.assertEqual(upload.send(100), [])
            assert_refused(self, "filestack", upload.complete(), 403)
            response = upload.complete(**proof)
            self.assertEqual(response.status, 200, response)

    def test_without_one_nothing_begins(self):
        for proof in ({}, self.proof("read", "convert"),
                      {**self.proof("store"), "signature": "0" * 64},
                      self.proof("store", expiry=1)):
            assert_refused(self, "filestack", Upload(self.server, b"abc")
                           .start(**proof), 403)
        response = Upload(self.server, b"abc", flat).start(
            **self.proof("pick"))
        self.assertEqual(response.status, 200, response)

    def test_what_it_says_of_place_and_size_holds(self):
        store = {"location": "s3", "path": "/a/x.txt", "container": "c1"}
        for status, members in (
                (200, {"path": "/a/.*"}), (403, {"path": "/b/.*"}),
                (200, {"container": "c."}), (403, {"container": "d"}),
                (200, {"maxSize": 250}), (403, {"maxSize": 249}),
                (200, {"minSize": 250}), (403, {"minSize": 251}),
                (403, {"handle": ""})):
            with self.subTest(members):
                good = self.proof("store")
                proof = self.proof("store", **members)
                upload = Upload(self.server, data_of(250), store=store)
                self.assertEqual(upload.start(**proof).status, status)
                if upload.upload_id is None:
                    self.assertEqual(upload.start(**good).status, 200)
                upload.send(100)
                self.assertEqual(upload.complete(**proof).status, status)

    def test_the_secret_needs_none(self):
        def with_secret(said):
            headers, body = nested(said)
            return {**headers, **basic("app", self.server.secret)}, body
        upload = Upload(self.server, data_of(250), with_secret, key=None)
        self.assertEqual(upload.start().status, 200)
        self.assertEqual(upload.send(100), [])
        response = upload.complete()
        self.assertEqual(response.status, 200, response)
        upload.encode = lambda said: (
            {**nested(said)[0], **basic("app", "sk_live_of_somebody")},
            nested(said)[1])
        assert_refused(self, "filestack", upload.complete(), 403)

    def test_a_part_is_judged_by_what_comes_with_it(self):
        upload = Upload(self.server, b"abc")
        upload.start(**self.proof("store"))
        self.assertEqual(upload.part(1, b"abc").status, 200)
        self.assertEqual(upload.part(1, b"abc", **self.proof("pick")).status,
                         200)
        bad = {**self.proof("pick"), "signature": "0" * 64}
        assert_refused(self, "filestack", upload.part(1, b"abc", **bad), 403)
        assert_refused(self, "filestack", upload.commit(1, **bad), 403)
