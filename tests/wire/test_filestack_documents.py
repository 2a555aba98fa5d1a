# SPDX-License-Identifier: Apache-2.0
"""Documents and pages of the web as Filestack's CDN shows them, by a converter
that is a program of the operator's."""
import pathlib
import tempfile

import samples
from apis import assert_file
from filestack_cdn import PNG, CdnTest
from pictures import describe
from policies import in_task, make

DOCX = ("application/vnd.openxmlformats-officedocument."
        "wordprocessingml.document")


class ConverterTest(CdnTest):
    @classmethod
    def setUpClass(cls):
        made = tempfile.TemporaryDirectory()
        cls.addClassCleanup(made.cleanup)
        folder = pathlib.Path(made.name)
        (folder / "made.pdf").write_bytes(samples.pdf())
        (folder / "page.png").write_bytes(PNG)
        cls.options = {"convert_command": f"/bin/cp {folder}/made.pdf {{out}}",
                       "screenshot_command":
                           f"/bin/cp {folder}/page.png {{out}}"}
        super().setUpClass()

    def document(self):
        return self.store(b"PK\3\4 a letter", "letter.docx", mimetype=DOCX)

    def test_a_document_becomes_another(self):
        handle = self.document()
        for path in (f"/output=format:pdf/{handle}",
                     f"/output=f:pdf/cache=expiry:60/{handle}"):
            response = self.get(path)
            assert_file(self, response, samples.pdf(), "application/pdf")
            self.assertEqual(response["X-File-Name"], "letter.pdf")
        plain = self.store(samples.pdf(), "plain.pdf")
        assert_file(self, self.get(f"/output=format:PDF/{plain}"),
                    samples.pdf(), "application/pdf")
        drawn = self.get(f"/output=format:pdf/{self.store()}")
        self.assertEqual((drawn["Content-Type"], drawn.body[:5]),
                         ("application/pdf", b"%PDF-"))
        part = self.get(path, {"Range": "bytes=0-3"})
        self.assertEqual((part.status, part.body), (206, b"%PDF"))

    def test_pictures_are_made_of_its_pages(self):
        handle = self.document()
        plain = self.store(samples.pdf(), "plain.pdf")
        for steps in ("output=format:png,page:1",
                      "resize=width:50/output=format:png"):
            for _ in "the first time", "again":
                with self.subTest(steps):
                    response = self.get(f"/{steps}/{handle}")
                    self.assertEqual(response.status, 200, response)
                    self.assertEqual(describe(response.body)[0], "png")
                    self.assertEqual(response.body,
                                     self.get(f"/{steps}/{plain}").body)
                    self.assertEqual(response["X-File-Name"], "letter.png")
        body = self.assert_json(self.get(
            f"/{self.server.public}/output=format:pdf/store/{handle}"))
        self.assertEqual((body["filename"], body["type"]),
                         ("letter.pdf", "application/pdf"))

    def test_a_policy_for_the_document_lets_its_text_be_read(self):
        handle, other = self.document(), self.document()
        proof = in_task(make(self.server.secret, "convert", handle=handle))
        self.assert_json(self.get(f"/{proof}/ocr/{handle}"))
        self.assert_said(self.get(f"/{proof}/ocr/{other}"), 403)

    def test_what_is_private_is_not_converted(self):
        handle = self.private(b"PK\3\4 mine", "hidden/mine.docx")
        for steps in "output=format:pdf", "resize=width:50/output=format:png":
            self.assert_said(self.get(f"/{steps}/{handle}"), 403)
        response = self.get(f"/output=format:pdf/{handle}", self.app())
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response["Cache-Control"], "private, no-store")

    def test_a_page_is_shown_for_an_application(self):
        page = self.origin().add("/page", b"<h1>", "text/html")
        path = f"urlscreenshot/{page}?x=1"
        response = self.get(f"/{self.server.public}/{path}")
        assert_file(self, response, PNG, "image/png")
        response = self.get(f"/{self.server.public}/resize=width:32/{path}")
        self.assert_picture(response, "png", (32, 24))
        self.assert_said(self.get("/" + path), 403)
        self.assert_said(self.get(f"/{self.server.public}/urlscreenshot/"
                                  f"{self.store()}"), 400, "URL")


    def test_a_pdf_of_a_picture_is_drawn(self):
        response = self.get(f"/output=format:pdf/{self.store()}")
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response["Content-Type"], "application/pdf")
        self.assertEqual(response["X-File-Name"], "pic.pdf")
        self.assertEqual(response.body[:5], b"%PDF-")


class NoConverterTest(CdnTest):
    def test_without_one_the_setting_is_named(self):
        handle = self.store(b"PK\3\4 a letter", "letter.docx", mimetype=DOCX)
        instead = self.store()
        self.assert_said(self.get(f"/output=format:pdf/{handle}"), 501,
                         "--convert-command")
        self.assert_said(self.get(
            f"/{self.server.public}/urlscreenshot/https://example.com/"), 501,
            "--screenshot-command")
        assert_file(self, self.get(
            f"/output=format:pdf/fallback=handle:{instead}/{handle}"), PNG)
        assert_file(self, self.get(f"/output=format:pdf/{self.pdf()}"),
                    samples.pdf(), "application/pdf")

    def pdf(self):
        return self.store(samples.pdf(), "a.pdf")
