# SPDX-License-Identifier: Apache-2.0
"""Whatever is refused is refused in the dialect's own shape, and leaves no row,
no file and no staging file behind."""
import base64
import json
import re

import samples
from apis import (DIALECTS, api_key, assert_file, assert_refused, basic,
                  bearer, filestack_store, imagekit_upload, jigsawstack_upload,
                  query, stashfyle_upload)
from harness import WireTest, wait_until
from rawhttp import Connection, build, chunked, form, get_url, request

LIMIT = 300_000     # over the inline limit, so that a file was begun
MULTIPART = "multipart/form-data; boundary=X"
RAW = {"Content-Type": "image/x-raw"}
FILE = ("file", b"hello", "a.txt")
NAME = ("fileName", "a.txt")
UPLOAD = {"imagekit": "/api/v1/files/upload",
          "filestack": "/api/store/S3",
          "stashfyle": "/v1/upload",
          "jigsawstack": "/v1/store/file"}


def target(server, dialect, **more):
    if dialect == "filestack":
        more = {"key": server.public, **more}
    elif dialect == "jigsawstack":
        more = {"key": "some/key", **more}
    return query(UPLOAD[dialect], **more)


def credentials(server, dialect):
    return {"imagekit": basic(server.secret), "filestack": {},
            "stashfyle": bearer(server.secret),
            "jigsawstack": api_key(server.secret)}[dialect]


def good_parts(dialect, data=b"hello"):
    file = ("file", data, "a.txt")
    return (NAME, file) if dialect == "imagekit" else (file,)


class BadInputTest(WireTest):
    options = {"max_file_size": LIMIT, "inline_limit": "4k",
               "body_timeout": "30s"}

    def send(self, dialect, headers, body, **more):
        return request(self.server, "POST",
                       target(self.server, dialect, **more),
                       {**credentials(self.server, dialect), **headers}, body)

    def refused(self, dialect, response, status=400, text=None):
        """ImageKit has no 413."""
        if status == 413 and dialect == "imagekit":
            status = 400
        assert_refused(self, dialect, response, status, text)

    # The form.

    def test_broken_forms_are_refused_everywhere(self):
        cut = form(*good_parts("imagekit"), boundary="X")[1]
        cases = (
            ("no boundary", "multipart/form-data", cut),
            ("an empty boundary", 'multipart/form-data; boundary=""', cut),
            ("an endless boundary",
             "multipart/form-data; boundary=" + "x" * 300, cut),
            ("another boundary", "multipart/form-data; boundary=Y", cut),
            ("no closing boundary", MULTIPART, cut[:-6]),
            ("nothing", MULTIPART, b""),
            ("only a closing boundary", MULTIPART, b"--X--\r\n"),
            ("a head without end", MULTIPART,
             b"--X\r\nContent-Disposition: form-data; name=\"file\"; "
             b"filename=\"a\"\r\n"),
            ("a part without a disposition", MULTIPART,
             b"--X\r\nContent-Type: text/plain\r\n\r\nx\r\n--X--\r\n"),
            ("an endless part head", MULTIPART,
             b"--X\r\nX-Long: " + b"y" * 20_000 + b"\r\n\r\nx\r\n--X--\r\n"),
            ("a name with NUL", MULTIPART,
             form(NAME, ("file", b"x", "a\0b.txt"), boundary="X")[1]),
            ("a name that is no UTF-8", MULTIPART,
             form(NAME, ("file", b"x", b"a\xff.txt"), boundary="X")[1]),
            ("two files", MULTIPART, form(NAME, FILE, FILE, boundary="X")[1]),
            ("only fields", MULTIPART,
             form(NAME, ("x", "y"), boundary="X")[1]),
            ("65 fields", MULTIPART,
             form(NAME, FILE, *[("f", "v")] * 65, boundary="X")[1]),
            ("a field over 64 KiB", MULTIPART,
             form(NAME, ("long", "v" * 65_537), FILE, boundary="X")[1]),
            ("a field that is no UTF-8", MULTIPART,
             form(NAME, ("x", b"\xff"), FILE, boundary="X")[1]),
            ("257 parts", MULTIPART,
             form(NAME, FILE, *[("f", "v", "g")] * 257, boundary="X")[1]),
        )
        for dialect in DIALECTS:
            for name, kind, body in cases:
                if (dialect, name) == ("filestack", "two files"):
                    continue    # the first one counts
                with self.subTest(dialect, case=name), self.nothing_left():
                    self.refused(dialect, self.send(
                        dialect, {"Content-Type": kind}, body))

    def test_bodies_that_are_no_form_are_refused_where_one_is_needed(self):
        for dialect in ("imagekit", "stashfyle"):
            for kind in (None, "text/plain", "application/json",
                         "application/x-www-form-urlencoded",
                         "multipart/mixed; boundary=X", "multipart",
                         "multipart/form-data-x; boundary=X"):
                with self.subTest(dialect, kind=kind), self.nothing_left():
                    self.refused(dialect, self.send(
                        dialect, {"Content-Type": kind} if kind else {},
                        b"some bytes"))
        with self.nothing_left():
            self.refused("stashfyle", self.send(
                "stashfyle", {"Content-Type": MULTIPART},
                b"[object FormData]"))

    def test_empty_bodies_are_refused(self):
        for dialect in DIALECTS:
            for body in (b"", None):
                with self.subTest(dialect), self.nothing_left():
                    self.refused(dialect, self.send(dialect, {}, body))

    # Framing.

    def test_a_body_cut_off_is_refused_and_forgotten(self):
        for dialect in DIALECTS:
            for size in (100, 200_000):
                kind, body = form(*good_parts(dialect, b"x" * size))
                head = {**credentials(self.server, dialect), **kind}
                sent = build("POST", target(self.server, dialect),
                             self.server.authority, head, body)[:-50]
                with self.subTest(dialect, size=size), self.nothing_left():
                    with Connection(self.server) as connection:
                        connection.send(sent)
                        connection.end()
                        response = connection.read()
                        self.assertTrue(connection.at_end())
                    self.refused(dialect, response)

    def test_a_client_that_vanishes_leaves_nothing(self):
        for dialect in DIALECTS:
            kind, body = form(*good_parts(dialect, b"x" * 200_000))
            head = {**credentials(self.server, dialect), **kind}
            sent = build("POST", target(self.server, dialect),
                         self.server.authority, head, body)[:-50]
            with self.subTest(dialect), self.nothing_left():
                before = self.refusals()
                with Connection(self.server) as connection:
                    connection.send(sent)
                self.assertTrue(wait_until(lambda: self.refusals() > before))

    def refusals(self):
        text = request(self.server, "GET", "/metrics").body.decode()
        return int(re.search(r"(?m)^stowage_http_responses_4xx_total (\d+)$",
                             text)[1])

    def test_broken_chunks_are_refused(self):
        for dialect in DIALECTS:
            kind, body = form(*good_parts(dialect))
            whole = chunked(body)
            for name, bad in (
                    ("no number", b"zz\r\n" + body),
                    ("a sign", b"+5\r\nhello\r\n0\r\n\r\n"),
                    ("a 0x", b"0x5\r\nhello\r\n0\r\n\r\n"),
                    ("an overflow", b"1" + b"0" * 17 + b"\r\nx"),
                    ("too long a chunk", b"%x\r\n" % (len(body) - 1) + body +
                     b"\r\n0\r\n\r\n"),
                    ("bare LF", whole.replace(b"\r\n", b"\n", 1)),
                    ("a cut", whole[:-3])):
                with self.subTest(dialect, case=name), self.nothing_left():
                    head = build(
                        "POST", target(self.server, dialect),
                        self.server.authority,
                        {**credentials(self.server, dialect), **kind,
                         "Transfer-Encoding": "chunked"})
                    with Connection(self.server) as connection:
                        connection.send(head + bad)
                        connection.end()
                        response = connection.read()
                        self.assertTrue(connection.at_end())
                    self.refused(dialect, response)

    # Size.

    def test_one_byte_over_the_limit_is_too_much(self):
        for dialect in DIALECTS:
            for how in ("form", "chunked form", "raw", "chunked raw"):
                if "raw" in how and dialect in ("imagekit", "stashfyle"):
                    continue
                with self.subTest(dialect, how=how):
                    with self.nothing_left():
                        self.refused(dialect, self.sized(dialect, how, 1),
                                     413)
                    response = self.sized(dialect, how, 0)
                    self.assertEqual(response.status, 200, response)

    def sized(self, dialect, how, over):
        data = b"x" * (LIMIT + over)
        kind, body = form(*good_parts(dialect, data)) if "form" in how \
            else ({}, data)
        if "chunked" in how:
            body = chunked(*[body[i:i + 7000]
                             for i in range(0, len(body), 7000)])
            kind["Transfer-Encoding"] = "chunked"
        more = {"key": "sized/" + how} if dialect == "jigsawstack" else {}
        return self.send(dialect, kind, body, **more)

    def test_a_length_far_over_the_limit_is_refused_by_the_head(self):
        for dialect in DIALECTS:
            head = {**credentials(self.server, dialect),
                    "Content-Type": MULTIPART, "Content-Length": str(1 << 40),
                    "Expect": "100-continue"}
            with self.subTest(dialect), self.nothing_left():
                with Connection(self.server) as connection:
                    connection.send(build(
                        "POST", target(self.server, dialect),
                        self.server.authority, head))
                    self.refused(dialect, connection.read(), 413)

    def test_decoded_base64_counts(self):
        text = base64.b64encode(b"x" * (LIMIT + 1))
        with self.nothing_left():
            self.refused("imagekit", imagekit_upload(
                self.server, text, fileName="b"), 413, "exceeds limits")
            self.refused("filestack", filestack_store(
                self.server, text, base64decode="true"), 413)
        text = base64.b64encode(b"x" * LIMIT)
        self.assertEqual(imagekit_upload(self.server, text,
                                         fileName="b").status, 200)
        self.assertEqual(filestack_store(self.server, text,
                                         base64decode="true").status, 200)

    def test_stashfyle_names_its_limit(self):
        response = stashfyle_upload(self.server, (b"x" * (LIMIT + 1), "a"))
        self.refused("stashfyle", response, 413,
                     r"^File exceeds maximum size of [0-9.]+ MB$")

    # Base64.

    def test_bad_base64_is_refused(self):
        for text in ("a", "ab!d", "====", "aGVsbG8=aGVs", "{}", "data:,x",
                     "data:text/plain,hello", "data:image/png;base64",
                     "data:image/png;base64,!", "x" * 5000 + "!"):
            with self.subTest(text[:30]), self.nothing_left():
                self.refused("imagekit", imagekit_upload(
                    self.server, text, fileName="b"), 400,
                    "Your request contains invalid file")
                if not text.startswith("data:"):
                    self.refused("filestack", filestack_store(
                        self.server, text.encode(), base64decode="true"))

    # Fields.

    def test_imagekit_fields_are_checked(self):
        file = (b"x", "x")
        for name, upload, fields, text in (
                ("no file", None, {"fileName": "a"}, "missing file"),
                ("an empty text", "", {"fileName": "a"}, "missing file"),
                ("no name", file, {}, "missing fileName"),
                ("an empty name", file, {"fileName": ""}, "missing fileName"),
                ("dots", file, {"fileName": "..", "useUniqueFileName":
                                "false"}, "fileName"),
                ("a long name", file, {"fileName": "n" * 256}, "fileName"),
                ("NUL", file, {"fileName": "a\0b"}, "fileName"),
                ("a percent", file, {"fileName": "a", "tags": "a,b%"}, "tags"),
                ("long tags", file, {"fileName": "a", "tags": "x" * 501},
                 "tags"),
                ("a dotted folder", file, {"fileName": "a",
                                           "folder": "/a/../b"}, "folder"),
                ("a deep folder", file, {"fileName": "a",
                                         "folder": "a/" * 51}, "folder"),
                ("a long folder", file, {"fileName": "n" * 200, "folder":
                                         "/".join(["b" * 99] * 9)}, "folder"),
                ("no boolean", file, {"fileName": "a", "isPrivateFile":
                                      "maybe"}, "isPrivateFile"),
                ("no boolean", file, {"fileName": "a", "useUniqueFileName":
                                      "2"}, "useUniqueFileName"),
                ("three numbers", file, {"fileName": "a", "customCoordinates":
                                         "1,2,3"}, "customCoordinates"),
                ("words", file, {"fileName": "a", "customCoordinates":
                                 "a,b,c,d"}, "customCoordinates"),
                ("many zeros", file, {"fileName": "a", "customCoordinates":
                                      "0" * 60_000 + ",0,1,1"},
                 "customCoordinates"),
                ("many blanks", file, {"fileName": "a", "customCoordinates":
                                       "0," + " " * 60_000 + "0,1,1"},
                 "customCoordinates")):
            with self.subTest(name), self.nothing_left():
                self.refused("imagekit", imagekit_upload(
                    self.server, upload, **fields), 400, text)

    def test_what_is_too_deep_is_told_how_deep_it_may_be(self):
        s, file = self.server, (b"x", "x")
        for levels in 51, 52, 60:
            deep = "a/" * levels
            for dialect, response in (
                    ("stashfyle", stashfyle_upload(s, file, folder=deep)),
                    ("filestack", filestack_store(s, b"x", path=deep)),
                    ("filestack", filestack_store(s, b"x", path=deep + "b")),
                    ("jigsawstack", jigsawstack_upload(s, deep + "b", b"x")),
                    ("imagekit", imagekit_upload(s, file, fileName="a",
                                                 folder=deep))):
                with self.subTest(dialect, levels=levels):
                    self.refused(dialect, response, 400,
                                 "50 levels" if dialect == "imagekit"
                                 else "in at most 50 folders")

    def test_filestack_options_are_checked(self):
        for name, options in (
                ("dots in the path", {"path": "/../../etc/passwd"}),
                ("an empty segment", {"path": "a//b"}),
                ("NUL in the path", {"path": "a\0b"}),
                ("a newline in the path", {"path": "a\nb"}),
                ("a long path", {"path": "a/" * 600 + "x"}),
                ("NUL in the name", {"filename": "a\0b"}),
                ("a long name", {"filename": "n" * 256}),
                ("no UTF-8", {"path": b"\xff\xfe"}),
                ("a type with a newline", {"mimetype": "a/b\r\nX: y"}),
                ("a long type", {"mimetype": "a/" + "b" * 300})):
            with self.subTest(name):
                before = filestack_store(self.server, b"x", **options)
                if "type" in name and before.status == 200:
                    # not taken over; another type is found
                    read = get_url(self.server, before.json()["url"])
                    assert_file(self, read, b"x")
                    self.assertNotIn("y", read["Content-Type"])
                    continue
                self.refused("filestack", before)
        for provider in ("ftp", "x", "S3%00"):
            with self.subTest(provider), self.nothing_left():
                self.refused("filestack", filestack_store(
                    self.server, b"x", provider=provider))

    def test_stashfyle_fields_are_checked(self):
        for fields, text in (
                ({"expires": "7w"}, "Invalid expires format"),
                ({"expires": "d"}, "Invalid expires format"),
                ({"expires": "0h"}, "Invalid expires format"),
                ({"expires": "-1h"}, "Invalid expires format"),
                ({"expires": "1.5h"}, "Invalid expires format"),
                ({"expires": "9" * 30 + "d"}, "Invalid expires format"),
                ({"folder": "../x"}, "folder"), ({"folder": "a//b"}, "folder"),
                ({"folder": "a/./b"}, "folder"),
                ({"folder": "a\nb"}, "folder"),
                ({"folder": "a/" * 600 + "b"}, "")):
            with self.subTest(str(fields)[:60]), self.nothing_left():
                self.refused("stashfyle", stashfyle_upload(
                    self.server, **fields), 400, text)
        for name in ("", "..", "a/", "n" * 256, "a\nb"):
            with self.subTest(name[:9]), self.nothing_left():
                self.refused("stashfyle", stashfyle_upload(
                    self.server, (b"x", name)))
        with self.nothing_left():
            self.refused("stashfyle", stashfyle_upload(self.server, None),
                         400, "file is required")
            kind, body = form(("file", "text without a name"))
            self.refused("stashfyle", self.send("stashfyle", kind, body), 400,
                         "file is required")

    def test_jigsawstack_options_are_checked(self):
        for key in ("../x", "/x", "a//b", "a/", "a/../../b", ".", "a\0b",
                    "a\nb", "k/" * 512 + "k", b"\xff"):
            with self.subTest(key), self.nothing_left():
                self.refused("jigsawstack", jigsawstack_upload(
                    self.server, key), 400, "(?i)key|path")
        for body in ("{", "[1]", "1", '"x"', '{"key": "a", "key": "b"}',
                     "true", json.dumps({"key": "../x"}),
                     json.dumps({"key": "a\0b"})):
            with self.subTest(body), self.nothing_left():
                kind, data = form(FILE, ("body", body))
                self.refused("jigsawstack", request(
                    self.server, "POST", UPLOAD["jigsawstack"],
                    {**api_key(self.server.secret), **kind}, data))

    # Keys.

    def test_wrong_keys_are_refused_before_the_body(self):
        s = self.server
        for dialect, name, headers, options, status in (
                ("imagekit", "unknown", basic("sk_live_x"), {}, 403),
                ("imagekit", "public", basic(s.public), {}, 403),
                ("imagekit", "as password", basic("x", s.secret), {}, 403),
                ("imagekit", "empty", basic(""), {}, 401),
                ("imagekit", "no base64", {"Authorization": "Basic !"}, {},
                 401),
                ("imagekit", "Bearer", bearer(s.secret), {}, 401),
                ("filestack", "none", RAW, {"key": None}, 403),
                ("filestack", "unknown", {}, {"key": "A" * 22}, 403),
                ("filestack", "secret", {}, {"key": s.secret}, 403),
                ("filestack", "wrong secret", basic("app", "x"), {}, 403),
                ("filestack", "public as secret", basic("app", s.public), {},
                 403),
                ("filestack", "in a header", {"x-api-key": s.public, **RAW},
                 {"key": None}, 403),
                ("stashfyle", "none", {}, {}, 401),
                ("stashfyle", "unknown", bearer("sk_live_x"), {}, 401),
                ("stashfyle", "lower case",
                 {"Authorization": "bearer " + s.secret}, {}, 401),
                ("stashfyle", "no scheme", {"Authorization": s.secret}, {},
                 401),
                ("stashfyle", "a blank more", bearer(" " + s.secret + "x"),
                 {}, 401),
                ("stashfyle", "Basic", basic(s.secret), {}, 401),
                ("stashfyle", "x-api-key", api_key(s.secret), {}, 401),
                ("stashfyle", "public", bearer(s.public), {}, 403),
                ("jigsawstack", "none", {}, {}, 401),
                ("jigsawstack", "unknown", api_key("x"), {}, 401),
                ("jigsawstack", "public", api_key(s.public), {}, 403),
                ("jigsawstack", "secret in the query", {},
                 {"x-api-key": s.secret}, 401),
                ("jigsawstack", "Bearer", bearer(s.secret), {}, 401)):
            kind, _ = form()
            head = build("POST", target(s, dialect, **options), s.authority,
                         {**kind, **headers, "Content-Length": "100000",
                          "Expect": "100-continue"})
            with self.subTest(dialect, case=name), self.nothing_left():
                with Connection(s) as connection:
                    connection.send(head)
                    response = connection.read()
                self.refused(dialect, response, status)

    def test_nothing_of_the_file_system_can_be_named(self):
        """Each way to say ../../etc/passwd ends inside the library."""
        for upload in (
                lambda n: imagekit_upload(self.server, (b"x", n), fileName=n),
                lambda n: filestack_store(self.server,
                                          form(("f", b"x", n))),
                lambda n: filestack_store(self.server, b"x", filename=n),
                lambda n: stashfyle_upload(self.server, (b"x", n)),
                lambda n: jigsawstack_upload(self.server, n),
                lambda n: filestack_store(self.server, b"x", path=n)):
            for name in ("../../etc/passwd", "/etc/passwd",
                         "..\\..\\etc\\passwd", "%2e%2e/%2e%2e/etc/passwd"):
                response = upload(name)
                # 403: another of these has stored there
                self.assertIn(response.status, (200, 400, 403), response)
        for path in ("/default/../../../etc/passwd",
                     "/default/%2e%2e/%2e%2e/etc/passwd",
                     "/default/..%2f..%2fetc%2fpasswd",
                     "/v1/store/file/read/../../../../etc/passwd",
                     "/v1/store/file/read/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
                     "/v1/store/file/read/etc/passwd%00",
                     "/live/default/../etc/passwd", "/../etc/passwd",
                     "/api/file/..%2f..%2fetc%2fpasswd"):
            with self.subTest(path):
                response = request(self.server, "GET", path,
                                   api_key(self.server.secret))
                self.assertIn(response.status, (400, 404), response)
                self.assertNotIn(b"root:", response.body)


class RealLimitTest(WireTest):
    def test_100_megabytes_and_a_byte_are_one_too_many(self):
        size = 100 * 1024 * 1024
        kind, ends = form(("file", b"@", "blob"), ("body", '{"key":"big"}'))
        first, last = ends.split(b"@")
        head = build("POST", "/v1/store/file", self.server.authority,
                     {**api_key(self.server.secret), **kind, "Content-Length":
                      str(len(first) + size + 1 + len(last))}) + first
        block = samples.noise(1 << 20)
        with self.nothing_left(), Connection(self.server, 60) as connection:
            connection.send(head)
            for _ in range(100):
                connection.send(block)
            connection.send(b"x" + last)
            assert_refused(self, "jigsawstack", connection.read(), 413)
