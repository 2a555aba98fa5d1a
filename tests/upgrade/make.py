#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a data directory with what a library can hold, and writes down what it
is, so that later versions can be shown to open it (tests/wire/test_upgrade.py).

usage: STOWAGE_BIN=build/stowage tests/upgrade/make.py NAME

Writes NAME.sql, the database as text, and NAME.json: the large files, whose
bytes follow from a seed, and requests with the answers they got. Keys are made
new each time the data is used: @NAME@ stands for them. NAME is the version
that STOWAGE_BIN is of.
"""
import hashlib
import json
import os
import pathlib
import sqlite3
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "wire"))

# pylint: disable=wrong-import-position
from apis import (api_key, basic, bearer, filestack_store, imagekit_upload,
                  jigsawstack_upload, stashfyle_upload)
from harness import Server, rows, wait_until
from rawhttp import request

LARGE = 200_000         # bytes, more than --inline-limit


def content(seed, n):
    """n bytes that follow from the seed."""
    out, block = b"", 0
    while len(out) < n:
        out += hashlib.sha256(f"{seed}:{block}".encode()).digest()
        block += 1
    return out[:n]


def ok(response, *statuses):
    assert response.status in (statuses or (200,)), response
    return response.json() if response.body[:1] in (b"{", b"[") else None


class Maker:
    def __init__(self, server):
        self.server = server
        self.secret = basic(server.secret)
        self.requests = []

    def imagekit(self, method, target, body=None, status=200):
        headers = {**self.secret, "Content-Type": "application/json"}
        text = json.dumps(body).encode() if body is not None else None
        return ok(request(self.server, method, target, headers, text), status)

    def upload(self, name, data, **fields):
        return ok(imagekit_upload(self.server, (data, name), fileName=name,
                                  useUniqueFileName="false", **fields))

    def ask(self, who, target):
        """Notes what the server answers; who: whose credential goes along."""
        headers = {"": {}, "basic": self.secret,
                   "bearer": bearer(self.server.secret),
                   "key": api_key(self.server.secret),
                   "public": api_key(self.server.public)}[who]
        response = request(self.server, "GET", target, headers)
        json_type = response["Content-Type"].startswith("application/json")
        self.requests.append({
            "who": who, "target": target, "status": response.status,
            "type": response["Content-Type"],
            "etag": response["ETag"] if response.status == 200 else None,
            "body": response.json() if json_type and response.status == 200
            else None,
            "sha256": hashlib.sha256(response.body).hexdigest()
            if response.status == 200 and not json_type else None})


def fill_imagekit(m):
    m.imagekit("POST", "/v1/customMetadataFields",
               {"name": "price", "label": "Price",
                "schema": {"type": "Number", "minValue": 1}}, 201)
    first = m.upload("a.txt", b"first", folder="/x/y", tags="red,blue",
                     customMetadata='{"price":7}', description="one")
    m.upload("a.txt", content("a2", LARGE), folder="/x/y")
    m.upload("a.txt", b"third", folder="/x/y")
    m.upload("private.txt", b"closed", isPrivateFile="true")
    m.upload("draft.txt", b"draft", isPublished="false")
    m.upload("large.bin", content("large", LARGE), customCoordinates="1,2,3,4")
    m.imagekit("POST", "/v1/files/copy",
               {"sourceFilePath": "/large.bin", "destinationPath": "/copies"},
               204)
    doomed = m.upload("doomed.bin", content("doomed", LARGE))
    m.imagekit("DELETE", "/v1/files/" + doomed["fileId"], status=204)
    m.imagekit("POST", "/v1/folder",
               {"folderName": "empty", "parentFolderPath": "/"}, 201)
    return first["fileId"]


def fill_others(m):
    stash = stashfyle_upload(m.server, (b"stash", "same.txt"), folder="s")
    closed = stashfyle_upload(m.server, (content("stash", LARGE), "same.txt"),
                              folder="s", private="true")
    handle = ok(filestack_store(m.server, b"filestack", filename="same.txt"))
    ok(jigsawstack_upload(m.server, "dir/key.txt", b"jigsaw"))
    ok(jigsawstack_upload(m.server, "dir/key.bin", content("jigsaw", LARGE)))
    ok(jigsawstack_upload(m.server, "dir/key.txt", b"jigsaw again",
                          overwrite="true"))
    return ok(stash)["id"], ok(closed)["id"], handle["url"].split("/")[-1]


def fill_accounts(server):
    for words in (("accounts", "create", "other", "--plan", "hobby"),
                  ("accounts", "set", "other", "--max-uploads", "9"),
                  ("keys", "create", "--kind", "public", "--label", "page",
                   "--origin", "https://a.example"),
                  ("webhooks", "add", "http://127.0.0.9:9/hook", "--event",
                   "file.created")):
        done = server.tool(*words)
        assert done.returncode == 0, done


def half_done_job(m):
    """A folder that is on its way when the server is killed."""
    for i in range(160):
        ok(jigsawstack_upload(m.server, f"from/{i:03}.txt", f"{i}".encode()))
    ok(jigsawstack_upload(m.server, "from/deep/er/last.txt", b"last"))
    job = m.imagekit("POST", "/v1/bulkJobs/moveFolder",
                     {"sourceFolderPath": "/from", "destinationPath": "/to"})
    seen = wait_until(lambda: rows(
        m.server, "SELECT done FROM job WHERE state = 0 AND done > 0"), 5)
    m.server.kill9()
    assert seen, "the job ended too soon; try again"
    return job["jobId"]


def dump(server, out):
    db = sqlite3.connect(os.path.join(server.data, "stowage.db"))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    names = {text: f"@{kind}{number}@" for number, kind, text in db.execute(
        "SELECT id, CASE kind WHEN 1 THEN 'SECRET' ELSE 'PUBLIC' END, key_text"
        " FROM api_key")}
    names.update({text: "@HOOK@" for text, in db.execute(
        "SELECT secret FROM webhook")})
    text = "\n".join(db.iterdump()) + "\n"
    assert db.execute("SELECT done FROM job WHERE state = 0").fetchall()
    db.close()
    for secret, name in names.items():
        text = text.replace(secret, name)
    out.write_text(text, encoding="utf-8")


def blobs(server, seeds):
    """The large files, by where they are."""
    known = {content(seed, LARGE): seed for seed in seeds}
    top = pathlib.Path(server.data) / "blobs"
    return {str(path.relative_to(top)): known[path.read_bytes()]
            for path in sorted(top.rglob("*")) if path.is_file()}


def main(name):
    # nothing is posted, and what was deleted stays on the trash list
    with Server(trash_grace="1h", sweep_interval="1h",
                webhook_timeout="1s") as server:
        m = Maker(server)
        fill_accounts(server)
        time.sleep(1)       # the server sees accounts twice a second
        file_id = fill_imagekit(m)
        open_id, closed_id, handle = fill_others(m)
        version = m.imagekit("GET", f"/v1/files/{file_id}/versions")[-1]
        for who, target in (
                ("basic", "/v1/files?type=file&path=/&sort=ASC_NAME"),
                ("basic", "/v1/files?searchQuery=tags%20IN%20%5B%22red%22%5D"),
                ("basic", f"/v1/files/{file_id}/details"),
                ("basic", f"/v1/files/{file_id}/versions"),
                ("basic", "/v1/customMetadataFields"),
                ("", "/default/x/y/a.txt"), ("", "/default/large.bin"),
                ("", "/default/copies/large.bin"), ("", "/default/private.txt"),
                ("", "/default/draft.txt"), ("", "/default/doomed.bin"),
                ("", "/default/x/y/a.txt?ik-obj-version="
                 + version["versionInfo"]["id"]),
                ("bearer", f"/v1/files/{open_id}"),
                ("bearer", f"/v1/files/{closed_id}"),
                ("", f"/filestack/{handle}"), ("", f"/api/file/{handle}"),
                ("key", "/v1/store/file/read/dir/key.txt"),
                ("public", "/v1/store/file/read/dir/key.bin"),
                ("", "/v1/store/file/read/dir/key.txt")):
            m.ask(who, target)
        job = half_done_job(m)
        dump(server, HERE / f"{name}.sql")
        known = {"blobs": blobs(server, ("a2", "large", "doomed", "stash",
                                         "jigsaw")),
                 "job": job, "requests": m.requests}
        text = json.dumps(known, indent=1)
        for base in (server.url, server.authority):
            text = text.replace(base, "@URL@" if "//" in base else "@HOST@")
        (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
