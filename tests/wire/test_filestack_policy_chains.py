# SPDX-License-Identifier: Apache-2.0
"""Chains of an application with Filestack's security: which call each takes, of
which file, and where the policy stands."""
import base64
import io
import json
import unittest
import zipfile

from filestack_cdn import JPEG, PNG
from filestack_policy import PolicyTest
from harness import wait_until
from policies import far, in_query, in_task, make, sign
from rawhttp import form, request
from tenants import add_account, tool


class CallTest(PolicyTest):
    def test_each_answer_takes_its_call(self):
        handle, key = self.stored(PNG, "a.png"), self.server.public
        for chain, needed in (
                ("cache=expiry:9/{}", ["read"]),
                ("resize=width:8/{}", ["convert"]),
                ("{}/convert?w=8", ["convert"]),
                ("api/file/{}/convert?w=8", ["convert"]),
                ("output=format:jpg/{}", ["convert"]),
                ("{}/metadata", ["stat"]),
                ("api/file/{}/metadata?size=true", ["stat"]),
                ("file/{}/metadata", ["stat"]),
                ("metadata/{}", ["stat"]),
                ("imagesize/{}", ["stat"]),
                ("resize=width:8/imagesize/{}", ["stat"]),
                ("zip/[{}]", ["read", "convert"]),
                (key + "/store/{}", ["read", "store"]),
                (key + "/flip/store/{}", ["convert", "store"])):
            target = "/" + chain.format(handle)
            with self.subTest(chain):
                self.assert_said(self.get(target), 403, "policy error",
                                 target)
                for left_out in needed:
                    others = {"pick", "read", "stat", "write", "writeUrl",
                              "store", "convert", "remove", "exif",
                              "runWorkflow"} - {left_out}
                    response = self.get(in_query(target,
                                                 self.proof(*others)))
                    self.assert_said(response, 403, "call not allowed",
                                     target)
                response = self.get(in_query(target, self.proof(*needed)))
                self.assertEqual(response.status, 200, response)
                if "store" not in needed:
                    self.assertNotIn("public", response["Cache-Control"])

    def test_a_policy_may_stand_anywhere(self):
        handle, key = self.stored(PNG, "a.png"), self.server.public
        proof, other = self.proof("convert"), self.proof("read")
        for target in (
                f"/{in_task(proof)}/resize=width:8/{handle}",
                f"/resize=width:8/{in_task(proof)}/{handle}",
                f"/{key}/flip/{in_task(proof, 'ps')}/resize=width:8/{handle}",
                f"/{in_task(proof[::-1], 'sp')}/resize=width:8/{handle}",
                in_query(f"/resize=width:8/{handle}", proof),
                in_query(f"/{in_task(proof)}/resize=width:8/{handle}", other)):
            with self.subTest(target):
                for _ in range(2):
                    response = self.get(target)
                    self.assert_picture(response, "png", (8, 6))
                    self.assertIn("private", response["Cache-Control"])
        self.assert_said(self.get(
            in_query(f"/{in_task(other)}/flip/{handle}", proof)), 403)

    def test_a_policy_of_the_usual_alphabet_may_have_slashes(self):
        """As Swift's SDK and the previews of filestack-js write it."""
        handle, slashes = self.stored(PNG, "a.png"), set()
        for blanks in range(12):
            text = json.dumps({
                "expiry": far(), "call": ["convert"],
                "url": " " * (blanks % 4) + "https?://(a|b)?/.*",
                "note": "?" * (blanks // 3)}).encode()
            policy = base64.b64encode(text).decode()
            signature = sign(self.server.secret, policy)
            slashes.add((policy.count("/"), policy.count("=")))
            for names in (("policy", "signature"), ("p", "s")):
                said = [f"{names[0]}:{policy}", f"{names[1]}:{signature}"]
                for secured in said, said[::-1]:
                    secured = "security=" + ",".join(secured)
                    for target in (f"/{secured}/resize=width:8/{handle}",
                                   f"/resize=width:8/{secured}/{handle}"):
                        with self.subTest(target):
                            self.assert_picture(self.get(target), "png",
                                                (8, 6))
        self.assertGreater(len(slashes), 4)

    def test_what_was_made_before_opens_no_more_than_before(self):
        handle = self.stored(PNG, "a.png")
        target = f"/resize=width:9/{handle}"
        first = self.get(in_query(target, self.proof("convert")))
        self.assertEqual(first.status, 200)
        for proof in (self.proof("read"), self.proof("convert", handle="x"),
                      self.proof("convert", expiry=9),
                      make("not the secret", "convert")):
            self.assert_said(self.get(in_query(target, proof)), 403)
        same = {"If-None-Match": first["ETag"]}
        self.assert_said(self.get(target, same), 403)
        self.assertEqual(
            self.get(in_query(target, self.proof("convert")), same).status,
            304)

    def test_a_policy_of_one_handle_opens_that_one(self):
        handles = [self.stored(PNG, "a.png"), self.stored(JPEG, "b.jpg")]
        proof = self.proof(handle=handles[0])
        for form_of in ("/{}", "/api/file/{}", "/{}/metadata", "/flip/{}",
                        f"/{self.server.public}/store/{{}}"):
            with self.subTest(form_of):
                for handle, status in zip(handles, (200, 403)):
                    response = self.get(in_query(form_of.format(handle),
                                                 proof))
                    self.assertEqual(response.status, status, response)
        for chain in (f"zip/[{handles[0]},{handles[1]}]",
                      f"watermark=file:{handles[1]}/{handles[0]}",
                      f"watermark=file:{handles[0]}/{handles[1]}",
                      f"collage=f:[{handles[1]}],w:9,h:9/{handles[0]}"):
            with self.subTest(chain):
                self.assert_said(self.get(in_query("/" + chain, proof)), 403,
                                 "handle not allowed")
                self.assertEqual(self.get(in_query(
                    "/" + chain, self.proof())).status, 200)

    def test_a_stand_in_is_judged_as_a_download(self):
        shown = self.stored(PNG, "shown.png")
        absent = "A" * 20
        target = f"/fallback=handle:{shown}/flip/{absent}"
        self.assert_said(self.get(target), 404)
        self.assert_said(self.get(in_query(target, self.proof("convert"))),
                         404)
        self.assert_said(
            self.get(in_query(target, self.proof("read", handle=absent))), 404)
        response = self.get(in_query(target, self.proof("read")))
        self.assertEqual((response.status, response.body), (200, PNG))
        self.assertIn("private", response["Cache-Control"])
        # and what may not be read has none
        handle = self.stored(JPEG, "b.jpg")
        self.assert_said(self.get(in_query(
            f"/fallback=handle:{shown}/flip/{handle}",
            self.proof("read"))), 403)

    def test_debug_tells_nothing_of_what_it_may_not_read(self):
        handle = self.stored(PNG, "a.png")
        closed = self.get(f"/debug/flip/{handle}")
        body = self.assert_json(closed, 403)
        self.assertEqual(body["source"], {"handle": handle})
        self.assertIsNone(body["plan"])
        body = self.assert_json(self.get(in_query(
            f"/debug/flip/{handle}", self.proof("convert"))))
        self.assertEqual(body["source"]["mimetype"], "image/png")
        body = self.assert_json(self.get(
            f"/debug/nonsense=a:1/flip/{handle}"), 400)
        self.assertEqual(body["source"], {"handle": handle})

    def test_aliases_are_as_if_they_were_not_there(self):
        self.stored(PNG, "a.png", path="/box/a.png")
        target = f"/{self.server.public}/flip/src://box/a.png"
        self.assert_said(self.get(target), 404)
        self.assert_said(self.get(in_query(target, self.proof("read"))), 404)
        self.assert_picture(self.get(in_query(target, self.proof("convert"))),
                            "png", (64, 48))

    def test_own_urls_are_no_urls(self):
        handle = self.stored(PNG, "a.png")
        url = f"https://cdn.filestackcontent.com/{handle}"
        target = f"/{self.server.public}/flip/{url}"
        self.assert_said(self.get(target), 403)
        self.assert_picture(self.get(
            f"/{in_task(self.proof('convert', url='nothing'))}/flip/{url}"),
            "png", (64, 48))

    def test_a_zip_of_a_policy_has_all(self):
        handles = [self.stored(b"1", "a"), self.stored(b"2" * 900_000, "b")]
        response = self.get(f"/{in_task(self.proof())}/zip/"
                            f"[{','.join(handles)}]")
        self.assertEqual(response.status, 200, response)
        self.assertIn("private", response["Cache-Control"])
        with zipfile.ZipFile(io.BytesIO(response.body)) as archive:
            self.assertEqual(archive.read("b"), b"2" * 900_000)


class UrlTest(PolicyTest):
    def test_urls_take_a_policy_that_has_them(self):
        key, origin = self.server.public, self.origin()
        url = origin.add("/a/x.png", PNG, "image/png")
        host = url[:url.index("/a/")].replace(".", "\\.")
        for chain, calls in (("flip", ["convert"]), ("cache=false", ["read"]),
                             ("store", ["store"]),
                             ("flip/store", ["convert", "store"])):
            target = f"/{key}/{{}}/{chain}/{url}"
            with self.subTest(chain):
                self.assert_said(self.get(f"/{key}/{chain}/{url}"), 403)
                for proof in (self.proof("stat"),
                              self.proof(*calls, url="https?://other/.*"),
                              self.proof(*calls, url="/a/x"),
                              self.proof(*calls, handle="x"),
                              self.proof(*calls, expiry=1)):
                    self.assert_said(
                        self.get(target.format(in_task(proof))), 403)
                for pattern in (".*", host + "/a/", f"^{host}/a/x\\.png$"):
                    proof = self.proof(*calls, url=pattern)
                    response = self.get(target.format(in_task(proof)))
                    self.assertEqual(response.status, 200, response)

    def test_a_url_that_may_not_be_is_not_fetched(self):
        key, origin = self.server.public, self.origin()
        url = origin.add("/never.png", PNG, "image/png")
        inner = self.stored(PNG, "a.png")
        proof = self.proof(url="https://x/")
        for target in (f"/{key}/{in_task(proof)}/flip/{url}",
                       f"/{key}/{in_task(proof)}/store/{url}",
                       f"/{key}/{in_task(proof)}/zip/[{inner},%22{url}%22]",
                       f"/{key}/{in_task(proof)}/"
                       f"watermark=file:%22{url}%22/{inner}"):
            with self.subTest(target):
                self.assert_said(self.get(target), 403, "url not allowed")
        kind, body = form(("url", url))
        response = request(self.server, "POST", in_query(
            f"/api/store/S3?key={key}", proof), kind, body)
        self.assertEqual(response.status, 403, response)
        response = request(
            self.server, "POST", in_query(f"/api/store/S3?key={key}", proof),
            {"Content-Type": "application/x-www-form-urlencoded"},
            b"url=" + url.encode())
        self.assertEqual(response.status, 403, response)
        self.assertEqual(origin.seen, [])


class StoreTaskTest(PolicyTest):
    def test_what_is_stored_keeps_to_the_policy(self):
        handle, key = self.stored(PNG, "a.png"), self.server.public

        def store(task, **members):
            proof = self.proof("read", "convert", "store", **members)
            return self.get(f"/{key}/{task}/{in_task(proof)}/{handle}")
        for task, members, status in (
                ("store=path:%22/in/%22", {"path": "/in/.*"}, 200),
                ("store=path:%22in/b.png%22", {"path": "/in/.*"}, 200),
                ("store=path:%22/in/%22", {"path": "in/.*"}, 200),
                ("store=path:%22/out/%22", {"path": "/in/.*"}, 403),
                ("store", {"path": "/in/.*"}, 403),
                ("store=container:box", {"container": "box"}, 200),
                ("store=container:bag", {"container": "box"}, 403),
                ("store", {"container": "box"}, 403),
                ("store", {"maxSize": len(PNG)}, 200),
                ("store", {"maxSize": len(PNG) - 1}, 413),
                ("store", {"minSize": len(PNG)}, 200),
                ("store", {"minSize": len(PNG) + 1}, 403),
                ("store", {"handle": handle}, 200),
                ("flip/store", {"handle": handle}, 200),
                ("store", {"handle": "x" * 20}, 403)):
            with self.subTest(task, members=members):
                response = store(task, **members)
                self.assertEqual(response.status, status, response)


class ResultTest(PolicyTest):
    def test_a_result_is_as_open_as_its_account_lets_it(self):
        """Not a private file for ever."""
        handle, key = self.stored(PNG, "a.png"), self.server.public
        body = self.get(f"/{key}/flip/store/{in_task(self.proof())}/{handle}") \
            .json()
        self.assertEqual(self.get("/" + body["handle"]).status, 403)
        _, public = add_account(self.server, "other")
        stored = request(
            self.server, "GET",
            f"/{public}/store/{in_task(self.proof('read'))}/{handle}").json()
        tool(self.server, "accounts", "set", "default",
             "--filestack-security", "off")
        self.assertTrue(wait_until(
            lambda: self.get("/" + body["handle"]).status == 200))
        # what went to another account is no more open than it was here
        self.assert_said(self.get("/" + stored["handle"]), 403)


if __name__ == "__main__":
    unittest.main()
