# SPDX-License-Identifier: Apache-2.0
"""StashFyle: links that open a file for a time, and what they do not open."""
import hashlib
import hmac
import json
import time
import urllib.parse

from apis import assert_file, bearer, doors, jigsawstack_upload
from harness import wait_until
from rawhttp import get_url, request
from stashfyle import StashfyleTest, when


class SignedTest(StashfyleTest):
    def sign(self, file_id, body, headers=None, door=("root", "", {}),
             content_type="application/json"):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return request(self.server, "POST",
                       f"{door[1]}/v1/files/{file_id}/signed-url",
                       {**door[2], "Content-Type": content_type,
                        **(headers or self.secret)}, body)

    def link(self, file_id, seconds=60):
        response = self.sign(file_id, {"expires_in": seconds})
        self.assertEqual(response.status, 200, response)
        self.assertEqual(set(response.json()), {"url", "expires_at"})
        return response.json()["url"]

    def private(self, data=b"secret", name="s.txt"):
        return self.upload((data, name, "text/plain"), private="true")["id"]

    def test_a_link_opens_a_private_file(self):
        file_id = self.private()
        url = self.link(file_id)
        self.assertTrue(url.startswith(
            f"{self.server.url}/live/default/{file_id}/s.txt?"), url)
        response = get_url(self.server, url)
        assert_file(self, response, b"secret", "text/plain")
        self.assertRegex(response["Cache-Control"],
                         r"^private, max-age=[1-6]?\d$")
        # what was read once must not be open without the link
        self.refused(get_url(self.server, url.split("?")[0]), 403)
        part = get_url(self.server, url, {"Range": "bytes=1-3"})
        self.assertEqual((part.status, part.body), (206, b"ecr"))
        head = get_url(self.server, url, method="HEAD")
        self.assertEqual((head.status, head["Content-Length"]), (200, "6"))

    def test_a_link_is_named_after_the_door(self):
        bases = {"root": self.server.url, "prefix": self.server.url,
                 "host": "https://cdn.stashfyle.com",
                 "host with port": "http://cdn.stashfyle.com:8080"}
        file_id = self.private()
        for door in doors("stashfyle"):
            with self.subTest(door[0]):
                url = self.sign(file_id, {"expires_in": 60},
                                door=door).json()["url"]
                self.assertTrue(url.startswith(bases[door[0]] + "/live/"), url)
                assert_file(self, get_url(self.server, url), b"secret")

    def test_files_of_every_kind_can_have_one(self):
        public = self.upload((b"p", "a b%?#&ü.txt"))["id"]
        jigsawstack_upload(self.server, "k/j.txt", b"j")
        listed = self.ok("GET", "/files", folder="k")["files"]
        for file_id, data in ((public, b"p"), (listed[0]["id"], b"j")):
            assert_file(self, get_url(self.server, self.link(file_id)), data)

    def test_times_from_60_to_604800_are_good(self):
        file_id = self.private()
        for given, seconds in ((60, 60), (604800, 604800), (3600.5, 3600),
                               (60.999, 60), (604800.5, 604800), (6e4, 60000)):
            with self.subTest(given):
                before = int(time.time())
                body = self.sign(file_id, {"expires_in": given}).json()
                until = when(body["expires_at"])
                until = (until - when("1970-01-01T00:00:00Z")).total_seconds()
                self.assertLessEqual(before, until - seconds)
                self.assertLessEqual(until - seconds, time.time() + 1)
                assert_file(self, get_url(self.server, body["url"]), b"secret")

    def test_other_bodies_are_refused(self):
        file_id = self.private()
        for text, wanted in (
                ('{"expires_in": 59}', "between"),
                ('{"expires_in": 59.99}', "between"),
                ('{"expires_in": 604801}', "between"),
                ('{"expires_in": 0}', "between"),
                ('{"expires_in": -60}', "between"),
                ('{"expires_in": 1e300}', "between"),
                ('{"expires_in": 9223372036854775807}', "between"),
                ('{"expires_in": "3600"}', "number"),
                ('{"expires_in": null}', "number"),
                ('{"expires_in": true}', "number"),
                ('{"expires_in": [3600]}', "number"),
                ('{"expiresIn": 3600}', "number"),
                ("{}", "number"), ("[]", "number"), ("3600", "number"),
                ("null", "number"), ('"x"', "number"),
                ("", "JSON"), ("{", "JSON"), ("expires_in", "JSON"),
                ('{"expires_in": 3600', "JSON"),
                ('{"expires_in": 3600} x', "JSON"),
                ('{"expires_in": NaN}', "JSON"),
                ('{"expires_in": 1e999}', "JSON"),
                ("{'expires_in': 3600}", "JSON"),
                ('{"a":' * 3000 + "1" + "}" * 3000, "JSON"),
                ("[" * 60000, "JSON")):
            with self.subTest(text[:60]):
                self.refused(self.sign(file_id, text.encode()), 400,
                             "bad_request", wanted)
        self.refused(self.sign(file_id, b"\xff\xfe\0{"), 400, "bad_request")
        self.refused(self.call("POST", f"/files/{file_id}/signed-url"), 400,
                     "bad_request")
        with self.nothing_left():
            self.refused(self.sign(file_id, b" " * 70000), 413)

    def test_any_content_type_will_do(self):
        file_id = self.private()
        for kind in ("text/plain", "application/x-www-form-urlencoded",
                     "multipart/form-data; boundary=x"):
            response = self.sign(file_id, {"expires_in": 60},
                                 content_type=kind)
            self.assertEqual(response.status, 200, response)

    def test_checks_come_in_order(self):
        file_id = self.private()
        bad, good = {"expires_in": 1}, {"expires_in": 60}
        unknown = "f_" + "0" * 19
        for key, where, body, status, text in (
                ("sk_live_unknown_unknown", unknown, bad, 401, None),
                (self.server.public, unknown, bad, 403,
                 "Signed URLs require a secret key"),
                (self.server.secret, unknown, bad, 400, "between"),
                (self.server.secret, unknown, good, 404, "File not found"),
                (self.server.secret, "x", good, 404, "File not found"),
                (self.server.public, file_id, good, 403, None)):
            with self.subTest(status, where=where):
                self.refused(self.sign(where, body, bearer(key)), status,
                             text=text)

    def test_no_changed_byte_of_the_query_opens_it(self):
        path, query = self.link(self.private()).split("?")
        for i, byte in enumerate(query):
            other = {"0": "1", "f": "F", "a": "A"}.get(byte, "0")
            changed = query[:i] + other + query[i + 1:]
            self.refused(get_url(self.server, f"{path}?{changed}"), 403,
                         "forbidden")

    def test_parts_of_a_query_open_nothing(self):
        path, query = self.link(self.private()).split("?")
        expires, signature = query.split("&")
        later = "expires=" + str(int(expires.split("=")[1]) + 1)
        for changed in (expires, signature, f"{later}&{signature}",
                        f"{expires}&signature=", f"{expires}&{signature}0",
                        f"{later}&{query}", f"{expires}&{signature[:-1]}",
                        f"{expires}&signature={signature}",
                        "signature=" + "0" * 64 + "&" + query,
                        "expires=&signature=", "signature", "%00"):
            with self.subTest(changed):
                self.refused(get_url(self.server, f"{path}?{changed}"), 403,
                             "forbidden")

    def test_a_link_of_one_file_never_opens_another(self):
        one, two = self.private(b"1", "same.txt"), self.private(b"2",
                                                                "same.txt")
        first, second = self.link(one), self.link(two)
        crossed = first.split("?")[0] + "?" + second.split("?")[1]
        self.refused(get_url(self.server, crossed), 403, "forbidden")
        query = first.split("?")[1]
        other = self.make_account("another")
        for path in (f"/live/default/{one}/other.txt",
                     f"/live/another/{one}/same.txt",
                     f"/live/default/f_{'0' * 19}/same.txt",
                     f"/test/default/{one}/same.txt"):
            self.refused(request(self.server, "GET", f"{path}?{query}"), 404)
        theirs = self.upload((b"t", "same.txt"), headers=bearer(other),
                             private="true")["id"]
        self.refused(request(self.server, "GET",
                             f"/live/another/{theirs}/same.txt?{query}"), 403)
        # nor anything of another API
        for path in (f"/v1/files/{one}", f"/v1/store/file/read/{one}",
                     "/default/same.txt"):
            response = request(self.server, "GET", f"{path}?{query}")
            self.assertGreaterEqual(response.status, 400)

    def test_a_link_of_a_deleted_file_is_404(self):
        file_id = self.private()
        url = self.link(file_id)
        assert_file(self, get_url(self.server, url), b"secret")
        self.assertEqual(self.file("DELETE", file_id).status, 200)
        self.refused(get_url(self.server, url), 404, "not_found")

    def test_a_bad_link_of_a_public_file_is_refused(self):
        url = self.upload((b"p", "p.txt"))["url"]
        self.refused(get_url(self.server, url + "?expires=1&signature=x"),
                     403, "forbidden")
        assert_file(self, get_url(self.server, url + "?v=2"), b"p")

    def test_a_link_lives_no_longer_than_its_key(self):
        file_id = self.private()
        key = self.make_key("secret")
        url = self.sign(file_id, {"expires_in": 600}, bearer(key)).json()["url"]
        assert_file(self, get_url(self.server, url), b"secret")
        listed = json.loads(self.tool("keys", "list", "--show", "--json"))
        number = [k["id"] for k in listed if k["key"] == key][0]
        self.tool("keys", "revoke", str(number))
        self.wait_revoked(key)
        self.refused(get_url(self.server, url), 403, "forbidden")
        # but the other keys go on
        assert_file(self, get_url(self.server, self.link(file_id)), b"secret")

    def wait_revoked(self, key):
        self.assertTrue(wait_until(
            lambda: self.call("GET", "/usage", bearer(key)).status == 401, 10))

    def test_an_old_link_has_expired(self):
        """Signed here as the server does, with a time that is over."""
        file_id = self.private()
        url = self.link(file_id)
        expires = dict(urllib.parse.parse_qsl(url.split("?")[1]))["expires"]

        def made(until):
            text = f"stowage:stashfyle:{until}:{file_id}"
            mac = hmac.new(self.signing_key.encode(), text.encode(),
                           hashlib.sha256).hexdigest()
            return f"{url.split('?')[0]}?expires={until}&signature={mac}"

        self.signing_key = self.newest_secret()
        self.assertEqual(made(expires), url)
        now = int(time.time())
        for until in (0, 1, now - 1, now):
            self.refused(get_url(self.server, made(until)), 403, "forbidden",
                         "expired")

    def newest_secret(self):
        listed = json.loads(self.tool("keys", "list", "--show", "--json"))
        return [k["key"] for k in listed if k["kind"] == "secret" and
                k["account"] == "default" and k["revoked"] is None][-1]
