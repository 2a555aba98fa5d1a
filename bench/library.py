# SPDX-License-Identifier: Apache-2.0
"""A library of many files, made quickly: one file of each folder is uploaded,
and its row is copied with whatever columns the schema has by now."""
import collections
import json
import os
import sqlite3

from servers import Failure, Stowage

FOLDERS = [""] + [f"f{i}/g{j}" for i in range(10) for j in range(10)]
AT_ONCE = 50000
FIRST_SECOND = 1600000000


def copy_of(row, **changed):
    unknown = sorted(set(changed) - set(row))
    if unknown:
        raise Failure(f"no such columns: {unknown}")
    return {**row, **changed}


def insert(db, table, rows):
    if rows:
        names, marks = ", ".join(rows[0]), ", ".join("?" * len(rows[0]))
        db.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})",
                       [list(row.values()) for row in rows])


def file_row(templates, number):
    """Every second file is in the root, the others are spread over the
    folders; all names begin alike."""
    spread = FOLDERS[1 + number // 2 % (len(FOLDERS) - 1)]
    folder = spread if number % 2 else ""
    # ids begin with their second; several files have the same
    second = FIRST_SECOND + number // 4
    key = second.to_bytes(4, "big") + os.urandom(8)
    name = f"n{number:07}.txt"
    tags = ["half"] * (number // 2 % 2) + ["ten"] * (number < 10)
    return copy_of(
        templates[folder], id=key, version_id=key, name=name,
        path=f"{folder}/{name}".lstrip("/"), created_at=second * 1000,
        updated_at=second * 1000 + number % 4,
        tags=json.dumps(tags) if tags else None)


def tag_rows(files):
    return [{"account_id": file["account_id"], "tag": tag, "file_id": file["id"]}
            for file in files for tag in json.loads(file["tags"] or "[]")]


def add_rows(path, count):
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -400000")
    templates = {row["folder"]: dict(row)
                 for row in db.execute("SELECT * FROM file")}
    shares = collections.Counter()
    for at in range(0, count, AT_ONCE):
        with db:
            files = [file_row(templates, number) for number in
                     range(at, min(at + AT_ONCE, count))]
            insert(db, "file", files)
            insert(db, "file_tag", tag_rows(files))
        shares.update(file["blob_id"] for file in files)
    with db:
        insert(db, "blob_share", [{"blob_id": blob, "extra": extra}
                                  for blob, extra in shares.items()])
        db.execute("UPDATE usage SET storage_bytes ="
                   " (SELECT SUM(size) FROM file)")
        noted = {row["name"] for row in db.execute("PRAGMA table_info(usage)")}
        if "item_count" in noted:   # not by older builds
            db.execute("UPDATE usage SET item_count = item_count + ?",
                       [count])
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def fill(bench, build, count):
    """The data directory of a library that `stowage fsck` finds sound."""
    server = Stowage(bench, "filling", build)
    for number, folder in enumerate(FOLDERS):
        server.put_named(bench.tiny, f"first{number}.txt", "/" + folder)
    server.stop()
    add_rows(os.path.join(server.dir, "stowage.db"), count)
    status, output = bench.processes.run(
        [os.path.join(build, "stowage"), "fsck", "--data", server.dir])
    if status:
        raise Failure("the rows that were added are not sound:\n"
                      + output[-2000:])
    return server.dir
