# SPDX-License-Identifier: Apache-2.0
"""What Filestack's API does to a file by its handle: new content, and its
end."""
import base64
import hashlib
import json
import os
import threading
import urllib.parse

import samples
from apis import basic, filestack_store, jigsawstack_read, query
from filestack_cdn import PNG, CdnTest
from harness import blob_files, wait_until
from pictures import describe, flat_png, jpeg_with_exif
from policies import in_query, make, pair
from rawhttp import form, request
from tenants import add_account, add_key, tool

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
LARGE = bytes(range(256)) * 2000
REFUSED = "http://10.9.8.7/a.txt"


class FilesTest(CdnTest):
    def proof(self, *calls, **members):
        return make(self.server.secret, *calls, **members)

    def call(self, method, handle, body=None, end="", proof=None,
             headers=None, **options):
        """Without a proof: with the application's secret."""
        extra, data = body if isinstance(body, tuple) else ({}, body)
        said = pair(proof) if proof else {}
        given = headers if headers is not None else \
            ({} if proof else self.app())
        return request(self.server, method,
                       query(f"/api/file/{handle}{end}", **said, **options),
                       {**extra, **given}, data)

    def over(self, handle, body, method="POST", **options):
        response = self.call(method, handle, body, **options)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def content(self, handle):
        response = self.get("/" + handle)
        self.assertEqual(response.status, 200, response)
        return response.body

    def refused(self, response, status, text=""):
        self.assertEqual(response.status, status, response)
        self.assertEqual(response["Content-Type"], "application/json")
        self.assertRegex(response.json()["error"], text or ".")


class OverwriteTest(FilesTest):
    def test_every_way_to_bring_the_content(self):
        origin = self.origin()
        url = origin.add("/new.txt", b"fetched", "text/x-new")
        coded = origin.add("/coded.txt", base64.b64encode(b"coded"),
                           "text/plain")
        told = {"base64decode": "true"}
        for name, body, options, want in (
                ("raw", b"raw", {}, b"raw"),
                ("typed", ({"Content-Type": "image/gif"}, b"typed"), {},
                 b"typed"),
                ("large", LARGE, {}, LARGE),
                ("form", form(("fileUpload", b"form", "other.gif")), {},
                 b"form"),
                ("form's url", (FORM, query("", url=url)[1:].encode()), {},
                 b"fetched"),
                ("query's url", b"", {"url": url}, b"fetched"),
                ("json", (JSON, b'{"url": "%s"}' % url.encode()), {},
                 b"fetched"),
                ("json file", (JSON, b'{"a": 1}'), {}, b'{"a": 1}'),
                ("base64", base64.b64encode(LARGE), told, LARGE),
                ("base64 form", form(("f", base64.b64encode(b"x"), "a")),
                 told, b"x"),
                ("base64 told behind the file", form(
                    ("f", base64.b64encode(b"y"), "a"),
                    ("base64decode", "true")), {}, b"y"),
                ("base64 of a url", (FORM, query("", url=coded)[1:].encode()),
                 told, b"coded"),
                ("base64 of a query's url", b"", {"url": coded, **told},
                 b"coded")):
            for method in ("POST", "PUT"):
                with self.subTest(name, method=method):
                    stored = filestack_store(
                        self.server, form(("f", b"old", "old ä.png"))).json()
                    answer = self.over(stored["handle"], body, method,
                                       **options)
                    self.assertEqual(answer["size"], len(want))
                    self.assertIs(answer["isWriteable"], True)
                    for same in ("url", "handle", "key", "mimetype", "type",
                                 "filename"):
                        self.assertEqual(answer[same], stored[same], same)
                    self.assertEqual(self.content(stored["handle"]), want)
                    served = self.get("/" + stored["handle"])
                    self.assertEqual(served["Content-Type"], "image/png")

    def test_a_policy_is_as_good_as_the_secret(self):
        url = self.origin().add("/p.txt", b"fetched")
        for door in ("query", "form", "fields"):
            handle = self.store(b"old", "a.txt")
            write = self.proof("write", handle=handle)
            if door == "query":
                self.over(handle, b"by policy", proof=write)
                self.over(handle, b"by policy", proof=write,
                          key=self.server.public)
            elif door == "form":
                kind, body = form(*pair(write).items(),
                                  ("f", b"by policy", "b.txt"))
                self.over(handle, (kind, body), headers={})
            else:
                said = urllib.parse.urlencode(
                    {"url": url, **pair(self.proof("writeUrl"))})
                self.over(handle, (FORM, said.encode()), headers={})
            self.assertEqual(self.content(handle), b"fetched"
                             if door == "fields" else b"by policy")

    def test_what_is_not_allowed_changes_nothing(self):
        handle, other = self.store(b"old", "a.txt"), self.store()
        url = self.origin().add("/q.txt", b"fetched")
        restricted = add_key(self.server, api=["imagekit"])
        write = self.proof("write")
        for name, options in (
                ("nothing", {"headers": {}}),
                ("a key", {"headers": {}, "key": self.server.public}),
                ("a wrong secret", {"headers": basic("app", "x")}),
                ("a public key", {"headers": basic("app",
                                                   self.server.public)}),
                ("a secret as key", {"headers": {},
                                     "key": self.server.secret}),
                ("a restricted key", {"proof": write, "key": restricted}),
                ("another call", {"proof": self.proof("read", "store")}),
                ("writeUrl", {"proof": self.proof("writeUrl")}),
                ("write", {"proof": write, "url": url}),
                ("another handle", {"proof": self.proof(handle=other)}),
                ("expired", {"proof": self.proof("write", expiry=1)}),
                ("too large", {"proof": self.proof("write", maxSize=2)}),
                ("too small", {"proof": self.proof("write", minSize=9)}),
                ("not signed", {"proof": (write[0], "0" * 64)})):
            for method in ("POST", "PUT"):
                with self.subTest(name, method=method):
                    self.refused(self.call(method, handle, b"new", **options),
                                 413 if name == "too large" else 403)
                    self.assertEqual(self.content(handle), b"old")
        for name, body, status in (("empty", b"", 400),
                                   ("no file", form(("a", "b")), 400),
                                   ("no url", (FORM, b"url="), 400)):
            with self.subTest(name):
                self.refused(self.call("POST", handle, body), status)
        self.refused(self.call("POST", handle, b"!!", base64decode="true"),
                     400)
        self.refused(self.call("POST", handle[::-1], b"x"), 404)
        self.assertEqual(self.content(handle), b"old")

    def test_no_address_of_ours_is_read(self):
        handle = self.store(b"old", "a.txt")
        for name, body, options in (
                ("form", (FORM, query("", url=REFUSED)[1:].encode()), {}),
                ("query", b"", {"url": REFUSED}),
                ("json", (JSON, b'{"url": "%s"}' % REFUSED.encode()), {}),
                ("fields", form(("url", REFUSED)), {}),
                ("by a policy", b"", {"url": REFUSED,
                                      "proof": self.proof("writeUrl")})):
            with self.subTest(name):
                self.refused(self.call("POST", handle, body, **options), 400)
        self.refused(self.call(
            "POST", handle, url=self.origin().add("/n.txt", b"n"),
            proof=self.proof("writeUrl", url="https://nowhere/.*")), 403)
        self.assertEqual(self.content(handle), b"old")

    def test_a_policys_place_is_where_the_file_is(self):
        handle = self.store(b"old", "a.txt", path="/in/a.txt",
                            container="box")
        url = self.origin().add("/place.txt", b"fetched")
        for members in ({"path": "/out/"}, {"path": "^in/b"},
                        {"path": "(?!.*/in/)"}, {"container": "^bo$"},
                        {"path": "/in/", "container": "other"}):
            with self.subTest(members):
                for proof, options in (
                        (self.proof("write", **members), {}),
                        (self.proof("writeUrl", **members), {"url": url})):
                    self.refused(self.call("POST", handle,
                                           b"" if options else b"new",
                                           proof=proof, **options), 403)
                    self.assertEqual(self.content(handle), b"old")
        for members in ({"path": "/in/"}, {"path": "^in/a"},
                        {"container": "box"}):
            with self.subTest(members):
                self.over(handle, b"old", proof=self.proof("write", **members))

    def test_pictures_and_hashes_are_of_the_new_content(self):
        handle = self.store(flat_png(40, 20), "p.png")
        small = f"/resize=width:10/{handle}"
        self.assert_picture(self.get(small), "png", (10, 5))
        first = self.get(f"/{handle}/metadata?md5=true").json()
        self.over(handle, flat_png(40, 40))
        self.assert_picture(self.get(small), "png", (10, 10))
        self.assertEqual(describe(self.content(handle)), ("png", 40, 40))
        body = self.get(f"/{handle}/metadata?md5=true&width=true"
                        "&height=true").json()
        self.assertEqual((body["width"], body["height"]), (40, 40))
        self.assertNotEqual(body["md5"], first["md5"])
        self.over(handle, b"no picture", mimetype="text/plain")
        self.assertEqual(self.get("/" + handle)["Content-Type"], "text/plain")

    def test_hashes_of_what_is_overwritten_without_pause_are_told(self):
        bodies = [letter * (12 << 20) for letter in (b"a", b"bc")]
        sums = {len(body): hashlib.md5(body).hexdigest() for body in bodies}
        handle = self.store(bodies[0], "busy.bin")
        is_over = threading.Event()

        def write():
            while not is_over.is_set():
                for body in reversed(bodies):
                    self.call("PUT", handle, body)
        writers = [threading.Thread(target=write) for _ in range(3)]
        for writer in writers:
            writer.start()
        try:
            for _ in range(3):
                said = self.get(f"/{handle}/metadata?md5=true&size=true")
                self.assertEqual(said.status, 200, said)
                self.assertEqual(said.json()["md5"],
                                 sums[said.json()["size"]])
        finally:
            is_over.set()
            for writer in writers:
                writer.join()

    def test_every_dialect_sees_it(self):
        handle = self.store(b"one", "i.txt", path="/ov/i.txt",
                            headers=self.app())
        file_id = request(
            self.server, "GET", "/v1/files?path=/ov",
            basic(self.server.secret)).json()[0]["fileId"]
        target = "/default/ov/i.txt"
        for path in (target, "/" + handle):
            self.assertEqual(self.get(path).body, b"one")
        self.over(handle, b"two")
        for path in (target, "/" + handle):
            self.assertEqual(self.get(path).body, b"two")
        self.assertEqual(jigsawstack_read(self.server, "ov/i.txt").body,
                         b"two")
        details = request(self.server, "GET", f"/v1/files/{file_id}/details",
                          basic(self.server.secret)).json()
        self.assertEqual((details["size"], details["name"]), (3, "i.txt"))
        moved = request(self.server, "PUT", "/v1/files/rename",
                        {**basic(self.server.secret), **JSON},
                        b'{"filePath": "/ov/i.txt", "newFileName": "j.txt"}')
        self.assertEqual(moved.status, 200, moved)
        self.over(handle, b"three")
        self.assertEqual(jigsawstack_read(self.server, "ov/j.txt").body,
                         b"three")
        self.assertEqual(jigsawstack_read(self.server, "ov/i.txt").status, 404)

    def test_what_is_private_stays_so(self):
        handle = self.private(b"one", "ov/p.txt")
        self.over(handle, b"two")
        self.assertEqual(self.get("/" + handle).status, 403)
        self.assertEqual(self.get("/" + handle, self.app()).body, b"two")

    def test_damaged_content_is_mended_so(self):
        handle = self.store(LARGE, "d.bin")
        for name in blob_files(self.server):
            path = os.path.join(self.server.seen_data, "blobs", name)
            os.chmod(path, 0o600)
            with open(path, "r+b") as blob:
                blob.write(b"?")
        self.server.restart()
        self.assertEqual(self.get("/" + handle).status, 500)
        self.over(handle, b"mended")
        self.assertEqual(self.content(handle), b"mended")

    def test_limits_of_the_account_hold(self):
        secret, public = add_account(self.server, "narrow")
        app = basic("app", secret)
        stored, probe = (filestack_store(
            self.server, form(("f", b"x" * 10, "n.txt")),
            key=public).json()["handle"] for _ in range(2))
        for words, size, status in ((("--max-file", "100"), 101, 413),
                                    (("--max-storage", "50"), 60, 413),
                                    (("--grace", "on"), 1, 403)):
            tool(self.server, "accounts", "set", "narrow", *words)
            for proof in (None, make(secret, "write")):
                with self.subTest(words, proof=bool(proof)):
                    given = {"proof": proof, "headers": {} if proof else app}
                    self.assertTrue(wait_until(lambda: self.call(
                        "POST", probe, b"z" * size, **given).status ==
                        status))
                    self.refused(self.call("POST", stored, b"z" * size,
                                           **given), status)
                    self.assertEqual(self.content(stored), b"x" * 10)

    def test_two_at_once_leave_one_of_both(self):
        handle = self.store(b"old", "r.bin")
        bodies = [bytes([65 + i]) * (300 << 10) for i in range(8)]
        answers = []

        def send(body):
            answers.append(self.call("PUT", handle, body).status)
        threads = [threading.Thread(target=send, args=(body,))
                   for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, 8 * [200])
        self.assertIn(self.content(handle), bodies)


class ExifTest(FilesTest):
    def test_it_takes_a_policy_that_names_it(self):
        handle = self.store(jpeg_with_exif(samples.jpeg(20, 10), 6), "t.jpg")
        plain = self.store(b"text", "t.txt")
        for path in (f"/api/file/{handle}/metadata?exif=true",
                     f"/{handle}/metadata?size=true&exif=true",
                     f"/metadata=[exif]/{handle}"):
            with self.subTest(path):
                for proof in ((), ("read", "stat"), ("*",)):
                    target = in_query(path, self.proof(*proof)) \
                        if proof != ("*",) else path
                    self.assertEqual(self.get(target).status, 403)
                for target, headers in (
                        (in_query(path, self.proof("stat", "exif")), {}),
                        (path, self.app())):
                    body = self.assert_json(self.get(target, headers))
                    self.assertIn("Orientation", body["exif"])
        for target, headers in (
                (path, self.app()),
                (in_query(path, self.proof("stat", "exif")), {})):
            kept = self.get("/cache=expiry:3600" + target, headers)
            self.assertIn("Orientation", self.assert_json(kept)["exif"])
            self.assertEqual(kept["Cache-Control"], "private, no-store")
        self.assertEqual(self.assert_json(self.get(
            f"/{plain}/metadata?exif=true", self.app())), {"exif": {}})


class RemoveTest(FilesTest):
    def test_both_spellings_remove(self):
        for method, end in (("DELETE", ""), ("POST", "/remove")):
            for proof in (None, self.proof("remove"), self.proof("revoke")):
                with self.subTest(method, proof=bool(proof)):
                    stored = filestack_store(
                        self.server, form(("f", b"gone", "g.txt"))).json()
                    handle = stored["handle"]
                    for bad in ({"headers": {}},
                                {"headers": {}, "key": self.server.public},
                                {"proof": self.proof("read", "write")},
                                {"proof": self.proof("remove", expiry=1)}):
                        self.refused(self.call(method, handle, end=end,
                                               **bad), 403)
                    self.assertEqual(self.content(handle), b"gone")
                    response = self.call(method, handle, end=end, proof=proof,
                                         key=self.server.public)
                    self.assertEqual((response.status, response.json()),
                                     (200, {}))
                    self.assertEqual(response["Content-Type"],
                                     "application/json")
                    for path in ("/", "/api/file/"):
                        self.assertEqual(self.get(path + handle).status, 404)
                    self.refused(self.call(method, handle, end=end,
                                           proof=proof), 404, "not found")
                    self.refused(self.call("POST", handle, b"new"), 404)
                    self.assertEqual(jigsawstack_read(
                        self.server, stored["key"]).status, 404)

    def said_in_a_body(self, **said):
        """As each client words it: (headers, body)."""
        yield FORM, urllib.parse.urlencode(said).encode()
        yield {"Content-Type": FORM["Content-Type"] + "; charset=utf-8"}, \
            urllib.parse.urlencode({"plugin": "js_lib", **said}).encode()
        yield form(*said.items())
        yield form(("files", b"", "a.txt"), *said.items())
        yield JSON, json.dumps(said).encode()

    def test_a_body_says_what_a_query_says(self):
        for method, end in (("POST", "/remove"), ("DELETE", "")):
            for i in range(5):
                stored = filestack_store(
                    self.server, form(("f", b"gone", "g.txt"))).json()
                handle = stored["handle"]
                with self.subTest(method, i=i):
                    for bad in (pair(self.proof("read")),
                                pair(self.proof("remove", expiry=1)),
                                {"key": self.server.public},
                                {"key": self.server.secret,
                                 **pair(self.proof("remove"))}):
                        body = list(self.said_in_a_body(**bad))[i]
                        self.refused(self.call(method, handle, body, end,
                                               headers={}), 403)
                    self.assertEqual(self.content(handle), b"gone")
                    body = list(self.said_in_a_body(
                        key=self.server.public, skip_storage="true",
                        **pair(self.proof("remove"))))[i]
                    response = self.call(method, handle, body, end,
                                         headers={}, _cacheBust="fp1")
                    self.assertEqual(response.status, 200, response)
                    self.assertEqual(self.get("/" + handle).status, 404)
                    self.assertEqual(jigsawstack_read(
                        self.server, stored["key"]).body, b"gone")

    def test_what_a_query_says_goes_before_a_body(self):
        handle = self.store(b"kept", "k.txt")
        good, bad = self.proof("remove"), self.proof("read")
        for method, end in (("POST", "/remove"), ("DELETE", "")):
            self.refused(self.call(
                method, handle, (FORM, urllib.parse.urlencode(
                    pair(good)).encode()), end, proof=bad), 403)
        twice = json.dumps(pair(good))[:-1] + ', "policy": "e30="}'
        for body in ((JSON, twice.encode()), (JSON, b"{"), (JSON, b"[]"),
                     ({}, b"\xff\0=&;"), ({}, b"remove")):
            self.refused(self.call("POST", handle, body, "/remove",
                                   headers={}), 403)
        self.refused(self.call("POST", handle, (FORM, bytes(100_000)),
                               "/remove"), 413)
        self.assertEqual(self.content(handle), b"kept")
        response = self.call("POST", handle, (JSON, b"{"), "/remove")
        self.assertEqual(response.status, 200, response)

    def test_of_two_at_once_one_removes(self):
        handle, answers = self.store(b"x", "x.txt"), []

        def remove():
            answers.append(self.call("DELETE", handle).status)
        threads = [threading.Thread(target=remove) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(answers), [200] + 5 * [404])

    def test_without_its_record_the_object_stays(self):
        stored = filestack_store(
            self.server, form(("f", b"kept", "k.txt")),
            path="kept/k.txt").json()
        response = self.call("DELETE", stored["handle"], skip_storage="true")
        self.assertEqual(response.status, 200, response)
        self.assertEqual(self.get("/" + stored["handle"]).status, 404)
        self.refused(self.call("DELETE", stored["handle"],
                               skip_storage="true"), 404)
        self.assertEqual(jigsawstack_read(self.server, "kept/k.txt").body,
                         b"kept")
        self.assertEqual(self.get(
            f"/{self.server.public}/cache=false/src://kept/k.txt").body,
            b"kept")

    def test_overwritten_and_removed_at_once_it_is_gone(self):
        for _ in range(5):
            handle, answers = self.store(b"x", "x.txt"), {}

            def act(name, *args):
                answers[name] = self.call(*args).status
            threads = [
                threading.Thread(target=act, args=("over", "PUT", handle,
                                                   b"y" * 2000)),
                threading.Thread(target=act, args=("gone", "DELETE", handle))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(answers["gone"], 200)
            self.assertIn(answers["over"], (200, 404))
            self.assertEqual(self.get("/" + handle).status, 404)


if __name__ == "__main__":
    import unittest
    unittest.main()
