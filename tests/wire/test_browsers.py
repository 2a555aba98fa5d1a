# SPDX-License-Identifier: Apache-2.0
"""What pages of other origins can send and read (Fetch standard, CORS)."""
import samples
from apis import (api_key, bearer, doors, filestack_store, imagekit_upload,
                  jigsawstack_upload, query, stashfyle_upload)
from harness import WireTest
from rawhttp import form, get_url, request

PDF = samples.pdf()
ORIGIN = {"Origin": "https://app.example"}
# not safelisted, and what players, viewers and download code look at
READABLE = ("Accept-Ranges", "Content-Range", "Content-Length", "ETag",
            "Content-Disposition", "X-Request-Id", "Retry-After")
OWN = {"imagekit": ("x-ik-requestid", "ik-error"),
       "filestack": ("X-File-Name",),
       "stashfyle": ("X-RateLimit-Limit", "X-RateLimit-Remaining",
                     "X-RateLimit-Reset"),
       "jigsawstack": ("x-jigsaw-log-id", "x-jigsaw-rate-limit-limit")}
UPLOADS = (("imagekit", "/api/v1/files/upload"),
           ("imagekit", "/api/v2/files/upload"),
           ("filestack", "/api/store/S3?key=x"), ("filestack", "/process"),
           ("stashfyle", "/v1/upload"), ("jigsawstack", "/v1/store/file"))


def names(field):
    return {name.strip().lower() for name in (field or "").split(",")}


class BrowsersTest(WireTest):
    def urls(self):
        """(dialect, URL of a file, URL of nothing)"""
        s = self.server
        stored = {
            "imagekit": imagekit_upload(s, (PDF, "a.pdf"), fileName="a.pdf"),
            "filestack": filestack_store(s, PDF),
            "stashfyle": stashfyle_upload(s, (PDF, "a.pdf")),
            "jigsawstack": jigsawstack_upload(s, None, PDF,
                                              temp_public_url="true")}
        for dialect, response in stored.items():
            url = response.json()["url"]
            yield dialect, url, query(url + "x", **{"x-api-key": s.public})
        yield ("jigsawstack", stored["jigsawstack"].json()["temp_public_url"],
               s.url + "/v1/store/temp/x/y")

    def assert_readable(self, dialect, response):
        self.assertEqual(response["Access-Control-Allow-Origin"], "*",
                         response)
        exposed = names(response["Access-Control-Expose-Headers"])
        for name in (*READABLE, *OWN[dialect]):
            self.assertIn(name.lower(), exposed, response)

    def test_a_page_reads_what_comes_with_a_delivery(self):
        for dialect, url, nothing in self.urls():
            with self.subTest(dialect, url=url):
                key = api_key(self.server.public)
                whole = get_url(self.server, url, {**ORIGIN, **key})
                for headers, status in (
                        ({}, 200), ({"Range": "bytes=0-4"}, 206),
                        ({"Range": "bytes=9999-"}, 416),
                        ({"If-None-Match": whole["ETag"]}, 304),
                        ({"If-Match": '"x"'}, 412)):
                    for method in ("GET", "HEAD"):
                        if method == "HEAD" and "Range" in headers:
                            status = 200    # it has no parts
                        response = request(
                            self.server, method,
                            url[len(self.server.url):],
                            {**ORIGIN, **key, **headers})
                        self.assertEqual(response.status, status, response)
                        self.assert_readable(dialect, response)
                response = get_url(self.server, nothing, ORIGIN)
                self.assertIn(response.status, (403, 404))
                self.assert_readable(dialect, response)

    def test_a_page_reads_why_it_may_not(self):
        url = jigsawstack_upload(self.server, "k/ey", PDF).json()["url"]
        response = get_url(self.server, url, ORIGIN)
        self.assertEqual(response.status, 401)
        self.assert_readable("jigsawstack", response)
        url = imagekit_upload(self.server, (PDF, "a.pdf"), fileName="p.pdf",
                              isPrivateFile="true").json()["url"]
        response = get_url(self.server, url, ORIGIN)
        self.assertEqual(response.status, 401)
        self.assert_readable("imagekit", response)

    def preflight(self, target, asked, method="POST", headers=None):
        response = request(self.server, "OPTIONS", target, {
            **ORIGIN, **(headers or {}),
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": asked})
        self.assertEqual(response.status, 204, response)
        self.assertEqual(response["Access-Control-Allow-Origin"], "*")
        self.assertIn(method, response["Access-Control-Allow-Methods"])
        return response

    def assert_each_once(self, response):
        listed = response["Access-Control-Allow-Headers"].lower().split(",")
        listed = [name.strip() for name in listed]
        self.assertEqual(sorted(listed), sorted(set(listed)), response)

    def test_no_header_is_listed_twice(self):
        for dialect, path in UPLOADS:
            door = doors(dialect)[0]
            usual = self.preflight(door[1] + path, "x-new", headers=door[2])
            usual = usual["Access-Control-Allow-Headers"]
            for asked in (usual, usual.upper(), "x-a,X-A, x-a", "range,x-b",
                          "x-api-key, x-api-key"):
                response = self.preflight(door[1] + path, asked,
                                          headers=door[2])
                self.assert_each_once(response)
                self.assertLessEqual(
                    names(asked), names(
                        response["Access-Control-Allow-Headers"]))
        # no list that anybody needs
        many = ",".join(f"x-{number}" for number in range(101))
        response = self.preflight(UPLOADS[0][1], many)
        self.assertNotIn("x-1", names(
            response["Access-Control-Allow-Headers"]))

    def test_upload_libraries_may_send_what_they_add(self):
        # Dropzone, Fine Uploader, Uppy, tracers, W3C Trace Context
        asked = ("cache-control,x-requested-with",
                 "authorization, content-type, x-api-key",
                 "sentry-trace, baggage,traceparent ,tracestate",
                 "x-datadog-trace-id", "uppy-auth-token")
        for dialect, path in UPLOADS:
            for door in doors(dialect)[1:]:
                for list_ in asked:
                    with self.subTest(path, door=door[0], asked=list_):
                        response = self.preflight(door[1] + path, list_,
                                                  headers=door[2])
                        allowed = names(
                            response["Access-Control-Allow-Headers"])
                        self.assertLessEqual(names(list_), allowed)
                        self.assert_each_once(response)
                        self.assertIn("access-control-request-headers",
                                      names(response["Vary"]))

    def test_upload_libraries_send_fields_beside_the_file(self):
        # what Dropzone 6, Uppy 6 and FilePond 4 send, but for the boundary
        def shapes(name):
            file = (name, b"hello", "my file.txt", "text/plain")
            yield "Dropzone", (file,)
            yield "Uppy", (("folder", "uppy"), ("name", "my file.txt"),
                           ("type", "text/plain"), file)
            yield "FilePond", ((name, "{}"), file)

        s = self.server
        for path, headers, name in (
                ("/v1/upload", bearer(s.secret), "file"),
                (f"/api/store/S3?key={s.public}", {}, "fileUpload"),
                ("/v1/store/file?key=drop.txt&overwrite=true",
                 api_key(s.secret), "upload")):
            for library, parts in shapes(name):
                with self.subTest(path, library=library):
                    kind, body = form(*parts)
                    response = request(s, "POST", path, {
                        **kind, **headers, **ORIGIN}, body)
                    self.assertEqual(response.status, 200, response)
                    got = get_url(s, response.json()["url"],
                                  api_key(s.secret))
                    self.assertEqual(got.body, b"hello")

    def test_a_page_may_ask_for_a_part(self):
        asked = "range, if-range, if-none-match, if-modified-since"
        for dialect, url, _ in self.urls():
            response = self.preflight(url[len(self.server.url):], asked, "GET")
            self.assertLessEqual(
                names(asked), names(response["Access-Control-Allow-Headers"]),
                dialect)

    def test_what_is_no_list_of_names_is_not_given_back(self):
        for list_ in ("x-a,", ",", "x a", "x-a;b", "x-a: b", '"x-a"',
                      "x-a, (b)", "\xfc", "x" * 2049,
                      ",".join(["x-long-name"] * 300)):
            with self.subTest(list_[:20]):
                response = self.preflight("/stashfyle/v1/upload", list_)
                allowed = response["Access-Control-Allow-Headers"]
                self.assertIn("authorization", names(allowed))
                self.assertNotIn("x-long-name", allowed)
                self.assertLess(len(allowed), 500)
                self.assertNotRegex(allowed, "x-a|\xfc|;")
