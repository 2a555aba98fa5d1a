# SPDX-License-Identifier: Apache-2.0
"""What an operator's converter is given, how often it runs, and what becomes of
what it does. How Filestack's URLs ask for it: test_filestack_documents.py."""
import io
import os
import tempfile
import zipfile

import samples
from apis import filestack_store
from filestack_cdn import PNG, CdnTest
from harness import Server
from rawhttp import form, request

OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml."


def docx():
    """As far as anything here looks."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("[Content_Types].xml", f"<Types>{OFFICE}</Types>")
        packed.writestr("word/document.xml", "<document/>")
    return out.getvalue()


# Notes each run; documents that say so fail, or take for ever. PDF and PNG are what they are in
# every test, other formats tell what was asked for.
SCRIPT = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/runs"
cd "$(dirname "$0")"
case "$(cat "$1" 2>/dev/null)" in
bad) exit 1 ;;
slow) exec sleep 1000 ;;
esac
case "$3" in
pdf) cp made.pdf "$2" ;;
png) cp made.png "$2" ;;
*) echo "$3 $4 $5" > "$2" ;;
esac
"""


class ConvertTest(CdnTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        script = os.path.join(cls.folder.name, "convert")
        for name, data in (("convert", SCRIPT.encode()), ("runs", b""),
                           ("made.pdf", samples.pdf()), ("made.png", PNG)):
            with open(os.path.join(cls.folder.name, name), "wb") as f:
                f.write(data)
        os.chmod(script, 0o700)
        words = "{in} {out} {format} x{pageformat} x{orientation}"
        cls.options = {
            "convert_command": f"{script} {words}",
            "screenshot_command": script + " {url} {out} png "
                                  "{width}x{height} {mode} {delay} {agent}"}
        super().setUpClass()

    def setUp(self):
        self.before = len(self.runs())

    def runs(self):
        with open(os.path.join(self.folder.name, "runs")) as f:
            return f.read().splitlines()

    def ran(self):
        return self.runs()[self.before:]

    def assert_pdf(self, response):
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response["Content-Type"], "application/pdf")
        self.assertEqual(response.body, samples.pdf())

    def test_a_document_becomes_pdf_once(self):
        handle = self.store(docx() + b"1", "Report 1.docx")
        for _ in range(2):
            response = self.get(f"/output=format:pdf/{handle}")
            self.assert_pdf(response)
            self.assertEqual(response["X-File-Name"], "Report%201.pdf")
        self.assertEqual(len(self.ran()), 1)
        self.assertRegex(self.ran()[0], r"/convert/\w{6}/in/document.docx "
                         r"/\S+/out/document.pdf pdf x x$")

    def test_other_documents_are_the_converters(self):
        handle = self.store(docx() + b"3", "a.docx")
        response = self.get(
            f"/output=format:odt,pageformat:a4,pageorientation:landscape/"
            f"{handle}")
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response.body, b"odt xa4 xlandscape\n")
        # what browsers run is no page of ours
        response = self.get(f"/output=format:html/{handle}")
        self.assertEqual(response["Content-Security-Policy"], "sandbox")

    def test_new_content_is_converted_anew(self):
        for number in range(2):
            handle = self.store(docx() + b"4%d" % number, "a.docx")
            self.assert_pdf(self.get(f"/output=format:pdf/{handle}"))
        self.assertEqual(len(self.ran()), 2)

    def test_what_cannot_be_converted_is_refused(self):
        handle = self.store("bad", "bad.txt")
        instead = self.store(PNG)
        self.assert_said(self.get(f"/output=format:docx/{handle}"), 400,
                         "cannot be converted")
        response = self.get(
            f"/output=format:docx/fallback=file:{instead}/{handle}")
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response.body, PNG)

    def test_one_that_takes_too_long_is_no_fault_of_the_clients(self):
        with Server(**self.options, convert_timeout="2s") as server:
            handle = filestack_store(server, form(
                ("f", "slow", "a.txt"))).json()["handle"]
            instead = filestack_store(server, form(
                ("f", PNG, "a.png"))).json()["handle"]
            for _ in range(2):
                response = request(server, "GET",
                                   f"/output=format:docx/{handle}")
                self.assert_said(response, 503, "taking too long")
            response = request(server, "GET", "/output=format:docx/"
                               f"fallback=file:{instead}/{handle}")
            self.assertEqual(response.body, PNG)
        self.assertEqual(len(self.ran()), 1, "it is known for a while")

    def test_a_page_becomes_a_picture(self):
        origin = self.origin()
        url = origin.add("/page.html", b"<p>hello", "text/html")
        key = self.server.public
        response = self.get(f"/{key}/urlscreenshot=width:640,height:480,"
                            f"mode:window,delay:0/{url}")
        self.assert_picture(response, "png", (64, 48))
        self.assertRegex(self.ran()[0], f"^{url} .* png 640x480 window 0 "
                         "desktop$")
        self.assert_picture(
            self.get(f"/{key}/urlscreenshot=width:640,height:480,mode:window,"
                     f"delay:0/resize=width:32/{url}"), "png", (32, 24))
        self.assertEqual(len(self.ran()), 1)

    def test_no_page_inside_is_shown(self):
        inside, origin = self.origin("127.0.0.1"), self.origin()
        secret = inside.add("/x.html", b"secret", "text/html")
        for url in (secret, origin.redirect("/in", secret),
                    "http://169.254.169.254/latest/meta-data"):
            with self.subTest(url):
                self.assert_said(self.get(
                    f"/{self.server.public}/urlscreenshot/{url}"), 400,
                    "no public address")
        handle = self.store()
        self.assert_said(self.get(f"/urlscreenshot/{handle}"), 400,
                         "takes a URL")
        self.assert_said(self.get(f"/urlscreenshot/{origin.url}/x"), 403)
        self.assertEqual(self.ran(), [])
        self.assertEqual(inside.seen, [])

    def test_nothing_of_a_conversion_is_left(self):
        handle = self.store(docx() + b"6", "a.docx")
        self.assert_pdf(self.get(f"/output=format:pdf/{handle}"))
        folder = os.path.join(self.server.seen_data, "convert")
        self.assertEqual(os.listdir(folder), [])


class StartTest(CdnTest):
    def test_what_a_crash_left_is_removed(self):
        with Server() as server:
            old = os.path.join(server.data, "convert", "abcdef", "in")
            os.makedirs(old)
            server.kill9()
            server.start()
            self.assertFalse(os.path.exists(old))

    def test_a_command_that_is_none_is_named(self):
        for command in ("/nowhere/soffice {in}", "'open"):
            with self.subTest(command), self.assertRaises(Exception) as seen:
                with Server(convert_command=command):
                    pass
            self.assertRegex(str(seen.exception), "nowhere|quotes")
