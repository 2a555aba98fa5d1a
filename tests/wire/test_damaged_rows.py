# SPDX-License-Identifier: Apache-2.0
"""Damaged rows: each answers for itself with 500. Lists, calls about several
files, webhooks and jobs go on without it, and the log says so."""
import contextlib
import sqlite3
import urllib.parse

from apis import (assert_refused, bearer, imagekit_upload, jigsawstack_read,
                  stashfyle_id)
from harness import rows, wait_until
from imagekit import ImageKitTest
from multipart import Upload, data_of
from rawhttp import request
from tenants import add_account


class DamagedTest(ImageKitTest):
    def damage(self, sql, *values):
        path = self.server.data + "/stowage.db"
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as db, db:
            self.assertGreater(db.execute(sql, values).rowcount, 0)

    def damage_file(self, file, number=0):
        row = bytes.fromhex(file["fileId"])
        if number % 2:
            self.damage("UPDATE file SET version_id = x'00' WHERE id = ?", row)
        else:
            self.damage("UPDATE blob SET checksum = x'00' WHERE id = (SELECT "
                        "blob_id FROM file WHERE id = ?)", row)

    def upload_six(self, folder):
        """Six files; the second, fifth and sixth are damaged."""
        made = [self.upload(f"{i}.txt", (str(i), "x"), folder=folder,
                            tags=folder.strip("/")) for i in range(6)]
        for i in (1, 4, 5):
            self.damage_file(made[i], i)
        return made


class UploadTest(DamagedTest):
    """Of uploads in parts: they go on as far as their rows make sense."""

    def test_no_number_of_a_row_ends_the_server(self):
        data = data_of(300)
        for column in ("id", "touched_at", "created_at", "size", "layout",
                       "reserved"):
            for number in (-1 << 63, (1 << 63) - 1):
                with self.subTest(column, number=number):
                    upload = Upload(self.server, data)
                    self.assertEqual(upload.start().status, 200)
                    self.assertEqual(upload.send(100, (1, 3)), [])
                    where = upload.upload(2, 100)
                    self.damage(f"UPDATE upload SET {column} = ?"
                                " WHERE token = ?", number, upload.upload_id)
                    self.server.restart()
                    upload.put(where, data[100:200])
                    upload.complete(fii=True, parts=None)
                    self.assertEqual(self.server.tool(
                        "uploads", "list").returncode, 0)
        self.damage("DELETE FROM upload")
        self.upload("after.txt")


class ListTest(DamagedTest):
    def test_lists_go_on_without_a_damaged_file(self):
        made = self.upload_six("/listed")
        for options in ({"path": "/listed"}, {"path": "/listed",
                                              "sort": "DESC_SIZE"},
                        {"tags": "listed"}, {"path": "/listed", "type": "all"},
                        {"searchQuery": 'path = "/listed"'},
                        {"path": "/listed", "limit": 6}):
            with self.subTest(options):
                self.assertEqual(sorted(self.names(**options)),
                                 ["0.txt", "2.txt", "3.txt"])
        for i, file in enumerate(made):
            details = self.call("GET", f"/v1/files/{file['fileId']}/details")
            self.assertEqual(details.status, 500 if i in (1, 4, 5) else 200)
        self.assertTrue(wait_until(
            lambda: "passed over" in self.server.log()))

    def test_texts_that_are_no_json_leave_the_answer_whole(self):
        file = self.upload("text.txt", ("x", "x"), folder="/text", tags="t")
        for text in ("{", '{"a":1', "}{", '{"a":1}}', '","x":"', "\\", "[1,]",
                     '"\\ud800"', "{}x", '"', b"\xff", b"\xff{}"):
            with self.subTest(text=text):
                self.damage(
                    "UPDATE file SET tags = ?1, custom_metadata = ?1,"
                    " embedded_metadata = ?1 WHERE id = ?2", text,
                    bytes.fromhex(file["fileId"]))
                row, = self.list(path="/text")
                self.assertEqual(
                    (row["tags"], row["customMetadata"],
                     row["embeddedMetadata"], row["name"]),
                    (None, {}, None, "text.txt"))
                self.assertEqual(row, self.ok(
                    "GET", f"/v1/files/{file['fileId']}/details"))

    def test_pages_of_stashfyle_go_on_behind_damaged_ones(self):
        made = self.upload_six("/paged")
        for limit in (1, 2, 3, 6):
            seen, cursor = [], None
            for _ in range(10):
                query = {"folder": "paged", "limit": limit}
                if cursor:
                    query["cursor"] = cursor
                response = request(
                    self.server, "GET", "/v1/files?" +
                    urllib.parse.urlencode(query), bearer(self.server.secret))
                self.assertEqual(response.status, 200, response)
                seen += [row["name"] for row in response.json()["files"]]
                cursor = response.json()["cursor"]
                if not response.json()["has_more"]:
                    break
            self.assertEqual(seen, ["3.txt", "2.txt", "0.txt"], limit)
        assert_refused(self, "stashfyle", request(
            self.server, "GET", "/v1/files/" + stashfyle_id(made[1]["fileId"]),
            bearer(self.server.secret)), 500)

    def test_versions_are_listed_without_a_damaged_one(self):
        for data in ("one", "two", "three"):
            file = self.upload("v.txt", (data, "x"))
        self.damage("UPDATE blob SET checksum = x'00' WHERE id = (SELECT "
                    "blob_id FROM version WHERE number = 2)")
        at = f"/v1/files/{file['fileId']}/versions"
        self.assertEqual([row["versionInfo"]["name"]
                          for row in self.ok("GET", at)],
                         ["Version 3", "Version 1"])
        self.assertEqual(len(self.list(type="file-version")), 1)

    def test_fields_are_listed_without_a_damaged_one(self):
        for name in ("good", "bad", "fine"):
            self.ok("POST", "/v1/customMetadataFields", {
                "name": name, "label": name, "schema": {"type": "Text"}}, 201)
        self.damage("UPDATE custom_field SET id = x'00' WHERE name = 'bad'")
        self.assertEqual([row["name"] for row in self.ok(
            "GET", "/v1/customMetadataFields")], ["good", "fine"])
        response = imagekit_upload(self.server, ("x", "x"), fileName="f.txt",
                                   customMetadata='{"good":"x"}')
        self.assertEqual(response.status, 200, response)


class CallTest(DamagedTest):
    def test_calls_about_several_files_do_the_others(self):
        made = [self.upload(f"b{i}.txt") for i in range(3)]
        self.damage_file(made[1])
        ids = [file["fileId"] for file in made]
        # nothing is to be done there
        self.assertEqual(len(self.ok("POST", "/v1/files/removeAITags", {
            "fileIds": ids, "AITags": ["t"]})["successfullyUpdatedFileIds"]),
            3)
        for word in ("addTags", "removeTags"):
            with self.subTest(word):
                response = self.call("POST", "/v1/files/" + word,
                                     {"fileIds": ids, "tags": ["t"]})
                self.assertEqual(response.status, 207, response)
                said = response.json()
                self.assertEqual(said["successfullyUpdatedFileIds"],
                                 [ids[0], ids[2]])
                self.assertEqual(said["errors"], [{
                    "fileId": ids[1], "error": "The file is damaged."}])
        said = self.ok("POST", "/v1/files/batch/deleteByFileIds",
                       {"fileIds": ids})
        self.assertEqual(len(said["successfullyDeletedFileIds"]), 3)

    def test_what_is_damaged_is_500_at_every_door_and_nothing_else_is(self):
        bad = self.upload("bad.txt", ("bad", "x"), folder="/doors")
        self.upload("good.txt", ("good", "x"), folder="/doors")
        self.damage_file(bad)
        for name, status in (("bad.txt", 500), ("good.txt", 200)):
            self.assertEqual(request(self.server, "GET", "/default/doors/" +
                                     name).status, status)
            self.assertEqual(jigsawstack_read(
                self.server, "doors/" + name).status, status)
        stash = stashfyle_id(bad["fileId"])
        self.assertEqual(request(self.server, "GET", f"/live/default/{stash}/"
                                 "bad.txt").status, 500)

    def test_a_folder_of_which_a_part_is_left_is_not_told_as_deleted(self):
        made = [self.upload(f"{i}.txt", folder="/part/in") for i in range(3)]
        self.damage_file(made[1])
        self.refused(self.call("DELETE", "/v1/folder", {
            "folderPath": "/part"}), 500,
            "Some files of the folder could not be deleted.")
        self.assertEqual(rows(self.server, "SELECT path FROM file WHERE path"
                              " LIKE 'part/%'"), [("part/in/1.txt",)])
        self.ok("POST", "/v1/files/batch/deleteByFileIds",
                {"fileIds": [made[1]["fileId"]]})
        self.ok("DELETE", "/v1/folder", {"folderPath": "/part"}, 204)

    def test_a_damaged_job_stops_no_other(self):
        self.upload("f", folder="/first")
        self.upload("f", folder="/second")
        with self.server_stopped():
            self.damage("INSERT INTO job (id, account_id, kind, state, source,"
                        " target, with_versions, cursor, done, failed,"
                        " created_at, updated_at) VALUES (x'00', 1, 77, 0,"
                        " 'first', 'x', 0, '', 0, 0, 1, 1)")
        said = self.ok("POST", "/v1/bulkJobs/moveFolder", {
            "sourceFolderPath": "/second", "destinationPath": "/to"})
        self.assertEqual(self.ended(said).json()["status"], "Completed")
        self.assertEqual(rows(self.server, "SELECT state FROM job WHERE"
                              " kind = 77"), [(2,)])

    @contextlib.contextmanager
    def server_stopped(self):
        self.server.stop()
        yield
        self.server.start()


class StrangerTest(DamagedTest):
    """To another account a damaged file is as absent as any other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret, _ = add_account(cls.server, "stranger")

    def stranger(self, method, target, body=None):
        return self.call(method, target, body, key=self.secret)

    def calls(self, file):
        """All that take the id of a file, as (dialect's door, answer)."""
        id_, version = file["fileId"], file["versionInfo"]["id"]
        at = f"/v1/files/{id_}"
        for method, target, body in (
                ("GET", f"{at}/details", None),
                ("PATCH", f"{at}/details", {"tags": ["t"]}),
                ("PATCH", f"{at}/details", {"customCoordinates": "1,1,1,1"}),
                ("PATCH", f"{at}/details", {"publish": {
                    "isPublished": False}}),
                ("PATCH", f"{at}/details", {}),
                ("GET", f"{at}/metadata", None),
                ("GET", f"{at}/versions", None),
                ("GET", f"{at}/versions/{version}", None),
                ("DELETE", f"{at}/versions/{version}", None),
                ("PUT", f"{at}/versions/{version}/restore", None),
                ("DELETE", at, None),
                ("POST", "/v1/files/batch/deleteByFileIds",
                 {"fileIds": [id_]}),
                ("POST", "/v1/files/addTags", {"fileIds": [id_],
                                               "tags": ["t"]}),
                ("POST", "/v1/files/removeTags", {"fileIds": [id_],
                                                  "tags": ["t"]}),
                ("POST", "/v1/files/removeAITags", {"fileIds": [id_],
                                                    "AITags": ["t"]})):
            yield f"{method} {target}", self.stranger(method, target, body)
        stash = stashfyle_id(id_)
        for method in ("GET", "DELETE"):
            yield f"StashFyle {method}", request(
                self.server, method, f"/v1/files/{stash}",
                bearer(self.secret))
        for method in ("GET", "HEAD"):
            yield f"link {method}", request(
                self.server, method, f"/live/stranger/{stash}/{file['name']}")

    def damaged(self):
        """One of each kind of damage."""
        for number in (0, 1):
            file = self.upload(f"row{number}.txt")
            self.damage_file(file, number)
            yield file
        small = self.upload("small.txt")
        self.damage("UPDATE blob SET inline_bytes = x'00' WHERE id = (SELECT "
                    "blob_id FROM file WHERE id = ?)",
                    bytes.fromhex(small["fileId"]))
        yield small
        old = self.upload("old.txt", ("one", "x"))
        self.upload("old.txt", ("two", "x"))
        self.damage("UPDATE blob SET checksum = x'00' WHERE id = (SELECT "
                    "blob_id FROM version WHERE file_id = ?)",
                    bytes.fromhex(old["fileId"]))
        yield old

    def test_it_is_answered_as_what_never_was(self):
        whole = self.upload("whole.txt")
        for file in (whole, *self.damaged()):
            before = rows(self.server, "SELECT id FROM file")
            for call, response in self.calls(file):
                with self.subTest(call, name=file["name"]):
                    self.assertEqual(response.status, 404, response)
                    self.assertNotIn(b"damaged", response.body)
            self.assertEqual(rows(self.server, "SELECT id FROM file"), before)
            owner = self.call("GET", f"/v1/files/{file['fileId']}/details")
            self.assertEqual(
                owner.status, 500 if file["name"].startswith("row") else 200)
