# SPDX-License-Identifier: Apache-2.0
"""The type of what was stored, by every way in: declared types that say nothing
are passed over, and the bytes or the name tell."""
import base64
import itertools
import json

import samples
from apis import (api_key, filestack_store, imagekit_upload,
                  jigsawstack_upload, query, stashfyle_upload)
from harness import WireTest
from rawhttp import form, get_url, request

PNG = samples.png(3, 2)
PDF = samples.pdf()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SILENT = ("image/*", "*/*", "video/*", "IMAGE/*; q=1", "*", "image/", "/png",
          "png", "image/png, image/png", "application/octet-stream",
          "Binary/Octet-Stream", "application/x-binary; charset=binary",
          "application/unknown", "unknown/unknown",
          "application/force-download", "application/x-empty")
# a part may say these; as the request's own type they mean the body
OF_REQUESTS = ("multipart/form-data", "multipart/form-data; boundary=x",
               "application/x-www-form-urlencoded")
SPEAKING = "application/x-mine; a=b"


class TypesTest(WireTest):
    numbers = itertools.count()

    def served(self, response):
        """The type that a read of what was stored says."""
        self.assertEqual(response.status, 200, response)
        read = get_url(self.server, response.json()["url"],
                       api_key(self.server.secret))
        self.assertEqual(read.status, 200, read)
        return read["Content-Type"]

    def new_key(self, name):
        return f"{next(self.numbers)}/{name}"

    def parts(self, data, name, kind):
        """A form of each dialect with that file part."""
        s = self.server
        yield imagekit_upload(s, (data, name, kind), fileName=name)
        yield filestack_store(s, form(("fileUpload", data, name, kind)))
        yield stashfyle_upload(s, (data, name, kind))
        kind, body = form(("file", data, name, kind),
                          ("key", self.new_key(name)))
        yield request(s, "POST", "/v1/store/file",
                      {**api_key(s.secret), **kind}, body)

    def bodies(self, data, name, kind):
        """A raw body, and options that name the type."""
        s, headers = self.server, {"Content-Type": kind}
        yield filestack_store(s, (headers, data), filename=name)
        yield filestack_store(s, ({}, data), filename=name, mimetype=kind)
        yield jigsawstack_upload(s, self.new_key(name), data, headers=headers)

    def imports(self, data, name, kind):
        s, origin = self.server, self.origin()
        url = origin.add("/" + name, data, kind)
        yield imagekit_upload(s, url, fileName=name)
        yield filestack_store(s, (FORM, query("", url=url)[1:].encode()))
        command = {"apikey": s.public, "sources": [url],
                   "tasks": [{"name": "store"}]}
        yield request(s, "POST", "/process",
                      {"Content-Type": "application/json"},
                      json.dumps(command).encode())

    def assert_types(self, responses, kind, want):
        for i, response in enumerate(responses):
            with self.subTest(kind, way=i):
                self.assertEqual(self.served(response), want)

    def test_a_part_whose_type_says_nothing_is_looked_at(self):
        for kind in SILENT + OF_REQUESTS:
            self.assert_types(self.parts(PDF, "a", kind), kind,
                              "application/pdf")
        for kind in ("image/*", "binary/octet-stream"):
            self.assert_types(self.parts(b"a;b\n", "a.csv", kind), kind,
                              "text/csv")

    def test_a_body_whose_type_says_nothing_is_looked_at(self):
        for kind in SILENT:
            self.assert_types(self.bodies(PDF, "a", kind), kind,
                              "application/pdf")
        for kind in ("*/*", "application/x-binary"):
            self.assert_types(self.bodies(b"a;b\n", "a.csv", kind), kind,
                              "text/csv")

    def test_an_origin_whose_type_says_nothing_is_not_asked_twice(self):
        for kind in SILENT + OF_REQUESTS:
            self.assert_types(self.imports(PDF, "a", kind), kind,
                              "application/pdf")
        self.assert_types(self.imports(b"a;b\n", "a.csv", "image/*"),
                          "image/*", "text/csv")

    def test_a_data_uri_whose_type_says_nothing_is_looked_at(self):
        text = base64.b64encode(PNG).decode()
        for kind in SILENT:
            if "," in kind:
                continue
            self.assert_types(
                [imagekit_upload(self.server, f"data:{kind};base64,{text}",
                                 fileName="a")], kind, "image/png")

    def test_an_option_that_says_nothing_leaves_it_to_the_part(self):
        s = self.server
        for kind in ("image/*", "application/octet-stream", "png", ""):
            self.assert_types(
                [filestack_store(s, form(("f", b"x", "a", SPEAKING)),
                                 mimetype=kind)], kind, SPEAKING)

    def test_a_type_that_says_something_is_kept_where_it_counts(self):
        for kind in (SPEAKING, "application/vnd.a+b", "text/x-1.2"):
            for way in (self.parts, self.bodies, self.imports):
                self.assert_types(way(b"\1\2", "a", kind), kind, kind)
