# SPDX-License-Identifier: Apache-2.0
"""How long the visitors of an account wait for each other's pictures: never for
more than about one of each address, however many one of them wants."""
import contextlib
import os
import signal

from apis import metric
from harness import Server, wait_until
from imagekit import ImageKitTest
from pictures import flat_png, helpers
from rawhttp import Connection, build, request

MANY = "127.0.0.3"      # asks for as much as it can
OTHERS = "127.0.0.4", "127.0.0.5"


class FewFiles(Server):
    """With as few places as there can be: one account has 8 for pictures that
    wait."""
    def start(self):
        self.wrap = ["sh", "-c", 'ulimit -n 512; exec "$0" "$@"']
        return super().start()


class Visitors(ImageKitTest):
    options = {"loops": 1, "renderers": 1, "scalers": 1}

    def setUp(self):
        for name in ("many.png", "one.png"):
            self.upload(name, (flat_png(40, 40), name),
                        useUniqueFileName="false")
        self.connections = []
        self.addCleanup(self.close_all)

    def close_all(self):
        for connection in self.connections:
            connection.socket.close()

    def ask(self, source, name, width):
        """For a picture that takes the program for everything."""
        connection = Connection(self.server, source=source)
        self.connections.append(connection)
        connection.send(build("GET", f"/default/{name}?tr=w-{width},bl-2",
                              self.server.authority))
        return connection

    def queued(self):
        return metric(self.server, "stowage_render_jobs_queued")

    @contextlib.contextmanager
    def held(self, source, name, width):
        """The only renderer is stopped and has something to do; gives who
        waits for it."""
        server = self.server
        before = metric(server, "stowage_derived_misses_total")
        warm = self.ask(source, name, width + 1)
        self.assertEqual(warm.read().status, 200)
        pids = helpers(server)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            first = self.ask(source, name, width)
            self.assertTrue(wait_until(lambda: metric(
                server, "stowage_derived_misses_total") == before + 2))
            self.assertTrue(wait_until(lambda: self.queued() == 0))
            yield first
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def wait_for_queue(self, n):
        self.assertTrue(wait_until(lambda: self.queued() == n),
                        (n, self.queued()))

    def order(self):
        """Names in the order in which they were answered, by the log."""
        with open(self.server.log_path, encoding="utf-8") as log:
            return [name for line in log for name in ("many.png", "one.png")
                    if f"/default/{name}" in line]

    def wait_for_order(self, n):
        self.assertTrue(wait_until(lambda: len(self.order()) == n),
                        len(self.order()))
        return self.order()


class TurnsTest(Visitors):
    def test_who_wants_one_picture_does_not_wait_for_anothers_two_hundred(self):
        before = len(self.order())
        with self.held(MANY, "many.png", 2) as first:
            many = [self.ask(MANY, "many.png", 10 + i) for i in range(200)]
            self.wait_for_queue(200)
            ones = [self.ask(source, "one.png", 10 + i)
                    for i, source in enumerate(OTHERS)]
            self.wait_for_queue(202)
        for connection in (first, *many, *ones):
            self.assertEqual(connection.read().status, 200)
        order = self.wait_for_order(before + 204)[before:]
        places = [i for i, name in enumerate(order) if name == "one.png"]
        # the first was for the start, the second ran
        self.assertLess(places[-1], 8, order)

    def test_who_wants_what_another_wants_does_not_wait_for_the_rest(self):
        with self.held(MANY, "many.png", 302) as first:
            many = [self.ask(MANY, "many.png", 310 + i) for i in range(60)]
            self.wait_for_queue(60)
            last = self.ask(MANY, "one.png", 300)
            self.wait_for_queue(61)
            before = len(self.order())
            same = self.ask(OTHERS[0], "one.png", 300)
            # the loop, which is one, has read that when it answers this
            self.assertEqual(request(self.server, "GET",
                                     "/default/many.png").status, 200)
        for connection in (first, *many, last, same):
            self.assertEqual(connection.read().status, 200)
        order = self.wait_for_order(before + 64)[before:]
        places = [i for i, name in enumerate(order) if name == "one.png"]
        self.assertEqual(len(places), 2)
        self.assertLess(places[-1], 8, order)


class FullQueueTest(Visitors):
    server_class = FewFiles

    def test_who_has_most_waiting_makes_room(self):
        with self.held(MANY, "many.png", 2) as first:
            many = [self.ask(MANY, "many.png", 10 + i) for i in range(8)]
            self.wait_for_queue(8)
            refused = self.ask(MANY, "many.png", 18).read()
            self.assertEqual(refused.status, 503)
            self.assertTrue(refused["Retry-After"])
            ones = [self.ask(source, "one.png", 10 + i)
                    for i, source in enumerate(OTHERS)]
            for connection in many[:-3:-1]:
                refused = connection.read()
                self.assertEqual(refused.status, 503)
                self.assertTrue(refused["Retry-After"])
        for connection in (first, *many[:-2], *ones):
            self.assertEqual(connection.read().status, 200)
