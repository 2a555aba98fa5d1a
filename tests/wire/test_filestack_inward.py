# SPDX-License-Identifier: Apache-2.0
"""Filestack's places that take a URL: none is a way into the network that the
server stands in."""
import json

from filestack_cdn import PNG, CdnTest, task
from harness import takes_long
from rawhttp import form

JSON = {"Content-Type": "application/json"}
ENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
HEADERS = {"X-A": "b"}


@takes_long
class InwardTest(CdnTest):
    # fails with another error than a refusal, once it is asked
    options = {"screenshot_command": "/bin/false {url} {out}"}

    def said(self, path, url):
        """Requests that say the URL in each way that a call can."""
        kind, body = form(("url", url))
        escaped = "".join(f"%{c:02X}" for c in url.encode())
        join = "&" if "?" in path else "?"
        return {"form": (path, kind, body),
                "urlencoded": (path, ENCODED, b"url=" + escaped.encode()),
                "json": (path, JSON, json.dumps({"url": url}).encode()),
                "query": (f"{path}{join}url={escaped}", {}, b"")}

    def commands(self, url, handle):
        headed = {"source": url, "headers": HEADERS}
        for sources, tasks in (
                ([url], [task("store")]), ([url], [task("flip")]),
                ([headed], [task("store")]), ([headed], [task("flip")]),
                ([url], [task("metadata")]), ([url], [task("urlscreenshot")]),
                ([handle, url], [task("zip")]),
                ([handle], [task("watermark", file=url)]),
                ([handle], [task("collage", files=[url], width=9,
                                 height=9)])):
            yield json.dumps({"apikey": self.server.public, "tasks": tasks,
                              "sources": sources}).encode()

    def places(self, url, handle):
        """(name, method, target, headers, body)"""
        key, app = self.server.public, self.app()
        for way, (target, headers, body) in self.said(
                f"/api/store/S3?key={key}", url).items():
            yield "store " + way, "POST", target, headers, body
        for method in "POST", "PUT":
            for way, (target, headers, body) in self.said(
                    f"/api/file/{handle}", url).items():
                yield (f"{method} over a file, {way}", method, target,
                       {**headers, **app}, body)
        for method in "GET", "POST":
            yield (method + " store", method, f"/{key}/store/{url}", {},
                   None if method == "GET" else b"")
        for chain in (f"flip/{url}", f"cache=false/{url}", f"metadata/{url}",
                      f"flip/store/{url}", f"urlscreenshot/{url}",
                      f"zip/[{handle},%22{url}%22]",
                      f"watermark=file:%22{url}%22/{handle}",
                      f"collage=f:[%22{url}%22],w:9,h:9/{handle}"):
            yield chain, "GET", f"/{key}/{chain}", {}, None
        for body in self.commands(url, handle):
            yield f"process {body}", "POST", "/process", JSON, body

    def assert_closed(self, urls):
        handle = self.store()
        for url in urls:
            with self.nothing_left():
                self.assert_refused_everywhere(url, handle)
        self.assertEqual(self.get("/" + handle).body, PNG)

    def assert_refused_everywhere(self, url, handle):
        for name, method, target, headers, body in self.places(url, handle):
            with self.subTest(url, place=name):
                response = self.get(target, headers, method, body)
                self.assertIn(response.status, (400, 404), response)
                self.assertNotIn(b"inside", response.body)

    def test_every_place_is_one_for_urls_that_may_be(self):
        """Else the others would show nothing."""
        for name, method, target, headers, body in self.places(
                self.origin().add("/a.png", PNG, "image/png"), self.store()):
            if "urlscreenshot" in name:
                continue
            with self.subTest(name):
                response = self.get(target, headers, method, body)
                self.assertEqual(response.status, 200, response)

    def test_no_place_leads_inside(self):
        inside = self.origin("127.0.0.1")
        secret = inside.add("/x.png", b"inside", "image/png")
        port = secret.split(":")[2]
        self.assert_closed([
            secret, f"http://[::1]:{port}", f"http://localhost:{port}",
            f"http://[::ffff:127.0.0.1]:{port}", f"http://2130706433:{port}",
            "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/",
            "http://0.0.0.0/"])
        self.assertEqual(inside.seen, [])

    def test_no_place_follows_a_redirect_inside(self):
        inside, origin = self.origin("127.0.0.1"), self.origin()
        secret = inside.add("/x.png", b"inside", "image/png")
        self.assert_closed([
            origin.redirect("/near.png", secret),
            origin.redirect("/far.png", "http://169.254.169.254/latest/")])
        self.assertEqual(inside.seen, [])

    def test_no_place_takes_what_is_no_url_of_the_web(self):
        self.assert_closed(["http://user:pass@127.0.0.2/a.png",
                            "ftp://127.0.0.2/a.png", "file:///etc/passwd",
                            "gopher://127.0.0.2/a.png"])
