# SPDX-License-Identifier: Apache-2.0
"""Filestack's REST calls by curl, as its pages print them."""
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import samples
from harness import WireTest, wait_until
from policies import make, pair
from tenants import add_account, tool

PNG = samples.png(20, 10)


@unittest.skipUnless(shutil.which("curl"), "there is no curl")
class CurlTest(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret, cls.secured = add_account(cls.server, "secured")
        tool(cls.server, "accounts", "set", "secured",
             "--filestack-security", "on")

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.store = f"{self.server.url}/api/store/S3?key="
        self.file("tester.txt", b"x" * 234)
        self.file("f", PNG)
        self.assertTrue(wait_until(
            lambda: self.curl("-d", "x", self.store + self.secured)[0] ==
            403))

    def file(self, name, data):
        with open(os.path.join(self.dir.name, name), "wb") as out:
            out.write(data)

    def curl(self, *words, head=False):
        """(status, body), or (status, body, head) of it."""
        done = subprocess.run(
            ["curl", "-sS", "-i", "-g", "--max-time", "20", "-H", "Expect:",
             *words], cwd=self.dir.name, capture_output=True, timeout=30,
            check=True).stdout
        top, _, body = done.partition(b"\r\n\r\n")
        status = int(top.split()[1])
        return (status, body, top.decode()) if head else (status, body)

    def ok(self, *words):
        status, body = self.curl(*words)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def refused(self, *words, status=403):
        said, body = self.curl(*words)
        self.assertEqual(said, status, body)
        self.assertTrue(json.loads(body)["error"])

    def url(self, where, *calls, secret=None, more="", **members):
        """Below the API, with a fresh policy."""
        said = pair(make(secret or self.server.secret, *calls, **members))
        return f"{self.server.url}/api{where}?policy={said['policy']}" \
               f"&signature={said['signature']}{more}"

    def test_checks_1_to_8_of_the_store_call(self):
        server, store = self.server, self.store + self.server.public
        url = self.origin().add("/watermark.png", PNG, "image/png")
        body = self.ok("-F", "fileUpload=@tester.txt", store)
        self.assertEqual((body["size"], body["type"], body["filename"]),
                         (234, "text/plain", "tester.txt"))
        self.assertRegex(body["key"], r"^[A-Za-z0-9]{20}_tester\.txt$")
        self.assertEqual(len(body["url"].split("/")[-1]), 20)
        body = self.ok("-d", "url=" + url, store)
        self.assertEqual((body["type"], body["filename"], body["size"]),
                         ("image/png", "watermark.png", len(PNG)))
        body = self.ok("-d", "url=" + url, store + "&path=/myfiles/1234.png"
                       "&mimetype=image/png&container=custom_source")
        self.assertEqual((body["key"], body["container"]),
                         ("myfiles/1234.png", "custom_source"))
        self.assertRegex(self.ok("-d", "url=" + url, store +
                                 "&path=/dir/")["key"],
                         r"^dir/[A-Za-z0-9]{20}_watermark\.png$")
        raw = ("-X", "POST", "--data-binary", "@f")
        self.assertEqual(self.ok(*raw, "-H", "Content-Type: image/png",
                                 store)["type"], "image/png")
        self.assertEqual(self.ok("-X", "POST", "--data-binary", "@tester.txt",
                                 store)["type"], "text/plain")
        body = self.ok(*raw, store + "&filename=a.b&mimetype=text/x-c")
        self.assertEqual((body["filename"], body["type"]), ("a.b", "text/x-c"))
        coded = base64.b64encode(b"decoded").decode()
        self.assertEqual(self.ok("-X", "POST", "--data-binary", coded, store +
                                 "&base64decode=true")["size"], 7)
        self.refused("-X", "POST", "--data-binary", "!", store +
                     "&base64decode=true", status=400)
        for provider in ("azure", "gcs", "rackspace", "dropbox", "s3", "S3/"):
            self.ok("-F", "fileUpload=@tester.txt",
                    store.replace("/S3?", f"/{provider}?"))
        self.refused("-F", "fileUpload=@tester.txt",
                     store.replace("/S3?", "/floppy?"), status=400)
        typed = ("-H", "Content-Type: application/json", "-d")
        self.assertEqual(self.ok(*typed, json.dumps({"url": url}),
                                 store)["type"], "image/png")
        self.assertEqual(self.ok(*typed, '{"a":1}', store)["size"], 7)
        self.assertEqual(self.ok("-X", "POST", f"{store}&url={url}")["size"],
                         len(PNG))
        self.refused("-d", "url=", store, status=400)
        self.assertTrue(server.public)

    def test_checks_9_and_10_of_reading(self):
        body = self.ok("-F", "fileUpload=@f;filename=p.png",
                       self.store + self.server.public)
        handle, top = body["handle"], self.server.url
        for path in (f"/api/file/{handle}", f"/{handle}",
                     f"/{self.server.public}/{handle}",
                     f"/api/file/{handle}+png", f"/api/file/{handle}+.png"):
            status, data, head = self.curl(top + path, head=True)
            self.assertEqual((status, data), (200, PNG))
            self.assertRegex(head, '(?i)x-file-name: p.png')
            self.assertRegex(head, "(?i)content-disposition: inline")
            for query_, said in (("dl=true", "Disposition: attachment"),
                                 ("cache=true", "max-age=315360000"),
                                 ("cache=false", "no-cache")):
                self.assertIn(said, self.curl(f"{top}{path}?{query_}",
                                              head=True)[2])
            head = self.curl("-I", top + path, head=True)[2]
            self.assertIn(f"Content-Length: {len(PNG)}", head)
        meta = f"{top}/api/file/{handle}/metadata"
        self.assertEqual(set(self.ok(meta)), {"mimetype", "uploaded", "size",
                                              "writeable", "filename"})
        self.assertEqual(self.ok(meta + "?md5=true&size=true"),
                         {"md5": hashlib.md5(PNG).hexdigest(),
                          "size": len(PNG)})
        for name in ("sha1", "sha224", "sha256", "sha384", "sha512"):
            for path in (meta, f"{top}/{handle}/metadata",
                         f"{top}/file/{handle}/metadata"):
                self.assertEqual(self.ok(f"{path}?{name}=true"),
                                 {name: hashlib.new(name, PNG).hexdigest()})
        self.assertEqual(self.ok(meta + "?width=true&height=true"),
                         {"width": 20, "height": 10})

    def test_checks_11_and_12_of_changing(self):
        url = self.origin().add("/over.bin", b"by url")
        stored = self.ok("-F", "fileUpload=@f;filename=p.png",
                         self.store + self.server.public)
        handle, top = stored["handle"], self.server.url
        file = "/file/" + handle
        for words, call, want in (
                (("-X", "POST", "--data-binary", "raw"), "write", b"raw"),
                (("-F", "fileUpload=@tester.txt"), "write", b"x" * 234),
                (("-d", "url=" + url), "writeUrl", b"by url")):
            self.refused(*words, top + "/api" + file)
            body = self.ok(*words, self.url(file, call))
            self.assertEqual((body["filename"], body["mimetype"],
                              body["size"], body["isWriteable"]),
                             ("p.png", "image/png", len(want), True))
            self.assertEqual(self.curl(f"{top}/{handle}"), (200, want))
        self.ok("-u", "app:" + self.server.secret, "--data-binary", "basic",
                top + "/api" + file)
        self.refused("-X", "DELETE", top + "/api" + file)
        self.ok("-X", "DELETE", self.url(file, "remove"))
        self.refused(top + "/api" + file, status=404)
        self.refused("-X", "DELETE", self.url(file, "remove"), status=404)
        for end, more in (("/remove", ""), ("/remove", "&skip_storage=true")):
            stored = self.ok("-F", "fileUpload=@tester.txt",
                             self.store + self.server.public + "&path=/k/t")
            self.ok("-X", "POST", self.url(
                f"/file/{stored['handle']}{end}", "remove",
                more=f"{more}&key={self.server.public}"))
            self.refused(f"{top}/api/file/{stored['handle']}", status=404)
        self.assertEqual(self.curl(
            f"{top}/{self.server.public}/cache=false/src://k/t")[0], 200)

    def test_check_13_of_errors(self):
        top, form_ = self.server.url, ("-F", "fileUpload=@tester.txt")
        place = "/store/S3"
        named = f"&key={self.secured}"

        def under(*calls, more="", **members):
            return self.url(place, *calls, secret=self.secret,
                            more=named + more, **members)
        good = under("store")
        with self.nothing_left():
            self.refused(*form_, top + "/api" + place)
            self.refused(*form_, top + "/api" + place + "?key=wrong")
            for url in (under("store", expiry=1), under("read"),
                        re.sub("signature=.", "signature=!", good),
                        under("store", path="/only/.*"),
                        under("store", minSize=1000),
                        good.replace("policy=", "policy=e")):
                self.refused(*form_, url)
            self.refused(*form_, under("store", maxSize=3), status=413)
            self.refused("-d", "url=http://127.0.0.1:1/x", under("store"),
                         status=400)
            self.refused("-d", "url=http://10.9.8.7/x", under("store"),
                         status=400)
        handle = self.ok(*form_, good)["handle"]
        for path, call in (("", "read"), ("/metadata", "stat")):
            file = f"/file/{handle}{path}"
            self.refused(top + "/api" + file)
            self.assertEqual(self.curl(self.url(
                file, call, secret=self.secret))[0], 200)
            self.refused(self.url(file, call, secret=self.secret,
                                  handle="A" * 20))


if __name__ == "__main__":
    unittest.main()
