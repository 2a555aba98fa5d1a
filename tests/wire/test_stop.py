# SPDX-License-Identifier: Apache-2.0
"""A stop comes to its end, whatever keeps the server from it."""
import contextlib
import os
import pathlib
import signal
import sqlite3
import subprocess
import time
import unittest

import samples
from apis import (api_key, imagekit_upload, jigsawstack_read,
                  jigsawstack_upload, metric)
from harness import Server, takes_long, wait_until
from rawhttp import Connection, build, request

KEPT = b"what was acknowledged"
SOON = 10   # seconds; less than the database has of patience with others


@contextlib.contextmanager
def locked(server):
    """Another process, this one, keeps the right to write."""
    db = sqlite3.connect(os.path.join(server.data, "stowage.db"), timeout=10,
                         isolation_level=None)
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
    finally:
        db.close()


def upload(server, key, data):
    return build("POST", "/v1/store/file?key=" + key, server.authority,
                 api_key(server.secret), data)


class StopTest(unittest.TestCase):
    def start(self, **options):
        server = Server(**options)
        self.addCleanup(server.close)
        server.start()
        self.assertEqual(
            jigsawstack_upload(server, "kept", KEPT).status, 200)
        return server

    def ended(self, server):
        """SIGTERM; the exit status and how long it took."""
        process, server.process = server.process, None
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.fail("no end after SIGTERM\n" + server.log())
        return process.returncode, time.monotonic() - began

    def assert_sound(self, server, *refused):
        server.start()
        read = jigsawstack_read(server, "kept")
        self.assertEqual((read.status, read.body), (200, KEPT))
        for key in refused:
            self.assertEqual(jigsawstack_read(server, key).status, 404, key)
        server.stop()
        checked = server.tool("fsck")
        self.assertEqual(checked.returncode, 0, checked.stdout)

    def test_a_locked_database_holds_up_no_stop(self):
        server = self.start(drain_timeout="500ms")
        sizes = {"small": 10, "inline": 4000, "file": 500_000}
        with contextlib.ExitStack() as stack:
            stack.enter_context(locked(server))
            whole = {}
            for key, size in sizes.items():
                whole[key] = stack.enter_context(Connection(server))
                whole[key].send(upload(server, key, samples.noise(size)))
            half = stack.enter_context(Connection(server))
            half.send(upload(server, "half", samples.noise(1000))[:-500])
            status, took = self.ended(server)
            self.assertEqual(status, 0, server.log())
            self.assertLess(took, SOON)
            for key, connection in whole.items():
                response = connection.read()
                self.assertEqual(response.status, 503, key)
                self.assertEqual(response["Connection"], "close")
            self.assertTrue(half.at_end())
        self.assert_sound(server, *sizes, "half")

    def test_a_stop_waits_for_a_lock_that_goes_in_time(self):
        server = self.start(drain_timeout="30s")
        with Connection(server) as connection:
            with locked(server):
                connection.send(upload(server, "late", KEPT))
                server.process.send_signal(signal.SIGTERM)
                # nothing is accepted any more: the stop has begun
                with self.assertRaises(OSError):
                    while True:
                        server.connect(1).close()
            self.assertEqual(connection.read().status, 200)
        self.assertEqual(server.process.wait(20), 0)
        server.stop()
        server.start()
        self.assertEqual(jigsawstack_read(server, "late").body, KEPT)

    @takes_long
    def test_what_never_ends_is_cut_off(self):
        server = self.start(drain_timeout="100ms")
        target = "/default/a.png?tr=w-20"
        self.assertEqual(imagekit_upload(
            server, (samples.png(40, 30), "a.png"), fileName="a.png",
            useUniqueFileName="false").status, 200)
        self.assertEqual(request(server, "GET", target).status, 200)
        server.restart()    # what is not in memory is read from the disk
        self.assertTrue(wait_until(
            lambda: metric(server, "stowage_derived_files") == 1))
        path, = (file for file in
                 pathlib.Path(server.data, "derived").rglob("*")
                 if file.is_file() and file.parent.name != "new")
        kept = str(path) + "~"
        os.rename(path, kept)
        os.mkfifo(path)     # as a disk that does not answer: open() waits
        with Connection(server) as connection:
            connection.send(build("GET", target, server.authority))
            self.assertTrue(wait_until(
                lambda: b"\nstowage_workers_busy 1\n" in
                request(server, "GET", "/metrics").body))
            status, took = self.ended(server)
        os.rename(kept, path)
        self.assertEqual(status, 1)
        self.assertLess(took, 3 * SOON)
        self.assert_sound(server)
