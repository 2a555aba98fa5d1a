# SPDX-License-Identifier: Apache-2.0
"""The command line: help, usage errors, what stops a start, the banner, and a
disk that is full."""
import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import unittest

import samples
from apis import (api_key, assert_file, assert_refused, filestack_store,
                  imagekit_upload, jigsawstack_read, jigsawstack_upload,
                  stashfyle_upload)
from harness import (STOWAGE, TOP, Server, WireTest, assert_nothing_left,
                     clean_environment, holdings, rows, stowage, wait_until)
from multipart import MIB, Upload, half_put, staged_bytes
from rawhttp import Connection, build, request


class UsageTest(unittest.TestCase):
    def test_help_names_every_command_and_fits_a_terminal(self):
        for word in ("--help", "-h"):
            done = stowage(word)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for command in ("serve", "keys", "transformations", "fsck", "gc",
                            "version"):
                self.assertRegex(done.stdout, rf"(?m)^  {command} +\w")
            self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)

    def test_help_of_serve_is_grouped_with_defaults(self):
        done = stowage("serve", "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for heading in ("Files", "Addresses", "Account", "Logging", "Limits",
                        "Time-outs", "Import by URL", "Resources"):
            self.assertRegex(done.stdout, rf"(?m)^\n?{heading}$")
        self.assertRegex(done.stdout, r"(?s)--listen HOST:PORT.*"
                         r"\[127\.0\.0\.1:8080\]")
        self.assertIn("STOWAGE_PUBLIC_URL", done.stdout)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)

    def test_help_of_each_command_is_its_own(self):
        for command in ("keys", "fsck", "gc", "version"):
            done = stowage(command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn(f"usage: stowage {command}", done.stdout)

    def test_version_says_what_it_is_made_of(self):
        for word in ("version", "--version", "-V", "-v"):
            done = stowage(word)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            number = r"\d+\.\d+(\.\d+)?"
            self.assertRegex(
                done.stdout,
                rf"\Astowage \d+\.\d+\.\d+( \([0-9a-f]+(-dirty)?\))?\n"
                rf"schema \d+\nSQLite {number}, OpenSSL {number}\w*, libcurl "
                rf"{number}\S*, libmagic {number}, GLib {number}\n\Z")

    def test_help_is_a_command_too(self):
        self.assertEqual(stowage("help").stdout, stowage("--help").stdout)
        for command in ("serve", "keys", "fsck", "version"):
            done = stowage("help", command)
            self.assertEqual(done.returncode, 0, done)
            self.assertEqual(done.stdout, stowage(command, "-h").stdout)
        self.assertEqual(stowage("help", "kyes").returncode, 2)

    def test_an_action_takes_its_own_options_only(self):
        for words, message in (
                (("keys", "list", "--label", "x"), "keys list takes no --label"),
                (("keys", "revoke", "1", "--json"),
                 "keys revoke takes no --json"),
                (("keys", "create"),
                 "keys create needs --kind secret|public"),
                (("accounts", "list", "--grace", "on"),
                 "accounts list takes no --grace"),
                (("webhooks", "replay"), "either ID or --dead"),
                (("webhooks", "replay", "x", "--dead"), "either ID or --dead"),
                (("webhooks", "events", "--limit", "0"), "1 to 1000"),
                (("webhooks", "events", "--limit", "many"), "1 to 1000"),
                (("keys",), "keys: list, create, set ID or revoke ID; see"),
                (("keys", "set"), "keys: list, create, set ID or revoke ID"),
                (("fsck", "now"), '"now" is one argument too many'),
                (("version", "now"), '"now" is one argument too many')):
            with self.subTest(words=words), \
                    tempfile.TemporaryDirectory() as folder:
                where = () if words[0] == "version" else ("--data", folder)
                done = stowage(*words, *where)
                self.assertEqual(done.returncode, 2, done)
                self.assertIn(message, done.stderr)

    def test_usage_fits_a_terminal(self):
        commands = re.findall(r"(?m)^  ([a-z-]+) ", stowage("--help").stdout)
        self.assertIn("render", commands)
        for command in commands:
            for line in stowage(command, "--help").stdout.splitlines():
                self.assertLessEqual(len(line), 80, line)

    def test_no_or_an_unknown_command_is_wrong_usage(self):
        done = stowage()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("usage:", done.stderr)
        done = stowage("server")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn('"server"', done.stderr)

    def test_a_flag_before_the_command_is_told_where_it_belongs(self):
        for word in ("--data", "--data=x", "-x"):
            done = stowage(word, "x", "keys", "list")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(f"flags follow the command: stowage COMMAND {word};",
                          done.stderr)

    def test_wrong_settings_are_named_with_their_value(self):
        for words, parts in (
                (["--lisen=x"], ["--lisen", "--listen"]),
                (["--frobnicate"], ["--frobnicate"]),
                (["--secret-kee=hush"], ["--secret-kee"]),
                (["--listen"], ["--listen"]),
                (["--listen=nowhere"], ["--listen", '"nowhere"']),
                (["--listen=1.2.3.4:99999"], ["--listen", "99999"]),
                (["--listen=::1:80"], ["--listen", "[HOST]"]),
                (["--max-file-size=big"], ["--max-file-size", '"big"']),
                (["--max-file-size=-1"], ["--max-file-size", '"-1"']),
                (["--max-file-size=0"], ["--max-file-size", '"0"']),
                (["--head-timeout=5"], ["--head-timeout", '"5"']),
                (["--head-timeout=1ms"], ["--head-timeout", "100ms"]),
                (["--log-level=loud"], ["--log-level", '"loud"', "debug"]),
                (["--account=v1"], ["--account", '"v1"']),
                (["--account=a b"], ["--account", '"a b"']),
                (["--fetch-allow=10.0.0.0/33"], ["--fetch-allow"]),
                (["--public-url=ftp://x"], ["--public-url", '"ftp://x"']),
                (["--vision-url=http:///"], ["--vision-url", '"http:///"']),
                (["--convert-url=http://u@x"], ["--convert-url", "u@x"]),
                (["--jigsawstack-upstream=http://x:99999"],
                 ["--jigsawstack-upstream", "x:99999"]),
                (["--banner=maybe"], ["--banner", '"maybe"']),
                (["--config=/no/such/file"], ["--config", "/no/such/file"]),
                (["--data="], ["--data"]),
                (["surplus"], ["surplus"])):
            with self.subTest(words):
                done = stowage("serve", *words)
                self.assertEqual((done.returncode, done.stdout), (2, ""),
                                 done)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                for part in parts:
                    self.assertIn(part, done.stderr)
                self.assertNotIn("hush", done.stderr)

    def test_wrong_variables_are_named(self):
        env = clean_environment(STOWAGE_MAX_FILE_SIZE="big")
        done = stowage("serve", env=env)
        self.assertEqual(done.returncode, 2)
        self.assertIn("STOWAGE_MAX_FILE_SIZE", done.stderr)
        self.assertIn('"big"', done.stderr)

    def test_tools_need_a_data_directory_that_exists(self):
        for command in (["keys", "list"], ["fsck"], ["gc"]):
            with self.subTest(command):
                done = stowage(*command, "--data", "/no/such/directory")
                self.assertEqual(done.returncode, 1, done)
                self.assertIn("/no/such/directory", done.stderr)
                self.assertFalse(os.path.exists("/no/such/directory"))


class BuildTest(unittest.TestCase):
    """What a newcomer sees of the build."""

    def test_what_is_not_installed_is_named_with_its_remedy(self):
        with tempfile.TemporaryDirectory() as empty:
            done = subprocess.run(
                ["/bin/sh", str(TOP / "scripts" / "configure"), "build"],
                env={"PATH": empty}, capture_output=True, text=True,
                timeout=30, check=False)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("meson is not installed; make deps", done.stderr)

    @unittest.skipUnless(shutil.which("make"), "needs make")
    def test_make_run_says_that_it_builds(self):
        done = subprocess.run(["make", "-n", "run"], cwd=TOP, timeout=30,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("echo 'building", done.stdout)


class StartTest(WireTest):
    def test_flag_beats_environment_beats_file(self):
        config = os.path.join(self.server.folder, "config")
        with open(config, "w", encoding="ascii") as f:
            f.write("# a comment\nmax-file-size = 100\n"
                    "account = fromfile\nbanner = no\n")

        def limit(flags, env):
            with Server(config=config, **flags) as server:
                return [size for size in (50, 100, 200)
                        if self.accepts(server, size)][-1]

        original = Server.environment
        try:
            for flags, variable, wanted in (
                    ({}, None, 100), ({}, "200", 200),
                    ({"max_file_size": "50"}, "200", 50)):
                def environment(server, variable=variable):
                    env = original(server)
                    del env["STOWAGE_ACCOUNT"]
                    if variable:
                        env["STOWAGE_MAX_FILE_SIZE"] = variable
                    return env
                Server.environment = environment
                self.assertEqual(limit(flags, variable), wanted)
        finally:
            Server.environment = original

    def accepts(self, server, size):
        return jigsawstack_upload(server, str(size),
                                  b"x" * size).status == 200

    def test_sighup_reads_the_settings_again(self):
        config = os.path.join(self.server.folder, "reloaded")

        def configure(text):
            with open(config, "w", encoding="ascii") as f:
                f.write(text)

        configure("log-level = warn\nmax-file-size = 100\n")
        with Server(config=config) as server:
            self.assertFalse(self.accepts(server, 101))
            self.assertEqual(server.log(), "")
            configure("log-level = info\nmax-file-size = 200\n")
            server.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_until(
                lambda: "settings reloaded" in server.log()), server.log())
            self.assertIn("max-file-size", server.log())
            self.assertFalse(self.accepts(server, 101))
            self.assertTrue(wait_until(
                lambda: "/v1/store/file" in server.log()))
            configure("log-level = loud\n")
            server.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_until(lambda: '"loud"' in server.log()))
            self.assertTrue(self.accepts(server, 100))

    def test_an_account_of_another_name_is_in_the_urls(self):
        server = Server()
        server.account = "my_images-1"
        with server:
            body = imagekit_upload(server, (b"x", "x"), fileName="a.txt",
                                   useUniqueFileName="false").json()
            self.assertEqual(body["url"],
                             server.url + "/my_images-1/a.txt")
            self.assertEqual(request(server, "GET",
                                     "/my_images-1/a.txt").status, 200)
            self.assertEqual(request(server, "GET",
                                     "/default/a.txt").status, 404)

    def test_the_public_url_is_what_answers_name(self):
        with Server(public_url="https://files.example.com/base/") as server:
            base = "https://files.example.com/base"
            self.assertEqual(
                jigsawstack_upload(server, "k").json()["url"],
                base + "/v1/store/file/read/k")
            for url in (
                    imagekit_upload(server, (b"x", "x"),
                                    fileName="a").json()["url"],
                    filestack_store(server, b"x").json()["url"],
                    stashfyle_upload(server).json()["url"]):
                self.assertTrue(url.startswith(base + "/"), url)

    def test_a_port_in_use_is_told(self):
        with self.assertRaisesRegex(AssertionError, "(?s)status 1.*" +
                                    re.escape(self.server.authority)):
            other = Server(listen=self.server.authority)
            self.addCleanup(other.close)
            other.start()
        self.assertFalse(os.path.exists(other.data))

    def test_a_data_directory_in_use_is_told_and_left_alone(self):
        before = holdings(self.server)
        other = Server(data=self.server.data)
        self.addCleanup(other.close)
        with self.assertRaisesRegex(AssertionError, "(?s)status 1.*"
                                    "(in use|another|lock)"):
            other.start()
        assert_nothing_left(self.server, before)
        self.assertEqual(request(self.server, "GET", "/readyz").status, 200)

    def test_a_data_directory_that_is_a_file_is_told(self):
        path = os.path.join(self.server.folder, "a-file")
        with open(path, "w", encoding="ascii"):
            pass
        done = stowage("serve", "--listen=127.0.0.1:0", "--data", path)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn(path, done.stderr)

    @unittest.skipUnless(shutil.which("setpriv"), "needs setpriv")
    def test_a_directory_that_may_not_be_opened_is_told(self):
        data = os.path.join(self.server.folder, "closed")
        shutil.copytree(self.server.data, data)
        os.chmod(data, 0)
        self.addCleanup(os.chmod, data, 0o700)
        # root may open everything
        wrap = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] \
            if os.geteuid() == 0 else []
        done = subprocess.run(
            [*wrap, STOWAGE, "keys", "list", "--data", data],
            env=clean_environment(), capture_output=True, text=True,
            timeout=30, check=False)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn(f"Cannot open {data}/stowage.db: Permission denied",
                      done.stderr)

    def test_a_database_that_is_none_is_told_and_left_alone(self):
        data = os.path.join(self.server.folder, "broken")
        os.mkdir(data)
        path = os.path.join(data, "stowage.db")
        with open(path, "wb") as f:
            f.write(samples.noise(10_000))
        done = stowage("serve", "--listen=127.0.0.1:0", "--data", data)
        self.assertEqual(done.returncode, 1, done)
        self.assertTrue(done.stderr)
        with open(path, "rb") as f:
            self.assertEqual(f.read(), samples.noise(10_000))

    def test_the_banners_commands_work_as_pasted(self):
        with Server() as server:
            for more in ["--origin", "https://app.example"], ["--api", "store"]:
                self.assertEqual(server.tool(
                    "keys", "create", "--kind", "public", *more).returncode, 0)
            server.stop()
            server.options["banner"] = "true"
            server.start()
            wait_until(lambda: "JigsawStack:" in server.log())
            lines = [line.strip() for line in server.log().splitlines()
                     if "| curl" in line]
            self.assertEqual(len(lines), 4)
            for line in lines:
                with self.subTest(line):
                    done = subprocess.run(
                        line.replace("| curl ", "| curl -sS "), shell=True,
                        capture_output=True, text=True, timeout=30,
                        check=True)
                    self.assertIn('"size":6', done.stdout, done)

    def test_the_log_says_how_the_keys_are_shown(self):
        wait_until(lambda: "shows the keys" in self.server.log())
        command = re.search(r"`stowage (keys list .*)`", self.server.log())[1]
        done = stowage(*shlex.split(command))
        self.assertIn(self.server.secret, done.stdout, done)

    def test_tools_work_beside_a_running_server(self):
        jigsawstack_upload(self.server, "beside", b"x" * 100_000)
        done = self.server.tool("fsck")
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stdout, r": 0 problems\n$")
        done = self.server.tool("gc")
        self.assertEqual(done.returncode, 0, done)

    def test_fsck_finds_what_is_broken(self):
        with Server(inline_limit="0") as server:
            for key in ("a", "b", "c"):
                jigsawstack_upload(server, key, b"x" * 5000)
            (lost,) = rows(server, "SELECT count(*) FROM blob")[0]
            self.assertEqual(lost, 3)
            server.stop()
            top = os.path.join(server.data, "blobs")
            paths = sorted(os.path.join(folder, name)
                           for folder, _, names in os.walk(top)
                           for name in names)
            with open(paths[0], "r+b") as f:
                f.seek(100)
                f.write(b"y")
            os.truncate(paths[1], 4999)
            os.remove(paths[2])
            done = server.tool("fsck")
            self.assertEqual(done.returncode, 1, done)
            self.assertRegex(done.stdout, r": [3-9] problems\n$")
            server.start()
            statuses = sorted(jigsawstack_read(server, key).status
                              for key in ("a", "b", "c"))
            # reads do not check every byte, so the first may be served
            self.assertIn(statuses, ([200, 404, 500], [200, 500, 500],
                                     [404, 500, 500], [500, 500, 500]))


@unittest.skipUnless(os.geteuid() == 0, "mounting a small disk takes root")
class FullDiskTest(unittest.TestCase):
    def start(self, size):
        self.server = Server(inline_limit="64k", trash_grace="0",
                             sweep_interval="200ms")
        self.addCleanup(self.server.close)
        os.mkdir(self.server.data)
        mount = f"mount -t tmpfs -o size={size} tmpfs " \
                f"{shlex.quote(self.server.data)}"
        alone = ["unshare", "-m", "sh", "-c"]
        if subprocess.run([*alone, mount], capture_output=True,
                          check=False).returncode:
            self.skipTest("mounting is not allowed here")
        self.server.wrap = [*alone, mount + ' && exec "$@"', "sh"]
        self.server.start()

    def log_rests(self):
        """Where the disk is nearly full, the database's log gives back what
        it had."""
        disk = os.statvfs(self.server.seen_data)
        log = os.path.getsize(os.path.join(self.server.seen_data,
                                           "stowage.db-wal"))
        return log <= disk.f_bavail * disk.f_frsize // 8 + 200_000

    def fill(self, data, folder="fill"):
        """Uploads until one is refused for good; how many there were."""
        n, refused = 0, 0
        while refused < 3 and n < 1000:
            response = jigsawstack_upload(self.server,
                                          f"{folder}/{len(data)}/{n}", data)
            if response.status == 200:
                n, refused = n + 1, 0
                continue
            assert_refused(self, "jigsawstack", response, 507)
            self.assertTrue(wait_until(self.log_rests))
            refused += 1
        self.assertLess(n, 1000, "the disk does not fill")
        return n

    def press(self):
        """Somebody else takes some of the reserve, more than the database's
        log gives back later: from now on it stays full."""
        disk = os.statvfs(self.server.seen_data)
        n = (disk.f_bavail - disk.f_blocks * 6 // 100) * disk.f_frsize
        with open(os.path.join(self.server.seen_data, "ballast"), "wb") as f:
            f.write(b"x" * n)

    def refused(self, data):
        before = holdings(self.server)
        for dialect, response in (
                ("imagekit", imagekit_upload(self.server, (data, "x"),
                                             fileName="x")),
                ("filestack", filestack_store(self.server, data)),
                ("stashfyle", stashfyle_upload(self.server, (data, "x"))),
                ("jigsawstack", jigsawstack_upload(self.server, None, data))):
            with self.subTest(dialect, size=len(data)):
                assert_refused(self, dialect, response, 507)
        assert_nothing_left(self.server, before)

    def test_what_is_only_announced_fills_no_disk(self):
        self.start("100m")
        announced, come = 64 * MIB, bytes(2 * MIB)
        with contextlib.ExitStack() as stack:
            for n in range(1, 13):
                upload = Upload(self.server, b"")
                upload.start(size=announced)
                stack.enter_context(half_put(
                    self.server, upload.upload(1, announced), come, announced))
                self.assertTrue(wait_until(
                    lambda n=n: staged_bytes(self.server) >= n * MIB))
            response = jigsawstack_upload(self.server, "a", bytes(MIB))
            self.assertEqual(response.status, 200, response)

    def half_store(self, data, announced):
        """A connection on which a raw upload has begun."""
        connection = Connection(self.server)
        connection.send(build("POST", "/v1/store/file", self.server.authority,
                              {**api_key(self.server.secret),
                               "Content-Length": str(announced)}))
        connection.send(data)
        return connection

    def used(self):
        disk = os.statvfs(self.server.seen_data)
        return (disk.f_blocks - disk.f_bfree) * disk.f_frsize

    def test_what_raw_uploads_may_bring_fills_no_disk(self):
        self.start("100m")
        before = self.used()
        with contextlib.ExitStack() as stack:
            for n in range(1, 5):
                stack.enter_context(
                    self.half_store(bytes(18 * MIB + MIB // 2), 64 * MIB))
                self.assertTrue(wait_until(
                    lambda n=n: self.used() - before >= n * 17 * MIB))
            response = jigsawstack_upload(self.server, "a", bytes(MIB))
            self.assertEqual(response.status, 200, response)
        self.assertTrue(wait_until(lambda: self.used() - before < 8 * MIB))

    def test_a_full_disk_is_told_and_nothing_is_lost(self):
        self.start("12m")
        big, small = samples.noise(1_500_000, 2), samples.noise(40_000, 3)
        n_big = self.fill(big)
        self.assertGreater(n_big, 2)
        self.refused(big)
        n_small = self.fill(small)
        self.press()
        self.refused(small)
        for i in range(n_big):
            assert_file(self, jigsawstack_read(
                self.server, f"fill/{len(big)}/{i}"), big)
        for i in range(n_small):
            assert_file(self, jigsawstack_read(
                self.server, f"fill/{len(small)}/{i}"), small)
        self.assertEqual(request(self.server, "GET", "/healthz").status, 200)
        self.assertEqual(request(self.server, "GET", "/readyz").status, 200)
        self.make_room(big)

    def test_small_files_that_are_deleted_make_room_for_small_ones(self):
        self.start("24m")
        small = samples.noise(50_000, 3)
        n = self.fill(small)
        self.assertGreater(n, 300)
        self.press()
        self.refused(small)
        self.delete(small, range(n // 2))
        self.refused(samples.noise(500_000, 2))  # the disk is as full
        again = self.fill(small, "again")
        self.assertGreater(again, n // 4)
        self.assertLess(again, n)
        for folder, i in (("fill", n - 1), ("again", again - 1)):
            assert_file(self, jigsawstack_read(
                self.server, f"{folder}/{len(small)}/{i}"), small)

    def delete(self, data, numbers):
        for i in numbers:
            gone = jigsawstack_read(self.server, f"fill/{len(data)}/{i}",
                                    method="DELETE")
            self.assertEqual(gone.status, 200, gone)
        self.assertTrue(wait_until(
            lambda: rows(self.server, "SELECT count(*) FROM trash") ==
            [(0,)]))

    def make_room(self, big):
        self.delete(big, range(2))
        response = jigsawstack_upload(self.server, "after", b"y" * 500_000)
        self.assertEqual(response.status, 200, response)
        assert_file(self, request(self.server, "GET",
                                  "/v1/store/file/read/after",
                                  api_key(self.server.secret)),
                    b"y" * 500_000)
