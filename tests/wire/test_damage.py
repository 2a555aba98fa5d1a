# SPDX-License-Identifier: Apache-2.0
"""Stored content that is not there, not whole or not found by its row: readers
get an error in the dialect's words, and nothing else.
"""
import contextlib
import os
import random
import re
import sqlite3
import unittest
import urllib.parse

from apis import (api_key, assert_file, assert_refused, bearer,
                  filestack_store, imagekit_upload, jigsawstack_upload,
                  metric, stashfyle_id, stashfyle_upload)
from harness import Server, blob_files, wait_until
from rawhttp import request

SMALL = b"x" * 900
LARGE = random.Random(1).randbytes(70_000)      # past the inline limit


def read(server, dialect, target):
    headers = {"stashfyle": bearer, "jigsawstack": api_key}.get(dialect)
    return request(server, "GET", target,
                   headers(server.secret) if headers else {})


def path_of(url):
    parts = urllib.parse.urlsplit(url)
    return parts.path + ("?" + parts.query if parts.query else "")


def store_everywhere(server, body=LARGE):
    """The body as a file of each dialect: dialect -> where it is read."""
    done = {
        "imagekit": imagekit_upload(server, (body, "a.bin"), fileName="a.bin",
                                    useUniqueFileName="false"),
        "filestack": filestack_store(server, body, filename="b.bin"),
        "stashfyle": stashfyle_upload(server, (body, "c.bin")),
        "jigsawstack": jigsawstack_upload(server, "d.bin", body)}
    for dialect, response in done.items():
        assert response.status in (200, 201), (dialect, response)
    said = {dialect: response.json() for dialect, response in done.items()}
    return {"imagekit": path_of(said["imagekit"]["url"]),
            "filestack": path_of(said["filestack"]["url"]),
            "stashfyle": path_of(said["stashfyle"]["url"]),
            "jigsawstack": "/v1/store/file/read/d.bin"}


class DamageTest(unittest.TestCase):
    def server(self, **options):
        server = Server(**options)
        self.addCleanup(server.close)
        return server.start()

    def damage(self, server, *statements):
        """Changes the database behind the server's back, while it is down."""
        server.stop()
        with contextlib.closing(sqlite3.connect(
                os.path.join(server.data, "stowage.db"))) as db, db:
            for sql in statements:
                db.execute(sql)
        server.start()

    def all_served(self, server, files, body=LARGE):
        for dialect, target in files.items():
            with self.subTest(dialect):
                assert_file(self, read(server, dialect, target), body)

    def all_refused(self, server, files):
        """As what went wrong here: not absent, and with no byte of it."""
        for dialect, target in files.items():
            with self.subTest(dialect):
                for _ in range(2):
                    response = read(server, dialect, target)
                    assert_refused(self, dialect, response, 500,
                                   delivery=True)
                    self.assertIsNone(response["ETag"], response)

    def flip(self, server, at):
        """Changes one bit of each stored file, while the server is down."""
        server.stop()
        for name in blob_files(server):
            with open(os.path.join(server.data, "blobs", name), "r+b") as f:
                f.seek(at)
                byte = f.read(1)[0]
                f.seek(at)
                f.write(bytes([byte ^ 4]))
        server.start()

    def damaged_reads(self, server):
        return metric(server, "stowage_damaged_reads_total")

    def test_a_pipe_is_waited_for_nowhere(self):
        server = self.server(workers=1)
        files = store_everywhere(server)
        server.stop()
        for name in blob_files(server):
            path = os.path.join(server.data, "blobs", name)
            os.unlink(path)
            os.mkfifo(path)
        server.start()
        self.all_refused(server, files)
        self.assertEqual(server.tool("fsck").returncode, 1)
        server.stop()
        for name, *words in (("stowage.db", "keys", "list"),
                             ("stowage.db", "serve"), ("node", "serve")):
            path = os.path.join(server.data, name)
            os.rename(path, path + "~")
            os.mkfifo(path)
            with self.subTest(name, words=words):
                done = server.tool(*words)
                self.assertNotIn(done.returncode, (0, 2), done)
                self.assertIn(name, done.stderr)
            os.rename(path + "~", path)
        server.start()

    def test_a_changed_byte_is_no_answer_in_any_dialect(self):
        server = self.server()
        files = store_everywhere(server)
        for at in (0, 35_000, 69_999):
            with self.subTest(at=at):
                self.flip(server, at)
                self.all_refused(server, files)
                self.assertGreaterEqual(self.damaged_reads(server), 4)
                for name in ("a.bin", "b.bin", "c.bin", "d.bin"):
                    self.assertTrue(server.logged(
                        f"error file .*{name} of account"), server.log())
                self.flip(server, at)
                self.all_served(server, files)

    def test_a_part_of_a_changed_file_is_no_answer_either(self):
        server = self.server()
        target = store_everywhere(server)["imagekit"]
        self.flip(server, 69_999)
        for method, headers in (("HEAD", {}), ("GET", {"Range": "bytes=0-9"}),
                                ("GET", {"If-None-Match": '"x"'})):
            with self.subTest(method, headers=headers):
                response = request(server, method, target, headers)
                self.assertEqual(response.status, 500, response)

    def test_a_cut_or_missing_file_is_counted(self):
        server = self.server()
        files = store_everywhere(server)
        server.stop()
        for i, name in enumerate(blob_files(server)):
            path = os.path.join(server.data, "blobs", name)
            os.unlink(path) if i % 2 else os.truncate(path, 69_999)
        server.start()
        self.all_refused(server, files)
        self.assertEqual(self.damaged_reads(server), 8)

    def test_a_changed_byte_in_the_database_is_no_answer(self):
        server = self.server()
        files = store_everywhere(server, SMALL)
        self.all_served(server, files, SMALL)
        self.damage(server, "UPDATE blob SET inline_bytes = "
                    "X'00' || substr(inline_bytes, 2)")
        self.all_refused(server, files)
        self.assertEqual(self.damaged_reads(server), 8)

    def test_the_scrub_finds_what_nobody_reads(self):
        server = self.server(scrub_period="0")
        store_everywhere(server)
        self.flip(server, 35_000)
        server.stop()
        server.options["scrub_period"] = "1s"
        server.start()
        self.assertTrue(wait_until(lambda: metric(
            server, "stowage_scrub_damaged_total") >= 4), server.log())
        self.assertTrue(server.logged(
            "error scrub: file .* of account 1: blob .*damaged"),
            server.log())
        self.assertEqual(self.damaged_reads(server), 0)

    def test_a_stop_does_not_wait_for_the_scrub(self):
        server = self.server(scrub_rate="4k")
        done = jigsawstack_upload(server, "large", bytes(3_000_000))
        self.assertEqual(done.status, 200, done)
        server.restart()
        self.assertTrue(wait_until(lambda: metric(
            server, "stowage_scrub_bytes_total") > 0))
        server.stop()   # or the harness loses patience

    def test_verify_limit_says_up_to_which_size(self):
        server = self.server(verify_limit="69999")
        files = store_everywhere(server)
        self.flip(server, 5)
        self.all_served(server, files, LARGE[:5] + bytes([LARGE[5] ^ 4])
                        + LARGE[6:])
        self.assertEqual(self.damaged_reads(server), 0)

    def strangers_reads(self, server, name, file_id, handle):
        """Every door to a file, without what it takes: target, status, body,
        and how long that may be kept."""
        stash = stashfyle_id(file_id)
        public = api_key(server.public)
        for target, headers in (
                (f"/default/h/{name}", {}),
                (f"/default/h/{name}?tr=w-10", {}),
                (f"/default/h/{name}?ik-t=1&ik-s=00", {}),
                (f"/{handle}", {}),
                (f"/api/file/{handle}", {}),
                (f"/resize=width:10/{handle}", {}),
                (f"/live/default/{stash}/{name}", {}),
                (f"/live/default/{stash}/other", {}),
                (f"/v1/store/file/read/h/{name}", public)):
            response = request(server, "GET", target, headers)
            yield (target, response.status,
                   re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}", b"", response.body),
                   response["Cache-Control"], response["ik-error"])

    def test_strangers_learn_no_more_of_what_is_damaged(self):
        server = self.server()
        for name, body, private in (("a.png", LARGE, "isPrivateFile"),
                                    ("b.png", SMALL, "isPrivateFile"),
                                    ("c.png", LARGE, "isPublished")):
            handle = filestack_store(server, b"x",
                                     path=f"/h/{name}").json()["handle"]
            said = imagekit_upload(
                server, (body, name), fileName=name, folder="h",
                useUniqueFileName="false",
                **{private: "false" if private == "isPublished" else "true"})
            self.assertEqual(said.status, 200, said)
            file = said.json()["fileId"], handle
            healthy = list(self.strangers_reads(server, name, *file))
            self.assertFalse([row for row in healthy
                              if row[1] not in (401, 403, 404)], healthy)
            which = f"(SELECT blob_id FROM file WHERE path = 'h/{name}')"
            damages = [
                "UPDATE blob SET checksum = x'00' WHERE id = " + which,
                f"UPDATE file SET version_id = x'00' WHERE path = 'h/{name}'"]
            if body is SMALL:
                damages[:0] = ["UPDATE blob SET inline_bytes = X'00' || "
                               "substr(inline_bytes, 2) WHERE id = " + which]
            else:
                self.flip(server, 5)
                self.assertEqual(list(self.strangers_reads(
                    server, name, *file)), healthy)
                self.assertGreater(self.damaged_reads(server), 0)
            for damage in damages:
                with self.subTest(name, damage=damage):
                    self.damage(server, damage)
                    self.assertEqual(list(self.strangers_reads(
                        server, name, *file)), healthy)
            # who may read it is told
            assert_refused(self, "jigsawstack", read(
                server, "jigsawstack", f"/v1/store/file/read/h/{name}"), 500)

    def test_a_row_that_names_an_unknown_store_is_told(self):
        server = self.server()
        files = store_everywhere(server)
        self.all_served(server, files)
        self.damage(server, "UPDATE blob SET store = 7")
        self.all_refused(server, files)
        done = server.tool("fsck")
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(done.stdout, "file a.bin: blob .* store 7")
        self.damage(server, "UPDATE blob SET store = 0")
        self.all_served(server, files)
        self.assertEqual(server.tool("fsck").returncode, 0)


if __name__ == "__main__":
    unittest.main()
