# SPDX-License-Identifier: Apache-2.0
"""What a load has taken is given back when it is over, and what waits holds
little."""
import re

from apis import api_key, metric
from harness import WireTest, takes_long, wait_until
from rawhttp import build
from upstreams import JSON, Service

CLIENTS = 250
RECEIVED = "stowage_http_received_bytes_total"
BODY = b"x" * 60_000        # below the inline limit: it stays in memory


class MemoryCase(WireTest):
    def private(self):
        """KiB that belong to the process alone and to no file."""
        with open(f"/proc/{self.server.process.pid}/smaps_rollup") as f:
            return int(re.search(r"(?m)^Anonymous: +(\d+)", f.read())[1])

    def is_sanitized(self):
        with open(f"/proc/{self.server.process.pid}/maps") as f:
            return "libasan" in f.read()


class LoadTest(MemoryCase):
    options = {"log_level": "debug"}

    def given_back(self):
        with open(self.server.log_path, encoding="utf-8") as log:
            return log.read().count("memory: gave back")

    def wave(self):
        """Many uploads at once; how much memory that took."""
        clients = [self.server.connect() for _ in range(CLIENTS)]
        given = self.given_back()
        before = metric(self.server, RECEIVED)
        for client in clients:
            self.addCleanup(client.close)
            # a type that nobody has to look for
            client.sendall(build(
                "POST", f"/v1/store/file?key={id(client)}.mp4&overwrite=true",
                self.server.authority, {**api_key(self.server.secret),
                                        "Content-Type": "video/mp4"},
                BODY)[:-1])
        self.assertTrue(wait_until(
            lambda: metric(self.server, RECEIVED) - before
            > CLIENTS * len(BODY)))
        most = self.private()
        for client in clients:
            client.sendall(b"x")
        for client in clients:
            self.assertIn(b" 200 ", client.recv(64))
            client.close()
        self.assertTrue(wait_until(
            lambda: self.given_back() > given))
        return most

    @takes_long
    def test_memory_goes_back_after_many_uploads_at_once(self):
        self.wave()     # the database has filled its caches then
        before = self.private()
        most = self.wave()
        if not self.is_sanitized():     # which has a malloc of its own
            self.assertTrue(wait_until(
                lambda: self.private() - before < (most - before) / 2),
                (before, most, self.private()))


class WaitingTest(MemoryCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service()
        cls.addClassCleanup(cls.service.close)
        cls.service.hang()
        cls.options = {"jigsawstack_upstream": cls.service.url}
        super().setUpClass()

    def begin(self, body):
        client = self.server.connect()
        self.addCleanup(client.close)
        client.sendall(build(
            "POST", "/v1/ai/summary", self.server.authority,
            {**api_key(self.server.secret), **JSON}, body))

    @takes_long
    def test_calls_that_wait_for_another_server_hold_no_values(self):
        # as values 13 MiB, which is as much as a text may cost
        body = b'{"text":[' + b",".join([b"{}"] * 30_000) + b"]}"
        n = 40
        self.begin(b'{"text":"x"}')
        self.assertTrue(wait_until(lambda: self.service.calls))
        before = self.private()
        received = metric(self.server, RECEIVED)
        for _ in range(n):
            self.begin(body)
        self.assertTrue(wait_until(
            lambda: metric(self.server, RECEIVED) - received > n * len(body)
            and metric(self.server, "stowage_workers_busy") == 0))
        if not self.is_sanitized():     # which has a malloc of its own
            self.assertTrue(wait_until(
                lambda: self.private() - before < n * 2048),
                (before, self.private()))
