# SPDX-License-Identifier: Apache-2.0
"""Filestack's tasks that make one answer of several files, and answers that
are no image."""
import samples
from filestack_cdn import JPEG, PNG, CdnTest
from pictures import flat_png

RED, GREEN = b"\xff\0\0", b"\0\xff\0"


def frames(gif):
    """How many; each has its own control extension."""
    return gif.count(b"\x21\xf9\x04")


class SeveralTest(CdnTest):
    def test_files_come_onto_one_canvas(self):
        first = self.store(flat_png(200, 100, RED))
        second = self.store(flat_png(100, 100, GREEN))
        for steps, size in (
                (f"collage=files:[{second}],width:330,height:120",
                 (330, 120)),
                (f"collage=f:[{second},{first},{second}],w:15,h:35,m:40",
                 (15, 35)),
                (f'collage=files:["{second}"],width:90,height:50,fit:crop,'
                 "color:FF0000FF,autorotate:true", (90, 50)),
                (f"resize=width:50/collage=files:[{second}],width:330,"
                 "height:120/resize=width:33", (33, 12))):
            with self.subTest(steps):
                self.assert_picture(self.get(f"/{steps}/{first}"), "png",
                                    size)

    def test_a_collage_of_itself_is_one(self):
        handle = self.store(JPEG)
        files = ",".join([handle] * 31)
        self.assert_picture(
            self.get(f"/collage=files:[{files}],width:400,height:300/{handle}"),
            "jpg", (400, 300))
        more = self.get(f"/collage=files:[{files},{handle}],width:400,"
                        f"height:300/{handle}")
        self.assert_said(more, 413)

    def test_each_file_is_asked_for_by_itself(self):
        handle, hidden = self.store(), self.private()
        for steps, source in (
                (f"collage=files:[{hidden}],width:99,height:99", handle),
                ("animate=delay:10", f"[{handle},{hidden}]")):
            with self.subTest(steps):
                self.assertEqual(self.get(f"/{steps}/{source}").status, 403)
                self.assertEqual(
                    self.get(f"/{steps}/{source}", self.app()).status, 200)
        gone = self.get("/collage=files:[Nothing0There0At0All],width:9,"
                        f"height:9/{handle}")
        self.assert_said(gone, 404)

    def test_no_other_task_is_of_several(self):
        one, another = self.store(), self.store()
        for steps in ("", "/resize=width:9", "/metadata", "/imagesize",
                      "/cache=expiry:9"):
            with self.subTest(steps):
                self.assert_said(self.get(f"{steps}/[{one},{another}]"), 400)

    def test_many_large_files_are_too_much(self):
        handle = self.store()
        large = self.store(flat_png(9000, 9000))
        files = ",".join([large] * 31)
        response = self.get(
            f"/collage=files:[{files}],width:400,height:300/{handle}")
        self.assert_said(response, 413)
        self.assert_picture(self.get(f"/resize=width:32/{handle}"), "png",
                            (32, 24))

    def test_files_become_frames(self):
        sources = [self.store(flat_png(60, 40, color))
                   for color in (RED, GREEN, b"\0\0\xff")]
        listed = ",".join(sources)
        response = self.get(f"/animate=delay:50,loop:3,width:30/[{listed}]")
        self.assert_picture(response, "gif", (30, 20))
        self.assertEqual(frames(response.body), 3)
        # hundredths of a second
        self.assertIn(b"\x05\0", response.body)
        response = self.get(f"/animate=width:30/output=format:webp/[{listed}]")
        self.assert_picture(response, "webp", (30, 20))
        self.assertEqual(response.body.count(b"ANMF"), 3)
        response = self.get(f"/animate=width:30/output=format:png/[{listed}]")
        self.assert_picture(response, "png", (30, 20))

    def test_letters_are_a_page_that_can_do_nothing(self):
        handle = self.store(JPEG)
        for steps in "ascii", "ascii=colored:true,reverse:true,size:50":
            with self.subTest(steps):
                response = self.get(f"/{steps}/{handle}")
                self.assertEqual(response.status, 200, response)
                self.assertEqual(response["Content-Type"], "text/html")
                self.assertEqual(response["Content-Security-Policy"],
                                 "sandbox")
                self.assertEqual(response["X-Content-Type-Options"], "nosniff")
                self.assertEqual(response["X-File-Name"], "pic.html")
                self.assertTrue(response.body.startswith(b"<!DOCTYPE html>"))
                self.assertNotIn(b"<script", response.body)

    def test_one_frame_can_be_asked_for(self):
        listed = ",".join(self.store(flat_png(60, 40, color))
                          for color in (RED, GREEN))
        moving = self.get(f"/animate/[{listed}]").body
        handle = self.store(moving, "moving.gif")
        for steps, n in (("resize=width:30", 2),
                         ("resize=width:30/output=page:1", 1),
                         ("resize=width:30/output=page:2", 1)):
            with self.subTest(steps):
                response = self.get(f"/{steps}/{handle}")
                self.assert_picture(response, "gif", (30, 20))
                self.assertEqual(frames(response.body), n)

    def test_pages_of_a_document_are_drawn_anew(self):
        handle = self.store(samples.pdf(), "paper.pdf")
        for told in "page:1", "pageformat:a5", "page:1,background:white":
            with self.subTest(told):
                response = self.get(f"/output=format:pdf,{told}/{handle}")
                self.assertEqual(response.status, 200, response)
                self.assertEqual(response["Content-Type"], "application/pdf")
                self.assertEqual(response["X-File-Name"], "paper.pdf")
                self.assertTrue(response.body.startswith(b"%PDF-"))
                self.assertNotEqual(response.body, samples.pdf())
                self.assertNotIn(b"DCTDecode", response.body)
        picture = self.get(f"/output=format:pdf,pageformat:a5/{self.store(PNG)}")
        self.assertEqual(picture["X-File-Name"], "pic.pdf")
        self.assertIn(b"DCTDecode", picture.body)
