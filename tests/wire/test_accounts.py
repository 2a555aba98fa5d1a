# SPDX-License-Identifier: Apache-2.0
"""Accounts: made, listed and limited beside a running server; and that none
reaches what belongs to another, through any route of any dialect."""
import datetime
import json
import re
import time

from apis import (api_key, assert_refused, basic, bearer, filestack_store,
                  imagekit_upload, jigsawstack_read, jigsawstack_upload,
                  stashfyle_id, stashfyle_upload)
from harness import TOP, WireTest, takes_long, wait_until
from rawhttp import form, request
from tenants import set_account

MARK = "only-for-the-owner"
FOLDER, NAME = "vault", "plan.txt"
PATH = FOLDER + "/" + NAME


class Account:
    """The credentials of one, as the upload helpers take them from a server."""

    def __init__(self, server, name, secret, public):
        self.server, self.account = server, name
        self.secret, self.public = secret, public

    def connect(self, timeout=60):
        return self.server.connect(timeout)

    @property
    def authority(self):
        return self.server.authority


class AccountsTest(WireTest):
    def tool(self, *words):
        done = self.server.tool(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def create(self, name, *options):
        keys = dict(line.split() for line in
                    self.tool("accounts", "create", name,
                              *options).splitlines())
        account = Account(self.server, name, keys["secret"], keys["public"])
        self.assertTrue(wait_until(lambda: self.knows(account)))
        return account

    def knows(self, account):
        return request(self.server, "GET", "/v1/store/file/read/none",
                       api_key(account.secret)).status == 404

    def listed(self, name):
        for account in json.loads(self.tool("accounts", "list", "--json")):
            if account["name"] == name:
                return account
        return None

    def set(self, name, *options):
        set_account(self.server, name, *options)


class CommandTest(AccountsTest):
    def test_a_made_account_works_soon(self):
        made = self.tool("accounts", "create", "made")
        self.assertRegex(made, r"^secret sk_live_\w{32}\n"
                               r"public pk_live_\w{32}\n$")
        account = Account(self.server, "made", *re.findall(r" (\S+)", made))
        self.assertTrue(wait_until(lambda: self.knows(account)))
        self.assertEqual(jigsawstack_upload(account, "x").status, 200)
        self.assertEqual(filestack_store(account, b"x").status, 200)

    def test_plans_bring_their_limits_and_single_limits_change_alone(self):
        self.create("planned", "--plan", "free")
        free = {"plan": "free", "max_file_bytes": 10 << 20,
                "max_storage_bytes": 1 << 30, "max_uploads": 1000,
                "rate_per_minute": 100, "rate_per_second": None,
                "grace": False, "restrict_unsigned_urls": False,
                "restrict_unnamed_transformations": False,
                "filestack_security": False, "filestack_keyless": False}
        self.assertLessEqual(free.items(), self.listed("planned").items())
        for options, change in (
                (["--rate-per-second", "7"], {"rate_per_second": 7}),
                (["--grace", "on"], {"grace": True}),
                (["--restrict-unsigned-urls", "on"],
                 {"restrict_unsigned_urls": True}),
                (["--restrict-unnamed-transformations", "on"],
                 {"restrict_unnamed_transformations": True}),
                (["--filestack-security", "on"],
                 {"filestack_security": True}),
                (["--filestack-keyless", "on"], {"filestack_keyless": True}),
                (["--max-file", "3k", "--max-uploads", "none"],
                 {"max_file_bytes": 3072, "max_uploads": None}),
                (["--plan", "hobby"],
                 {"plan": "hobby", "max_file_bytes": 100 << 20,
                  "max_storage_bytes": 10 << 30, "max_uploads": 50000,
                  "rate_per_minute": 500}),
                (["--max-storage", "1G", "--rate-per-minute", "9",
                  "--grace", "off"],
                 {"max_storage_bytes": 1 << 30, "rate_per_minute": 9,
                  "grace": False}),
                (["--restrict-unsigned-urls", "off"],
                 {"restrict_unsigned_urls": False}),
                (["--plan", "none", "--max-uploads", "2"],
                 {"plan": None, "max_file_bytes": None, "max_uploads": 2,
                  "max_storage_bytes": None, "rate_per_minute": None})):
            with self.subTest(options):
                self.tool("accounts", "set", "planned", *options)
                free.update(change)
                self.assertLessEqual(free.items(),
                                     self.listed("planned").items())

    def test_limits_set_at_the_same_time_are_all_kept(self):
        self.create("shared")
        for i in range(10):
            for done in self.server.tools(
                    ["accounts", "set", "shared", f"--max-file={i + 1}k"],
                    ["accounts", "set", "shared", f"--max-uploads={i + 1}"],
                    ["accounts", "set", "shared", f"--rate-per-second={i + 1}",
                     "--grace", "on" if i % 2 else "off"]):
                self.assertEqual(done.returncode, 0, done)
            self.assertLessEqual(
                {"max_file_bytes": (i + 1) << 10, "max_uploads": i + 1,
                 "rate_per_second": i + 1, "grace": bool(i % 2)}.items(),
                self.listed("shared").items())

    def test_the_table_shows_limits_and_usage(self):
        account = self.create("shown", "--plan", "pro")
        self.assertEqual(jigsawstack_upload(account, "x", b"12345").status, 200)
        table = self.tool("accounts", "list").splitlines()
        self.assertRegex(table[0], "NAME.*PLAN.*MAX FILE.*STORAGE.*UPLOADS")
        row = [line for line in table if line.startswith("shown ")][0]
        self.assertRegex(row, r"pro +500M +5 of 100G +1 of 500000 +0 +2000 ")

    def test_usage_counts_uploads_deletes_and_bytes_sent(self):
        account = self.create("used")
        for key, size in (("a", 1000), ("b", 50000)):
            self.assertEqual(jigsawstack_upload(account, key,
                                                bytes(size)).status, 200)
        usage = self.listed("used")["usage"]
        self.assertEqual((usage["storage_bytes"], usage["upload_count"],
                          usage["bandwidth_bytes"]), (51000, 2, 0))
        self.assertEqual(usage["period"], time.strftime("%Y-%m",
                                                        time.gmtime()))
        for _ in range(3):
            self.assertEqual(jigsawstack_read(account, "a").status, 200)
        self.assertEqual(jigsawstack_read(account, "b", method="HEAD").status,
                         200)
        self.assertEqual(jigsawstack_read(
            account, "b", headers={"Range": "bytes=0-9"}).status, 206)
        request(self.server, "DELETE", "/v1/store/file/read/a",
                api_key(account.secret))
        self.assertTrue(wait_until(lambda: self.listed("used")["usage"]
                                   ["bandwidth_bytes"] == 3010))
        usage = self.listed("used")["usage"]
        self.assertEqual((usage["storage_bytes"], usage["upload_count"]),
                         (50000, 2))

    def test_wrong_words_are_told(self):
        self.create("told")
        for words, status, text in (
                ([], 2, "list, create NAME or set NAME"),
                (["frob"], 2, "list, create NAME or set NAME"),
                (["create"], 2, "create NAME"),
                (["create", "a", "b"], 2, "create NAME"),
                (["create", "live"], 1, "account name"),
                (["create", "told"], 1, "already"),
                (["create", "other", "--plan", "gold"], 2, "gold"),
                (["create", "other", "--plan", ""], 2, "--plan"),
                (["create", "other", "--plan="], 2, "--plan"),
                (["set"], 2, "set NAME"),
                (["set", "told"], 2, "accounts set: name what to change"),
                (["set", "nobody", "--grace", "on"], 1, "nobody"),
                (["set", "told", "--plan", "gold"], 2, "--plan"),
                (["set", "told", "--plan", ""], 2, "--plan"),
                (["set", "told", "--grace", "maybe"], 2, "--grace"),
                (["set", "told", "--restrict-unsigned-urls", "maybe"], 2,
                 "--restrict-unsigned-urls is on or off"),
                (["set", "told", "--restrict-unnamed-transformations", ""], 2,
                 "--restrict-unnamed-transformations is on or off"),
                (["set", "told", "--max-file", "0"], 2, "--max-file"),
                (["set", "told", "--max-file", "many"], 2, "--max-file"),
                (["set", "told", "--max-storage", "-1"], 2, "--max-storage"),
                (["set", "told", "--max-uploads", "1k"], 2, "--max-uploads"),
                (["set", "told", "--rate-per-minute", "x"], 2, "rate"),
                (["set", "told", "--rate-per-second",
                  "99999999999999999999"], 2, "rate")):
            with self.subTest(words):
                before = self.tool("accounts", "list", "--json")
                done = self.server.tool("accounts", *words)
                self.assertEqual(done.returncode, status, done)
                self.assertIn(text, done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertEqual(self.tool("accounts", "list", "--json"),
                                 before)

    def test_restrictions_of_keys_are_set_and_shown(self):
        key = self.tool("keys", "create", "--kind", "public", "--origin",
                        "https://a.example", "--origin", "http://b:81",
                        "--api", "store").strip()

        def entry():
            return [k for k in json.loads(self.tool(
                "keys", "list", "--show", "--json")) if k["key"] == key][0]
        self.assertEqual((entry()["origins"], entry()["apis"],
                          entry()["domains"]),
                         (["https://a.example", "http://b:81"], ["store"],
                          None))
        number = str(entry()["id"])
        self.tool("keys", "set", number, "--domain", "c.example", "--api",
                  "none")
        self.assertEqual((entry()["origins"], entry()["apis"],
                          entry()["domains"]),
                         (["https://a.example", "http://b:81"], None,
                          ["c.example"]))
        self.assertIn("origin=https://a.example", self.tool("keys", "list"))
        for words, status in ((["set", number], 2),
                              (["set", "x", "--api", "store"], 2),
                              (["set", "99999", "--api", "store"], 1),
                              (["set", number, "--api", ""], 2),
                              (["set", number, "--domain", ""], 2),
                              (["set", number, "--origin", "b.example"], 2),
                              (["set", number, "--origin",
                                "https://b.example/"], 2),
                              (["create", "--kind", "public", "--api", ""],
                               2)):
            with self.subTest(words):
                before = entry()
                done = self.server.tool("keys", *words)
                self.assertEqual(done.returncode, status, done)
                self.assertEqual(done.stdout, "")
                self.assertEqual(entry(), before)

    @takes_long
    def test_last_use_of_a_key_is_told_after_some_seconds(self):
        account = self.create("recent")

        def last():
            return {k["kind"]: k["last_used"] for k in json.loads(self.tool(
                "keys", "list", "--json")) if k["account"] == "recent"}
        self.assertIsNone(last()["public"])
        jigsawstack_read(account, "x")
        self.assertTrue(wait_until(lambda: last()["secret"]))
        self.assertIsNone(last()["public"])


def uploads(account, data):
    """The same bytes through each dialect."""
    return (("imagekit", imagekit_upload(account, (data, "a.bin"),
                                         fileName="a.bin")),
            ("filestack", filestack_store(account, data)),
            ("stashfyle", stashfyle_upload(account, (data, "a.bin"))),
            ("jigsawstack", jigsawstack_upload(account, None, data)))


class LimitsTest(AccountsTest):
    def test_the_largest_file_is_the_same_in_every_dialect(self):
        account = self.create("small")
        self.set("small", "--max-file", "1000")
        for dialect, response in uploads(account, bytes(1000)):
            self.assertEqual(response.status, 200, (dialect, response))
        with self.nothing_left():
            for dialect, response in uploads(account, bytes(1001)):
                with self.subTest(dialect):
                    self.assertIn(response.status, (400, 413), response)

    def test_storage_is_exact_and_a_delete_frees_it(self):
        account = self.create("stored")
        self.set("stored", "--max-storage", "1000")
        self.assertEqual(jigsawstack_upload(account, "a", bytes(600)).status,
                         200)
        with self.nothing_left():
            for dialect, response in uploads(account, bytes(401)):
                with self.subTest(dialect):
                    self.assertGreaterEqual(response.status, 400, response)
                    self.assertRegex(response.body,
                                     b"(torage|Upload) (l|L)imit (e|E)xceeded")
        self.assertEqual(jigsawstack_upload(account, "b", bytes(400)).status,
                         200)
        request(self.server, "DELETE", "/v1/store/file/read/a",
                api_key(account.secret))
        self.assertEqual(jigsawstack_upload(account, "c", bytes(600)).status,
                         200)
        self.assertEqual(self.listed("stored")["usage"]["storage_bytes"], 1000)

    def test_descriptions_fill_the_storage_too(self):
        account = self.create("described")
        self.set("described", "--max-storage", "1000")

        def upload(name, **fields):
            return imagekit_upload(account, ("x", name), fileName=name,
                                   useUniqueFileName="false", **fields)

        with self.nothing_left():
            self.assertEqual(upload("a.txt", description="d" * 1001).status,
                             400)
        response = upload("short.txt", description="d" * 600)
        self.assertEqual(response.status, 200, response)
        details = f"/v1/files/{response.json()['fileId']}/details"

        def patch(**members):
            return request(self.server, "PATCH", details,
                           {**basic(account.secret),
                            "Content-Type": "application/json"},
                           json.dumps(members).encode()).status

        self.assertEqual(patch(description="d" * 1001), 403)
        self.assertEqual(patch(description="d" * 600, tags=["t" * 396]), 200)
        self.assertEqual(patch(tags=["t" * 397]), 403)
        self.assertEqual(
            self.listed("described")["usage"]["storage_bytes"], 1000)
        self.assertEqual(upload("more.txt").status, 400)
        self.assertEqual(patch(description=None), 200)
        self.assertEqual(upload("more.txt").status, 200)

    def test_uploads_of_a_month_are_counted_across_dialects(self):
        account = self.create("monthly")
        self.set("monthly", "--max-uploads", "4")
        for dialect, response in uploads(account, b"x"):
            self.assertEqual(response.status, 200, (dialect, response))
        for dialect, response in uploads(account, b"x"):
            self.assertGreaterEqual(response.status, 400, (dialect, response))
        self.assertEqual(self.listed("monthly")["usage"]["upload_count"], 4)

    def copy(self, account, target, word=None):
        """The answer to a copy of a file; of its folder, by a job."""
        body = {"sourceFolderPath": "/from"} if word else {
            "sourceFilePath": "/from/k"}
        return request(
            account, "POST", "/v1/" + (word or "files/copy"), {
                **basic(account.secret), "Content-Type": "application/json"},
            json.dumps({**body, "destinationPath": target}).encode())

    def job_of(self, account, response):
        path = "/v1/bulkJobs/" + response.json()["jobId"]

        def ended():
            answer = request(account, "GET", path, basic(account.secret))
            return answer if answer.json()["status"] != "Pending" else None
        return wait_until(ended)

    def test_what_is_copied_counts_as_uploaded(self):
        account = self.create("copies")
        for key in ("from/k", "from/l"):
            self.assertEqual(jigsawstack_upload(account, key, b"x").status, 200)
        self.set("copies", "--max-uploads", "4")
        self.assertEqual(self.copy(account, "/one").status, 204)
        done = self.job_of(account, self.copy(account, "/job",
                                              "bulkJobs/copyFolder"))
        self.assertEqual((done.status, done.json()["status"]),
                         (207, "Partial success"))
        assert_refused(self, "imagekit", self.copy(account, "/two"), 403)
        self.assertEqual(self.listed("copies")["usage"]["upload_count"], 4)

    def test_grace_ends_copies(self):
        account = self.create("stays")
        self.assertEqual(jigsawstack_upload(account, "from/k", b"1").status,
                         200)
        self.set("stays", "--grace", "on")
        for word in (None, "bulkJobs/copyFolder"):
            assert_refused(self, "imagekit", self.copy(account, "/to", word),
                           403, "grace period")
        self.set("stays", "--grace", "off")
        self.assertEqual(self.copy(account, "/to").status, 204)

    def test_grace_ends_uploads_and_nothing_else(self):
        account = self.create("late")
        self.assertEqual(jigsawstack_upload(account, "k", b"1").status, 200)
        self.set("late", "--grace", "on")
        with self.nothing_left():
            for dialect, response in uploads(account, b"x"):
                with self.subTest(dialect):
                    self.assertIn(response.status, (402, 403), response)
                    assert_refused(self, dialect, response)
        self.assertEqual(jigsawstack_read(account, "k").body, b"1")
        self.set("late", "--grace", "off")
        for dialect, response in uploads(account, b"x"):
            self.assertEqual(response.status, 200, (dialect, response))


# The routes, and what of a file of somebody else each is asked for. What has
# no row has no file of others to reach: uploads are tested by themselves.

NO_FILE = {
    ("imagekit", "POST", "/api/v1/files/upload"),
    ("imagekit", "POST", "/api/v2/files/upload"),
    ("imagekit", "POST", "/v1/files/purge"),
    ("imagekit", "GET", "/v1/files/purge/{}"),
    ("imagekit", "GET", "/v1/bulkJobs/{}"),
    ("imagekit", "POST", "/v1/customMetadataFields"),
    ("imagekit", "GET", "/v1/customMetadataFields"),
    ("imagekit", "PATCH", "/v1/customMetadataFields/{}"),
    ("imagekit", "DELETE", "/v1/customMetadataFields/{}"),
    ("imagekit", "POST", "/v1/folder"),
    ("imagekit", "GET", "/v1/accounts/url-endpoints"),
    ("imagekit", "POST", "/v1/accounts/url-endpoints"),
    ("imagekit", "POST", "/v1/accounts/origins"),
    ("imagekit", "POST", "/v1/saved-extensions"),
    ("imagekit", "GET", "/v1/accounts/usage-analytics"),
    ("imagekit", "GET", "/v1/named-transformations"),
    ("imagekit", "POST", "/v1/named-transformations"),
    ("imagekit", "GET", "/v1/named-transformations/{}"),
    ("imagekit", "PATCH", "/v1/named-transformations/{}"),
    ("imagekit", "DELETE", "/v1/named-transformations/{}"),
    ("filestack", "POST", "/api/store"),
    ("filestack", "POST", "/api/store/{}"),
    ("filestack", "POST", "/api/store/{}/{}"),
    ("filestack", "POST", "/process"),
    ("filestack", "POST", "/prefetch"),
    ("filestack", "GET", "/prefetch"),
    ("filestack", "POST", "/auth/logout"),
    ("filestack", "GET", "/api/clients/unauth"),
    ("filestack", "POST", "/folder/list"),
    ("filestack", "POST", "/store/"),
    ("filestack", "POST", "/link"),
    ("filestack", "POST", "/metadata"),
    ("filestack", "POST", "/recording/{}/{}"),
    ("stashfyle", "POST", "/v1/upload"),
    ("stashfyle", "GET", "/v1/health"),
    ("jigsawstack", "POST", "/v1/store/file"),
    ("jigsawstack", "POST", "/v1/store/upload"),
    # of uploads, which test_filestack_multipart.py tries
    ("filestack", "POST", "/multipart/start"),
    ("filestack", "POST", "/multipart/upload"),
    ("filestack", "PUT", "/multipart/part/{}/{}"),
    ("filestack", "POST", "/multipart/commit"),
    ("filestack", "POST", "/multipart/complete"),
}


# Lists of ImageKit's that have nothing for who has no files.
EMPTY = ("/v1/files", "/v1/accounts/origins", "/v1/saved-extensions")


def month():
    """The first days of this month and of the next."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    first = today.replace(day=1)
    return first, (first + datetime.timedelta(days=32)).replace(day=1)


def imagekit_attempts(me, owner, file):
    """The same for the calls of ImageKit's media library."""
    auth, file_id = basic(me.secret), file["imagekit"]
    json_auth = {**auth, "Content-Type": "application/json"}
    one, folder = f"/v1/files/{file_id}", "/" + FOLDER

    def row(method, pattern, target, body=None):
        return ("imagekit", method, pattern, target,
                auth if body is None else json_auth,
                None if body is None else json.dumps(body).encode())

    for end in ("", "/"):
        for query in ("?type=all", "?path=" + folder,
                      "?searchQuery=name%3D%22" + NAME + "%22"):
            yield row("GET", "/v1/files", "/v1/files" + end + query)
    for end in ("details", "metadata", "versions"):
        yield row("GET", "/v1/files/{}/" + end, f"{one}/{end}")
    yield row("PATCH", "/v1/files/{}/details", one + "/details",
              {"tags": ["mine"]})
    yield row("DELETE", "/v1/files/{}", one)
    version, pattern = f"{one}/versions/{file_id}", "/v1/files/{}/versions/{}"
    yield row("GET", pattern, version)
    yield row("DELETE", pattern, version)
    yield row("PUT", pattern + "/restore", version + "/restore")
    for path, more in (("batch/deleteByFileIds", None), ("addTags", "tags"),
                       ("removeTags", "tags"), ("removeAITags", "AITags")):
        body = {"fileIds": [file_id], **({more: ["x"]} if more else {})}
        yield row("POST", "/v1/files/" + path, "/v1/files/" + path, body)
    for method in ("POST", "PUT"):
        for word in ("copy", "move"):
            path = "/v1/files/" + word
            yield row(method, path, path, {"sourceFilePath": "/" + PATH,
                                           "destinationPath": "/"})
            path = f"/v1/bulkJobs/{word}Folder"
            yield row(method, path, path, {"sourceFolderPath": folder,
                                           "destinationPath": "/elsewhere"})
        path = "/v1/bulkJobs/renameFolder"
        yield row(method, path, path,
                  {"folderPath": folder, "newFolderName": "mine"})
    for method in "PUT", "POST":
        yield row(method, "/v1/files/rename", "/v1/files/rename",
                  {"filePath": "/" + PATH, "newFileName": "mine.txt"})
    for end in ("", "/"):
        yield row("DELETE", "/v1/folder", "/v1/folder" + end,
                  {"folderPath": folder})
    usage, days = "/v1/accounts/usage", "?startDate={}&endDate={}"
    for end in ("", "/"):
        yield row("GET", usage, usage + end + days.format(*month()))
    for path, methods in (("/v1/accounts/origins", ("GET", "PUT", "DELETE")),
                          ("/v1/accounts/url-endpoints",
                           ("GET", "PUT", "DELETE")),
                          ("/v1/saved-extensions", ("GET", "PATCH", "DELETE"))):
        if "endpoints" not in path:
            yield row("GET", path, path)
        for method in methods:
            yield row(method, path + "/{}", f"{path}/{file_id}")
    for account in (me, owner):
        url = f"http://{owner.authority}/{account.account}/{PATH}"
        for path in "/v1/metadata", "/v1/files/metadata":
            yield row("GET", path, path + "?url=" + url)
        yield row("GET", "/v1/files/{*}", f"/v1/files/{url}/metadata")


# JigsawStack's about a stored file, as routes and as they are made
CALLS = {"/v1/vocr": "/v1/vocr",
         "/v1/object_detection": "/v1/object_detection",
         "/v1/ai/{*}": "/v1/ai/summary",
         "/v1/validate/{*}": "/v1/validate/nsfw",
         "/v1/embedding": "/v1/embedding",
         "/v2/embedding": "/v2/embedding"}


def attempts(me, owner, file):
    """(dialect, method, pattern, target, headers, body) of requests with my
    keys for a file of the owner."""
    app = basic("app", me.secret)
    key, ids = api_key(me.secret), file["stashfyle"]
    store = "/v1/store/file"
    yield from imagekit_attempts(me, owner, file)
    for account in (me, owner):
        yield ("imagekit", "GET", "/{account}/{*}", f"/{account.account}/{PATH}",
               basic(me.secret), None)
        yield ("stashfyle", "GET", "/live/{}/{}/{*}",
               f"/live/{account.account}/{ids}/{NAME}", bearer(me.secret), None)
        yield ("jigsawstack", "GET", "/v1/store/temp/{}/{*}",
               f"/v1/store/temp/{account.account}/{PATH}"
               "?expires=9999999999&signature=" + "0" * 64, key, None)
    for headers in ({}, app):
        yield ("filestack", "GET", "/{}", "/" + file["handle"], headers, None)
        yield ("filestack", "GET", "/api/file/{}",
               "/api/file/" + file["handle"], headers, None)
        yield ("filestack", "GET", "/{}/{}",
               f"/{me.public}/{file['handle']}", headers, None)
        yield ("filestack", "GET", "/api/file/{}/metadata",
               f"/api/file/{file['handle']}/metadata", headers, None)
        yield ("filestack", "GET", "/api/file/{}/convert",
               f"/api/file/{file['handle']}/convert?cache=true", headers, None)
        yield ("filestack", "POST", "/api/file/{}/convert",
               f"/api/file/{file['handle']}/convert?key={me.public}", headers,
               None)
        yield ("filestack", "POST", "/{}/convert",
               f"/{file['handle']}/convert?key={me.public}", headers, None)
        for method in ("POST", "PUT"):
            yield ("filestack", method, "/api/file/{}",
                   "/api/file/" + file["handle"], headers, MARK.encode())
        yield ("filestack", "DELETE", "/api/file/{}",
               "/api/file/" + file["handle"], headers, None)
        yield ("filestack", "POST", "/api/file/{}/remove",
               f"/api/file/{file['handle']}/remove?key={me.public}", headers,
               None)
        for method in ("GET", "POST"):
            yield ("filestack", method, "/{*}",
                   f"/{me.public}/cache=false/store/{file['handle']}",
                   headers, None)
            yield ("filestack", method, "/{*}",
                   f"/{me.public}/cache=false/src://{PATH}", headers, None)
    for method in ("GET", "DELETE"):
        yield ("stashfyle", method, "/v1/files/{}", "/v1/files/" + ids,
               bearer(me.secret), None)
    yield ("stashfyle", "POST", "/v1/files/{}/signed-url",
           f"/v1/files/{ids}/signed-url", {
               **bearer(me.secret), "Content-Type": "application/json"},
           b'{"expires_in": 3600}')
    for folder in ("", "?folder=" + FOLDER, "?limit=100"):
        yield ("stashfyle", "GET", "/v1/files", "/v1/files" + folder,
               bearer(me.secret), None)
    yield ("stashfyle", "GET", "/v1/usage", "/v1/usage", bearer(me.secret),
           None)
    for pattern, target in CALLS.items():
        yield ("jigsawstack", "POST", pattern, target, key,
               json.dumps({"file_store_key": PATH}).encode())
    for method, middle in (("GET", "read/"), ("GET", ""), ("DELETE", "read/"),
                           ("DELETE", "delete/"), ("DELETE", "")):
        yield ("jigsawstack", method, f"{store}/{middle}{{*}}",
               f"{store}/{middle}{PATH}", key, None)


def routes():
    """(dialect, method, pattern) of every row of the dialects' tables."""
    found = set()
    for path in sorted((TOP / "src" / "api").glob("*/routes.c")):
        for methods, pattern in re.findall(
                r'\{(METHOD_[A-Z_ |]+), "([^"]+)"', path.read_text()):
            for method in re.findall("METHOD_([A-Z]+)", methods):
                found.add((path.parent.name, method, pattern))
    return found


class IsolationTest(AccountsTest):
    """The default account owns the files; `me` has keys of its own only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = cls.server
        stored = filestack_store(server, MARK.encode(), filename=NAME,
                                 path=PATH, headers=basic("app", server.secret))
        private = imagekit_upload(server, (MARK, NAME, "text/plain"),
                                  fileName=NAME, folder=FOLDER,
                                  useUniqueFileName="false",
                                  isPrivateFile="true")
        cls.file = {"handle": stored.json()["handle"],
                    "imagekit": private.json()["fileId"],
                    "stashfyle": stashfyle_id(private.json()["fileId"])}
        jigsawstack_upload(server, "keyed.txt", MARK.encode())

    def setUp(self):
        names = json.loads(self.tool("accounts", "list", "--json"))
        self.me = self.create(f"me{len(names)}")

    def assert_untouched(self):
        read = jigsawstack_read(self.server, PATH)
        self.assertEqual((read.status, read.body), (200, MARK.encode()))
        details = request(self.server, "GET",
                          "/v1/files/" + self.file["stashfyle"],
                          bearer(self.server.secret))
        self.assertEqual(details.status, 200, details)
        self.assertIs(details.json()["private"], True)

    def test_the_rows_reach_the_file_with_the_owners_keys(self):
        """Otherwise the test below could not fail."""
        for dialect, method, _, target, headers, body in attempts(
                self.server, self.server, self.file):
            if method == "DELETE" or "/remove" in target or \
                    dialect == "filestack" and not headers \
                    or dialect == "imagekit" or "/live/" in target or \
                    "/temp/" in target:
                continue
            with self.subTest(target):
                response = request(self.server, method, target, headers, body)
                if target in CALLS.values():    # found, and no picture
                    self.assertNotIn(response.status, (401, 403, 404),
                                     response)
                    continue
                self.assertEqual(response.status, 200, response)

    def test_no_route_shows_or_deletes_what_is_anothers(self):
        for dialect, method, pattern, target, headers, body in attempts(
                self.me, self.server, self.file):
            with self.subTest(target, method=method):
                response = request(self.server, method, "/" + dialect + target,
                                   headers, body)
                said = response.body.decode()
                self.assertNotIn(MARK, said)
                if dialect == "imagekit" and method == "GET" and \
                        pattern in EMPTY:
                    self.assertEqual((response.status, said), (200, "[]"))
                elif pattern == "/v1/accounts/usage":
                    self.assertEqual(response.status, 200, response)
                    self.assertEqual(set(response.json().values()), {0})
                elif dialect == "stashfyle" and target.split("?")[0] in \
                        ("/v1/files", "/v1/usage"):
                    self.assertEqual(response.status, 200, response)
                    self.assertNotIn(NAME, said)
                    self.assertEqual(response.json().get("storage_bytes", 0), 0)
                    self.assertEqual(response.json().get("files", []), [])
                else:
                    not_mine = "://" in target and "/default/" in target
                    self.assertIn(response.status, (400,) if not_mine else
                                  (401, 403, 404), response)
                    assert_refused(
                        self, dialect, response,
                        delivery=dialect == "filestack" and
                        not target.startswith("/api/") or
                        method == "GET" and "{account}" in pattern)
        self.assert_untouched()

    def test_every_route_is_tried_or_known_to_reach_no_file(self):
        tried = {row[:3] for row in attempts(self.me, self.server, self.file)}
        self.assertEqual(routes() - tried - NO_FILE, set())
        self.assertEqual((tried | NO_FILE) - routes(), set())

    def test_files_behind_a_key_open_with_no_other_accounts_key(self):
        for key in (self.me.secret, self.me.public):
            response = request(self.server, "GET",
                               "/v1/store/file/read/keyed.txt", api_key(key))
            self.assertEqual(response.status, 404, response)

    def test_uploads_to_the_same_path_stay_in_their_own_account(self):
        mine = b"mine"
        answers = (
            jigsawstack_upload(self.me, PATH, mine, overwrite="true"),
            imagekit_upload(self.me, (mine, NAME), fileName=NAME,
                            folder=FOLDER, useUniqueFileName="false"),
            filestack_store(self.me, mine, filename=NAME, path=PATH),
            filestack_store(self.me, mine, filename=NAME, path=PATH,
                            provider="S3/" + self.file["handle"],
                            headers=basic("app", self.me.secret)),
            stashfyle_upload(self.me, (mine, NAME), folder=FOLDER))
        self.assertEqual(answers[0].status, 200, answers[0])
        for response in answers:
            self.assertNotIn(MARK, response.body.decode())
            self.assertNotIn(self.file["handle"], response.body.decode())
        self.assert_untouched()
        self.assertEqual(jigsawstack_read(self.me, PATH).body, mine)

    def test_keys_of_two_accounts_at_once_are_refused(self):
        kind, body = form(("fileUpload", b"x", "x"))
        response = request(self.server, "POST",
                           "/api/store/S3?key=" + self.server.public,
                           {**kind, **basic("app", self.me.secret)}, body)
        assert_refused(self, "filestack", response, 403)
