# SPDX-License-Identifier: Apache-2.0
"""ImageKit's transformations from a client's side: sizes, formats, headers,
and who may see a picture that is made of a file."""
import hashlib
import hmac
import os
import signal
import threading

import samples
from apis import metric
from harness import Server, wait_until
from imagekit import ImageKitTest
from pictures import (Pixels, corners_png, describe, exif_of, flat_png,
                      helpers, jpeg_with_exif, webp_with_exif)
from rawhttp import request

SECRET = "private_x"
FOREVER = "9999999999"
# What the vendor says, or shows in its own pictures: source, transformation,
# size.
SIZES = (
    ((640, 865), "w-300,h-200", (300, 200)),
    ((640, 865), "w-300,h-200,c-force", (300, 200)),
    ((640, 865), "w-300,h-200,c-at_max", (148, 200)),
    ((640, 865), "w-850,h-1000,c-at_max", (640, 865)),
    ((640, 865), "w-850,h-1000,c-at_max_enlarge", (740, 1000)),
    ((640, 865), "w-300,h-200,c-at_least", (300, 405)),
    ((640, 865), "w-300,h-200,cm-pad_resize,bg-F3F3F3", (300, 200)),
    ((640, 865), "w-100,h-200,cm-pad_resize,fo-top", (100, 200)),
    ((640, 865), "w-200,h-200,cm-extract", (200, 200)),
    ((640, 865), "w-300,h-300,cm-extract,fo-bottom_right", (300, 300)),
    ((640, 865), "w-300,h-300,cm-extract,xc-300,yc-500", (300, 300)),
    ((600, 600), "w-700,h-700,cm-pad_extract", (700, 700)),
    ((600, 600), "w-200", (200, 200)),
    ((600, 600), "w-0.4", (240, 240)),
    ((600, 600), "h-0.4", (240, 240)),
    ((600, 600), "ar-4-3,w-400", (400, 300)),
    ((600, 600), "w-iw_div_2,h-ih_div_2,cm-extract,x-iw_mul_0.2,"
                 "y-ih_mul_0.2", (300, 300)),
    ((1920, 1280), "w-400,h-400", (400, 400)),
    ((1000, 1000), "w-400,h-300:rt-90", (300, 400)),
    ((1000, 1000), "rt-90:w-400,h-300", (400, 300)),
    ((1000, 1000), "w-400,h-400:w-500,h-400,cm-pad_resize,fo-right,bg-000000",
     (500, 400)),
    ((640, 865), "h-200,cm-pad_resize:if-h_eq_200,w-100,if-end:rt-90",
     (135, 100)),
    ((600, 600), "w-300,dpr-2", (600, 600)),
    ((600, 600), "w-2600,dpr-2", (2600, 2600)),
    ((640, 865), "w-300,h-300,fo-auto", (300, 300)),
    ((640, 865), "w-300,bl-3,f-png", (300, 405)),
)


def signature(path, key=SECRET):
    return hmac.new(key.encode(), (path + FOREVER).encode(),
                    hashlib.sha1).hexdigest()


class DemoServer(Server):
    def __init__(self, **options):
        super().__init__(**options)
        self.account, self.secret = "demo", SECRET


class PictureTest(ImageKitTest):
    server_class = DemoServer

    def get(self, target, headers=None, method="GET"):
        return request(self.server, method, "/demo/" + target, headers)

    def signed(self, target):
        mark = "&" if "?" in target else "?"
        return self.get(f"{target}{mark}ik-s={signature(target)}")

    def image(self, path, width=64, height=48, **fields):
        folder, _, name = path.rpartition("/")
        return self.upload(name, (samples.png(width, height), name),
                           folder="/" + folder, **fields)

    def assert_picture(self, response, kind, size):
        self.assertEqual(response.status, 200, response)
        self.assertEqual(describe(response.body), (kind, *size))
        self.assertEqual(response["Content-Type"],
                         "image/" + {"jpg": "jpeg"}.get(kind, kind))

    def assert_refused(self, response, status, code):
        self.assertEqual(response.status, status, response)
        self.assertTrue(response["ik-error"].startswith(code + " - "), response)
        self.assertTrue(response["Content-Type"].startswith("text/plain"))
        self.assertEqual(response["Cache-Control"], "no-store")


class ShapeTest(PictureTest):
    def test_pictures_have_the_sizes_that_are_known(self):
        for size in {row[0] for row in SIZES}:
            self.image("{}x{}.png".format(*size), *size)
        for source, steps, size in SIZES:
            with self.subTest(steps, source=source):
                name = "{}x{}.png".format(*source)
                self.assert_picture(self.get(f"{name}?tr={steps}"), "png", size)
                by_path = self.get(f"tr:{steps}/{name}")
                self.assertEqual(describe(by_path.body), ("png", *size))

    def test_pictures_come_in_the_format_that_is_asked_for(self):
        self.image("kind.png")
        self.upload("kind.jpg", (samples.jpeg(64, 48), "kind.jpg"))
        for target, headers, kind in (
                ("kind.png?tr=w-32", {}, "png"),
                ("kind.jpg?tr=w-32", {}, "jpg"),
                ("kind.jpg?tr=w-32", {"Accept": "image/webp"}, "jpg"),
                ("kind.png?tr=w-32,f-jpg", {}, "jpg"),
                ("kind.png?tr=w-32,f-jpeg", {}, "jpg"),
                ("kind.jpg?tr=w-32,f-png", {}, "png"),
                ("kind.jpg?tr=w-32,f-webp", {}, "webp"),
                ("kind.png/ik-thumbnail.jpg?tr=w-32", {}, "jpg")):
            with self.subTest(target, headers=headers):
                response = self.get(target, headers)
                self.assert_picture(response, kind, (32, 24))
                self.assertIsNone(response["Vary"])

    def test_an_automatic_format_is_one_that_the_client_names(self):
        self.image("made.png")
        webp = self.get("made.png?tr=f-webp,bl-1").body
        self.upload("auto.webp", (webp, "auto.webp"))
        for accept, kinds in (
                (None, ("jpg",)), ("*/*", ("jpg",)),
                ("image/png,image/*;q=0.8", ("jpg",)),
                ("image/webp;q=0, */*", ("jpg",)),
                ("image/webp,image/*", ("jpg", "webp"))):
            for steps in ("f-auto", "w-32,f-auto", "bl-2,f-auto"):
                with self.subTest(steps, accept=accept):
                    response = self.get("auto.webp?tr=" + steps,
                                        accept and {"Accept": accept})
                    self.assertEqual(response.status, 200, response)
                    self.assertIn(describe(response.body)[0], kinds)
                    self.assertEqual(response["Vary"], "Accept")
        response = self.get("auto.webp?tr=w-32")
        self.assert_picture(response, "webp", (32, 24))

    def test_what_depends_on_the_client_says_so(self):
        self.image("hint.png", 600, 600)
        for steps, headers, width, dpr, vary in (
                ("w-100,f-auto", {}, 100, None, "Accept"),
                ("w-auto,dpr-auto", {"Sec-CH-DPR": "2", "Sec-CH-Width": "600"},
                 600, None, "Sec-CH-Width, Width"),
                ("w-100,dpr-auto", {"Sec-CH-DPR": "2"}, 200, None,
                 "Sec-CH-DPR, DPR")):
            for _ in range(2):
                with self.subTest(steps):
                    response = self.get("hint.png?tr=" + steps, headers)
                    self.assertEqual(response.status, 200, response)
                    self.assertEqual(describe(response.body)[1], width)
                    self.assertIn(vary, response["Vary"])
        response = self.get("hint.png?tr=w-auto,dpr-auto",
                            {"Sec-CH-DPR": "2", "Sec-CH-Width": "212"})
        self.assertEqual(describe(response.body)[1], 300)
        for _ in range(2):
            self.assertEqual(self.get(
                "hint.png?tr=w-auto,dpr-auto",
                {"Sec-CH-DPR": "2", "Sec-CH-Width": "212"})["Content-DPR"],
                "2.83")

    def test_what_would_be_another_for_others_says_so_of_the_original(self):
        self.image("bare.png", 600, 600)
        for steps, vary in (("w-auto", "Sec-CH-Width, Width"),
                            ("w-auto,dpr-auto", "Sec-CH-Width, Width")):
            with self.subTest(steps):
                response = self.get("bare.png?tr=" + steps)
                self.assertEqual(response.body, samples.png(600, 600))
                self.assertIn(vary, response["Vary"] or "")

    def test_a_picture_is_delivered_like_an_original(self):
        self.image("like.png")
        target = "like.png?tr=w-32"
        first = self.get(target)
        again = self.get(target)
        self.assertEqual(first.body, again.body)
        self.assertEqual(first["ETag"], again["ETag"])
        self.assertNotEqual(first["ETag"], self.get("like.png")["ETag"])
        self.assertIn("max-age=15552000", first["Cache-Control"])
        self.assertEqual(self.get(target, method="HEAD")["Content-Length"],
                         str(len(first.body)))
        for headers, status in (
                ({"If-None-Match": first["ETag"]}, 304),
                ({"If-Modified-Since": first["Last-Modified"]}, 304),
                ({"Range": "bytes=1-3"}, 206),
                ({"Range": "bytes=99999999-"}, 416)):
            with self.subTest(headers):
                self.assertEqual(self.get(target, headers).status, status)
        self.assertEqual(self.get(target, {"Range": "bytes=1-3"}).body,
                         first.body[1:4])
        # what says nothing about the picture does not make another one
        made = metric(self.server, "stowage_derived_made_total")
        self.assertEqual(self.get(target + "&v=2&updatedAt=3").body, first.body)
        self.assertEqual(metric(self.server, "stowage_derived_made_total"),
                         made)

    def test_without_a_transformation_the_file_goes_out_as_it_is(self):
        self.image("raw.png")
        original = samples.png(64, 48)
        for target in ("raw.png", "raw.png?v=1", "raw.png?tr=", "tr:/raw.png",
                       "raw.png?tr=orig-true,w-1", "tr:orig-true/raw.png",
                       "raw.png?tr=unknown-3"):
            with self.subTest(target):
                response = self.get(target, {"Accept": "image/webp,*/*"})
                self.assertEqual(response.body, original)

    def test_an_attachment_is_named_by_what_it_is(self):
        self.image("card.png")
        for steps, name in (("w-10", "card.png"), ("w-10,f-jpg", "card.jpg"),
                            ("w-10,f-webp", "card.webp"),
                            ("orig-true", "card.png")):
            for _ in range(2):
                response = self.get(
                    f"card.png?tr={steps}&ik-attachment=true")
                self.assertEqual(response["Content-Disposition"],
                                 f'attachment; filename="{name}"')

    def test_the_thumbnails_of_file_objects_are_pictures(self):
        file = self.image("thumb.png", 300, 200)
        details = self.ok("GET", f"/v1/files/{file['fileId']}/details")
        urls = {file["thumbnailUrl"], details["thumbnail"]}
        for url in urls:
            target = url.split("/demo/", 1)[1]
            self.assert_picture(self.get(target), "png", (100, 67))


RED, GREEN, BLUE, WHITE = (b"\xe0\x10\x10", b"\x10\xc0\x10",
                           b"\x10\x10\xe0", b"\xf0\xf0\xf0")
# Top left, top right, bottom left, bottom right of what is stored so, as it
# is to be seen (EXIF 2.32, 4.6.4 A, Orientation).
UPRIGHT = {1: (RED, GREEN, BLUE, WHITE), 2: (GREEN, RED, WHITE, BLUE),
           3: (WHITE, BLUE, GREEN, RED), 4: (BLUE, WHITE, RED, GREEN),
           5: (RED, BLUE, GREEN, WHITE), 6: (BLUE, RED, WHITE, GREEN),
           7: (WHITE, GREEN, BLUE, RED), 8: (GREEN, WHITE, RED, BLUE)}


class PixelTest(PictureTest):
    def corners(self, response):
        self.assertEqual(response.status, 200, response)
        pixels = Pixels(response.body)
        x, y = pixels.width // 4, pixels.height // 4
        right, below = pixels.width - x - 1, pixels.height - y - 1
        return [pixels.at(*at) for at in
                ((x, y), (right, y), (x, below), (right, below))]

    def assert_corners(self, response, colors):
        for is_, wanted in zip(self.corners(response), colors):
            self.assertLess(max(abs(a - b) for a, b in zip(is_, wanted)), 40,
                            (is_, tuple(wanted)))

    def test_all_eight_orientations_stand_upright(self):
        """By the program for shapes and by the one for everything (bl-1), of
        each format that carries EXIF."""
        png = corners_png(64, 48, UPRIGHT[1])
        self.upload("o.png", (png, "o.png"), useUniqueFileName="false")
        jpeg = self.get("o.png?tr=f-jpg,q-95").body
        webp = self.get("o.png?tr=f-webp,lo-true").body
        for orientation, colors in UPRIGHT.items():
            for name, data in (
                    ("jpg", jpeg_with_exif(jpeg, orientation)),
                    ("webp", webp_with_exif(webp, orientation)),
                    ("png", corners_png(64, 48, UPRIGHT[1],
                                        exif_of(orientation)))):
                name = f"{orientation}.{name}"
                self.upload(name, (data, name), useUniqueFileName="false")
                size = (32, 24) if orientation < 5 else (24, 32)
                for steps in (f"w-{size[0]}", f"w-{size[0]},bl-1",
                              f"w-{size[0]},h-{size[1]},c-force"):
                    with self.subTest(name, steps=steps):
                        response = self.get(f"{name}?tr={steps},f-png")
                        self.assert_picture(response, "png", size)
                        self.assert_corners(response, colors)

    def test_a_custom_focus_is_the_files_own_part(self):
        png = corners_png(80, 60, UPRIGHT[1])
        for number, (at, color) in enumerate((
                ("4,3,30,20", RED), ("45,5,30,20", GREEN), ("0,35,40,20", BLUE),
                ("42,32,38,28", WHITE))):
            name = f"focus{number}.png"
            self.upload(name, (png, name), customCoordinates=at,
                        useUniqueFileName="false")
            for steps in ("w-12,h-8,fo-custom", "w-12,h-8,fo-custom,bl-1",
                          "fo-custom", "w-10,h-6,fo-custom,cm-extract"):
                with self.subTest(at, steps=steps):
                    response = self.get(f"{name}?tr={steps}")
                    self.assert_corners(response, [color] * 4)
            # without it the middle of all four is kept
            self.assert_corners(self.get(f"{name}?tr=w-12,h-8"), UPRIGHT[1])
        self.upload("spot.png", (png, "spot.png"), useUniqueFileName="false")
        self.assert_corners(self.get("spot.png?tr=w-12,h-8,fo-custom"),
                            UPRIGHT[1])

    def test_what_is_known_is_not_sent_again(self):
        self.image("known.png", 300, 200)
        for steps, headers, vary in (
                ("w-30", {}, None),
                ("w-31,f-auto", {"Accept": "image/webp,*/*"}, "Accept"),
                ("w-33,dpr-auto", {"Sec-CH-DPR": "2"}, "Sec-CH-DPR, DPR")):
            first = self.get(f"known.png?tr={steps}", headers)
            self.assertEqual((first.status, first["Vary"]), (200, vary))
            for condition, status in (
                    (first["ETag"], 304), ("W/" + first["ETag"], 304),
                    ('"a", ' + first["ETag"], 304), ("*", 304),
                    ('"a"', 200)):
                with self.subTest(steps, condition=condition):
                    again = self.get(f"known.png?tr={steps}", {
                        **headers, "If-None-Match": condition})
                    self.assertEqual(again.status, status, again)
                    self.assertEqual(again.body,
                                     b"" if status == 304 else first.body)
                    for field in ("ETag", "Vary", "Cache-Control",
                                  "Last-Modified"):
                        self.assertEqual(again[field], first[field], field)
            # another client's picture is another one
            if vary == "Accept":
                other = self.get(f"known.png?tr={steps}", {
                    "If-None-Match": first["ETag"]})
                self.assertEqual((other.status, other["Vary"]), (200, vary))


class ContentTest(PictureTest):
    def test_a_file_that_is_replaced_is_seen_at_once(self):
        for i in range(8):
            self.image("new.png", 100 + i, 100)
            self.assert_picture(self.get("new.png?tr=h-50"), "png",
                                ((100 + i + 1) // 2, 50))

    def test_nobody_sees_the_old_picture_once_the_new_one_is_there(self):
        self.image("race.png", 100, 100)
        stored, over, wrong = 100, threading.Event(), []

        def look():
            while not over.is_set():
                least = stored
                response = self.get("race.png?tr=h-100")
                if describe(response.body)[1] < least:
                    wrong.append((least, response))
        readers = [threading.Thread(target=look) for _ in range(8)]
        for reader in readers:
            reader.start()
        for i in range(1, 25):
            self.image("race.png", 100 + i, 100)
            stored = 100 + i
        over.set()
        for reader in readers:
            reader.join()
        self.assertFalse(wrong)

    def test_what_stands_in_for_a_missing_file(self):
        self.image("folder/default.png")
        self.image("late.png", 10, 10, isPrivateFile="true")
        di = "folder@@default.png"
        response = self.get(f"none.png?tr=w-32,di-{di}")
        self.assert_picture(response, "png", (32, 24))
        self.assertIn("max-age=60,", response["Cache-Control"])
        original = self.get(f"none.png?tr=di-{di}")
        self.assertEqual(original.body, samples.png(64, 48))
        self.assertIn("max-age=60,", original["Cache-Control"])
        self.assert_refused(self.get("none.png?tr=w-3,di-none.png"), 404,
                            "ENOENT")
        self.assert_refused(self.get("none.png?tr=w-3,di-late.png"), 401,
                            "EACCES")
        self.image("none.png", 20, 20)
        response = self.get(f"none.png?tr=w-32,di-{di}")
        self.assert_picture(response, "png", (32, 32))
        self.assertIn("max-age=15552000", response["Cache-Control"])

    def test_what_is_no_picture_is_refused(self):
        whole = flat_png(300, 200)
        for name, data, status, code in (
                ("empty.png", b"", 415, "UNIDENTIFIED"),
                ("text.png", b"no picture at all", 415, "UNIDENTIFIED"),
                ("cut.png", whole[:33], 415, "UNIDENTIFIED"),
                ("head.jpg", samples.jpeg()[:20], 415, "UNIDENTIFIED"),
                ("page.html", b"<html></html>", 415, "UNIDENTIFIED"),
                ("film.mp4", b"\0\0\0\x18ftypmp42" + bytes(50), 501, "ENOTSUP"),
                ("song.mp3", b"ID3\3" + bytes(50), 501, "ENOTSUP")):
            self.upload(name, (data, name))
            for target in (f"{name}?tr=w-30", f"tr:w-30/{name}"):
                with self.subTest(target):
                    self.assert_refused(self.get(target), status, code)
            self.assertEqual(self.get(name).body, data)
        self.image("made.png")
        for steps, status, code in (
                ("e-bgremove", 501, "ENOTSUP"), ("n-nobody", 400, "EINVAL"),
                ("w-65535,h-65535", 400, "ELIMIT"),
                ("w-300,h-300,cm-extract,x-640,y-1", 400, "EINVAL")):
            with self.subTest(steps):
                self.assert_refused(self.get("made.png?tr=" + steps), status,
                                    code)
        self.assert_refused(self.get("made.png/ik-video.mp4"), 501, "ENOTSUP")

    def test_pictures_that_are_too_large_are_not_begun(self):
        """A bomb costs the reading of its header."""
        frames = b"GIF89a\x10\0\x10\0\x80\0\0\0\0\0\xff\xff\xff" + \
            b"!\xf9\4\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2\x44\1\0" * 65535 + b";"
        for name, data, expected in (
                ("square.png", flat_png(10000, 10000), (400,)),
                ("tall.png", flat_png(1, 1_000_000), (400,)),
                ("wide.png", flat_png(1_000_000, 1), (400,)),
                ("huge.svg", b'<svg xmlns="http://www.w3.org/2000/svg" '
                 b'width="1000000" height="1000000"/>', (400,)),
                ("frames.gif", frames, (200, 400))):
            with self.subTest(name):
                self.upload(name, (data, name))
                self.assertIn(self.get(name + "?tr=w-30").status, expected)

    def test_the_last_of_ten_thousand_pages(self):
        """libvips takes as many for a mistake of the file, and says one."""
        n = 10_000
        kids = b" ".join(b"%d 0 R" % (3 + i) for i in range(n))
        objects = [b"<</Type/Catalog/Pages 2 0 R>>",
                   b"<</Type/Pages/Count %d/Kids[%s]>>" % (n, kids)]
        objects += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d 20]>>" % (
            50 if i == n - 1 else 20) for i in range(n)]
        data = b"%PDF-1.4\n" + b"".join(
            b"%d 0 obj%s\nendobj\n" % (i + 1, body)
            for i, body in enumerate(objects)) + \
            b"trailer<</Root 1 0 R>>\n%%EOF\n"
        self.upload("long.pdf", (data, "long.pdf"))
        self.assert_picture(self.get("long.pdf?tr=pg-1,f-png"), "png",
                            (20, 20))
        self.assert_picture(self.get(f"long.pdf?tr=pg-{n},f-png"), "png",
                            (50, 20))
        self.assert_refused(self.get(f"long.pdf?tr=pg-{n + 1},f-png"), 400,
                            "EINVAL")

    def test_a_shadow_has_two_megapixels(self):
        self.image("large.png", 2216, 1500)
        self.assert_refused(self.get("large.png?tr=e-shadow"), 400, "ELIMIT")
        self.assert_picture(self.get("large.png?tr=w-500,e-shadow"), "png",
                            (500, 338))


class BrokenTest(PictureTest):
    def test_files_that_end_too_early_break_nothing(self):
        self.upload("seed.png", (flat_png(90, 70), "seed.png"))
        died = "stowage_render_children_died_total"
        before = metric(self.server, died)
        for kind in ("png", "jpg", "webp", "gif", "avif"):
            made = self.get(f"seed.png?tr=w-80,f-{kind}")
            if made.status == 501:      # the encoder is not built in
                continue
            self.assertEqual(made.status, 200, made)
            whole = made.body
            for part in range(1, 12):
                name = f"{kind}{part}.{kind}"
                data = whole[:len(whole) * part // 12]
                self.upload(name, (data, name))
                for steps in ("w-30", "w-30,bl-1", "w-30,f-webp"):
                    with self.subTest(name, steps=steps):
                        self.assertIn(
                            self.get(f"{name}?tr={steps}").status, (200, 415))
        self.assertEqual(metric(self.server, died), before)
        self.assertEqual(self.get("seed.png?tr=w-31").status, 200)


class AccessTest(PictureTest):
    def matrix(self, name, rows):
        for target, unsigned, signed in rows:
            target = target.format(name)
            with self.subTest(target):
                self.assertEqual(self.get(target).status, unsigned)
                self.assertEqual(self.signed(target).status, signed)

    def test_who_may_see_what_is_made_of_a_private_file(self):
        self.image("private.png", isPrivateFile="true")
        self.matrix("private.png", (
            ("{}", 401, 200), ("{}?tr=w-30", 401, 200),
            ("tr:w-30/{}", 401, 200), ("{}?tr=orig-true", 401, 200),
            ("{}?tr=n-ik_ml_thumbnail", 200, 200),
            ("tr:n-ik_ml_thumbnail/{}", 200, 200),
            ("{}?tr=n-ik_ml_thumbnail,w-9", 401, 200),
            ("{}?tr=n-ik_ml_thumbnail:w-9", 401, 200),
            ("{}?tr=n-nobody", 400, 400), ("{}?tr=e-bgremove", 401, 501)))
        for response in (self.signed("private.png?tr=w-30"),
                         self.get("private.png?tr=n-ik_ml_thumbnail")):
            self.assertEqual(response["Cache-Control"], "private, no-store")

    def test_a_name_does_not_show_all_of_a_private_file(self):
        self.image("whole.png", isPrivateFile="true")
        done = self.server.tool("transformations", "set", "demo", "all",
                                "orig-true")
        self.assertEqual(done.returncode, 0, done)
        self.assertTrue(wait_until(
            lambda: self.get("whole.png?tr=n-all").status == 401))
        self.assertEqual(self.signed("whole.png?tr=n-all").body,
                         samples.png(64, 48))

    def test_an_account_may_deliver_by_signed_urls_only(self):
        self.image("switch.png")
        self.image("switch-logo.png", 10, 10)
        targets = ("switch.png?tr=w-30", "tr:n-ik_ml_thumbnail/switch.png",
                   "none.png?tr=di-switch.png", "switch.png/ik-thumbnail.jpg")
        for target in targets:
            self.assertEqual(self.get(target).status, 200, target)
        done = self.server.tool("accounts", "set", "demo",
                                "--restrict-unsigned-urls", "on")
        self.assertEqual(done.returncode, 0, done)
        self.assertTrue(wait_until(
            lambda: self.get(targets[0]).status == 401))
        for target in targets:
            with self.subTest(target):
                self.assertEqual(self.get(target).status, 401)
                response = self.signed(target)
                self.assertEqual(response.status, 200)
                self.assertEqual(response["Cache-Control"],
                                 "private, no-store")
        self.server.tool("accounts", "set", "demo",
                         "--restrict-unsigned-urls", "off")
        self.assertTrue(wait_until(
            lambda: self.get(targets[0]).status == 200))

    def test_drafts_take_a_signature(self):
        self.image("draft.png", isPublished="false")
        self.matrix("draft.png", (
            ("{}?tr=w-30", 404, 200), ("{}?tr=n-ik_ml_thumbnail", 404, 200)))

    def test_what_was_seen_before_is_asked_for_again(self):
        """A picture in the cache opens nothing."""
        file = self.image("turn.png")
        target = "turn.png?tr=w-30"
        self.assertEqual(self.get(target).status, 200)
        self.image("turn.png", isPrivateFile="true")
        self.assertEqual(self.get(target).status, 401)
        self.assertEqual(self.signed(target).status, 200)
        self.assertEqual(self.get(target).status, 401)
        self.ok("DELETE", f"/v1/files/{file['fileId']}", status=204)
        self.assertEqual(self.get(target).status, 404)
        self.assertEqual(self.signed(target).status, 404)

    def test_layers_open_no_file_that_the_client_may_not_have(self):
        self.image("base.png")
        self.image("logo.png", 10, 10)
        self.image("folder/secret.png", 10, 10, isPrivateFile="true")
        self.image("draft-logo.png", 10, 10, isPublished="false")
        seen = self.get("base.png?tr=w-60,l-image,i-logo.png,l-end").status
        for path, unsigned, signed in (
                ("none.png", 404, 404), ("folder@@secret.png", 401, seen),
                ("draft-logo.png", 404, seen)):
            target = f"base.png?tr=w-60,l-image,i-{path},l-end"
            with self.subTest(path):
                self.assertEqual(self.get(target).status, unsigned)
                self.assertEqual(self.signed(target).status, signed)
        # what one client was shown, another is not
        self.assertEqual(self.get(
            "base.png?tr=w-60,l-image,i-folder@@secret.png,l-end").status, 401)
        nested = "l-image,i-logo.png,l-image,i-folder@@secret.png,l-end,l-end"
        self.assertEqual(self.get(f"base.png?tr={nested}").status, 401)

    def test_a_name_lays_no_private_file_over_another(self):
        self.image("under.png")
        self.image("mark.png", 10, 10, isPrivateFile="true")
        done = self.server.tool("transformations", "set", "demo", "marked",
                                "w-60,l-image,i-mark.png,l-end")
        self.assertEqual(done.returncode, 0, done)
        self.assertTrue(wait_until(
            lambda: self.get("under.png?tr=n-marked").status == 401))


class LostHelperTest(PictureTest):
    options = {"renderers": 1, "scalers": 1}

    def test_a_helper_killed_in_the_middle_costs_a_try(self):
        self.image("kill.png", 200, 200)
        for i, steps in enumerate(("w-{}", "w-{},bl-2")):
            self.assertEqual(self.get(
                "kill.png?tr=" + steps.format(100)).status, 200)
            pids = helpers(self.server)
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            answers = []
            ask = threading.Thread(target=lambda steps=steps: answers.append(
                self.get("kill.png?tr=" + steps.format(101))))
            made = metric(self.server, "stowage_derived_misses_total")
            ask.start()
            self.assertTrue(wait_until(lambda made=made: metric(
                self.server, "stowage_derived_misses_total") > made))
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            ask.join()
            self.assertEqual(answers[0].status, 200, (i, answers[0]))


class NoRendererTest(PictureTest):
    options = {"renderers": 0}

    def test_without_renderers_originals_go_out_and_pictures_are_refused(self):
        self.image("plain.png")
        self.assertEqual(self.get("plain.png").body, samples.png(64, 48))
        self.assert_refused(self.get("plain.png?tr=w-30"), 501, "ENOTSUP")
