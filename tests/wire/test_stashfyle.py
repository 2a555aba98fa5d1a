# SPDX-License-Identifier: Apache-2.0
"""StashFyle: upload, details, delete, delivery."""
import contextlib
import datetime
import os
import sqlite3

import samples
from apis import assert_file, assert_refused, bearer, doors, stashfyle_upload
from harness import WireTest, holdings, staging_files, takes_long, wait_until
from rawhttp import Connection, build, form, get_url, request
from stashfyle import FIELDS, ID, StashfyleTest, when

JPEG = samples.jpeg(30, 20)


class UploadTest(StashfyleTest):
    def test_upload_is_answered_with_the_nine_fields(self):
        bases = {"root": self.server.url, "prefix": self.server.url,
                 "host": "https://cdn.stashfyle.com",
                 "host with port": "http://cdn.stashfyle.com:8080"}
        for door in doors("stashfyle"):
            with self.subTest(door[0]):
                body = self.upload((JPEG, "photo.jpg", "image/jpeg"), door)
                self.assertEqual(set(body), FIELDS)
                self.assertRegex(body["id"], ID)
                self.assertEqual(
                    body["url"],
                    f"{bases[door[0]]}/live/default/{body['id']}/photo.jpg")
                self.assertEqual(
                    (body["name"], body["size"], body["type"],
                     body["private"], body["folder"], body["expires_at"]),
                    ("photo.jpg", len(JPEG), "image/jpeg", False, None, None))
                age = datetime.datetime.utcnow() - when(body["created_at"])
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

    def test_a_slash_at_the_end_is_for_calls_not_for_files(self):
        kind, body = form(("file", b"x", "a.txt"))
        key = bearer(self.server.secret)
        file = request(self.server, "POST", "/v1/upload/", {**key, **kind},
                       body)
        self.assertEqual(file.status, 200, file)
        for target, status in (("/v1/usage/", 200), ("/v1/files/", 200),
                               (f"/v1/files/{file.json()['id']}/", 200),
                               ("/v1/usage//", 404)):
            with self.subTest(target):
                self.assertEqual(request(self.server, "GET", target,
                                         key).status, status)
        self.assertEqual(get_url(self.server, file.json()["url"]).status, 200)
        self.assertEqual(get_url(self.server,
                                 file.json()["url"] + "/").status, 404)

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

    def test_options_may_be_sent_like_files(self):
        options = (("private", b"true", "private"),
                   ("folder", b"a/b", "blob", "text/plain"),
                   ("expires", b"7d", "", "application/octet-stream"))
        file = ("file", b"x", "a.txt")
        for parts in ((file, *options), (*options, file)):
            body = self.parts(*parts).json()
            self.assertIs(body["private"], True)
            self.assertEqual(body["folder"], "a/b")
            lives = when(body["expires_at"]) - when(body["created_at"])
            self.assertLessEqual(
                abs(lives.total_seconds() - 7 * 24 * 3600), 1)

    def test_of_an_option_that_is_there_twice_the_last_counts(self):
        file, yes, no = (("file", b"x", "a.txt"), ("private", b"true"),
                         ("private", b"false"))
        for parts, private in (((no, file, yes), True),
                               ((yes, file, no), False)):
            self.assertIs(self.parts(*parts).json()["private"], private)

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

    def test_conditions_and_ranges_are_refused_as_json(self):
        url = self.upload()["url"]
        tag = get_url(self.server, url)["ETag"]
        for headers, status in (({"Range": "bytes=9-"}, 416),
                                ({"If-Match": '"x"'}, 412)):
            response = get_url(self.server, url, headers)
            self.refused(response, status)
            self.assertEqual(response["ETag"], tag)
            head = get_url(self.server, url, headers, "HEAD")
            self.assertEqual(head.status, 200 if status == 416 else 412)
            self.assertEqual(head.body, b"")

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

    def test_keys_are_bearer_keys_exactly(self):
        secret = self.server.secret
        with self.nothing_left():
            for value in (None, "", "Bearer", "Bearer ", "bearer " + secret,
                          "BEARER " + secret, "Bearer  " + secret, secret,
                          "Bearer " + secret[:-1], "Bearer " + secret + "x",
                          "Bearer " + secret.upper(), "Token " + secret,
                          "Bearer sk_live_" + "x" * 32,
                          "Bearer " + "x" * 5000, "Bearer ' OR 1=1"):
                with self.subTest(value):
                    response = self.parts(("file", b"x", "a"),
                                          headers={"Authorization": value})
                    self.refused(response, 401, "unauthorized",
                                 "Invalid or missing API key")
                    for path in ("/usage", "/upload"):
                        method = "POST" if path == "/upload" else "GET"
                        self.refused(self.call(method, path,
                                               {"Authorization": value}), 401)

    def test_keys_of_any_text_do_and_revoked_ones_do_not(self):
        key = self.make_key("secret")
        self.assertEqual(self.call("GET", "/usage", bearer(key)).status, 200)
        for line in self.tool("keys", "list", "--show").splitlines():
            if key in line:
                self.tool("keys", "revoke", line.split()[0])
        self.assertTrue(wait_until(lambda: self.call(
            "GET", "/usage", bearer(key)).status == 401))
        with self.nothing_left():
            self.refused(stashfyle_upload(self.server, headers=bearer(key)),
                         401, "unauthorized")


class BadFormTest(StashfyleTest):
    def test_expires_that_are_no_durations_are_refused(self):
        with self.nothing_left():
            for text in ("7w", "d", "h", "7", "7 d", " 7d", "7d ", "-1d",
                         "+1d", "1.5h", "0h", "0d", "00d", "3651d", "87601h",
                         "9" * 40 + "d", "7D", "7H", "7dd", "1h30", "7d;",
                         "٧d", "0x7d", "1e3h", "7d\n", "never"):
                with self.subTest(text):
                    self.refused(stashfyle_upload(self.server, expires=text),
                                 400, "bad_request",
                                 "Invalid expires format")
        for text in ("3650d", "87600h", "007d"):
            self.upload(expires=text)

    def test_forms_without_a_file_are_refused(self):
        file = ("file", b"x", "a.txt")
        with self.nothing_left():
            for name, parts in (
                    ("nothing", ()), ("fields only", (("folder", "x"),)),
                    ("a text field", (("file", "some text"),)),
                    ("another name", (("File", b"x", "a.txt"),
                                      ("upload", b"x", "a.txt"))),
                    ("no name", (("file", b"", ""),)),
                    ("dots", (("file", b"x", ".."),)),
                    ("a directory", (("file", b"x", "a/"),)),
                    ("two", (file, file))):
                with self.subTest(name):
                    self.refused(self.parts(*parts), 400, "bad_request")

    def test_bodies_that_are_no_forms_are_refused(self):
        kind, good = form(("file", b"x", "a.txt"))
        kind = kind["Content-Type"]
        with self.nothing_left():
            for name, body, content_type in (
                    ("raw", JPEG, "image/jpeg"),
                    ("raw without a type", b"x", None),
                    ("JSON", b'{"file": "x"}', "application/json"),
                    ("urlencoded", b"file=x",
                     "application/x-www-form-urlencoded"),
                    ("form-data given to fetch", b"[object FormData]", kind),
                    ("no boundary", good, "multipart/form-data"),
                    ("another boundary", good, kind + "x"),
                    ("an empty boundary", good,
                     "multipart/form-data; boundary="),
                    ("a boundary too long", good,
                     "multipart/form-data; boundary=" + "b" * 100),
                    ("mixed", good, kind.replace("form-data", "mixed")),
                    ("cut", good[:-20], kind), ("empty", b"", kind),
                    ("noise", samples.noise(5000), kind)):
                with self.subTest(name):
                    self.refused(self.raw_upload(body, content_type), 400,
                                 "bad_request")
            self.refused(request(self.server, "POST", "/v1/upload",
                                 self.secret), 400, "bad_request")

    def test_folders_that_lead_elsewhere_are_refused(self):
        with self.nothing_left():
            for folder in ("../x", "..", ".", "a/../b", "a//b", "a/./b",
                           "a/b/..", "/../", "a\0b", "a\nb", "\x7f",
                           "x" * 1025, "x" * 1010, "a/" * 600 + "a"):
                with self.subTest(folder[:30]):
                    self.refused(stashfyle_upload(self.server, folder=folder),
                                 400, "bad_request")
            self.refused(self.parts(("file", b"x", "a"),
                                    ("folder", b"\xff\xfe")), 400)

    def test_names_that_cannot_be_are_refused(self):
        with self.nothing_left():
            for name in ("x" * 256, "ü" * 128, b"\xff.txt", "a\tb",
                         "a%0D%0ASet-Cookie: x", "a/b/..", "\\", "/"):
                with self.subTest(name):
                    self.refused(self.parts(("file", b"x", name)), 400,
                                 "bad_request")

    def test_wrong_methods_and_paths_are_refused(self):
        for method, path, status in (
                ("GET", "/upload", 405), ("PUT", "/upload", 405),
                ("PATCH", "/files/f_x", 405), ("DELETE", "/usage", 405),
                ("POST", "/health", 405), ("GET", "/files/f_x/signed-url", 405),
                ("GET", "/upload/", 405), ("GET", "/files/f_x/more", 404),
                ("GET", "/keys", 404), ("POST", "/folders", 404)):
            with self.subTest(method + path):
                self.refused(self.call(method, path), status)

    def test_a_client_that_goes_away_leaves_nothing(self):
        kind, body = form(("file", samples.noise(400_000), "a.bin"))
        sent = build("POST", "/v1/upload", self.server.authority,
                     {**self.secret, **kind}, body)
        with self.nothing_left():
            for n in (len(sent) - 1, len(sent) // 2, 700):
                with Connection(self.server) as connection:
                    connection.send(sent[:n])


class ReadersTest(StashfyleTest):
    options = {"sweep_interval": "100ms", "trash_grace": "0"}

    @takes_long
    def test_deleting_does_not_cut_a_reader(self):
        """The bytes go only when the last reader has them."""
        data = samples.noise(24_000_000)
        body = self.upload((data, "big.bin"))
        path = body["url"][len(self.server.url):]
        with Connection(self.server) as connection:
            connection.send(build("GET", path, self.server.authority))
            head = connection.read_head()
            self.assertEqual(head["Content-Length"], str(len(data)))
            self.assertEqual(self.file("DELETE", body["id"]).status, 200)
            self.refused(get_url(self.server, body["url"]), 404)
            self.assertTrue(wait_until(
                lambda: holdings(self.server)["blob"] == 0, 5))
            self.refused(get_url(self.server, body["url"]), 404)
            self.assertEqual(len(staging_files(self.server)), 1)
            while len(connection.buffer) < len(data):
                self.assertTrue(connection.fill())
            self.assertEqual(connection.buffer, data)
        self.assertTrue(wait_until(
            lambda: not staging_files(self.server), 5))


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
        secret = bearer(self.server.secret)
        self.assertEqual(get_url(self.server, body["url"]).status, 404)
        for method, path in (("GET", ""), ("DELETE", ""),
                             ("POST", "/signed-url")):
            sent = b'{"expires_in": 60}' if method == "POST" else None
            response = request(self.server, method,
                               f"/v1/files/{body['id']}{path}", secret, sent)
            assert_refused(self, "stashfyle", response, 404)
        listed = request(self.server, "GET", "/v1/files", secret).json()
        self.assertEqual(listed["files"], [])
        self.assertTrue(wait_until(
            lambda: holdings(self.server)["blob"] == 0), holdings(self.server))
