# SPDX-License-Identifier: Apache-2.0
"""The log of a running server: what its lines have, and that nobody waits for
whoever reads them."""
import base64
import json
import os
import re
import signal
import unittest

from apis import (HOSTS, api_key, basic, bearer, filestack_store,
                  imagekit_upload, jigsawstack_upload, stashfyle_upload)
from harness import STOP_SECONDS, Server, WireTest, takes_long, wait_until
from rawhttp import Connection, build, request

DROPPED = re.compile(rb"\nstowage_log_dropped_lines_total (\d+)\n")
FIELDS = {"time": str, "level": str, "message": str, "method": str,
          "path": str, "status": int, "bytes": int, "duration_us": int,
          "dialect": str, "account": str, "request_id": str, "peer": str,
          "host": str}


class JsonTest(WireTest):
    options = {"log_format": "json"}

    def lines(self):
        """All of them, each a whole object of UTF-8."""
        with open(self.server.log_path, "rb") as f:
            raw = f.read()
        self.assertTrue(raw.endswith(b"\n") or not raw)
        return [json.loads(line.decode("utf-8")) for line in raw.splitlines()]

    def line_of(self, request_id):
        def found():
            return [line for line in self.lines()
                    if line.get("request_id") == request_id]
        self.assertTrue(wait_until(found), request_id)
        line, = found()
        return line

    def send(self, raw):
        with Connection(self.server) as connection:
            connection.send(raw)
            return connection.read()

    def test_a_request_has_fields(self):
        answers = {
            "imagekit": imagekit_upload(
                self.server, fileName="a.txt",
                headers={"X-Request-Id": "fields-imagekit"}),
            "filestack": filestack_store(
                self.server, b"x", headers={"X-Request-Id": "fields-filestack"}),
            "stashfyle": stashfyle_upload(
                self.server, headers={"X-Request-Id": "fields-stashfyle"}),
            "jigsawstack": jigsawstack_upload(
                self.server, headers={"X-Request-Id": "fields-jigsawstack"}),
        }
        for dialect, answer in answers.items():
            line = self.line_of("fields-" + dialect)
            self.assertEqual({k: type(v) for k, v in line.items()}, FIELDS)
            self.assertEqual(
                {k: line[k] for k in ("level", "method", "status", "bytes",
                                      "dialect", "account", "peer", "host")},
                {"level": "info", "method": "POST", "status": answer.status,
                 "bytes": len(answer.body), "dialect": dialect,
                 "account": self.server.account, "peer": "127.0.0.1",
                 "host": self.server.authority})
            self.assertEqual(
                line["message"],
                "POST {path} {status} {bytes}B {duration_us}us {dialect} "
                "{request_id} {peer}".format(**line))

    def test_a_stranger_has_no_account(self):
        request(self.server, "GET", "/v1/files",
                {**basic("sk_live_of_nobody"),
                 "X-Request-Id": "stranger-0001"})
        line = self.line_of("stranger-0001")
        self.assertEqual((line["status"], line["account"]), (403, "-"))

    def test_any_bytes_are_whole_utf8(self):
        heads = (b"GET /v1/\xff\xc3\x28\"\\\xe2\x80\xa8 HTTP/1.1\r\n",
                 b"GET /" + b"\xf0\x9f\x98\x80" * 1000 + b" HTTP/1.1\r\n",
                 b"GET /" + b"\"" * 4000 + b" HTTP/1.1\r\n",
                 b"!#$%&'*+-.^_`|~" * 9 + b" / HTTP/1.1\r\n",
                 b"\x00\x01\r\n", b"GET /\x1b[2J HTTP/1.1\r\n")
        before = len(self.lines())
        for head in heads:
            self.send(head + b"Host: \xff\"x\r\n\r\n")
            self.send(head + b"Host: y\r\n\r\n")
        self.assertTrue(wait_until(
            lambda: len(self.lines()) >= before + 2 * len(heads)))
        self.lines()

    def test_nothing_secret_is_logged(self):
        secret, public = self.server.secret, self.server.public
        pair = base64.b64encode(f"{secret}:".encode()).decode()
        coded = "".join(f"%{byte:02x}" for byte in secret.encode())
        targets = (f"/v1/files?token={secret}&signature=SIGNED&expire=1",
                   f"/{secret}/HANDLE", f"/{coded}/HANDLE",
                   f"/x/{public}", f"/v1/store/file/read/{secret}",
                   "/security=policy:SIGNED,signature:SIGNED/HANDLE",
                   "/secur%69ty=policy:SIGNED,signature:SIGNED/HANDLE",
                   "/Security=Policy:SIGNED,Signature:SIGNED/HANDLE",
                   "/security=policy:a/b,signature:SIGNED/HANDLE",
                   "/KEY/%62%364/SIGNED/x",
                   "/KEY/b64/ab+/SIGNED/x/flip/H", "/KEY/b64://ab/SIGNED",
                   f"/flip%2F{secret}%2FH", f"/flip/[H,{secret}]",
                   f"/flip/{secret}+a.png", f"/watermark=file:{secret}/H",
                   "/KEY/flip/https%3A%2F%2Fh%2Fa%3Fsignature%3DSIGNED",
                   "/KEY/watermark=file:%22https:%2F%2Fh%3Fs=SIGNED%22/H",
                   "/KEY/flip/https://name:SIGNED@h/a")
        headers = {**bearer(secret), "X-Request-Id": "secrets-0001",
                   "Referer": "http://x/?ik-s=SIGNED", "Cookie": "SIGNED",
                   "User-Agent": "SIGNED"}
        for target in targets:
            for host in (None, *(pair[1] for pair in HOSTS.values())):
                request(self.server, "GET", target,
                        {**headers, **({"Host": host} if host else {})})
        request(self.server, "GET", "/v1/files",
                {**api_key(secret), "X-Request-Id": "secrets-last"})
        self.line_of("secrets-last")
        with open(self.server.log_path, encoding="utf-8") as f:
            log = f.read()
        for word in (secret, public, pair, coded, "SIGNED"):
            self.assertFalse(word in log, word)


class Unread(Server):
    """Its stderr is a pipe, and nobody reads it."""
    reader = None

    def open_log(self):
        self.reader, writer = os.pipe()
        return os.fdopen(writer, "wb")

    def read(self):
        """Up to the end, which comes with the server's."""
        with os.fdopen(self.reader, "rb") as f:
            return f.read()

    def log(self):
        return "(a pipe)"


class UnreadTest(unittest.TestCase):
    def start(self, **options):
        server = Unread(**options)
        self.addCleanup(server.close)
        return server.start()

    def ask(self, server, times):
        """A long line for each; more than a pipe holds."""
        head = build("GET", "/nothing-" + "a" * 480, server.authority)
        with Connection(server) as connection:
            for _ in range(times // 50):
                connection.send(head * 50)
                for _ in range(50):
                    self.assertEqual(connection.read().status, 404)

    def dropped(self, server):
        body = request(server, "GET", "/metrics").body
        return int(DROPPED.search(body)[1])

    @takes_long
    def test_requests_are_answered_and_a_stop_is_obeyed(self):
        for form in ("text", "json"):
            with self.subTest(form):
                server = self.start(log_format=form)
                self.ask(server, 6000)
                self.assertEqual(
                    request(server, "GET", "/healthz").status, 200)
                self.assertGreater(self.dropped(server), 0)
                server.process.send_signal(signal.SIGHUP)
                server.process.send_signal(signal.SIGUSR1)
                server.stop()
                os.close(server.reader)

    def test_who_reads_again_is_told_how_much_is_missing(self):
        server = self.start(log_format="json")
        self.ask(server, 6000)
        dropped = self.dropped(server)
        server.process.send_signal(signal.SIGTERM)
        lines = [json.loads(line) for line in server.read().splitlines()]
        self.assertEqual(server.process.wait(STOP_SECONDS), 0)
        told = sum(line.get("dropped", 0) for line in lines)
        written = sum(line.get("path", "").startswith("/nothing")
                      for line in lines)
        self.assertGreaterEqual(told, dropped)
        # and a few lines of another kind: of the metrics, of the stop
        self.assertIn(written + told, range(6000, 6010))

    def test_without_a_reader_it_goes_on(self):
        server = self.start()
        os.close(server.reader)
        self.ask(server, 100)
        self.assertTrue(wait_until(lambda: self.dropped(server) >= 100))
        server.stop()

    def test_a_pipe_that_is_full_at_the_start_holds_nothing_up(self):
        server = Unread(banner="true")
        self.addCleanup(server.close)
        opened = server.open_log

        def filled():
            log = opened()
            os.set_blocking(log.fileno(), False)
            try:
                while True:
                    os.write(log.fileno(), b"x")
            except BlockingIOError:
                os.set_blocking(log.fileno(), True)
            return log

        server.open_log = filled
        server.start()
        self.ask(server, 100)
        server.stop()
        os.close(server.reader)


if __name__ == "__main__":
    unittest.main()
