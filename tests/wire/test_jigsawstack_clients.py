# SPDX-License-Identifier: Apache-2.0
"""JigsawStack as curl and the Python client speak to it: what each really sends,
and where options may stand."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

import samples
from apis import (api_key, assert_file, assert_refused, jigsawstack_read,
                  jigsawstack_upload)
from harness import WireTest
from rawhttp import Connection, build, chunked, form, request

PNG = samples.png(5, 4)
DATA = b"a\r\n--boundary\r\n\0\xff" + b"\r\n" * 5


@unittest.skipUnless(shutil.which("curl"), "needs curl")
class CurlTest(WireTest):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "f.bin")
        with open(self.path, "wb") as f:
            f.write(DATA)

    def curl(self, target, *words):
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "--max-time", "30",
             "-H", "x-api-key: " + self.server.secret, *words,
             self.server.url + target], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def test_every_form_of_upload(self):
        at = "file=@" + self.path
        raw = "@" + self.path
        for name, target, words in (
                ("A", "", ("-F", at, "-F", 'body={"key":"KEY"}')),
                ("A, body first", "", ("-F", 'body={"key":"KEY"}', "-F", at)),
                ("A, typed body", "",
                 ("-F", 'body={"key":"KEY"};type=application/json', "-F",
                  at)),
                ("A, body as a file", "",
                 ("-F", 'body={"key":"KEY"};type=application/json;'
                  "filename=blob", "-F", at)),
                ("B", "?key=KEY&content_type=text%2Fplain",
                 ("-H", "Content-Type: text/plain", "--data-binary", raw)),
                ("C", "?key=KEY&overwrite=undefined",
                 ("-H", "Content-Type: application/octet-stream",
                  "--data-binary", raw)),
                ("D", "", ("-F", at, "-F", "key=KEY", "-F",
                           "overwrite=true")),
                ("D, fields first", "", ("-F", "key=KEY", "-F", at)),
                ("D, key in the query", "?key=KEY", ("-F", "key=@" +
                                                     self.path)),
                ("E", "?key=KEY", ("--data-binary", raw)),
                ("raw JSON", "?key=KEY", ("-H",
                 "Content-Type: application/json", "--data-binary", raw)),
                ("chunked", "?key=KEY", ("-H", "Transfer-Encoding: chunked",
                                         "--data-binary", raw)),
                ("chunked form", "", ("-H", "Transfer-Encoding: chunked",
                                      "-F", at, "-F", "key=KEY")),
                ("Expect", "?key=KEY", ("-H", "Expect: 100-continue",
                                        "--data-binary", raw))):
            for path in ("/v1/store/file", "/v1/store/upload"):
                key = f"{name} {path[10:]}"
                quoted = urllib.parse.quote_plus(key)
                with self.subTest(key):
                    said = json.loads(self.curl(
                        path + target.replace("KEY", quoted),
                        *(w.replace("KEY", key) for w in words)))
                    self.assertEqual((said["success"], said["key"],
                                      said["size"]),
                                     (True, key, len(DATA)), said)
                    self.assertEqual(self.curl(
                        "/v1/store/file/read/" + urllib.parse.quote(key)),
                        DATA)

    def test_get_and_delete_with_a_json_type_and_no_body(self):
        self.curl("/v1/store/file?key=c", "--data-binary", "x")
        kind = ("-H", "Content-Type: application/json")
        self.assertEqual(self.curl("/v1/store/file/read/c", *kind), b"x")
        said = json.loads(self.curl("/v1/store/file/read/c", *kind, "-X",
                                    "DELETE"))
        self.assertIs(said["success"], True)

    def test_a_delete_with_a_body_is_a_delete(self):
        for key in ("d1", "d2"):
            self.curl(f"/v1/store/file?key={key}", "--data-binary", "x")
            said = json.loads(self.curl(
                f"/v1/store/file/read/{key}", "-X", "DELETE", "-H",
                "Content-Type: application/json", "-d",
                json.dumps({"key": key})))
            self.assertIs(said["success"], True)


class PythonTest(WireTest):
    """The requests of the vendor's Python client, its default base URL ending
    in a slash."""
    HEADERS = {"Accept": "application/json", "Accept-Encoding":
               "gzip, deflate", "User-Agent": "python-requests/2.32",
               "Connection": "keep-alive"}

    def send(self, method, target, body=None, **headers):
        return request(self.server, method, "//v1" + target,
                       {**self.HEADERS, **api_key(self.server.secret),
                        **{k.replace("_", "-"): v
                           for k, v in headers.items()}}, body)

    def test_the_life_of_a_file(self):
        octets = "application/octet-stream"
        response = self.send(
            "POST", "/store/file?key=a+b%2Fc.txt&overwrite=true&"
            "content_type=text%2Fplain&temp_public_url=true", DATA,
            Content_Type="text/plain")
        body = response.json()
        self.assertEqual((response.status, body["key"]), (200, "a b/c.txt"))
        self.assertIn("temp_public_url", body)
        read = self.send("GET", "/store/file/read/a%20b/c.txt",
                         Content_Type="application/json")
        assert_file(self, read, DATA, "text/plain")
        # a conflict, no options, an empty file
        assert_refused(self, "jigsawstack", self.send(
            "POST", "/store/file?key=a+b%2Fc.txt", b"2", Content_Type=octets),
            400, "File already exists")
        self.assertTrue(self.send("POST", "/store/file", b"2",
                                  Content_Type=octets).json()["key"])
        self.assertEqual(self.send("POST", "/store/file?key=braces", b"{}",
                                   Content_Type=octets).json()["size"], 2)
        # deletes carry the key as a bare query, and a length
        gone = self.send("DELETE", "/store/file/read/braces?braces",
                         Content_Length="0", Content_Type="application/json")
        self.assertIs(gone.json()["success"], True)
        self.assertEqual(gone.status, 200)

    def test_a_type_left_over_from_an_upload_does_not_matter(self):
        self.send("POST", "/store/file?key=k", DATA,
                  Content_Type="text/plain")
        for kind in ("text/plain", "application/octet-stream",
                     "multipart/form-data"):
            read = self.send("GET", "/store/file/read/k", Content_Type=kind)
            assert_file(self, read, DATA, "text/plain")

    def test_oldest_versions(self):
        for value, status in (("None", 200), ("False", 400), ("True", 200)):
            response = self.send(
                "POST", f"/store/file?key=old/ü.txt&overwrite={value}",
                value.encode(), Content_Type="application/octet-stream")
            self.assertEqual(response.status, status, response)
        assert_file(self, self.send("GET", "/store/file/old/ü.txt"), b"True")
        self.assertEqual(self.send("DELETE", "/store/file/old/ü.txt").status,
                         200)


class OptionsTest(WireTest):
    def send(self, *parts, query=""):
        kind, body = form(*parts)
        return request(self.server, "POST", "/v1/store/file" + query,
                       {**api_key(self.server.secret), **kind}, body)

    def test_body_beats_field_beats_query(self):
        file = ("file", b"x", "blob")
        for parts, query, key in (
                ([("body", '{"key":"p/b"}'), ("key", "p/f")], "?key=p/q",
                 "p/b"),
                ([("body", '{"filename":"p/c"}'), ("key", "p/f")], "?key=p/q",
                 "p/c"),
                ([("body", '{"key":""}'), ("key", "p/f")], "?key=p/q", "p/f"),
                ([("body", '{"key":null}'), ("filename", "p/g")],
                 "?key=p/q", "p/g"),
                ([("body", "undefined")], "?key=p/q", "p/q"),
                ([("key", "undefined")], "?key=p/r", "p/r"),
                ([("key", "null")], "?filename=p/s", "p/s"),
                ([("body", '{"key":"undefined"}')], "?key=p/t",
                 "undefined")):
            response = self.send(file, *parts, query=query)
            self.assertEqual((response.status, response.json().get("key")),
                             (200, key), response)

    def test_false_is_an_answer(self):
        file = ("file", b"new", "blob")
        jigsawstack_upload(self.server, "f", b"old")
        for value in ("false", '"false"', "0", "1", "[]", '"yes"', '"on"'):
            for more in ([], [("overwrite", "true")]):
                with self.subTest(value, more=more):
                    assert_refused(self, "jigsawstack", self.send(
                        file, ("body", '{"key":"f","overwrite":%s}' % value),
                        *more, query="?overwrite=true"), 400, "exists")
        assert_file(self, jigsawstack_read(self.server, "f"), b"old")
        for value in ("true", '"true"', '"True"', '"1"'):
            response = self.send(
                file, ("body", '{"key":"f","overwrite":%s}' % value))
            self.assertEqual(response.status, 200, response)

    def test_an_explicit_type_is_taken_at_its_word(self):
        for asked, kept in (
                ("application/octet-stream", "application/octet-stream"),
                ("text/plain", "text/plain"),
                ("Text/HTML; charset=UTF-8", "Text/HTML; charset=UTF-8"),
                ("nonsense", "image/x-part")):
            for name in ("content_type", "contentType"):
                with self.subTest(asked, name=name):
                    self.send(("file", PNG, "b", "image/x-part"),
                              ("body", json.dumps({
                                  "key": "t", "overwrite": True,
                                  name: asked})))
                    read = jigsawstack_read(self.server, "t")
                    self.assertEqual(read["Content-Type"], kept)

    def test_an_encoded_slash_is_a_slash(self):
        jigsawstack_upload(self.server, "a/b")
        jigsawstack_upload(self.server, "x+y", b"plus")
        for path, data in (("a%2Fb", b"hello"), ("a/b", b"hello"),
                           ("%61%2fb", b"hello"), ("x+y", b"plus"),
                           ("x%2By", b"plus")):
            assert_file(self, request(
                self.server, "GET", "/v1/store/file/read/" + path,
                api_key(self.server.secret)), data)
        for path in ("a%252Fb", "x y", "x%20y"):
            response = request(
                self.server, "GET", "/v1/store/file/read/" +
                path.replace(" ", "%20"), api_key(self.server.secret))
            assert_refused(self, "jigsawstack", response, 404)

    def test_a_form_in_chunks_as_small_as_can_be(self):
        kind, body = form(("file", DATA, "x"), ("body", '{"key":"tiny"}'))
        head = build("POST", "/v1/store/file", self.server.authority,
                     {**api_key(self.server.secret), **kind,
                      "Transfer-Encoding": "chunked"})
        with Connection(self.server) as connection:
            connection.send(head)
            connection.send(chunked(*[bytes([b]) for b in body]))
            self.assertEqual(connection.read().status, 200)
        assert_file(self, jigsawstack_read(self.server, "tiny"), DATA)
