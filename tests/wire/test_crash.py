# SPDX-License-Identifier: Apache-2.0
"""kill -9 in the middle of uploads: what was answered with 2xx is all there.

Each client works on keys of its own and notes what it was told. A request
without an answer may have happened or not; nothing else may.
"""
import contextlib
import os
import random
import shutil
import sqlite3
import threading

import samples
from apis import api_key, jigsawstack_read, jigsawstack_upload
from harness import Server, WireTest, blob_files, staging_files, wait_until
from rawhttp import Connection, request

CLIENTS = 6
ROUNDS = 3
ANSWERS = 150   # before a kill
KEYS = 12       # a client; then they are replaced
# inline and large ones, the limit between them included
SIZES = (0, 1, 300, 4096, 40_000, 65_536, 65_537, 200_000, 1_500_000)


class Client(threading.Thread):
    def __init__(self, server, number, told):
        super().__init__(daemon=True)
        self.server, self.number, self.told = server, number, told
        self.random = random.Random(number)
        self.failure, self.answers = None, 0

    def run(self):
        try:
            with Connection(self.server, 30) as connection:
                while True:
                    self.step(connection)
        except OSError:
            pass                            # killed, as planned
        except AssertionError as error:     # also when an answer is cut
            if "no response head" not in str(error) and \
                    "body cut" not in str(error):
                self.failure = error

    def step(self, connection):
        """One upload or delete. told[key] are the contents that may be there:
        one after an answer, two while one is being waited for."""
        key = f"client{self.number}/{self.random.randrange(KEYS)}"
        old = self.told.setdefault(key, [None])
        headers = api_key(self.server.secret)
        if old[0] is not None and self.random.random() < 0.2:
            new, method = None, "DELETE"
            target, body = f"/v1/store/file/read/{key}", None
        else:
            size, seed = self.random.choice(SIZES), self.random.random()
            new, method = (size, seed), "POST"
            target = f"/v1/store/file?overwrite=true&key={key}"
            body = samples.noise(size, seed)
            headers["Content-Type"] = "application/octet-stream"
            if not size:
                new, target = None, target + "/none"    # 400: no body
                key += "/none"
                old = self.told.setdefault(key, [None])
        self.told[key] = [*old, new]
        response = connection.request(method, target, headers, body)
        wanted = 400 if body == b"" else 200
        if response.status != wanted:
            raise AssertionError(f"{method} {target}: {response!r}")
        self.told[key] = [new]
        self.answers += 1


class CrashTest(WireTest):
    options = {"sweep_interval": "100ms", "trash_grace": "0"}

    def test_what_was_answered_survives_kill_9(self):
        told = {}
        for number in range(ROUNDS):
            clients = [Client(self.server, number * CLIENTS + i, told)
                       for i in range(CLIENTS)]
            for client in clients:
                client.start()
            self.assertTrue(wait_until(
                lambda: sum(client.answers for client in clients) >= ANSWERS))
            self.server.kill9()
            for client in clients:
                client.join(30)
                self.assertIsNone(client.failure)
            self.server.start()
            self.check(told)
        self.assertGreater(len(told), CLIENTS * ROUNDS * 3)
        self.server.stop()
        done = self.server.tool("fsck")
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stdout, r": 0 problems\n$")
        self.server.start()

    def check(self, told):
        """Each key holds one of what it may; that is then what it holds."""
        with Connection(self.server, 30) as connection:
            for key, contents in sorted(told.items()):
                response = connection.request(
                    "GET", f"/v1/store/file/read/{key}",
                    api_key(self.server.secret))
                there = [content for content in contents
                         if self.holds(response, content)]
                self.assertTrue(there, (key, contents, response))
                told[key] = there[-1:]
        self.assertEqual(staging_files(self.server), [])

    def holds(self, response, content):
        if content is None:
            return response.status == 404
        return response.status == 200 and \
            response.body == samples.noise(*content)


class WrongDatabaseTest(WireTest):
    """A start with a database that does not know what is stored."""

    def lose(self, server, what):
        database = os.path.join(server.data, "stowage.db")
        if what == "log":
            os.unlink(database + "-wal")
            return
        for suffix in ("", "-wal", "-shm"):
            os.unlink(database + suffix)
        if what == "old copy":
            os.rename(database + ".old", database)

    def test_a_start_leaves_the_bytes_where_they_are(self):
        for what in ("database", "log", "old copy"):
            with self.subTest(what), Server(inline_limit="4k") as server:
                database = os.path.join(server.data, "stowage.db")
                server.stop()
                shutil.copy(database, database + ".old")
                server.start()
                for i in range(5):
                    jigsawstack_upload(server, f"k{i}",
                                       samples.noise(50_000, i))
                server.kill9()
                before = blob_files(server)
                self.assertEqual(len(before), 5)
                self.lose(server, what)
                server.start()
                self.assertEqual(blob_files(server), before)
                self.assertTrue(server.logged(
                    "warn the database has seen . starts and stops of this "
                    "data directory and not 3: it is new, another one or an "
                    "old copy"), server.log())
                done = server.tool("fsck")
                self.assertEqual(done.returncode, 1, done)
                self.assertIn(" 5 problems\n", done.stdout)

    def test_a_copy_of_the_same_run_tells_what_it_does_not_know(self):
        with Server(inline_limit="4k", trash_grace="0",
                    sweep_interval="100ms") as server:
            for i, key in enumerate(("kept", "gone")):
                jigsawstack_upload(server, key, samples.noise(50_000, i))
            database = os.path.join(server.data, "stowage.db")
            with contextlib.closing(sqlite3.connect(database)) as db, \
                    contextlib.closing(sqlite3.connect(
                        database + ".old")) as copy:
                db.backup(copy)
            done = request(server, "DELETE", "/v1/store/file/read/gone",
                           api_key(server.secret))
            self.assertEqual(done.status, 200, done)
            jigsawstack_upload(server, "new", samples.noise(50_000, 3))
            self.assertTrue(wait_until(lambda: len(blob_files(server)) == 2))
            server.stop()
            before = blob_files(server)
            os.rename(database + ".old", database)
            server.start()
            self.assertTrue(server.logged(
                "warn the database has seen 1 starts and stops of this data "
                "directory and not 2: it is new, another one or an old "
                "copy"), server.log())
            self.assertEqual(blob_files(server), before)
            for key, status in (("kept", 200), ("gone", 500), ("new", 404)):
                self.assertEqual(jigsawstack_read(server, key).status, status)
            done = server.tool("fsck")
            self.assertIn("file gone: blob", done.stdout)
            self.assertIn("bytes without a row", done.stdout)
            self.assertIn(" 2 problems\n", done.stdout)
            server.restart()
            self.assertEqual(server.log().count("the database has seen"), 1)


class TornTest(WireTest):
    def test_a_start_after_kill_9_in_an_upload_leaves_no_bytes(self):
        with Server(inline_limit="4k") as server:
            with Connection(server) as connection:
                connection.send(
                    f"POST /v1/store/file?key=torn HTTP/1.1\r\nHost: x\r\n"
                    f"x-api-key: {server.secret}\r\n"
                    "Content-Length: 1000000\r\n\r\n".encode() +
                    b"x" * 500_000)
                # past what is kept in memory
                self.assertTrue(wait_until(lambda: staging_files(server)))
                server.kill9()
            server.start()
            server.stop()
            done = server.tool("fsck")
            self.assertEqual(done.returncode, 0, done)
            self.assertRegex(done.stdout, r"0 files, 0 blobs, 0 bytes")
            server.start()

    def test_a_kill_between_bytes_and_row_leaves_the_bytes_aside(self):
        with Server(inline_limit="4k") as server:
            told = samples.noise(50_000, 1)
            with Connection(server) as connection:
                self.upload(connection, server, "told", told)
                self.assertEqual(connection.read("POST").status, 200)
                db = sqlite3.connect(os.path.join(server.data, "stowage.db"),
                                     isolation_level=None)
                db.execute("BEGIN IMMEDIATE")
                self.upload(connection, server, "cut", samples.noise(60_000, 2))
                self.assertTrue(wait_until(
                    lambda: len(blob_files(server)) == 2))
                server.kill9()
                db.close()
            server.start()
            with Connection(server) as connection:
                for key, status in (("told", 200), ("cut", 404)):
                    response = connection.request(
                        "GET", f"/v1/store/file/read/{key}",
                        api_key(server.secret))
                    self.assertEqual(response.status, status, response)
            self.assertTrue(server.logged(
                "warn 1 uploads that the previous run did not finish are in "
                "quarantine"), server.log())
            for words, says in (
                    (["fsck"], "in quarantine: 1 blobs, 60000 bytes\n"),
                    (["gc"], "left in quarantine: 1 blobs, 60000 bytes\n"),
                    (["gc", "--quarantine"],
                     "removed from quarantine: 1 blobs, 60000 bytes\n"),
                    (["gc"], "removed 0\n")):
                done = server.tool(*words)
                self.assertEqual(done.returncode, 0, done)
                self.assertIn(says, done.stdout)
            self.assertNotIn("quarantine", done.stdout)
            self.assertEqual(len(blob_files(server)), 1)

    def upload(self, connection, server, key, body):
        connection.send(
            f"POST /v1/store/file?key={key} HTTP/1.1\r\nHost: x\r\n"
            f"x-api-key: {server.secret}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
