# SPDX-License-Identifier: Apache-2.0
"""`stowage dev-cert`: real clients trust what it makes, for these names only."""
import os
import re
import shlex
import ssl
import stat
import subprocess
import tempfile
import time
import unittest

from harness import TOP, Server, stowage
from rawhttp import Connection, build

FILES = {"ca.pem": 0o644, "cert.pem": 0o644, "key.pem": 0o600}


def vendor_hosts():
    """Those that the router knows."""
    with open(TOP / "src/server/router.c", encoding="ascii") as f:
        table = re.search(r"vendor_hosts\[\] = \{(.*?)\};", f.read(), re.S)[1]
    return re.findall(r'NAMED\("([^"]+)"', table)


class DevCertTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="stowage-dev-cert-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.dir = os.path.join(folder.name, "certs")

    def make(self, *words, status=0):
        done = stowage("dev-cert", self.dir, *words)
        self.assertEqual(done.returncode, status, done)
        return done

    def contents(self):
        found = {}
        for name in os.listdir(self.dir):
            with open(os.path.join(self.dir, name), "rb") as f:
                found[name] = f.read()
        return found

    def serve(self):
        server = Server(tls_cert=os.path.join(self.dir, "cert.pem"),
                        tls_key=os.path.join(self.dir, "key.pem"))
        self.addCleanup(server.close)
        return server.start()

    def ask(self, server, name):
        """As a client does that has looked the name up and got us."""
        trust = ssl.create_default_context(
            cafile=os.path.join(self.dir, "ca.pem"))

        host = f"[{name}]" if ":" in name else name

        class Tls:
            authority = host

            @staticmethod
            def connect(timeout):
                return trust.wrap_socket(server.connect(timeout),
                                         server_hostname=name)
        with Connection(Tls) as connection:
            connection.send(build("GET", "/healthz", host))
            return connection.read().status

    def test_clients_trust_it_for_every_name(self):
        said = self.make("--host", "files.example.test", "--host",
                         "*.wild.test", "--host", "192.0.2.7").stdout
        hosts = vendor_hosts()
        self.assertGreater(len(hosts), 8)
        server = self.serve()
        for name in [*hosts, "localhost", "127.0.0.1", "::1", "192.0.2.7",
                     "files.example.test", "any.wild.test"]:
            with self.subTest(name):
                self.assertEqual(self.ask(server, name), 200)
                self.assertIn(name.replace("any", "*"), said)
        for name in ("example.com", "imagekit.io", "x.files.example.test",
                     "wild.test", "192.0.2.8"):
            with self.subTest(name), \
                    self.assertRaises(ssl.SSLCertVerificationError):
                self.ask(server, name)

    def test_what_it_says_to_do_works(self):
        said = self.make().stdout
        server = self.serve()
        curl = re.search(r"^  (curl --cacert \S+) \.\.\.$", said, re.M)[1]
        done = subprocess.run(
            [*shlex.split(curl), "-sS", "--resolve",
             f"api.imagekit.io:{server.port}:127.0.0.1",
             f"https://api.imagekit.io:{server.port}/healthz"],
            capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, "ok\n"), done)
        for name in vendor_hosts():
            self.assertRegex(said, rf"\n  127\.0\.0\.1 .*{re.escape(name)}")

    def test_the_authority_may_sign_nothing_else(self):
        self.make()
        names = os.listdir(self.dir)
        self.assertEqual(sorted(names), sorted(FILES))
        text = subprocess.run(
            ["openssl", "x509", "-noout", "-text", "-in",
             os.path.join(self.dir, "ca.pem")], capture_output=True,
            text=True, timeout=30, check=True).stdout
        self.assertIn("Name Constraints: critical", text)
        self.assertIn("CA:TRUE, pathlen:0", text)
        self.assertNotIn("Excluded", text)
        # its key is in none of the files
        key = self.contents()["key.pem"]
        self.assertEqual(key.count(b"PRIVATE KEY"), 2)
        pub = [subprocess.run(["openssl", *words], cwd=self.dir, check=True,
                              capture_output=True, timeout=30).stdout
               for words in (("pkey", "-in", "key.pem", "-pubout"),
                             ("x509", "-in", "ca.pem", "-noout", "-pubkey"),
                             ("x509", "-in", "cert.pem", "-noout", "-pubkey"))]
        self.assertEqual(pub[0], pub[2])
        self.assertNotEqual(pub[0], pub[1])

    def test_it_is_good_for_825_days_at_most(self):
        self.make()
        for name in ("ca.pem", "cert.pem"):
            text = subprocess.run(
                ["openssl", "x509", "-noout", "-startdate", "-enddate", "-in",
                 os.path.join(self.dir, name)], capture_output=True, text=True,
                timeout=30, check=True).stdout
            begin, end = (ssl.cert_time_to_seconds(line.split("=")[1])
                          for line in text.splitlines())
            self.assertLessEqual(end - begin, 825 * 86400)
            self.assertGreater(end, time.time() + 800 * 86400)
            self.assertLess(begin, time.time())

    def test_files_are_as_private_as_they_should_be(self):
        before = os.umask(0)
        try:
            self.make()
        finally:
            os.umask(before)
        modes = {name: stat.S_IMODE(os.stat(
            os.path.join(self.dir, name)).st_mode)
            for name in os.listdir(self.dir)}
        self.assertEqual(modes, FILES)
        self.assertEqual(stat.S_IMODE(os.stat(self.dir).st_mode), 0o700)

    def test_nothing_is_replaced_without_being_told(self):
        self.make()
        before = self.contents()
        again = self.make(status=1)
        self.assertIn("key.pem exists; --force replaces it", again.stderr)
        self.assertEqual(again.stdout, "")
        self.assertEqual(self.contents(), before)
        for name in FILES:
            os.rename(os.path.join(self.dir, name),
                      os.path.join(self.folder, name))
        os.symlink("/nonexistent", os.path.join(self.dir, "ca.pem"))
        self.assertIn("ca.pem exists", self.make(status=1).stderr)
        self.assertEqual(os.listdir(self.dir), ["ca.pem"])
        self.make("--force")
        after = self.contents()
        self.assertEqual(sorted(after), sorted(FILES))
        self.assertTrue(all(after[name] != before[name] for name in FILES))
        self.assertFalse(os.path.lexists("/nonexistent"))

    def test_wrong_words_are_told_and_leave_nothing(self):
        for words, says in (
                (["--host", "a b"], '--host "a b" is not a host name'),
                (["--host", "x,URI:http://y"], "is not a host name"),
                (["--host", ""], "is not a host name"),
                (["--host", "-x.test"], "is not a host name"),
                (["--host", "a..b"], "is not a host name"),
                (["--host", "a." + "b" * 64], "is not a host name"),
                (["--host", "*.*.test"], "is not a host name"),
                (["--host", "user@x.test"], "is not a host name"),
                (["--host", "\u00e4.test"], "is not a host name"),
                (["--nonsense"], "unknown flag --nonsense"),
                (["--data", "x"], "unknown flag --data"),
                (["another"], "dev-cert takes one DIR; see stowage dev-cert --help")):
            self.assertIn(says, self.make(*words, status=2).stderr)
        self.assertFalse(os.path.exists(self.dir))
        done = stowage("dev-cert")
        self.assertEqual(done.returncode, 2)
        self.assertIn("dev-cert takes one DIR; see", done.stderr)
        with open(self.dir, "wb"):
            pass
        self.assertIn("cannot be", self.make(status=1).stderr)
        self.dir = os.path.join(self.folder, "no", "such")
        self.assertIn("cannot be made: No such file",
                      self.make(status=1).stderr)
