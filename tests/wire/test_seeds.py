# SPDX-License-Identifier: Apache-2.0
"""The vendors' own curl lines, by the real curl, with only the host changed:
to the server's address, and then not even that (curl --connect-to)."""
import base64
import json
import os
import shlex
import shutil
import subprocess
import tempfile
import unittest

import samples
from apis import assert_file
from harness import WireTest
from rawhttp import get_url

JPEG = samples.jpeg(64, 48)
# The file of each name in the lines.
FILES = {"my_file_name.jpg": JPEG, "photo.jpg": JPEG,
         "filename.txt": b"plain text\n" * 20, "avatar.png": samples.png(9, 9),
         "document.pdf": samples.pdf(), "temp-report.pdf": samples.pdf(),
         "beach_house.png": samples.png(30, 20)}
PNG_HEAD = "iVBORw0KGgoAAAAN"
IMAGEKIT = 'curl -X POST "{upload.imagekit.io}/api/v1/files/upload" ' \
    "-u your_private_api_key: "
STASHFYLE = "curl -X POST {api.stashfyle.com}/v1/upload " \
    '-H "Authorization: Bearer sk_live_xxx" '
STORE = "curl -X POST "
STORE_URL = '"{www.filestackapi.com}/api/store/S3?key=MY_API_KEY'


@unittest.skipUnless(shutil.which("curl"), "needs curl")
class SeedsTest(WireTest):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        for name, data in FILES.items():
            with open(os.path.join(self.folder, name), "wb") as f:
                f.write(data)
        self.image = self.origin().add("/path/watermark.png",
                                       samples.png(12, 10), "image/png")

    def curl(self, line, by_name=False):
        """Runs a line; {host} in it is the vendor's."""
        for text, value in (("your_private_api_key", self.server.secret),
                            ("sk_live_xxx", self.server.secret),
                            ("MY_API_KEY", self.server.public),
                            ("IMAGE_URL", self.image)):
            line = line.replace(text, value)
        start, rest = line.split("{", 1)
        host, rest = rest.split("}", 1)
        line = start + ("http://" + host if by_name else self.server.url) + \
            rest
        argv = shlex.split(line)
        argv[1:1] = ["-sS", "--noproxy", "*", "--max-time", "60"]
        if by_name:
            argv[1:1] = ["--connect-to", f"{host}:80:{self.server.authority}"]
        done = subprocess.run(argv, cwd=self.folder, capture_output=True,
                              text=True, timeout=90, check=False)
        self.assertEqual(done.returncode, 0, done)
        try:
            return json.loads(done.stdout)
        except ValueError:
            self.fail(done)

    def both(self, line):
        for by_name in (False, True):
            with self.subTest(line, by_name=by_name):
                yield self.curl(line, by_name)

    def opens(self, url, data, content_type):
        assert_file(self, get_url(self.server, url), data, content_type)

    def test_imagekit_file(self):
        for body in self.both(
                IMAGEKIT + "-F 'file=@my_file_name.jpg;type=image/jpg' "
                "-F 'fileName=my_file_name.jpg'"):
            self.assertRegex(body["name"], r"^my_file_name_.{5,12}\.jpg$")
            self.assertEqual((body["width"], body["height"], body["size"],
                              body["fileType"]),
                             (64, 48, len(JPEG), "image"))
            self.opens(body["url"], JPEG, "image/jpeg")

    def test_imagekit_base64_with_tags(self):
        for body in self.both(
                IMAGEKIT + f"-F 'file={PNG_HEAD}' "
                "-F 'fileName=my_file_name.jpg' -F 'tags=t-shirt,summer,men'"):
            self.assertEqual(body["size"], 12)
            self.assertEqual(body["tags"], ["t-shirt", "summer", "men"])
            self.opens(body["url"], base64.b64decode(PNG_HEAD), "image/png")

    def test_imagekit_url(self):
        for body in self.both(IMAGEKIT + "-F 'file=IMAGE_URL' "
                              "-F 'fileName=my_file_name.jpg'"):
            self.assertEqual((body["width"], body["height"]), (12, 10))

    def test_filestack_file(self):
        for body in self.both(STORE + "-F fileUpload=@filename.txt " +
                              STORE_URL + '"'):
            self.assertEqual(
                (body["size"], body["type"], body["filename"]),
                (220, "text/plain", "filename.txt"))
            self.assertRegex(body["key"],
                             r"^[A-Za-z0-9]{20}_filename\.txt$")
            self.opens(body["url"], FILES["filename.txt"], "text/plain")

    def test_filestack_url(self):
        for body in self.both(STORE + '-d url="IMAGE_URL" ' + STORE_URL +
                              '"'):
            self.assertEqual((body["type"], body["filename"]),
                             ("image/png", "watermark.png"))
            self.assertRegex(body["key"],
                             r"^[A-Za-z0-9]{20}_watermark\.png$")

    def test_filestack_url_to_a_path_in_a_container(self):
        for body in self.both(
                STORE + '-d url="IMAGE_URL" ' + STORE_URL +
                "&path=/myfiles/1234.png&mimetype=image/png"
                '&container=custom_source"'):
            self.assertEqual(
                (body["container"], body["filename"], body["key"],
                 body["type"]),
                ("custom_source", "watermark.png", "myfiles/1234.png",
                 "image/png"))

    def test_filestack_raw_data(self):
        for body in self.both(
                STORE + "--data-binary @photo.jpg "
                "-H 'Content-Type: image/jpeg' " + STORE_URL + '"'):
            self.assertEqual((body["type"], body["size"]),
                             ("image/jpeg", len(JPEG)))

    def test_stashfyle_basic_upload(self):
        for body in self.both(STASHFYLE + '-F "file=@photo.jpg"'):
            self.assertEqual((body["name"], body["folder"], body["type"],
                              body["private"], body["expires_at"]),
                             ("photo.jpg", None, "image/jpeg", False, None))
            self.opens(body["url"], JPEG, "image/jpeg")

    def test_stashfyle_folder(self):
        for body in self.both(STASHFYLE + '-F "file=@avatar.png" '
                              '-F "folder=users/avatars"'):
            self.assertEqual(body["folder"], "users/avatars")

    def test_stashfyle_private_file(self):
        for body in self.both(STASHFYLE + '-F "file=@document.pdf" '
                              '-F "private=true"'):
            self.assertEqual((body["url"], body["name"], body["private"]),
                             (None, "document.pdf", True))

    def test_stashfyle_file_that_expires(self):
        for body in self.both(STASHFYLE + '-F "file=@temp-report.pdf" '
                              '-F "expires=7d"'):
            self.assertRegex(body["expires_at"],
                             r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_jigsawstack_forms(self):
        start = "curl -X POST '{api.jigsawstack.com}/v1/store/upload"
        key = "' -H 'x-api-key: sk_live_xxx' "
        for line in (
                start + key + "-F file=@beach_house.png -F 'body={\"key\":"
                "\"test-key\",\"overwrite\":true}'",
                start + key + "-F file=@beach_house.png -F key=test-key "
                "-F overwrite=true",
                start + "?key=test-key&overwrite=true" + key +
                "--data-binary @beach_house.png",
                start + "?key=test-key&overwrite=true" + key +
                "-H 'Content-Type: image/png' "
                "-H 'Transfer-Encoding: chunked' -T beach_house.png",
                start + "?key=test-key&overwrite=true" + key +
                "-H 'Expect: 100-continue' --data-binary @beach_house.png"):
            for body in self.both(line):
                self.assertEqual((body["key"], body["size"]),
                                 ("test-key", len(FILES["beach_house.png"])))
                self.assertTrue(
                    body["url"].endswith("/v1/store/file/read/test-key"))
                self.opens(body["url"] + "?x-api-key=" + self.server.public,
                           FILES["beach_house.png"], "image/png")
