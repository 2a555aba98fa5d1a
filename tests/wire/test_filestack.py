# SPDX-License-Identifier: Apache-2.0
"""Filestack's store call, downloads by handle and POST /process."""
import base64
import json

import samples
from apis import (assert_file, assert_refused, basic, doors, filestack_store,
                  query)
from harness import WireTest, cool_blobs
from rawhttp import form, get_url, request

PNG = samples.png(20, 10)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


class StoreTest(WireTest):
    def store(self, *args, **kwargs):
        response = filestack_store(self.server, *args, **kwargs)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def test_a_form_is_answered_as_on_the_vendors_page(self):
        bases = {"root": self.server.url, "prefix": self.server.url,
                 "host": "https://cdn.filestackcontent.com",
                 "host with port": "http://cdn.filestackcontent.com:8080"}
        for door in doors("filestack"):
            with self.subTest(door[0]):
                body = self.store(form(("fileUpload", "x" * 234, "tester.txt",
                                        "text/plain")), door)
                self.assertEqual(body["size"], 234)
                self.assertEqual(body["type"], "text/plain")
                self.assertEqual(body["filename"], "tester.txt")
                self.assertRegex(body["key"],
                                 r"^[A-Za-z0-9]{20}_tester\.txt$")
                self.assertRegex(body["handle"], "^[A-Za-z0-9]{20}$")
                self.assertEqual(body["url"],
                                 f"{bases[door[0]]}/{body['handle']}")
                assert_file(self, get_url(self.server, body["url"]),
                            b"x" * 234, "text/plain")

    def test_where_no_provider_is_named_it_is_s3(self):
        for path in "/api/store", "/api/store/":
            kind, body = form(("f", b"1", "a.bin"))
            stored = request(self.server, "POST",
                             query(path, key=self.server.public), kind, body)
            self.assertEqual(stored.status, 200, stored)
            handle = stored.json()["handle"]
            said = request(self.server, "GET",
                           f"/{handle}/metadata?location=true")
            self.assertEqual(said.json(), {"location": "S3"})

    def test_dropbox_has_no_containers(self):
        said = self.store(form(("f", b"1", "a.bin")), provider="Dropbox",
                          container="box")
        self.assertNotIn("container", said)
        said = request(self.server, "GET", f"/{said['handle']}/metadata?"
                       "container=true&location=true").json()
        self.assertEqual(said, {"container": None, "location": "dropbox"})

    def test_every_provider_is_taken_in_any_case(self):
        for provider in ("S3", "s3", "azure", "dropbox", "Rackspace", "gcs",
                         "S3/"):
            with self.subTest(provider):
                self.store(form(("f", b"1", "a.bin")), provider=provider)

    def test_raw_bytes_are_the_file(self):
        for name, headers, options, kind, filename in (
                ("typed", {"Content-Type": "image/png"}, {}, "image/png", None),
                ("untyped noise", {}, {}, "text/plain", None),
                ("curl -d", FORM, {}, "text/plain", None),
                ("filename", {}, {"filename": "n.csv"}, "text/csv", "n.csv"),
                ("mimetype", {"Content-Type": "image/png"},
                 {"mimetype": "text/x-mine"}, "text/x-mine", None)):
            with self.subTest(name):
                body = self.store((headers, b"a;b;c\n"), **options)
                self.assertEqual(body["type"], kind)
                self.assertEqual(body["size"], 6)
                if filename:
                    self.assertEqual(body["filename"], filename)
                assert_file(self, get_url(self.server, body["url"]),
                            b"a;b;c\n", kind)

    def test_signatures_name_the_type_of_raw_bytes(self):
        self.assertEqual(self.store(PNG)["type"], "image/png")

    def test_a_form_may_have_all_that_a_query_has(self):
        origin = self.origin()
        url = origin.add("/told.txt", base64.b64encode(b"told"), "text/plain")
        said = {"key": self.server.public, "path": "/told/", "filename": "n.md",
                "mimetype": "text/x-told", "base64decode": "true"}
        by_url = {**said, "url": url}
        for name, body in (
                ("multipart", form(*said.items(),
                                   ("f", base64.b64encode(b"told"), "x"))),
                ("the file first", form(
                    ("f", base64.b64encode(b"told"), "x"), *said.items())),
                ("multipart's url", form(*by_url.items())),
                ("urlencoded", (FORM, query("", **by_url)[1:].encode())),
                ("json", (JSON, json.dumps(by_url).encode())),
                ("json with a bool", (JSON, json.dumps(
                    {**by_url, "base64decode": True}).encode()))):
            with self.subTest(name):
                body = self.store(body, key=None)
                self.assertRegex(body["key"],
                                 "^told/[A-Za-z0-9]{20}_n[.]md$")
                self.assertEqual((body["type"], body["size"]),
                                 ("text/x-told", 4))
        with self.nothing_left():
            for key in (None, "x", self.server.secret):
                said = [] if key is None else [("key", key)]
                assert_refused(self, "filestack", filestack_store(
                    self.server, form(*said, ("f", b"x", "x")), key=None), 403)

    def test_a_form_with_a_url_is_fetched(self):
        origin = self.origin()
        url = origin.add("/pics/watermark.png", PNG, "image/png")
        body = self.store((FORM, query("", url=url)[1:].encode()))
        self.assertEqual((body["type"], body["filename"], body["size"]),
                         ("image/png", "watermark.png", len(PNG)))
        self.assertRegex(body["key"], "^[A-Za-z0-9]{20}_watermark.png$")
        assert_file(self, get_url(self.server, body["url"]), PNG, "image/png")

    def test_path_container_and_access_place_the_file(self):
        origin = self.origin()
        url = origin.add("/watermark.png", PNG, "image/png")
        body = self.store((FORM, query("", url=url)[1:].encode()),
                          path="/myfiles/1234.png", mimetype="image/png",
                          container="custom_source", access="public")
        self.assertEqual(body["key"], "myfiles/1234.png")
        self.assertEqual(body["container"], "custom_source")
        self.assertEqual(body["filename"], "watermark.png")
        assert_file(self, get_url(self.server, body["url"]), PNG)

    def test_a_path_that_ends_in_a_slash_is_a_folder(self):
        body = self.store(form(("f", b"1", "name.txt")), path="/dir/sub/")
        self.assertRegex(body["key"],
                         r"^dir/sub/[A-Za-z0-9]{20}_name\.txt$")

    def test_json_with_a_url_is_a_command_and_other_json_a_file(self):
        origin = self.origin()
        url = origin.add("/x.png", PNG, "image/png")
        command = {"url": url, "filename": "y.png", "path": "/j/y.png"}
        body = self.store((JSON, json.dumps(command).encode()))
        self.assertEqual((body["filename"], body["key"], body["size"]),
                         ("y.png", "j/y.png", len(PNG)))
        for text in (b'{"a": 1}', b'["url"]', b'{"url": 1}', b"{broken"):
            with self.subTest(text):
                body = self.store((JSON, text))
                self.assertEqual(body["size"], len(text))
                self.assertEqual(body["type"], "application/json")
        self.assertEqual(len(origin.seen), 1)

    def test_the_url_may_stand_in_the_query(self):
        url = self.origin().add("/q.png", PNG, "image/png")
        self.assertEqual(self.store(b"", url=url)["filename"], "q.png")

    def test_base64_is_decoded_on_request_only(self):
        text = base64.b64encode(PNG)
        for body in (text, form(("f", text, "p.png"))):
            self.assertEqual(self.store(body, base64decode="true")["size"],
                             len(PNG))
            self.assertEqual(self.store(body)["size"], len(text))
        self.assertEqual(self.store(text, base64decode="false")["size"],
                         len(text))

    def test_names_lose_their_directories(self):
        for name in ("../../etc/passwd", "C:\\dir\\passwd", "/etc/passwd"):
            with self.subTest(name):
                by_query = self.store(b"x", filename=name)
                by_part = self.store(form(("f", b"x", name)))
                for body in (by_query, by_part):
                    self.assertEqual(body["filename"], "passwd")
                    self.assertRegex(body["key"],
                                     "^[A-Za-z0-9]{20}_passwd$")

    def test_the_same_path_is_stored_again_under_the_same_handle(self):
        first = self.store(b"one", path="/again.txt")
        second = self.store(b"two2", path="/again.txt")
        self.assertEqual(second["key"], "again.txt")
        self.assertEqual(second["handle"], first["handle"])
        assert_file(self, get_url(self.server, first["url"]), b"two2")

    def test_the_secret_may_come_by_basic_auth(self):
        body = self.store(b"x", key=None,
                          headers=basic("app", self.server.secret))
        self.assertEqual(body["size"], 1)


class DownloadTest(WireTest):
    def setUp(self):
        self.stored = filestack_store(
            self.server, form(("f", PNG, "pic ä.png", "image/png"))).json()
        self.handle = self.stored["handle"]

    def test_a_handle_opens_everywhere(self):
        for door in doors("filestack"):
            for path in (f"/api/file/{self.handle}", f"/{self.handle}",
                         f"/{self.server.public}/{self.handle}",
                         f"/api/file/{self.handle}+png",
                         f"/api/file/{self.handle}+.png"):
                with self.subTest(door[0], path=path):
                    response = request(self.server, "GET", door[1] + path,
                                       door[2])
                    assert_file(self, response, PNG, "image/png")
                    self.assertIn("inline", response["Content-Disposition"])
                    self.assertIn("filename*=UTF-8''pic%20%C3%A4.png",
                                  response["Content-Disposition"])
                    self.assertEqual(response["X-File-Name"],
                                     "pic%20%C3%A4.png")

    def test_head_tells_the_same_without_bytes(self):
        for path in (f"/api/file/{self.handle}", f"/{self.handle}"):
            response = request(self.server, "HEAD", path)
            self.assertEqual(response.status, 200)
            self.assertEqual(response["Content-Length"], str(len(PNG)))
            self.assertEqual(response["Content-Type"], "image/png")

    def test_query_chooses_disposition_and_caching(self):
        path = f"/api/file/{self.handle}"
        for option, name, wanted in (
                ("?dl=true", "Content-Disposition", "^attachment"),
                ("?dl=false", "Content-Disposition", "^inline"),
                ("?cache=true", "Cache-Control", "max-age=315360000"),
                ("?cache=false", "Cache-Control", "no-cache")):
            with self.subTest(option):
                response = request(self.server, "GET", path + option)
                assert_file(self, response, PNG)
                self.assertRegex(response[name], wanted)

    def test_a_file_can_be_read_as_base64_text(self):
        big = samples.noise(200_001)
        for data in (b"", b"\1", b"\1\2", b"\1\2\xff", PNG, big):
            handle = filestack_store(
                self.server, form(("f", data, "b.bin"))).json()["handle"]
            text = base64.b64encode(data)
            plain = request(self.server, "GET", f"/{handle}")
            for path in (f"/api/file/{handle}", f"/{handle}",
                         f"/{self.server.public}/{handle}"):
                with self.subTest(path, n=len(data)):
                    target = path + "?base64encode=true"
                    response = request(self.server, "GET", target)
                    assert_file(self, response, text, "text/plain")
                    self.assertNotEqual(response["ETag"], plain["ETag"])
                    same = {"If-None-Match": response["ETag"]}
                    self.assertEqual(request(self.server, "GET", target,
                                             same).status, 304)
                    head = request(self.server, "HEAD", target)
                    self.assertEqual(head["Content-Length"], str(len(text)))
                    self.assertEqual(request(
                        self.server, "GET", path + "?base64encode=false"
                        ).body, data)

    def test_parts_of_base64_text_are_parts_of_the_text(self):
        data = samples.noise(200_000)
        text = base64.b64encode(data)
        handle = filestack_store(
            self.server, form(("f", data, "b.bin"))).json()["handle"]
        for first, last in ((0, 0), (1, 2), (3, 4), (5, 100), (32767, 32769),
                            (98303, 200000), (len(text) - 1, len(text) - 1),
                            (7, len(text) - 2)):
            with self.subTest(f"{first}-{last}"):
                response = request(
                    self.server, "GET", f"/{handle}?base64encode=true",
                    {"Range": f"bytes={first}-{last}"})
                self.assertEqual(response.status, 206, response)
                self.assertEqual(response.body, text[first:last + 1])
                self.assertEqual(response["Content-Range"],
                                 f"bytes {first}-{last}/{len(text)}")
        self.assertEqual(request(
            self.server, "GET", f"/{handle}?base64encode=true",
            {"Range": f"bytes={len(text)}-"}).status, 416)

    def test_base64_of_what_has_to_be_read_from_the_disk(self):
        data = samples.noise(3_000_001)
        handle = filestack_store(
            self.server, form(("f", data, "b.bin"))).json()["handle"]
        cool_blobs(self.server)
        response = request(self.server, "GET", f"/{handle}?base64encode=true")
        self.assertEqual(response.body, base64.b64encode(data))

    def test_what_is_no_handle_is_404(self):
        wrong = self.handle[:-1] + ("1" if self.handle[-1] != "1" else "2")
        for path in (f"/api/file/{wrong}", f"/{wrong}", "/api/file/x",
                     f"/nokey/{self.handle}",
                     f"/{self.server.secret}/{self.handle}"):
            with self.subTest(path):
                assert_refused(self, "filestack",
                               request(self.server, "GET", path), 404,
                               delivery=not path.startswith("/api/"))


class ProcessTest(WireTest):
    def process(self, command, door=("root", "", {})):
        body = command if isinstance(command, bytes) else \
            json.dumps(command).encode()
        return request(self.server, "POST", door[1] + "/process",
                       {**door[2], **JSON}, body)

    def command(self, url, **params):
        return {"apikey": self.server.public, "sources": [url],
                "tasks": [{"name": "store", "params": params}]}

    def test_a_store_task_stores_the_source(self):
        origin = self.origin()
        url = origin.add("/a.png", PNG, "image/png")
        for door in doors("filestack"):
            with self.subTest(door[0]):
                response = self.process(
                    self.command(url, filename="z.png", path="/q/",
                                 container="c"), door)
                self.assertEqual(response.status, 200, response)
                body = response.json()
                self.assertEqual(
                    (body["filename"], body["type"], body["size"],
                     body["container"]), ("z.png", "image/png", len(PNG), "c"))
                self.assertRegex(body["key"], "^q/[A-Za-z0-9]{20}_z.png$")
                assert_file(self, get_url(self.server, body["url"]), PNG)

    def test_keys_of_the_command_are_read_in_any_case(self):
        url = self.origin().add("/a.png", PNG, "image/png")
        response = self.process(
            {"apiKey": self.server.public, "sources": [{"source": url}],
             "tasks": [{"Name": "store", "Params": {"Filename": "g.png"}}]})
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response.json()["filename"], "g.png")

    def test_commands_that_cannot_be_done_are_refused(self):
        url = self.origin().add("/a.png", PNG, "image/png")
        good = self.command(url)
        for name, command, status in (
                ("no json", b"{", 400),
                ("an array", b"[]", 400),
                ("empty", b"", 400),
                ("no key", {**good, "apikey": None}, 403),
                ("unknown key", {**good, "apikey": "x"}, 403),
                ("secret key", {**good, "apikey": self.server.secret}, 403),
                ("no source", {**good, "sources": []}, 400),
                ("two sources", {**good, "sources": [url, url]}, 400),
                ("a number as source", {**good, "sources": [1]}, 400),
                ("no tasks", {**good, "tasks": []}, 400),
                ("an unknown task", {**good, "tasks": [{"name": "resise"}]},
                 400),
                ("a task that is not offered",
                 {**good, "tasks": [{"name": "tags"}]}, 501),
                ("a bad path", self.command(url, path="../x"), 400),
                ("file: source", {**good, "sources": ["file:///etc/passwd"]},
                 400),
                ("too long", b" " * (64 * 1024) + b"{}", 413)):
            with self.subTest(name), self.nothing_left():
                assert_refused(self, "filestack", self.process(command),
                               status)
