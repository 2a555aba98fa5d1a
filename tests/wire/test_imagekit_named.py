# SPDX-License-Identifier: Apache-2.0
"""Named transformations: given, listed and taken back beside a running server,
and what its URLs are told."""
import json

from apis import imagekit_upload
from harness import Server, WireTest, stowage, wait_until
from rawhttp import request

THUMBNAILS = ("media_library_thumbnail", "ik_ml_thumbnail")
UNKNOWN, KNOWN = 400, 415    # what it is to be made of is no image


class NamedTest(WireTest):
    def tool(self, *words):
        done = self.server.tool("transformations", *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        return done.stdout

    def refused(self, status, message, *words):
        done = self.server.tool("transformations", *words)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done)
        self.assertIn(message, done.stderr)

    def listed(self):
        return {row["name"]: row["transformation"] for row in
                json.loads(self.tool("list", "default", "--json"))}

    def get(self, name, account="default"):
        return request(self.server, "GET", f"/{account}/tr:n-{name}/named.txt")

    def becomes(self, name, status):
        self.assertTrue(wait_until(
            lambda: self.get(name).status == status, 2), self.get(name))

    def setUp(self):
        imagekit_upload(self.server, ("hello", "a"), fileName="named.txt",
                        useUniqueFileName="false")

    def test_a_running_server_follows_the_command(self):
        self.assertEqual(self.get("card").status, UNKNOWN)
        self.assertEqual(
            self.tool("set", "default", "card", "tr:w-300,h-200:rt-90"), "")
        self.becomes("card", KNOWN)
        self.assertEqual(self.get("Card").status, UNKNOWN)
        self.assertEqual(self.listed()["card"], "w-300,h-200:rt-90")
        self.tool("set", "default", "card", "w-1")
        self.assertEqual(self.listed()["card"], "w-1")
        self.assertRegex(self.tool("list", "default"),
                         r"NAME +CHANGED +TRANSFORMATION\n(.*\n)*"
                         r"card +20\d\d-\S+ +w-1\n")
        self.server.restart()
        self.assertEqual(self.get("card").status, KNOWN)
        self.assertEqual(self.tool("remove", "default", "card"),
                         "removed transformation card\n")
        self.becomes("card", UNKNOWN)
        self.assertNotIn("card", self.listed())
        self.refused(1, "there is no transformation card", "remove", "default",
                     "card")

    def test_what_is_ignored_is_said(self):
        for value, said in (("wd-300,h-3", '"wd-300" says nothing'),
                            ("w-300,h-3", "")):
            done = self.server.tool("transformations", "set", "default",
                                    "ignored", value)
            self.assertEqual((done.returncode, done.stdout), (0, ""), done)
            self.assertIn(said, done.stderr)
            self.assertEqual(done.stderr == "", said == "")
            self.assertEqual(self.listed()["ignored"], value)

    def test_an_unknown_name_is_told(self):
        response = self.get("nope,w-1")
        self.assertEqual(response.status, UNKNOWN, response)
        self.assertEqual(response["ik-error"],
                         'EINVAL - There is no named transformation "nope"')
        for target in ("/default/named.txt?tr=w-1,n-nope",
                       "/default/named.txt?tr=w-1:n-nope",
                       "/default/named.txt?tr=w-1,%20n-nope",
                       "/default/named.txt/tr%3An-nope",
                       "/default/tr:n-%FF%00/named.txt"):
            with self.subTest(target):
                response = request(self.server, "GET", target)
                self.assertIn(response.status, (UNKNOWN, 404), response)
        response = request(self.server, "GET", "/default/tr:n-nope/none.txt")
        self.assertEqual(response.status, 404)

    def test_every_account_has_the_thumbnails_and_its_own_names_only(self):
        self.server.tool("accounts", "create", "other")
        for name in THUMBNAILS:
            self.assertEqual(self.get(name).status, KNOWN)
        self.tool("set", "other", "theirs", "w-1")
        self.tool("set", "default", "ours", "w-1")
        self.becomes("ours", KNOWN)
        self.assertEqual(self.get("theirs").status, UNKNOWN)
        self.assertNotIn("theirs", self.listed())

    def test_names_with_dashes_and_dollars(self):
        for name in ("a-b", "a_b", "$a", "9", "n-n", "-x", "--", "--json"):
            done = stowage("transformations", "--data", self.server.data, "--",
                           "set", "default", name, "w-1")
            self.assertEqual((done.returncode, done.stderr), (0, ""), done)
            self.becomes(name, KNOWN)

    def test_what_cannot_be_is_refused(self):
        usage = "set ACCOUNT NAME STRING, list ACCOUNT or remove ACCOUNT NAME"
        for status, message, *words in (
                (2, usage), (2, usage, "set"), (2, usage, "set", "default", "x"),
                (2, usage, "set", "default", "x", "w-1", "h-1"),
                (2, usage, "remove", "default"), (2, usage, "list"),
                (2, "set takes no --json", "set", "default", "x", "w-1",
                 "--json"),
                (2, "cannot use another one", "set", "default", "x",
                 "w-1,n-card"),
                (2, "takes a model", "set", "default", "x", "e-bgremove"),
                (1, "of A-Z a-z 0-9", "set", "default", "a,b", "w-1"),
                (1, "of A-Z a-z 0-9", "set", "default", "x" * 65, "w-1"),
                (1, "4096 bytes", "set", "default", "x", ""),
                (1, "4096 bytes", "set", "default", "x", "tr:"),
                (1, "4096 bytes", "set", "default", "x", "w-1\n"),
                (1, "4096 bytes", "set", "default", "x", "w" * 4097),
                (1, "4096 bytes", "set", "default", "x", b"\xff"),
                (1, 'no account "nobody"', "set", "nobody", "x", "w-1"),
                (1, 'no account "nobody"', "list", "nobody"),
                (1, 'no account "nobody"', "remove", "nobody", "x")):
            with self.subTest(words=words):
                self.refused(status, message, *words)
        self.assertNotIn("x", self.listed())

    def test_help_tells_of_it(self):
        said = stowage("transformations", "--help").stdout
        self.assertIn("transformations set ACCOUNT NAME STRING", said)
        for line in said.splitlines():
            self.assertLessEqual(len(line), 80, line)


class NamesOfOldDataTest(WireTest):
    def test_names_are_there_after_a_kill(self):
        with Server() as server:
            imagekit_upload(server, ("hello", "a"), fileName="a.txt",
                            useUniqueFileName="false")
            done = server.tool("transformations", "set", "default", "x", "w-1")
            self.assertEqual(done.returncode, 0, done)
            server.kill9()
            server.start()
            self.assertEqual(
                request(server, "GET", "/default/tr:n-x/a.txt").status, KNOWN)
