# SPDX-License-Identifier: Apache-2.0
"""`stowage clients`: what is printed is for the server that the settings say.
Clients themselves try it in tests/sdk/filestack/preload.test.mjs."""
import json
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import WireTest, clean_environment, stowage


def printed(*words, env=None):
    done = stowage("clients", *words, env=env)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


class GuideTest(unittest.TestCase):
    def test_the_address_is_the_one_of_the_settings(self):
        for words, base, host in (
                ((), "http://127.0.0.1:8080", "127.0.0.1"),
                (("--listen", ":80"), "http://127.0.0.1", "127.0.0.1"),
                (("--listen", "[::]:90"), "http://127.0.0.1:90", "127.0.0.1"),
                (("--listen", "[::1]:90"), "http://[::1]:90", "::1"),
                (("--listen", "10.1.2.3:443", "--tls-cert", "/x y/cert.pem"),
                 "https://10.1.2.3", "10.1.2.3"),
                (("--public-url", "https://files.example/a/"),
                 "https://files.example/a", "ADDRESS-OF-files.example")):
            with self.subTest(words):
                text = printed("filestack", *words)
                self.assertIn(f"this server at {base}\n", text)
                self.assertIn(f"const base = '{base}';", text)
                self.assertRegex(text, rf"(?m)^     {re.escape(host)} "
                                 r"www\.filestackapi\.com .*"
                                 r"cdn\.filestackcontent\.com ")

    def test_an_ipv6_address_is_written_as_each_place_wants_it(self):
        text = printed("filestack", "--listen", "[::1]:90")
        self.assertIn("serve --listen [::1]:443 ", text)
        self.assertIn("MAP *.filestackapi.com [::1]:443", text)
        self.assertIn("--address=/filestackapi.com/::1 ", text)

    def test_a_browser_is_led_from_every_name(self):
        text = printed("filestack")
        names = re.search(r"(?m)^     127\.0\.0\.1 (.*)$", text)[1].split()
        rules = re.search("host-resolver-rules='(.*)'", text)[1]
        self.assertGreater(len(names), 8)
        for name in names:
            self.assertIn(f"MAP *.{name.split('.', 1)[1]} 127.0.0.1:443",
                          rules)

    def test_a_port_in_a_url_is_not_for_newer_versions_in_node(self):
        for listen, ways in (("h:8080", "B C D"), ("h:80", "A B C D"),
                             ("h:443", "B C D")):
            text = printed("filestack", "--listen", listen)
            for version in "3.12 to 3.51", "4.x":
                self.assertRegex(text, rf"(?m)^  {version} +{ways}  ")
            self.assertRegex(text, r"(?m)^  1\.x, 2\.x +A B C D  ")

    def test_the_folder_of_the_certificate_is_quoted_for_a_shell(self):
        text = printed("filestack", "--tls-cert", "/x y/cert.pem")
        self.assertIn("NODE_EXTRA_CA_CERTS='/x y'/ca.pem", text)
        self.assertIn("NODE_EXTRA_CA_CERTS=/x/y/ca.pem", printed(
            "filestack", "--tls-cert", "/x/y/cert.pem"))

    def test_the_environment_counts_as_for_the_server(self):
        env = {**clean_environment(), "STOWAGE_LISTEN": "127.0.0.1:4711",
               "STOWAGE_MAX_FILE_SIZE": "1M"}
        self.assertIn("http://127.0.0.1:4711", printed("filestack", env=env))

    def test_what_is_no_address_is_named(self):
        for words, text in (
                (("filestack", "--listen", "127.0.0.1:0"), "--listen"),
                (("preload", "--listen", ":0"), "--listen"),
                (("preload", "--public-url", "http://h/a"), "path"),
                (("filestack", "--host", "x"), "--host"),
                (("filestack", "--data", "x"), "--data"),
                (("stashfyle",), "clients"), ((), "clients")):
            with self.subTest(words):
                done = stowage("clients", *words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(text, done.stderr)


class PreloadTest(WireTest):
    @unittest.skipUnless(shutil.which("node"), "needs node")
    def test_node_reaches_the_vendors_hosts_here(self):
        script = printed("preload", "--public-url", self.server.url,
                         "--host", "upload.files.test")
        ask = """
            const ask = (module, ...args) => new Promise((resolve, reject) => {
                const request = require(module).get(...args, (answer) => {
                    answer.resume();
                    resolve(answer.statusCode);
                });
                request.on('error', reject);
            });
            (async () => {
                const path = '/AAAAAAAAAAAAAAAAAAAA';
                const found = [];
                for (const args of [
                    ['https', 'https://cdn.filestackcontent.com' + path],
                    ['https', new URL('https://API.imagekit.io/v1/files')],
                    ['https', 'https://www.filestackapi.com' + path, {}],
                    ['http', {host: 'upload.files.test', path}],
                    ['https', {hostname: 'cdn.filestackcontent.com', path,
                        headers: ['a', 'b'], agent: new (require('https')
                            .Agent)()}],
                    ['http', process.argv[1] + path],
                ])
                    found.push(await ask(...args));
                const {get} = await import('node:https');
                found.push(await new Promise((resolve) => get(
                    'https://api.imagekit.io/v1/files',
                    (answer) => resolve(answer.statusCode))));
                console.log(JSON.stringify(found));
                process.exit();
            })();
        """
        with tempfile.NamedTemporaryFile("w", suffix=".cjs") as file:
            file.write(script)
            file.flush()
            done = subprocess.run(
                ["node", "--require", file.name, "-e", ask, self.server.url],
                capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout),
                         [404, 401, 404, 404, 404, 404, 401], done)
