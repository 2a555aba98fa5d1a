# SPDX-License-Identifier: Apache-2.0
"""ImageKit's uploads as JSON objects, which the vendor's node for n8n sends, and
as pairs."""
import base64
import hashlib
import hmac
import json
import re
import secrets
import time
import urllib.parse
import uuid

import samples
from apis import basic
from imagekit import ImageKitTest
from rawhttp import Connection, chunked, get_url, form, request

V1, V2 = "/api/v1/files/upload", "/api/v2/files/upload"
NO_OBJECT = "The request body is not a valid JSON object."
PNG = samples.png(5, 4)


def b64(data):
    return base64.b64encode(data).decode()


class ObjectTest(ImageKitTest):
    def send(self, fields, target=V1, headers=None, kind="application/json"):
        body = fields if isinstance(fields, bytes) else \
            json.dumps(fields).encode()
        return request(self.server, "POST", target, {
            **(basic(self.server.secret) if headers is None else headers),
            "Content-Type": kind}, body)

    def stored(self, fields, **more):
        response = self.send(fields, **more)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def content(self, file):
        return get_url(self.server, file["url"]).body


class UploadTest(ObjectTest):
    def test_the_fields_of_the_node(self):
        self.ok("POST", "/v1/customMetadataFields", {
            "name": "stars", "label": "Stars", "schema": {"type": "Number"}},
                201)
        file = self.stored({
            "fileName": "node.png", "file": b64(PNG),
            "useUniqueFileName": False, "tags": ["a b", "c"],
            "folder": "/n8n/in", "isPrivateFile": True,
            "customCoordinates": "1,1,2,2", "overwriteFile": True,
            "overwriteAITags": True, "overwriteTags": True,
            "overwriteCustomMetadata": True,
            "responseFields": ["metadata", "customMetadata", "isPublished"],
            "customMetadata": {"stars": 4}})
        self.assertEqual(file["filePath"], "/n8n/in/node.png")
        self.assertEqual([file["size"], file["width"], file["height"]],
                         [len(PNG), 5, 4])
        self.assertEqual(file["tags"], ["a b", "c"])
        self.assertEqual(file["customCoordinates"], "1,1,2,2")
        self.assertEqual(file["customMetadata"], {"stars": 4})
        self.assertEqual(file["metadata"]["format"], "png")
        self.assertIs(file["isPrivateFile"], True)
        self.assertIs(file["isPublished"], True)

    def test_files_are_what_they_are_in_a_form(self):
        for text, content in (
                (b64(b"\xff\xef hello"), b"\xff\xef hello"),
                ("data:text/plain;base64," + b64(b"data"), b"data"),
                ("aGVs\r\nbG8", b"hello")):
            with self.subTest(text):
                self.assertEqual(self.content(self.stored(
                    {"file": text, "fileName": "a.txt"})), content)
        self.refused(self.send({"file": "http://127.0.0.1:1/x",
                                "fileName": "a.txt"}), 400)

    def test_members_stand_in_any_order_and_spelling(self):
        for body in (
                br'{"fileName":"a.txt","file":"\/+\u002B\/"}',
                b' {\t"file" : "/++/" ,\r\n "fileName" : "a.txt", "x":null,'
                b'"extensions":[],"customMetadata":{} } ',
                b'{"file":"/++/","fileName":"a.txt","other":{"file":"no"}}'):
            for target in (V1, V2):
                with self.subTest(body, target=target):
                    file = self.stored(body, target=target,
                                       kind="Application/JSON; charset=utf-8")
                    self.assertEqual(self.content(file), b"\xff\xef\xbf")

    def test_a_large_file_may_come_in_chunks_of_any_size(self):
        data = samples.png(7, 3) + bytes(range(256)) * 4000
        body = json.dumps({"file": b64(data), "fileName": "l.bin"}).encode()
        cuts = [0, 1, 2, 9, 10, 11, 4000, 70001, 70002, len(body)]
        with Connection(self.server) as c:
            response = c.request("POST", V1, {
                **basic(self.server.secret), "Content-Type": "application/json",
                "Transfer-Encoding": "chunked"},
                chunked(*(body[a:b] for a, b in zip(cuts, cuts[1:]))))
        self.assertEqual(response.status, 200, response)
        self.assertEqual(self.content(response.json()), data)

    def test_what_is_wrong_is_refused_and_leaves_nothing(self):
        file = '"file":"aGVsbG8="'
        name = '"fileName":"a.txt"'
        for body, message in (
                ("", NO_OBJECT), ("[]", NO_OBJECT), ('"a"', NO_OBJECT),
                ("{%s,%s" % (file, name), NO_OBJECT),
                ("{%s,%s}}" % (file, name), NO_OBJECT),
                ("{%s,%s,}" % (file, name), NO_OBJECT),
                ("{%s}" % name, "Your request is missing file parameter."),
                ('{"file":null,%s}' % name,
                 "Your request is missing file parameter."),
                ("{%s}" % file, "Your request is missing fileName parameter."),
                ("{%s,%s,%s}" % (file, name, file), None),
                ('{"file":{"type":"Buffer","data":[1]},%s}' % name,
                 "Your request contains invalid file."),
                ('{%s,%s,"tags":["%s"]}' % (file, name, "%"), None),
                ('{%s,%s,"isPrivateFile":1}' % (file, name),
                 "Your request contains invalid isPrivateFile parameter."),
                ('{%s,%s,"customMetadata":["a"]}' % (file, name), None),
                ('{%s,%s,"extensions":{"a":]}}' % (file, name), None),
                ('{%s,%s,"description":"%s"}' % (file, name, "x" * 70000),
                 None),
                ("{%s,%s%s}" % (file, name, "".join(
                    f',"f{i}":1' for i in range(70))), None)):
            with self.subTest(body[:80]), self.nothing_left():
                self.refused(self.send(body.encode()), 400, message)
        with self.nothing_left():
            self.refused(self.send(b'{"fileName":"\xff","file":"aGk="}'), 400)
            self.refused(self.send({"file": "aGk=", "fileName": "a.txt"},
                                   headers={}), 401)


class ClientTest(ObjectTest):
    def test_a_signed_token_uploads(self):
        token, expire = str(uuid.uuid4()), int(time.time()) + 600
        mac = hmac.new(self.server.secret.encode(),
                       f"{token}{expire}".encode(), hashlib.sha1).hexdigest()
        fields = {"file": "aGVsbG8=", "fileName": "client.txt", "token": token,
                  "publicKey": self.server.public, "expire": expire}
        with self.nothing_left():
            self.refused(self.send({**fields, "signature": "0" * 40},
                                   headers={}), 400)
        file = self.stored({**fields, "signature": mac}, headers={})
        self.assertEqual(self.content(file), b"hello")

    def test_a_json_web_token_signs_every_member(self):
        def part(value):
            return base64.urlsafe_b64encode(
                json.dumps(value).encode()).rstrip(b"=").decode()

        now = int(time.time())
        signed = {"fileName": "client.txt", "useUniqueFileName": False,
                  "isPrivateFile": True}
        text = part({"alg": "HS256", "typ": "JWT",
                     "kid": self.server.public}) + "." + part({
                         **signed, "iat": now, "exp": now + 600})
        mac = hmac.new(self.server.secret.encode(), text.encode(),
                       hashlib.sha256).digest()
        token = text + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
        whole = {"file": "aGVsbG8=", "token": token, **signed}
        self.assertIs(self.stored(whole, target=V2,
                                  headers={})["isPrivateFile"], True)
        body = json.dumps(whole)[:-1]
        for wrong in (
                json.dumps({k: v for k, v in whole.items()
                            if k != "isPrivateFile"}),
                body + ',"isPrivateFile":false}', body + ',"tags":["a"]}',
                body + ',"iat":%d,"exp":%d}' % (now, now + 600)):
            with self.subTest(wrong[-60:]), self.nothing_left():
                self.refused(self.send(wrong.encode(), target=V2, headers={}),
                             400)


class PairsTest(ObjectTest):
    def pairs(self, fields, **more):
        body = fields if isinstance(fields, bytes) else \
            urllib.parse.urlencode(fields).encode()
        return self.send(body, kind="application/x-www-form-urlencoded",
                         **more)

    def test_pairs_are_a_form(self):
        data = secrets.token_bytes(70000)
        for target in (V1, V2):
            response = self.pairs([
                ("file", b64(data)), ("fileName", "pairs \u00e9.bin"),
                ("useUniqueFileName", "false"), ("tags", "a,b"),
                ("folder", "/pairs"), ("customMetadata", "{}")],
                target=target)
            self.assertEqual(response.status, 200, response)
            self.assertEqual(response.json()["tags"], ["a", "b"])
            self.assertEqual(self.content(response.json()), data)

    def test_a_plus_in_base64_is_one(self):
        data = bytes([0xfb, 0xef, 0xbe] * 20)
        self.assertIn("+", b64(data))
        body = f"file={b64(data)}&fileName=a+b.bin".encode()
        file = self.pairs(body).json()
        self.assertEqual(self.content(file), data)
        self.assertTrue(file["name"].startswith("a_b"), file)

    def test_an_object_without_its_type_is_one(self):
        response = self.pairs(json.dumps(
            {"file": b64(PNG), "fileName": "o.png"}).encode())
        self.assertEqual(response.status, 200, response)
        self.assertEqual(self.content(response.json()), PNG)

    def test_a_field_may_be_named_like_a_file(self):
        """Python's requests does, of all that stands in files=."""
        kind, body = form(
            ("file", b"private", "p.txt"), ("fileName", b"p.txt", "fileName"),
            ("isPrivateFile", b"true", "isPrivateFile"),
            ("tags", b"a", "other.txt"))
        response = request(self.server, "POST", V1, {
            **basic(self.server.secret), **kind}, body)
        self.assertEqual(response.status, 200, response)
        self.assertIs(response.json()["isPrivateFile"], True)
        self.assertIsNone(response.json()["tags"])

    def test_pairs_without_a_file_or_a_key(self):
        self.refused(self.pairs([("fileName", "x")]), 400,
                     "Your request is missing file parameter.")
        self.refused(self.pairs(b""), 400,
                     "Your request is missing file parameter.")
        with self.nothing_left():
            self.assertIn(self.pairs([("file", b64(PNG)), ("fileName", "x")],
                                     headers={}).status, (400, 401, 403))


class LittlePiecesTest(ObjectTest):
    """A file that comes a byte at a time is not written so."""
    data = bytes(range(33, 127)) * 1100 # beyond what stays in the database

    def writes(self):
        with open(f"/proc/{self.server.process.pid}/io",
                  encoding="ascii") as f:
            return int(re.search(r"syscw: (\d+)", f.read())[1])

    def assert_gathered(self, send):
        before = self.writes()
        response = send()
        self.assertEqual(response.status, 200, response)
        self.assertLess(self.writes() - before, len(self.data) // 20)
        self.assertEqual(self.content(response.json()), self.data)

    def test_escapes(self):
        coded = b64(self.data)
        self.assert_gathered(lambda: self.send(
            b"fileName=a.bin&file=" +
            "".join(f"%{ord(c):02x}" for c in coded).encode(),
            kind="application/x-www-form-urlencoded"))
        self.assert_gathered(lambda: self.send(
            b'{"fileName": "a.bin", "file": "' +
            "".join(f"\\u{ord(c):04x}" for c in coded).encode() + b'"}'))

    def test_chunks(self):
        kind, body = form(("file", self.data, "a.bin"),
                          ("fileName", b"a.bin"))
        head = (f"POST {V1} HTTP/1.1\r\nHost: {self.server.authority}\r\n"
                + "".join(f"{name}: {value}\r\n" for name, value in
                          {**basic(self.server.secret), **kind}.items())
                + "Transfer-Encoding: chunked\r\n\r\n").encode()

        def send():
            with Connection(self.server) as connection:
                connection.send(head + b"".join(
                    b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n")
                return connection.read()
        self.assert_gathered(send)
