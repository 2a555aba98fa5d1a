# SPDX-License-Identifier: Apache-2.0
"""`stowage render` and `stowage inspect`: a file that is an image, without a
server."""
import base64
import json
import pathlib
import tempfile
import unittest

import samples
from harness import stowage
from pictures import describe


class RenderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="stowage-render-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path("in.png").write_bytes(samples.png(64, 48))

    def path(self, name):
        return self.folder / name

    def render(self, *words, source="in.png", out="out.png"):
        return stowage("render", str(self.path(source)), str(self.path(out)),
                       *words)

    def made(self, *words, **names):
        done = self.render(*words, **names)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        picture = self.path(names.get("out", "out.png")).read_bytes()
        return done.stdout, describe(picture)

    def refused(self, status, message, *words, **names):
        done = self.render(*words, **names)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done)
        self.assertIn(message, done.stderr)
        self.assertFalse(self.path(names.get("out", "out.png")).exists())

    def test_the_name_says_the_format_where_the_transformation_does_not(self):
        for out, steps, kind in (
                ("a.png", "w-32", "png"), ("a.jpg", "w-32", "jpg"),
                ("a.JPEG", "tr:w-32", "jpg"), ("a.webp", "w-32", "webp"),
                ("a.jpg", "w-32,f-png", "png"), ("a.out", "w-32", "png"),
                ("b.png", "w-32:bl-2", "png")):
            with self.subTest(out, steps=steps):
                said, picture = self.made(steps, out=out)
                self.assertEqual(picture, (kind, 32, 24))
                self.assertIn("32 x 24, image/", said)

    def test_the_original_stays_as_it_is(self):
        self.made("orig-true,w-3")
        self.assertEqual(self.path("out.png").read_bytes(),
                         samples.png(64, 48))

    def test_it_explains_what_it_does(self):
        said, _ = self.made("w-32,h-32,c-at_max:rt-90,q-50", "--explain",
                            out="out.jpg")
        self.assertEqual(
            said.splitlines()[0],
            "resize(width=32,height=32,fit=inside,no-enlarge=true)|"
            "turn(angle=90)|encode(format=jpg,quality=50)")

    def test_what_is_ignored_is_said(self):
        for steps, ignored in (
                ("wd-32", "wd-32"), ("w-32,e-pixelate-10", "e-pixelate-10"),
                ("w-32:rt-90,hh", "hh"), ("w-wide", "w-wide"),
                ("w-32,f-tiff", "f-tiff"), ("w-", "w-"),
                ("tr:w-32,so-5", "so-5"),
                ("l-text,i-a,fs-9,size-3,l-end", "size-3"),
                ("if-ar_gt_1,x_1,if-end", "x_1"),
                ("w-%1B%5B2J", r"w-\033[2J"), (b"hh\xff", r"hh\377")):
            with self.subTest(steps):
                done = self.render(steps)
                self.assertEqual(
                    (done.returncode, done.stderr),
                    (0, f'stowage: "{ignored}" says nothing and is ignored\n'))

    def test_nothing_is_said_of_what_counts(self):
        for steps in ("w-32,,h-9:", "w-10,ar-4:3", "bl,t-false", "w-3",
                      "l-text,i-a%2Cb%3Ac,fs-9,l-end",
                      "if-ar_gt_1,w-3,if-else,h-3,if-end",
                      "n-ik_ml_thumbnail", "w-iw_div_2,f-auto,q-auto"):
            with self.subTest(steps):
                self.made(steps)

    def test_a_name_promises_no_other_format(self):
        for out in ("a.tiff", "a.TIF", "a.heic", "a.svg", "a.bmp"):
            with self.subTest(out):
                self.refused(2, "no picture can be image/", "w-3", out=out)
        self.made("w-3,f-png", out="b.tiff")
        self.made("w-3", out="a.txt")

    def test_filestacks_tasks_make_the_same_pictures(self):
        for out, tasks, picture in (
                ("a.png", "resize=width:32", ("png", 32, 24)),
                ("a.webp", "resize=w:32/rotate=deg:90", ("webp", 24, 32)),
                ("a.jpg", "/crop=d:[1,2,30,20]/output=f:png/",
                 ("png", 30, 20)),
                ("a.png", "watermark=file:in.png,size:50/border=width:3",
                 ("png", 70, 54))):
            with self.subTest(tasks):
                said, made = self.made(tasks, "--grammar", "filestack",
                                       "--explain", out=out)
                self.assertEqual(made, picture)
                self.assertIn("|encode", said)
        for words, error in (
                (("risize=w:3", "--grammar=filestack"),
                 "unknown task `risize`"),
                (("resize=w:a", "--grammar=filestack"), "invalid value `a`"),
                (("tags", "--grammar=filestack"), "takes a model"),
                (("zip", "--grammar=filestack"), "No picture is asked for"),
                (("w-3", "--grammar=nobodys"), 'no grammar "nobodys"')):
            with self.subTest(words):
                self.refused(2, error, *words)

    def test_what_cannot_be_done_is_said(self):
        self.path("text.png").write_bytes(b"no picture")
        self.refused(1, "No such file", "w-3", source="none.png")
        self.refused(1, "The image cannot be read.", "w-3", source="text.png")
        self.refused(1, "No such file", "l-image,i-none.png,l-end")
        self.refused(1, "too large", "w-65535,h-65535")
        self.refused(2, "takes a model", "e-bgremove")
        self.refused(2, "no named transformation", "n-nobody")
        self.refused(2, "see stowage render --help")


class InspectTest(unittest.TestCase):
    def inspect(self, name, data):
        with tempfile.TemporaryDirectory(prefix="stowage-inspect-") as folder:
            path = pathlib.Path(folder, name)
            if data is not None:
                path.write_bytes(data)
            return stowage("inspect", str(path))

    def test_it_prints_what_an_image_says_of_itself(self):
        none = {name: {} for name in ("image", "thumbnail", "exif", "gps",
                                      "interoperability", "makernote")}
        for name, data, size, alpha in (
                ("a.png", samples.png(64, 48), (64, 48), False),
                ("b.jpg", samples.jpeg(16, 8), (16, 8), False),
                ("c.svg", samples.svg(31, 17), (31, 17), True),
                ("d.bmp", samples.bmp(7, 5), (7, 5), False)):
            with self.subTest(name):
                done = self.inspect(name, data)
                self.assertEqual((done.returncode, done.stderr), (0, ""), done)
                said = json.loads(done.stdout)
                self.assertEqual(list(said), [
                    "width", "height", "orientation", "pages", "format",
                    "density", "hasAlpha", "hasTransparency",
                    "hasColorProfile", "quality", "pHash",
                    "thumbhash", "exif"])
                self.assertEqual((said["width"], said["height"]), size)
                self.assertEqual((said["orientation"], said["pages"]), (1, 1))
                self.assertEqual(said["format"], name[2:])
                self.assertIs(said["hasAlpha"], alpha)
                self.assertIs(said["hasTransparency"], alpha)
                self.assertIs(said["hasColorProfile"], False)
                self.assertEqual(said["quality"], 0)
                self.assertRegex(said["pHash"], "^[0-9a-f]{16}$")
                self.assertIn(len(base64.b64decode(said["thumbhash"], None,
                                                   True)), range(15, 26))
                self.assertEqual(said["exif"], none)

    def test_what_cannot_be_read_is_said(self):
        for name, data, message in (
                ("none.png", None, "No such file"),
                ("empty.png", b"", "The image is empty."),
                ("text.png", b"no picture", "The image cannot be read."),
                ("a.pdf", samples.pdf(), "The image cannot be read.")):
            with self.subTest(name):
                done = self.inspect(name, data)
                self.assertEqual((done.returncode, done.stdout), (1, ""), done)
                self.assertIn(message, done.stderr)
        self.assertEqual(stowage("inspect").returncode, 2)
