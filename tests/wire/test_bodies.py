# SPDX-License-Identifier: Apache-2.0
"""Bodies as clients write them: what one API understands the others do, too."""
import gzip
import json
import urllib.parse

from apis import (DIALECTS, api_key, assert_file, assert_refused, basic, bearer,
                  filestack_store, imagekit_upload, jigsawstack_read,
                  jigsawstack_upload, stashfyle_id, stashfyle_upload)
from harness import WireTest
from rawhttp import get_url, request

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MARK = b"\xef\xbb\xbf"
UPLOADS = {"imagekit": imagekit_upload, "filestack": filestack_store,
           "stashfyle": stashfyle_upload, "jigsawstack": jigsawstack_upload}


class BodiesTest(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = cls.server
        said = imagekit_upload(server, (b"hello", "a.txt"),
                               fileName="a.txt").json()
        cls.file_id = said["fileId"]
        cls.link = f"/v1/files/{stashfyle_id(cls.file_id)}/signed-url"
        cls.handle = filestack_store(server, b"hello",
                                     filename="b.txt").json()["handle"]

    def post(self, target, headers, body):
        return request(self.server, "POST", target, headers, body)

    def form(self, target, headers, **fields):
        return self.post(target, {**headers, **FORM},
                         urllib.parse.urlencode(fields, True).encode())

    def test_a_link_can_be_asked_for_by_a_form(self):
        for seconds in ("3600", "3600.5"):
            response = self.form(self.link, bearer(self.server.secret),
                                 expires_in=seconds)
            self.assertEqual(response.status, 200, response)
            assert_file(self, get_url(self.server, response.json()["url"]),
                        b"hello")
        for fields in ({"expires_in": "soon"}, {"expires_in": "5"}, {"a": "b"},
                       {"expires_in": ["3600", "3600"]}):
            with self.subTest(fields):
                assert_refused(self, "stashfyle", self.form(
                    self.link, bearer(self.server.secret), **fields), 400)
        assert_refused(self, "stashfyle", self.post(
            self.link, {**bearer(self.server.secret), **JSON},
            b'{"expires_in": "3600"}'), 400)

    def test_an_application_can_be_named_by_a_form(self):
        for fields in ({"settings[]": "inapp_browser"},
                       {"settings[0]": "inapp_browser"},
                       {"settings": "inapp_browser"},
                       {"settings": '["inapp_browser"]'}):
            with self.subTest(fields):
                response = self.form("/prefetch", {},
                                     apikey=self.server.public, **fields)
                self.assertEqual(response.status, 200, response)
                self.assertEqual(list(response.json()["settings"]),
                                 ["inapp_browser"])
        self.assertEqual(self.form("/auth/logout", {},
                                   apikey=self.server.public).status, 200)
        assert_refused(self, "filestack", self.form(
            "/prefetch", {}, apikey=self.server.public,
            Apikey=self.server.public), 400)

    def test_tasks_can_be_a_form(self):
        target, app = "/process", basic("app", self.server.secret)
        for fields in ({"sources[]": self.handle, "tasks[0][name]": "metadata",
                        "tasks[0][params][size]": "true"},
                       {"sources": self.handle, "tasks": json.dumps(
                           [{"name": "metadata", "params": {"size": True}}])}):
            with self.subTest(fields):
                response = self.form(target, app, **fields)
                self.assertEqual(response.status, 200, response)
                self.assertEqual(response.json(), {"size": 5})

    def test_a_file_to_read_can_be_named_by_a_form(self):
        for name in ("file_store_key", "url"):
            response = self.form("/v1/vocr", api_key(self.server.secret),
                                 **{name: "no/such", "page_range": "[1,2]"})
            assert_refused(self, "jigsawstack", response)
            self.assertNotIn("cannot be read", response.json()["message"])
        # what names none is the file, though it looks like pairs
        assert_refused(self, "jigsawstack", self.form(
            "/v1/vocr", api_key(self.server.secret), a="b"), 400,
            "cannot be read|image")

    def test_a_byte_order_mark_is_no_part_of_json(self):
        server = self.server
        url = f"{server.url}/{self.handle}"
        calls = (
            ("/v1/folder", basic(server.secret),
             {"folderName": "marked", "parentFolderPath": "/"}, 201),
            (self.link, bearer(server.secret), {"expires_in": 3600}, 200),
            ("/prefetch", {}, {"apikey": server.public}, 200),
            ("/multipart/start", {}, {
                "apikey": server.public, "size": 5, "filename": "a",
                "mimetype": "text/plain", "store": {}}, 200),
            (f"/api/store/S3?key={server.public}", {}, {"url": url}, 400),
            ("/v1/vocr", api_key(server.secret),
             {"file_store_key": "no/such"}, 404))
        for target, headers, said, status in calls:
            with self.subTest(target):
                response = self.post(target, {**headers, **JSON},
                                     MARK + json.dumps(said).encode())
                self.assertEqual(response.status, status, response)

    def test_a_url_that_is_null_is_no_file(self):
        for target, headers in (
                (f"/api/store/S3?key={self.server.public}", {}),
                (f"/api/file/{self.handle}", basic("app", self.server.secret))):
            assert_refused(self, "filestack", self.post(
                target, {**headers, **JSON}, b'{"url": null}'), 400,
                "must not be empty")

    def test_a_coded_body_is_not_stored_as_if_it_were_not(self):
        server = self.server
        for dialect in DIALECTS:
            for coding in ("gzip", "br", "gzip, gzip", "X-GZIP",
                           "AWS-Chunked", "none, aws-chunked"):
                with self.subTest(dialect, coding=coding), self.nothing_left():
                    assert_refused(self, dialect, UPLOADS[dialect](
                        server, headers={"Content-Encoding": coding},
                        **({"key": "a"} if dialect == "jigsawstack" else
                           {"body": gzip.compress(b"hello")}
                           if dialect == "filestack" else {})), 400,
                        "Content-Encoding")
        for lines in ("identity", "gzip"), ("", "br"), ("gzip", "identity"):
            headers = [*(("Content-Encoding", line) for line in lines),
                       ("Content-Type", "text/plain")]
            with self.subTest(lines):
                assert_refused(self, "filestack", request(
                    server, "POST", f"/api/store/S3?key={server.public}",
                    headers, gzip.compress(b"hello")), 400,
                    "Content-Encoding")
        # what is written there and is no coding
        for number, coding in enumerate(("identity", "utf-8", "none")):
            self.assertEqual(jigsawstack_upload(
                server, f"plain/{number}", b"hello",
                headers={"Content-Encoding": coding}).status, 200)
            assert_file(self, jigsawstack_read(server, f"plain/{number}"),
                        b"hello")
        assert_refused(self, "imagekit", self.post("/v1/folder", {
            **basic(server.secret), **JSON, "Content-Encoding": "gzip"},
            gzip.compress(b"{}")), 400, "Content-Encoding")

    def test_a_slash_behind_a_handle_changes_nothing(self):
        for target in (f"/api/file/{self.handle}", f"/{self.handle}",
                       f"/api/file/{self.handle}/metadata",
                       f"/{self.server.public}/{self.handle}"):
            with self.subTest(target):
                plain, slash = (request(self.server, "GET", each)
                                for each in (target, target + "/"))
                self.assertEqual(slash.status, 200, slash)
                self.assertEqual(slash.body, plain.body)
        # and belongs to the path of a file
        assert_refused(self, "jigsawstack",
                       jigsawstack_read(self.server, "a.txt/"), 404)
