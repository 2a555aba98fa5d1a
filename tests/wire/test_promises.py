# SPDX-License-Identifier: Apache-2.0
"""What a file promised when it was stored (who may read it, how long it lives,
what it is called, who may replace it) holds whatever becomes of it, through
whichever API. The rule is docs/decisions/0022; its table is in
tests/unit/test_relocate.c."""
import re
import sqlite3
import urllib.parse

from apis import (api_key, assert_file, assert_refused, basic, bearer,
                  filestack_store, jigsawstack_read, jigsawstack_upload,
                  stashfyle_upload)
from harness import rows
from imagekit import ImageKitTest
from rawhttp import get_url, request
from tenants import add_key


class PromiseTest(ImageKitTest):
    def stash(self, name="s.txt", data=b"stash", **fields):
        response = stashfyle_upload(self.server, (data, name), **fields)
        self.assertEqual(response.status, 200, response)
        stored = response.json()
        row = self.list(path="/" + fields.get("folder", ""))[0]
        return stored, row

    def expires(self, file_id):
        return rows(self.server, "SELECT expires_at FROM file WHERE id = ?",
                    bytes.fromhex(file_id))[0][0]

    def get(self, path, **headers):
        return request(self.server, "GET", path, headers)

    def relocate(self, what, source, target, status=204):
        response = self.call("POST", "/v1/files/" + what, {
            "sourceFilePath": source, "destinationPath": target})
        self.assertEqual(response.status, status, response)
        return response

    def versions(self, file_id):
        return self.ok("GET", f"/v1/files/{file_id}/versions")

    def restore(self, file_id, version, status=200):
        return self.ok("PUT", f"/v1/files/{file_id}/versions/{version}/restore",
                       status=status)


class LifetimeTest(PromiseTest):
    def test_what_stays_is_not_made_to_expire(self):
        stored, short = self.stash(folder="short", expires="1h")
        name = short["filePath"].rsplit("/", 1)[1]
        kept = self.upload(name, ("kept", "x"), folder="/kept")
        for what in ("copy", "move"):
            self.refused(self.relocate(what, short["filePath"], "/kept", 409),
                         409, "The file at this path would expire with the "
                         "one that is put there.")
        self.upload(name, ("kept", "x"), folder="/jobs/short")
        for word in ("copyFolder", "moveFolder"):
            said = self.ok("POST", "/v1/bulkJobs/" + word, {
                "sourceFolderPath": "/short", "destinationPath": "/jobs"})
            done = self.ended(said)
            self.assertEqual((done.status, done.json()["status"]),
                             (207, "Partial success"))
        for path in (f"/kept/{name}", f"/jobs/short/{name}"):
            self.assertEqual(self.get("/default" + path).body, b"kept")
        self.assertIsNone(self.expires(kept["fileId"]))
        self.assertTrue(self.expires(short["fileId"]))
        assert_file(self, get_url(self.server, stored["url"]), b"stash")
        self.assert_sound()

    def test_what_expires_still_does_as_an_old_version(self):
        for number, put in enumerate((
                lambda row, folder, name: self.upload(
                    name, ("long", "x"), folder=folder),
                lambda row, folder, name: self.copied(name, folder))):
            _, row = self.stash(folder=f"old{number}", expires="1h")
            folder, name = row["filePath"].rsplit("/", 1)
            put(row, folder, name)
            self.assertIsNone(self.expires(row["fileId"]))
            old = rows(self.server, "SELECT expires_at FROM version WHERE "
                       "file_id = ?", bytes.fromhex(row["fileId"]))
            self.assertEqual(len(old), 1)
            self.assertTrue(old[0][0])
            last = self.versions(row["fileId"])[1]["versionInfo"]["id"]
            self.refused(self.call(
                "PUT", f"/v1/files/{row['fileId']}/versions/{last}/restore"),
                400, "The version expires before the file does, and cannot "
                "be its current one.")
        self.assert_sound()

    def copied(self, name, folder):
        self.upload(name, ("long", "x"), folder="/long")
        self.relocate("copy", "/long/" + name, folder)

    def test_no_cache_keeps_what_has_expired(self):
        stored, row = self.stash(folder="cached", expires="1h")
        handle = filestack_store(self.server, b"stash", path="/cached/h",
                                 key=None, headers=basic(
                                     "app", self.server.secret)).json()
        with sqlite3.connect(self.server.data + "/stowage.db", 30) as db:
            db.execute("UPDATE file SET expires_at = ? WHERE path = ?",
                       (self.expires(row["fileId"]), "cached/h"))
        db.close()
        at = urllib.parse.urlsplit(handle["url"]).path
        for target in ("/default" + row["filePath"],
                       urllib.parse.urlsplit(stored["url"]).path,
                       at + "?cache=true", at):
            with self.subTest(target):
                response = self.get(target)
                assert_file(self, response, b"stash")
                for age in re.findall("max-?age=([0-9]+)",
                                      response["Cache-Control"]):
                    self.assertLessEqual(int(age), 3600)


class AccessTest(PromiseTest):
    def closed(self, path):
        assert_refused(self, "imagekit", self.get("/default" + path), 401,
                       delivery=True)
        for key, status in ((self.server.public, 403),
                            (self.server.secret, 200)):
            response = request(self.server, "GET", "/v1/store/file/read" + path,
                               api_key(key))
            self.assertEqual(response.status, status, response)

    def draft(self, path):
        assert_refused(self, "imagekit", self.get("/default" + path), 404,
                       delivery=True)
        assert_refused(self, "jigsawstack", request(
            self.server, "GET", "/v1/store/file/read" + path,
            api_key(self.server.public)), 403)

    def test_a_restored_version_opens_nothing(self):
        file = self.upload("r.txt", ("old", "x"), folder="/acc")["fileId"]
        self.upload("r.txt", ("new", "x"), folder="/acc",
                    isPrivateFile="true")
        self.assertIs(self.restore(file, file)["isPrivateFile"], True)
        self.closed("/acc/r.txt")
        # whoever says so opens it again
        self.upload("r.txt", ("open", "x"), folder="/acc")
        self.assertEqual(self.get("/default/acc/r.txt").body, b"open")

    def test_a_restored_version_publishes_nothing(self):
        file = self.upload("d.txt", ("old", "x"), folder="/acc")["fileId"]
        self.upload("d.txt", ("new", "x"), folder="/acc")
        details = f"/v1/files/{file}/details"
        self.ok("PATCH", details, {"publish": {"isPublished": False}})
        self.assertIs(self.restore(file, file)["isPublished"], False)
        self.draft("/acc/d.txt")
        self.ok("PATCH", details, {"publish": {"isPublished": True}})
        self.assertEqual(self.get("/default/acc/d.txt").body, b"old")

    def test_a_copy_or_move_opens_nothing(self):
        for number, what in enumerate(("copy", "move")):
            at = f"/onto{number}"
            for name, fields, closed in (
                    ("p.txt", {"isPrivateFile": "true"}, self.closed),
                    ("d.txt", {"isPublished": "false"}, self.draft)):
                self.upload(name, ("there", "x"), folder=at, **fields)
                self.upload(name, ("comes", "x"), folder="/from")
                self.relocate(what, f"/from/{name}", at)
                closed(f"{at}/{name}")
                # nor does the other way round
                self.upload(name, ("there", "x"), folder=at + "/open")
                self.upload(name, ("comes", "x"), folder="/closed", **fields)
                self.relocate(what, f"/closed/{name}", at + "/open")
                closed(f"{at}/open/{name}")
        self.assert_sound()

    def test_a_job_opens_nothing(self):
        for word in ("copyFolder", "moveFolder"):
            self.upload("p.txt", ("there", "x"), folder=f"/{word}/in",
                        isPrivateFile="true")
            self.upload("p.txt", ("comes", "x"), folder="/in")
            self.assertEqual(self.ended(self.ok("POST", "/v1/bulkJobs/" + word, {
                "sourceFolderPath": "/in", "destinationPath": "/" + word}))
                .status, 200)
            self.closed(f"/{word}/in/p.txt")

    def test_replacing_through_another_dialect_publishes_nothing(self):
        for number, put in enumerate((
                lambda path: jigsawstack_upload(
                    self.server, path[1:], b"new", overwrite="true"),
                lambda path: filestack_store(
                    self.server, b"new", path=path, key=None,
                    headers=basic("app", self.server.secret)))):
            self.upload("w.txt", ("old", "x"), folder=f"/draft{number}",
                        isPublished="false")
            response = put(f"/draft{number}/w.txt")
            self.assertEqual(response.status, 200, response)
            self.assertEqual(jigsawstack_read(
                self.server, f"draft{number}/w.txt").body, b"new")
            self.draft(f"/draft{number}/w.txt")

    def test_a_public_key_reaches_nothing_that_the_owner_stored(self):
        key = add_key(self.server, api=["store", "filestack"])
        stored = jigsawstack_upload(self.server, "pub/v.txt", b"theirs",
                                    headers=api_key(key))
        self.assertEqual(stored.status, 200, stored)
        self.upload("v.txt", ("mine", "x"), folder="/own")
        self.relocate("copy", "/pub/v.txt", "/copied")
        self.relocate("copy", "/pub/v.txt", "/own")
        for path in ("copied/v.txt", "own/v.txt"):
            for method, target, body in (
                    ("DELETE", "/v1/store/file/read/" + path, None),
                    ("POST", f"/v1/store/file?key={path}&overwrite=true",
                     b"evil"),
                    ("POST", f"/api/store/S3?key={key}&path={path}", b"evil")):
                with self.subTest(target):
                    response = request(self.server, method, target,
                                       api_key(key), body)
                    self.assertEqual(response.status, 403, response)
            self.assertEqual(jigsawstack_read(self.server, path).body,
                             b"theirs")


class NameTest(PromiseTest):
    def test_a_file_that_is_replaced_keeps_its_name_and_urls(self):
        stored, row = self.stash("cat.txt", folder="named")
        path = row["filePath"]
        for body, put in (
                (b"one", lambda: jigsawstack_upload(
                    self.server, path[1:], b"one", overwrite="true")),
                (b"two", lambda: self.upload(
                    path.rsplit("/", 1)[1], (b"two", "x"), folder="named"))):
            put()
            answer = self.get("/v1/files/" + stored["id"],
                              **bearer(self.server.secret)).json()
            self.assertEqual(answer["name"], "cat.txt")
        assert_file(self, get_url(self.server, stored["url"]), b"two")

    def test_a_renamed_file_is_called_so_everywhere(self):
        stored, row = self.stash("cat.txt", folder="renamed")
        path = row["filePath"]
        self.ok("PUT", "/v1/files/rename", {"filePath": path,
                                            "newFileName": "dog.txt"})
        answer = self.get("/v1/files/" + stored["id"],
                          **bearer(self.server.secret)).json()
        self.assertEqual(answer["name"], "dog.txt")
        self.assertEqual(self.list(path="/renamed")[0]["name"], "dog.txt")
        assert_file(self, get_url(self.server, answer["url"]), b"stash")
        handle = filestack_store(self.server, b"f", path="/handled/",
                                 filename="cat.txt").json()
        self.ok("PUT", "/v1/files/rename", {
            "filePath": self.list(path="/handled")[0]["filePath"],
            "newFileName": "dog.txt"})
        self.assertEqual(get_url(self.server, handle["url"])["X-File-Name"],
                         "dog.txt")

