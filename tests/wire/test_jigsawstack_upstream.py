# SPDX-License-Identifier: Apache-2.0
"""JigsawStack's calls about stored files that another server does: what it is
sent, what comes back of its answers, and what becomes of bad ones."""
import concurrent.futures
import gzip
import hashlib
import json
import os
import select
import signal
import tempfile
import urllib.parse

import samples
from apis import (api_key, assert_refused, doors, imagekit_upload,
                  jigsawstack_upload, metric)
from harness import (Server, WireTest, held_address, staging_files,
                     wait_until)
from rawhttp import Connection, build, chunked, form, request
from tenants import add_account, add_key
from upstreams import JSON, Service, ServiceCase, call

PNG = samples.png(6, 4)
CALLS = ("/v1/object_detection", "/v1/ai/transcribe", "/v1/ai/translate/image",
         "/v1/ai/summary", "/v1/ai/sql", "/v1/embedding", "/v2/embedding",
         "/v1/validate/nsfw", "/v1/ai/object_detection",
         "/v1/ai/image_generation", "/v1/ai/tts/clone")
NO_OCR = {"renderers": "0"}
NEED_FILES = ("/v1/object_detection", "/v1/ai/transcribe",
              "/v1/ai/translate/image", "/v1/validate/nsfw")


class UpstreamCase(ServiceCase):
    key = "sk_upstream_1"

    @classmethod
    def service_options(cls):
        return {"jigsawstack_upstream": cls.service.url + "/",
                "jigsawstack_upstream_key_file": cls.key_file}

    def setUp(self):
        self.service.calls.clear()
        self.service.say({"success": True, "said": "x"})

    def store(self, key, data=PNG, server=None):
        response = jigsawstack_upload(server or self.server, key, data,
                                      overwrite="true")
        self.assertEqual(response.status, 200, response)
        return key

    def detect(self, server=None, **options):
        return call(server or self.server, "/v1/object_detection",
                    {"file_store_key": self.store("a.png", server=server),
                     **options})

    def assert_said(self, response, status, words):
        assert_refused(self, "jigsawstack", response, status, words)
        self.assertEqual(response["Content-Type"], "application/json")


class NoServiceTest(WireTest):
    def test_the_setting_is_named_once_all_else_is_right(self):
        self.assertEqual(jigsawstack_upload(self.server, "k", PNG).status, 200)
        for path in CALLS:
            with self.subTest(path):
                for door in doors("jigsawstack"):
                    assert_refused(
                        self, "jigsawstack",
                        call(self.server, path, {"file_store_key": "k"},
                             door=door), 501, "--jigsawstack-upstream")
                for prefix in ("/api", "/"):
                    assert_refused(
                        self, "jigsawstack",
                        call(self.server, prefix + path,
                             {"file_store_key": "k"}), 501)
                assert_refused(self, "jigsawstack", call(
                    self.server, path, {"file_store_key": "none"}), 404)
                assert_refused(self, "jigsawstack", call(
                    self.server, path, {"file_store_key": ""}), 400)
                assert_refused(self, "jigsawstack", call(
                    self.server, path, {"file_store_key": "k",
                                        "url": "http://a.example/"}), 400)
                assert_refused(self, "jigsawstack", call(
                    self.server, path, {"file_store_key": "k"},
                    key="sk_live_nobody"), 401)
                assert_refused(self, "jigsawstack", call(
                    self.server, path, {"file_store_key": "k"},
                    key=self.server.public), 403)
        for path in NEED_FILES:
            assert_refused(self, "jigsawstack", call(self.server, path), 400)

    def test_files_of_other_accounts_are_not_there(self):
        secret, _ = add_account(self.server, "other")
        self.assertEqual(jigsawstack_upload(self.server, "mine").status, 200)
        assert_refused(self, "jigsawstack", call(
            self.server, "/v1/object_detection", {"file_store_key": "mine"},
            key=secret), 404)

    def test_links_need_a_public_url(self):
        with self.assertRaises(AssertionError) as seen:
            with Server(jigsawstack_upstream="http://127.0.0.1:1",
                        jigsawstack_upstream_files="url"):
                pass
        self.assertIn("--public-url", str(seen.exception))

    def test_a_key_file_that_is_none_is_named_at_the_start(self):
        with tempfile.NamedTemporaryFile() as empty:
            for path in ("/nowhere/key", empty.name):
                with self.assertRaises(AssertionError) as seen:
                    with Server(jigsawstack_upstream="http://127.0.0.1:1",
                                jigsawstack_upstream_key_file=path):
                        pass
                self.assertIn("--jigsawstack-upstream-key-file",
                              str(seen.exception))


class SentTest(UpstreamCase):
    def only_call(self):
        self.assertEqual(len(self.service.calls), 1)
        return self.service.calls[0]

    def test_a_stored_file_goes_along_with_the_options(self):
        response = self.detect(prompts=["a", "b"], features=None,
                               annotated_image=True)
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response.json(), {"success": True, "said": "x"})
        self.assertRegex(response["x-jigsaw-log-id"], r"^[0-9a-f-]{36}$")
        sent = self.only_call()
        self.assertEqual(sent.path, "/v1/object_detection")
        parts = sent.parts()
        self.assertEqual(parts["file"], ("a.png", "image/png", PNG))
        self.assertEqual(json.loads(parts["body"][2]),
                         {"prompts": ["a", "b"], "annotated_image": True})
        self.assertEqual(sent.headers["x-api-key"], "sk_upstream_1")
        self.assertNotIn(self.server.secret, str(sent.headers))
        self.assertNotIn(self.server.secret.encode(), sent.body)

    def test_of_the_clients_head_what_is_for_the_vendor_goes_along(self):
        said = {"x-jigsaw-skip-cache": "true",
                "X-Jigsaw-No-Request-Log": "undefined"}
        own = {"Cookie": "a=b", "Authorization": "Bearer mine",
               "X-Forwarded-For": "192.0.2.7", "Origin": "https://a.example",
               "X-Jigsaw-Other": "x", "Referer": "https://a.example/",
               "X-Request-Id": "request-of-mine"}
        response = call(self.server, "/v1/ai/summary", {"text": "x"},
                        headers={**said, **own})
        self.assertEqual(response.status, 200, response)
        sent = self.only_call().headers
        for name, value in said.items():
            self.assertEqual(sent.get_all(name), [value])
        self.assertEqual(sent.get_all("x-api-key"), ["sk_upstream_1"])
        self.assertLessEqual(
            {name.lower() for name in sent.keys()},
            {"host", "user-agent", "accept", "content-type", "content-length",
             "cdn-loop", "x-api-key"} | {name.lower() for name in said})
        self.service.calls.clear()
        response = call(self.server, "/v1/ai/summary", {"text": "x"}, headers={
            "x-jigsaw-skip-cache": "x" * 65, "x-jigsaw-no-request-log": ""})
        self.assertEqual(response.status, 200, response)
        for name in said:
            self.assertNotIn(name, self.only_call().headers)

    def test_a_key_among_the_options_is_not_passed_on(self):
        path, head = "/v1/ai/summary", api_key(self.server.secret)
        pairs = {"Content-Type": "application/x-www-form-urlencoded"}
        url = {"url": "http://a.example/"}
        for name in "x-api-key", "X-Api-Key", "X-API-KEY", "x-api-keY":
            key = self.server.secret
            part, parts = form(("url", url["url"]), (name, key))
            body, in_body = form(("body", json.dumps({**url, name: key})))
            asked = f"url=http://a.example/&{name}={key}"
            for case, target, headers, sent in (
                    ("query", f"{path}?{asked}", {}, b""),
                    ("list", f"{path}?{asked}&{name.lower()}={key}", {}, b""),
                    ("brackets", f"{path}?{asked.replace('=sk', '[]=sk')}",
                     {}, b""),
                    ("escaped", f"{path}?{asked.replace('-', '%2D')}", {},
                     b""),
                    ("pairs", path, pairs, asked.encode()),
                    ("json", path, JSON,
                     json.dumps({**url, name: key}).encode()),
                    ("field", path, part, parts),
                    ("body", path, body, in_body)):
                with self.subTest(name, case=case):
                    self.service.calls.clear()
                    response = request(self.server, "POST", target,
                                       {**head, **headers}, sent)
                    self.assertEqual(response.status, 200, response)
                    self.assertEqual(self.only_call().json(), url)

    def test_who_has_asked_before_is_said_on(self):
        call(self.server, "/v1/ai/summary", {"text": "x"})
        own = self.only_call().headers["CDN-Loop"]
        self.assertRegex(own, r"^stowage-[A-Za-z0-9]{16}$")
        for told, said in (({"CDN-Loop": "a, b;c=d"}, "a, b;c=d, " + own),
                           ({"CDN-Loop": "x" * 1025}, own),
                           ({"CDN-Loop": ""}, own)):
            self.service.calls.clear()
            call(self.server, "/v1/ai/summary", {"text": "x"}, headers=told)
            self.assertEqual(
                self.only_call().headers.get_all("CDN-Loop"), [said])

    def test_each_call_has_its_path(self):
        self.store("k")
        for door in doors("jigsawstack"):
            for prefix in ("", "/api", "/"):
                for path in CALLS:
                    self.service.calls.clear()
                    response = call(self.server, prefix + path,
                                    {"file_store_key": "k"}, door=door)
                    self.assertEqual(response.status, 200, response)
                    self.assertEqual(self.only_call().path, path)

    def test_nothing_but_words_is_passed_on_as_a_path(self):
        for rest in ("..", "../x", "%2e%2e/x", "a/../../x", "a//b", "a?b=c%20",
                     "a%3Fx", "a%00", "a%0d%0ax", "%C3%BC", "a;b", "a\\b",
                     "a:b", "a@b"):
            with self.subTest(rest):
                response = call(self.server, "/v1/ai/" + rest, {"text": "x"})
                if response.status != 200:
                    self.assert_said(response, response.status, "")
                for sent in self.service.calls:
                    self.assertRegex(sent.path, r"^/v1/ai/[a-z]$")

    def test_a_large_file_is_the_same_there(self):
        data = os.urandom(3_000_000)
        self.store("large", data)
        response = call(self.server, "/v1/ai/transcribe",
                        {"file_store_key": "large"})
        self.assertEqual(response.status, 200, response)
        got = self.only_call().parts()["file"][2]
        self.assertEqual(hashlib.sha256(got).digest(),
                         hashlib.sha256(data).digest())

    def test_files_of_every_name_and_of_other_apis(self):
        for key in ("dir/a b/\u00fc.png", 'q"uote.png', "100%.png"):
            with self.subTest(key):
                self.service.calls.clear()
                self.store(key)
                self.assertEqual(call(
                    self.server, "/v1/object_detection",
                    {"file_store_key": key}).status, 200)
                self.assertEqual(self.only_call().parts()["file"][2], PNG)
        response = imagekit_upload(
            self.server, (PNG, "x.png"), fileName="x.png",
            isPrivateFile="true")
        self.assertEqual(response.status, 200, response)
        stored = response.json()
        self.service.calls.clear()
        self.assertEqual(call(
            self.server, "/v1/object_detection",
            {"file_store_key": stored["filePath"].lstrip("/")}).status, 200)
        self.assertEqual(self.only_call().parts()["file"][2], PNG)

    def test_a_file_in_the_call_goes_along(self):
        kind, body = form(("file", PNG, "up.png", "image/png"),
                          ("body", '{"prompts": ["x"]}'))
        response = request(self.server, "POST", "/v1/object_detection",
                           {**api_key(self.server.secret), **kind}, body)
        self.assertEqual(response.status, 200, response)
        parts = self.only_call().parts()
        self.assertEqual(parts["file"], ("up.png", "image/png", PNG))
        self.assertEqual(json.loads(parts["body"][2]), {"prompts": ["x"]})
        self.service.calls.clear()
        response = request(
            self.server, "POST", "/v1/ai/transcribe?language=en",
            {**api_key(self.server.secret), "Content-Type": "audio/wav"},
            b"RIFFsound")
        self.assertEqual(response.status, 200, response)
        parts = self.only_call().parts()
        self.assertEqual(parts["file"], ("file", "audio/wav", b"RIFFsound"))
        self.assertEqual(json.loads(parts["body"][2]), {"language": "en"})

    def test_calls_without_a_file_are_passed_on(self):
        options = {"text": "T" * 300_000, "type": "points", "max_points": 3}
        response = call(self.server, "/v1/ai/summary", options)
        self.assertEqual(response.status, 200, response)
        self.assertEqual(self.only_call().json(), options)
        self.assertEqual(self.only_call().headers["Content-Type"],
                         "application/json")

    def test_urls_of_others_are_passed_on_and_our_own_resolved(self):
        url = "http://a.example/x.png"
        self.assertEqual(call(self.server, "/v1/object_detection",
                              {"url": url}).status, 200)
        self.assertEqual(self.only_call().json(), {"url": url})
        stored = jigsawstack_upload(self.server, "own \u00fc.png", PNG,
                                    temp_public_url="true").json()
        host = self.server.url
        for own in (stored["url"], stored["temp_public_url"],
                    stored["url"] + "?x-api-key=" + self.server.public,
                    host + "/api/v1/store/file/read/own%20%C3%BC.png",
                    host + "/jigsawstack/v1/store/file/read/own%20%C3%BC.png"):
            with self.subTest(own):
                self.service.calls.clear()
                response = call(self.server, "/v1/object_detection",
                                {"url": own})
                self.assertEqual(response.status, 200, response)
                self.assertEqual(self.only_call().parts()["file"][2], PNG)
        self.assert_said(call(
            self.server, "/v1/object_detection",
            {"url": host + "/v1/store/file/read/none"}), 404, "not found")

    def test_a_url_that_is_passed_on_tells_no_secret(self):
        secret, public = add_account(self.server, "neighbour")
        read = self.server.url + "/v1/store/file/read/theirs.png?x-api-key="
        # whoever has that may read the file
        self.assertEqual(call(self.server, "/v1/object_detection",
                              {"url": read + public}).status, 200)
        self.assertEqual(self.only_call().json(), {"url": read + public})
        self.service.calls.clear()
        for url in (read + secret, read + secret.replace("_", "%5F"),
                    read + public + "&a=" + secret,
                    self.server.url + "/v1/x?x-api-key=" + self.server.secret,
                    "http://a.example/?key=" + self.server.secret,
                    "http://a.example/?" + secret,
                    "http://a.example/" + secret + "/a.png",
                    "http://a.example/#" + secret,
                    "http://a.example/?x-api-key=" +
                    secret.replace("_", "%255f"),
                    "http://a.example/?u=" + urllib.parse.quote(
                        read + secret, "")):
            with self.subTest(url):
                self.assert_said(call(self.server, "/v1/object_detection",
                                      {"url": url}), 400, "secret key")
                self.assert_said(call(self.server, "/v1/ai/summary",
                                      {"text": "a", "of": [{"u": url}]}),
                                 400, "secret key")
        self.assertEqual(self.service.calls, [])

    def test_no_text_that_is_passed_on_tells_a_secret(self):
        secret, public = add_account(self.server, "chatty")
        said = call(self.server, "/v1/ai/summary",
                    {"text": f"my key is {public}, 100 % public"})
        self.assertEqual(said.status, 200, said)
        self.service.calls.clear()
        for text in (secret, f" {secret} ", f"my key is {secret}.",
                     f"({secret})", f"curl -H 'x-api-key: {secret}'",
                     f"see http://a.example/?key={secret} for more",
                     f"//a.example/{secret}", f"key%3D{secret}"):
            for options in ({"text": text}, {"of": [{"x-api-key": text}]},
                            {"headers": {text: "x"}}):
                with self.subTest(options):
                    self.assert_said(call(self.server, "/v1/ai/summary",
                                          {"prompt": "x", **options}),
                                     400, "secret key")
        self.assertEqual(self.service.calls, [])

    def test_no_call_names_files_of_the_service(self):
        for path, options in (
                ("/v1/ai/tts", {"file_store_key": "theirs"}),
                ("/v1/ai/summary", {"speaker_clone_file_store_key": "theirs"}),
                ("/v1/ai/TTS", {"speaker_clone_file_store_key": "theirs"}),
                ("/v1/ai/summary", {"File_Store_Key": "theirs"}),
                ("/v1/ai/summary", {"file_store_keys": ["theirs"]}),
                ("/v1/ai/summary", {"a": [{"file_store_key": "theirs"}]}),
                ("/v1/ai/summary", {"file_store_key": self.store("k"),
                                    "a": {"b": {"file_store_key": "k"}}})):
            with self.subTest(path, options=options):
                self.assert_said(
                    call(self.server, path, {"text": "x", **options}),
                    400, "file_store_key")
        response = request(
            self.server, "POST",
            "/v1/ai/summary?text=x&a[file_store_key]=theirs",
            api_key(self.server.secret), b"")
        self.assert_said(response, 400, "file_store_key")
        self.assertEqual(self.service.calls, [])

    def test_urls_that_are_passed_on_are_of_the_web(self):
        for url in ("file:///etc/passwd", "gopher://a.example/", "a.png",
                    "http://", "http://user:word@a.example/", "data:,x"):
            with self.subTest(url):
                self.assert_said(call(self.server, "/v1/ai/summary",
                                      {"url": url}), 400, "")
        self.assertEqual(self.service.calls, [])

    def test_what_reads_no_text_has_it_read(self):
        with Server(jigsawstack_upstream=self.service.url,
                    **NO_OCR) as server:
            self.store("k", server=server)
            response = call(server, "/v1/vocr", {
                "file_store_key": "k", "prompt": ["a"], "page_range": [1, 2]})
            self.assertEqual(response.json(), {"success": True, "said": "x"})
            self.assertEqual(self.only_call().path, "/v1/vocr")
            parts = self.only_call().parts()
            self.assertEqual(parts["file"][2], PNG)
            self.assertEqual(json.loads(parts["body"][2]),
                             {"prompt": ["a"], "page_range": [1, 2]})
            # what is wrong with a call is told here
            for options, status in (({"file_store_key": "none"}, 404),
                                    ({"file_store_key": "k",
                                      "page_range": [3, 1]}, 400)):
                self.assert_said(call(server, "/v1/vocr", options), status,
                                 "")
            self.assertEqual(len(self.service.calls), 1)

    def test_a_public_key_with_the_api_may_call(self):
        key = add_key(self.server, api=["ai"])
        self.store("k")
        self.assertEqual(call(self.server, "/v1/object_detection",
                              {"file_store_key": "k"}, key=key).status, 200)
        self.assertEqual(call(self.server, "/v1/object_detection",
                              {"file_store_key": "k"},
                              key=self.server.public).status, 403)


class LinkTest(UpstreamCase):
    def test_a_stored_file_goes_as_a_link_that_opens(self):
        with Server(jigsawstack_upstream=self.service.url,
                    jigsawstack_upstream_files="url",
                    public_url="http://files.example/x") as server:
            self.store("a b.png", server=server)
            response = call(server, "/v1/object_detection",
                            {"file_store_key": "a b.png", "prompts": ["y"]})
            self.assertEqual(response.status, 200, response)
            sent = self.service.calls[0].json()
            self.assertEqual(set(sent), {"url", "prompts"})
            self.assertTrue(sent["url"].startswith(
                "http://files.example/x/v1/store/temp/"))
            path = sent["url"].removeprefix("http://files.example/x")
            opened = request(server, "GET", path)
            self.assertEqual((opened.status, opened.body), (200, PNG))
            self.assertNotIn("x-api-key", self.service.calls[0].headers)


class AnswerTest(UpstreamCase):
    settings = {"jigsawstack_max_file_size": "2M"}

    def test_bytes_come_back_as_they_are(self):
        sound = os.urandom(300_000)
        for type_, body in (("image/png", PNG), ("audio/mpeg", sound),
                            ("application/json", b"[1]"),
                            ("text/event-stream",
                             b'data: {"type":"transcript.done"}\n\n')):
            self.service.answer = (200, {
                "Content-Type": type_, "Set-Cookie": "a=b",
                "Access-Control-Allow-Origin": "http://evil.example",
                "Server": "x", "X-Secret": "y"}, body)
            response = self.detect()
            self.assertEqual(response.status, 200, response)
            self.assertEqual(response["Content-Type"], type_)
            self.assertEqual(response.body, body)
            self.assertEqual(response["Access-Control-Allow-Origin"], "*")
            self.assertEqual(response["X-Content-Type-Options"], "nosniff")
            for name in ("Set-Cookie", "X-Secret", "Server"):
                self.assertIsNone(response[name])
        self.assertTrue(wait_until(lambda: not staging_files(self.server)))

    def test_what_it_refuses_is_refused(self):
        said = {"success": False, "message": "too blurred"}
        for status in (400, 403, 404, 422, 429, 500, 503):
            self.service.say(said, status)
            response = self.detect()
            self.assertEqual((response.status, response.json()),
                             (status, said))
        for type_, body in (("text/html", b"<h1>no</h1>"),
                            ("application/json", b"<h1>no</h1>"),
                            ("application/json", b"[1]"), ("a/b", b"")):
            self.service.answer = (500, {"Content-Type": type_}, body)
            self.assert_said(self.detect(), 500, "refuses it")

    def test_what_it_refuses_before_it_has_read_it(self):
        self.store("large", os.urandom(1_900_000))
        self.service.early = True
        self.addCleanup(setattr, self.service, "early", False)
        self.service.say({"message": "too large"}, 413)
        response = call(self.server, "/v1/ai/transcribe",
                        {"file_store_key": "large"})
        self.assertEqual((response.status, response.json()),
                         (413, {"message": "too large"}))

    def test_its_word_about_our_key_is_not_the_clients(self):
        for status in (401, 407):
            self.service.say({"message": "Invalid API key"}, status)
            self.assert_said(self.detect(), 502, "refuses this server")

    def test_its_key_comes_back_in_no_answer(self):
        key = b"sk_upstream_1"
        for status in (200, 400, 403, 500):
            self.service.say({"headers": {"x-api-key": key.decode()}}, status)
            self.assert_said(self.detect(), 502, "cannot be reached")
            self.service.answer = (status, {"Content-Type": "audio/mpeg"},
                                   b"x" * 1_000_000 + key)
            self.assert_said(self.detect(), 502, "cannot be reached")
        for at in range(1, len(key)):
            pieces = (b"x" * 30, key[:at], key[at:], b"x")

            def in_pieces(handler, pieces=pieces):
                handler.wfile.write(b"HTTP/1.1 200 OK\r\n"
                                    b"Transfer-Encoding: chunked\r\n\r\n"
                                    + chunked(*pieces))
            self.service.answer = in_pieces
            self.assert_said(self.detect(), 502, "cannot be reached")
        self.assertTrue(self.server.logged("its answer shows the key"))
        self.service.answer = (200, {"Content-Type": "a/" + key.decode()},
                               key[:-1])
        response = self.detect()
        self.assertEqual(
            (response.status, response["Content-Type"], response.body),
            (200, "application/octet-stream", key[:-1]))
        self.assertNotIn(key.decode(), self.server.log())

    def test_refusals_are_json_whatever_it_calls_them(self):
        for type_ in ("text/html", "image/svg+xml", "", "a/b"):
            self.service.answer = (400, {"Content-Type": type_},
                                   b'{"message":"<script>"}')
            response = self.detect()
            self.assertEqual(
                (response.status, response["Content-Type"], response.body),
                (400, "application/json", b'{"message":"<script>"}'))

    def test_pages_and_redirects_are_no_answers(self):
        elsewhere = Service()
        self.addCleanup(elsewhere.close)
        for status in (301, 302, 303, 307, 308):
            self.service.answer = (status, {"Location": elsewhere.url}, b"")
            self.assert_said(self.detect(), 502, "something else")
        self.assertEqual(elsewhere.calls, [])
        for type_ in ("text/html", "TEXT/HTML; charset=utf-8",
                      "application/xhtml+xml"):
            self.service.answer = (200, {"Content-Type": type_}, b"<html>")
            self.assert_said(self.detect(), 502, "something else")
        for headers in ({"Content-Type": "application/json"}, {}):
            self.service.answer = (200, headers, b"\r\n <!DOCTYPE html>")
            self.assert_said(self.detect(), 502, "something else")

    def test_broken_answers_are_a_bad_gateway(self):
        good = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        for raw in (b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200",
                    good + b"Content-Length: 100\r\n\r\n{}",
                    good + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}",
                    good + b"Content-Encoding: gzip\r\n\r\n"
                    + gzip.compress(b" " * 10_000_000),
                    good + b"Content-Encoding: identity\r\n"
                    b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}"),
                    good + b"Transfer-Encoding: gzip, chunked\r\n\r\n"
                    + chunked(gzip.compress(b"{}")),
                    good + b"X: " + b"y" * 70_000 + b"\r\n\r\n{}",
                    good + b"X: y\r\n" * 20_000 + b"\r\n{}",
                    b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000):
            with self.subTest(raw[:80]):
                self.service.say_raw(raw)
                self.assert_said(self.detect(), 502, "cannot be reached")

    def test_no_time_no_answer(self):
        with Server(**self.options,
                    jigsawstack_upstream_timeout="2s") as server:
            for bad in (self.service.hang, self.service.trickle):
                bad()
                self.assert_said(self.detect(server), 504, "too long")

    def test_an_endless_answer_is_cut_off(self):
        self.service.flood()
        self.assert_said(self.detect(), 502, "too much")
        self.assertTrue(wait_until(lambda: not staging_files(self.server)))

    def test_a_service_that_is_not_there(self):
        gone = Service()
        gone.close()
        before = metric(self.server, "stowage_upstream_failed_total")
        with Server(jigsawstack_upstream=gone.url) as server:
            self.assert_said(self.detect(server), 502, "cannot be reached")
            self.assertTrue(server.logged("--jigsawstack-upstream cannot"))
            self.assertEqual(
                metric(server, "stowage_upstream_failed_total"), 1)
        self.assertEqual(
            metric(self.server, "stowage_upstream_failed_total"), before)

    def test_names_lead_to_public_addresses_or_where_it_is_allowed(self):
        # no address as it is written, but a name
        name = self.service.url.replace("127.0.0.1", "127.1")
        with Server(jigsawstack_upstream=name) as server:
            self.assert_said(self.detect(server), 502, "cannot be reached")
            self.assertTrue(server.logged("not public, nor allowed"))
        self.assertEqual(self.service.calls, [])
        for url, allow in ((name, "127.0.0.1/32"), (
                self.service.url.replace("127.0.0.1", "localhost"), "")):
            with Server(jigsawstack_upstream=url,
                        upstream_allow=allow) as server:
                self.assertEqual(self.detect(server).status, 200)

    def test_the_surroundings_choose_no_proxy(self):
        with Server(jigsawstack_upstream=self.service.url) as server:
            server.stop()
            proxy = "http://127.0.0.1:1"
            env = server.environment()
            server.environment = lambda: {
                **env, "http_proxy": proxy, "ALL_PROXY": proxy}
            server.start()
            self.assertEqual(self.detect(server).status, 200)


class LoopTest(WireTest):
    """A service that is this server, by whatever way."""

    def assert_ends(self, server, asked):
        response = call(server, "/v1/ai/summary", {"text": "x"})
        assert_refused(self, "jigsawstack", response, 501, "leads back")
        self.assertEqual(metric(server, "stowage_upstream_calls_total"), asked)

    def leading_to(self, other, listen, folder):
        """Settings of a server whose service is that other one."""
        path = os.path.join(folder, other.secret)
        with open(path, "w") as f:
            f.write(other.secret)
        return {"listen": listen, "jigsawstack_upstream_key_file": path,
                "jigsawstack_upstream": "http://" + other.options["listen"]}

    def test_a_service_that_is_this_server_is_asked_once(self):
        with tempfile.TemporaryDirectory() as folder, held_address() as here:
            server = Server(listen=here)
            server.options.update(self.leading_to(server, here, folder))
            with server:
                self.assert_ends(server, 1)

    def test_a_circle_of_two_servers_ends(self):
        with tempfile.TemporaryDirectory() as folder, \
                held_address() as here, held_address() as there:
            one, two = Server(listen=here), Server(listen=there)
            one.options.update(self.leading_to(two, here, folder))
            two.options.update(self.leading_to(one, there, folder))
            with one, two:
                self.assert_ends(one, 1)
                self.assertEqual(
                    metric(two, "stowage_upstream_calls_total"), 1)


class LifeTest(UpstreamCase):
    settings = {"jigsawstack_upstream_timeout": "10m", "upstream_calls": "4",
                "drain_timeout": "1s"}

    def begin(self, server, key=None, path="/v1/ai/summary"):
        connection = Connection(server)
        connection.send(build("POST", path, server.authority, {
            **api_key(key or server.secret), **JSON}, b'{"text":"x"}'))
        return connection

    def test_the_key_is_read_again(self):
        with Server(**self.options) as server:
            with open(self.key_file, "w") as f:
                f.write("sk_upstream_2")
            server.process.send_signal(signal.SIGHUP)
            self.assertTrue(server.logged("settings reloaded"))
            self.detect(server)
            self.assertEqual(self.service.calls[-1].headers["x-api-key"],
                             "sk_upstream_2")
            os.unlink(self.key_file)
            server.process.send_signal(signal.SIGHUP)
            self.assertTrue(server.logged("the key stays as it was"))
            self.detect(server)
            self.assertEqual(self.service.calls[-1].headers["x-api-key"],
                             "sk_upstream_2")
            self.assertNotIn("sk_upstream", server.log())

    def test_a_stop_does_not_wait_for_it(self):
        with Server(**self.options) as server:
            self.service.hang()
            connection = self.begin(server)
            self.assertTrue(wait_until(lambda: self.service.calls))
            server.stop()   # asserts that it ends
            with connection:
                response = connection.read("POST")
                self.assert_said(response, 503, "")

    def test_a_client_that_goes_ends_its_call(self):
        self.service.hang()
        left = self.service.left
        self.begin(self.server).__exit__()
        self.assertTrue(wait_until(lambda: self.service.calls))
        self.assertTrue(wait_until(lambda: self.service.left > left))

    def test_blanks_of_calls_that_wait_take_their_room(self):
        self.service.hang()
        body = b'{"text":"x"' + b" " * 2_000_000 + b"}"
        answers = []
        for _ in range(40):
            connection = Connection(self.server)
            self.addCleanup(connection.socket.close)
            connection.send(build("POST", "/v1/ai/summary",
                                  self.server.authority,
                                  api_key(self.server.secret), body))
            answers.append(connection.socket)
        self.assertTrue(wait_until(
            lambda: select.select(answers, [], [], 0)[0]))
        for socket in select.select(answers, [], [], 0)[0]:
            self.assertIn(b" 503 ", socket.recv(64))

    def test_slow_calls_of_one_take_nothing_from_others(self):
        # of its own: calls of other tests may still come
        service = Service()
        self.addCleanup(service.close)
        service.hang()
        with Server(**{**self.options,
                       "jigsawstack_upstream": service.url}) as server:
            secret, _ = add_account(server, "other")
            waiting = [self.begin(server) for _ in range(50)]
            self.assertTrue(wait_until(lambda: len(service.calls) >= 3))
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                done = list(pool.map(lambda i: jigsawstack_upload(
                    server, f"{i}", PNG, door=("", "", {}),
                    headers=api_key(secret)).status, range(20)))
            self.assertEqual(done, [200] * 20)
            # one place is left for the other account
            with self.begin(server, secret) as other:
                self.assertTrue(wait_until(
                    lambda: len(service.calls) == 4), "it has a place")
                other.end()
            for connection in waiting:
                connection.__exit__()
