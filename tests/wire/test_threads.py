# SPDX-License-Identifier: Apache-2.0
"""Which threads of the server go before which, as anybody sees it in /proc."""
import contextlib
import os

from apis import api_key, basic, filestack_store, imagekit_upload
from harness import WireTest, wait_until
from pictures import flat_png
from rawhttp import form, request

PROMPT, WORK, LONG, LAST = 0, 5, 10, 19
PLACES = {
    "stowage": PROMPT,      # waits for signals
    "loop": PROMPT,
    "db-writer": PROMPT,
    "helpers": PROMPT,
    "log": WORK,
    "db-checkpoint": WORK,
    "behind": WORK,
    "worker": WORK,
    "droppers": WORK,
    "heavy": LONG,
    "md5": LONG,
    "sums": LONG,
    "derived": LONG,
    "jobs": LONG,
    "sweeps": LONG,
    "webhooks": LONG,
    "hashes": LAST,
    "scrub": LAST,
}
LARGE = b"x" * (1 << 20)


def nice_of(stat):
    with open(stat, encoding="ascii", errors="replace") as f:
        return int(f.read().rsplit(")", 1)[1].split()[16])


def threads(server):
    """The name and the nice value of each."""
    tasks = f"/proc/{server.process.pid}/task"
    found = set()
    for task in os.listdir(tasks):
        with contextlib.suppress(OSError):      # it has ended
            with open(f"{tasks}/{task}/comm", encoding="ascii") as f:
                found.add((f.read().strip(),
                           nice_of(f"{tasks}/{task}/stat")))
    return found


def children(server):
    tasks = f"/proc/{server.process.pid}/task"
    found = []
    for task in os.listdir(tasks):
        with contextlib.suppress(OSError):
            with open(f"{tasks}/{task}/children", encoding="ascii") as f:
                found += f.read().split()
    return found


class ThreadsTest(WireTest):
    def expected(self, place):
        own = nice_of(f"/proc/{self.server.process.pid}/stat")
        return min(own + place, 19)

    def work_for_all(self):
        """A bit of everything that threads are only made for when it is
        asked for."""
        s = self.server
        said = imagekit_upload(s, (flat_png(40, 20), "a.png"),
                               fileName="a.png")
        self.assertEqual(said.status, 200, said)
        said = filestack_store(s, LARGE)
        self.assertEqual(said.status, 200, said)
        handle = said.json()["url"].rsplit("/", 1)[1]
        for path in (f"/api/file/{handle}/metadata?sha1=true", "/v1/files"):
            said = request(s, "GET", path, basic(s.secret))
            self.assertEqual(said.status, 200, said)

    def test_each_kind_of_thread_has_its_place(self):
        self.work_for_all()
        wanted = {"loop", "db-writer", "worker", "heavy", "hashes"}
        self.assertTrue(wait_until(lambda: wanted <= {
            name for name, _ in threads(self.server)}))
        # who has just been started may not be where it belongs yet
        self.assertTrue(wait_until(lambda: all(
            nice == self.expected(PLACES[name])
            for name, nice in threads(self.server))), threads(self.server))

    def test_helpers_go_after_those_who_answer(self):
        self.work_for_all()
        self.assertTrue(wait_until(lambda: children(self.server)))
        self.assertTrue(wait_until(lambda: all(
            nice_of(f"/proc/{pid}/stat") == self.expected(LONG)
            for pid in children(self.server))))


class ValuesTest(WireTest):
    """Nobody's body is taken apart for long on a loop."""

    def setUp(self):
        self.server.restart()

    def working(self):
        return {name for name, _ in threads(self.server)} & {"worker",
                                                             "heavy"}

    def test_values_of_whoever_sends_them_wait_for_a_thread(self):
        s = self.server
        values = b'{"x":[' + b"{}," * 1000 + b"{}]}"
        as_json = {"Content-Type": "application/json"}
        for path in ("/prefetch", "/auth/logout", f"/api/store/S3?key={s.public}"):
            with self.subTest(path):
                s.restart()
                request(s, "POST", "/filestack" + path, as_json, b"{}")
                self.assertEqual(self.working(), set())
                request(s, "POST", "/filestack" + path, as_json, values)
                self.assertEqual(self.working(), {"worker"})

    def test_options_of_uploads_wait_for_a_thread(self):
        s = self.server
        for options, working in (("{}", set()),
                                 ('{"x":[' + "{}," * 1000 + "{}]}",
                                  {"worker"})):
            kind, body = form(("file", b"hello", "a.mp4", "video/mp4"),
                              ("body", options))
            said = request(s, "POST", "/v1/store/file",
                           {**api_key(s.secret), **kind}, body)
            self.assertEqual(said.status, 200, said)
            self.assertEqual(self.working(), working)
