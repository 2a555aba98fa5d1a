# SPDX-License-Identifier: Apache-2.0
"""The transport over time: time-outs, slow clients, caps, the end of the
server, and what watches it."""
import base64
import contextlib
import re
import resource
import signal
import socket
import threading
import time

import samples
from apis import api_key, assert_file, assert_refused, metric
from harness import Server, WireTest, takes_long, wait_until
from httpcase import BIG, DATA, PATH, HttpTest
from rawhttp import Connection, build, form, request


def reports(server, *patterns):
    """Waits: on SIGUSR1 it says all of that."""
    def reported():
        server.process.send_signal(signal.SIGUSR1)
        return all(re.search(pattern, server.log()) for pattern in patterns)
    return wait_until(reported)


class ReportTest(HttpTest):
    options = {"loops": 1}

    def test_sigusr1_says_what_connections_and_workers_are_doing(self):
        lines = (r"loop 0: 3 connections, 1 idle \(\d+ s\), "
                 r"1 head \(\d+ s\), 1 body \(\d+ s\)\n",
                 r"workers: 0 queued, 0 busy \(0 of them heavy, 0 slow\), \d+ idle\n")
        with Connection(self.server) as idle, \
                Connection(self.server) as head, \
                Connection(self.server) as body:
            idle.send(self.head())
            assert_file(self, idle.read(), DATA)
            head.send(b"GET / HTTP/1.1\r\nHost: x")
            body.send(self.head("POST", "/v1/store/file",
                                "Content-Length: 100") + b"ab")
            self.assertTrue(reports(self.server, *lines), self.server.log())
            idle.send(self.head())
            assert_file(self, idle.read(), DATA)


class TimeTest(HttpTest):
    """Long enough that a busy machine does not meet them by itself."""
    options = {"head_timeout": "2s", "idle_timeout": "1s",
               "body_timeout": "2s", "min_body_rate": "1k",
               "send_timeout": "2s"}

    def assert_ended(self, connection, began, least):
        """Once the time has passed, and by no other."""
        self.assertTrue(connection.at_end())
        took = time.monotonic() - began
        self.assertGreaterEqual(took, least)
        self.assertLess(took, 20)

    def test_a_silent_connection_is_closed(self):
        began = time.monotonic()
        with Connection(self.server) as connection:
            self.assert_ended(connection, began, 1.9)

    def test_an_idle_connection_is_closed_after_its_time(self):
        with Connection(self.server) as connection:
            began = time.monotonic()
            connection.send(self.head())
            assert_file(self, connection.read(), DATA)
            self.assert_ended(connection, began, 0.9)

    def test_a_trickling_head_is_told_408(self):
        with Connection(self.server) as connection:
            stop = threading.Event()

            def trickle():
                with contextlib.suppress(OSError):
                    connection.send(b"GET /v1/store/file/read/x HTTP/1.1\r\n")
                    while not stop.wait(0.05):
                        connection.send(b"X: y\r\n")

            thread = threading.Thread(target=trickle)
            thread.start()
            try:
                response = connection.read()
            finally:
                stop.set()
                thread.join()
            assert_refused(self, "jigsawstack", response, 408)

    @takes_long
    def test_each_head_has_its_own_time(self):
        """Also when the next one has begun before the last was whole."""
        head = self.head()
        with Connection(self.server) as connection:
            connection.send(head[:5])
            for _ in range(5):
                time.sleep(0.5)
                connection.send(head[5:] + head[:5])
                assert_file(self, connection.read(), DATA)

    def test_a_body_below_the_rate_is_told_408(self):
        for pause, piece in ((None, b""), (0.05, b"x")):
            with self.subTest(piece), self.nothing_left(), \
                    Connection(self.server) as connection:
                connection.send(self.upload("slow", b"x",
                                            "Content-Length: 100000"))
                stop = threading.Event()

                def trickle():
                    with contextlib.suppress(OSError):
                        while not stop.wait(pause):
                            connection.send(piece)

                if pause:
                    thread = threading.Thread(target=trickle)
                    thread.start()
                try:
                    response = connection.read()
                finally:
                    stop.set()
                    if pause:
                        thread.join()
                assert_refused(self, "jigsawstack", response, 408)

    @takes_long
    def test_a_body_above_the_rate_may_take_its_time(self):
        piece = b"y" * 2000
        with Connection(self.server) as connection:
            connection.send(self.upload(
                "steady", b"", f"Content-Length: {len(piece) * 25}"))
            for _ in range(25):
                connection.send(piece)
                time.sleep(0.1)
            self.assertEqual(connection.read().status, 200)

    def test_a_client_that_takes_nothing_is_dropped(self):
        def others():
            """Connections besides that which asks."""
            return metric(self.server, "stowage_connections_open") - 1

        self.assertTrue(wait_until(lambda: others() == 0))
        with Connection(self.server) as connection:
            for _ in range(6):
                connection.send(self.head(target=PATH + "big"))
            self.assertTrue(wait_until(lambda: others() == 1))
            self.assertTrue(wait_until(lambda: others() == 0))

    @takes_long
    def test_a_slow_reader_gets_everything(self):
        with Connection(self.server) as connection:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                         200_000)
            connection.send(self.head(target=PATH + "big"))
            got = b""
            while not got.endswith(BIG[-32:]):
                piece = connection.socket.recv(250_000)
                self.assertTrue(piece, len(got))
                got += piece
                time.sleep(0.25)
            self.assertTrue(got.endswith(b"\r\n\r\n" + BIG))


class LateHeadTest(HttpTest):
    options = {"head_timeout": "2s", "loops": 1}

    def test_a_late_head_is_answered_for_itself_alone(self):
        """Requests that others made meanwhile must not show in it."""
        with Connection(self.server) as late:
            late.send(b"GET /v1/store/file/read/x HTTP/1.1\r\nX: ")
            mark = "someone-elses-id"
            for _ in range(20):
                request(self.server, "GET", "/default/other",
                        {"X-Request-Id": mark})
            response = late.read()
        assert_refused(self, "jigsawstack", response, 408)
        self.assertNotIn(mark, repr(response))


class CapTest(WireTest):
    options = {"max_connections_per_address": "5", "head_timeout": "20s"}

    def test_connections_over_the_cap_are_told_503_or_closed(self):
        with contextlib.ExitStack() as stack:
            def connect():
                return stack.enter_context(Connection(self.server))

            kept = [connect() for _ in range(5)]
            for connection in kept:     # they are accepted by now
                self.assertEqual(
                    connection.request("GET", "/healthz").status, 200)
            for _ in range(5):
                extra = connect()
                with contextlib.suppress(ConnectionError):
                    extra.send(build("GET", "/v1/store/file/read/x", "x"))
                    if extra.fill():
                        response = extra.read()
                        assert_refused(self, "jigsawstack", response, 503)
                        self.assertTrue(response["Retry-After"])
                        self.assertTrue(extra.at_end())
            for connection in kept:
                self.assertEqual(
                    connection.request("GET", "/healthz").status, 200)
            kept[0].socket.close()

            def again():
                with Connection(self.server) as connection, \
                        contextlib.suppress(AssertionError, ConnectionError):
                    return connection.request("GET",
                                              "/healthz").status == 200

            self.assertTrue(wait_until(again))


class LifeTest(WireTest):
    def test_healthz_readyz_and_metrics_answer(self):
        for path, pattern in (("/healthz", "^ok"), ("/readyz", "^ok"),
                              ("/metrics", r"(?m)^# TYPE \w+ counter$")):
            response = request(self.server, "GET", path)
            self.assertEqual(response.status, 200, response)
            self.assertRegex(response.body.decode(), pattern)
            self.assertEqual(request(self.server, "HEAD", path).status, 200)
            self.assertEqual(request(self.server, "POST", path,
                                     body=b"").status, 405)

    def test_metrics_are_lines_of_the_prometheus_format(self):
        text = request(self.server, "GET", "/metrics").body.decode()
        for line in text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) [a-z0-9_]+ .+|[a-z0-9_]+'
                             r'(\{[a-z]+="[^"]*"\})? [0-9.e+-]+)$')

    def test_sigterm_lets_an_upload_in_flight_finish(self):
        data = samples.noise(500_000)
        for server in (Server(), Server(loops=1)):
            with server, Connection(server) as connection, \
                    Connection(server) as idle:
                idle.request("GET", "/healthz")
                kind, body = form(("file", data, "x"), ("key", "late"))
                sent = build("POST", "/v1/store/file", server.authority,
                             {**api_key(server.secret), **kind}, body)
                connection.send(sent[:-100_000])
                self.assertTrue(reports(server, "1 body"))
                process = server.process
                process.send_signal(signal.SIGTERM)
                self.assertTrue(idle.at_end())
                self.assertTrue(wait_until(lambda: not can_connect(server)))
                connection.send(sent[-100_000:])
                response = connection.read()
                self.assertEqual(response.status, 200, response)
                self.assertEqual(response["Connection"], "close")
                self.assertTrue(connection.at_end())
                self.assertEqual(process.wait(10), 0)
                server.restart()
                read = request(server, "GET", PATH + "late",
                               api_key(server.secret))
                assert_file(self, read, data)

    def test_sigterm_does_not_wait_for_ever(self):
        with Server(drain_timeout="300ms") as server, \
                Connection(server) as connection:
            connection.send(build(
                "POST", "/v1/store/file?key=x", server.authority,
                {**api_key(server.secret), "Content-Length": "1000"}))
            self.assertTrue(reports(server, "1 body"))
            began = time.monotonic()
            server.stop()
            self.assertLess(time.monotonic() - began, 20)

    def test_sigterm_does_not_wait_for_a_url_that_never_answers(self):
        with socket.create_server(("127.0.0.1", 0)) as silent, \
                Server(drain_timeout="300ms",
                       fetch_allow="127.0.0.1/32") as server, \
                Connection(server) as connection:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            kind, body = form(("file", url), ("fileName", "x"))
            user = base64.b64encode(f"{server.secret}:".encode()).decode()
            connection.send(build(
                "POST", "/api/v1/files/upload", server.authority,
                {"Authorization": f"Basic {user}", **kind}, body))
            silent.accept()
            began = time.monotonic()
            server.stop()
            self.assertLess(time.monotonic() - began, 20)

    def test_many_connections_at_once_are_served(self):
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        count = min(400, soft - 100)
        with contextlib.ExitStack() as stack:
            open_now = [stack.enter_context(Connection(self.server))
                        for _ in range(count)]
            for connection in open_now:
                connection.send(build("GET", "/healthz", "x"))
            for connection in reversed(open_now):
                self.assertEqual(connection.read().status, 200)

    def test_sigterm_twice_ends_at_once(self):
        with Server(drain_timeout="10m") as server, \
                Connection(server) as connection:
            connection.send(build(
                "POST", "/v1/store/file?key=x", server.authority,
                {**api_key(server.secret), "Content-Length": "1000"}))
            self.assertTrue(reports(server, "1 body"))
            began = time.monotonic()
            process, server.process = server.process, None
            process.send_signal(signal.SIGTERM)
            # the stop has begun
            self.assertTrue(wait_until(lambda: not can_connect(server)))
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=50)
            self.assertLess(time.monotonic() - began, 50)


def can_connect(server):
    try:
        server.connect(1).close()
    except OSError:
        return False
    return True
