# SPDX-License-Identifier: Apache-2.0
"""Names of files and folders: version 1 of ImageKit's API cleans them, version
2 keeps them, and both find what they have stored."""
import hashlib
import hmac
import json
import time
import urllib.parse

from apis import (assert_file, basic, imagekit_upload, jigsawstack_read,
                  stashfyle_upload)
from imagekit import ImageKitTest
from rawhttp import form, get_url, request

V2 = "/api/v2/files/upload"
# rclone's own tests, as it encodes them for this API
RCLONE = ("hello\uff1f sausage/\u00ea\u00e9/Hello, \u4e16\u754c/"
          "\uff02 ' @ \uff1c \uff1e & \uff1f + \u2260")
NAMES = ("file name.txt", "a&b.txt", "a'b.txt", "a+b.txt", "a,b.txt",
         "a@b.txt", "a\u2260b.txt", "a\uff02b.txt", " a ", "a:b;c=d!~*().txt",
         "a\\b.txt", 'a"b.txt', "100%.txt", "a%20b.txt", "a?b#c.txt", "..a",
         "a..", "no extension", "\U0001f600 smile.txt", "e\u0301 mark.txt",
         "<b>.txt", "[x] {y} |z| ^w`.txt", "\u00a0.txt", "tr:w-10.txt")


class NamesTest(ImageKitTest):
    def put(self, name, folder="/", path=V2, data=None, **fields):
        response = imagekit_upload(
            self.server, (data or name.encode(), "x",
                          "application/octet-stream"), path,
            fileName=name, folder=folder, useUniqueFileName="false", **fields)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def found(self, name, folder, version="v2", key="name"):
        text = name.replace("\\", "\\\\").replace('"', '\\"')
        rows = self.ok("GET", f"/{version}/files?" + urllib.parse.urlencode({
            "path": folder, "limit": "1", "skip": "0",
            "searchQuery": f'type = "file" AND name = "{text}"'}))
        again = self.ok("GET", f"/{version}/files?" + urllib.parse.urlencode(
            {"path": folder, "name": name}))
        self.assertEqual(rows, again[:1])
        return [row["filePath"] for row in rows]

    def folders(self, path="/", version="v1"):
        return [row["folderPath"] for row in self.ok(
            "GET", f"/{version}/files?" + urllib.parse.urlencode(
                {"type": "folder", "path": path, "sort": "ASC_NAME"}))]


class KeptTest(NamesTest):
    def test_what_was_uploaded_is_found_and_delivered(self):
        for folder in ("/kept", "/" + RCLONE, "/v1.2/x y/.hidden"):
            for name in NAMES + ("z.txt",):
                with self.subTest(name, folder=folder):
                    file = self.put(name, folder)
                    path = f"{folder}/{name}"
                    self.assertEqual((file["name"], file["filePath"]),
                                     (name, path))
                    self.assertRegex(file["url"], "^[!-~]+$")
                    self.assertEqual(
                        urllib.parse.unquote(urllib.parse.urlsplit(
                            file["url"]).path),
                        f"/{self.server.account}{path}")
                    for url in (file["url"], f"/{self.server.account}" +
                                urllib.parse.quote(path, "/!'()*@&+,=:;$")):
                        assert_file(self, get_url(
                            self.server, url if "://" in url else
                            "http://" + self.server.authority + url),
                            name.encode())
                    self.assertEqual(self.found(name, folder), [path])
                    self.assertEqual(self.found(name, folder, "v1"), [path])
                    details = self.ok(
                        "GET", f"/v2/files/{file['fileId']}/details")
                    self.assertEqual(
                        (details["name"], details["filePath"]), (name, path))
        self.assert_sound()

    def test_names_that_version_1_makes_the_same_are_different_files(self):
        ids = {self.put(name, "/apart")["fileId"] for name in NAMES}
        self.assertEqual(len(ids), len(NAMES))
        self.assertEqual(
            sorted(self.names(path="/apart", sort="ASC_NAME")),
            sorted(NAMES))
        self.assertEqual(self.names(path="/apart", sort="ASC_NAME"),
                         sorted(NAMES, key=lambda name: name.encode()))
        # one is not taken for another that is not there
        self.put("a b.txt", "/two", "/api/v1/files/upload")
        self.assertEqual(self.found("a_b.txt", "/two"), ["/two/a_b.txt"])
        self.assertEqual(self.found("a b.txt", "/two"), [])
        self.put("a b.txt", "/two", data=b"other")
        self.assertEqual(self.found("a b.txt", "/two"), ["/two/a b.txt"])

    def test_a_suffix_comes_before_the_extension(self):
        response = imagekit_upload(self.server, path=V2,
                                   fileName="my file, \u00e9.tar.gz")
        self.assertRegex(response.json()["name"],
                         "^my file, \u00e9\\.tar_[A-Za-z0-9_-]{9}\\.gz$")

    def test_a_name_that_fits_also_fits_with_its_suffix(self):
        for name, wanted in (
                ("x" * 251 + ".txt", r"x{241}_[\w-]{9}\.txt"),
                ("x" * 255, r"x{245}_[\w-]{9}"),
                ("\u20ac" * 80 + ".tar.gz",
                 "\u20ac{80}\\.t_[\\w-]{9}\\.gz"),
                ("a." + "x" * 253, r"a\.x{243}_[\w-]{9}"),
                ("a." + "x" * 243, r"a_[\w-]{9}\.x{243}"),
                ("ab." + "x" * 244, r"_[\w-]{9}\.x{244}")):
            for path in (V2, "/api/v1/files/upload"):
                if "\u20ac" in name and path != V2:
                    continue        # no letter
                with self.subTest(name, path=path):
                    response = imagekit_upload(self.server, path=path,
                                               fileName=name)
                    self.assertEqual(response.status, 200, response)
                    self.assertRegex(response.json()["name"],
                                     f"^{wanted}$")

    def test_every_door_to_version_2_keeps_names(self):
        for path in (V2, "/v2/files/upload", "/imagekit" + V2,
                     "/imagekit/v2/files/upload"):
            self.assertEqual(self.put("a b", "/doors", path)["name"], "a b")
        for path in ("/api/v1/files/upload", "/v1/files/upload",
                     "/imagekit/api/v1/files/upload"):
            self.assertEqual(self.put("c d", "/doors", path)["name"], "c_d")

    def test_what_cannot_be_stored_is_refused(self):
        bad = ("Your request contains invalid fileName parameter.",
               "Your request contains invalid folder parameter.",
               "'.' & '..' can not be used as folder-name")
        for name, folder, message in (
                ("a/b", "/", bad[0]), ("/", "/", bad[0]), (".", "/", bad[0]),
                ("..", "/", bad[0]), ("a\tb", "/", bad[0]),
                ("a\x7fb", "/", bad[0]), ("x" * 256, "/", bad[0]),
                ("\u20ac" * 86, "/", bad[0]), ("a", "/x\n/y", bad[1]),
                ("a", "/" + "x" * 1025, bad[1]), ("a", "/./b", bad[2]),
                ("a", "..", bad[2]), ("a", "/b/../c", bad[2]),
                ("a", "/f" * 51, None)):
            with self.subTest(name, folder=folder), self.nothing_left():
                self.refused(imagekit_upload(
                    self.server, path=V2, fileName=name, folder=folder,
                    useUniqueFileName="false"), 400, message)
        for body, message in (
                ({"folderName": "a\tb"}, bad[1]), ({"folderName": "."}, bad[2]),
                ({"folderName": ".."}, bad[2]),
                ({"folderName": "x", "parentFolderPath": "/a/.."}, bad[2])):
            self.refused(self.call("POST", "/v2/folder", {
                "parentFolderPath": "/", **body}), 400, message,
                reason="INVALID_FOLDER_PATH")
        self.refused(self.call("POST", "/v2/folder", {
            "folderName": "a/b", "parentFolderPath": "/"}), 400,
            "folderName parameter cannot have a slash.")

    def test_beginnings_are_found_in_their_order(self):
        for name in ("a b", "a bc", "a b c", "a_b", "a'b", "\u00e9 1",
                     "\u00e9 2", "\u00e9_3"):
            self.put(name, "/begins")
        for begin, wanted in (("a b", ["a b", "a b c", "a bc"]),
                              ("a", ["a b", "a b c", "a bc", "a'b", "a_b"]),
                              ("\u00e9 ", ["\u00e9 1", "\u00e9 2"]),
                              ("a'", ["a'b"])):
            rows = self.ok("GET", "/v2/files?" + urllib.parse.urlencode({
                "path": "/begins", "sort": "ASC_NAME",
                "searchQuery": f'name : "{begin}"'}))
            self.assertEqual([row["name"] for row in rows], wanted)

    def test_files_are_copied_moved_and_renamed(self):
        self.put("a b.txt", "/work, 1/in \u00e9", data=b"1")
        for call, body in (
                ("copy", {"sourceFilePath": "/work, 1/in \u00e9/a b.txt",
                          "destinationPath": "/work, 1/out & on"}),
                ("move", {"sourceFilePath": "/work, 1/in \u00e9/a b.txt",
                          "destinationPath": "/work, 1/new.d/"})):
            self.ok("POST", "/v2/files/" + call, body, 204)
        self.assertEqual(self.folders("/work, 1", "v2"), [
            "/work, 1/in \u00e9", "/work, 1/new.d", "/work, 1/out & on"])
        self.ok("PUT", "/v2/files/rename", {
            "filePath": "/work, 1/new.d/a b.txt", "newFileName": "c+d's.txt",
            "purgeCache": True})
        self.assertEqual(self.found("c+d's.txt", "/work, 1/new.d"),
                         ["/work, 1/new.d/c+d's.txt"])
        for wrong in ("a/b", "..", "a\nb", "x" * 256):
            self.refused(self.call("PUT", "/v2/files/rename", {
                "filePath": "/work, 1/new.d/c+d's.txt",
                "newFileName": wrong}), 400, reason="INVALID_PARAMETER")
        self.refused(self.call("POST", "/v2/files/move", {
            "sourceFilePath": "/work,_1/new_d/c+d's.txt",
            "destinationPath": "/"}), 404,
            "No file found with filePath `/work,_1/new_d/c+d's.txt`.",
            reason="SOURCE_FILE_MISSING")

    def test_folders_and_jobs_keep_names(self):
        self.ok("POST", "/v2/folder", {
            "folderName": "v1.2 \u00e9, 'x' & +", "parentFolderPath": "/j j"},
            201)
        source = "/j j/v1.2 \u00e9, 'x' & +"
        self.assertEqual(self.folders("/j j", "v2"), [source])
        for name in ("a b.txt", "\u4e16\u754c.txt"):
            self.put(name, source + "/deep er")
        # beside it, in the order of bytes before and after
        self.put("beside.txt", source + " ")
        self.put("beside.txt", source + "!")
        for method, call, body, target in (
                ("POST", "copyFolder", {"destinationPath": "/to here"},
                 "/to here/v1.2 \u00e9, 'x' & +"),
                ("PUT", "moveFolder", {"destinationPath": "/to there/b.c"},
                 "/to there/b.c/v1.2 \u00e9, 'x' & +")):
            job = self.ok(method, "/v2/bulkJobs/" + call,
                          {"sourceFolderPath": source, **body})
            self.assertEqual(self.ended(job).json()["status"], "Completed")
            self.assertEqual(self.found("a b.txt", target + "/deep er"),
                             [target + "/deep er/a b.txt"])
        job = self.ok("POST", "/v2/bulkJobs/renameFolder", {
            "folderPath": target, "newFolderName": "re. named"}, 202)
        self.ended(job)
        self.assertEqual(self.folders("/to there/b.c", "v2"),
                         ["/to there/b.c/re. named"])
        self.assertEqual(self.folders("/j j", "v2"),
                         [source + " ", source + "!"])
        self.ok("DELETE", "/v2/folder",
                {"folderPath": "/to there/b.c/re. named"}, 204)
        self.ok("DELETE", "/v2/folder", {"folderPath": source + " "}, 204)
        self.assertEqual(self.folders("/j j", "v2"), [source + "!"])
        self.refused(self.call("DELETE", "/v2/folder", {
            "folderPath": "/to_here"}), 404, "No folder found with folderPath "
            "`/to_here`.", reason="FOLDER_NOT_FOUND")
        self.assert_sound()

    def test_signed_urls_open_private_files(self):
        folder = "/pri vate/\u00e9"
        for name in NAMES:
            with self.subTest(name):
                url = self.put(name, folder, isPrivateFile="true")["url"]
                self.assertEqual(get_url(self.server, url).status, 401)
                until = str(int(time.time()) + 60)
                path = url.split(f"/{self.server.account}/", 1)[1]
                for signed in (path, urllib.parse.quote(
                        urllib.parse.unquote(path), ";,/?:@&=+$-_.!~*'()#")):
                    if any(c in name for c in "?#%"):
                        signed = path       # encodeURI() leaves those as they are
                    mac = hmac.new(self.server.secret.encode(),
                                   (signed + until).encode(),
                                   hashlib.sha1).hexdigest()
                    assert_file(self, get_url(
                        self.server, url.replace(path, signed) +
                        f"?ik-t={until}&ik-s={mac}"), name.encode())

    def test_other_apis_read_them(self):
        self.put("x y, z.txt", "/shared \u00e9", data=b"bytes")
        response = jigsawstack_read(self.server, "shared \u00e9/x y, z.txt")
        self.assertEqual((response.status, response.body), (200, b"bytes"))


class CleanedTest(NamesTest):
    def test_version_1_finds_what_it_has_stored(self):
        stored = self.put("a b, c.txt", "/up there/v1.2",
                          "/api/v1/files/upload")["filePath"]
        self.assertEqual(stored, "/up_there/v1_2/a_b__c.txt")
        for name in ("a b, c.txt", "a_b__c.txt"):
            for folder in ("/up there/v1.2", "/up_there/v1_2",
                           "up_there/v1.2/"):
                with self.subTest(name, folder=folder):
                    self.assertEqual(self.found(name, folder, "v1"), [stored])
        for query, n in ((f'name IN ["a b, c.txt", "x"]', 1),
                         ('name : "a b,"', 1), ('name : "a b!"', 1),
                         ('name : "b"', 0), ('path = "/up_there/v1_2" AND '
                          'name NOT = "a b, c.txt"', 0),
                         ('path = "/up_there/v1_2" AND '
                          'name NOT IN ["a b, c.txt"]', 0),
                         ('path = "/up there/v1.2" AND name = "a b, c.txt"', 1),
                         ('path IN ["/up there/v1.2"]', 1),
                         ('path : "/up there"', 1),
                         ('type = "folder" AND name = "v1.2"', 1),
                         ('path NOT = "/up there/v1.2" AND '
                          'name = "a b, c.txt"', 0)):
            with self.subTest(query):
                self.assertEqual(len(self.list(searchQuery=query)), n)
        self.assertEqual(self.folders("/up there"), ["/up_there/v1_2"])
        self.ok("POST", "/v1/files/copy", {
            "sourceFilePath": "/up there/v1.2/a b, c.txt",
            "destinationPath": "/up there/copy of"}, 204)
        self.ok("PUT", "/v1/files/rename", {
            "filePath": "/up there/copy of/a b, c.txt",
            "newFileName": "d e.txt"})
        self.assertEqual(self.names(path="/up_there/copy_of"), ["d_e.txt"])
        job = self.ok("POST", "/v1/bulkJobs/renameFolder", {
            "folderPath": "/up there/copy of", "newFolderName": "n.2"}, 202)
        self.ended(job)
        self.assertEqual(self.folders("/up there"),
                         ["/up_there/n_2", "/up_there/v1_2"])
        self.ok("DELETE", "/v1/folder", {"folderPath": "/up there"}, 204)
        self.assertEqual(self.list(path="/up_there/v1_2"), [])

    def test_long_queries_may_have_several_spellings_of_each_name(self):
        self.put("in a long one", "/long", "/api/v1/files/upload")
        some = ['name : "in a l"'] + ['name : "x y.z %d"' % i
                                      for i in range(499)]
        nested = 'name = "in a long one"'
        for i in range(60):
            nested = f'({nested} {("AND", "OR")[i % 2]} name : "in a l")'
        for query in (" OR ".join(some),
                      " AND ".join(some[:1] * 500),
                      nested, 'name IN ["in a long one", %s]' % ",".join(
                          f'"a b.c {i}"' for i in range(999))):
            with self.subTest(query[:60]):
                rows = self.ok("GET", "/v1/files", {"searchQuery": query})
                self.assertEqual([row["name"] for row in rows],
                                 ["in_a_long_one"])

    def test_version_1_finds_what_version_2_has_stored(self):
        kept = self.put("a b.txt", "/both of/x.y", data=b"kept")["filePath"]
        self.assertEqual(self.found("a b.txt", "/both of/x.y", "v1"), [kept])
        self.put("a b.txt", "/other", data=b"2")
        self.ok("POST", "/v1/files/move", {
            "sourceFilePath": "/other/a b.txt",
            "destinationPath": "/both of/x.y/new one"}, 204)
        self.assertEqual(self.folders("/both of/x.y"),
                         ["/both of/x.y/new_one"])
        self.assertEqual(self.names(path="/both of/x.y/new one"), ["a b.txt"])
        # the exact one first
        self.put("a b.txt", "/both of/x.y/new_one", "/api/v1/files/upload",
                 data=b"3")
        self.ok("POST", "/v1/files/copy", {
            "sourceFilePath": "/both of/x.y/a b.txt",
            "destinationPath": "/picked"}, 204)
        self.assertEqual(get_url(
            self.server, self.list(path="/picked")[0]["url"]).body, b"kept")
        self.ok("POST", "/v1/folder", {
            "folderName": "made here", "parentFolderPath": "/both of"}, 201)
        self.assertEqual(self.folders("/both of"),
                         ["/both of/made_here", "/both of/x.y"])
        job = self.ok("POST", "/v1/bulkJobs/moveFolder", {
            "sourceFolderPath": "/both of/x.y", "destinationPath": "/picked"})
        self.ended(job)
        self.assertEqual(self.folders("/picked"), ["/picked/x.y"])
        self.ok("DELETE", "/v1/folder", {"folderPath": "/both of"}, 204)

    def test_a_folder_of_another_api_is_a_destination(self):
        response = stashfyle_upload(self.server, ("1", "s.txt"),
                                    folder="my docs/to do")
        self.assertEqual(response.status, 200, response)
        self.upload("f.txt")
        self.ok("POST", "/v1/files/move", {
            "sourceFilePath": "/f.txt", "destinationPath": "/my docs/to do"},
            204)
        self.assertEqual(self.names(path="/my docs/to do", sort="ASC_NAME"),
                         ["f.txt", "s.txt"])
        self.assertEqual(self.folders("/my docs"), ["/my docs/to do"])

    def test_what_is_not_there_is_named_as_it_was_asked(self):
        for method, path, body, message, reason in (
                ("POST", "/v1/files/move",
                 {"sourceFilePath": "/no such, file",
                  "destinationPath": "/a"},
                 "No file found with filePath `/no such, file`.",
                 "SOURCE_FILE_MISSING"),
                ("DELETE", "/v1/folder", {"folderPath": "/no such"},
                 "No folder found with folderPath `/no such`.",
                 "FOLDER_NOT_FOUND"),
                ("DELETE", "/v1/folder", {"folderPath": "/a/../b c"},
                 "No folder found with folderPath `/a/../b c`.",
                 "FOLDER_NOT_FOUND")):
            self.refused(self.call(method, path, body), 404, message,
                         reason=reason)
        self.assertEqual(self.list(path="/a\x01b"), [])
        response = self.call("GET", "/v1/files?path=%FF&name=%FF")
        self.assertEqual((response.status, response.json()), (200, []))
