# SPDX-License-Identifier: Apache-2.0
"""Filestack's tasks from a client's side: sizes and formats of what comes out,
what of a file stays in it, and what is refused in which words."""
import struct

from filestack_cdn import JPEG, PNG, CdnTest

# Of a PNG of 64 x 48.
SIZES = (
    ("resize=width:32,height:32", 32, 24),
    ("resize=width:32,height:32,fit:clip", 32, 24),
    ("resize=width:128,height:128,fit:clip", 128, 96),
    ("resize=width:32,height:32,fit:crop", 32, 32),
    ("resize=width:32,height:32,fit:scale", 32, 32),
    ("resize=width:32,height:32,fit:max", 32, 24),
    ("resize=width:128,height:128,fit:max", 64, 48),
    ("resize=w:16", 16, 12),
    ("resize=h:16,f:crop", 21, 16),
    ("resize=w:32,h:32,f:crop,a:[top,right]", 32, 32),
    ("resize=w:32,h:32,f:crop,align:faces", 32, 32),
    ("crop=dim:[10,20,30,15]", 30, 15),
    ("crop=d:%5B60%2C40%2C30%2C15%5D", 4, 8),
    ("rotate=deg:90", 48, 64),
    ("rotate=deg:180", 64, 48),
    ("rotate=deg:45,background:00f", 79, 79),
    ("flip", 64, 48),
    ("flop", 64, 48),
    ("circle", 48, 48),
    ("rounded_corners=radius:max", 64, 48),
    ("border=width:5", 74, 58),
    ("upscale", 128, 96),
    ("smart_crop=width:20,height:30", 20, 30),
    ("crop_faces=width:20,height:30", 20, 30),
    ("crop_faces", 24, 24),
    ("blur=amount:3", 64, 48),
    ("sharpen", 64, 48),
    ("monochrome", 64, 48),
    ("negative", 64, 48),
    ("blackwhite=threshold:45", 64, 48),
    ("sepia=tone:70", 64, 48),
    ("modulate=brightness:50,hue:60,saturation:200", 64, 48),
    ("enhance=preset:vivid", 64, 48),
    ("pixelate=amount:8", 64, 48),
    ("oil_paint=amount:3", 64, 48),
    ("partial_blur=objects:[[1,2,30,20]],type:oval", 64, 48),
    ("partial_pixelate=objects:[[1,2,9,9],[30,9,20,20]]", 64, 48),
    ("blur_faces=amount:5", 64, 48),
    ("pixelate_faces", 64, 48),
    ("upscale=noise:high,upscale:false", 64, 48),
    ("vignette=a:20", 64, 48),
    ("torn_edges=spread:[2,5]", 64, 48),
    ("resize=w:32/rotate=deg:90/border=w:1", 26, 34),
)

# Says that it is to be turned by a quarter, and who made it.
EXIF = b"Exif\0\0II*\0\x08\0\0\0\x02\0" + \
    struct.pack("<HHII", 0x010f, 2, 4, int.from_bytes(b"ACM\0", "little")) + \
    struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + b"\0\0\0\0"


def with_exif(jpeg):
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(EXIF)) + EXIF + \
        jpeg[2:]


class TasksTest(CdnTest):
    def test_sizes_are_the_vendors(self):
        handle = self.store()
        for tasks, width, height in SIZES:
            with self.subTest(tasks):
                self.assert_picture(self.get(f"/{tasks}/{handle}"), "png",
                                    (width, height))

    def test_formats_are_those_that_were_asked_for(self):
        handle = self.store()
        for tasks, kind in (("output=format:jpg", "jpg"),
                            ("output=f:JPEG,q:50", "jpg"),
                            ("pjpg", "jpg"),
                            ("output=format:webp/quality=v:30", "webp"),
                            ("output=format:gif", "gif"),
                            ("ascii/output=format:png", "png"),
                            ("output=format:jpg/output=format:png", "png")):
            with self.subTest(tasks):
                self.assert_picture(self.get(f"/{tasks}/{handle}"), kind,
                                    (64, 48))
        for tasks, kind, start in (
                ("ascii=size:50", "text/html", b"<"),
                ("output=format:pdf", "application/pdf", b"%PDF-")):
            with self.subTest(tasks):
                response = self.get(f"/{tasks}/{handle}")
                self.assertEqual(response.status, 200, response)
                self.assertRegex(response["Content-Type"], "^" + kind)
                self.assertEqual(response.body[:len(start)].lower(),
                                 start.lower())

    def test_pictures_are_upright_and_say_nothing_unless_told_to(self):
        handle = self.store(with_exif(JPEG), "turned.jpg")
        for tasks, is_kept in (("rotate=deg:exif", False),
                               ("no_metadata", False),
                               ("compress", False),
                               ("compress=metadata:true", True),
                               ("output=strip:false,quality:90", True),
                               ("pjpg=metadata:true", True),
                               ("compress=m:true/no_metadata", False)):
            with self.subTest(tasks):
                response = self.get(f"/{tasks}/{handle}")
                self.assert_picture(response, "jpg", (48, 64))
                self.assertEqual(b"ACM" in response.body, is_kept)
        response = self.get(f"/cache=expiry:max/{handle}")
        self.assertEqual(response.body, with_exif(JPEG))

    def test_qualities_count_wherever_they_stand(self):
        handle = self.store(JPEG, "a.jpg")
        bodies = [self.get(f"/{tasks}/{handle}").body for tasks in (
            "quality=value:5/flip", "flip/output=quality:5",
            "output=quality:90/flip/quality=v:5")]
        self.assertEqual(bodies, bodies[:1] * 3)
        self.assertNotEqual(bodies[0], self.get(f"/flip/{handle}").body)

    def test_pictures_lie_on_and_beside_each_other(self):
        below, above = self.store(), self.store(JPEG, "a.jpg")
        for tasks, kind, size in (
                (f"watermark=file:{above},size:50,position:[top,left]",
                 "png", (64, 48)),
                (f"collage=files:[{above},{below}],width:99,height:66",
                 "png", (99, 66)),
                (f"border=w:2/watermark=f:{above},s:20/resize=w:34",
                 "png", (34, 26))):
            with self.subTest(tasks):
                self.assert_picture(self.get(f"/{tasks}/{below}"), kind, size)
        response = self.get(f"/{self.server.public}/animate=delay:50/"
                            f"[{below},{above}]")
        self.assert_picture(response, "gif", (64, 48))

    def test_mistakes_are_told_in_the_vendors_words(self):
        handle = self.store(PNG)
        for tasks, status, said in (
                ("resize=width:501,heigt:501", 400,
                 "invalid parameter `heigt` for `resize` task"),
                ("flip/embiggen", 400, "unknown task `embiggen`"),
                ("resize=", 400, "no parameters for `resize` task"),
                ("resize=width:NaN", 400, "invalid value `NaN`"),
                ("resize=width:-1", 400, "invalid value `-1`"),
                ("crop=dim:[1,2,3]", 400, "invalid value"),
                ("crop=dim:[100,100,5,5]", 400, "no such part"),
                ("watermark=size:5", 400, "`file`"),
                ("resize=w:10000,h:10000,f:crop", 413, "too large|megapixels"),
                ("tags", 501, "`tags` task takes a model"),
                ("detect_faces", 501, "detector of faces"),
                ("minify_js", 501, "not offered here"),
                ("preview", 501, "viewer"),
                ("resize=w:9/sfw", 501, "`sfw` task takes a model")):
            with self.subTest(tasks):
                self.assert_said(self.get(f"/{tasks}/{handle}"), status, said)

    def test_a_number_that_is_too_large_is_as_large_as_it_can_be(self):
        handle = self.store()
        for tasks, same in (("sharpen=amount:50", "sharpen=amount:20"),
                            ("border=width:5000", "border=width:1000"),
                            ("quality=value:" + "9" * 40,
                             "quality=value:100"),
                            ("rotate=deg:450", "rotate=deg:90")):
            with self.subTest(tasks):
                first, second = (self.get(f"/{steps}/{handle}")
                                 for steps in (tasks, same))
                self.assertEqual(first.status, 200, first)
                self.assertEqual(first.body, second.body)
