# SPDX-License-Identifier: Apache-2.0
"""StashFyle: upload, details, delete, delivery."""
import contextlib
import datetime
import os
import sqlite3

import samples
from apis import assert_file, assert_refused, bearer, doors, stashfyle_upload
from harness import WireTest, holdings, wait_until
from rawhttp import form, get_url, request

JPEG = samples.jpeg(30, 20)
FIELDS = {"id", "url", "name", "folder", "size", "type", "private",
          "expires_at", "created_at"}


def when(text):
    return datetime.datetime.strptime(
        text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)


class StashfyleTest(WireTest):
    def upload(self, *args, **kwargs):
        response = stashfyle_upload(self.server, *args, **kwargs)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def file(self, method, file_id, headers=None, door=("root", "", {})):
        return request(self.server, method, f"{door[1]}/v1/files/{file_id}",
                       {**door[2], **(headers or
                                      bearer(self.server.secret))})

    def test_upload_is_answered_with_the_nine_fields(self):
        bases = {"root": self.server.url, "prefix": self.server.url,
                 "host": "https://cdn.stashfyle.com",
                 "host with port": "http://cdn.stashfyle.com:8080"}
        for door in doors("stashfyle"):
            with self.subTest(door[0]):
                body = self.upload((JPEG, "photo.jpg", "image/jpeg"), door)
                self.assertEqual(set(body), FIELDS)
                self.assertRegex(body["id"], "^f_[0-9a-z]{19}$")
                self.assertEqual(
                    body["url"],
                    f"{bases[door[0]]}/live/default/{body['id']}/photo.jpg")
                self.assertEqual(
                    (body["name"], body["size"], body["type"],
                     body["private"], body["folder"], body["expires_at"]),
                    ("photo.jpg", len(JPEG), "image/jpeg", False, None, None))
                age = datetime.datetime.now(datetime.timezone.utc) - \
                    when(body["created_at"])
                self.assertLess(abs(age.total_seconds()), 60)
                assert_file(self, get_url(self.server, body["url"]), JPEG,
                            "image/jpeg")
                self.check_details_and_delete(body, door)

    def check_details_and_delete(self, body, door):
        details = self.file("GET", body["id"], door=door)
        self.assertEqual(details.status, 200)
        self.assertEqual(details.json(), body)
        gone = self.file("DELETE", body["id"], door=door)
        self.assertEqual((gone.status, gone.json()), (200, {"success": True}))
        for method in ("GET", "DELETE"):
            assert_refused(self, "stashfyle",
                           self.file(method, body["id"], door=door), 404)
        self.assertEqual(get_url(self.server, body["url"]).status, 404)

    def test_api_v1_is_the_same_place(self):
        kind, body = form(("file", b"x", "a.txt"))
        response = request(self.server, "POST", "/api/v1/upload",
                           {**bearer(self.server.secret), **kind}, body)
        self.assertEqual(response.status, 200, response)
        details = request(self.server, "GET",
                          "/api/v1/files/" + response.json()["id"],
                          bearer(self.server.secret))
        self.assertEqual(details.json(), response.json())

    def test_folder_is_kept_without_outer_slashes(self):
        for folder, wanted in (("users/avatars", "users/avatars"),
                               ("/a/", "a"), ("", None), ("/", None),
                               ("ä ö", "ä ö")):
            with self.subTest(folder):
                self.assertEqual(self.upload(folder=folder)["folder"], wanted)

    def test_private_is_only_the_word_true(self):
        for value, private in (("true", True), ("TRUE", False), ("1", False),
                               ("false", False), ("", False)):
            with self.subTest(value):
                body = self.upload(private=value)
                self.assertIs(body["private"], private)
                self.assertEqual(body["url"] is None, private)

    def test_a_private_file_has_no_open_url(self):
        body = self.upload((b"secret", "s.pdf"), private="true")
        path = f"/live/default/{body['id']}/s.pdf"
        for headers in ({}, bearer(self.server.public)):
            for _ in range(2):
                response = request(self.server, "GET", path, headers)
                assert_refused(self, "stashfyle", response, 403)
        self.assertEqual(self.file("GET", body["id"]).json(), body)

    def test_expires_is_counted_from_creation(self):
        for text, hours in (("1h", 1), ("7d", 7 * 24), ("30d", 720)):
            with self.subTest(text):
                body = self.upload(expires=text)
                lives = when(body["expires_at"]) - when(body["created_at"])
                self.assertLessEqual(
                    abs(lives.total_seconds() - hours * 3600), 1)
                response = get_url(self.server, body["url"])
                assert_file(self, response, b"hello")

    def test_types_are_declared_else_found(self):
        for name, data, declared, wanted in (
                ("x.bin", b"abc", "text/x-mine", "text/x-mine"),
                ("x.bin", JPEG, None, "image/jpeg"),
                ("x.csv", b"a,b", None, "text/csv"),
                ("x", samples.pdf(), "application/octet-stream",
                 "application/pdf")):
            with self.subTest(name, declared=declared):
                body = self.upload((data, name, declared))
                self.assertEqual(body["type"], wanted)

    def test_names_are_kept_but_for_directories(self):
        for sent, kept in (
                ("my photo.jpg", "my photo.jpg"), ("ü.txt", "ü.txt"),
                ("a%22b.txt", 'a"b.txt'), ("../../etc/passwd", "passwd"),
                ("C:\\x\\y.txt", "y.txt"), ("x" * 255, "x" * 255)):
            with self.subTest(sent):
                body = self.upload((b"data", sent))
                self.assertEqual(body["name"], kept)
                assert_file(self, get_url(self.server, body["url"]), b"data")

    def test_one_name_can_be_stored_twice(self):
        one, two = self.upload((b"1", "n")), self.upload((b"2", "n"))
        self.assertNotEqual(one["id"], two["id"])
        assert_file(self, get_url(self.server, one["url"]), b"1")
        assert_file(self, get_url(self.server, two["url"]), b"2")

    def test_delivery_needs_the_right_account_and_name(self):
        body = self.upload((b"x", "n.txt"))
        for path in (f"/live/other/{body['id']}/n.txt",
                     f"/live/default/{body['id']}/m.txt",
                     f"/live/default/f_{'0' * 19}/n.txt",
                     "/live/default/x/n.txt"):
            with self.subTest(path):
                assert_refused(self, "stashfyle",
                               request(self.server, "GET", path), 404)

    def test_other_ids_are_404(self):
        for file_id in ("f_abc123xyz", "f_" + "z" * 19, "f_", "x%00"):
            for method in ("GET", "DELETE"):
                with self.subTest(file_id, method=method):
                    response = self.file(method, file_id)
                    if file_id.startswith("f_"):
                        assert_refused(self, "stashfyle", response, 404)
                    else:
                        self.assertEqual(response.status, 404)

    def test_a_public_key_is_for_uploads_from_listed_origins_only(self):
        body = self.upload()
        public = bearer(self.server.public)
        with self.nothing_left():
            for origin in ({}, {"Origin": "http://evil.test"}):
                assert_refused(
                    self, "stashfyle",
                    stashfyle_upload(self.server,
                                     headers={**public, **origin}), 403)
            for method in ("GET", "DELETE"):
                assert_refused(self, "stashfyle",
                               self.file(method, body["id"], public), 403)


class ExpiryTest(WireTest):
    # the shortest expiry is an hour, so the clock of the rows is turned
    options = {"sweep_interval": "200ms", "trash_grace": "0"}

    def test_an_expired_file_is_gone_and_swept(self):
        body = stashfyle_upload(self.server, expires="1h").json()
        self.server.stop()
        path = os.path.join(self.server.data, "stowage.db")
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            changed = db.execute("UPDATE file SET expires_at = 1 "
                                 "WHERE expires_at IS NOT NULL").rowcount
        self.assertEqual(changed, 1)
        self.server.start()
        self.assertEqual(get_url(self.server, body["url"]).status, 404)
        response = request(self.server, "GET", "/v1/files/" + body["id"],
                           bearer(self.server.secret))
        assert_refused(self, "stashfyle", response, 404)
        self.assertTrue(wait_until(
            lambda: holdings(self.server)["blob"] == 0), holdings(self.server))
