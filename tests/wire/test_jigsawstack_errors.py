# SPDX-License-Identifier: Apache-2.0
"""JigsawStack's refusals: SDKs parse every one as JSON, so each layer words its
own that way, also while a client is still sending, and none leaves anything."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from apis import (UUID, api_key, assert_file, assert_refused, basic,
                  doors, jigsawstack_read, jigsawstack_upload)
from harness import Server, WireTest, rows, takes_long, wait_until
from rawhttp import Connection, build, chunked, form, request

LIMIT = 1 << 20
FILE = ("file", b"hello", "a.txt")
CORS = {"Access-Control-Allow-Origin": r"^\*$",
        "Access-Control-Expose-Headers": "x-jigsaw-rate-limit-reset"}
RATE = ("x-jigsaw-rate-limit-limit", "x-jigsaw-rate-limit-remaining",
        "x-jigsaw-rate-limit-reset")


class RefusalTest(WireTest):
    options = {"jigsawstack_max_file_size": str(LIMIT)}

    def refused(self, response, status, text=None):
        assert_refused(self, "jigsawstack", response, status, text)
        for name, wanted in CORS.items():
            self.assertRegex(response[name], wanted, response)
        for name in RATE:
            self.assertRegex(response[name], "^[0-9]+$", response)
        self.assertEqual(response["x-jigsaw-log-id"],
                         response.json()["log_id"], response)

    def secret(self):
        return api_key(self.server.secret)

    def upload(self, *parts, query=""):
        kind, body = form(*parts)
        return request(self.server, "POST", "/v1/store/file" + query,
                       {**self.secret(), **kind}, body)

    def raw(self, data, end=True):
        """The answer to exactly these bytes."""
        with Connection(self.server) as connection:
            connection.send(data)
            if end:
                connection.end()
            return connection.read()

    # Every layer.

    def test_unknown_routes_and_wrong_methods(self):
        for door in doors("jigsawstack")[1:]:
            for method, path, status in (
                    ("GET", "/", 404), ("GET", "/v1", 404),
                    ("GET", "/v1/store", 404), ("POST", "/v1/store/kv", 404),
                    ("GET", "/v1/store/file/", 405),
                    ("GET", "/v1/store/temp/x", 404),
                    ("DELETE", "/v1/store/file/read/", 404),
                    ("GET", "/v1/nothing", 404), ("GET", "/v3/x", 404),
                    ("GET", "/etc/passwd", 404), ("GET", "/%", 404),
                    ("GET", "/v1/store/file", 405),
                    ("PUT", "/v1/store/file", 405),
                    ("POST", "/v1/store/file/x", 405),
                    ("PATCH", "/v1/store/file/read/x", 405),
                    ("GET", "/v1/vocr", 405), ("BREW", "/v1/vocr", 405)):
                with self.subTest(path, method=method, door=door[0]):
                    response = request(self.server, method, door[1] + path,
                                       {**door[2], **self.secret()}, b"")
                    self.refused(response, status)
                    if status == 405:
                        self.assertIn("OPTIONS", response["Allow"])

    def test_calls_that_are_not_offered_say_so(self):
        for path in ("/v1/object_detection", "/v1/ai/transcribe",
                     "/v1/ai/translate/image", "/v1/ai/summary", "/v1/ai/sql",
                     "/v1/validate/nsfw", "/v1/embedding", "/v2/embedding"):
            body = json.dumps({"url": "http://a.example/x"}).encode()
            with self.subTest(path), self.nothing_left():
                for kind, data in (({"Content-Type": "application/json"},
                                    body), form(FILE), ({}, b"\0a file")):
                    response = request(self.server, "POST", path,
                                       {**self.secret(), **kind}, data)
                    self.refused(response, 501)
                    self.assertEqual(response.json()["error"],
                                     "not_supported")
                self.refused(request(self.server, "POST", path,
                                     api_key("x"), body), 401)

    def test_what_is_no_http(self):
        s = self.server
        good = f"Host: {s.authority}\r\nx-api-key: {s.secret}\r\n"
        post = "POST /v1/store/file?key=x HTTP/1.1\r\n" + good
        for name, data, status in (
                ("two lengths", post + "Content-Length: 1\r\n"
                 "Content-Length: 2\r\n\r\nxx", 400),
                ("length and chunks", post + "Content-Length: 1\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
                ("a coding", post + "Transfer-Encoding: gzip\r\n\r\n", 501),
                ("a fold", post + "X: y\r\n z\r\n\r\n", 400),
                ("a huge field", "GET /v1/store/file/read/x HTTP/1.1\r\n" +
                 good + "X: " + "y" * 20_000 + "\r\n\r\n", 431),
                ("a huge key", "GET /v1/store/file/read/" + "k" * 20_000 +
                 " HTTP/1.1\r\n" + good + "\r\n", 414),
                ("HTTP/2.0", "GET /v1/store/file/read/x HTTP/2.0\r\n" +
                 good + "\r\n", 505),
                ("bad chunks", post + "Transfer-Encoding: chunked\r\n\r\n"
                 "zz\r\n", 400),
                ("a cut body", post + "Content-Length: 9\r\n\r\nabc", 400)):
            with self.subTest(name), self.nothing_left():
                self.refused(self.raw(data.encode()), status)

    def test_clients_too_slow(self):
        with Server(body_timeout="1s") as server:
            self.addCleanup(setattr, self, "server", self.server)
            self.server = server
            head = build("POST", "/v1/store/file?key=slow", server.authority,
                         {**self.secret(), "Content-Length": "100000"})
            with self.nothing_left():
                self.refused(self.raw(head + b"x", end=False), 408)

    # Reads and deletes.

    def test_conditions_and_ranges_are_refused_as_json(self):
        self.assertEqual(jigsawstack_upload(self.server, "c",
                                            overwrite="1").status, 200)
        for headers, status, code in (
                ({"Range": "bytes=9-"}, 416, "range_not_satisfiable"),
                ({"If-Match": '"x"'}, 412, "precondition_failed")):
            response = jigsawstack_read(self.server, "c", headers={
                **self.secret(), **headers})
            self.refused(response, status)
            self.assertEqual(response.json()["error"], code)
            self.assertEqual(response["ETag"], jigsawstack_read(
                self.server, "c")["ETag"])

    def test_keys_that_cannot_be_are_not_found(self):
        for path in ("a//b", "%00", "a%00b", "%ff%fe", "..%2f..%2fetc",
                     "%2e%2e", "x" * 2000, "a%0ab", "[object%20Object]", "%",
                     "%2", "%zz"):
            for method in ("GET", "DELETE"):
                with self.subTest(path[:40], method=method):
                    response = request(
                        self.server, method, "/v1/store/file/read/" + path,
                        self.secret())
                    self.refused(response, 404, "^File not found$")

    def test_private_files_take_a_secret_key(self):
        """A file that another API made private stays so."""
        kind, body = form(FILE, ("fileName", "p.txt"), ("isPrivateFile",
                          "true"), ("useUniqueFileName", "false"))
        response = request(self.server, "POST", "/api/v1/files/upload",
                           {**basic(self.server.secret), **kind}, body)
        self.assertEqual(response.status, 200, response)
        public = api_key(self.server.public)
        self.refused(jigsawstack_read(self.server, "p.txt", headers=public),
                     403)
        assert_file(self, jigsawstack_read(self.server, "p.txt"), b"hello")
        response = jigsawstack_upload(self.server, "p.txt", b"new",
                                      overwrite="true", temp_public_url="1")
        self.assertEqual(response.status, 200, response)
        self.refused(jigsawstack_read(self.server, "p.txt", headers=public),
                     403)

    # Uploads.

    def test_bad_options(self):
        for parts, query, text in (
                ([FILE, ("body", '{"key": 5}')], "", "key"),
                ([FILE, ("body", '{"key": ["a"]}')], "", "key"),
                ([FILE, ("body", '{"filename": {}}')], "", "filename"),
                ([FILE, ("body", '{"content_type": 1}')], "", "content_type"),
                ([FILE, ("body", '{"key": "a"')], "", "JSON"),
                ([FILE, ("body", "[" * 60_000)], "", "JSON"),
                ([FILE, ("body", '{"key": "\\ud800"}')], "", "JSON"),
                ([FILE, ("body", '{"key": "k"} x')], "", "JSON"),
                ([FILE, ("body", '{"key": "../k"}')], "", "key"),
                ([FILE, ("key", "/k")], "", "key"),
                ([FILE], "?key=" + "k" * 5000, "key"),
                ([FILE], "?key=%00", "key"),
                ([FILE], "?key=%ff", "key"),
                ([FILE], "?key=a%0d%0ab", "key"),
                ([("body", "{}")], "", "file"),
                ([("key", "k")], "", "file"),
                ([("other", "v", "o.txt"), FILE], "", "")):
            with self.subTest(str(parts)[-60:], query=query[:30]), \
                    self.nothing_left():
                self.refused(self.upload(*parts, query=query), 400, text)

    def test_types_cannot_smuggle_headers(self):
        for kind in ("text/html\r\nX-Evil: 1", "text/html\0", "no type",
                     "a/b/c", "x" * 300, "/", "text/"):
            with self.subTest(kind[:20]):
                response = self.upload(FILE, ("body", json.dumps(
                    {"key": "ct", "overwrite": True, "content_type": kind})))
                if response.status == 400:
                    continue
                read = jigsawstack_read(self.server, "ct")
                self.assertIsNone(read["X-Evil"])
                self.assertEqual(read["Content-Type"], "text/plain")

    def test_pages_that_are_opened_in_browsers_cannot_run(self):
        for kind in ("text/html", "image/svg+xml", "application/xhtml+xml"):
            jigsawstack_upload(self.server, "page", b"<b>", overwrite="1",
                               content_type=kind)
            read = jigsawstack_read(self.server, "page")
            self.assertEqual(read["Content-Type"], kind)
            self.assertIn("sandbox", read["Content-Security-Policy"])
            self.assertEqual(read["X-Content-Type-Options"], "nosniff")

    # Too much.

    def test_a_client_that_only_sends_reads_its_413(self):
        """10 of 10 times, whatever it sends and how."""
        data = b"x" * (LIMIT * 12)
        kind, body = form(("file", data, "big"))
        pieces = [data[i:i + 65_536] for i in range(0, len(data), 65_536)]
        with self.nothing_left():
            for name, headers, sent in (
                    ("form", kind, body),
                    ("raw", {}, data),
                    ("a byte more", {}, data[:LIMIT + 1]),
                    ("chunked", {"Transfer-Encoding": "chunked"},
                     chunked(*pieces))):
                for turn in range(10):
                    with self.subTest(name, turn=turn):
                        response = request(
                            self.server, "POST", "/v1/store/file?key=big",
                            {**self.secret(), **headers}, sent)
                        self.refused(response, 413)
                        self.assertEqual(response.json()["error"],
                                         "file_too_large")

    def test_a_client_that_asks_first_sends_nothing(self):
        for headers in ({"Content-Length": str(LIMIT + 1)},
                        {"Content-Length": str(1 << 50)}):
            with self.subTest(str(headers)), self.nothing_left(), \
                    Connection(self.server) as connection:
                connection.send(build(
                    "POST", "/v1/store/file?key=big", self.server.authority,
                    {**self.secret(), **headers, "Expect": "100-continue"}))
                self.refused(connection.read(), 413)

    @takes_long
    @unittest.skipUnless(shutil.which("curl"), "needs curl")
    def test_curl_reads_its_413(self):
        with tempfile.TemporaryDirectory() as folder, self.nothing_left():
            path = os.path.join(folder, "big")
            with open(path, "wb") as f:
                f.write(b"x" * (LIMIT * 12))
            for name, words in (
                    ("form", ("-F", f"file=@{path}")),
                    ("raw", ("--data-binary", f"@{path}")),
                    ("Expect", ("-H", "Expect: 100-continue", "-T", path,
                                "-X", "POST")),
                    ("no Expect", ("-H", "Expect:", "--data-binary",
                                   f"@{path}")),
                    ("chunked", ("-H", "Transfer-Encoding: chunked",
                                 "--data-binary", f"@{path}")),
                    ("chunked form", ("-H", "Transfer-Encoding: chunked",
                                      "-F", f"file=@{path}"))):
                for turn in range(10):
                    done = subprocess.run(
                        ["curl", "-sS", "--noproxy", "*", "--max-time", "30",
                         "-w", "\n%{http_code}", "-H",
                         "x-api-key: " + self.server.secret, *words,
                         self.server.url + "/v1/store/file?key=big"],
                        capture_output=True, text=True, check=False)
                    with self.subTest(name, turn=turn):
                        self.assertEqual(done.returncode, 0, done)
                        body, status = done.stdout.rsplit("\n", 1)
                        self.assertEqual(status, "413")
                        self.assertEqual(json.loads(body)["error"],
                                         "file_too_large")

    # Browsers.

    def test_preflights_need_no_key(self):
        for door in doors("jigsawstack")[1:]:
            for path in ("/v1/store/file", "/v1/store/file/read/a/b",
                         "/v1/store/temp/x/y", "/v1/vocr", "/nowhere"):
                with self.subTest(path, door=door[0]):
                    response = request(self.server, "OPTIONS", door[1] + path, {
                        **door[2], "Origin": "http://app.test",
                        "Access-Control-Request-Method": "DELETE",
                        "Access-Control-Request-Headers":
                            "x-api-key, content-type, x-jigsaw-skip-cache, "
                            "x-jigsaw-no-request-log"})
                    self.assertEqual(response.status, 204, response)
                    for name, wanted in CORS.items():
                        self.assertRegex(response[name], wanted)
                    allowed = response["Access-Control-Allow-Headers"].lower()
                    for name in ("x-api-key", "content-type",
                                 "x-jigsaw-skip-cache",
                                 "x-jigsaw-no-request-log"):
                        self.assertIn(name, allowed)
                    for name in ("GET", "POST", "DELETE", "OPTIONS"):
                        self.assertIn(
                            name, response["Access-Control-Allow-Methods"])

    def test_every_answer_carries_the_headers(self):
        for response in (
                jigsawstack_upload(self.server, None),
                jigsawstack_read(self.server, "none"),
                request(self.server, "GET", "/v1/store/file/read/x"),
                request(self.server, "OPTIONS", "/v1/store/file")):
            for name, wanted in CORS.items():
                self.assertRegex(response[name], wanted)
            for name in RATE:
                self.assertRegex(response[name], "^[0-9]+$", response)
            self.assertRegex(response["x-jigsaw-log-id"], UUID)


class DeleteWhileReadingTest(WireTest):
    options = {"trash_grace": "0s", "sweep_interval": "100ms",
               "inline_limit": "4k"}

    def test_a_reader_in_the_middle_is_not_cut(self):
        data = os.urandom(1 << 20) * 16
        for how in ("delete", "overwrite"):
            with self.subTest(how):
                self.assertEqual(jigsawstack_upload(
                    self.server, "m", data, overwrite="1").status, 200)
                with Connection(self.server) as connection:
                    connection.send(build(
                        "GET", "/v1/store/file/read/m", self.server.authority,
                        api_key(self.server.secret)))
                    head = connection.read_head()
                    if how == "delete":
                        done = jigsawstack_read(self.server, "m",
                                                method="DELETE")
                    else:
                        done = jigsawstack_upload(self.server, "m", b"new",
                                                  overwrite="1")
                    self.assertEqual(done.status, 200, done)
                    # a sweep has come by
                    self.assertTrue(wait_until(lambda: rows(
                        self.server, "SELECT count(*) FROM trash") == [(0,)]))
                    while len(connection.buffer) < len(data):
                        self.assertTrue(connection.fill())
                    self.assertEqual(head["Content-Length"], str(len(data)))
                    self.assertTrue(connection.buffer == data)
        assert_file(self, jigsawstack_read(self.server, "m"), b"new")
