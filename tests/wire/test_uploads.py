# SPDX-License-Identifier: Apache-2.0
"""Uploads in parts, as the operator sees them: stowage uploads."""
import json
import os
import sqlite3
import unittest

from harness import WireTest, rows


def begin(server, number, touched=None):
    """The row of one that has no bytes, as its beginning makes it."""
    with sqlite3.connect(os.path.join(server.data, "stowage.db"),
                         timeout=10) as db:
        now = touched or 4_000_000_000_000
        db.execute(
            "INSERT INTO upload (id, token, account_id, origin, state, size,"
            " layout, told, created_at, touched_at, staged, reserved)"
            " VALUES (?, ?, 1, 2, 0, ?, 0, '{}', ?, ?, 0, 0)",
            (number, f"{number:032}", number * 10, now, now))
    db.close()


class UploadsTest(WireTest):
    def test_uploads_are_listed_and_removed(self):
        tool = self.server.tool
        done = tool("uploads", "list", "--json")
        self.assertEqual((done.returncode, done.stdout), (0, "[]\n"))
        for number in (7, 8):
            begin(self.server, number)
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


if __name__ == "__main__":
    unittest.main()
