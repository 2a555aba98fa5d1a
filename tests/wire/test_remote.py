# SPDX-License-Identifier: Apache-2.0
"""Pictures of files of other hosts: when those are asked, for how long what
they said counts, and what a hostile one may do."""
import socket
import threading

from filestack_cdn import CdnTest
from harness import Server, wait_until
from rawhttp import build, request


class UrlTest(CdnTest):
    def of(self, url, tasks="resize=width:32", **options):
        key = options.pop("key", self.server.public)
        return request(self.server, "GET", f"/{key}/{tasks}/{url}", **options)

    def raw(self, origin, path, send):
        origin.pages[path] = send
        return origin.url + path


class LeavingTest(UrlTest):
    """Origins that would take a minute."""
    options = {"fetch_head_timeout": "60s", "fetch_timeout": "60s"}

    def assert_given_up(self, leave):
        """When the client does that, its origin is left as well."""
        origin, given_up = self.origin(), threading.Event()

        def hang(handler):
            if handler.connection.recv(1) == b"":
                given_up.set()

        url = self.raw(origin, "/hangs", hang)
        host, port = self.server.authority.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(build(
                "GET", f"/{self.server.public}/flip/{url}",
                self.server.authority))
            leave(connection, lambda: wait_until(lambda: origin.seen))
            self.assertTrue(wait_until(given_up.is_set, 30))

    def test_a_fetch_ends_when_its_client_has_gone(self):
        def close(connection, asked):
            self.assertTrue(asked())
            connection.close()

        self.assert_given_up(close)

    def test_one_that_had_gone_before_it_began_too(self):
        def end(connection, asked):
            connection.shutdown(socket.SHUT_WR)
            self.assertTrue(asked())

        for _ in range(2):
            self.assert_given_up(end)

    def test_a_stop_waits_for_no_origin(self):
        origin = self.origin()
        url = origin.hang("/hangs")
        with Server(drain_timeout="500ms") as server:
            answers = []
            thread = threading.Thread(target=lambda: answers.append(request(
                server, "GET", f"/{server.public}/flip/{url}", timeout=60)))
            thread.start()
            self.assertTrue(wait_until(lambda: origin.seen))
            server.stop()
            thread.join()
            self.assert_said(answers[0], 400)
