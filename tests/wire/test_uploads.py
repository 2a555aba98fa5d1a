# SPDX-License-Identifier: Apache-2.0
"""Uploads in parts, as the operator sees them: stowage uploads."""
import json
import os
import sqlite3
import unittest

from harness import WireTest, rows
from multipart import nested
from rawhttp import request

UPLOADS_MAX = 10_000
NOW = 4_000_000_000_000


def change(server, statement, of_each=((),)):
    with sqlite3.connect(os.path.join(server.data, "stowage.db"),
                         timeout=10) as db:
        db.executemany(statement, of_each)
    db.close()


def begin(server, *numbers, staged=0):
    """The rows of uploads, as their beginning makes them."""
    change(server,
           "INSERT INTO upload (id, token, account_id, origin, state, size,"
           " layout, told, created_at, touched_at, staged, reserved)"
           " VALUES (?, ?, 1, 2, 0, ?, 0, '{}', ?, ?, ?, 0)",
           [(number, f"{number:032}", number * 10, NOW + number,
             NOW + number, staged) for number in numbers])


class UploadsTest(WireTest):
    def tearDown(self):
        change(self.server, "DELETE FROM upload")

    def test_uploads_are_listed_and_removed(self):
        tool = self.server.tool
        done = tool("uploads", "list", "--json")
        self.assertEqual((done.returncode, done.stdout), (0, "[]\n"))
        begin(self.server, 7, 8)
        listed = json.loads(tool("uploads", "list", "--json").stdout)
        self.assertEqual([(one["id"], one["size"], one["received"])
                          for one in listed], [("7", 70, 0), ("8", 80, 0)])
        done = tool("uploads", "list")
        self.assertRegex(done.stdout, r"(?m)^7 +default .* +0 +70$")
        # the token is as good as a key
        self.assertNotIn(f"{7:032}", done.stdout + json.dumps(listed))
        self.assertEqual(tool("uploads", "remove", "7").returncode, 0)
        self.assertEqual(tool("uploads", "remove", f"{8:032}").returncode, 0)
        for name in ("7", "x", "", "0", "9" * 40):
            done = tool("uploads", "remove", name)
            self.assertEqual(done.returncode, 1, (name, done))
            self.assertIn("no upload", done.stderr)
        self.assertEqual(rows(self.server, "SELECT * FROM upload"), [])

    def start(self):
        return request(self.server, "POST", "/multipart/start", *nested(
            {"apikey": self.server.public, "filename": "f", "size": 3}))

    def tokens(self):
        return {token for token, in rows(self.server,
                                         "SELECT token FROM upload")}

    def test_of_ten_thousand_that_nobody_goes_on_with_the_oldest_give_way(self):
        begin(self.server, *range(1, UPLOADS_MAX + 1))
        started = [self.start() for _ in range(3)]
        self.assertEqual([s.status for s in started], [200] * 3, started)
        tokens = self.tokens()
        self.assertEqual(len(tokens), UPLOADS_MAX)
        self.assertLessEqual({s.json()["upload_id"] for s in started}, tokens)
        self.assertFalse(tokens & {f"{n:032}" for n in (1, 2, 3)})
        listed = json.loads(self.server.tool("uploads", "list",
                                             "--json").stdout)
        self.assertGreater(len(listed), 0)
        for one in listed:
            self.assertEqual(one["received"], 0)

    def test_ten_thousand_that_have_bytes_stay_and_one_more_is_refused(self):
        begin(self.server, *range(1, UPLOADS_MAX + 1), staged=1)
        refused = self.start()
        self.assertEqual(refused.status, 429, refused)
        self.assertIn("error", refused.json())
        self.assertEqual(len(self.tokens()), UPLOADS_MAX)


if __name__ == "__main__":
    unittest.main()
