# SPDX-License-Identifier: Apache-2.0
"""What happens to Filestack's uploads in parts while they are under way: the
server ends, clients go or come twice, keys and quotas change.
"""
import concurrent.futures
import glob
import os

from apis import assert_refused, query
from harness import WireTest, blob_files, open_files, rows, takes_long, wait_until
from multipart import (MIB, Upload, data_of, half_put, md5_of, staged_bytes,
                       stored)
from rawhttp import Connection, build, request
from tenants import add_key, revoke_key, tool


def steps(upload, size):
    """Each request of an upload, by itself."""
    where = {}
    for number, part in upload.cut(size):
        def ask(number=number, part=part):
            where[number] = upload.upload(number, len(part),
                                          md5=md5_of(part))
            return where[number]

        def put(number=number, part=part):
            response = upload.put(where[number], part)
            upload.etags[number] = response["ETag"]
            return response
        yield from (ask, put)
    yield upload.complete


def make_folder(path):
    os.unlink(path)
    os.makedirs(path + "/inside")


def make_link(path):
    os.rename(path, path + ".log.old")
    os.symlink(path + ".log.old", path)


def make_fifo(path):
    os.unlink(path)
    os.mkfifo(path)


class DamagedTest(WireTest):
    """Something else is in the place of what is staged."""

    def files(self, upload):
        number, = rows(self.server, "SELECT id FROM upload WHERE token = ?",
                       upload.upload_id)[0]
        path = f"{self.server.seen_data}/blobs/uploads/{number:016x}"
        return number, path

    def damaged(self, damage, suffix=""):
        upload = Upload(self.server, data_of(250))
        upload.start()
        upload.send(100, (1, 2))
        number, path = self.files(upload)
        self.server.stop()
        damage(path + suffix)
        self.server.start()
        return upload, number

    def test_every_call_says_so_and_it_can_be_given_up(self):
        for suffix in "", ".log":
            for damage in make_folder, make_link, make_fifo, \
                    lambda path: os.truncate(path, 10):
                if suffix and damage not in (make_folder, make_fifo):
                    continue
                with self.subTest(damage, suffix=suffix):
                    upload, number = self.damaged(damage, suffix)
                    other = Upload(self.server, data_of(100, 2))
                    for response in (upload.upload(3, 50), upload.commit(1),
                                     upload.complete()):
                        self.assertEqual(response.status, 500, response)
                        self.assertIn("damaged", response.json()["error"])
                    self.assertEqual(upload.start().status, 200)
                    self.assertEqual(other.start().status, 200)
                    other.send(100)
                    self.assertEqual(other.complete().status, 200)
                    listed = tool(self.server, "uploads", "list")
                    self.assertIn(str(number), listed)
                    tool(self.server, "uploads", "remove", str(number))
                    self.assertNotIn(str(number),
                                     tool(self.server, "uploads", "list"))
                    self.assertFalse(os.path.lexists(
                        f"{self.server.seen_data}/blobs/uploads/"
                        f"{number:016x}"))

    def test_a_check_beside_the_server_and_a_repair(self):
        upload, number = self.damaged(make_fifo)
        done = self.server.tool("fsck")
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(done.stdout, rf"upload {number}: .* damaged")
        self.server.stop()
        self.assertEqual(self.server.tool("fsck", "--repair").returncode, 1)
        done = self.server.tool("fsck")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("in quarantine: 1 blobs", done.stdout)
        self.server.start()
        assert_refused(self, "filestack", upload.upload(3, 50), 404)


class RestartTest(WireTest):
    def go_through(self, end):
        """The server ends before each of the requests, and after the last."""
        upload = Upload(self.server, data_of(250))
        self.assertEqual(upload.start().status, 200)
        for step in steps(upload, 100):
            end()
            response = step()
            self.assertEqual(response.status, 200, response)
        end()
        again = upload.complete()
        self.assertEqual((again.status, again.json()["handle"]),
                         (200, response.json()["handle"]))
        self.assertEqual(stored(self.server, again), upload.data)

    def again(self, end):
        end()
        self.server.start()

    def test_an_upload_goes_on_after_any_restart(self):
        self.go_through(lambda: self.again(self.server.stop))

    def test_an_upload_goes_on_after_any_kill_9(self):
        self.go_through(lambda: self.again(self.server.kill9))

    def test_what_was_aside_is_put_in_its_place_after_a_kill_9(self):
        upload = Upload(self.server, data_of(250))
        upload.start()
        upload.send(100, (3, 2))
        self.again(self.server.kill9)
        upload.send(100, (1,))
        self.again(self.server.kill9)
        response = upload.complete()
        self.assertEqual(response.status, 200, response)
        self.assertEqual(stored(self.server, response), upload.data)

    def test_half_a_part_is_none(self):
        upload = Upload(self.server, data_of(250))
        upload.start()
        upload.send(100, (2, 3))
        where = upload.upload(1, 100)
        with half_put(self.server, where, upload.data[:50]):
            self.again(self.server.kill9)
        assert_refused(self, "filestack", upload.complete(
            fii=True, parts=None), 400)
        self.assertEqual(upload.put(where, upload.data[:100]).status, 200)
        self.assertEqual(upload.complete(fii=True, parts=None).status, 200)

    def test_half_a_large_part_is_none(self):
        upload = Upload(self.server, data_of(18 * MIB))
        upload.start()
        upload.send(6 * MIB, (1, 3))
        where = upload.upload(2, 6 * MIB)
        second = upload.data[6 * MIB:12 * MIB]
        with half_put(self.server, where, second[:4 * MIB], 6 * MIB):
            self.again(self.server.kill9)
        assert_refused(self, "filestack", upload.complete(
            fii=True, parts=None), 400)
        with half_put(self.server, where, second[:5 * MIB], 6 * MIB):
            pass
        wait_until(lambda: upload.put(where, second).status == 200)
        done = upload.complete(fii=True, parts=None)
        self.assertEqual(done.status, 200, done)
        self.assertEqual(stored(self.server, done), upload.data)


def staged(server):
    return [name for name in blob_files(server) if "uploads/" in name]


class ClientTest(WireTest):
    def begin(self, size=250):
        upload = Upload(self.server, data_of(size))
        self.assertEqual(upload.start().status, 200)
        return upload

    def test_whose_client_goes_can_send_it_again(self):
        upload = self.begin()
        where = upload.upload(1, 100)
        with half_put(self.server, where, b"x" * 50):
            pass
        first = wait_until(lambda: self.taken(upload, where))
        upload.etags[1] = first["ETag"]
        upload.send(100, (3, 2))
        self.assertEqual(stored(self.server, upload.complete()), upload.data)

    def test_whose_client_goes_while_it_is_summed_can_send_it_again(self):
        upload = self.begin(6 * MIB)
        where = upload.upload(1, len(upload.data), md5=md5_of(upload.data))
        for _ in range(3):
            with half_put(self.server, where, bytes(4 * MIB),
                          len(upload.data)):
                pass
        first = wait_until(lambda: self.taken(upload, where, len(upload.data)))
        upload.etags[1] = first["ETag"]
        self.assertEqual(stored(self.server, upload.complete()), upload.data)

    def test_a_part_takes_no_space_for_what_has_not_come(self):
        upload = self.begin(1)
        announced = 1024 * MIB
        upload.start(size=announced)
        where = upload.upload(1, announced)
        with half_put(self.server, where, data_of(4 * MIB), announced):
            wait_until(lambda: staged_bytes(self.server) >= 2 * MIB)
            self.assertLess(staged_bytes(self.server), 32 * MIB)

    def taken(self, upload, where, size=100):
        response = upload.put(where, upload.data[:size])
        return response if response.status == 200 else None

    def test_a_part_that_still_comes_is_in_the_way(self):
        upload = self.begin()
        upload.send(100, (2, 3))
        where = upload.upload(1, 100)
        with half_put(self.server, where, upload.data[:50]) as first:
            assert_refused(self, "filestack", upload.put(where, b"x" * 100),
                           503)
            first.send(upload.data[50:100])
            self.assertEqual(first.read("PUT").status, 200)
        response = upload.complete(parts=None, fii=True)
        self.assertEqual(stored(self.server, response), upload.data)

    def test_many_complete_at_once_and_one_file_comes_of_it(self):
        upload = self.begin(3 * MIB)
        self.assertEqual(upload.send(MIB), [])
        before = rows(self.server, "SELECT count(*) FROM file")[0][0]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda _: upload.complete(), range(8)))
        self.assertLessEqual({r.status for r in done}, {200, 202}, done)
        last = upload.complete()
        self.assertEqual(last.status, 200)
        self.assertEqual({r.json()["handle"] for r in done
                          if r.status == 200} | {last.json()["handle"]},
                         {last.json()["handle"]})
        after = rows(self.server, "SELECT count(*) FROM file")[0][0]
        self.assertEqual(after, before + 1)

    def test_few_parts_go_aside_when_all_begin_at_once(self):
        for _ in range(10):
            upload = self.begin(16 << 16)
            self.assertEqual(upload.send(1 << 16, at_once=4), [])
            number = rows(self.server, "SELECT id FROM upload "
                          "WHERE token = ?", upload.upload_id)[0][0]
            name = [name for name in staged(self.server)
                    if name.endswith(f"{number:x}.log")][0]
            path = os.path.join(self.server.seen_data, "blobs", name)
            with open(path, "rb") as f:
                log = f.read()
            places = [int.from_bytes(log[i + 16:i + 24], "big")
                      for i in range(0, len(log), 64)]
            # of those that were announced before or with the first part
            self.assertLessEqual(
                sum(place >= 16 << 16 for place in places), 4, places)
            self.assertEqual(upload.complete().status, 200)

    def test_a_part_that_comes_after_the_end_is_refused(self):
        for cuts in ((0, 100, 200), (0, 100, 250)):
            upload = self.begin(300)
            for number, at in enumerate(cuts, 1):
                part = upload.data[at:(*cuts[1:], 300)[number - 1]]
                where = upload.upload(number, len(part))
                response = upload.put(where, part)
                self.assertEqual(response.status, 200)
                upload.etags[number] = response["ETag"]
            self.assertEqual(upload.complete().status, 200)
            self.assertEqual(upload.put(where, part).status, 409, cuts)

    def test_nothing_is_left_of_what_was_complete(self):
        numbers = []
        for order in ((1, 2, 3), (3, 2, 1), (2, 1, 3), (1, 2, 3)):
            upload = self.begin(3000000)
            upload.send(1200000, order)
            numbers.append(self.end(upload))
        # each upload tidies up behind those before it
        self.assertTrue(wait_until(lambda: not [
            name for name in staged(self.server) for number in numbers[:-1]
            if f"{number:x}" in name]), staged(self.server))

    def end(self, upload):
        response = upload.complete()
        self.assertEqual(response.status, 200, response)
        self.assertTrue(stored(self.server, response) == upload.data)
        number, reserved = rows(
            self.server, "SELECT id, reserved FROM upload WHERE token = ?",
            upload.upload_id)[0]
        self.assertEqual(reserved, 0)
        return number

    def test_a_key_that_is_revoked_ends_its_uploads(self):
        key = add_key(self.server, api=["filestack"])
        upload = Upload(self.server, data_of(250), key=key)
        self.assertEqual(upload.start().status, 200)
        self.assertEqual(upload.part(1, upload.data[:100]).status, 200)
        where = upload.upload(2, 100)
        revoke_key(self.server, key)
        assert_refused(self, "filestack",
                       upload.put(where, upload.data[100:200]), 403)
        assert_refused(self, "filestack", upload.upload(3, 50), 404)
        assert_refused(self, "filestack", upload.complete(), 404)
        upload.key = None
        assert_refused(self, "filestack", upload.upload(3, 50), 403)


class StrangerTest(WireTest):
    """Parts of uploads that are not open: nobody knows yet whose they are."""
    options = {"client_uploads": "8", "filestack_max_file_size": "1M"}

    def begin(self, length):
        connection = Connection(self.server)
        self.addCleanup(connection.__exit__)
        connection.send(build(
            "PUT", f"/multipart/part/{'x' * 32}/1?offset=0&size={length}",
            self.server.authority, {"Content-Length": str(length),
                                    "Expect": "100-continue"}))
        return connection

    def test_no_more_than_so_many_of_them_at_once(self):
        stalled = []
        for _ in range(6):
            stalled.append(self.begin(100000))
            self.assertEqual(stalled[-1].read_head().status, 100)
        for connection in stalled[:2]:
            assert_refused(self, "filestack", connection.read("PUT"), 503)
        for connection in stalled[2:]:
            connection.send(b"x" * 100000)
            assert_refused(self, "filestack", connection.read("PUT"), 404)

    def test_none_is_longer_than_a_file_may_be(self):
        assert_refused(self, "filestack",
                       self.begin((1 << 20) + 1).read("PUT"), 413)

    def begin_form(self, method, target, length=None):
        """Whose fields the server has in memory while they come."""
        connection = Connection(self.server)
        self.addCleanup(connection.__exit__)
        size = {"Content-Length": str(length)} if length else \
            {"Transfer-Encoding": "chunked"}
        connection.send(build(
            method, target, self.server.authority,
            {"Content-Type": "multipart/form-data; boundary=b",
             "Expect": "100-continue", **size}))
        return connection

    def test_long_forms_of_nobody_take_its_places(self):
        for method, target, length in (
                ("POST", "/multipart/start", 900000),
                ("POST", "/multipart/complete", None),
                ("DELETE", f"/api/file/{'x' * 20}", 200000)):
            with self.subTest(target):
                self.server.restart()
                stalled = []
                for _ in range(5):
                    stalled.append(self.begin_form(method, target, length))
                    self.assertEqual(stalled[-1].read_head().status, 100)
                assert_refused(self, "filestack", stalled[0].read(method), 503)
                # what is short needs none, and takes none
                short = self.begin_form(method, target, 100)
                self.assertEqual(short.read_head().status, 100)
                self.assertFalse(stalled[1].fill_now())
                for connection in (*stalled, short):
                    connection.socket.close()


class SlowTest(WireTest):
    options = {"slow_workers": "1"}

    @takes_long
    def test_much_is_put_in_order_among_what_is_slow(self):
        data = data_of(17 * MIB)
        # of which something is lost, so that all is compared
        doubted = Upload(self.server, data)
        self.assertEqual(doubted.start().status, 200)
        self.assertEqual(doubted.part(1, data).status, 200)
        self.server.stop()
        for log in glob.glob(f"{self.server.data}/blobs/uploads/*.log"):
            with open(log, "ab") as f:
                f.write(b"torn")
        self.server.start()
        upload = Upload(self.server, data)
        self.assertEqual(upload.start().status, 200)
        # of which a little is written over
        whole = Upload(self.server, data)
        self.assertEqual(whole.start().status, 200)
        self.assertEqual(whole.part(1, data).status, 200)
        middle = whole.upload(1, 1, offset=9)
        # not equal: the file has to be copied
        for number, part in enumerate((data[:9 * MIB], data[9 * MIB:10 * MIB],
                                       data[10 * MIB:]), 1):
            self.assertEqual(upload.part(number, part).status, 200)
        origin = self.origin()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            held = pool.submit(request, self.server, "POST", query(
                "/api/store/S3", key=self.server.public,
                url=origin.hang("/")))
            self.assertTrue(wait_until(lambda: origin.seen))
            self.assertEqual(upload.complete().status, 202)
            self.assertEqual(doubted.complete().status, 202)
            assert_refused(self, "filestack",
                           whole.put(middle, data[9:10]), 503)
            origin.ended.set()
            held.result()
        self.assertEqual(whole.put(middle, data[9:10]).status, 200)
        for response in (upload.complete(), doubted.complete(),
                         whole.complete(fii=True, parts=None)):
            self.assertEqual(response.status, 200, response)
            self.assertTrue(stored(self.server, response) == data)


class AccountTest(WireTest):
    def test_what_is_staged_counts_and_an_account_that_is_full_waits(self):
        tool(self.server, "accounts", "set", "default", "--max-storage", "1000")
        self.server.restart()
        first = Upload(self.server, data_of(600))
        self.assertEqual(first.start().status, 200)
        second = Upload(self.server, data_of(600))
        self.assertEqual(second.start().status, 200)
        assert_refused(self, "filestack",
                       Upload(self.server, data_of(1001)).start(), 413)
        self.assertEqual(first.part(1, first.data).status, 200)
        assert_refused(self, "filestack", second.part(1, second.data), 413)
        assert_refused(self, "filestack",
                       Upload(self.server, data_of(600)).start(), 413)
        self.assertEqual(first.complete().status, 200)
        assert_refused(self, "filestack", second.part(1, second.data), 413)

    def test_an_account_that_is_full_completes_what_came_before_its_place(self):
        tool(self.server, "accounts", "set", "default", "--max-storage", "250")
        self.server.restart()
        upload = Upload(self.server, data_of(250))
        self.assertEqual(upload.start().status, 200)
        self.assertEqual(upload.send(100, (2, 1, 3)), [])
        response = upload.complete()
        self.assertEqual(response.status, 200, response)
        self.assertEqual(stored(self.server, response), upload.data)
        self.assertEqual(rows(self.server, "SELECT sum(storage_bytes) "
                              "FROM usage")[0][0], 250)


class DescriptorTest(WireTest):
    def test_slow_clients_hold_only_so_many_staged_blobs_open(self):
        self.server.stop()
        self.server.wrap = ["prlimit", "--nofile=1024:1024"]
        self.server.start()
        slow, n = [], 60
        for _ in range(n):
            upload = Upload(self.server, data_of(250))
            self.assertEqual(upload.start().status, 200)
            where = upload.upload(1, 100)
            self.assertEqual(where.status, 200)
            connection = self.enterContext(
                half_put(self.server, where, upload.data[:50]))
            slow.append((upload, connection))
        self.assertLess(len([path for path in open_files(self.server)
                             if "/uploads/" in path]), 2 * n)
        for upload, connection in slow:
            connection.send(upload.data[50:100])
            response = connection.read("PUT")
            self.assertEqual(response.status, 200, response)
