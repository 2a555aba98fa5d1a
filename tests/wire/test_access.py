# SPDX-License-Identifier: Apache-2.0
"""One library behind four dialects: what came in through one is read through
the others, and what a file demands holds in all of them."""
import base64

import samples
from apis import (api_key, assert_file, assert_refused, basic, bearer,
                  filestack_store, imagekit_upload, jigsawstack_read,
                  jigsawstack_upload, query, stashfyle_id, stashfyle_upload)
from harness import WireTest, assert_nothing_left, holdings, wait_until
from rawhttp import Connection, build, get_url, request
from tenants import add_key, revoke_key

PNG = samples.png(6, 5)


class AccessTest(WireTest):
    def imagekit(self, name, data=PNG, **fields):
        response = imagekit_upload(self.server, (data, "x"), fileName=name,
                                   useUniqueFileName="false", **fields)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def get(self, path, headers=None):
        return request(self.server, "GET", path, headers)

    def public_reads(self, key):
        """The ways a public key can stand in a JigsawStack read."""
        path = "/v1/store/file/read/" + key
        return (self.get(path, api_key(self.server.public)),
                self.get(f"{path}?x-api-key={self.server.public}"))

    def test_an_imagekit_file_opens_by_key_path_id_and_url(self):
        body = self.imagekit("x.png", folder="/both")
        assert_file(self, get_url(self.server, body["url"]), PNG, "image/png")
        for response in (jigsawstack_read(self.server, "both/x.png"),
                         *self.public_reads("both/x.png")):
            assert_file(self, response, PNG, "image/png")
        stash = stashfyle_id(body["fileId"])
        details = self.get("/v1/files/" + stash, bearer(self.server.secret))
        self.assertEqual((details.status, details.json()["name"],
                          details.json()["folder"]), (200, "x.png", "both"))
        assert_file(self, self.get(f"/live/default/{stash}/x.png"), PNG)

    def test_a_jigsawstack_file_is_closed_at_the_plain_urls(self):
        jigsawstack_upload(self.server, "dir/k.png", PNG)
        for headers in ({}, api_key(self.server.public)):
            assert_refused(self, "imagekit",
                           self.get("/default/dir/k.png", headers), 401,
                           delivery=True)
        for response in (jigsawstack_read(self.server, "dir/k.png"),
                         *self.public_reads("dir/k.png")):
            assert_file(self, response, PNG)
        assert_refused(self, "imagekit", self.get("/default/dir/k.png"), 401,
                       delivery=True)

    def test_a_name_opens_what_was_made_private_where_names_are(self):
        stash = stashfyle_upload(self.server, (PNG, "s.png", "image/png"),
                                 private="true").json()
        path, = [row["filePath"] for row in self.get(
            "/v1/files", basic(self.server.secret)).json()
            if stashfyle_id(row["fileId"]) == stash["id"]]
        self.imagekit("named.png", isPrivateFile="true")
        name = "?tr=n-ik_ml_thumbnail"
        self.assertEqual(self.get("/default/named.png" + name).status, 200)
        assert_refused(self, "imagekit",
                       self.get(f"/default{path}{name}"), 401,
                       delivery=True)

    def test_a_private_imagekit_file_takes_the_secret_key(self):
        self.imagekit("p.png", isPrivateFile="true")
        assert_file(self, jigsawstack_read(self.server, "p.png"), PNG)
        for _ in range(2):      # the second is from the cache
            for response in self.public_reads("p.png"):
                assert_refused(self, "jigsawstack", response, 403)
            assert_refused(self, "imagekit", self.get("/default/p.png"), 401,
                           delivery=True)

    def assert_takes_proof(self, name, file_id):
        """A signature or the secret key opens it, nothing else, anywhere."""
        stash = stashfyle_id(file_id)
        live = f"/live/default/{stash}/{name}"
        assert_refused(self, "stashfyle", self.get(live), 403)
        for response in self.public_reads(name):
            assert_refused(self, "jigsawstack", response, 403)
        assert_file(self, jigsawstack_read(self.server, name), PNG)
        signed = request(self.server, "POST", f"/v1/files/{stash}/signed-url",
                         {**bearer(self.server.secret),
                          "Content-Type": "application/json"},
                         b'{"expires_in": 3600}').json()["url"]
        opened = get_url(self.server, signed)
        assert_file(self, opened, PNG)
        self.assertRegex(opened["Cache-Control"], "^private")

    def test_a_draft_is_a_draft_in_every_dialect(self):
        body = self.imagekit("draft.png", isPublished="false")
        for _ in range(2):      # the second is from the cache
            self.assert_takes_proof("draft.png", body["fileId"])

    def restrict(self, state):
        done = self.server.tool("accounts", "set", "default",
                                "--restrict-unsigned-urls", state)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_signed_urls_only_holds_in_every_dialect(self):
        body = self.imagekit("signed.png")
        stored = filestack_store(self.server, PNG, filename="s.png").json()
        self.assertEqual(get_url(self.server, stored["url"]).status, 200)
        self.restrict("on")
        try:
            self.assertTrue(wait_until(lambda: get_url(
                self.server, stored["url"]).status == 403))
            self.assert_takes_proof("signed.png", body["fileId"])
            opened = get_url(self.server, stored["url"],
                             basic("app", self.server.secret))
            assert_file(self, opened, PNG)
            self.assertEqual(opened["Cache-Control"], "private, no-store")
        finally:
            self.restrict("off")
            self.assertTrue(wait_until(lambda: get_url(
                self.server, stored["url"]).status == 200))

    def test_a_handle_does_not_open_what_became_private(self):
        stored = filestack_store(self.server, PNG, path="/h/x.png").json()
        url = stored["url"]
        assert_file(self, get_url(self.server, url), PNG)
        self.imagekit("x.png", b"secret", folder="h", isPrivateFile="true")
        handle = stored["handle"]
        for path in (f"/{handle}", f"/api/file/{handle}",
                     f"/{self.server.public}/{handle}",
                     f"/{handle}?key={self.server.public}"):
            for headers in ({}, basic("app", self.server.public),
                            basic(self.server.secret),
                            api_key(self.server.secret)):
                with self.subTest(path, headers=headers):
                    response = request(self.server, "GET", path, headers)
                    self.assertEqual(response.status, 403, response)
                    self.assertNotIn(b"secret", response.body)
        opened = get_url(self.server, url, basic("app", self.server.secret))
        assert_file(self, opened, b"secret")
        self.assertIn("no-store", opened["Cache-Control"])
        assert_refused(self, "filestack", get_url(self.server, url), 403,
                       delivery=True)

    def test_a_private_stashfyle_file_is_private_everywhere(self):
        body = stashfyle_upload(self.server, (PNG, "s.png"),
                                private="true").json()
        path = f"/live/default/{body['id']}/s.png"
        assert_refused(self, "stashfyle", self.get(path), 403)

    def test_a_public_key_cannot_store_over_what_others_stored(self):
        self.imagekit("mine.png", folder="a")
        jigsawstack_upload(self.server, "a/key.png", PNG)
        filestack_store(self.server, PNG, path="/a/app.png",
                        key=None, headers=basic("app", self.server.secret))
        for path in ("/a/mine.png", "/a/key.png", "/a/app.png"):
            with self.subTest(path), self.nothing_left():
                assert_refused(self, "filestack", filestack_store(
                    self.server, b"evil", path=path), 403)
            assert_file(self, jigsawstack_read(self.server, path[1:]), PNG)

    def test_a_public_key_replaces_what_came_the_same_way(self):
        filestack_store(self.server, b"one", path="/pub.txt")
        response = filestack_store(self.server, b"two", path="/pub.txt")
        self.assertEqual(response.status, 200, response)
        # ... until somebody with a secret stored there
        jigsawstack_upload(self.server, "pub.txt", b"three", overwrite="true")
        assert_refused(self, "filestack", filestack_store(
            self.server, b"four", path="/pub.txt"), 403)
        assert_file(self, jigsawstack_read(self.server, "pub.txt"), b"three")

    def test_replacing_through_another_dialect_opens_nothing(self):
        self.imagekit("strict.png", isPrivateFile="true")
        jigsawstack_upload(self.server, "strict.png", b"new",
                           overwrite="true")
        for response in self.public_reads("strict.png"):
            assert_refused(self, "jigsawstack", response, 403)
        filestack_store(self.server, b"newer", path="/strict.png", key=None,
                        headers=basic("app", self.server.secret))
        assert_refused(self, "imagekit", self.get("/default/strict.png"), 401,
                       delivery=True)
        assert_file(self, jigsawstack_read(self.server, "strict.png"),
                    b"newer")

    def test_deleting_through_one_dialect_deletes_in_all(self):
        body = self.imagekit("del.png")
        stash = stashfyle_id(body["fileId"])
        assert_file(self, get_url(self.server, body["url"]), PNG)
        jigsawstack_read(self.server, "del.png", method="DELETE")
        for response in (get_url(self.server, body["url"]),
                         jigsawstack_read(self.server, "del.png"),
                         self.get(f"/live/default/{stash}/del.png"),
                         self.get("/v1/files/" + stash,
                                  bearer(self.server.secret))):
            self.assertEqual(response.status, 404, response)

    def test_a_key_is_of_no_use_in_another_dialects_place(self):
        """Credentials of one dialect sent to a route of another."""
        secret = self.server.secret
        bare = {"Authorization": secret}
        with self.nothing_left():
            for dialect, path, statuses in (
                    ("imagekit", "/imagekit/api/v1/files/upload", (401,)),
                    ("filestack", "/filestack/api/store/S3", (403,)),
                    ("stashfyle", "/stashfyle/v1/upload", (401,)),
                    ("jigsawstack", "/jigsawstack/v1/store/file?key=k",
                     (401,))):
                right = {"imagekit": "Basic", "stashfyle": "Bearer",
                         "jigsawstack": "x-api-key"}.get(dialect)
                for name, headers in (("Basic", basic(secret)),
                                      ("Bearer", bearer(secret)),
                                      ("x-api-key", api_key(secret)),
                                      ("bare", bare)):
                    if name == right:
                        continue
                    with self.subTest(dialect, sent=name):
                        for target in (path, query(path, secret=secret)):
                            response = request(self.server, "POST", target,
                                               headers, b"x")
                            assert_refused(self, dialect, response)
                            self.assertIn(response.status, statuses)
                            self.assertNotIn(secret.encode(), response.body)

    def test_keys_in_queries_are_not_in_the_log(self):
        jigsawstack_upload(self.server, "logged", b"1")
        self.public_reads("logged")
        self.get(f"/v1/store/file/read/logged?x-api-key={self.server.secret}")
        text = base64.b64encode(f"{self.server.secret}:".encode()).decode()
        self.assertTrue(self.server.logged("/v1/store/file/read/logged 200"))
        log = self.server.log()
        for secret in (self.server.secret, self.server.public, text):
            self.assertNotIn(secret, log)

    def test_a_restricted_public_key_is_restricted_in_every_dialect(self):
        before = holdings(self.server)
        for restriction in ({"api": ["store"]},
                            {"origin": ["https://only.example"]},
                            {"domain": ["only.example"]}):
            with self.subTest(restriction):
                key = add_key(self.server, **restriction)
                response = filestack_store(self.server, b"x", key=key,
                                           path="spoilt/x.html")
                assert_refused(self, "filestack", response, 403)
        assert_nothing_left(self.server, before)
        key = add_key(self.server, api=["filestack"])
        response = filestack_store(self.server, b"x", key=key)
        self.assertEqual(response.status, 200, response)

    def test_a_key_revoked_while_its_upload_comes_stores_nothing(self):
        before = holdings(self.server)
        for dialect, head in (
                ("jigsawstack", lambda k: build(
                    "POST", "/v1/store/file?key=late", self.server.authority,
                    {**api_key(k), "Content-Length": "10"})),
                ("filestack", lambda k: build(
                    "POST", f"/api/store/S3?key={k}", self.server.authority,
                    {"Content-Length": "10"}))):
            kind = "secret" if dialect == "jigsawstack" else "public"
            key = add_key(self.server, kind=kind)
            with self.subTest(dialect), Connection(self.server) as connection:
                connection.send(head(key) + b"12345")
                revoke_key(self.server, key)
                connection.send(b"67890")
                assert_refused(self, dialect, connection.read())
        assert_nothing_left(self.server, before)
