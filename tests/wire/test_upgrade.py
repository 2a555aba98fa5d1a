# SPDX-License-Identifier: Apache-2.0
"""Data of earlier versions is opened with every byte and row as it was, and
what was under way goes on. tests/upgrade/make.py made the data."""
import hashlib
import json
import os
import pathlib
import re
import secrets
import sqlite3
import sys
import unittest

from apis import api_key, basic, bearer
from harness import TOP, Server, rows, wait_until
from rawhttp import request

DATA = TOP / "tests" / "upgrade"
sys.path.insert(0, str(DATA))
from make import LARGE, content     # noqa: E402

# What goes on after the start, and may change the row: the half-done job, and
# events that are tried again.
MOVING = {"folder": "path NOT LIKE 'from%' AND path NOT LIKE 'to%'",
          "file": "path NOT LIKE 'from/%' AND path NOT LIKE 'to/%'"}
CHANGING = {"event": {"attempts", "next_at", "last_error", "state",
                      "snapshot"},     # event_body has it since
            "api_key": {"last_used_at"}, "usage": {"bandwidth_bytes"}}
PASSED_OVER = {"job", "schema_step", "sqlite_sequence", "revision"}


def snapshot(db):
    """Table -> column names and sorted rows."""
    tables = [name for name, in db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {}
    for table in set(tables) - PASSED_OVER:
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")
                   if row[1] not in CHANGING.get(table, ())]
        where = MOVING.get(table, "true")
        found[table] = columns, sorted(db.execute(
            f"SELECT {', '.join(columns)} FROM {table} WHERE {where}"), key=str)
    return found


class OldServer(Server):
    """On the data of an earlier version."""

    def __init__(self, name, **options):
        super().__init__(**options)
        self.known = json.loads((DATA / f"{name}.json").read_text())
        text = (DATA / f"{name}.sql").read_text()
        for key in sorted(set(re.findall("@[A-Z]+[0-9]*@", text))):
            text = text.replace(key, {"@SECRET1@": self.secret,
                                      "@PUBLIC2@": self.public}.get(
                                          key, "key_" + secrets.token_hex(16)))
        os.mkdir(self.data, 0o700)
        db = sqlite3.connect(os.path.join(self.data, "stowage.db"))
        db.executescript(text)
        db.execute("PRAGMA journal_mode=WAL")
        self.before = snapshot(db)
        db.close()
        for path, seed in self.known["blobs"].items():
            file = pathlib.Path(self.data) / "blobs" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content(seed, LARGE))


class UpgradeTest(unittest.TestCase):
    maxDiff = None

    def old_server(self, name):
        server = OldServer(name, sweep_interval="1h", trash_grace="1h")
        self.addCleanup(server.close)
        return server.start()

    def assert_answer(self, server, noted):
        headers = {"": {}, "basic": basic(server.secret),
                   "bearer": bearer(server.secret),
                   "key": api_key(server.secret),
                   "public": api_key(server.public)}[noted["who"]]
        response = request(server, "GET", noted["target"], headers)
        self.assertEqual(response.status, noted["status"], response)
        self.assertEqual(response["Content-Type"], noted["type"], response)
        if noted["etag"]:
            self.assertEqual(response["ETag"], noted["etag"], response)
        if noted["sha256"]:
            self.assertEqual(hashlib.sha256(response.body).hexdigest(),
                             noted["sha256"], response)
        if noted["body"] is not None:
            self.assertEqual(response.json(), self.wanted(server, noted))

    def wanted(self, server, noted):
        text = json.dumps(noted["body"])
        return json.loads(text.replace("@URL@", server.url)
                          .replace("@HOST@", server.authority))

    def assert_job_ended(self, server):
        job = "/v1/bulkJobs/" + server.known["job"]
        answer = wait_until(lambda: request(
            server, "GET", job, basic(server.secret)).json()
            .get("status") == "Completed")
        self.assertTrue(answer, "the job does not end")
        for i in range(160):
            path = f"/default/to/from/{i:03}.txt"
            response = request(server, "GET", path, {})
            # keys of JigsawStack are no public files
            self.assertEqual(response.status, 401, response)
            response = request(
                server, "GET", f"/v1/store/file/read/to/from/{i:03}.txt",
                api_key(server.secret))
            self.assertEqual(response.body, f"{i}".encode(), response)
        self.assertEqual(rows(server, "SELECT count(*) FROM file WHERE path"
                              " LIKE 'from/%'"), [(0,)])

    def test_data_of_the_first_media_library(self):
        server = self.old_server("44488a3")
        db = sqlite3.connect(os.path.join(server.data, "stowage.db"))
        after = snapshot(db)
        for table, (columns, before) in server.before.items():
            with self.subTest(table=table):
                now = db.execute(f"SELECT {', '.join(columns)} FROM {table}"
                                 f" WHERE {MOVING.get(table, 'true')}")
                self.assertIn(table, after)
                self.assertEqual(sorted(now, key=str), before)
        db.close()
        for noted in server.known["requests"]:
            with self.subTest(target=noted["target"]):
                self.assert_answer(server, noted)
        self.assert_job_ended(server)
        done = server.tool("fsck")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
