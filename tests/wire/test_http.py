# SPDX-License-Identifier: Apache-2.0
"""The transport from outside: framing, order, early answers, conditions and
ranges."""
import contextlib
import email.utils

from apis import assert_file, assert_refused
from httpcase import BIG, DATA, PATH, HttpTest
from rawhttp import Connection, chunked


class FramingTest(HttpTest):
    def test_a_connection_is_used_again_and_again(self):
        with Connection(self.server) as connection:
            for i in range(50):
                connection.send(self.head())
                assert_file(self, connection.read(), DATA)
                data = b"%d" % i * 1000
                connection.send(self.upload(
                    "again", data, f"Content-Length: {len(data)}"))
                self.assertEqual(connection.read().status, 200)

    def test_pipelined_requests_are_answered_in_order(self):
        wanted = []
        sent = b""
        for i in range(10):
            if i % 3 == 1:
                data = b"%d" % i * 5000
                sent += self.upload(f"pipe{i}", data,
                                    f"Content-Length: {len(data)}")
                wanted.append(("POST", 200, f"pipe{i}".encode()))
            elif i % 3 == 2:
                sent += self.head("HEAD")
                wanted.append(("HEAD", 200, b""))
            else:
                sent += self.head(target=PATH + ("big" if i % 2 else "small"))
                wanted.append(("GET", 200, BIG if i % 2 else DATA))
        with Connection(self.server) as connection:
            connection.send(sent)
            for i, (method, status, body) in enumerate(wanted):
                response = connection.read(method)
                self.assertEqual(response.status, status, (i, response))
                if method == "POST":
                    self.assertIn(body, response.body)
                else:
                    self.assertTrue(response.body == body, i)

    def test_a_head_may_come_byte_by_byte(self):
        with Connection(self.server) as connection:
            for byte in self.head():
                connection.send(bytes([byte]))
            assert_file(self, connection.read(), DATA)

    def test_chunks_extensions_and_trailers_are_taken(self):
        for name, body in (
                ("one", chunked(b"hello world")),
                ("bytes", chunked(*[bytes([b]) for b in b"hello world"])),
                ("extension", b"b;a=b;c\r\nhello world\r\n0;x\r\n\r\n"),
                ("upper case", b"0B\r\nhello world\r\n000\r\n\r\n"),
                ("trailer", b"b\r\nhello world\r\n0\r\nX-A: b\r\nC: d\r\n"
                 b"\r\n")):
            for step in (len(body), 1):
                with self.subTest(name, step=step):
                    with Connection(self.server) as connection:
                        connection.send(self.upload(
                            "chunks", b"", "Transfer-Encoding: chunked"))
                        for i in range(0, len(body), step):
                            connection.send(body[i:i + step])
                        response = connection.read()
                        self.assertEqual(response.status, 200, response)
                        self.assertEqual(response.json()["size"], 11)
                        connection.send(self.head(target=PATH + "chunks"))
                        assert_file(self, connection.read(), b"hello world")

    def test_head_says_what_get_would_send(self):
        for key in ("small", "big", "empty"):
            with Connection(self.server) as connection:
                connection.send(self.head("HEAD", PATH + key) +
                                self.head("GET", PATH + key))
                head, get = connection.read("HEAD"), connection.read()
                for name in ("Content-Length", "Content-Type", "ETag",
                             "Last-Modified", "Accept-Ranges"):
                    self.assertEqual(head[name], get[name])
                self.assertEqual(head["Content-Length"], str(len(get.body)))

    def test_absolute_targets_and_leading_slashes_reach_the_same(self):
        for target in (f"http://{self.server.authority}{PATH}small",
                       "http://api.jigsawstack.com" + PATH + "small",
                       "/" + PATH + "small", "///" + PATH + "small"):
            with self.subTest(target), Connection(self.server) as connection:
                connection.send(self.head(target=target))
                assert_file(self, connection.read(), DATA)

    def test_an_absolute_targets_host_beats_the_host_field(self):
        with Connection(self.server) as connection:
            connection.send(self.head(
                target="http://api.stashfyle.com/v1/files/none"))
            assert_refused(self, "stashfyle", connection.read(), 401)

    def test_http_1_0_is_answered_and_closed_unless_kept_alive(self):
        with Connection(self.server) as connection:
            connection.send(self.head(version="1.0"))
            assert_file(self, connection.read(), DATA)
            self.assertTrue(connection.at_end())
        with Connection(self.server) as connection:
            for _ in range(2):
                connection.send(self.head("GET", PATH + "small",
                                          "Connection: keep-alive",
                                          version="1.0"))
                response = connection.read()
                assert_file(self, response, DATA)
                self.assertEqual(response["Connection"], "keep-alive")

    def test_close_is_done_as_asked(self):
        with Connection(self.server) as connection:
            connection.send(self.head("GET", PATH + "big",
                                      "Connection: close"))
            response = connection.read()
            assert_file(self, response, BIG)
            self.assertEqual(response["Connection"], "close")
            self.assertTrue(connection.at_end())

    def test_a_half_closed_client_gets_its_answer(self):
        body = b"y" * 100_000
        for sent, wanted in (
                (self.head(), DATA), (self.head(target=PATH + "big"), BIG),
                (self.upload("half", body, f"Content-Length: {len(body)}"),
                 None)):
            with Connection(self.server) as connection:
                connection.send(sent)
                connection.end()
                response = connection.read()
                self.assertEqual(response.status, 200, response)
                if wanted:
                    assert_file(self, response, wanted)
                self.assertTrue(connection.at_end())

    def test_100_continue_is_sent_to_what_will_be_accepted(self):
        with Connection(self.server) as connection:
            connection.send(self.upload("expect", b"", "Content-Length: 5",
                                        "Expect: 100-continue"))
            self.assertEqual(connection.read_head().status, 100)
            connection.send(b"hello")
            response = connection.read()
            self.assertEqual((response.status, response.json()["size"]),
                             (200, 5))

    def test_a_client_that_does_not_wait_needs_no_100(self):
        with Connection(self.server) as connection:
            connection.send(self.upload("expect", b"hello",
                                        "Content-Length: 5",
                                        "Expect: 100-continue"))
            response = connection.read_head()
            if response.status == 100:
                response = connection.read_head()
            self.assertEqual(response.status, 200)

    def test_what_is_refused_early_gets_no_100(self):
        with Connection(self.server) as connection:
            connection.send(self.head(
                "POST", "/v1/store/file", "x-api-key: twice",
                "Content-Length: 5", "Expect: 100-continue").replace(
                    self.server.secret.encode(), b"wrong"))
            response = connection.read()
            assert_refused(self, "jigsawstack", response, 401)
            self.assertTrue(connection.at_end())

    def test_413_is_read_by_a_client_that_is_still_sending(self):
        size = 150 * 1024 * 1024
        block = b"x" * (1 << 18)
        for attempt in range(10):
            with self.subTest(attempt), Connection(self.server) as connection:
                connection.send(self.upload("much", b"",
                                            f"Content-Length: {size}"))
                with contextlib.suppress(ConnectionError):
                    for _ in range(16 if attempt % 2 else 80):
                        connection.send(block)
                assert_refused(self, "jigsawstack", connection.read(), 413)

    def test_what_follows_a_small_refused_body_is_still_understood(self):
        body = b"z" * 1000
        with Connection(self.server) as connection:
            connection.send(self.head(
                "POST", "/nowhere/at/all", "Content-Length: 1000") + body +
                self.head())
            self.assertEqual(connection.read().status, 404)
            assert_file(self, connection.read(), DATA)


class ConditionalTest(HttpTest):
    def test_ranges(self):
        size = len(DATA)
        for value, first, last in (
                ("bytes=0-0", 0, 0), ("bytes=1-9", 1, 9),
                (f"bytes={size - 1}-", size - 1, size - 1),
                ("bytes=100-99999999", 100, size - 1),
                ("bytes=-5", size - 5, size - 1),
                ("bytes=-99999999", 0, size - 1)):
            for key, data in (("small", DATA), ("big", BIG)):
                if data is BIG and last == size - 1:
                    continue
                with self.subTest(value, key=key):
                    response = self.get(key, {"Range": value})
                    self.assertEqual(response.status, 206, response)
                    self.assertEqual(response.body, data[first:last + 1])
                    self.assertEqual(response["Content-Range"],
                                     f"bytes {first}-{last}/{len(data)}")

    def test_ranges_that_cannot_be(self):
        size = len(DATA)
        for value in (f"bytes={size}-", "bytes=-0",
                      f"bytes={size + 5}-{size + 9}"):
            with self.subTest(value):
                response = self.get("small", {"Range": value})
                self.assertEqual(response.status, 416, response)
                self.assertEqual(response["Content-Range"], f"bytes */{size}")
        for value in ("bytes=5-1", "bytes=a-b", "bytes=", "lines=1-2",
                      "bytes=0-1,3-4", "bytes 0-1", "bytes=1-2-3",
                      "bytes=" + "9" * 30 + "-"):
            with self.subTest(value):
                response = self.get("small", {"Range": value})
                self.assertIn(response.status, (200, 416), response)
                if response.status == 200:
                    self.assertEqual(response.body, DATA)
        self.assertEqual(self.get("empty", {"Range": "bytes=0-"}).status, 416)

    def test_conditions(self):
        plain = self.get("small")
        etag, modified = plain["ETag"], plain["Last-Modified"]
        seconds = email.utils.parsedate_to_datetime(modified).timestamp()

        def date(offset):
            return email.utils.formatdate(seconds + offset, usegmt=True)

        for headers, status in (
                ({"If-None-Match": etag}, 304),
                ({"If-None-Match": "W/" + etag}, 304),
                ({"If-None-Match": '"x", ' + etag}, 304),
                ({"If-None-Match": "*"}, 304),
                ({"If-None-Match": '"x"'}, 200),
                ({"If-Modified-Since": modified}, 304),
                ({"If-Modified-Since": date(3600)}, 304),
                ({"If-Modified-Since": date(-1)}, 200),
                ({"If-Modified-Since": "yesterday"}, 200),
                ({"If-None-Match": '"x"', "If-Modified-Since": modified},
                 200),
                ({"If-Match": etag}, 200), ({"If-Match": "*"}, 200),
                ({"If-Match": '"x"'}, 412),
                ({"If-Match": "W/" + etag}, 412),
                ({"If-Unmodified-Since": modified}, 200),
                ({"If-Unmodified-Since": date(-1)}, 412),
                ({"Range": "bytes=0-1", "If-Range": etag}, 206),
                ({"Range": "bytes=0-1", "If-Range": '"x"'}, 200),
                ({"Range": "bytes=0-1", "If-Range": "W/" + etag}, 200),
                ({"Range": "bytes=0-1", "If-None-Match": etag}, 304)):
            for method in ("GET", "HEAD"):
                with self.subTest(str(headers), method=method):
                    response = self.get("small", headers, method)
                    if method == "HEAD" and status == 206:
                        self.assertIn(response.status, (200, 206))
                        continue
                    self.assertEqual(response.status, status, response)
                    if status == 304:
                        self.assertEqual(response["ETag"], etag)
                    if status == 200 and method == "GET":
                        self.assertEqual(response.body, DATA)

    def test_a_changed_file_has_another_etag(self):
        old = self.get("small")["ETag"]
        self.assertEqual(self.get("small")["ETag"], old)
        with Connection(self.server) as connection:
            for data in (b"one", b"two"):
                connection.send(self.upload("etag", data,
                                            "Content-Length: 3"))
                connection.read()
                connection.send(self.head(target=PATH + "etag"))
                new = connection.read()["ETag"]
                self.assertNotEqual(new, old)
                old = new
