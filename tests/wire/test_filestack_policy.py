# SPDX-License-Identifier: Apache-2.0
"""Filestack's security: what a policy opens, and what it does not."""
import base64
import json
import time
import unittest

from apis import (api_key, basic, bearer, filestack_store, imagekit_upload,
                  query)
from filestack_cdn import PNG
from filestack_policy import PolicyTest, secure
from harness import wait_until
from multipart import flat
from policies import far, in_query, make, pair, sign, signed
from rawhttp import Connection, form, request
from tenants import add_account, add_key, revoke_key, tool

BACKTRACKS = ("(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$",
              "(*LIMIT_MATCH=4000000000)(a|a)*$")


class SecurityTest(PolicyTest):
    def test_nothing_goes_without_a_policy(self):
        self.assertEqual(self.store_under(None).status, 403)
        handle = self.stored()
        for target in (f"/{handle}", f"/api/file/{handle}",
                       f"/{self.server.public}/{handle}"):
            with self.subTest(target):
                self.assert_said(self.get(target), 403, path=target)
                response = self.get(in_query(target, self.proof("read")))
                self.assertEqual((response.status, response.body),
                                 (200, b"data"))
                self.assertIn("private", response["Cache-Control"])

    def test_a_form_may_have_the_policy(self):
        for key in ("query", "form"):
            named = self.server.public
            said = [*pair(self.proof("store")).items(),
                    ("f", b"data", "a.txt")]
            if key == "form":
                said.insert(0, ("key", named))
            response = filestack_store(self.server, form(*said),
                                       key=named if key == "query" else None)
            self.assertEqual(response.status, 200, response)
            said.append(("signature", "0" * 64))
            self.assertEqual(filestack_store(
                self.server, form(*said), key=named).status, 403)

    def test_the_secret_needs_none(self):
        response = filestack_store(
            self.server, b"x",
            headers=basic("app", self.server.secret))
        self.assertEqual(response.status, 200, response)
        self.assertEqual(self.get("/" + response.json()["handle"],
                                  self.app()).status, 200)


    def test_only_what_is_signed_by_the_account_counts(self):
        handle, secret = self.stored(), self.server.secret
        other, _ = add_account(self.server, "stranger")
        good = self.proof("read")
        for name, proof in (
                ("signature", (good[0], good[1][:-1] + "g")),
                ("upper case", (good[0], good[1].upper())),
                ("cut", (good[0], good[1][:-2])),
                ("no signature", (good[0], "")),
                ("no policy", ("", good[1])),
                ("another policy", (self.proof("stat")[0], good[1])),
                ("one byte more", (good[0] + "=", good[1])),
                ("stranger", make(other, "read")),
                ("public key", make(self.server.public, "read")),
                ("expired", self.proof("read", expiry=int(time.time()) - 1)),
                ("no expiry", signed(secret, '{"call":["read"]}')),
                ("call", self.proof("stat", "convert", "write")),
                ("handle", self.proof("read", handle="A" * 20)),
                ("empty handle", self.proof("read", handle="")),
                ("twice", signed(secret, '{"expiry":%d,"call":["read"],'
                                         '"call":["read"]}' % far())),
                ("two spellings", signed(secret, '{"expiry":%d,"call":"read",'
                                                 '"Calls":"stat"}' % far())),
                ("no JSON", signed(secret, "{")),
                ("no UTF-8", signed(secret, b'{"expiry":9999999999,"x":"\xff"}')),
                ("deep", signed(secret, "[" * 400 + "]" * 400)),
                ("unpadded", self.unpadded())):
            with self.subTest(name):
                response = self.get(in_query(f"/{handle}", proof))
                self.assert_said(response, 403, "policy error")

    def unpadded(self):
        policy = self.proof("read", x="")[0]
        while not policy.endswith("="):
            policy = self.proof("read", x="y" * len(policy))[0]
            policy = policy if policy.endswith("=") else \
                self.proof("read", xx="")[0]
        policy = policy.rstrip("=")
        return policy, sign(self.server.secret, policy)

    def test_every_spelling_is_taken(self):
        handle, secret = self.stored(), self.server.secret
        now = int(time.time())
        for said in ({"expiry": now + 99.5}, {"expiry": str(now + 99)},
                     {"expiry": (now + 99) * 1000}, {"Expiry": now + 99},
                     {"expiry": now + 99, "call": "read"},
                     {"expiry": now + 99, "calls": ["READ"]},
                     {"expiry": now + 99, "handle": handle},
                     {"expiry": now + 99, "max_size": 1, "write_url": 1}):
            with self.subTest(said):
                proof = signed(secret, json.dumps(said))
                self.assertEqual(
                    self.get(in_query(f"/{handle}", proof)).status, 200)

    def test_both_alphabets_are_taken_and_blanks_are_plusses(self):
        handle = self.stored()
        text = json.dumps({"expiry": far(), "x": "/~~~>>>???/"}).encode()
        for policy in (base64.b64encode(text).decode(),
                       base64.urlsafe_b64encode(text).decode()):
            proof = policy, sign(self.server.secret, policy)
            self.assertEqual(
                self.get(in_query(f"/{handle}", proof)).status, 200)
            # as it is
            self.assertEqual(self.get(
                f"/{handle}?policy={policy}&signature={proof[1]}").status, 200)

    def test_conditions_tell_nothing(self):
        handle = self.stored()
        opened = self.get(in_query(f"/{handle}", self.proof("read")))
        for headers in ({"If-None-Match": opened["ETag"]},
                        {"If-None-Match": "*"},
                        {"If-Modified-Since": opened["Last-Modified"]},
                        {"Range": "bytes=0-1"}):
            for method in "GET", "HEAD":
                response = self.get(f"/{handle}", headers, method)
                self.assertEqual(response.status, 403, response)
                self.assertIsNone(response["ETag"])
        self.assertEqual(self.get(
            in_query(f"/{handle}", self.proof("read")),
            {"If-None-Match": opened["ETag"]}).status, 304)

    def test_a_long_policy_is_refused_wherever_it_stands(self):
        handle = self.stored()
        text = json.dumps({"expiry": far(), "x": "y" * 1_000_000})
        proof = signed(self.server.secret, text)
        response = self.get(in_query(f"/{handle}", proof))
        self.assertIn(response.status, (400, 403, 414, 431))
        response = request(self.server, "POST", "/process", {
            "Content-Type": "application/json"}, json.dumps({
                "apikey": self.server.public, "sources": ["http://x/"],
                "tasks": [{"name": "store"},
                          {"name": "security", "params": pair(proof)}]
            }).encode())
        self.assertIn(response.status, (400, 403, 413))
        self.assertEqual(self.get(in_query(f"/{handle}",
                                           self.proof("read"))).status, 200)

    def test_a_new_secret_counts_and_a_revoked_one_does_not(self):
        handle = self.stored()
        key = add_key(self.server, "secret")
        target = in_query(f"/{handle}", make(key, "read"))
        self.assertTrue(wait_until(lambda: self.get(target).status == 200))
        revoke_key(self.server, key)
        self.assertTrue(wait_until(lambda: self.get(target).status == 403))
        self.assertEqual(self.get(in_query(f"/{handle}",
                                           self.proof("read"))).status, 200)

    def test_a_vendors_secret_makes_its_vector_good(self):
        """RDOQO..., which signs a policy that is good until 2117."""
        folder = self.server.folder
        for name, key in (("secret", "RDOQO4WFRBFPRCFZOZFHJGZHW4"),
                          ("public", "AWfXsReSwSGmqkhcnqfLrz")):
            with open(f"{folder}/{name}", "w", encoding="ascii") as file:
                file.write(key + "\n")
        tool(self.server, "accounts", "create", "moved",
             "--secret-key-file", f"{folder}/secret",
             "--public-key-file", f"{folder}/public")
        key = "AWfXsReSwSGmqkhcnqfLrz"
        self.assertTrue(wait_until(lambda: filestack_store(
            self.server, b"x", key=key).status == 200))
        secure(self.server, "moved", key)
        proof = ("eyJleHBpcnkiOjQ2NTM2NTE2MDB9", "ab1bea1b6ce36f77ff2a0a4da256"
                 "51e64dfd9daeb0b2eacfe3836a13c96c022c")
        response = filestack_store(self.server, b"moved", key=key,
                                   **pair(proof))
        self.assertEqual(response.status, 200, response)
        handle = response.json()["handle"]
        self.assert_said(self.get("/" + handle), 403)
        self.assertEqual(self.get(in_query("/" + handle, proof)).body,
                         b"moved")


class OtherDialectsTest(PolicyTest):
    def addresses(self, path, handle):
        """As each dialect has them, with what names the account there."""
        listed = request(self.server, "GET", "/api/v1/files",
                         bearer(self.server.secret)).json()["files"]
        row, = [row for row in listed if row["name"] == "a.png"]
        self.assertIsNone(row["url"])   # as it takes the policy
        return ((f"/{handle}", {}), (f"/default/{path}", {}),
                (f"/live/default/{row['id']}/a.png", {}),
                ("/v1/store/file/read/" + path, api_key(self.server.public)))

    def test_a_policy_opens_a_file_by_any_url(self):
        handle = self.stored(PNG, "a.png", path="/in/a.png")
        for target, headers in self.addresses("in/a.png", handle):
            with self.subTest(target):
                closed = self.get(target, headers)
                self.assertIn(closed.status, (401, 403), closed)
                for proof in (self.proof("stat"), self.proof(handle="x"),
                              self.proof(expiry=1), make("x" * 20)):
                    self.assertEqual(
                        self.get(in_query(target, proof), headers).status,
                        closed.status)
                opened = self.get(in_query(target, self.proof("read")),
                                  headers)
                self.assertEqual((opened.status, opened.body), (200, PNG))
                self.assertIn("private", opened["Cache-Control"])

    def test_a_policy_opens_what_takes_signed_urls(self):
        add_account(self.server, "signed")
        tool(self.server, "accounts", "set", "signed",
             "--restrict-unsigned-urls", "on")
        secret = add_key(self.server, "secret", "signed")
        response = request(
            self.server, "POST", "/api/store/S3?path=/x.txt",
            basic("app", secret), b"data")
        self.assertEqual(response.status, 200, response)
        target = "/signed/x.txt"
        self.assertTrue(wait_until(
            lambda: self.get(target).status == 401))
        self.assertEqual(self.get(in_query(target, make(secret, "stat")))
                         .status, 401)
        self.assertEqual(self.get(in_query(target, make(secret, "read")))
                         .body, b"data")

    def test_pictures_of_another_dialect_take_convert(self):
        self.stored(PNG, "a.png", path="/in/b.png")
        target = "/default/in/b.png?tr=w-9"
        self.assertIn(self.get(target).status, (401, 403))
        self.assertIn(self.get(in_query(target, self.proof("read"))).status,
                      (401, 403))
        for _ in range(2):
            response = self.get(in_query(target, self.proof("convert")))
            self.assert_picture(response, "png", (9, 7))
            self.assertIn("private", response["Cache-Control"])

    def test_what_came_in_elsewhere_is_guarded_at_this_door_alone(self):
        response = imagekit_upload(self.server, (PNG, "c.png"),
                                   fileName="c.png",
                                   useUniqueFileName="false")
        self.assertEqual(response.status, 200, response)
        self.assertEqual(self.get("/default/c.png").status, 200)
        source = f"/{self.server.public}/flip/src://"
        self.assertEqual(self.get(source + "in/none.png").status, 404)


class StoreCallTest(PolicyTest):
    def test_what_is_refused_leaves_nothing(self):
        for calls, members, options, status in (
                (["pick", "write"], {}, {}, 403),
                (["store"], {"expiry": 5}, {}, 403),
                (["store"], {"handle": "A" * 20}, {}, 403),
                (["store"], {"path": "/in/.*"}, {"path": "/out/a"}, 403),
                (["store"], {"path": "/in/.*"}, {"path": "/in/../out"}, 400),
                (["store"], {"path": "/in/.*"}, {"path": "/x/in/a"}, 403),
                (["store"], {"path": "/in/.*"}, {}, 403),
                (["store"], {"container": "^box$"}, {"container": "boxes"},
                 403),
                (["store"], {"container": "box"}, {}, 403),
                (["store"], {"maxSize": 3}, {}, 413),
                (["store"], {"minSize": 5}, {}, 403)):
            with self.subTest(calls, members=members, options=options), \
                    self.nothing_left():
                response = self.store_under(self.proof(*calls, **members),
                                            **options)
                self.assertEqual(response.status, status, response)
                self.assertTrue(response.json()["error"])

    def test_what_fits_is_stored(self):
        for calls, members, options in (
                ([], {}, {}), (["store"], {}, {}),
                (["store"], {"path": "/in/.*"}, {"path": "/in/a"}),
                (["store"], {"path": "/in/.*"}, {"path": "in/"}),
                (["store"], {"path": "^in/"}, {"path": "/in/b"}),
                (["store"], {"container": "box"}, {"container": "box"}),
                (["store"], {"maxSize": 4, "minSize": 4}, {})):
            with self.subTest(calls, members=members, options=options):
                response = self.store_under(self.proof(*calls, **members),
                                            **options)
                self.assertEqual(response.status, 200, response)

    def test_expressions_that_backtrack_end(self):
        for pattern in BACKTRACKS:
            with self.subTest(pattern):
                began = time.monotonic()
                response = self.store_under(
                    self.proof("store", path=pattern),
                    path="a" * 200 + "!")
                self.assertEqual(response.status, 403, response)
                self.assertLess(time.monotonic() - began, 20)

    def test_no_expression_sees_a_text_without_a_bound(self):
        """Each step of this one looks at all that is left."""
        proof = self.proof("store", container="(?:(?=.*+)a?+)*+[!?]")
        headers, body = flat({"apikey": self.server.public, "size": 1,
                              "store": {"container": "a" * 1000000},
                              **pair(proof)})
        began = time.monotonic()
        response = request(self.server, "POST", "/multipart/start", headers,
                           body)
        self.assertEqual(response.status, 403, response)
        self.assertLess(time.monotonic() - began, 20)

    def test_a_large_upload_ends_where_the_policy_does(self):
        """Refused by its length, and while it comes without one."""
        proof = self.proof("store", maxSize=1000)
        target = query("/api/store/S3", key=self.server.public, **pair(proof))
        for head in (f"Content-Length: {10**9}", "Transfer-Encoding: chunked"):
            with self.subTest(head), self.nothing_left(), \
                    Connection(self.server) as client:
                client.send((f"POST {target} HTTP/1.1\r\nHost: x\r\n{head}"
                             "\r\n\r\n").encode())
                if "chunked" in head:
                    client.send(b"800\r\n" + b"x" * 0x800 + b"\r\n")
                self.assertEqual(client.read("POST").status, 413)

    def test_a_policy_that_expires_while_the_body_comes_stores_nothing(self):
        for ahead in (2, 4, 8, 16):
            until = int(time.time()) + ahead
            proof = self.proof("store", expiry=until)
            target = query("/api/store/S3", key=self.server.public,
                           **pair(proof))
            with self.nothing_left(), Connection(self.server) as client:
                client.send((f"POST {target} HTTP/1.1\r\nHost: x\r\n"
                             "Content-Length: 10\r\n"
                             "Expect: 100-continue\r\n\r\n").encode())
                if client.read_head().status != 100:
                    continue    # it came too late itself
                client.send(b"12345")
                wait_until(lambda: time.time() > until + 0.1)
                client.send(b"67890")
                response = client.read("POST")
                self.assertEqual(response.status, 403, response)
                self.assertIn("expired", response.json()["error"])
                return
        self.fail("no head came in time")

    def test_a_secret_that_is_revoked_while_the_body_comes_counts_no_more(self):
        key = add_key(self.server, "secret")
        target = query("/api/store/S3", key=self.server.public,
                       **pair(make(key, "store")))
        with self.nothing_left(), Connection(self.server) as client:
            client.send((f"POST {target} HTTP/1.1\r\nHost: x\r\n"
                         "Content-Length: 10\r\n\r\n12345").encode())
            revoke_key(self.server, key)
            client.send(b"67890")
            self.assertEqual(client.read("POST").status, 403)


if __name__ == "__main__":
    unittest.main()
