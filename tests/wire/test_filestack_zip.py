# SPDX-License-Identifier: Apache-2.0
"""Archives of several files: Filestack's zip, made while it is sent."""
import io
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import zipfile

import samples
from apis import (api_key, filestack_store, jigsawstack_read,
                  jigsawstack_upload)
from filestack_cdn import CdnTest
from harness import blob_files, cool_blobs, open_files, takes_long, wait_until
from rawhttp import Connection, ProtocolError, build, form, request

MIB = 1 << 20


def names(body):
    return zipfile.ZipFile(io.BytesIO(body)).namelist()


class ZipTest(CdnTest):
    def zip(self, *handles, key=""):
        return self.get(f"{key}/zip/[{','.join(handles)}]")

    def assert_archive(self, response, *members):
        """members: (name, bytes), in their order."""
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response["Content-Type"], "application/zip")
        archive = zipfile.ZipFile(io.BytesIO(response.body))
        self.assertIsNone(archive.testzip())
        self.assertEqual([(info.filename, archive.read(info))
                          for info in archive.infolist()], list(members))
        return archive

    def open_archive(self, target, take=100_000, **options):
        """An answer that has begun, and whose client takes no more of it."""
        connection = Connection(self.server, **options)
        self.addCleanup(connection.socket.close)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                     65536)
        connection.send(build("GET", target, self.server.authority))
        while len(connection.buffer) < take:
            self.assertTrue(connection.fill())
        return connection

    def test_files_come_out_as_they_went_in(self):
        files = [("a.txt", b"hello"), ("empty", b""),
                 ("ä ö.bin", samples.noise(300_000)),
                 ("border.bin", samples.noise(65536)),
                 ("behind.bin", samples.noise(65537)),
                 ("large.bin", samples.noise(5_000_000))]
        handles = [self.store(data, name) for name, data in files]
        for n in (1, len(files)):
            for key in ("", "/" + self.server.public):
                with self.subTest(n=n, key=key):
                    response = self.zip(*handles[:n], key=key)
                    archive = self.assert_archive(response, *files[:n])
                    self.assertRegex(response["Content-Disposition"],
                                     '^attachment; filename=".*[.]zip"$')
        for info in archive.infolist():
            self.assertEqual(info.compress_type, zipfile.ZIP_STORED)
            self.assertLess(abs(time.mktime((*info.date_time, 0, 0, 0))
                                - time.mktime(time.gmtime())), 3600)
            self.assertEqual(info.external_attr >> 16, 0o100644)
        self.assert_archive(self.get("/zip/" + handles[0]), files[0])
        cool_blobs(self.server)
        self.assert_archive(self.zip(*handles), *files)

    def test_what_the_system_unpacks_is_the_same(self):
        files = [("a.txt", b"hello"), ("b.bin", samples.noise(100_000))]
        handles = [self.store(data, name) for name, data in files]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.zip")
            with open(path, "wb") as f:
                f.write(self.zip(*handles).body)
            subprocess.run(["python3", "-m", "zipfile", "-e", path, folder],
                           check=True)
            for name, data in files:
                with open(os.path.join(folder, name), "rb") as f:
                    self.assertEqual(f.read(), data)

    def test_names_that_are_the_same_get_numbers(self):
        files = [("a.jpg", b"1"), ("a.jpg", b"2"), ("A.jpg", b"3"),
                 ("b", b"4"), ("b", b"5")]
        handles = [self.store(data, name) for name, data in files]
        self.assertEqual(names(self.zip(*handles, handles[0]).body),
                         ["a.jpg", "a (1).jpg", "A (2).jpg", "b", "b (1)",
                          "a (3).jpg"])

    def test_hundreds_of_files_are_one_archive_and_few_descriptors(self):
        files = [(f"{i}.bin", samples.noise(9000 + i, i)) for i in range(300)]
        handles = [self.store(data, name) for name, data in files]
        self.server.restart()
        before = len(open_files(self.server))
        self.assert_archive(self.zip(*handles), *files)
        self.assert_archive(self.zip(*reversed(handles)), *reversed(files))
        self.assertLess(len(open_files(self.server)) - before, 300)

    def test_ten_thousand_files_are_no_archive(self):
        handle = self.store()
        for n in (1001, 10_000):
            refused = request(
                self.server, "POST", "/process",
                {"Content-Type": "application/json"},
                json.dumps({"apikey": self.server.public,
                            "tasks": [{"name": "zip"}],
                            "sources": [handle] * n}).encode())
            self.assertIn(refused.status, (400, 413), (n, refused))
            self.assertIn("error", refused.json())
        self.assertIn(self.zip(*[handle] * 10_000).status, (400, 414, 431))
        self.assert_archive(self.zip(handle),
                            ("pic.png", self.get(f"/{handle}").body))

    def test_nothing_is_sent_if_one_of_them_is_missing_or_private(self):
        good, hidden = self.store(), self.private()
        wrong = good[:-1] + ("1" if good[-1] != "1" else "2")
        for handles, status in (((good, hidden), 403), ((hidden, good), 403),
                                ((good, wrong), 404), ((good, "x"), 404),
                                ((good, wrong, hidden), 404)):
            with self.subTest(handles):
                self.assert_said(self.zip(*handles), status)
        response = self.get(f"/zip/[{good},{hidden}]", self.app())
        self.assertEqual(names(response.body), ["pic.png", "pic (1).png"])
        self.assertEqual(response["Cache-Control"], "private, no-store")
        for bad in ("/zip/[]", "/zip/"):
            with self.subTest(bad):
                self.assertIn(self.get(bad).status, (400, 404))

    def test_an_archive_is_asked_for_by_what_is_known_and_only_whole(self):
        handles = [self.store(b"1" * 1000, "a"), self.store(b"2", "b")]
        target = f"/zip/[{','.join(handles)}]"
        whole = self.get(target)
        self.assertEqual(whole["Accept-Ranges"], "none")
        self.assertRegex(whole["Cache-Control"], "^public, max-age=0")
        head = self.get(target, method="HEAD")
        for field in ("Content-Length", "ETag", "Last-Modified",
                      "Content-Type", "Content-Disposition"):
            self.assertEqual(head[field], whole[field], field)
        for wanted in ("bytes=0-9", "bytes=-5", "bytes=99999999-"):
            response = self.get(target, {"Range": wanted})
            self.assertEqual((response.status, response.body),
                             (200, whole.body))
        for field, value in (("If-None-Match", whole["ETag"]),
                             ("If-Modified-Since", whole["Last-Modified"])):
            self.assertEqual(self.get(target, {field: value}).status, 304)
        self.assertEqual(self.get(target, {"If-Match": '"x"'}).status, 412)
        self.assertEqual(self.get(target).body, whole.body)
        self.assertNotEqual(self.zip(*reversed(handles))["ETag"],
                            whole["ETag"])

    def test_files_of_other_hosts_are_among_them(self):
        origin = self.origin()
        url = origin.add("/afar.txt", b"from afar", "text/plain")
        data = samples.noise(400_000)
        other = origin.add("/large.bin", data, "application/octet-stream")
        sources = (self.store(b"here", "here.txt"),
                   f'"{url}"', f"%22{other}%22")
        self.assert_archive(self.zip(*sources, key="/" + self.server.public),
                            ("here.txt", b"here"),
                            ("afar.txt", b"from afar"),
                            ("large.bin", data))
        self.assert_said(self.zip(*sources), 403)

    def large(self, n=6):
        """A handle of 20 MiB, in a list n times."""
        if not hasattr(type(self), "handle"):
            type(self).handle = self.store(samples.noise(20 * MIB), "l.bin")
        return ",".join([self.handle] * n)

    @takes_long
    def test_what_changes_before_its_turn_ends_the_archive(self):
        def replace(path):
            filestack_store(self.server, samples.noise(1000, 7), path=path)

        def hide(path):
            self.private(b"another", path.lstrip("/"))

        def delete(path):
            response = self.get(f"/v1/store/file/read{path}",
                                api_key(self.server.secret), "DELETE")
            self.assertEqual(response.status, 200, response)

        for change in (replace, hide, delete):
            with self.subTest(change.__name__):
                path = f"/{change.__name__}/v.bin"
                victim = self.store(b"x" * 1000, "v.bin", path=path)
                connection = self.open_archive(
                    f"/zip/[{self.large(2)},{victim}]")
                change(path)
                with self.assertRaisesRegex(ProtocolError, "body cut"):
                    connection.read()
                self.assertNotIn(b"xxxx", connection.buffer[-2000:])
        self.assertTrue(self.server.logged("archive ends early"))

    def test_what_changes_in_its_turn_is_sent_as_it_was(self):
        data = samples.noise(20 * MIB, 5)
        handle = self.store(data, "t.bin", path="/turn/t.bin")
        connection = self.open_archive(f"/zip/[{handle}]")
        filestack_store(self.server, b"another", path="/turn/t.bin")
        self.assert_archive(connection.read(), ("t.bin", data))

    def test_a_file_that_cannot_be_read_cuts_it_and_is_told(self):
        handle = self.store(samples.noise(777_777), "short.bin")
        self.assertEqual(self.get("/" + handle).status, 200)
        for name in blob_files(self.server):
            path = os.path.join(self.server.data, "blobs", name)
            if os.path.getsize(path) == 777_777:
                os.truncate(path, 300_000)
        with self.assertRaisesRegex(ProtocolError, "body cut"):
            self.zip(handle)
        self.assertTrue(self.server.logged("archive cannot be read"))

    def anonymous(self):
        """KiB that belong to the process alone and to no file."""
        with open(f"/proc/{self.server.process.pid}/smaps_rollup") as f:
            return int(re.search(r"(?m)^Anonymous: +(\d+)", f.read())[1])

    def test_clients_that_trickle_hold_little_and_leave_nothing(self):
        target = f"/zip/[{self.large(50)}]"
        self.open_archive(target).socket.close()
        self.assertEqual(jigsawstack_upload(self.server, "k").status, 200)
        before, files = self.anonymous(), len(open_files(self.server))
        clients = [self.open_archive(target, 4000) for _ in range(40)]
        with open(f"/proc/{self.server.process.pid}/maps") as f:
            sanitized = "libasan" in f.read()
        if not sanitized:
            self.assertLess(self.anonymous() - before, 40 * 48)
        self.assertEqual(jigsawstack_read(self.server, "k").status, 200)
        for client in clients:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                     b"\1\0\0\0\0\0\0\0")
            client.socket.close()
        self.assertTrue(wait_until(
            lambda: len(open_files(self.server)) <= files + 1))

    @takes_long
    def test_a_stop_in_the_middle_cuts_it_and_ends(self):
        target = f"/zip/[{self.large(50)}]"
        clients = [self.open_archive(target) for _ in range(3)]
        process, self.server.process = self.server.process, None
        process.send_signal(signal.SIGTERM)
        for client in clients[:1]:
            with self.assertRaisesRegex(ProtocolError, "body cut|Connection"):
                client.read()
                client.fill()
                raise ProtocolError("Connection")   # it was fast enough
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        self.server.start()


class StoredZipTest(CdnTest):
    options = {"max_file_size": "1M"}

    def test_an_archive_can_become_a_file(self):
        files = [("a.txt", b"hello"), ("b.bin", samples.noise(200_000))]
        handles = [self.store(data, name) for name, data in files]
        for words, name in (("store", "files.zip"),
                            ("store=filename:my.zip,path:%22/z/%22",
                             "my.zip")):
            with self.subTest(words):
                stored = self.assert_json(self.get(
                    f"/{self.server.public}/zip/{words}/"
                    f"[{','.join(handles)}]", method="POST"))
                self.assertEqual(stored["filename"], name)
                self.assertEqual(stored["type"], "application/zip")
                body = self.get("/" + stored["handle"]).body
                archive = zipfile.ZipFile(io.BytesIO(body))
                self.assertIsNone(archive.testzip())
                self.assertEqual([(i.filename, archive.read(i))
                                  for i in archive.infolist()], files)
        chain = f"/{self.server.public}/zip/store/"
        for sources, status in ((",".join([handles[1]] * 6), 413),
                                (handles[0] + ",x", 404)):
            with self.subTest(sources):
                self.assertEqual(self.get(f"{chain}[{sources}]",
                                          method="POST").status, status)
        self.assert_said(self.get(f"/zip/store/[{handles[0]}]",
                                  method="POST"), 403)
