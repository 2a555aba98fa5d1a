# SPDX-License-Identifier: Apache-2.0
"""Keys: preset or generated, listed, made and revoked beside a running server."""
import contextlib
import json
import os
import sqlite3
import subprocess
import tempfile
import unittest

from apis import (api_key, assert_refused, basic, bearer, filestack_store,
                  jigsawstack_upload)
from harness import (STOWAGE, Server, WireTest, clean_environment, flags_of,
                     stowage, wait_until)
from rawhttp import get_url, request


class KeysTest(WireTest):
    def tool(self, *words):
        done = self.server.tool("keys", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def listed(self):
        return json.loads(self.tool("list", "--show", "--json"))

    def works(self, key):
        return request(self.server, "GET", "/v1/store/file/read/none",
                       api_key(key)).status == 404

    def until(self, question):
        self.assertTrue(wait_until(question))

    def test_preset_keys_are_the_accounts_keys(self):
        keys = {(k["kind"], k["key"]) for k in self.listed()
                if k["label"] == self.listed()[0]["label"]}
        self.assertLessEqual({("secret", self.server.secret),
                              ("public", self.server.public)}, keys)
        self.assertTrue(self.works(self.server.secret))

    def test_the_list_shows_only_the_start_of_keys(self):
        for text in (self.tool("list"), self.tool("list", "--json")):
            self.assertNotIn(self.server.secret, text)
            self.assertNotIn(self.server.public, text)
            self.assertIn(self.server.secret[:8], text)
        table = self.tool("list").splitlines()
        self.assertRegex(table[0], "ID.*ACCOUNT.*KIND.*KEY")
        self.assertIn(self.server.secret, self.tool("list", "--show"))

    def test_a_made_key_works_and_a_revoked_one_stops(self):
        made = self.tool("create", "--kind", "secret", "--label", "ci")
        key = made.strip()
        self.assertRegex(made, r"^sk_live_[A-Za-z0-9]{16,}\n$")
        self.until(lambda: self.works(key))
        entry = [k for k in self.listed() if k["key"] == key][0]
        self.assertEqual((entry["label"], entry["kind"], entry["account"],
                          entry["revoked"]), ("ci", "secret", "default", None))
        for response, dialect in (
                (jigsawstack_upload(self.server, "k", headers=api_key(key)),
                 "jigsawstack"),):
            self.assertEqual(response.status, 200, (dialect, response))
        self.tool("revoke", str(entry["id"]))
        self.until(lambda: not self.works(key))
        for dialect, method, path, headers, status in (
                ("jigsawstack", "GET", "/v1/store/file/read/k", api_key(key),
                 401),
                ("stashfyle", "GET", "/v1/files/f_x", bearer(key), 401),
                ("imagekit", "POST", "/v1/files/upload", basic(key), 403)):
            assert_refused(self, dialect, request(
                self.server, method, path, headers,
                b"" if method == "POST" else None), status)
        self.assertTrue(self.works(self.server.secret))
        entry = [k for k in self.listed() if k["key"] == key][0]
        self.assertIsNotNone(entry["revoked"])

    def test_a_revoked_public_key_stores_and_reads_no_more(self):
        key = self.tool("create", "--kind", "public").strip()
        self.assertTrue(key.startswith("pk_live_"))
        self.until(lambda: self.works(key))
        stored = filestack_store(self.server, b"x", key=key)
        self.assertEqual(stored.status, 200, stored)
        jigsawstack_upload(self.server, "pk", b"1")
        path = "/v1/store/file/read/pk?x-api-key=" + key
        self.assertEqual(request(self.server, "GET", path).status, 200)
        entry = [k for k in self.listed() if k["key"] == key][0]
        self.tool("revoke", str(entry["id"]))
        self.until(lambda: not self.works(key))
        with self.nothing_left():
            assert_refused(self, "filestack", filestack_store(
                self.server, b"x", key=key), 403)
            assert_refused(self, "jigsawstack",
                           request(self.server, "GET", path), 401)
        self.assertEqual(get_url(self.server, stored.json()["url"]).status,
                         200)

    def made(self, *words):
        """The row of a new key."""
        key = self.tool("create", *words).strip()
        return [k for k in self.listed() if k["key"] == key][0]

    def row(self, number):
        return [k for k in self.listed() if k["id"] == number][0]

    def test_restrictions_set_at_the_same_time_are_all_kept(self):
        number = self.made("--kind", "public")["id"]
        for i in range(10):
            origin, domain = f"https://o{i}.example", f"d{i}.example"
            api = ("store", "filestack")[i % 2]
            for done in self.server.tools(
                    ["keys", "set", str(number), "--origin", origin],
                    ["keys", "set", str(number), "--api", api],
                    ["keys", "set", str(number), "--domain", domain]):
                self.assertEqual(done.returncode, 0, done)
            self.assertLessEqual({"origins": [origin], "apis": [api],
                                  "domains": [domain]}.items(),
                                 self.row(number).items())

    def test_only_public_keys_take_restrictions(self):
        def restrictions():
            return [(k["key"], k["origins"], k["apis"], k["domains"])
                    for k in self.listed()]
        number = self.made("--kind", "secret")["id"]
        for option in (["--origin", "https://a.example"], ["--api", "store"],
                       ["--domain", "a.example"]):
            with self.subTest(option):
                before = restrictions()
                for words, status in (
                        (["create", "--kind", "secret"], 2),
                        (["set", str(number)], 1)):
                    done = self.server.tool("keys", *words, *option)
                    self.assertEqual(done.returncode, status, done)
                    self.assertIn("only public keys", done.stderr)
                    self.assertEqual(done.stdout, "")
                self.assertEqual(restrictions(), before)
        self.tool("set", str(number), "--origin", "none")

    def test_none_stands_alone(self):
        number = self.made("--kind", "public", "--api", "store")["id"]
        for option, value in (("--origin", "https://a.example"),
                              ("--api", "filestack"), ("--api", "none"),
                              ("--domain", "a.example")):
            for values in ((value, "none"), ("none", value)):
                with self.subTest(option, values=values):
                    done = self.server.tool(
                        "keys", "set", str(number), option, values[0], option,
                        values[1])
                    self.assertEqual(done.returncode, 2, done)
                    self.assertIn(option + " none stands alone", done.stderr)
        self.assertEqual(self.row(number)["apis"], ["store"])

    def test_origins_are_taken_as_browsers_send_them(self):
        number = str(self.made("--kind", "public")["id"])
        for origin in ("https://a.example", "http://a.example:8080",
                       "http://localhost:3000", "https://127.0.0.1",
                       "http://[::1]:81", "https://[2001:db8::1]",
                       "http://a.example:443", "https://xn--bcher-kva.example",
                       "chrome-extension://abcdef"):
            with self.subTest(origin):
                self.tool("set", number, "--origin", origin)
                self.assertEqual(self.row(int(number))["origins"], [origin])
        before = self.row(int(number))
        for origin in ("", "*", "null", "a.example", "://a.example",
                       "https://", "https://a.example/", "https://a.example?x",
                       "https://a.example#x", "https://u@a.example",
                       "https://u:p@a.example", "https://A.example",
                       "HTTPS://a.example", "https://b\u00fccher.example",
                       "https://a example", "https://a.example ",
                       " https://a.example", "https://*.example",
                       "https://a.example:", "https://a.example:x",
                       "https://a.example:0", "https://a.example:081",
                       "https://a.example:65536", "https://a.example:443",
                       "http://a.example:80", "https://[::1", "https://[]",
                       "https://::1", "1a://a.example"):
            with self.subTest(origin):
                done = self.server.tool("keys", "set", number, "--origin",
                                        origin)
                self.assertEqual(done.returncode, 2, done)
                self.assertIn("--origin", done.stderr)
        self.assertEqual(self.row(int(number)), before)

    def test_wrong_words_are_told(self):
        for words, status, text in (
                ([], 2, "list, create, set ID or revoke"),
                (["frob"], 2, "list, create, set ID or revoke"),
                (["create"], 2, "--kind"),
                (["create", "--kind", "x"], 2, "--kind"),
                (["revoke"], 2, "revoke ID"),
                (["revoke", "x"], 2, '"x"'),
                (["revoke", "-1"], 2, ""),
                (["revoke", "999999"], 1, "999999"),
                (["list", "--wrong"], 2, "--wrong"),
                (["create", "--kind", "secret", "--account", "nobody"], 1,
                 "nobody")):
            with self.subTest(words):
                done = self.server.tool("keys", *words)
                self.assertEqual(done.returncode, status, done)
                self.assertIn(text, done.stderr)
                self.assertEqual(done.stdout, "")


class GeneratedTest(WireTest):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.preset = False
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    def keys(self):
        done = self.server.tool("keys", "list", "--show", "--json")
        return {k["kind"]: k["key"] for k in json.loads(done.stdout)}

    def test_without_presets_keys_are_made_once_and_kept(self):
        keys = self.keys()
        self.assertRegex(keys["secret"], "^sk_live_[A-Za-z0-9]{16,}$")
        self.assertRegex(keys["public"], "^pk_live_[A-Za-z0-9]{16,}$")
        self.server.restart()
        self.assertEqual(self.keys(), keys)
        self.assertEqual(request(
            self.server, "GET", "/v1/store/file/read/none",
            api_key(keys["secret"])).status, 404)

    def test_generated_keys_are_not_in_the_log(self):
        self.assertTrue(self.server.logged("info stowage .* shows the keys"))
        log = self.server.log()
        for key in self.keys().values():
            self.assertNotIn(key, log)


class BroughtTest(WireTest):
    """Keys from elsewhere, in files."""

    def write(self, text, mode=0o600):
        path = os.path.join(self.server.folder, "a-key")
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)
        with open(path, "wb") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def create(self, *words):
        return self.server.tool("keys", "create", "--kind", "secret", *words)

    def assert_works(self, key):
        self.assertTrue(wait_until(
            lambda: request(self.server, "GET", "/v1/store/file/read/none",
                            api_key(key)).status == 404))

    def test_a_key_from_a_file_works_and_is_not_printed(self):
        for i, end in enumerate(("", "\n", "\r\n")):
            key = f"private_brought/along+{i}="
            made = self.create("--from-file", self.write(
                (key + end).encode()), "--label", "old")
            self.assertEqual((made.returncode, made.stdout), (0, ""), made)
            self.assertRegex(made.stderr,
                             r"^stowage: made secret key \d+ of default\n$")
            self.assert_works(key)
            self.assertNotIn(key, self.server.log())

    def test_a_key_comes_from_stdin_too(self):
        made = subprocess.run(
            [STOWAGE, "keys", "create", "--kind", "secret", "--from-file",
             "-", "--data", self.server.data], env=clean_environment(),
            input="private_from_stdin\n", capture_output=True, text=True,
            timeout=60, check=False)
        self.assertEqual((made.returncode, made.stdout), (0, ""), made)
        self.assert_works("private_from_stdin")

    def test_who_may_read_the_file_is_told(self):
        made = self.create("--from-file",
                           self.write(b"private_read_by_all", 0o644))
        self.assertEqual(made.returncode, 0, made)
        self.assertIn("may be read by others (mode 0644)\n", made.stderr)

    def test_what_is_no_key_is_told_and_not_shown(self):
        for text, status, says in (
                (b"", 2, "not a file with one line"),
                (b"\n", 2, "not a file with one line"),
                (b"SECRETone\nSECRETtwo\n", 2, "not a file with one line"),
                (b"SECRETnul\0more", 2, "not a file with one line"),
                (b"SECRET" * 1000, 2, "not a file with one line"),
                (b"SECRET1", 1, "8 to 256 visible ASCII"),
                (b"SECRET:colon", 1, "8 to 256 visible ASCII"),
                (b"SECRET blank", 1, "8 to 256 visible ASCII"),
                (b"SECRET\xc3\xa4\xc3\xa4", 1, "8 to 256 visible ASCII"),
                (b"SECRET" + b"x" * 300, 1, "8 to 256 visible ASCII"),
                (self.server.secret.encode(), 1, "is or was in use"),
                (self.server.public.encode(), 1, "is or was in use")):
            made = self.create("--from-file", self.write(text))
            self.assertEqual(made.returncode, status, made)
            self.assertIn(says, made.stderr)
            self.assertNotIn("SECRET", made.stderr)
        for path in ("/nonexistent/key", self.server.folder):
            made = self.create("--from-file", path)
            self.assertEqual(made.returncode, 2, made)
            self.assertIn(f'--from-file "{path}": ', made.stderr)

    def test_an_account_takes_its_keys_along(self):
        secret = self.write(b"private_of_moved\n")
        made = self.server.tool("accounts", "create", "moved",
                                "--secret-key-file", secret)
        self.assertEqual(made.returncode, 0, made)
        self.assertRegex(made.stdout, r"^public pk_live_\w+\n$")
        self.assert_works("private_of_moved")
        again = self.server.tool("accounts", "create", "again",
                                 "--public-key-file", secret)
        self.assertEqual(again.returncode, 1, again)
        self.assertIn("is or was in use", again.stderr)

    def test_a_preset_of_a_later_start_is_added(self):
        old, self.server.secret = self.server.secret, "private_of_later"
        self.server.restart()
        self.assert_works(old)
        self.assert_works("private_of_later")


class SecretFileTest(WireTest):
    def test_a_secret_may_stand_in_a_file(self):
        server = Server()
        self.addCleanup(server.close)
        path = os.path.join(server.folder, "secret")
        with open(path, "w", encoding="ascii") as f:
            f.write(server.secret + "\n")
        server.environment = lambda: clean_environment(
            STOWAGE_SECRET_KEY_FILE=path, STOWAGE_PUBLIC_KEY=server.public)
        server.start()
        response = jigsawstack_upload(server, "x")
        self.assertEqual(response.status, 200, response)

    def test_other_keys_for_an_existing_account_are_told_or_taken(self):
        """Never silently ignored: the operator believes they work."""
        old = self.server.secret
        self.server.secret = "sk_live_another_one_0123456789"
        try:
            self.server.restart()
        except AssertionError as error:
            self.assertRegex(str(error), "(?i)secret.key")
            self.server.secret = old
            self.server.start()
            return
        works = request(self.server, "GET", "/v1/store/file/read/none",
                        api_key(self.server.secret)).status == 404
        self.assertTrue(works or self.server.logged("(?i)secret.key"))
        self.server.secret = old

    def test_both_spellings_at_once_are_refused(self):
        env = clean_environment(STOWAGE_SECRET_KEY="a",
                                STOWAGE_SECRET_KEY_FILE="/dev/null")
        done = stowage("serve", *flags_of(self.server.options), env=env)
        self.assertEqual(done.returncode, 2, done)
        self.assertIn("STOWAGE_SECRET_KEY_FILE", done.stderr)


def schema_steps(data):
    with contextlib.closing(sqlite3.connect(
            os.path.join(data, "stowage.db"))) as db:
        return db.execute("SELECT count(*) FROM schema_step").fetchone()[0]


class MigrationTest(unittest.TestCase):
    def test_a_tool_migrates_no_database_below_a_server(self):
        with Server() as server:
            steps = schema_steps(server.data)
            with contextlib.closing(sqlite3.connect(os.path.join(
                    server.data, "stowage.db"))) as db, db:
                db.execute("DELETE FROM schema_step WHERE number = ?",
                           (steps,))
            done = server.tool("keys", "list")
            self.assertEqual((done.returncode, done.stdout), (1, ""), done)
            self.assertIn("older version", done.stderr)
            self.assertEqual(schema_steps(server.data), steps - 1)

    def test_a_tool_migrates_a_database_that_nobody_serves(self):
        with tempfile.TemporaryDirectory() as data:
            for _ in range(2):
                done = stowage("keys", "list", "--json", "--data", data)
                self.assertEqual((done.returncode, done.stdout), (0, "[]\n"),
                                 done)
            self.assertGreater(schema_steps(data), 1)
