# SPDX-License-Identifier: Apache-2.0
"""Folders, folder jobs and purges at their edges: spellings, wrong bodies, work
beside each other, and what a stop or a crash leaves. The calls themselves are
in test_imagekit_manage.py."""
import concurrent.futures
import json
import threading

from apis import basic, imagekit_upload
from harness import Server, rows, wait_until
from imagekit import ImageKitTest
from rawhttp import Connection, build, request
from tenants import add_account, tool

DOTS = "'.' & '..' can not be used as folder-name"
INTO_CHILD = ("This operation is not allowed because parent folder cannot be "
              "moved into child folder.")
NO_JOB = "The requested job does not exist."
UNKNOWN = "0123456789abcdef01234567"


class FolderTest(ImageKitTest):
    def folders(self, server=None):
        return [path for path, in rows(
            server or self.server, "SELECT path FROM folder ORDER BY path")]

    def make(self, name, parent="/", path="/v1/folder", **more):
        return self.call("POST", path, {
            "folderName": name, "parentFolderPath": parent, **more})

    def job(self, word, body, method="POST", version="v1", key=None):
        return self.call(method, f"/{version}/bulkJobs/{word}", body, key)

    def delete(self, path, key=None):
        return self.call("DELETE", "/v1/folder", {"folderPath": path}, key)

    def files(self, folder):
        return sorted(path for path, in rows(
            self.server, "SELECT path FROM file WHERE path > ? AND path < ?",
            folder + "/", folder + "0"))


class MakeTest(FolderTest):
    def test_folders_in_every_spelling(self):
        for path in ("/v1/folder", "/v1/folder/", "/v2/folder",
                     "/imagekit/v1/folder"):
            for name, parent, made in (
                    ("plain", "/", "plain"), ("in", "p", "p/in"),
                    ("in", "//p///q/", "p/q/in"), ("a b&c", "/", "a_b_c"),
                    ("é字-_", "/", "é字-_"), ("a.b", "/", "a_b"),
                    (" ", "/", "_"), ("...", "/", "___"),
                    ("x", "/s p/", "s_p/x"), ("a\\b", "/", "a_b")):
                with self.subTest(path, name=name):
                    response = self.make(name, parent, path)
                    self.assertEqual((response.status, response.json()),
                                     (201, {}))
                    self.assertIn(made, self.folders())
        listed = self.names(type="folder", path="/")
        self.assertIn("a_b_c", listed)

    def test_fifty_levels_and_no_more(self):
        parent = "/".join(["l"] * 49)
        self.assertEqual(self.make("last", parent).status, 201)
        before = self.folders()
        self.refused(self.make("more", parent + "/last"), 400, "Your request "
                     "contains invalid folder parameter. Folders can be "
                     "nested up to 50 levels.", reason="INVALID_FOLDER_PATH")
        self.refused(self.make("x" * 1023), 400)
        self.assertEqual(self.make("x" * 1022).status, 201)
        self.assertEqual(self.folders(), before + ["x" * 1022])

    def test_wrong_bodies_make_nothing(self):
        before = self.folders()
        for body, message, more in (
                ({"folderName": "x"}, "parentFolderPath parameter is missing.",
                 {"reason": "MISSING_PARAMETER"}),
                ({"folderName": "", "parentFolderPath": "/"},
                 "folderName parameter is missing.",
                 {"reason": "MISSING_PARAMETER"}),
                ({"folderName": None, "parentFolderPath": "/"},
                 "folderName parameter is missing.",
                 {"reason": "MISSING_PARAMETER"}),
                ({"folderName": 5, "parentFolderPath": "/"},
                 "folderName parameter should be a string.",
                 {"reason": "INVALID_PARAMETER"}),
                ({"folderName": "x", "parentFolderPath": ["/"]},
                 "parentFolderPath parameter should be a string.",
                 {"reason": "INVALID_PARAMETER"}),
                ({"folderName": "/", "parentFolderPath": "/"},
                 "folderName parameter cannot have a slash.", {}),
                ({"folderName": ".", "parentFolderPath": "/"}, DOTS,
                 {"reason": "INVALID_FOLDER_PATH"}),
                ({"folderName": "x", "parentFolderPath": "/a/../b"}, DOTS,
                 {"reason": "INVALID_FOLDER_PATH"})):
            with self.subTest(body):
                self.refused(self.call("POST", "/v1/folder", body), 400,
                             message, **more)
        self.assertEqual(self.folders(), before)

    def test_a_body_that_is_no_object_is_refused_by_every_call(self):
        before = self.folders()
        for method, path in (
                ("POST", "/v1/folder"), ("DELETE", "/v1/folder"),
                ("POST", "/v1/bulkJobs/copyFolder"),
                ("PUT", "/v1/bulkJobs/moveFolder"),
                ("POST", "/v1/bulkJobs/renameFolder"),
                ("POST", "/v1/files/purge"),
                ("POST", "/v1/customMetadataFields")):
            for body, message in (
                    (b"{", None), (b"[1]", None), (b"null", None),
                    (b'"x"', None), (b"{}x", None), (b"\xff", None),
                    (b'{"folderName":"a","folderName":"b"}', None),
                    (b'{"folderName":"a\\u0000","parentFolderPath":"/"}',
                     None),
                    (b" " * (1 << 20) + b"{}",
                     "Your request body is too large.")):
                with self.subTest(method, path=path, body=body[:20]):
                    self.refused(self.call(method, path, body), 400,
                                 message or "Your request contains an invalid "
                                 "JSON body.")
            self.refused(request(self.server, method, path, {
                "Content-Type": "application/json"}, b"{}"), 401)
        self.assertEqual(self.folders(), before)

    def test_a_folder_may_be_named_like_a_file_beside_it(self):
        self.upload("twin", folder="/twins")
        self.assertEqual(self.make("twin", "/twins").status, 201)
        self.upload("in.txt", folder="/twins/twin")
        self.assertEqual(self.delete("/twins/twin").status, 204)
        self.assertEqual(self.files("twins"), ["twins/twin"])
        self.assert_sound()


class JobTest(FolderTest):
    def test_every_way_to_ask(self):
        self.upload("f.txt", folder="/ways/a")
        at = "/ways/a"
        for number, (method, version) in enumerate((
                ("POST", "v1"), ("PUT", "v1"), ("POST", "v2"),
                ("PUT", "v2"))):
            with self.subTest(method, version=version):
                for word, target, status, kind in (
                        ("moveFolder", f"/to{number}/", 200, "MOVE_FOLDER"),
                        ("copyFolder", f"c{number}", 200, "COPY_FOLDER")):
                    response = self.job(word, {
                        "sourceFolderPath": at + "/",
                        "destinationPath": target}, method, version)
                    self.assertEqual(response.status, status, response)
                    self.assertEqual(set(response.json()), {"jobId"})
                    self.assertRegex(response.json()["jobId"],
                                     "^[0-9a-f]{24}$")
                    done = self.ended(response.json())
                    self.assertEqual(done.json(), {
                        **response.json(), "type": kind,
                        "status": "Completed"})
                    if word == "moveFolder":
                        at = f"/to{number}/a"
                said = self.job("renameFolder", {
                    "folderPath": at, "newFolderName": "a b"}, method, version)
                self.assertEqual(said.status, 202, said)
                self.ended(said.json())
                made = "a_b" if version == "v1" else "a b"
                said = self.job("renameFolder", {
                    "folderPath": f"/to{number}/{made}",
                    "newFolderName": "a"})
                self.ended(said.json())
                self.assertEqual(self.files(f"to{number}/a"),
                                 [f"to{number}/a/f.txt"])
        self.assertIn("c3/a", self.folders())
        self.assert_sound()

    def test_a_rename_may_call_its_folder_as_the_other_calls_do(self):
        """The vendor's node for n8n does."""
        self.make("called", "/")
        said = self.job("renameFolder", {"sourceFolderPath": "/called",
                                         "newFolderName": "recalled",
                                         "purgeCache": False})
        self.assertEqual(said.status, 202, said)
        self.ended(said.json())
        self.assertIn("recalled", self.folders())
        for body, message in (
                ({"sourceFolderPath": "/"}, "folderPath cannot be root."),
                ({"folderPath": "/", "sourceFolderPath": "/recalled"},
                 "folderPath cannot be root."),
                ({}, "folderPath parameter is missing.")):
            response = self.job("renameFolder", {"newFolderName": "x", **body})
            self.assertEqual((response.status, response.json()["message"]),
                             (400, message))

    def test_wrong_parameters_are_named(self):
        self.upload(folder="/wrong/child")
        folder = {"sourceFolderPath": "/wrong", "destinationPath": "/x"}
        rename = {"folderPath": "/wrong", "newFolderName": "x"}
        missing, invalid = "MISSING_PARAMETER", "INVALID_PARAMETER"
        for words, good, wrong, reason, message in (
                ("copyFolder moveFolder", folder, {"sourceFolderPath": None},
                 missing, "sourceFolderPath parameter is missing."),
                ("copyFolder moveFolder", folder, {"sourceFolderPath": ""},
                 missing, "sourceFolderPath parameter is missing."),
                ("copyFolder moveFolder", folder, {"destinationPath": None},
                 missing, "destinationPath parameter is missing."),
                ("copyFolder moveFolder", folder, {"destinationPath": 1},
                 invalid, "destinationPath parameter should be a string."),
                ("copyFolder", folder, {"includeVersions": "yes"}, invalid,
                 "includeVersions parameter should be a boolean."),
                ("copyFolder", folder, {"includeFileVersions": 1}, invalid,
                 "includeFileVersions parameter should be a boolean."),
                ("copyFolder moveFolder", folder, {"sourceFolderPath": "//"},
                 "SOURCE_IS_ROOT", "sourceFolderPath cannot be root."),
                ("copyFolder moveFolder", folder,
                 {"destinationPath": "/wrong/"},
                 "SAME_SOURCE_AND_DESTINATION",
                 "sourceFolderPath and destinationPath cannot be same."),
                ("copyFolder moveFolder", folder,
                 {"sourceFolderPath": "/wrong/child",
                  "destinationPath": "wrong"}, "SAME_SOURCE_AND_DESTINATION",
                 "sourceFolderPath and destinationPath cannot be same."),
                ("copyFolder moveFolder", folder,
                 {"destinationPath": "/wrong/child/new"},
                 "INVALID_DESTINATION_PATH", INTO_CHILD),
                ("copyFolder moveFolder", folder,
                 {"destinationPath": "/a/../b"}, "INVALID_FOLDER_PATH", DOTS),
                ("copyFolder moveFolder", folder,
                 {"destinationPath": "a/" * 51}, "INVALID_FOLDER_PATH", None),
                ("copyFolder moveFolder", folder,
                 {"destinationPath": "a/" * 50}, "INVALID_DESTINATION_PATH",
                 "The folder's path would be too long, too deep or not "
                 "valid."),
                ("copyFolder moveFolder", folder,
                 {"destinationPath": "a" * 1020}, "INVALID_DESTINATION_PATH",
                 None),
                ("renameFolder", rename, {"folderPath": None}, missing,
                 "folderPath parameter is missing."),
                ("renameFolder", rename, {"folderPath": {}}, invalid,
                 "folderPath parameter should be a string."),
                ("renameFolder", rename, {"newFolderName": None}, missing,
                 "newFolderName parameter is missing."),
                ("renameFolder", rename, {"newFolderName": "a/b"}, invalid,
                 "newFolderName parameter cannot have a slash."),
                ("renameFolder", rename, {"newFolderName": ".."},
                 "INVALID_FOLDER_PATH", DOTS),
                ("renameFolder", rename, {"newFolderName": "wrong"},
                 "SAME_OLD_AND_NEW_NAME", "newFolderName cannot be the same "
                 "as its existing name."),
                ("renameFolder", rename, {"purgeCache": "true"}, invalid,
                 "purgeCache parameter should be a boolean."),
                ("renameFolder", rename, {"folderPath": "/"},
                 "SOURCE_IS_ROOT", "folderPath cannot be root.")):
            for word in words.split():
                with self.subTest(word, wrong=str(wrong)[:60]):
                    self.refused(self.job(word, {**good, **wrong}), 400,
                                 message, reason=reason)
        for wrong, status, reason in (
                ({}, 400, missing), ({"folderPath": 3}, 400, invalid),
                ({"folderPath": "/"}, 400, "SOURCE_IS_ROOT"),
                ({"folderPath": "/Wrong"}, 404, "FOLDER_NOT_FOUND"),
                ({"folderPath": "/wrong/."}, 404, "FOLDER_NOT_FOUND")):
            self.refused(self.call("DELETE", "/v1/folder", wrong), status,
                         reason=reason)
        self.assertEqual(len(self.files("wrong")), 1)
        self.assertEqual(rows(self.server, "SELECT count(*) FROM job WHERE "
                              "source LIKE 'wrong%' OR source LIKE 'Wrong%'"),
                         [(0,)])

    def test_a_missing_folder_is_named_as_it_was_spelled(self):
        for word in ("copyFolder", "moveFolder"):
            self.refused(self.job(word, {"sourceFolderPath": "//no//such/",
                                         "destinationPath": "/x"}), 404,
                         "No files & folder found at sourceFolderPath "
                         "`/no/such`.", reason="NO_FILES_FOLDER")
        self.refused(self.job("renameFolder", {
            "folderPath": "/no/such", "newFolderName": "x"}), 404,
            "Source folder not found.", reason="FOLDER_NOT_FOUND")

    def test_a_refused_job_purges_nothing(self):
        count = "SELECT count(*) FROM purge_request"
        before = rows(self.server, count)
        self.job("renameFolder", {"folderPath": "/no/such",
                                  "newFolderName": "x", "purgeCache": True})
        self.assertEqual(rows(self.server, count), before)

    def test_jobs_and_purges_are_the_accounts_own(self):
        secret, _ = add_account(self.server, "stranger")
        self.upload(folder="/mine")
        said = self.job("renameFolder", {"folderPath": "/mine",
                                         "newFolderName": "own",
                                         "purgeCache": True}).json()
        purge = self.ended(said).json()["purgeRequestId"]
        path = "/v1/bulkJobs/" + said["jobId"]
        self.assertEqual(self.ok("GET", path)["type"], "RENAME_FOLDER")
        self.refused(self.call("GET", path, key=secret), 404, NO_JOB)
        self.refused(self.call("GET", "/v1/files/purge/" + purge, key=secret),
                     400, "No request found for this requestId.")
        for wrong in (UNKNOWN, "x", said["jobId"][:-1], said["jobId"] + "0",
                      "%00"):
            self.refused(self.call("GET", "/v1/bulkJobs/" + wrong), 404,
                         NO_JOB)
        self.refused(self.delete("/own", secret), 404,
                     reason="FOLDER_NOT_FOUND")
        for word in ("copyFolder", "moveFolder"):
            self.refused(self.job(word, {"sourceFolderPath": "/own",
                                         "destinationPath": "/x"},
                                  key=secret), 404, reason="NO_FILES_FOLDER")
        self.assertEqual(len(self.files("own")), 1)

    def test_a_nested_namesake_comes_down_on_its_parent(self):
        self.upload("f", folder="/same/same/sub")
        done = self.ended(self.job("moveFolder", {
            "sourceFolderPath": "/same/same", "destinationPath": "/"}).json())
        self.assertEqual(done.json()["status"], "Completed")
        self.assertEqual(self.files("same"), ["same/sub/f"])
        self.upload("f", folder="/three/three/three")
        self.refused(self.job("moveFolder", {
            "sourceFolderPath": "/three/three", "destinationPath": "/"}), 400,
            "The folder holds one that would take its place.",
            reason="INVALID_DESTINATION_PATH")

    def test_a_copy_stops_at_the_accounts_storage(self):
        secret, _ = add_account(self.server, "small")
        mine = self.server.secret
        self.addCleanup(setattr, self.server, "secret", mine)
        self.server.secret = secret
        for i in range(4):
            self.upload(f"f{i}", ("x" * 100, "x"), folder="/full")
        tool(self.server, "accounts", "set", "small", "--max-storage", "650")
        done = self.ended(self.job("copyFolder", {
            "sourceFolderPath": "/full", "destinationPath": "/x"}).json())
        self.assertEqual((done.status, done.json()["status"]),
                         (207, "Partial success"))
        self.assertEqual(self.files("x/full"), ["x/full/f0", "x/full/f1"])
        self.assertEqual(len(self.files("full")), 4)
        self.assert_sound()


class BigFolderTest(FolderTest):
    """A folder that takes many steps. `at` is where it is now."""
    FILES = 2560

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        test = cls()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda i: test.upload(
                f"f{i}.txt", folder=f"/b0/{i % 4}"), range(20)))
        count, number = 20, 0
        while count < cls.FILES:
            for target in (f"/b{number + 1}", f"/b{number + 1}/again"):
                test.ended(test.job("copyFolder", {
                    "sourceFolderPath": f"/b{number}",
                    "destinationPath": target}).json())
            if number:
                test.ok("DELETE", "/v1/folder",
                        {"folderPath": f"/b{number}"}, 204)
            count, number = 2 * count, number + 1
        cls.at = f"b{number}"

    def counts(self, *folders):
        return [len(self.files(folder)) for folder in folders]

    def move(self, target):
        """(answer, where it goes)"""
        said = self.job("moveFolder", {"sourceFolderPath": self.at,
                                       "destinationPath": target})
        self.assertEqual(said.status, 200, said)
        type(self).at, old = f"{target}/{self.at.split('/')[-1]}", self.at
        return said.json(), old

    def jobs_in_the_way(self, old, beside):
        """What a job that moves a folder keeps others from."""
        return [self.job(word, body) for word, body in (
            ("moveFolder", {"sourceFolderPath": "/" + old,
                            "destinationPath": "/x"}),
            ("copyFolder", {"sourceFolderPath": f"/{old}/again",
                            "destinationPath": "/x"}),
            ("copyFolder", {"sourceFolderPath": "/" + beside,
                            "destinationPath": "/" + self.at}),
            ("renameFolder", {"folderPath": f"/{old}/again",
                              "newFolderName": "x"}))]

    def test_uploads_and_other_jobs_go_on_beside_a_job(self):
        self.upload("f", folder="/beside0")
        secret, _ = add_account(self.server, "beside")
        for turn in range(10):
            said, old = self.move(f"moved{turn}")
            late = self.jobs_in_the_way(old, f"beside{turn}")
            delete = self.delete("/" + old)
            strange = self.delete("/" + old, secret)
            other = self.job("renameFolder", {
                "folderPath": f"/beside{turn}",
                "newFolderName": f"beside{turn + 1}"})
            self.assertEqual(self.ended(other.json()).json()["status"],
                             "Completed")
            job, uploads = "/v1/bulkJobs/" + said["jobId"], 0
            while self.ok("GET", job)["status"] == "Pending":
                self.upload(folder="/" + old)
                uploads += 1
            self.assertEqual(self.ok("GET", job)["status"], "Completed")
            if uploads:     # all of that was beside it
                break
            if late[2].status == 200:
                self.ended(late[2].json())
                self.delete(f"/{self.at}/beside{turn}")
        else:
            self.fail("each job was faster than all beside it")
        for response in late:
            self.refused(response, 423, "Another job is working on this "
                         "folder.", reason="LOCKED")
        self.refused(delete, 423, reason="LOCKED")
        self.refused(strange, 404, reason="FOLDER_NOT_FOUND")
        # what came after the call stays where it was stored
        self.assertEqual(self.counts(self.at, old), [self.FILES, uploads])
        self.assertEqual(self.delete("/" + old).status, 204)
        self.assertNotIn(old, self.folders())
        self.assert_sound()

    def crash_while_moving(self, target):
        """(answer, where from, what was left and what had moved then)"""
        said, old = self.move(target)
        self.assertTrue(wait_until(lambda: self.counts(self.at)[0]))
        self.server.kill9()
        left, moved = self.counts(old, self.at)
        self.assertEqual(left + moved, self.FILES)
        self.server.start()
        return said, old, left, moved

    def test_a_crash_in_the_middle_leaves_each_file_in_one_place(self):
        for turn in range(10):
            said, old, left, moved = self.crash_while_moving(f"crashed{turn}")
            self.assertGreater(moved, 0)
            self.assertEqual(self.ended(said).json()["status"], "Completed")
            self.assertEqual(self.counts(old, self.at), [0, self.FILES])
            self.assertNotIn(old, self.folders())
            if left:
                break
        else:
            self.fail("each job was faster than the crash")
        self.assert_sound()

    def copy(self, name):
        self.ended(self.job("copyFolder", {
            "sourceFolderPath": self.at, "destinationPath": name}).json())
        self.assertEqual(self.counts(name), [self.FILES])

    def test_a_folder_is_deleted_though_its_client_has_gone(self):
        self.copy("gone")
        body = json.dumps({"folderPath": "/gone"}).encode()
        with Connection(self.server) as connection:
            connection.send(build("DELETE", "/v1/folder",
                                  self.server.authority, {
                                      **basic(self.server.secret),
                                      "Content-Type": "application/json"},
                                  body))
            self.assertTrue(wait_until(
                lambda: rows(self.server, "SELECT 1 FROM job WHERE "
                             "source = 'gone'")))
        self.assertTrue(wait_until(lambda: "gone" not in self.folders()))
        self.assertEqual(self.counts("gone"), [0])
        self.assert_sound()

    def stop_while_deleting(self, name):
        """What the client of the deletion was told."""
        self.copy(name)
        statuses = []
        client = threading.Thread(target=lambda: statuses.append(
            self.status_of_delete("/" + name)))
        client.start()
        self.assertTrue(wait_until(lambda: rows(
            self.server, "SELECT 1 FROM job WHERE done > 0 AND "
            f"source = '{name}'")))
        self.server.stop()
        client.join()
        return statuses

    def test_a_stop_ends_a_deletion_that_the_next_start_goes_on_with(self):
        options = self.server.options
        self.addCleanup(options.pop, "drain_timeout")
        options["drain_timeout"] = "1ms"
        self.server.restart()
        for turn in range(20):
            name = f"stopped{turn}"
            statuses = self.stop_while_deleting(name)
            cut = statuses != [204]
            if cut:
                self.assertGreater(rows(
                    self.server, "SELECT count(*) FROM file WHERE path LIKE "
                    f"'{name}/%'")[0][0], 0)
            self.server.start()
            self.assertTrue(wait_until(lambda: name not in self.folders()))
            self.assertEqual(self.counts(name), [0])
            if cut:
                break
        else:
            self.fail("each deletion was faster than the stop")
        self.assert_sound()

    def test_a_deletion_takes_nothing_that_comes_after_it(self):
        self.copy("eaten")
        statuses, kept = [], []
        client = threading.Thread(target=lambda: statuses.append(
            self.status_of_delete("/eaten")))
        client.start()
        self.assertTrue(wait_until(lambda: rows(
            self.server, "SELECT 1 FROM job WHERE source = 'eaten'")))
        while client.is_alive() or len(kept) < 3:
            where = ("eaten", "eaten/new", "eaten/again")[len(kept) % 3]
            kept.append(self.upload(folder="/" + where)["filePath"])
        client.join()
        self.assertEqual(statuses, [204])
        self.assertEqual(self.files("eaten"),
                         sorted(path[1:] for path in kept))
        for path in kept:
            self.assertEqual(request(self.server, "GET", "/default" + path)
                             .status, 200)
        self.assertEqual(self.delete("/eaten").status, 204)
        self.assertNotIn("eaten", self.folders())
        self.assert_sound()

    def status_of_delete(self, path):
        try:
            return self.delete(path).status
        except (OSError, AssertionError):
            return None


class NoRoomTest(FolderTest):
    options = {"slow_workers": "1"}

    def test_without_room_for_one_who_waits_nothing_is_deleted(self):
        self.upload(folder="/kept")
        origin = self.origin()
        url = origin.hang("/never")
        waits = threading.Thread(target=imagekit_upload, args=(
            self.server, url), kwargs={"fileName": "x"})
        waits.start()
        self.addCleanup(waits.join)
        self.addCleanup(origin.ended.set)
        self.assertTrue(wait_until(lambda: origin.seen))
        self.refused(self.delete("/kept"), 503, "Too many folders are being "
                     "deleted. Try again later.")
        self.assertEqual(len(self.files("kept")), 1)
        self.assertEqual(rows(self.server, "SELECT count(*) FROM job"),
                         [(0,)])
        origin.ended.set()
        waits.join()
        self.assertEqual(self.delete("/kept").status, 204)


class PurgeTest(ImageKitTest):
    options = {"public_url": "https://cdn.example.org/media/"}
    WRONG = "The URL is not valid for cache purging."

    def purge(self, body, **headers):
        return request(self.server, "POST", "/v1/files/purge", {
            **basic(self.server.secret), "Content-Type": "application/json",
            **headers}, json.dumps(body).encode())

    def test_urls_of_ours_and_of_others(self):
        ours = "https://cdn.example.org/media/default/"
        for url, status in (
                (ours + "a/b.jpg", 201), (ours + "a/b.jpg?tr=w-1#x", 201),
                (ours + "a/*", 201), (ours + "fifteen-letters*", 201),
                (ours + "a*", 400), (ours + "a/*/b.jpg", 400),
                (ours + "*", 400), (ours + "a/b**", 400),
                ("http://CDN.example.org/default/a.jpg", 201),
                ("https://ik.imagekit.io/default/tr:w-1/a.jpg", 201),
                (f"http://{self.server.authority}/default/a.jpg", 201),
                (f"http://{self.server.authority}/imagekit/default/a", 201),
                (f"http://{self.server.authority}0/default/a.jpg", 400),
                ("https://cdn.example.org.evil/media/default/a.jpg", 400),
                ("https://cdn.example.org@evil/default/a.jpg", 400),
                ("ftp://ik.imagekit.io/default/a.jpg", 400),
                ("//ik.imagekit.io/default/a.jpg", 400),
                ("https://ik.imagekit.io/default", 400),
                ("https://ik.imagekit.io/default/", 400),
                ("https://ik.imagekit.io/defaults/a.jpg", 400),
                ("https://ik.imagekit.io/other/a.jpg", 400),
                ("https://ik.imagekit.io/", 400), ("", 400), (None, 400),
                (7, 400), (ours + "x" * 4096, 400)):
            with self.subTest(str(url)[:80]):
                response = self.purge({"url": url})
                if status == 400:
                    self.refused(response, 400, self.WRONG)
                else:
                    self.assertEqual(response.status, 201, response)
                    self.assertEqual(list(response.json()), ["requestId"])
        self.refused(self.purge({}), 400, self.WRONG)

    def test_a_request_is_known_after_a_restart(self):
        with Server() as server:
            mine, self.server = self.server, server
            self.addCleanup(setattr, self, "server", mine)
            said = self.ok("POST", "/v1/files/purge", {
                "url": server.url + "/default/a/b"}, 201)
            server.restart()
            self.assertEqual(self.ok("GET", "/v1/files/purge/" +
                                     said["requestId"]),
                             {"status": "Completed"})
