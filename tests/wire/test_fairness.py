# SPDX-License-Identifier: Apache-2.0
"""What one account's long searches take from others, and what ends them."""
import json
import os
import re
import signal

from apis import (api_key, assert_file, assert_refused, basic, imagekit_upload,
                  jigsawstack_upload, stashfyle_upload)
from harness import Server, WireTest, rows, takes_long, wait_until
from rawhttp import Connection, build, request
from tenants import add_account

# 64 KiB of metadata that each of 16 conditions takes apart again
META = json.dumps({"m": [1] * 32000}, separators=(",", ":"))
QUERY = " OR ".join(['"customMetadata.m" = 2'] * 16)
FILES = 30
COPIES = 30     # of their folder


def busy(server):
    """How many requests wait for a worker, and how many heavy ones have one,
    as the log says on SIGUSR1."""
    def reports():
        with open(server.log_path, encoding="utf-8", errors="replace") as f:
            return re.findall(r"workers: (\d+) queued, \d+ busy "
                              r"\((\d+) of them heavy", f.read())
    before = len(reports())
    server.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: len(reports()) > before)
    return tuple(map(int, reports()[-1]))


def manage(server, method, path, body):
    return request(server, method, path, {
        **basic(server.secret), "Content-Type": "application/json"},
        json.dumps(body).encode())


def fill(server, copies=COPIES):
    """Files that are long to search."""
    assert manage(server, "POST", "/v1/customMetadataFields", {
        "name": "m", "label": "m", "schema": {
            "type": "MultiSelect", "selectOptions": [1]}}).status == 201
    for i in range(FILES):
        response = imagekit_upload(server, (b"x", "x"), fileName=f"{i}.txt",
                                   folder="/all", customMetadata=META)
        assert response.status == 200, response
    for i in range(copies):
        # 423 while the one before is at it
        assert wait_until(lambda: manage(
            server, "POST", "/v1/bulkJobs/copyFolder", {
                "sourceFolderPath": "/all",
                "destinationPath": f"/{i}"}).status == 200)
    assert wait_until(lambda: rows(
        server, "SELECT count(*) FROM file")[0][0] == FILES * (copies + 1))


def stands_still(server):
    """Each of its threads has been stopped."""
    tasks = f"/proc/{server.process.pid}/task"

    def state(task):
        with open(f"{tasks}/{task}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0]
    return all(state(task) == "T" for task in os.listdir(tasks))


def search(server, key=None):
    """A connection that waits for the answer to a search."""
    connection = Connection(server, 60)
    connection.send(build(
        "GET", "/v1/files", server.authority, {
            **basic(key or server.secret), "Content-Type": "application/json"},
        json.dumps({"searchQuery": QUERY}).encode()))
    return connection


class FairnessTest(WireTest):
    options = {"loops": "2", "query_timeout": "10m", "drain_timeout": "10m"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        fill(cls.server)
        cls.other = add_account(cls.server, "other")

    def flood(self, n=12):
        """Searches of the first account, two of them at work."""
        searches = []
        # the second one may have to wait for the company of before to go
        for more in (2, n - 2):
            for _ in range(more):
                searches.append(search(self.server))
                self.addCleanup(searches[-1].__exit__)
            self.assertTrue(wait_until(
                lambda: busy(self.server) == (len(searches) - 2, 2)),
                self.server.log())
        return searches

    def as_other(self, ask):
        own = self.server.secret, self.server.public, self.server.account
        self.server.secret, self.server.public = self.other
        self.server.account = "other"
        try:
            return ask()
        finally:
            (self.server.secret, self.server.public,
             self.server.account) = own

    def test_another_account_is_served_while_searches_go_on(self):
        searches = self.flood()
        server = self.server

        def served():
            for i in range(20):
                data = b"other %d" % i
                self.assertEqual(imagekit_upload(
                    server, (data, "x"), fileName=f"o{i}.txt",
                    useUniqueFileName="false").status, 200)
                assert_file(self, request(server, "GET", f"/other/o{i}.txt"),
                            data)
                listed = request(server, "GET", "/v1/files?limit=1",
                                 basic(server.secret))
                self.assertEqual(listed.status, 200, listed)
                self.assertEqual(request(server, "GET", "/readyz").status, 200)
            for store in (stashfyle_upload, jigsawstack_upload):
                self.assertEqual(store(server).status, 200)

        self.as_other(served)
        # keys are still read again, and the first account's other work done
        add_account(server, "late")
        self.assertEqual(imagekit_upload(server, (b"x", "x"),
                                         fileName="own.bin").status, 200)
        for connection in searches:
            self.assertFalse(connection.fill_now())
        # who goes gives its place to the next one
        for connection in searches:
            connection.socket.close()
        self.assertTrue(wait_until(lambda: busy(server) == (0, 0)))

    def test_a_client_that_ended_its_side_alone_has_a_moment(self):
        with Connection(self.server) as connection:
            connection.send(build("GET", "/v1/files?limit=1",
                                  self.server.authority,
                                  basic(self.server.secret)))
            connection.end()
            self.assertEqual(connection.read().status, 200)
        with search(self.server) as connection:
            connection.end()
            assert_refused(self, "imagekit", connection.read(), 503)

    def test_many_values_wait_as_searches_do(self):
        """To take them apart is as much work."""
        searches = self.flood()
        server, path = self.server, "/v1/files/batch/deleteByFileIds"
        much = json.dumps({"fileIds": [], "more": [{}] * 10000}).encode()

        def ask():
            connection = Connection(server, 60)
            connection.send(build("POST", path, server.authority, {
                **basic(server.secret), "Content-Type": "application/json",
                "Content-Length": str(len(much))}, much))
            self.addCleanup(connection.__exit__)
            return connection
        waits = ask()
        self.assertTrue(wait_until(lambda: busy(server) == (11, 2)))
        self.assertEqual(manage(server, "POST", path,
                                {"fileIds": []}).status, 400)
        # others have their places
        self.assertEqual(self.as_other(ask).read().status, 400)
        self.assertFalse(waits.fill_now())
        for connection in searches:
            connection.socket.close()
        self.assertEqual(waits.read().status, 400)
        self.assertTrue(wait_until(lambda: busy(server) == (0, 0)))

    def test_too_many_searches_are_refused_at_once(self):
        searches = self.flood(66)
        more = search(self.server)
        self.addCleanup(more.__exit__)
        response = more.read()
        assert_refused(self, "imagekit", response, 503)
        self.assertTrue(response["Retry-After"])
        for connection in searches:
            connection.socket.close()
        self.assertTrue(wait_until(lambda: busy(self.server) == (0, 0)))


class EndOfSearchTest(WireTest):
    options = {"loops": "1"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        fill(cls.server, 3)
        # not before: on a busy machine to fill it takes as long
        cls.server.options["query_timeout"] = "100ms"
        cls.server.restart()

    def test_a_search_ends_after_its_time_and_so_does_waiting_for_one(self):
        searches = [search(self.server) for _ in range(6)]
        for connection in searches:
            with connection:
                response = connection.read()
                assert_refused(self, "imagekit", response, 503)
                self.assertTrue(response["Retry-After"])
        # on a busy machine one may take as long
        self.assertTrue(wait_until(lambda: request(
            self.server, "GET", "/v1/files?limit=1",
            basic(self.server.secret)).status == 200))

    @takes_long
    def test_a_stop_ends_searches(self):
        server = Server(loops=1, query_timeout="10m", drain_timeout="10m")
        self.addCleanup(server.close)
        server.start()
        fill(server)
        searches = [search(server) for _ in range(4)]
        self.assertTrue(wait_until(lambda: busy(server) == (3, 1)))
        server.stop()
        for connection in searches:
            with connection:
                assert_refused(self, "imagekit", connection.read(), 503)


class LoopTest(WireTest):
    """One loop, which finds all that has come in one round."""
    options = {"loops": "1", "log_format": "json"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = add_account(cls.server, "other")

    def order(self, requests):
        """Whose requests were answered, in that order: (account, request)
        each on a connection that has had one before, all sent while the
        server stands still."""
        server, connections = self.server, []
        before = len(self.answered())
        for _, data in requests:
            connection = Connection(server)
            self.addCleanup(connection.__exit__)
            connection.send(data)
            self.assertEqual(connection.read().status, 200)
            connections.append(connection)
        server.process.send_signal(signal.SIGSTOP)
        self.assertTrue(wait_until(lambda: stands_still(server)))
        try:
            for connection, (_, data) in zip(connections, requests):
                connection.send(data)
        finally:
            server.process.send_signal(signal.SIGCONT)
        for connection in connections:
            self.assertEqual(connection.read().status, 200)
        self.assertTrue(wait_until(
            lambda: len(self.answered()) == before + 2 * len(requests)))
        return self.answered()[-len(requests):]

    def answered(self):
        """But to those who asked whether a key is known, which may still come
        into the log."""
        with open(self.server.log_path, encoding="utf-8") as f:
            return re.findall(r'(?m)^(?!.*/nothing/here).*"status":\d+.*'
                              r'"account":"(\w+)"', f.read())

    def requests(self, ask):
        """Thirty of one account, then one of the other."""
        return [("default", ask(self.server.secret))] * 30 + \
            [("other", ask(self.other[0]))]

    def test_who_asks_for_much_does_not_make_others_wait_for_all_of_it(self):
        authority = self.server.authority

        def read(secret):
            return build("GET", "/v1/store/file/read/a.txt", authority,
                         api_key(secret))

        def store(secret):
            return build("POST", "/v1/store/file?key=a.txt&overwrite=true",
                         authority, api_key(secret), b"hello")
        for ask in (store, read):
            with self.subTest(ask.__name__):
                order = self.order(self.requests(ask))
                self.assertLess(order.index("other"), 5, order)
