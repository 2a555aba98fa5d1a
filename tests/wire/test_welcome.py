# SPDX-License-Identifier: Apache-2.0
"""The page that browsers get at /."""
import base64
import hashlib
import html.parser
import re

from apis import HOSTS, basic
from harness import WireTest
from rawhttp import Connection, build, request

CHROMIUM = ("text/html,application/xhtml+xml,application/xml;q=0.9,"
            "image/avif,image/webp,*/*;q=0.8")
BROWSERS = (CHROMIUM, "text/html", "TEXT/HTML; charset=utf-8",
            "application/json, text/html;q=0.5", "a/b,text/html;q=1.000")
OTHERS = (None, "*/*", "application/json", "text/plain", "text/*",
          "text/html;q=0", "text/html;q=0.000, */*", "text/htmlx", "",
          "application/json, text/plain, */*")


class Tags(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


class WelcomeTest(WireTest):
    def get(self, accept, target="/", **headers):
        return request(self.server, "GET", target,
                       {**({} if accept is None else {"Accept": accept}),
                        **headers})

    def test_a_browser_gets_a_page(self):
        for accept in BROWSERS:
            for target in ("/", "//", "/?x=y"):
                answer = self.get(accept, target)
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual(answer["Content-Type"],
                                 "text/html; charset=utf-8")
                self.assertIn(b"Stowage is running", answer.body)

    def test_it_may_load_its_own_style_and_nothing_else(self):
        answer = self.get(CHROMIUM)
        text = answer.body.decode("ascii")
        style = re.search("<style>(.*)</style>", text)[1].encode()
        digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
        self.assertEqual(
            answer["Content-Security-Policy"],
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri "
            "'none'; form-action 'none'; frame-ancestors 'none'")
        self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
        self.assertEqual(answer["Vary"], "Accept")
        self.assertLess(len(answer.body), 4096)
        for tag, attributes in Tags(text).seen:
            self.assertNotIn(tag, ("script", "img", "link", "iframe", "form"))
            self.assertTrue(attributes.get("href", "/").startswith("/"))

    def test_it_tells_no_account_no_key_and_no_version(self):
        """The same for everybody, whoever asks."""
        plain = self.get(CHROMIUM)
        keyed = self.get(CHROMIUM, "/?a=<b>", **basic(self.server.secret))
        self.assertEqual(plain.body, keyed.body)
        for word in (self.server.secret, self.server.public, "default",
                     "0.1"):
            self.assertNotIn(word.encode(), plain.body)

    def test_head_has_its_length_and_no_body(self):
        with Connection(self.server) as connection:
            connection.send(build("HEAD", "/", self.server.authority,
                                  {"Accept": CHROMIUM}))
            answer = connection.read("HEAD")
        self.assertEqual(answer.status, 200)
        self.assertEqual(int(answer["Content-Length"]),
                         len(self.get(CHROMIUM).body))

    def test_others_get_what_they_got(self):
        for accept in OTHERS:
            answer = self.get(accept)
            self.assertEqual(answer.status, 404, (accept, answer))
            self.assertNotIn(b"<html", answer.body)
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            answer = request(self.server, method, "/", {"Accept": CHROMIUM})
            self.assertNotIn(b"<html", answer.body)
        for target in ("/x", "/index.html", "/imagekit/", "/v1/"):
            self.assertNotIn(b"<html", self.get(CHROMIUM, target).body)
        for hosts in HOSTS.values():
            for host in hosts:
                self.assertNotIn(b"<html",
                                 self.get(CHROMIUM, Host=host).body)
