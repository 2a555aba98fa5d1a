# SPDX-License-Identifier: Apache-2.0
"""Requests that are no HTTP, or mean two things: refused, and the connection
closed."""
import contextlib

import samples
from apis import assert_file, assert_refused
from httpcase import DATA, PATH, HttpTest
from rawhttp import Connection

# Name, lines of the head, body, statuses.
SMUGGLED = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
STRICT = (
    ("length and coding", ["Content-Length: 5", "Transfer-Encoding: chunked"],
     "0\r\n\r\n" + SMUGGLED, {400}),
    ("coding and length", ["Transfer-Encoding: chunked", "Content-Length: 5"],
     "0\r\n\r\n" + SMUGGLED, {400}),
    ("coding xchunked", ["Transfer-Encoding: xchunked"], "0\r\n\r\n",
     {400, 501}),
    ("coding gzip, chunked", ["Transfer-Encoding: gzip, chunked"],
     "0\r\n\r\n", {400, 501}),
    ("coding identity", ["Transfer-Encoding: identity"], "", {400, 501}),
    ("coding twice", ["Transfer-Encoding: chunked",
                      "Transfer-Encoding: chunked"], "0\r\n\r\n", {400, 501}),
    ("empty coding", ["Transfer-Encoding:"], "", {400, 501}),
    ("two lengths", ["Content-Length: 5", "Content-Length: 6"], "helloX",
     {400}),
    ("two equal lengths", ["Content-Length: 5", "Content-Length: 5"], "hello",
     {400}),
    ("a list of lengths", ["Content-Length: 5, 5"], "hello", {400}),
    ("length +5", ["Content-Length: +5"], "hello", {400}),
    ("length -1", ["Content-Length: -1"], "", {400}),
    ("length 0x5", ["Content-Length: 0x5"], "hello", {400}),
    ("length 5 5", ["Content-Length: 5 5"], "hello", {400}),
    ("empty length", ["Content-Length:"], "", {400}),
    ("endless length", ["Content-Length: " + "9" * 20], "", {400, 413}),
    ("blank before colon", ["Content-Length : 5"], "hello", {400}),
    ("blank before name", [" X-A: b"], "", {400}),
    ("folded line", ["X-A: b", "\tc"], "", {400}),
    ("folded coding", ["Transfer-Encoding:", " chunked"], "0\r\n\r\n", {400}),
    ("no colon", ["X-A b"], "", {400}),
    ("no name", [": b"], "", {400}),
    ("a name with a blank", ["X A: b"], "", {400}),
    ("a name with a parenthesis", ["X(A: b"], "", {400}),
    ("NUL in a value", ["X-A: b\0c"], "", {400}),
    ("CR in a value", ["X-A: b\rc"], "", {400}),
    ("a control character in a value", ["X-A: b\x01c"], "", {400}),
    ("two Hosts", ["Host: other"], "", {400}),
    ("101 fields", ["X: y"] * 101, "", {400, 431}),
    ("64 KiB of fields", ["X-A: " + "b" * 65536], "", {431}),
)
# whole requests; %s is the authority
STRICT_LINES = (
    ("lower case version", "GET /x http/1.1\r\nHost: %s\r\n\r\n", {400}),
    ("version 2.0", "GET /x HTTP/2.0\r\nHost: %s\r\n\r\n", {400, 505}),
    ("version 1.2", "GET /x HTTP/1.2\r\nHost: %s\r\n\r\n", {400, 505}),
    ("version 1.10", "GET /x HTTP/1.10\r\nHost: %s\r\n\r\n", {400, 505}),
    ("no version", "GET /x\r\nHost: %s\r\n\r\n", {400}),
    ("blank in the target", "GET /a b HTTP/1.1\r\nHost: %s\r\n\r\n", {400}),
    ("two blanks", "GET  /x HTTP/1.1\r\nHost: %s\r\n\r\n", {400}),
    ("blank at the end", "GET /x HTTP/1.1 \r\nHost: %s\r\n\r\n", {400}),
    ("tab", "GET\t/x\tHTTP/1.1\r\nHost: %s\r\n\r\n", {400}),
    ("no method", " /x HTTP/1.1\r\nHost: %s\r\n\r\n", {400}),
    ("a method that is none", "G(T /x HTTP/1.1\r\nHost: %s\r\n\r\n", {400}),
    ("a target without slash", "GET x HTTP/1.1\r\nHost: %s\r\n\r\n", {400}),
    ("NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: %s\r\n\r\n", {400}),
    ("no Host", "GET /x HTTP/1.1\r\nX-Y: %s\r\n\r\n", {400}),
    ("a Host that is none", "GET /x HTTP/1.1\r\nHost: a b/%s\r\n\r\n", {400}),
    ("bare LF", "GET /x HTTP/1.1\nHost: %s\n\n", {400}),
    ("one bare LF", "GET /x HTTP/1.1\r\nHost: %s\nX: y\r\n\r\n", {400}),
    ("bare CR", "GET /x HTTP/1.1\rHost: %s\r\n\r\n", {400}),
    ("a long target", "GET /" + "x" * 9000 + " HTTP/1.1\r\nHost: %s\r\n\r\n",
     {414}),
    ("an endless target", "GET /" + "x" * 70_000 +
     " HTTP/1.1\r\nHost: %s\r\n\r\n", {414, 431}),
    ("CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: %s\r\n\r\n", {400, 405}),
    ("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03%s\r\n\r\n", {400}),
    ("chunked in 1.0", "POST /x HTTP/1.0\r\nHost: %s\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400, 501}),
)


class StrictnessTest(HttpTest):
    def probe(self, data, statuses):
        """One answer of these, in a dialect's words, and then the end: what
        was behind it is not taken for a request."""
        with Connection(self.server) as connection:
            connection.send(data)
            response = connection.read()
            self.assertIn(response.status, statuses, response)
            dialect = "jigsawstack" if response["x-jigsaw-log-id"] \
                else "filestack"
            assert_refused(self, dialect, response)
            self.assertEqual(response["Connection"], "close", response)
            connection.end()
            self.assertTrue(connection.at_end(), connection.buffer)

    def test_ambiguous_fields_are_refused_and_the_connection_closed(self):
        for name, lines, body, statuses in STRICT:
            with self.subTest(name):
                self.probe(self.head("POST", "/v1/store/file?key=strict",
                                     *lines) + body.encode("latin-1"),
                           statuses)

    def test_malformed_lines_are_refused_and_the_connection_closed(self):
        for name, text, statuses in STRICT_LINES:
            with self.subTest(name):
                self.probe((text % self.server.authority).encode("latin-1"),
                           statuses)

    def test_odd_but_legal_requests_are_taken(self):
        for name, lines in (
                ("blanks around a value", ["X-A: \t b \t"]),
                ("an empty value", ["X-A:"]),
                ("bytes over 127", ["X-A: \xfc\xff"]),
                ("100 fields", ["X: y"] * 97),
                ("15 KiB of fields", ["X-A: " + "b" * 15_000]),
                ("any name", ["!#$%&'*+-.^_`|~09aZ: b"]),
                ("upper case", ["CONNECTION: KEEP-ALIVE"])):
            with self.subTest(name), Connection(self.server) as connection:
                connection.send(b"\r\n" + self.head("GET", PATH + "small",
                                                    *lines))
                assert_file(self, connection.read(), DATA)

    def test_random_bytes_never_get_anything_but_an_answer_or_the_end(self):
        for seed in range(60):
            noise = samples.noise(200 + seed * 40, seed)
            with Connection(self.server) as connection:
                with contextlib.suppress(ConnectionError):
                    connection.send(noise)
                    connection.end()
                with contextlib.suppress(AssertionError):
                    self.assertGreaterEqual(connection.read().status, 400)
        assert_file(self, self.get("small"), DATA)
