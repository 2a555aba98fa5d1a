# SPDX-License-Identifier: Apache-2.0
"""StashFyle: lists. Pages, folders, cursors, and whose files they show."""
import base64
import contextlib
import os
import re
import sqlite3
import time

from apis import bearer, imagekit_upload, jigsawstack_upload, stashfyle_upload
from harness import wait_until
from rawhttp import get_url, request
from stashfyle import FIELDS, StashfyleTest


class ListTest(StashfyleTest):
    def ids(self, **parameters):
        return [f["id"] for f in self.page(**parameters)["files"]]

    def page(self, headers=None, **parameters):
        page = self.ok("GET", "/files", headers, **parameters)
        self.assertEqual(set(page), {"files", "has_more", "cursor"})
        self.assertIs(type(page["has_more"]), bool)
        self.assertEqual(page["cursor"] is None, not page["has_more"])
        for file in page["files"]:
            self.assertEqual(set(file), FIELDS)
        return page

    def pages(self, **parameters):
        cursor, pages = None, []
        while True:
            page = self.page(cursor=cursor, **parameters)
            pages.append([f["id"] for f in page["files"]])
            cursor = page["cursor"]
            if cursor is None:
                return pages


class PagesTest(ListTest):
    """120 files, all of one second."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.uploaded = []
        for i in range(120):
            response = stashfyle_upload(cls.server, (b"x", f"{i}.txt"))
            if response.status != 200:
                raise AssertionError(response)
            cls.uploaded.append(response.json()["id"])
        cls.server.stop()
        path = os.path.join(cls.server.data, "stowage.db")
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE file SET created_at = 1700000000000")
        cls.server.start()

    def test_pages_have_every_file_once_whatever_their_times(self):
        for limit, sizes in ((50, [50, 50, 20]), (100, [100, 20]),
                             (60, [60, 60]), (None, [50, 50, 20])):
            with self.subTest(limit):
                pages = self.pages(limit=limit)
                self.assertEqual([len(page) for page in pages], sizes)
                self.assertEqual(sorted(sum(pages, [])),
                                 sorted(self.uploaded))

    def test_limits_are_held_within_1_and_100(self):
        for limit, n in ((0, 1), (1, 1), (-7, 1), (100, 100), (101, 100),
                         ("007", 7), ("9" * 40, 100), ("-" + "9" * 40, 1),
                         ("", 50)):
            with self.subTest(limit):
                self.assertEqual(len(self.ids(limit=limit)), n)

    def test_limits_that_are_no_numbers_are_refused(self):
        for limit in ("abc", "1.5", "1e2", "+5", " 5", "5 ", "-", "0x10",
                      "٣", "5\0", "NaN", "1,000", "50;DROP"):
            with self.subTest(limit):
                self.refused(self.call("GET", "/files", limit=limit), 400,
                             "bad_request", "limit")

    def test_a_page_goes_on_where_its_cursor_file_was(self):
        first = self.page(limit=10)
        gone = first["files"][-1]["id"]
        rest = self.page(limit=100, cursor=first["cursor"])["files"]
        second = int(time.time())   # within one the order is by chance
        self.assertTrue(wait_until(lambda: int(time.time()) > second))
        body = self.upload((b"new", "new.txt"))
        self.addCleanup(self.uploaded.append, body["id"])
        self.assertEqual(self.file("DELETE", gone).status, 200)
        self.uploaded.remove(gone)
        self.assertEqual(
            self.page(limit=100, cursor=first["cursor"])["files"], rest)
        self.assertEqual(self.ids(limit=1), [body["id"]])

    def test_cursors_may_be_padded_and_of_either_alphabet(self):
        cursor = self.page(limit=3)["cursor"]
        self.assertRegex(cursor, "^[A-Za-z0-9_-]+$")
        wanted = self.ids(cursor=cursor)
        standard = cursor.replace("-", "+").replace("_", "/")
        pad = "=" * (-len(cursor) % 4)
        for spelling in (cursor, cursor + pad, standard, standard + pad):
            self.assertEqual(self.ids(cursor=spelling), wanted)

    def test_garbage_cursors_are_refused(self):
        cursor = self.page(limit=3)["cursor"]
        vendors = base64.b64encode(
            b'{"created_at":"2024-01-15T10:30:00Z"}').decode()
        for text in ("garbage", cursor[:-1], cursor + "A", cursor + "AAAA",
                     "*" * 16, "====", cursor[:8] + " " + cursor[8:],
                     cursor + "\n", "A" * 5000, vendors, "ä" * 8, "\0" * 16,
                     "' OR 1=1 --", "null"):
            with self.subTest(text):
                self.refused(self.call("GET", "/files", cursor=text), 400,
                             "bad_request", "cursor")

    def test_a_made_up_cursor_is_only_a_place(self):
        for raw, n in ((b"\xff" * 12, 50), (b"\0" * 12, 0)):
            text = base64.urlsafe_b64encode(raw).decode()
            self.assertEqual(len(self.ids(cursor=text)), n)

    def commits(self):
        text = request(self.server, "GET", "/metrics").body.decode()
        return int(re.search(r"^stowage_db_commits_total (\d+)", text,
                             re.M)[1])

    def test_reads_of_every_kind_do_not_write(self):
        """But for what is gathered and written every few seconds."""
        file = self.page(limit=1)["files"][0]
        before = self.commits()
        for _ in range(30):
            self.page()
            self.ok("GET", "/files/" + file["id"])
            self.ok("GET", "/usage")
            link = self.ok("POST", f"/files/{file['id']}/signed-url",
                           body=b'{"expires_in": 60}')["url"]
            self.assertEqual(get_url(self.server, link).status, 200)
        self.assertLess(self.commits() - before, 10)


class FoldersTest(ListTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.names = {}
        for folder in ("", "images", "images/avatars", "images2", "Images",
                       "imagesx/y", "ä ö", "100%_sure", "100x_sure"):
            body = stashfyle_upload(cls.server, (b"x", "n"),
                                    folder=folder).json()
            cls.names[body["id"]] = folder

    def folders(self, **parameters):
        return sorted(self.names[i] for i in self.ids(**parameters))

    def test_a_folder_shows_itself_and_what_is_below(self):
        for folder, wanted in (
                ("images", ["images", "images/avatars"]),
                ("/images/", ["images", "images/avatars"]),
                ("images/avatars", ["images/avatars"]),
                ("Images", ["Images"]), ("imagesx", ["imagesx/y"]),
                ("image", []), ("ä ö", ["ä ö"]), ("%", []), ("_", []),
                ("100%_sure", ["100%_sure"]), ("images*", []),
                ("/", [""]), ("", sorted(self.names.values())),
                (None, sorted(self.names.values()))):
            with self.subTest(folder):
                self.assertEqual(self.folders(folder=folder), wanted)

    def test_pages_of_a_folder_are_of_that_folder(self):
        first = self.page(folder="images", limit=1)
        self.assertTrue(first["has_more"])
        second = self.page(folder="images", limit=1, cursor=first["cursor"])
        self.assertFalse(second["has_more"])
        found = {f["folder"] for f in first["files"] + second["files"]}
        self.assertEqual(found, {"images", "images/avatars"})

    def test_folders_that_cannot_be_are_refused(self):
        for folder in ("../x", "a//b", "a/./b", "..", "a\0b", "a\nb",
                       "x" * 1025):
            with self.subTest(folder):
                self.refused(self.call("GET", "/files", folder=folder), 400,
                             "bad_request", "folder")
        response = self.call("GET", "/files?folder=%ff%fe")
        self.refused(response, 400, "bad_request", "folder")


class WhoseTest(ListTest):
    def test_lists_have_the_newest_first_with_every_field(self):
        files = [self.upload((b"1", "a.txt"), folder="f"),
                 self.upload((b"2", "b.txt"), private="true"),
                 self.upload((b"3", "c.txt"), expires="1h")]
        files.sort(key=lambda f: f["created_at"], reverse=True)
        listed = self.page()["files"]
        for file in files:
            self.assertIn(file, listed)
        self.assertEqual([f["created_at"] for f in listed],
                         sorted((f["created_at"] for f in listed),
                                reverse=True))

    def test_deleted_files_are_not_listed(self):
        body = self.upload()
        self.assertIn(body["id"], self.ids(limit=100))
        self.file("DELETE", body["id"])
        self.assertNotIn(body["id"], self.ids(limit=100))

    def test_files_of_other_apis_are_listed(self):
        self.assertEqual(imagekit_upload(self.server, (b"k", "k.txt"),
                                         fileName="k.txt").status, 200)
        self.assertEqual(jigsawstack_upload(self.server, "dir/j.txt")
                         .status, 200)
        listed = {f["name"].split("_")[0]: f for f in self.page()["files"]}
        self.assertTrue(any(n.startswith("k") and not f["private"] and f["url"]
                            for n, f in listed.items()))
        # a JigsawStack file takes a key: not public
        theirs = [f for f in listed.values() if f["folder"] == "dir"]
        self.assertEqual([(f["private"], f["url"]) for f in theirs],
                         [(True, None)])

    def test_another_account_sees_nothing_of_it(self):
        mine = self.upload((b"mine", "mine.txt"), folder="shared")
        theirs = bearer(self.make_account("other"))
        for parameters in ({}, {"folder": "shared"}, {"limit": 100},
                           {"cursor": "_" * 16}):
            self.assertEqual(self.page(theirs, **parameters)["files"], [])
        for method, path in (("GET", ""), ("DELETE", ""),
                             ("POST", "/signed-url")):
            body = b'{"expires_in": 60}' if method == "POST" else None
            self.refused(self.call(method, "/files/" + mine["id"] + path,
                                   theirs, body), 404, "not_found")
        self.assertEqual(self.ok("GET", "/files/" + mine["id"]), mine)
        usage = self.ok("GET", "/usage", theirs)
        self.assertEqual((usage["storage_bytes"], usage["upload_count"]),
                         (0, 0))
        body = stashfyle_upload(self.server, (b"t", "t.txt"),
                                headers=theirs).json()
        self.assertEqual([f["id"] for f in self.page(theirs)["files"]],
                         [body["id"]])
        self.assertNotIn(body["id"], self.ids(limit=100))

    def test_a_list_takes_a_secret_key(self):
        for headers, status in ((bearer("sk_live_unknown_unknown"), 401),
                                ({"Authorization": "bearer " +
                                  self.server.secret}, 401),
                                (bearer(self.server.public), 403)):
            self.refused(self.call("GET", "/files", headers), status)
        self.refused(self.call("POST", "/files"), 405, "method_not_allowed")
