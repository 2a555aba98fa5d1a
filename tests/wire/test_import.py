# SPDX-License-Identifier: Apache-2.0
"""Import by URL: which addresses are never asked, and what a source may do."""
import gzip
import json
import threading
import zlib

from apis import assert_refused, filestack_store, imagekit_upload, query
from harness import WireTest
from rawhttp import get_url, request

LIMIT = 300_000
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class ImportCase(WireTest):
    options = {"max_file_size": LIMIT, "inline_limit": "4k",
               "slow_workers": "2"}

    def imports(self, url):
        """The same URL through each call that imports."""
        s = self.server
        command = {"apikey": s.public, "sources": [url],
                   "tasks": [{"name": "store"}]}
        yield "imagekit", imagekit_upload(s, url, fileName="a")
        yield "filestack", filestack_store(
            s, (FORM, query("", url=url)[1:].encode()))
        yield "filestack", filestack_store(
            s, ({"Content-Type": "application/json"},
                json.dumps({"url": url}).encode()))
        yield "filestack", request(
            s, "POST", "/process", {"Content-Type": "application/json"},
            json.dumps(command).encode())

    def assert_not_imported(self, url, status=400, text=None):
        with self.subTest(url[:80]), self.nothing_left():
            for dialect, response in self.imports(url):
                if dialect == "imagekit" and not url.lower().startswith(
                        ("http://", "https://")):
                    # is base64 there, or not even that
                    self.assertNotIn(b"root:", response.body)
                    assert_refused(self, dialect, response, 400)
                    continue
                wanted = 400 if dialect == "imagekit" else status
                assert_refused(self, dialect, response, wanted, text)
                self.assertNotRegex(
                    response.body.decode(), r"127\.|169\.254|::|localhost",
                    "addresses of internal machines are not for clients")


class LateSourceTest(ImportCase):
    options = {**ImportCase.options, "fetch_head_timeout": "600ms",
               "fetch_timeout": "2s"}

    def test_a_source_that_never_answers_is_given_up(self):
        self.assert_not_imported(self.origin().hang("/"))

    def test_a_source_that_stops_halfway_is_given_up(self):
        origin = self.origin()

        def half(handler):
            handler.answer(200, {"Content-Length": "100000"}, b"x" * 50_000)

        origin.pages["/cut"] = half
        self.assert_not_imported(origin.url + "/cut")


class ImportTest(ImportCase):
    def test_imagekit_says_what_is_too_large_in_its_own_words(self):
        origin = self.origin()
        url = origin.add("/large", bytes(LIMIT + 1), "image/png")
        with self.nothing_left():
            response = imagekit_upload(self.server, url, fileName="a")
            assert_refused(self, "imagekit", response, 400,
                           "^Your request contains invalid file parameter. "
                           "The file size exceeds limits.$")

    def test_addresses_that_are_not_public_are_never_asked(self):
        inside = self.origin("127.0.0.1")
        inside.add("/x", b"inside", "text/plain")
        port = inside.url.rsplit(":", 1)[1]
        for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "localhost",
                     "2130706433", "0x7f.1", "127.1", "0.0.0.0", "[::1]",
                     "127.0.0.1."):
            self.assert_not_imported(f"http://{host}:{port}/x")
        for url in ("http://169.254.169.254/latest/meta-data/",
                    "http://10.0.0.1/", "http://[fe80::1]/",
                    "http://[64:ff9b::7f00:1]/", "http://192.168.0.1:1/"):
            self.assert_not_imported(url)
        self.assertEqual(inside.seen, [])

    def test_redirects_are_judged_anew(self):
        inside = self.origin("127.0.0.1")
        secret = inside.add("/x", b"inside", "text/plain")
        origin = self.origin()
        for status in (301, 302, 303, 307, 308):
            self.assert_not_imported(
                origin.redirect(f"/{status}", secret, status))
        self.assert_not_imported(origin.redirect(
            "/meta", "http://169.254.169.254/latest/meta-data/"))
        self.assert_not_imported(origin.redirect(
            "/file", "file:///etc/passwd"))
        self.assert_not_imported(origin.redirect("/loop", "/loop"))
        self.assert_not_imported(origin.redirect("/gopher", "gopher://x/"))
        self.assertEqual(inside.seen, [])

    def test_urls_that_are_no_http_are_refused(self):
        for url in ("file:///etc/passwd", "ftp://127.0.0.2/x",
                    "gopher://127.0.0.2/x", "http://", "http:///x",
                    "http://user:password@127.0.0.2/x",
                    "http://127.0.0.2:99999/", "http://a b/", "https://",
                    "http://" + "a" * 9000):
            self.assert_not_imported(url)

    def test_answers_that_are_not_200_are_no_file(self):
        origin = self.origin()
        for status in (404, 500, 204, 206, 401):
            self.assert_not_imported(origin.add(
                f"/{status}", b"" if status == 204 else b"error page",
                status=status))

    def test_a_source_over_the_limit_is_refused(self):
        origin = self.origin()
        fits = origin.add("/fits", b"x" * LIMIT, "text/plain")
        self.assert_not_imported(
            origin.add("/over", b"x" * (LIMIT + 1), "text/plain"), 413)
        for dialect, response in self.imports(fits):
            with self.subTest(dialect):
                self.assertEqual(response.status, 200, response)

    def test_a_coded_source_is_decoded_or_refused(self):
        origin = self.origin()
        plain = b"\x89PNG\r\n\x1a\n" + bytes(20_000)
        for coding, body in (("gzip", gzip.compress(plain)),
                             ("x-gzip", gzip.compress(plain)),
                             ("identity", plain), ("", plain), (" ,", plain),
                             ("deflate", zlib.compress(plain)),
                             ("Deflate", zlib.compress(plain)[2:-4])):
            url = self.coded(origin, coding, body)
            for dialect, response in self.imports(url):
                with self.subTest(coding, dialect=dialect):
                    self.assertEqual(response.status, 200, response)
                    self.assertEqual(response.json()["size"], len(plain))
                    read = get_url(self.server, response.json()["url"])
                    self.assertEqual(read.body, plain)
                    self.assertEqual(read["Content-Type"], "image/png")
                    self.assertIsNone(read["Content-Encoding"])
        self.assertEqual({sent["Accept-Encoding"] for sent in origin.headers},
                         {"identity"})
        packed = gzip.compress(plain)
        for coding, body in (("br", b"x"), ("zstd", b"x"), ("gzip, gzip",
                             gzip.compress(packed)), ("compress", b"x"),
                             ("gzip", packed[:-1]), ("gzip", plain),
                             ("gzip", packed[:-8] + bytes(8)),
                             ("deflate", packed), ("deflate", b"x")):
            self.assert_not_imported(self.coded(origin, coding, body),
                                     text="neither gzip|end early|are not")

    def test_the_limit_counts_what_is_decoded(self):
        origin = self.origin()
        for dialect, response in self.imports(self.coded(
                origin, "gzip", gzip.compress(bytes(LIMIT)))):
            with self.subTest(dialect):
                self.assertEqual(response.status, 200, response)
        # ten thousand times as much, were it not stopped
        for body in (gzip.compress(bytes(LIMIT + 1)),
                     gzip.compress(bytes(50_000_000)),
                     gzip.compress(bytes(LIMIT)) * 2):
            self.assert_not_imported(self.coded(origin, "gzip", body), 413,
                                     "exceed")

    def test_a_gzip_file_that_is_labelled_as_coded_is_the_file(self):
        origin = self.origin()
        packed = gzip.compress(b"x" * 1000)
        for kind in ("application/gzip", "application/x-gzip"):
            url = self.coded(origin, "x-gzip", packed, kind)
            for dialect, response in self.imports(url):
                with self.subTest(dialect, kind=kind):
                    self.assertEqual(response.json()["size"], len(packed))

    def coded(self, origin, coding, body, kind="image/png"):
        """The URL of such an answer."""
        path = f"/{len(origin.pages)}"
        origin.pages[path] = lambda handler: handler.answer(
            200, {"Content-Type": kind, "Content-Encoding": coding,
                  "Content-Length": str(len(body))}, body)
        return origin.url + path

    def test_a_slow_source_does_not_hold_up_others(self):
        origin = self.origin()
        url, answers = origin.hang("/"), []

        def ask():
            answers.append(imagekit_upload(self.server, url, fileName="a"))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        response = imagekit_upload(self.server, (b"x", "x"), fileName="quick")
        self.assertEqual(response.status, 200, response)
        origin.ended.set()
        for thread in threads:
            thread.join()
        for answer in answers:
            # 400 cut, 503 when two are being waited for already
            assert_refused(self, "imagekit", answer)
            self.assertIn(answer.status, (400, 503))

    def test_nothing_of_ours_is_sent_along(self):
        origin = self.origin()
        imagekit_upload(self.server, origin.add("/h", b"x"), fileName="a")
        sent = {name.lower(): value
                for name, value in origin.headers[0].items()}
        self.assertFalse({"authorization", "cookie", "referer", "x-api-key",
                          "x-request-id"} & set(sent), sent)
        self.assertNotIn(self.server.secret, str(sent))
