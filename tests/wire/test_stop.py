# SPDX-License-Identifier: Apache-2.0
"""A stop comes to its end, whatever keeps the server from it."""
import contextlib
import ctypes
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import threading
import time
import unittest

import samples
from apis import api_key, jigsawstack_read, jigsawstack_upload
from harness import Server, takes_long, wait_until
from rawhttp import Connection, build

KEPT = b"what was acknowledged"
SOON = 10   # seconds; less than the database has of patience with others
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
WALL = 0x40000000   # waits for threads, too


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


def hold_workers(server):
    """They stand still for ever, as at a disk that does not answer."""
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p,
                       ctypes.c_void_p]
    ptrace.restype = ctypes.c_long
    held = []
    for task in pathlib.Path(f"/proc/{server.process.pid}/task").iterdir():
        if (task / "comm").read_text().strip() != "worker":
            continue
        thread = int(task.name)
        for order in PTRACE_SEIZE, PTRACE_INTERRUPT:
            if ptrace(order, thread, None, None):
                raise unittest.SkipTest("no thread may be held here: " +
                                        os.strerror(ctypes.get_errno()))
        os.waitpid(thread, WALL)
        held.append(thread)

    def bury():     # or their process would not be gone
        for thread in held:
            os.waitpid(thread, WALL)
    threading.Thread(target=bury, daemon=True).start()
    return held


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

    def test_a_second_signal_ends_it_where_the_first_was_to_be_ignored(self):
        """As of what a shell starts in the background."""
        server = Server(drain_timeout="10m")
        self.addCleanup(server.close)
        server.wrap = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]
        server.start()
        with Connection(server) as half:
            half.send(upload(server, "half", samples.noise(1000))[:-500])
            self.assertEqual(jigsawstack_read(server, "none").status, 404)
            server.process.send_signal(signal.SIGINT)
            with self.assertRaises(OSError):
                while True:
                    server.connect(1).close()
            # it is blocked until the stop has begun, and then not
            server.process.send_signal(signal.SIGINT)
            process, server.process = server.process, None
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, -signal.SIGINT)

    @takes_long
    def test_what_never_ends_is_cut_off(self):
        server = self.start(drain_timeout="100ms", workers=1)

        def workers_are(state):
            server.process.send_signal(signal.SIGUSR1)
            return re.search(f"workers: {state}", server.log())

        # it sleeps, and so holds no lock that others need
        self.assertEqual(jigsawstack_read(server, "none").status, 404)
        self.assertTrue(wait_until(
            lambda: workers_are("0 queued, 0 busy .* 1 idle")))
        self.assertEqual(len(hold_workers(server)), 1)
        with Connection(server) as connection:
            connection.send(build("GET", "/v1/store/file/read/other",
                                  server.authority, api_key(server.secret)))
            self.assertTrue(wait_until(lambda: workers_are("1 queued")))
            status, took = self.ended(server)
        self.assertEqual(status, 1)
        self.assertLess(took, 3 * SOON)
        self.assert_sound(server)
