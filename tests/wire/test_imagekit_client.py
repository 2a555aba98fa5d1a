# SPDX-License-Identifier: Apache-2.0
"""Uploads of ImageKit clients that have no private key, and the fields of
uploads that came with the media library."""
import base64
import concurrent.futures
import hashlib
import hmac
import json
import time
import uuid

import samples
from apis import basic, imagekit_upload
from harness import Server, staging_files, wait_until
from imagekit import ImageKitTest
from rawhttp import Connection, build, form, request
from tenants import set_account

V1, V2 = "/api/v1/files/upload", "/api/v2/files/upload"
EXPIRE = ("Your request contains invalid expire parameter. Expire parameter "
          "should be a Unix time in less than 1 hour into the future.")
SIGNATURE = "Your request contains invalid signature parameter."
PAYLOAD = ("Your request contains invalid payload. It does not match with the "
           "payload used to generate token.")
INVALID = "Your request has invalid token."


def b64(data):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class ClientTest(ImageKitTest):
    def permit(self, lifetime=600, key=None, token=None, **more):
        token = token or str(uuid.uuid4())
        expire = str(int(time.time()) + lifetime)
        mac = hmac.new((key or self.server.secret).encode(),
                       (token + expire).encode(), hashlib.sha1).hexdigest()
        return {"publicKey": self.server.public, "signature": mac,
                "expire": expire, "token": token, **more}

    def send(self, fields, target=V1, headers=None, server=None, data=b"hi"):
        kind, body = form(("file", data, "a.txt"), ("fileName", "client.txt"),
                          *((k, v) for k, v in fields.items()
                            if v is not None))
        return request(server or self.server, "POST", target,
                       {**kind, **(headers or {})}, body)


class SignatureTest(ClientTest):
    def test_a_signed_token_uploads_once(self):
        permit = self.permit()
        self.assertEqual(self.send(permit).status, 200)
        with self.nothing_left():
            self.refused(self.send(permit), 400, (
                f"The token with value '{permit['token']}' has been used "
                "before. We suggest using V4 UUIDs, or another random string "
                "with enough entropy to avoid collisions."))

    def test_a_token_lays_no_private_image_over(self):
        for name, private in (("open.png", "false"), ("shut.png", "true")):
            self.upload(name, (samples.png(8, 8), name), folder="/lay",
                        isPrivateFile=private)
        for name, status in (("open.png", 200), ("shut.png", 403)):
            wish = json.dumps({"pre": f"l-image,i-lay@@{name},l-end"})
            kind, body = form(
                ("file", samples.png(16, 16), "a.png"), ("fileName", "a.png"),
                ("transformation", wish), *self.permit().items())
            with self.subTest(name):
                response = request(self.server, "POST", V1, kind, body)
                self.assertEqual(response.status, status, response)
                # whoever has the key may
                self.assertEqual(imagekit_upload(
                    self.server, (samples.png(16, 16), "a.png"),
                    fileName="a.png", transformation=wish).status, 200)

    def test_a_request_that_fails_uses_the_token_up(self):
        permit = self.permit()
        self.refused(self.send({**permit, "tags": "100%"}), 400)
        said = self.refused(self.send(permit), 400)
        self.assertIn("has been used before", said)

    def test_what_is_wrong_is_told(self):
        good = self.permit
        for fields, status, message in (
                (good(-1), 400, EXPIRE), (good(3700), 400, EXPIRE),
                ({**good(), "expire": "x"}, 400, EXPIRE),
                ({**good(), "expire": "+" + good()["expire"]}, 400, EXPIRE),
                ({**good(), "expire": None}, 400, EXPIRE),
                ({**good(), "signature": "0" * 40}, 400, SIGNATURE),
                ({**good(), "signature": None}, 400, SIGNATURE),
                ({**good(), "token": "other"}, 400, SIGNATURE),
                (good(key="sk_live_of_somebody"), 400, SIGNATURE),
                ({**good(), "token": None}, 400,
                 "Your request is missing token parameter."),
                ({**good(), "publicKey": "pk_live_nobody"}, 403,
                 "Your account cannot be authenticated."),
                ({**good(), "publicKey": self.server.secret}, 403,
                 "Your account cannot be authenticated."),
                ({}, 401, "Your request does not contain private API key."),
                ({"publicKey": self.server.public}, 401, None)):
            with self.subTest(fields, message=message), self.nothing_left():
                self.refused(self.send(fields), status, message)

    def test_zeros_do_not_move_from_the_token_to_the_expiry(self):
        permit = self.permit(token="c0ffee00-0000-4000-8000-a0b0c0d0e000")
        self.assertEqual(self.send(permit).status, 200)
        for zeros in (1, 2, 3):
            with self.subTest(zeros), self.nothing_left():
                self.refused(self.send({
                    **permit, "token": permit["token"][:-zeros],
                    "expire": "0" * zeros + permit["expire"]}), 400, EXPIRE)

    def test_both_kinds_at_once_are_refused(self):
        self.refused(self.send(self.permit(),
                               headers=basic(self.server.secret)), 400,
                     "Your request contains both signature and basic auth "
                     "parameter. Use only one method, you might be exposing "
                     "your private API key.")

    def test_one_of_many_at_once_wins(self):
        permit = self.permit()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda _: self.send(permit).status,
                                 range(12)))
        self.assertEqual(sorted(done), [200] + [400] * 11)

    def test_a_restart_makes_no_token_good_again(self):
        with Server() as server:
            self.server, mine = server, self.server
            self.addCleanup(setattr, self, "server", mine)
            permit = self.permit()
            self.assertEqual(self.send(permit).status, 200)
            server.kill9()
            server.start()
            self.assertIn("used before", self.refused(self.send(permit), 400))

    def test_the_accounts_limits_hold(self):
        set_account(self.server, "default", "--max-file", "10")
        try:
            with self.nothing_left():
                self.refused(self.send(self.permit(), data=b"x" * 11), 400,
                             "Your request contains invalid file parameter. "
                             "The file size exceeds limits.")
        finally:
            set_account(self.server, "default", "--max-file", "none")

    def test_the_private_key_may_come_unencoded(self):
        for value in (self.server.secret, self.server.secret + ":",
                      base64.b64encode(self.server.secret.encode()).decode()):
            self.assertEqual(self.send({}, headers={
                "Authorization": "Basic " + value}).status, 200)


class BoundTest(ClientTest):
    options = {"client_uploads": "8", "loops": "2"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slow = form(("file", b"x" * 30_000_000, "a.txt"),
                        ("fileName", "slow.txt"))

    def begin(self, received=100):
        """An upload that stops in the middle."""
        kind, body = self.slow
        connection = Connection(self.server)
        self.addCleanup(connection.__exit__)
        connection.send(build("POST", V1, self.server.authority, {
            **kind, "Content-Length": str(len(body)),
            "Expect": "100-continue"}))
        # then it has its place
        self.assertEqual(connection.read_head().status, 100)
        connection.send(body[:received])
        return connection

    def test_who_sends_nothing_more_keeps_nobody_out(self):
        self.send({}, headers=basic(self.server.secret))
        with self.nothing_left():
            stalled = [self.begin() for _ in range(4)]
            self.refused(self.send({}), 401)
            response = stalled[0].read()
            self.refused(response, 503)
            self.assertIsNotNone(response["Retry-After"])
            for connection in stalled:
                connection.socket.close()
        for _ in range(20):
            stalled = self.begin()
            self.assertEqual(self.send(self.permit()).status, 200)

    def test_who_is_quick_keeps_its_place(self):
        quick = [self.begin(20_000_000) for _ in range(4)]
        wait_until(lambda: len(staging_files(self.server)) == 4)
        response = self.send(self.permit())
        self.assertEqual(response.status, 503, response)
        self.assertIsNotNone(response["Retry-After"])
        self.assertEqual(self.send({}, headers=basic(
            self.server.secret)).status, 200)
        for connection in quick:
            connection.socket.close()
        self.assertTrue(wait_until(
            lambda: self.send(self.permit()).status == 200))


class RateTest(ClientTest):
    options = {"client_upload_rate": "1M", "body_timeout": "1s",
               "min_body_rate": "1"}

    def test_a_client_that_trickles_is_told(self):
        kind, body = form(("file", b"x" * 3_000_000, "a.txt"))
        head = build("POST", V1, self.server.authority, {
            **kind, "Content-Length": str(len(body))})
        with self.nothing_left(), Connection(self.server) as connection:
            connection.send(head + body[:100])
            while not connection.fill_now():
                connection.send(b"x")
                time.sleep(0.02)
            self.refused(connection.read(), 408)
        # a key, and it may take its time
        with Connection(self.server) as connection:
            connection.send(build("POST", V1, self.server.authority, {
                **kind, **basic(self.server.secret),
                "Content-Length": str(len(body))}))
            for _ in range(30):
                connection.send(b"x")
                time.sleep(0.05)
            self.assertFalse(connection.fill_now())


class TokenTest(ClientTest):
    def token(self, fields, header=None, key=None, iat=0, lifetime=600,
              **payload):
        now = int(time.time()) + iat
        head = {"alg": "HS256", "typ": "JWT", "kid": self.server.public,
                **(header or {})}
        text = b64(head) + "." + b64({**fields, "iat": now,
                                      "exp": now + lifetime, **payload})
        mac = hmac.new((key or self.server.secret).encode(), text.encode(),
                       hashlib.sha256).digest()
        return text + "." + b64(mac)

    fields = {"fileName": "client.txt", "tags": "a,b"}

    def jwt(self, token, **fields):
        return self.send({**{k: v for k, v in self.fields.items()
                             if k != "fileName"}, **fields, "token": token},
                         V2)

    def test_a_token_that_repeats_the_form_uploads(self):
        answer = self.jwt(self.token(self.fields))
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json()["tags"], ["a", "b"])
        self.assertEqual(self.jwt(self.token(self.fields)).status, 200)
        self.assertEqual(self.send({}, "/v2/files/upload", headers=basic(
            self.server.secret)).status, 200)

    def test_what_is_wrong_is_told(self):
        good = self.token(self.fields)
        head, payload, mac = good.split(".")
        none = b64({"alg": "none", "kid": self.server.public})
        for token, fields, message in (
                (good, {"tags": "a"}, PAYLOAD), (good, {"tags": None}, PAYLOAD),
                (good, {"folder": "/x"}, PAYLOAD),
                (self.token({**self.fields, "folder": "/"}), {}, PAYLOAD),
                (self.token(self.fields, iat=-700), {},
                 "Your request contains expired token."),
                (self.token(self.fields, lifetime=3601), {}, INVALID),
                (self.token(self.fields, iat=3000), {}, INVALID),
                (self.token(self.fields, exp="x"), {}, INVALID),
                (self.token(self.fields, key="sk_live_other"), {}, INVALID),
                (self.token(self.fields, {"kid": "pk_live_none"}), {}, INVALID),
                (self.token(self.fields, {"alg": "RS256"}), {}, INVALID),
                (self.token(self.fields, {"alg": "none"}), {}, INVALID),
                (self.token(self.fields, {"crit": ["exp"]}), {}, INVALID),
                (self.token(self.fields, {"crit": ["b64"], "b64": True}), {},
                 INVALID),
                (self.token(self.fields, {"crit": []}), {}, INVALID),
                (self.token(self.fields, {"crit": None}), {}, INVALID),
                (f"{none}.{payload}.", {}, INVALID),
                (f"{none}.{payload}.{mac}", {}, INVALID),
                (f"{head}.{payload}", {}, INVALID), ("x", {}, INVALID),
                (good + "x", {}, INVALID), (good + ".x", {}, INVALID),
                (good + "=", {}, INVALID), (f"{head}.{payload}x.{mac}", {},
                                            INVALID),
                (None, {}, "Your request is missing token parameter.")):
            with self.subTest(token, fields=fields), self.nothing_left():
                self.refused(self.jwt(token, **fields), 400, message)

    def test_fields_are_what_was_signed_each_once(self):
        signed = {"fileName": "client.txt", "folder": "/only/here",
                  "isPrivateFile": "true",
                  "checks": '"file.size" < "1kb"'}
        token = self.token(signed)
        payload = json.loads(base64.urlsafe_b64decode(
            token.split(".")[1] + "=="))
        times = {name: str(payload[name]) for name in ("iat", "exp")}
        without = [{k: v for k, v in signed.items() if k not in left_out}
                   for left_out in ("", ("checks",),
                                    ("checks", "isPrivateFile"),
                                    ("checks", "isPrivateFile", "folder"))]
        whole, *shorter = [list(fields.items()) for fields in without]
        name = ("fileName", "client.txt")
        for fields in (
                whole + [name], whole + [("token", token)],
                whole + list(times.items()), whole + [("", "")],
                *shorter,
                shorter[0] + [name], shorter[0] + [("iat", times["iat"])],
                shorter[0] + [("folder", "/only/here")],
                shorter[0] + [("exp", times["exp"])],
                shorter[0] + [("token", token)],
                shorter[0] + [("checks", "")],
                shorter[0] + [("Checks", signed["checks"])],
                shorter[1] + list(times.items()), shorter[1] + [name] * 2,
                shorter[2] + [("iat", times["iat"])] * 3):
            with self.subTest(fields), self.nothing_left():
                kind, body = form(("file", b"x", "a"), ("token", token),
                                  *fields)
                self.refused(request(self.server, "POST", V2, kind, body),
                             400, PAYLOAD)
        kind, body = form(("token", token), *reversed(whole),
                          ("file", b"x", "a"))
        self.assertEqual(request(self.server, "POST", V2, kind,
                                 body).status, 200)

    def test_a_token_has_a_size(self):
        fits = {**self.fields, "description": "d" * 8000}
        spare = 16 * 1024 - len(self.token({**fits, "checks": ""}))
        for more, header, status in (
                (0, {}, 200), (spare * 3 // 4 - 20, {}, 200),
                (spare * 3 // 4 + 20, {}, 400),
                (0, {"x": "x" * 500}, 200), (0, {"x": "x" * 1000}, 400)):
            with self.subTest(more, header=header, status=status):
                fields = {**fits, "checks": '"file.size" < 9'
                          + " " * max(more - 20, 0)}
                answer = self.jwt(self.token(fields, header), **{
                    k: v for k, v in fields.items() if k != "fileName"})
                if status == 200:
                    self.assertEqual(answer.status, 200, answer)
                else:
                    self.refused(answer, status, INVALID)

    def test_a_field_called_like_a_time_cannot_be_signed(self):
        for name in ("iat", "exp"):
            with self.nothing_left():
                self.refused(self.jwt(self.token(self.fields), **{
                    name: str(int(time.time()))}), 400, PAYLOAD)

    def test_both_kinds_at_once_are_refused(self):
        self.refused(self.send({"token": "x"}, V2, basic(self.server.secret)),
                     400, "Your request contains both token and basic auth "
                     "parameter. Use only one method, you might be exposing "
                     "your private API key.")


class FieldsTest(ImageKitTest):
    def send(self, **fields):
        kind, body = form(("file", samples.png(4, 3), "a.png"),
                          *(("fileName", "f.png"), *fields.items()))
        return request(self.server, "POST", V1,
                       {**basic(self.server.secret), **kind}, body)

    def test_overwriting_takes_tags_and_metadata_unless_told(self):
        self.ok("POST", "/v1/customMetadataFields", {
            "name": "n", "label": "n", "schema": {"type": "Number"}}, 201)
        ask = {"responseFields": "customMetadata,tags"}
        self.upload("keep.txt", tags="a,b", customMetadata='{"n": 1}',
                    customCoordinates="1,2,3,4")
        kept = self.upload("keep.txt", overwriteTags="false",
                           overwriteCustomMetadata="false", **ask)
        self.assertEqual((kept["tags"], kept["customMetadata"],
                          kept["customCoordinates"]),
                         (["a", "b"], {"n": 1}, None))
        gone = self.upload("keep.txt", **ask)
        self.assertEqual((gone["tags"], gone["customMetadata"]), (None, {}))
        self.assertEqual(self.names(searchQuery='tags IN ["a"]'), [])

    def test_what_is_asked_for_is_answered(self):
        said = self.send(
            responseFields="metadata,embeddedMetadata,isPublished,"
            "customMetadata,selectedFieldsSchema,odd", isPublished="false",
            description="grey").json()
        self.assertEqual(said["metadata"]["format"], "png")
        self.assertRegex(said["metadata"]["pHash"], "^[0-9a-f]{16}$")
        self.assertEqual((said["embeddedMetadata"], said["isPublished"],
                          said["customMetadata"], said["description"],
                          said["selectedFieldsSchema"]),
                         (None, False, {}, "grey", {}))
        plain = self.send().json()
        for name in ("metadata", "isPublished", "extensionStatus"):
            self.assertNotIn(name, plain)

    def test_extensions_have_failed_here(self):
        said = self.send(extensions=json.dumps([
            {"name": "remove-bg"}, {"name": "google-auto-tagging",
                                    "maxTags": 5}])).json()
        self.assertEqual(said["extensionStatus"], {
            "remove-bg": "failed", "google-auto-tagging": "failed"})

    def test_wrong_fields_are_refused_and_leave_nothing(self):
        bad = ("The file could not be uploaded because the transformation "
               "field is invalid.")
        for fields, message in (
                ({"extensions": "x"}, None), ({"extensions": "{}"}, None),
                ({"extensions": '[{"name": "odd"}]'}, None),
                ({"customMetadata": "[1]"}, None),
                ({"webhookUrl": "ftp://x"}, None),
                ({"webhookUrl": "http:///"}, None),
                ({"webhookUrl": "http://u:p@x/"}, None),
                ({"webhookUrl": "http://x/#a"}, None),
                ({"webhookUrl": "http://x:65536/"}, None),
                ({"isPublished": "perhaps"}, None),
                ({"description": "x" * 9000}, None),
                ({"transformation": "x"}, bad), ({"transformation": "{}"}, bad),
                ({"transformation": '{"pre": 5}'}, bad),
                ({"transformation": '{"post": {}}'}, bad),
                ({"transformation": '{"post": [{"type": "odd"}]}'}, bad),
                ({"transformation": '{"post": [{"type": "abs"}]}'}, bad),
                ({"transformation": json.dumps(
                    {"post": [{"type": "thumbnail"}] * 6})}, bad),
                ({"folder": "a/" * 51}, None), ({"folder": "a/../b"}, None),
                ({"tags": "100%"}, None), ({"tags": "x" * 501}, None)):
            with self.subTest(fields), self.nothing_left():
                self.refused(self.send(**fields), 400, message)
        with self.nothing_left():
            self.refused(self.send(customMetadata='{"nope": 1}'), 400,
                         "Invalid custom metadata.",
                         errors={"nope": "is not a custom metadata field"})

    def test_text_cannot_be_transformed(self):
        kind, body = form(("file", b"text", "a.txt"), ("fileName", "a.txt"),
                          ("transformation", '{"pre": "w-1"}'))
        self.refused(request(self.server, "POST", V1, {
            **basic(self.server.secret), **kind}, body), 400,
            "The file could not be uploaded because transformations are "
            "supported only for image and video files.")
