# SPDX-License-Identifier: Apache-2.0
"""Derived pictures from outside: never of old content, made once, kept over a
restart, gone with what they were made of."""
import concurrent.futures
import contextlib
import os
import pathlib
import signal
import struct
import threading

import samples
from apis import metric
from harness import Server, wait_until
from imagekit import ImageKitTest
from pictures import helpers
from rawhttp import Connection, ProtocolError, build, request

READERS = 8
OVERWRITES = 25


def picture(number):
    """Another height for each number; half as wide it is number + 20 high."""
    return samples.png(40, 40 + 2 * number)


def number_of(response):
    """Of a derived one."""
    width, height = struct.unpack_from(">II", response.body, 16)
    assert width == 20, width
    return height - 20


class DerivedTest(ImageKitTest):
    def put(self, name, number):
        return self.upload(name, (picture(number), name),
                           useUniqueFileName="false")

    def target(self, name, width=20):
        return f"/default/{name}?tr=w-{width}"

    def get(self, name, width=20):
        return request(self.server, "GET", self.target(name, width))

    def made(self):
        return metric(self.server, "stowage_derived_made_total")

    def files(self):
        folder = pathlib.Path(self.server.data) / "derived"
        return [path for path in folder.glob("??/*") if path.is_file()]

    def wait_for_files(self, n):
        self.assertTrue(wait_until(
            lambda: metric(self.server, "stowage_derived_files") == n))
        self.assertTrue(wait_until(lambda: len(self.files()) == n))


class Answers(DerivedTest):
    def test_a_derivative_is_never_of_old_content(self):
        self.put("over.png", 0)
        stored = [0]
        done = threading.Event()

        def read():
            seen = 0
            with Connection(self.server) as connection:
                while not done.is_set() or seen == 0:
                    least = stored[0]
                    response = connection.request(
                        "GET", self.target("over.png"))
                    self.assertEqual(response.status, 200, response)
                    self.assertGreaterEqual(number_of(response), least)
                    seen += 1
            return seen

        with concurrent.futures.ThreadPoolExecutor(READERS) as pool:
            readers = [pool.submit(read) for _ in range(READERS)]
            try:
                for number in range(1, OVERWRITES + 1):
                    self.put("over.png", number)
                    stored[0] = number
            finally:
                done.set()
            for reader in readers:
                self.assertGreater(reader.result(), 0)
        self.assertEqual(number_of(self.get("over.png")), OVERWRITES)

    def test_who_asks_at_once_has_it_made_once(self):
        self.put("once.png", 1)
        before = self.made()
        with concurrent.futures.ThreadPoolExecutor(READERS) as pool:
            answers = list(pool.map(lambda _: self.get("once.png"),
                                    range(3 * READERS)))
        self.assertEqual({a.status for a in answers}, {200})
        self.assertEqual(len({a.body for a in answers}), 1)
        self.assertEqual(self.made(), before + 1)

    def test_a_client_that_goes_takes_the_picture_from_nobody(self):
        self.put("goes.png", 2)
        with Connection(self.server) as connection:
            connection.send(build("GET", self.target("goes.png"),
                                  self.server.authority))
        self.assertEqual(number_of(self.get("goes.png")), 2)

    def test_what_is_no_picture_is_not_tried_by_every_request(self):
        self.upload("broken.png", (picture(1)[:20], "broken.png"),
                    useUniqueFileName="false")
        before = metric(self.server, "stowage_derived_failed_total")
        first = self.get("broken.png")
        self.assertIn(first.status, range(400, 500), first)
        for _ in range(3):
            self.assertEqual(self.get("broken.png").status, first.status)
        self.assertEqual(metric(self.server, "stowage_derived_failed_total"),
                         before + 1)
        self.upload("broken.png", (picture(1), "broken.png"),
                    useUniqueFileName="false")
        self.assertEqual(number_of(self.get("broken.png")), 1)

    def test_a_purge_has_it_made_again(self):
        self.put("purged.png", 1)
        etag = self.get("purged.png")["etag"]
        for url in ("purged.png", "purged.png?tr=w-20", "purged.png*",
                    "tr:w-20/purged.png", "purged.png/tr:w-20",
                    "tr:w-20/purged.png*", "purged.png/ik-thumbnail.jpg",
                    "ik-seo/purged/words.png"):
            with self.subTest(url):
                before = self.made()
                self.assertEqual(self.get("purged.png")["etag"], etag)
                self.assertEqual(self.made(), before)
                self.ok("POST", "/v1/files/purge",
                        {"url": f"{self.server.url}/default/{url}"},
                        status=201)
                self.assertEqual(self.get("purged.png")["etag"], etag)
                self.assertEqual(self.made(), before + 1)


class Lives(DerivedTest):
    """On servers of their own, which are started again."""

    @classmethod
    def setUpClass(cls):
        pass

    def serve(self, **options):
        self.server = Server(**options)
        self.addCleanup(self.server.close)
        return self.server.start()

    def test_a_restart_keeps_what_was_made(self):
        server = self.serve()
        self.put("kept.png", 4)
        first = self.get("kept.png")
        self.wait_for_files(1)
        server.stop()
        server.start()
        again = self.get("kept.png")
        self.assertEqual(again.body, first.body)
        self.assertEqual(again["etag"], first["etag"])
        self.assertEqual(self.made(), 0)
        self.assertEqual(metric(server, "stowage_derived_hits_total"), 1)

    def test_a_changed_byte_is_never_sent(self):
        server = self.serve()
        self.put("flip.png", 5)
        first = self.get("flip.png")
        self.wait_for_files(1)
        server.stop()
        path, = self.files()
        data = bytearray(path.read_bytes())
        data[len(first.body) // 2] ^= 1
        path.write_bytes(data)
        server.start()
        self.assertEqual(self.get("flip.png").body, first.body)
        self.assertEqual(self.made(), 1)
        self.assertEqual(metric(server, "stowage_derived_damaged_total"), 1)

    def test_what_takes_a_files_place_is_not_waited_for(self):
        def link(path):
            os.symlink("/dev/zero", path)

        server = self.serve(workers=1)
        self.put("place.png", 3)
        first = self.get("place.png")
        self.wait_for_files(1)
        path, = self.files()
        for make in os.mkfifo, os.mkdir, link:
            with self.subTest(make):
                server.restart()
                self.wait_for_files(1)
                path.unlink()
                make(path)
                self.assertEqual(self.get("place.png").body, first.body)
                self.assertEqual(self.made(), 1)
                self.wait_for_files(1)

    def test_a_deletion_takes_what_was_derived(self):
        self.serve(trash_grace="0", sweep_interval="100ms")
        file_id = self.put("gone.png", 6)["fileId"]
        self.put("stays.png", 7)
        for width in (20, 19, 18):
            self.assertEqual(self.get("gone.png", width).status, 200)
        self.get("stays.png")
        self.wait_for_files(4)
        self.ok("DELETE", f"/v1/files/{file_id}", status=204)
        self.wait_for_files(1)
        self.assertEqual(self.get("gone.png").status, 404)

    def test_the_number_of_files_has_a_bound(self):
        self.serve(derived_files=3, derived_memory=0)
        self.put("many.png", 1)
        for width in range(1, 9):
            self.assertEqual(self.get("many.png", width).status, 200)
        self.assertTrue(wait_until(
            lambda: metric(self.server, "stowage_derived_evictions_total") +
            metric(self.server, "stowage_derived_files") == 8))
        self.assertEqual(len(self.files()), 3)

    def test_a_stop_ends_those_who_wait(self):
        self.serve(drain_timeout="300ms")
        self.put("held.png", 9)
        self.get("held.png", 19)        # starts what makes pictures
        for pid in helpers(self.server):
            os.kill(pid, signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor(READERS) as pool:
            before = metric(self.server, "stowage_derived_misses_total")
            clients = [pool.submit(self.get, "held.png")
                       for _ in range(READERS)]
            self.assertTrue(wait_until(lambda: metric(
                self.server, "stowage_derived_misses_total") == before + 1))
            self.server.stop()
            for client in clients:
                # who had not asked yet finds nobody there
                with contextlib.suppress(ConnectionError, ProtocolError):
                    self.assertEqual(client.result().status, 503)

    def test_without_a_cache_pictures_are_made(self):
        self.serve(derived_max=0, derived_memory=0)
        self.put("none.png", 8)
        for _ in range(2):
            self.assertEqual(number_of(self.get("none.png")), 8)
        self.assertEqual(self.made(), 2)
        self.assertEqual(self.files(), [])
