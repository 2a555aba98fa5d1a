# SPDX-License-Identifier: Apache-2.0
"""ImageKit's calls on files, versions, folders, jobs and fields: statuses,
reasons, sentences, and what is left when a call is refused."""
import concurrent.futures
import hashlib
import urllib.parse

import samples
from apis import (basic, bearer, filestack_store, imagekit_upload,
                  jigsawstack_upload, stashfyle_upload)
from harness import Server, rows, wait_until
from imagekit import ImageKitTest
from rawhttp import form, get_url, request
from tenants import add_account

NO_FILE = "The requested file does not exist."
UNKNOWN = "0123456789abcdef01234567"


class FileTest(ImageKitTest):
    def test_details_and_their_refusals(self):
        file = self.upload()
        path = f"/v1/files/{file['fileId']}/details"
        self.assertEqual(self.ok("GET", path)["name"], file["name"])
        for wrong, status, message in (
                (UNKNOWN, 404, NO_FILE),
                ("x", 400, "Your request contains invalid fileId parameter."),
                (file["fileId"].upper() if file["fileId"].upper() !=
                 file["fileId"] else "X", 400, None)):
            for method, body in (("GET", None), ("PATCH", {"tags": ["a"]})):
                self.refused(self.call(method, f"/v1/files/{wrong}/details",
                                       body), status, message)
        secret, _ = add_account(self.server, "stranger")
        self.refused(self.call("GET", path, key=secret), 404, NO_FILE)
        self.refused(self.call("GET", path, key="private_wrong"), 403)
        self.refused(request(self.server, "GET", path), 401)

    def test_what_describes_a_file_changes(self):
        file = self.upload(tags="a", customCoordinates="1,2,3,4")
        path = f"/v1/files/{file['fileId']}/details"
        for body, name, value in (
                ({"tags": ["x", " y "]}, "tags", ["x", "y"]),
                ({"tags": None}, "tags", None),
                ({"customCoordinates": "5,6,7,8"}, "customCoordinates",
                 "5,6,7,8"),
                ({"customCoordinates": None}, "customCoordinates", None),
                ({"description": "words"}, "description", "words"),
                ({"description": "x" * 8192}, "description", "x" * 8192),
                ({"webhookUrl": "http://a/b"}, "description", "x" * 8192),
                ({"removeAITags": "all"}, "AITags", None),
                ({"extensions": [{"name": "remove-bg"}]}, "extensionStatus",
                 {"remove-bg": "failed"}),
                ({"publish": {"isPublished": False}}, "isPublished", False)):
            with self.subTest(body):
                self.assertEqual(self.ok("PATCH", path, body)[name], value)
        for body in ({"tags": "a"}, {"tags": ["%"]}, {"tags": ["x" * 501]},
                     {"tags": [1]}, {"customCoordinates": "1,2"},
                     {"description": 1}, {"description": "x" * 8193},
                     {"description": "\u00e9" * 4097},
                     {"customCoordinates": "0" * 64 + "1,2,3,4"},
                     {"extensions": "x"},
                     {"webhookUrl": "http://a/" + "x" * 2040},
                     {"removeAITags": 1}, {"webhookUrl": "x"},
                     {"webhookUrl": "http://u@x/"},
                     {"webhookUrl": "http://x:0/"}, {"webhookUrl": "http://?a"},
                     {"webhookUrl": "http://x/\u0000"},
                     {"publish": {}}, {"publish": {"isPublished": True},
                                       "tags": []}, {"customMetadata": 1}):
            with self.subTest(body):
                before = self.ok("GET", path)
                self.refused(self.call("PATCH", path, body), 400)
                self.assertEqual(self.ok("GET", path), before)
        self.refused(self.call("PATCH", path, {"customMetadata": {"x": 1}}),
                     400, "Invalid custom metadata.",
                     errors={"x": "is not a custom metadata field"})

    def test_a_slash_at_the_end_of_a_call_changes_nothing(self):
        """Older SDKs for Ruby, Python and .NET send some with one."""
        file = self.upload()
        one = f"/v1/files/{file['fileId']}"
        for method, target, body, status in (
                ("GET", one + "/details/", None, 200),
                ("PATCH", one + "/details/", {"tags": ["a"]}, 200),
                ("GET", one + "/versions/", None, 200),
                ("POST", "/v1/files/addTags/",
                 {"fileIds": [file["fileId"]], "tags": ["b"]}, 200),
                ("GET", "/v2/files/", None, 200),
                ("GET", one + "/details//", None, 404),
                ("PUT", one + "/details/", {}, 405),
                ("DELETE", one + "/", None, 204),
                ("GET", one + "/details/", None, 404)):
            with self.subTest(target, method=method):
                response = self.call(method, target, body)
                self.assertEqual(response.status, status, response)

    def test_a_file_is_deleted_once(self):
        path = "/v1/files/" + self.upload()["fileId"]
        response = self.call("DELETE", path)
        self.assertEqual((response.status, response.body), (204, b""))
        self.refused(self.call("DELETE", path), 404, NO_FILE)


class BulkTest(ImageKitTest):
    calls = (("batch/deleteByFileIds", {}, 100,
              "fileIds cannot have more than 100 items."),
             ("addTags", {"tags": ["t"]}, 50,
              "A maximum of 50 files can be edited at a time."),
             ("removeTags", {"tags": ["t"]}, 50,
              "A maximum of 50 files can be edited at a time."),
             ("removeAITags", {"AITags": ["t"]}, 50,
              "A maximum of 50 files can be edited at a time."))

    def test_wrong_lists_are_refused(self):
        for path, more, most, too_many in self.calls:
            for ids, message in (
                    (None, "fileIds parameter is missing."),
                    ("x", "fileIds should be an Array."),
                    ([], "fileIds is empty."), ([UNKNOWN] * (most + 1),
                                                too_many), ([1], None)):
                body = {**more, **({} if ids is None else {"fileIds": ids})}
                with self.subTest(path, ids=str(ids)[:20]):
                    self.refused(self.call("POST", "/v1/files/" + path, body),
                                 400, message)
        for path, name in (("addTags", "tags"), ("removeAITags", "AITags")):
            for tags, message in (
                    (None, f"{name} parameter is missing."),
                    ([], f"{name} array cannot be empty."),
                    ("x", f"{name} should be an Array.")):
                body = {"fileIds": [UNKNOWN]}
                if tags is not None:
                    body[name] = tags
                self.refused(self.call("POST", "/v1/files/" + path, body),
                             400, message)
        self.refused(self.call("POST", "/v1/files/addTags", {
            "fileIds": [UNKNOWN], "tags": ["x" * 501]}), 400,
            "Your request contains invalid value for tags parameter. Combined "
            "length of all tags should be less than or equal to 500.")

    def test_when_one_is_missing_nothing_changes(self):
        file = self.upload(tags="t,u")["fileId"]
        for path, more, _, _ in self.calls:
            for missing in (UNKNOWN, "malformed"):
                with self.subTest(path):
                    self.refused(self.call(
                        "POST", "/v1/files/" + path,
                        {"fileIds": [file, missing], **more}), 404,
                        "The requested file(s) does not exist.",
                        missingFileIds=[missing])
        self.assertEqual(self.ok("GET", f"/v1/files/{file}/details")["tags"],
                         ["t", "u"])

    def test_all_that_are_missing_are_named_once_in_their_order(self):
        file = self.upload(tags="t,u")["fileId"]
        deleted = self.upload()["fileId"]
        self.ok("DELETE", "/v1/files/" + deleted, status=204)
        secret, _ = add_account(self.server, "other-owner")
        theirs = imagekit_upload(self.server, fileName="x",
                                 headers=basic(secret)).json()["fileId"]
        for ids, missing in (
                ([deleted, "bad", file, UNKNOWN], [deleted, "bad", UNKNOWN]),
                (["bad", file, deleted, "bad", deleted, theirs],
                 ["bad", deleted, theirs]),
                (["", "bad"], ["", "bad"]), ([deleted] * 3, [deleted]),
                ([file, file.upper() + "x"], [file.upper() + "x"])):
            for path, more, _, _ in self.calls:
                with self.subTest(path, ids=ids):
                    self.refused(self.call("POST", "/v1/files/" + path,
                                           {"fileIds": ids, **more}), 404,
                                 "The requested file(s) does not exist.",
                                 missingFileIds=missing)
        self.assertEqual(self.ok("GET", f"/v1/files/{file}/details")["tags"],
                         ["t", "u"])

    def test_a_file_that_is_named_twice_is_answered_once(self):
        a, b = (self.upload()["fileId"] for _ in "ab")
        for path, more, _, _ in reversed(self.calls):
            done = "successfullyDeletedFileIds" if "delete" in path else \
                "successfullyUpdatedFileIds"
            self.assertEqual(
                self.ok("POST", "/v1/files/" + path,
                        {"fileIds": [a, b, a, a, b], **more}), {done: [a, b]})
        long = self.upload(tags="x" * 499)["fileId"]
        said = self.ok("POST", "/v1/files/addTags",
                       {"fileIds": [long, long], "tags": ["too long"]}, 207)
        self.assertEqual([e["fileId"] for e in said["errors"]], [long])

    def test_all_change_together(self):
        ids = [self.upload(tags="a")["fileId"] for _ in range(3)]
        for path, body, wanted in (
                ("addTags", {"tags": ["b", "a"]}, ["a", "b"]),
                ("removeTags", {"tags": ["a", "none"]}, ["b"]),
                ("removeAITags", {"AITags": ["b"]}, ["b"])):
            said = self.ok("POST", "/v1/files/" + path,
                           {"fileIds": ids, **body})
            self.assertEqual(said, {"successfullyUpdatedFileIds": ids})
            for row in self.list():
                if row["fileId"] in ids:
                    self.assertEqual(row["tags"], wanted)
        self.assertEqual(len(self.names(tags="b")), 3)
        said = self.ok("POST", "/v1/files/batch/deleteByFileIds",
                       {"fileIds": ids + ids[:1]})
        self.assertEqual(said["successfullyDeletedFileIds"], ids)
        self.assertEqual(self.names(tags="b"), [])

    def test_tags_that_become_too_long_are_a_part_that_failed(self):
        long = self.upload(tags="x" * 499)["fileId"]
        short = self.upload()["fileId"]
        said = self.ok("POST", "/v1/files/addTags", {
            "fileIds": [long, short], "tags": ["yy"]}, status=207)
        self.assertEqual(said["successfullyUpdatedFileIds"], [short])
        self.assertEqual([e["fileId"] for e in said["errors"]], [long])


class VersionTest(ImageKitTest):
    def numbers(self, file):
        return [(r["type"], r["versionInfo"]["name"]) for r in
                self.ok("GET", f"/v1/files/{file}/versions")]

    def test_versions_keep_their_numbers_and_contents(self):
        first = self.upload("v.txt", ("one", "x"), tags="one")
        file, one = first["fileId"], first["versionInfo"]["id"]
        self.assertEqual(one, file)
        two = self.upload("v.txt", ("two", "x"))["versionInfo"]["id"]
        self.assertEqual(self.numbers(file), [("file", "Version 2"),
                                              ("file-version", "Version 1")])
        path = f"/v1/files/{file}/versions/"
        self.assertEqual(self.ok("GET", path + one)["tags"], ["one"])
        self.refused(self.call("DELETE", path + two), 400,
                     "You cannot delete current version of a file.")
        response = request(self.server, "PUT", path + one + "/restore", {
            **basic(self.server.secret), "Content-Length": "0",
            "Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response.json()["versionInfo"]["name"], "Version 1")
        self.assertEqual(request(self.server, "GET", "/default/v.txt").body,
                         b"one")
        self.assertEqual(self.names(tags="one"), ["v.txt"])
        third = self.upload("v.txt", ("three", "x"))
        self.assertEqual(third["versionInfo"]["name"], "Version 3")
        self.assertEqual(self.names(tags="one"), [])
        self.assertEqual(self.call("DELETE", path + one).status, 204)
        self.assertEqual(self.numbers(file), [("file", "Version 3"),
                                              ("file-version", "Version 2")])
        for method, target, status, message in (
                ("GET", path + UNKNOWN, 404,
                 "The requested file version does not exist."),
                ("DELETE", path + one, 404,
                 "The requested asset does not exist."),
                ("PUT", path + one + "/restore", 404, None),
                ("GET", path + "x", 400,
                 "Your request contains invalid versionId parameter."),
                ("GET", f"/v1/files/{UNKNOWN}/versions", 404, NO_FILE)):
            self.refused(self.call(method, target), status, message)
        self.assert_sound()

    def test_a_file_has_a_hundred_versions_at_most(self):
        for i in range(100):
            self.upload("many.txt", (str(i), "x"))
        with self.nothing_left():
            response = self.call("GET", "/v1/files")
        from apis import imagekit_upload
        with self.nothing_left():
            response = imagekit_upload(self.server, ("x", "x"),
                                       fileName="many.txt",
                                       useUniqueFileName="false")
            self.refused(response, 400)
        file = self.list(name="many.txt")[0]["fileId"]
        self.assertEqual(len(self.numbers(file)), 100)
        self.ok("DELETE", "/v1/files/" + file, status=204)
        self.assert_sound()


class RelocateTest(ImageKitTest):
    def relocate(self, what, source, target, **more):
        return self.call("POST", "/v1/files/" + what, {
            "sourceFilePath": source, "destinationPath": target, **more})

    def read(self, path):
        return request(self.server, "GET", "/default" + path).body

    def test_copies_share_bytes_and_outlive_each_other(self):
        for name, size in (("small.bin", 10), ("large.bin", 300000)):
            data = samples.noise(size)
            digest = hashlib.sha256(data).digest()
            file = self.upload(name, (data, "x"), folder="/from", tags="t")
            self.assertEqual(self.relocate("copy", "/from/" + name,
                                           "/to/deep/").status, 204)
            copy = self.list(path="/to/deep", name=name)[0]
            self.assertNotEqual(copy["fileId"], file["fileId"])
            self.assertEqual(copy["tags"], ["t"])
            self.ok("DELETE", "/v1/files/" + file["fileId"], status=204)
            self.assertEqual(self.server.tool("gc").returncode, 0)
            self.assertEqual(hashlib.sha256(self.read(
                "/to/deep/" + name)).digest(), digest)
            self.ok("DELETE", "/v1/files/" + copy["fileId"], status=204)
        self.assert_sound()

    def test_a_name_that_is_taken_gets_versions(self):
        self.upload("a.txt", ("old", "x"), folder="/one")
        self.upload("a.txt", ("new", "x"), folder="/one")
        there = self.upload("a.txt", ("there", "x"), folder="/two")["fileId"]
        self.assertEqual(self.relocate("copy", "/one/a.txt", "/two",
                                       includeFileVersions=True).status, 204)
        listed = self.ok("GET", f"/v1/files/{there}/versions")
        self.assertEqual([r["versionInfo"]["name"] for r in listed],
                         ["Version 3", "Version 2", "Version 1"])
        self.assertEqual(self.read("/two/a.txt"), b"new")
        self.assertEqual(self.relocate("move", "/one/a.txt", "/two").status,
                         204)
        self.assertEqual(len(self.ok("GET", f"/v1/files/{there}/versions")),
                         5)
        self.assertEqual(self.names(path="/one"), [])
        self.assert_sound()

    def test_refusals(self):
        self.upload("here.txt", folder="/ref")
        for what in ("copy", "move"):
            self.refused(self.relocate(what, "/ref/none.txt", "/x"), 404,
                         "No file found with filePath `/ref/none.txt`.",
                         reason="SOURCE_FILE_MISSING")
            self.refused(self.relocate(what, "/ref/here.txt", "/ref/"), 400,
                         reason="SAME_SOURCE_AND_DESTINATION")
            for folder, message in (
                    ("/a/../b", "'.' & '..' can not be used as folder-name"),
                    ("a/" * 51, "Your request contains invalid folder "
                     "parameter. Folders can be nested up to 50 levels.")):
                self.refused(self.relocate(what, "/ref/here.txt", folder), 400,
                             message, reason="INVALID_FOLDER_PATH")
            self.refused(self.call("POST", "/v1/files/" + what, {}), 400,
                         reason="MISSING_PARAMETER")
            self.refused(self.relocate(what, 5, "/x"), 400,
                         reason="INVALID_PARAMETER")

    def test_a_file_is_renamed(self):
        file = self.upload("was.txt", folder="/name")["fileId"]
        self.upload("taken.txt", folder="/name")

        def rename(path, name, **more):
            return self.call("PUT", "/v1/files/rename", {
                "filePath": path, "newFileName": name, **more})

        self.refused(rename("/name/was.txt", "taken.txt"), 409,
                     "File with name taken.txt already exists at the same "
                     "location.", reason="FILE_ALREADY_EXISTS")
        self.refused(rename("/name/was.txt", "was.txt"), 400, "newFileName "
                     "cannot be the same as its existing name.",
                     reason="SAME_OLD_AND_NEW_NAME")
        self.refused(rename("/name/none.txt", "x.txt"), 404, "No file found "
                     "in media library at filePath /name/none.txt",
                     reason="FILE_MISSING")
        self.refused(rename("/name/was.txt", "a/b"), 400,
                     reason="INVALID_PARAMETER")
        self.refused(rename("/name/was.txt", "b", purgeCache="true"), 400,
                     "purgeCache parameter should be a boolean.",
                     reason="INVALID_PARAMETER")
        self.assertEqual(rename("/name/was.txt", "is.txt").json(), {})
        self.assertEqual(self.ok("POST", "/v1/files/rename", {
            "filePath": "/name/is.txt", "newFileName": "as.txt"}), {})
        said = rename("/name/as.txt", "be.txt", purgeCache=True).json()
        self.assertEqual(self.ok("GET", "/v1/files/purge/" +
                                 said["purgeRequestId"]),
                         {"status": "Completed"})
        self.assertEqual(self.ok("GET", f"/v1/files/{file}/details")
                         ["filePath"], "/name/be.txt")
        self.assertEqual(request(self.server, "GET",
                                 "/default/name/was.txt").status, 404)

    def test_files_of_other_dialects_move_too(self):
        jigsawstack_upload(self.server, "jig/a.txt", b"jig")
        stashfyle_upload(self.server, ("stash", "b.txt"), folder="stash")
        row = self.list(path="/stash")[0]
        self.assertEqual(row["name"], "b.txt")
        self.assertEqual(self.relocate("move", row["filePath"], "/on").status,
                         204)
        self.assertEqual(self.relocate("move", "/jig/a.txt", "/on").status,
                         204)
        self.assertEqual(sorted(self.names(path="/on")), ["a.txt", "b.txt"])
        self.assert_sound()

    def test_a_renamed_file_of_another_dialect_has_the_new_name(self):
        stash = stashfyle_upload(self.server, ("s", "b.txt"), folder="re")
        stack = filestack_store(self.server, form(("f", b"f", "c.txt")),
                                path="/re/")
        for was in ("b.txt", "c.txt"):
            row = [row for row in self.list(path="/re")
                   if row["name"] == was][0]
            self.assertEqual(self.call("PUT", "/v1/files/rename", {
                "filePath": row["filePath"],
                "newFileName": "new-" + was}).status, 200)
            # moved, it keeps it
            self.assertEqual(self.relocate("move", "/re/new-" + was,
                                           "/re/sub").status, 204)
        self.assertEqual(sorted(self.names(path="/re/sub")),
                         ["new-b.txt", "new-c.txt"])
        file = request(self.server, "GET",
                       "/v1/files/" + stash.json()["id"],
                       bearer(self.server.secret)).json()
        self.assertEqual((file["name"], file["folder"]),
                         ("new-b.txt", "re/sub"))
        self.assertEqual(get_url(self.server, file["url"]).body, b"s")
        read = get_url(self.server, stack.json()["url"])
        self.assertEqual((read.body, read["X-File-Name"]),
                         (b"f", "new-c.txt"))
        self.assert_sound()

    def test_a_folder_with_blanks_of_another_dialect_is_a_place(self):
        stashfyle_upload(self.server, ("s", "b.txt"), folder="my photos/été")
        self.upload("in.txt")
        self.upload("as.txt", folder="/blank")
        place = "/my photos/été"
        self.assertEqual(self.relocate("move", "/in.txt", place).status, 204)
        self.assertEqual(self.relocate("copy", "/blank/as.txt",
                                       place + "/").status, 204)
        self.assertEqual(self.ended(self.ok("POST", "/v1/bulkJobs/moveFolder", {
            "sourceFolderPath": "/blank", "destinationPath": "/my photos"}))
            .status, 200)
        self.assertEqual(sorted(self.names(path=place)),
                         ["as.txt", "b.txt", "in.txt"])
        self.assertEqual(self.names(path="/my photos/blank"), ["as.txt"])
        self.assertEqual(request(self.server, "GET", "/default/my%20photos/"
                                 "%C3%A9t%C3%A9/in.txt").body, b"hello")
        # what is not there is made as this API spells it
        self.assertEqual(self.relocate("move", place + "/in.txt",
                                       "/your photos").status, 204)
        self.assertEqual(self.names(path="/your_photos"), ["in.txt"])
        self.assertEqual(self.ended(self.ok(
            "POST", "/v1/bulkJobs/renameFolder",
            {"folderPath": "/my photos", "newFolderName": "ours"}, 202)).status,
            200)
        self.assertEqual(sorted(self.names(path="/ours/été")),
                         ["as.txt", "b.txt"])
        self.assert_sound()


class FolderTest(ImageKitTest):
    def post(self, path, body, method="POST"):
        return self.call(method, path, body)

    def test_folders_are_made_and_deleted(self):
        make = {"folderName": "new one", "parentFolderPath": "/a/b"}
        for _ in range(2):
            self.assertEqual(self.ok("POST", "/v1/folder", make, 201), {})
        self.assertEqual(self.names(type="folder", path="/a/b"), ["new_one"])
        self.upload(folder="/a/b/new_one/deep")
        gone = self.call("DELETE", "/v1/folder/", {"folderPath": "/a"})
        self.assertEqual(gone.status, 204, gone)
        self.assertEqual(self.list(searchQuery='type IN ["folder", "file"] AND'
                                   ' path : "a"'), [])
        self.refused(self.call("DELETE", "/v1/folder", {"folderPath": "/a"}),
                     404, "No folder found with folderPath `/a`.",
                     reason="FOLDER_NOT_FOUND")
        for body, message, more in (
                ({"folderName": "a/b", "parentFolderPath": "/"},
                 "folderName parameter cannot have a slash.", {}),
                ({"folderName": "..", "parentFolderPath": "/"},
                 "'.' & '..' can not be used as folder-name",
                 {"reason": "INVALID_FOLDER_PATH"}),
                ({"folderName": "x", "parentFolderPath": "/" + "a/" * 50},
                 None, {"reason": "INVALID_FOLDER_PATH"}),
                ({"parentFolderPath": "/"}, "folderName parameter is missing.",
                 {"reason": "MISSING_PARAMETER"})):
            self.refused(self.post("/v1/folder", body), 400, message, **more)

    def test_jobs_copy_move_and_rename(self):
        for i in range(3):
            self.upload(f"f{i}.txt", folder="/job/src/sub")
        self.upload("f0.txt", ("newer", "x"), folder="/job/src/sub")
        self.ok("POST", "/v1/folder", {"folderName": "empty",
                                       "parentFolderPath": "/job/src"}, 201)
        for flag, versions in (("includeVersions", 2),
                               ("includeFileVersions", 2), ("x", 1)):
            target = "/job/" + flag
            done = self.ended(self.post("/v2/bulkJobs/copyFolder", {
                "sourceFolderPath": "/job/src", "destinationPath": target,
                flag: True}).json())
            self.assertEqual((done.status, done.json()["type"],
                              done.json()["status"]),
                             (200, "COPY_FOLDER", "Completed"))
            row = self.list(path=target + "/src/sub", name="f0.txt")[0]
            self.assertEqual(len(self.ok(
                "GET", f"/v1/files/{row['fileId']}/versions")), versions)
            self.assertEqual(self.names(type="folder", path=target + "/src",
                                        sort="ASC_NAME"), ["empty", "sub"])
        self.ended(self.post("/v2/bulkJobs/moveFolder", {
            "sourceFolderPath": "/job/src/", "destinationPath": "/job/moved"},
            "PUT").json())
        self.assertEqual(len(self.names(path="/job/moved/src/sub")), 3)
        self.assertEqual(self.names(type="folder", path="/job",
                                    sort="ASC_NAME"),
                         ["includeFileVersions", "includeVersions", "moved",
                          "x"])
        said = self.post("/v1/bulkJobs/renameFolder", {
            "folderPath": "/job/moved/src", "newFolderName": "named",
            "purgeCache": True})
        self.assertEqual(said.status, 202)
        done = self.ended(said.json()).json()
        self.assertEqual(done["type"], "RENAME_FOLDER")
        self.assertEqual(self.ok("GET", "/v1/files/purge/" +
                                 done["purgeRequestId"])["status"],
                         "Completed")
        self.assertEqual(len(self.names(path="/job/moved/named/sub")), 3)
        self.assert_sound()

    def test_refusals_of_jobs(self):
        self.upload(folder="/no/child")
        for word, body, status, more in (
                ("copyFolder", {}, 400, {"reason": "MISSING_PARAMETER"}),
                ("moveFolder", {"sourceFolderPath": "/",
                                "destinationPath": "/x"}, 400,
                 {"reason": "SOURCE_IS_ROOT"}),
                ("moveFolder", {"sourceFolderPath": "/no",
                                "destinationPath": "/"}, 400,
                 {"reason": "SAME_SOURCE_AND_DESTINATION"}),
                ("moveFolder", {"sourceFolderPath": "/no",
                                "destinationPath": "/no/child"}, 400,
                 {"reason": "INVALID_DESTINATION_PATH"}),
                ("copyFolder", {"sourceFolderPath": "/no",
                                "destinationPath": "/no/child"}, 400,
                 {"reason": "INVALID_DESTINATION_PATH"}),
                ("copyFolder", {"sourceFolderPath": "/none",
                                "destinationPath": "/x"}, 404,
                 {"reason": "NO_FILES_FOLDER"}),
                ("renameFolder", {"folderPath": "/none",
                                  "newFolderName": "x"}, 404,
                 {"reason": "FOLDER_NOT_FOUND"}),
                ("renameFolder", {"folderPath": "/",
                                  "newFolderName": "x"}, 400,
                 {"reason": "SOURCE_IS_ROOT"})):
            with self.subTest(word, body=body):
                self.refused(self.post("/v1/bulkJobs/" + word, body), status,
                             **more)
        self.upload(folder="/no/other")
        self.refused(self.post("/v1/bulkJobs/renameFolder", {
            "folderPath": "/no/child", "newFolderName": "other"}), 409,
            "Folder with name other already exists at the same location.",
            reason="FOLDER_ALREADY_EXISTS")
        for job in (UNKNOWN, "x"):
            self.refused(self.call("GET", "/v1/bulkJobs/" + job), 404,
                         "The requested job does not exist.")

    def test_a_file_that_cannot_be_moved_makes_a_job_a_partial_success(self):
        long = "n" * 240 + ".txt"
        deep = "/".join(["d" * 100] * 7)
        self.upload(long, folder="/part/" + deep)
        self.upload("short.txt", folder="/part")
        said = self.post("/v1/bulkJobs/renameFolder", {
            "folderPath": "/part", "newFolderName": "p" * 200}).json()
        done = self.ended(said)
        self.assertEqual((done.status, done.json()["status"]),
                         (207, "Partial success"))
        self.assertEqual(self.names(path="/" + "p" * 200), ["short.txt"])
        self.assertEqual(self.names(name=long), [long])
        self.assert_sound()

    def test_a_job_goes_on_after_a_crash(self):
        with Server() as server:
            self.server, mine = server, self.server
            self.addCleanup(setattr, self, "server", mine)
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda i: self.upload(
                    f"f{i}.txt", folder=f"/crash/{i % 7}"), range(700)))
            said = self.post("/v1/bulkJobs/moveFolder", {
                "sourceFolderPath": "/crash", "destinationPath": "/to"}).json()
            # in the middle, unless it was fast
            self.assertTrue(wait_until(lambda: not rows(
                server, "SELECT 1 FROM job WHERE done = 0")))
            server.kill9()
            server.start()
            self.assertEqual(self.ended(said).json()["status"], "Completed")
            listed = self.list(limit=1000)
            self.assertEqual(len(listed), 700)
            self.assertEqual({r["filePath"].split("/")[1] for r in listed},
                             {"to"})
            self.assertEqual(self.names(type="folder", path="/"), ["to"])
            self.assert_sound()


class FieldTest(ImageKitTest):
    path = "/v1/customMetadataFields"

    def make(self, name, **schema):
        return self.call("POST", self.path, {"name": name, "label": name,
                                             "schema": schema})

    def test_each_type_holds_its_values(self):
        options = ["a", 1, True]
        for i, (schema, good, kept, bad) in enumerate((
                ({"type": "Text", "minLength": 2, "maxLength": 4,
                  "defaultValue": "abc", "isValueRequired": True}, "ab", "ab",
                 ["a", "abcde", 5]),
                ({"type": "Textarea"}, "é", "é", [1]),
                ({"type": "Number", "minValue": -1, "maxValue": 5.5}, 5.5, 5.5,
                 [-2, 6, "1"]),
                ({"type": "Date", "minValue": "2020-01-01"}, "2020-01-02",
                 "2020-01-02T00:00:00.000Z", ["2019-12-31", "x", 1]),
                ({"type": "Boolean"}, True, True, ["true", 1]),
                ({"type": "SingleSelect", "selectOptions": options}, 1, 1,
                 ["b", [1]]),
                ({"type": "MultiSelect", "selectOptions": options},
                 ["a", True], ["a", True], ["a", ["b"]]))):
            name = f"field{i}"
            with self.subTest(schema):
                made = self.make(name, **schema)
                self.assertEqual(made.status, 201, made)
                self.assertEqual(made.json()["schema"], schema)
                file = self.upload()["fileId"]
                details = f"/v1/files/{file}/details"
                self.assertEqual(self.ok("PATCH", details, {
                    "customMetadata": {name: good}})["customMetadata"],
                    {name: kept})
                for value in bad:
                    refused = self.call("PATCH", details, {
                        "customMetadata": {name: value}})
                    self.assertEqual(refused.status, 400, value)
                    self.assertEqual(list(refused.json()["errors"]), [name])
                clear = self.call("PATCH", details, {
                    "customMetadata": {name: None}})
                self.assertEqual(clear.status,
                                 400 if "isValueRequired" in schema else 200)

    def test_wrong_schemas_are_explained(self):
        for schema, wrong in (
                ({"type": "Odd"}, "type"), ({}, "type"),
                ({"type": "Text", "minValue": 1}, "minValue"),
                ({"type": "Number", "maxLength": 1}, "maxLength"),
                ({"type": "Number", "minValue": "x"}, "minValue"),
                ({"type": "Number", "minValue": 2, "maxValue": 1}, "minValue"),
                ({"type": "Text", "minLength": -1}, "minLength"),
                ({"type": "SingleSelect"}, "selectOptions"),
                ({"type": "SingleSelect", "selectOptions": ["a", "a"]},
                 "selectOptions"),
                ({"type": "Text", "isValueRequired": True}, "defaultValue"),
                ({"type": "Number", "defaultValue": "x"}, "defaultValue"),
                ({"type": "Text", "odd": 1}, "odd")):
            with self.subTest(schema):
                response = self.make("wrong", **schema)
                self.assertEqual(response.status, 400, response)
                self.assertEqual(response.json()["message"],
                                 "Invalid schema object.")
                self.assertIn(wrong, response.json()["errors"])

    def test_a_field_lives_and_goes(self):
        field = self.make("life", type="Text").json()
        self.refused(self.make("life", type="Text"), 400, "A custom metadata "
                     "field with this name already exists.")
        one = f"{self.path}/{field['id']}"
        self.assertEqual(self.ok("PATCH", one, {"label": "Life"})["label"],
                         "Life")
        self.assertEqual(self.ok("PATCH", one, {"schema": {"maxLength": 5}})
                         ["schema"], {"type": "Text", "maxLength": 5})
        for body, message in (
                ({}, "Either label or schema should be provided."),
                ({"name": "x"}, "Name cannot be updated."),
                ({"schema": {"type": "Number"}}, None)):
            response = self.call("PATCH", one, body)
            self.assertEqual(response.status, 400, response)
            if message:
                self.refused(response, 400, message)
        ids = [f["id"] for f in self.ok("GET", self.path)]
        self.assertIn(field["id"], ids)
        self.assertEqual(self.call("DELETE", one).status, 204)
        missing = "No such custom metadata field exists."
        self.refused(self.call("DELETE", one), 404, missing)
        self.refused(self.call("PATCH", one, {"label": "x"}), 400,
                     "Cannot update a deleted custom metadata fields.")
        self.refused(self.call("DELETE", f"{self.path}/{UNKNOWN}"), 404,
                     missing)
        self.refused(self.call("DELETE", f"{self.path}/x"), 400,
                     "Your request contains invalid ID parameter.")
        self.assertNotIn(field["id"],
                         [f["id"] for f in self.ok("GET", self.path)])
        self.assertIn(field["id"], [f["id"] for f in self.ok(
            "GET", self.path + "?includeDeleted=true")])
        self.assertEqual(self.make("life", type="Number").status, 201)


class PurgeAndMetadataTest(ImageKitTest):
    def test_purges(self):
        base = self.server.url + "/default/"
        for url, status in ((base + "a/b.jpg", 201), (base + "a/*", 201),
                            (base + "a-long-file-name*", 201),
                            ("https://ik.imagekit.io/default/a.jpg", 201),
                            (base + "a*", 400), (base + "*", 400),
                            (base + "a/*/b", 400), ("x", 400),
                            (self.server.url + "/other/a.jpg", 400),
                            ("https://example.com/default/a.jpg", 400)):
            with self.subTest(url):
                response = self.call("POST", "/v1/files/purge", {"url": url})
                if status == 400:
                    self.refused(response, 400, "The URL is not valid for "
                                 "cache purging.")
                    continue
                self.assertEqual(response.status, 201, response)
                self.assertEqual(self.ok("GET", "/v1/files/purge/" + response
                                         .json()["requestId"]),
                                 {"status": "Completed"})
        for request_id in (UNKNOWN, "x"):
            self.refused(self.call("GET", "/v1/files/purge/" + request_id),
                         400, "No request found for this requestId.")

    def test_metadata_by_id_and_by_url(self):
        file = self.upload("my_é.png", (samples.png(9, 4), "x"))
        wanted = self.ok("GET", f"/v1/files/{file['fileId']}/metadata")
        self.assertEqual((wanted["width"], wanted["height"], wanted["format"],
                          wanted["density"], wanted["quality"]),
                         (9, 4, "png", 72, 0))
        self.assertEqual(set(wanted["exif"]), {
            "image", "thumbnail", "exif", "gps", "interoperability",
            "makernote"})
        url = file["url"]
        encoded = url.replace(":", "%3A").replace("/", "%2F") \
            .replace("%C3%A9", "%25C3%25A9")
        for target in ("/v1/metadata?url=" + url,
                       "/v1/files/metadata?url=" + encoded,
                       "/v1/metadata?url=" + url + "?v=1&x=2",
                       "/v1/metadata?url=" + encoded,
                       f"/v1/files/{url}/metadata"):
            with self.subTest(target):
                self.assertEqual(self.ok("GET", target), wanted)
        old = self.upload("sized.png", (samples.png(9, 4), "x"))
        new = self.upload("sized.png", (samples.png(5, 6), "x"))
        versions = {v["versionInfo"]["id"]: v["url"] for v in
                    self.ok("GET", f"/v1/files/{old['fileId']}/versions")}
        url_of_old = versions[old["versionInfo"]["id"]]
        named = url_of_old.split("?")[1].split("&")[0]
        for target, width in (
                (url_of_old, 9), (new["url"], 5),
                (versions[new["versionInfo"]["id"]], 5),
                (new["url"] + "?x=1&" + named, 9),
                (urllib.parse.quote(url_of_old, ""), 9)):
            with self.subTest(target):
                self.assertEqual(self.ok("GET", "/v1/metadata?url=" + target)
                                 ["width"], width)
        text = self.upload("t.txt")
        inaccessible = ("The requested file does not exist or is inaccessible "
                        "at this time.")
        for target, status, message in (
                (f"/v1/files/{UNKNOWN}/metadata", 404, inaccessible),
                (f"/v1/metadata?url={url}x", 404, inaccessible),
                (f"/v1/metadata?url={url}?{named}", 404, inaccessible),
                (f"/v1/metadata?url={new['url']}?{named[:-2]}", 404,
                 inaccessible),
                (f"/v1/metadata?url={url}?ik-obj-version=", 404, inaccessible),
                (f"/v1/files/{text['fileId']}/metadata", 400,
                 "The requested file is corrupt or invalid."),
                ("/v1/metadata?url=https://example.com/a.jpg", 400,
                 "The url should be accessible using your ImageKit.io "
                 "account."),
                (f"/v1/metadata?url={url}?tr=n-none", 400, None),
                (f"/v1/metadata?url={url}?tr=e-bgremove", 501, None),
                (f"/v1/metadata?url={url}x?tr=w-1", 404, inaccessible),
                (f"/v1/metadata?url={text['url']}?tr=w-1", 400,
                 "The requested file is corrupt or invalid."),
                ("/v1/metadata", 400, None), ("/v1/files/x", 404, None)):
            with self.subTest(target):
                self.refused(self.call("GET", target), status, message)

    def test_metadata_by_the_url_of_a_picture(self):
        """It is of what the URL shows."""
        old = self.upload("made.png", (samples.png(40, 20), "x"))
        self.upload("made.png", (samples.png(60, 20), "x"))
        file = self.upload("secret.png", (samples.png(40, 20), "x"),
                           isPrivateFile="true", isPublished="false")
        listed = self.list(name="secret.png")[0]
        version = self.ok("GET", f"/v1/files/{old['fileId']}/versions")[1]
        base = file["url"].rsplit("/", 1)[0]
        for url, shape in (
                (listed["thumbnail"], (40, 20, "png")),
                (file["thumbnailUrl"], (40, 20, "png")),
                (file["url"] + "?tr=w-10&x=2", (10, 5, "png")),
                (file["url"] + "?tr=w-10:rt-90,f-jpg", (5, 10, "jpg")),
                (file["url"] + "?tr=orig-true,w-10", (40, 20, "png")),
                (file["url"] + "?tr=w-20,l-image,i-made.png,w-5,l-end",
                 (20, 10, "png")),
                (base + "/tr:w-10/secret.png", (10, 5, "png")),
                (base + "/secret.png/tr:w-10", (10, 5, "png")),
                (base + "/ik-seo/secret/words.png?tr=w-10", (10, 5, "png")),
                (base + "/made.png?tr=w-30", (30, 10, "png")),
                (version["url"] + "&tr=w-20", (20, 10, "png")),
                (version["thumbnail"], (40, 20, "png"))):
            for spelled in (url, urllib.parse.quote(url, "")):
                with self.subTest(spelled):
                    said = self.ok("GET", "/v1/metadata?url=" + spelled)
                    self.assertEqual((said["width"], said["height"],
                                      said["format"]), shape)
        shown = base + "/made.png?tr=w-30"
        self.assertEqual(self.ok("GET", "/v1/metadata?url=" + shown)["size"],
                         len(get_url(self.server, shown).body))
