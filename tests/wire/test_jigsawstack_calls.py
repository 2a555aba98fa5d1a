# SPDX-License-Identifier: Apache-2.0
"""JigsawStack's calls that take a stored file: the three ways in, which file is
meant, and who may have it read."""
import json

import samples
from apis import (ROOT, api_key, assert_refused, doors, imagekit_upload,
                  jigsawstack_upload)
from harness import WireTest, wait_until
from rawhttp import chunked, form, request
from tenants import add_account, add_key, limit_rate, revoke_key

PNG = samples.png(40, 30)
OCTETS = "application/octet-stream"
JSON = {"Content-Type": "application/json"}


class CallTest(WireTest):
    """What follows is not asked for here: texts are not read."""
    options = {"ocr": "off"}
    path = "/v1/vocr"

    def setUp(self):
        jigsawstack_upload(self.server, "a.png", PNG, overwrite="true")

    def send(self, body=None, query="", who=None, door=ROOT, **headers):
        """body: an object for JSON, bytes as they are, a list for a form."""
        kind = {}
        if isinstance(body, list):
            kind, body = form(*body)
        elif isinstance(body, dict):
            kind, body = JSON, json.dumps(body).encode()
        return request(self.server, "POST", door[1] + self.path + query,
                       {**door[2], **api_key(who or self.server.secret),
                        **kind, **{k.replace("_", "-"): v
                                   for k, v in headers.items()}}, body)

    def reached(self, response):
        """The file was found and may be read."""
        self.assertEqual(response.status, 501, response)

    def refused(self, response, status, text=None):
        assert_refused(self, "jigsawstack", response, status, text)

    def test_every_door_and_spelling(self):
        for door in doors("jigsawstack"):
            for path in ("/v1/vocr", "/api/v1/vocr", "//v1/vocr",
                         "/v1/vocr/"):
                with self.subTest(path, door=door[0]):
                    self.path = path
                    self.reached(self.send({"file_store_key": "a.png"},
                                           door=door))

    def test_json_is_told_by_its_bytes(self):
        body = json.dumps({"file_store_key": "a.png"}).encode()
        for kind in ("application/json", "application/json; charset=utf-8",
                     OCTETS, "image/png", "text/plain",
                     "application/x-www-form-urlencoded", "", None):
            with self.subTest(kind):
                self.reached(self.send(body, Content_Type=kind))
                self.refused(self.send(b' \r\n{"file_store_key":"x"}',
                                       Content_Type=kind), 404)
        self.reached(self.send(chunked(body[:7], body[7:]),
                               Transfer_Encoding="chunked", **JSON))

    def test_a_file_that_is_sent(self):
        file = ("file", PNG, "blob", OCTETS)
        for name, body, query in (
                ("JS", [file, ("body", '{"fine_grained":true}')], ""),
                ("JS without options", [file, ("body", "undefined")], ""),
                ("Python", [("body", "{}"), ("file", PNG, "file")], ""),
                ("Python, async", [("body", "{}", "body", "application/json"),
                                   ("file", PNG, "upload")], ""),
                ("fields", [file, ("fine_grained", "true"),
                            ("prompt", '["total"]')], ""),
                ("raw", PNG, "?prompt=%5B%27a%27%2C+%27b%27%5D"),
                ("raw, no options", PNG, "")):
            with self.subTest(name):
                self.reached(self.send(body, query))
        for kind in ("image/png", "application/json", None,
                     "application/x-www-form-urlencoded"):
            self.reached(self.send(PNG, Content_Type=kind))

    def test_a_form_without_a_file_has_options(self):
        for parts in ([("body", '{"file_store_key":"a.png"}')],
                      [("file_store_key", "a.png")],
                      [("file_store_key", "a.png"), ("url", "undefined")],
                      [("file", b"", ""), ("file_store_key", "a.png")]):
            self.reached(self.send(parts))
        self.reached(self.send([("body", '{"file_store_key":"a.png"}'),
                                ("file_store_key", "b")]))
        self.reached(self.send(None, "?file_store_key=a.png"))

    def test_exactly_one_file(self):
        url = "http://192.0.2.1/a.png"
        file = ("file", PNG, "blob")
        for name, body, query in (
                ("none", {}, ""),
                ("no body", None, ""),
                ("an empty form", [("x", "y")], ""),
                ("null", {"file_store_key": None, "url": None}, ""),
                ("both", {"url": url, "file_store_key": "a.png"}, ""),
                ("both, in two places", {"url": url},
                 "?file_store_key=a.png"),
                ("sent and stored", [file, ("file_store_key", "a.png")], ""),
                ("sent and a URL", [file, ("body", json.dumps({"url": url}))],
                 ""),
                ("raw and stored", PNG, "?file_store_key=a.png"),
                ("an empty key", {"file_store_key": ""}, ""),
                ("an empty URL", {"url": ""}, ""),
                ("a number", {"file_store_key": 1}, ""),
                ("a list", {"url": [url]}, ""),
                ("two", [("file_store_key", "a"), ("file_store_key", "b")],
                 "")):
            with self.subTest(name), self.nothing_left():
                self.refused(self.send(body, query), 400,
                             "url|file_store_key")

    def test_urls_that_lead_nowhere(self):
        for url in ("nonsense", "ftp://x.test/a", "file:///etc/passwd",
                    "http://", "http://a:b@x.test/", "http://127.0.0.1:1/",
                    "http://[::1]/", "data:image/png;base64,AAAA"):
            with self.subTest(url), self.nothing_left():
                self.refused(self.send({"url": url}), 400)

    def test_own_urls_are_read_without_a_fetch(self):
        """Which would be refused: the server may not import from itself."""
        s = self.server
        there = jigsawstack_upload(
            s, "b c/ü.png", PNG, overwrite="true",
            temp_public_url="true").json()
        _, stranger = add_account(s, "stranger")
        for url in (there["url"], there["url"] + "?x-api-key=" + s.public,
                    there["url"] + "#x", there["temp_public_url"],
                    there["url"].replace("/v1/", "/api/v1/"),
                    there["url"].replace("/v1/", "/jigsawstack/v1/"),
                    there["temp_public_url"].replace(
                        "/v1/", "/jigsawstack/v1/")):
            with self.subTest(url):
                self.reached(self.send({"url": url}))
        for url, status in (
                (there["url"] + "x", 404),
                (there["temp_public_url"] + "0", 403),
                (there["temp_public_url"].replace("expires=", "expires=9"),
                 403),
                (there["temp_public_url"].split("?")[0], 403),
                (there["url"] + "?x-api-key=" + stranger, 400),
                (f"{s.url}/default/a.png", 400), (s.url, 400),
                (s.url + "/v1/store/temp/x", 400)):
            with self.subTest(url):
                self.refused(self.send({"url": url}), status)

    def test_a_link_opens_its_private_file_and_no_other(self):
        s = self.server
        granted = add_key(s, api=["vocr"])
        link = jigsawstack_upload(
            s, "linked.png", PNG, temp_public_url="true").json()
        done = imagekit_upload(s, (PNG, "linked.png"), fileName="linked.png",
                               isPrivateFile="true",
                               useUniqueFileName="false")
        self.assertEqual(done.status, 200, done)
        self.refused(self.send({"file_store_key": "linked.png"}, who=granted),
                     403)
        self.refused(self.send({"url": link["url"]}, who=granted), 403)
        self.reached(self.send({"url": link["temp_public_url"]}, who=granted))

    def test_what_is_no_json(self):
        for body in (b"{", b'{"file_store_key":"a.png",}', b"[]", b"null",
                     b'"a.png"', b"{'file_store_key':'a.png'}",
                     b'{"file_store_key":"a.png","file_store_key":"b"}',
                     b"[" * 100_000, b'{"a":' * 200 + b"1" + b"}" * 200):
            with self.subTest(body[:40]):
                self.refused(self.send(body, **JSON), 400)
        for body in ("{", "[1]", "7", '{"url":"a","url":"b"}'):
            self.refused(self.send([("body", body)]), 400, "body")
        long = json.dumps({"file_store_key": "a.png", "x": "y" * 300_000})
        self.refused(self.send(long.encode(), **JSON), 413, "bytes")
        self.refused(self.send([("body", long)]), 400, "bytes")
        self.refused(self.send(None, "?file_store_key=%FF"), 400)

    def test_keys_that_are_not_there(self):
        secret, _ = add_account(self.server, "other")
        self.reached(self.send({"file_store_key": "a.png"}))
        for key in ("b.png", "a.png/", "/a.png", "../a.png", "a.png\n",
                    "k" * 5000, "undefined", "[object Object]"):
            with self.subTest(key):
                self.refused(self.send({"file_store_key": key}), 404,
                             "File not found")
        self.refused(self.send({"file_store_key": "a.png"}, who=secret), 404)

    def test_who_may_ask(self):
        s = self.server
        key = {"file_store_key": "a.png"}
        granted = add_key(s, api=["vocr"])
        other = add_key(s, api=["store", "ai"])
        here = add_key(s, api=["vocr"], domain=["app.test"])
        self.reached(self.send(key, who=granted))
        self.reached(self.send(PNG, who=granted))
        self.reached(self.send(key, who=here, Origin="https://app.test"))
        for who in (other, s.public, here):
            self.refused(self.send(key, who=who), 403)
            self.refused(self.send([("file", PNG, "x")], who=who), 403)
        self.refused(self.send(key, who="pk_live_none"), 401)
        self.refused(request(s, "POST", self.path, JSON, b"{}"), 401)
        self.refused(request(s, "POST",
                             self.path + "?x-api-key=" + s.secret), 401)
        self.reached(request(s, "POST", self.path + "?x-api-key=" + granted,
                             JSON, json.dumps(key).encode()))
        revoke_key(s, granted)
        self.refused(self.send(key, who=granted), 401)

    def test_a_private_file_takes_a_secret_key(self):
        granted = add_key(self.server, api=["vocr"])
        done = imagekit_upload(self.server, (PNG, "private.png"),
                               fileName="private.png", isPrivateFile="true",
                               useUniqueFileName="false")
        self.assertEqual(done.status, 200, done)
        key = {"file_store_key": "private.png"}
        self.reached(self.send(key))
        self.refused(self.send(key, who=granted), 403)

    def test_the_limit_of_a_file_and_of_an_account(self):
        self.refused(self.send(b"", Content_Length=str(105 << 20)), 413)
        secret, _ = add_account(self.server, "slow")
        limit_rate(self.server, secret, "slow", 1)

        def late():
            answer = self.send({"file_store_key": "x"}, who=secret)
            return answer if answer.status == 429 else None
        self.refused(wait_until(late), 429)

    def test_other_methods(self):
        for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD"):
            response = request(self.server, method, self.path,
                               api_key(self.server.secret))
            self.assertEqual(response.status, 405, response)
            self.assertIn("POST", response["Allow"])
        response = request(self.server, "OPTIONS", self.path, {
            "Origin": "https://app.test",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-api-key, content-type"})
        self.assertEqual(response.status, 204, response)
        self.assertIn("x-api-key", response["Access-Control-Allow-Headers"])
