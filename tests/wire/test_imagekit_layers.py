# SPDX-License-Identifier: Apache-2.0
"""What ImageKit's URLs lay over pictures, pixel by pixel. Places and sizes are
those of pictures that the vendor's servers have made."""
import base64
import pathlib
import urllib.parse

from pictures import Pixels, flat_png
from test_imagekit_pictures import PictureTest

BLUE = (0, 100, 200)
RED = (250, 0, 0)
WHITE_80 = (204, 224, 244)  # 80 percent of white on blue
MONO = pathlib.Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")


class LayerTest(PictureTest):
    def flat(self, path, width, height, color=BLUE, **fields):
        folder, _, name = path.rpartition("/")
        return self.upload(
            name, (flat_png(width, height, bytes(color)), name),
            folder="/" + folder, **fields)

    def pixels(self, target):
        response = self.get(target)
        self.assertEqual(response.status, 200, response)
        return Pixels(response.body)

    def changed(self, target):
        return self.pixels(target).box_without(BLUE)

    def assert_near(self, found, expected, slack=1):
        for a, b in zip(found, expected):
            self.assertLessEqual(abs(a - b), slack, (found, expected))


class TextTest(LayerTest):
    def setUp(self):
        super().setUp()
        self.flat("b.png", 600, 600)

    def test_letters_stand_where_the_vendor_has_them(self):
        text = urllib.parse.quote("overlay made easy")
        encoded = urllib.parse.quote(
            base64.b64encode(b"overlay made easy").decode())
        for step in (f"ot-{text},ots-45,otc-00FFFF",
                     f"ote-{encoded},ots-45,otc-00FFFF",
                     f"l-text,i-{text},fs-45,co-00FFFF,l-end",
                     f"l-text,ie-{encoded},co-00FFFF,l-end"):
            with self.subTest(step):
                self.assert_near(self.changed(f"tr:{step}:f-png/b.png"),
                                 (108, 282, 386, 45))

    def test_boxes_have_the_vendors_sizes(self):
        for padding, box in (
                ("25_75", (20, 246, 560, 108)),
                ("25_75_60", (20, 229, 560, 143)),
                ("25_50_75_100", (20, 221, 560, 158)),
                ("10", (85, 261, 430, 78))):
            for step in (
                    f"ot-overlay made easy,otp-{padding},ots-45,"
                    "otbg-FFFFFF80",
                    f"l-text,i-overlay made easy,pa-{padding},"
                    "bg-FFFFFF80,l-end"):
                target = urllib.parse.quote(f"tr:{step}:f-png/b.png",
                                            safe=":/,")
                with self.subTest(step):
                    found = self.pixels(target)
                    self.assertEqual(found.box_without(BLUE), box)
                    self.assertEqual(
                        found.at(box[0], box[1])[:3], WHITE_80)

    def test_a_text_is_no_markup(self):
        plain = self.changed("b.png?tr=l-text,i-bbb,l-end:f-png")
        for text in ("<b>bbb</b>", "&lt;bbb", "bbb<!--"):
            step = urllib.parse.quote(f"l-text,i-{text},l-end:f-png")
            self.assertGreater(self.changed(f"b.png?tr={step}")[2],
                               plain[2] * 1.5, text)

    def test_scripts_of_the_world_are_no_reason_to_fail(self):
        for text in ("ש", "नमस्ते", "日本語", "😀", "e" + "\u0301" * 400,
                     "\u202eabc", "\u200b"):
            encoded = urllib.parse.quote(
                base64.b64encode(text.encode()).decode())
            self.assertEqual(
                self.get(f"b.png?tr=l-text,ie-{encoded},l-end").status, 200,
                text)

    def test_what_is_too_large_costs_nothing(self):
        text = "W" * 1500
        for rest in ("fs-2000", "fs-2000,w-600", "fs-20"):
            response = self.get(f"b.png?tr=l-text,i-{text},{rest},l-end")
            self.assertEqual(response.status, 400, rest)

    def test_a_font_may_be_a_file_of_the_library(self):
        self.upload("Mono.ttf", (MONO.read_bytes(), "Mono.ttf"),
                    folder="/fonts")
        self.upload("None.ttf", (b"no font", "None.ttf"), folder="/fonts")
        self.upload("Own.ttf", (MONO.read_bytes(), "Own.ttf"),
                    folder="/fonts", isPrivateFile="true")
        step = "b.png?tr=l-text,i-overlay,ff-{},l-end:f-png"
        plain = self.changed("b.png?tr=l-text,i-overlay,l-end:f-png")
        mono = self.changed(step.format("fonts@@Mono.ttf"))
        self.assertGreater(mono[2], plain[2] + 20)
        self.assertEqual(self.changed(step.format("DejaVu Sans Mono"
                                                  .replace(" ", "%20"))),
                         mono)
        self.assertEqual(self.changed(step.format("Nobody%20Has%20It")),
                         plain)
        self.assertEqual(self.get(step.format("fonts@@Other.ttf")).status,
                         404)
        self.assertEqual(self.get(step.format("fonts@@Own.ttf")).status, 401)
        self.assertEqual(self.get(step.format("fonts@@None.ttf")).status, 415)
        self.assertEqual(self.changed(
            "b.png?tr=l-text,i-overlay,l-end:f-png"), plain)


class ShadowTest(LayerTest):
    def test_a_shadow_beside_the_picture_is_not_seen(self):
        self.flat("half.png", 40, 30, (*BLUE, 128))
        self.flat("dot.png", 1, 1, (*BLUE, 128))
        shaded = self.pixels("half.png?tr=e-shadow-x-0_y-0:f-png").at(20, 15)
        self.assertGreater(shaded[3], 140)
        for x, y in ((100, 0), (0, 100), (-100, 0), (0, -100), (100, 100),
                     (99, 99)):
            step = f"e-shadow-bl-0_x-{x}_y-{y}".replace("--", "-N")
            with self.subTest(step):
                self.assertEqual(
                    self.pixels(f"half.png?tr={step}:f-png").at(20, 15),
                    (*BLUE, 128))
                self.assertEqual(
                    self.pixels(f"dot.png?tr={step}:f-png").at(0, 0),
                    (*BLUE, 128))


class ImageLayerTest(LayerTest):
    def setUp(self):
        super().setUp()
        self.flat("b.png", 100, 60)
        self.flat("l/r.png", 20, 10, RED)

    def test_layers_come_to_their_place(self):
        layer = "b.png?tr=l-image,i-l@@r.png,t-false{},l-end:f-png"
        for place, box in (
                ("", (40, 25, 20, 10)),
                (",lfo-top_left", (0, 0, 20, 10)),
                (",lfo-bottom_right", (80, 50, 20, 10)),
                (",lx-7,ly-9", (7, 9, 20, 10)),
                (",lx-7", (7, 0, 20, 10)),
                (",lx-N7,ly-9", (73, 9, 20, 10)),
                (",lx-N0,ly-N0", (80, 50, 20, 10)),
                (",lx-90,ly-55", (90, 55, 10, 5)),
                (",lx-bw_mul_0.1,ly-bh_mul_0.5", (10, 30, 20, 10)),
                (",lx-bw_sub_cw,ly-0", (80, 0, 20, 10)),
                (",lxc-50,lyc-30", (40, 25, 20, 10)),
                (",lx-3,ly-4,lap-center", (53, 34, 20, 10)),
                (",w-40", (30, 20, 40, 20)),
                (",w-bw_mul_0.5,lfo-bottom", (25, 35, 50, 25))):
            with self.subTest(place):
                self.assertEqual(self.changed(layer.format(place)), box)
        self.assertEqual(
            self.changed("tr:oi-l@@r.png,oit-false,ox-5,oy-N5,f-png/b.png"),
            (5, 45, 20, 10))

    def test_blocks_have_the_vendors_places(self):
        self.flat("c.png", 600, 600)
        for step, box in (
                ("obg-FFFFFF80,or-150,oh-300,ow-300", (150, 150, 300, 300)),
                ("obg-FFFFFF80,or-40,oh-80,ow-500,ofo-bottom",
                 (50, 520, 500, 80)),
                ("l-image,i-ik_canvas,bg-FFFFFF80,w-300,h-300,r-max,l-end",
                 (150, 150, 300, 300))):
            target = f"c.png?tr={step}:f-png"
            with self.subTest(step):
                found = self.pixels(target)
                self.assertEqual(found.box_without(BLUE), box)
                self.assertEqual(found.at(300, box[1] + box[3] // 2)[:3],
                                 WHITE_80)
                self.assertEqual(found.at(box[0], box[1])[:3], BLUE)

    def test_layers_lie_in_layers_and_beside_each_other(self):
        self.flat("g.png", 4, 4, (0, 200, 0))
        found = self.pixels(
            "b.png?tr=l-image,i-l@@r.png,t-false,lfo-top_left,"
            "l-image,i-g.png,t-false,lfo-bottom_right,l-end,l-end,"
            "l-image,i-g.png,t-false,lx-50,ly-0,l-end:f-png")
        self.assertEqual(found.at(5, 5)[:3], RED)
        self.assertEqual(found.at(19, 9)[:3], (0, 200, 0))
        self.assertEqual(found.at(15, 9)[:3], RED)
        self.assertEqual(found.at(50, 0)[:3], (0, 200, 0))
        self.assertEqual(found.at(54, 0)[:3], BLUE)

    def test_layers_mix(self):
        self.flat("half.png", 40, 40, (255, 100, 50))
        found = self.pixels("b.png?tr=l-image,i-half.png,t-false,lm-multiply,"
                         "l-end:f-png")
        self.assertEqual(found.at(50, 30)[:3], (0, 39, 39))
        found = self.pixels("b.png?tr=l-image,i-half.png,t-false,lm-cutter,"
                         "l-end:f-png")
        self.assertEqual((found.at(50, 30), found.at(2, 2)[3]),
                         (BLUE + (255,), 0))
        found = self.pixels("b.png?tr=l-image,i-half.png,t-false,lm-cutout,"
                         "l-end:f-png")
        self.assertEqual((found.at(50, 30)[3], found.at(2, 2)),
                         (0, BLUE + (255,)))

    def test_a_new_layer_is_seen_at_once(self):
        target = "b.png?tr=l-image,i-l@@r.png,t-false,l-end:f-png"
        self.assertEqual(self.pixels(target).at(50, 30)[:3], RED)
        for green in (10, 20, 30):
            self.flat("l/r.png", 20, 10, (0, green, 0),
                      useUniqueFileName="false")
            self.assertEqual(self.pixels(target).at(50, 30)[:3], (0, green, 0))

    def test_thirty_one_images_and_no_more(self):
        layer = "l-image,i-l@@r.png,t-false,l-end"
        self.assertEqual(self.get("b.png?tr=" + ":".join([layer] * 31)).status,
                         200)
        self.assertEqual(self.get("b.png?tr=" + ":".join([layer] * 32)).status,
                         400)

    def test_a_broken_layer_fails_alone(self):
        self.upload("cut.png", (flat_png(400, 300)[:300], "cut.png"))
        self.upload("none.png", (b"none", "none.png"))
        for name in ("cut.png", "none.png"):
            response = self.get(f"b.png?tr=l-image,i-{name},l-end")
            self.assertIn(response.status, (200, 400, 415), name)
        self.assertEqual(self.get(
            "b.png?tr=l-image,i-l@@r.png,l-end").status, 200)


class SvgTest(LayerTest):
    def test_letters_of_svg_are_drawn(self):
        svg = (b"<svg xmlns='http://www.w3.org/2000/svg' width='300' "
               b"height='80'><rect width='300' height='80' fill='#0064c8'/>"
               b"<text x='20' y='60' font-family='Open Sans' font-size='45' "
               b"fill='red'>overlay</text></svg>")
        self.upload("t.svg", (svg, "t.svg"))
        left, top, width, height = self.changed("t.svg?tr=f-png")
        self.assert_near((left, top + height), (22, 71), 3)
        self.assertGreater(width, 140)
        self.assertLess(width, 180)

