# SPDX-License-Identifier: Apache-2.0
"""stowage-ocr: where words are in what it reads, and what it does with pictures
and requests that are none. How much of a text is wrong: test_ocr_text.py."""
import math
import os
import random
import re
import subprocess
import types
import unittest

from ocr_pictures import (MONO, MONO_BOLD, SANS, TAB, Run, error_rate, page,
                          receipt, sheet, slip)
from ocr_program import (FINE, IDENTITY, OK, PROGRAM, REFUSED, OcrCase,
                         Program, corners_of, text_of, words_of)

import harness


# A column of amounts whose neighbour is as wide as the paper further below.
WIDE_BELOW = """\
TESTCO EXTRA
SEMI SKIMMED MILK        1.55
CRISPS MULTIPACK         2.00
TEA BAGS                 3.25
CLUBCARD SAVING         -0.50
SUBTOTAL                 6.30
TOTAL TO PAY             6.30
MASTERCARD SALE          6.30
AUTH CODE : 012231
MERCHANT : 44881231
START : 01/22   EXPIRY : 09/27
CLUBCARD STATEMENT
CLUBCARD NUMBER 55201188
POINTS THIS VISIT 6
TOTAL UP TO 03/08/24 412
03/08/24 11:02 2910 008 4412""".split("\n")


def lines(n=3):
    return page(n_lines=n)


class Reading(OcrCase):
    def test_text_comes_with_boxes(self):
        picture = lines(3)
        read = self.program.read(picture)
        self.assertEqual(text_of(read), picture.text)
        self.assertEqual((read["width"], read["height"]),
                         (picture.width, picture.height))
        self.assertEqual(len(words_of(read)), len(picture.words))
        self.check_boxes(picture, read, 0.5)
        for section in read["sections"]:
            for line in section["lines"]:
                words = line["words"]
                self.assertEqual(line["text"],
                                 " ".join(word["text"] for word in words))
                mean = sum(w["confidence"] for w in words) / len(words)
                self.assertAlmostEqual(line["confidence"], mean, delta=0.011)

    def test_a_picture_without_text_has_none(self):
        blank = sheet(300, 200, [])
        self.assertEqual(self.program.read(blank),
                         {"width": 300, "height": 200, "sections": []})

    def test_single_words_are_found(self):
        for width, height, size, text in ((200, 60, 30, "Hello"),
                                          (900, 400, 200, "SALE"),
                                          (120, 40, 22, "42.50")):
            picture = sheet(width, height, [[Run(20, height * 2 // 3, text,
                                                 SANS, size)]])
            with self.subTest(text):
                self.assertEqual(text_of(self.program.read(picture)), text)

    @harness.takes_long
    def test_fine_boxes_fit_the_ink(self):
        for name, picture in (("a page", lines()),
                              ("turned", lines().turned(180)),
                              ("a receipt", receipt(5))):
            with self.subTest(name):
                read = self.program.read(picture, flags=FINE)
                self.check_boxes(picture, read, 0.75)

    @harness.takes_long
    def test_addresses_side_by_side_stay_apart(self):
        blocks = [["Bill to", "Marion Fowler", "12 High Street", "Springfield",
                   "Oregon"],
                  ["Ship to", "Harbour Office", "Shed number three",
                   "Old Quay", "Portland"]]
        picture = sheet(1600, 700, [
            [Run(100 + 800 * k, 120 + 70 * i, row, SANS, 44)]
            for k, block in enumerate(blocks)
            for i, row in enumerate(block)])
        self.assertEqual(text_of(self.program.read(picture)), picture.text)

    @harness.takes_long
    def test_no_figures_are_cut_off(self):
        for size in (20, 36):
            picture = slip(size=size)
            with self.subTest(size):
                read = self.program.read(picture)
                self.assertEqual(text_of(read), picture.text)
                self.check_boxes(picture, read, 0.5)

    @harness.takes_long
    def test_amounts_keep_their_first_figures_over_wide_lines(self):
        picture = sheet(1100, 160 + 64 * len(WIDE_BELOW), [
            [Run(80 + 27 * m.start(), 100 + 64 * i, m[0], MONO, 44)
             for m in re.finditer(r"\S+(?: \S+)*", row)]
            for i, row in enumerate(WIDE_BELOW)])
        self.assertEqual(text_of(self.program.read(picture)), picture.text)

    @harness.takes_long
    def test_a_column_of_letters_is_no_line(self):
        read = text_of(self.program.read(slip(MONO_BOLD, text=TAB)))
        for row in TAB.splitlines():
            if " x " in row:
                self.assertIn(" ".join(row.split()), read.split("\n"))

    def test_upright_pages_stay_upright(self):
        for rows in (["INVOICE 2024 0017", "TOTAL DUE 1,984.20",
                      "PAYABLE WITHIN 30 DAYS", "ACME HOLDINGS LIMITED"],
                     ["801 906 689", "1,234.56", "77 12 34", "990 118 606"],
                     ["NOON", "SWIMS", "SIS"]):
            picture = sheet(1200, 600, [
                [Run(100, 130 + 110 * i, row, MONO, 60)]
                for i, row in enumerate(rows)])
            with self.subTest(rows[0]):
                read = self.program.read(picture)
                self.assertEqual(text_of(read), picture.text)


class Placing(OcrCase):
    """Boxes of a picture that its source was made smaller or turned for."""

    def check(self, source, given, to_source, flags=0):
        read = self.program.read(given, to_source=to_source, flags=flags,
                                 source=(source.width, source.height))
        self.assertEqual((read["width"], read["height"]),
                         (source.width, source.height))
        self.check_boxes(source, read, 0.5)
        self.assertEqual(text_of(read), source.text)

    def test_boxes_are_the_sources_own(self):
        source = lines()
        width, height = source.width, source.height
        for name, given, matrix in (
                ("half", source.scaled(0.5), (2, 0, 0, 0, 2, 0)),
                ("turned clockwise", source.turned(90),
                 (0, 1, 0, -1, 0, height)),
                ("turned by half", source.turned(180),
                 (-1, 0, width, 0, -1, height)),
                ("turned counterclockwise", source.turned(270),
                 (0, -1, width, 1, 0, 0))):
            with self.subTest(name):
                self.check(source, given, matrix)

    @harness.takes_long
    def test_boxes_of_a_mirrored_source_go_with_the_clock(self):
        picture = lines()
        mirrored = picture.changed(
            "-flop", move=lambda x, y, w, h: (w - x, y))
        self.check(mirrored, picture, (-1, 0, picture.width, 0, 1, 0))

    @harness.takes_long
    def test_lying_pages_have_tall_boxes(self):
        read = self.program.read(lines().turned(90), flags=FINE)
        word = max(words_of(read), key=lambda word: len(word["text"]))
        (x0, y0), (x1, _), _, (_, y3) = corners_of(word["box"])
        self.assertGreater(y3 - y0, 2 * (x1 - x0))

    @harness.takes_long
    def test_boxes_stay_within_the_source(self):
        picture = lines()
        read = self.program.read(picture, to_source=(1, 0, -900, 0, 1, -300),
                                 source=(500, 300))
        for word in words_of(read):
            for x, y in corners_of(word["box"]):
                self.assertTrue(0 <= x <= 500 and 0 <= y <= 300, word)


def raw(width, height, pixels):
    return types.SimpleNamespace(width=width, height=height, pixels=pixels)


def dots(n, size, width=2480, height=3508):
    dice = random.Random(n)
    pixels = bytearray(b"\xff" * (width * height))
    for _ in range(n):
        x, y = dice.randrange(width - size), dice.randrange(height - size)
        for row in range(y, y + size):
            pixels[row * width + x:row * width + x + size] = bytes(size)
    return raw(width, height, bytes(pixels))


def pattern(rows, width=8000, height=5000):
    """Rows of bytes, repeated both ways."""
    rows = [(row * (width // len(row) + 1))[:width] for row in rows]
    tile = b"".join(rows)
    return raw(width, height, (tile * (height // len(rows) + 1))
               [:width * height])


def raster(wide, high, across, down):
    """Dots of that size, so far from each other."""
    return pattern([bytes(wide) + b"\xff" * (across - wide)] * high +
                   [b"\xff" * across] * (down - high))


def slanting(thick, apart):
    line = bytes(thick) + b"\xff" * (apart - thick)
    return pattern([line[i:] + line[:i] for i in range(apart)])


def squares(side, share, width=8000, height=5000):
    """Each black or white, as dice fall."""
    dice = random.Random(side)
    black = bytes(0 if i < 256 * share else 255 for i in range(256))
    rows = []
    for _ in range(height // side):
        row = dice.randbytes(width // side).translate(black)
        rows += [b"".join(row[i:i + 1] * side for i in range(len(row)))] * side
    return raw(width, height, b"".join(rows))


class Hostile(OcrCase):
    def test_pictures_without_sense_are_answered(self):
        noise = random.Random(5).randbytes(1 << 20)
        for name, picture in {
                "a pixel": raw(1, 1, b"\0"),
                "a column": raw(1, 65535, noise[:65535]),
                "a row": raw(65535, 1, noise[:65535]),
                "three rows": raw(65535, 3, noise[:3 * 65535]),
                "black": raw(3000, 3000, bytes(9000000)),
                "a slope": raw(2048, 2048, bytes(range(256)) * (1 << 14)),
                "squares": raw(2048, 2048,
                               (b"\0\xff" * 1024 + b"\xff\0" * 1024) * 1024),
                "stripes": raw(2000, 2000,
                               (bytes(20000) + b"\xff" * 20000) * 100),
                "noise": raw(1024, 1024, noise),
                }.items():
            with self.subTest(name):
                status, read = self.program.ask(picture)
                self.assertEqual((status, read["sections"]), (OK, []))

    @harness.takes_long
    def test_what_falls_into_many_parts_is_not_read(self):
        before = self.program.cpu_seconds()
        self.program.read(lines(24))
        page_seconds = self.program.cpu_seconds() - before
        for name, picture in {
                "dots": raster(3, 2, 4, 3), "dots further apart":
                raster(3, 2, 5, 3), "larger dots": raster(6, 6, 10, 10),
                "dots of letters' size": raster(25, 25, 40, 40),
                "slanting lines": slanting(5, 11),
                "thicker lines": slanting(10, 22),
                "strewn squares": squares(20, 0.125)}.items():
            before = self.program.cpu_seconds()
            with self.subTest(name):
                status, read = self.program.ask(picture)
                self.assertEqual(status, OK)
                self.assertLess(len(words_of(read)), 20)
                # the recogniser itself is never sanitized, and all else is
                if not harness.SANITIZED:
                    self.assertLess(self.program.cpu_seconds() - before,
                                    4 * page_seconds)
                self.assertLess(self.program.most_memory(), 400 << 20)

    @harness.takes_long
    def test_text_on_a_raster_is_read(self):
        picture = lines(3)
        dots = raster(2, 2, 5, 5)
        pixels = bytes(map(min, picture.pixels, pattern(
            [dots.pixels[8000 * i:8000 * i + 5] for i in range(5)],
            picture.width, picture.height).pixels))
        read = self.program.read(raw(picture.width, picture.height, pixels))
        self.assertLess(error_rate(picture.text, text_of(read)), 0.05)

    @harness.takes_long
    def test_noise_and_dots_end_soon(self):
        noise = random.Random(5).randbytes(1 << 20)
        for name, picture in {
                "noise": raw(8000, 5000, (noise * 39)[:40000000]),
                "specks": dots(100000, 3), "fewer specks": dots(20000, 3),
                "dots": dots(60000, 9), "few dots": dots(3000, 9)}.items():
            before = self.program.cpu_seconds()
            with self.subTest(name):
                self.assertEqual(self.program.ask(picture)[0], OK)
                self.assertLess(self.program.cpu_seconds() - before, 30)

    def test_requests_without_sense_are_refused(self):
        good = raw(20, 10, bytes(200))
        far = (1, 0, 2e6, 0, 1, 0)
        for name, picture, options in (
                ("no width", raw(0, 10, bytes(200)), {}),
                ("no height", raw(20, 0, bytes(200)), {}),
                ("a side", raw(65536, 1, bytes(65536)), {}),
                ("pixels", raw(65535, 65535, bytes(200)), {}),
                ("one row too many", raw(20, 11, bytes(200)), {}),
                ("an offset", good, {"offset": 1}),
                ("a far offset", good, {"offset": (1 << 64) - 100}),
                ("a flag", good, {"flags": 2}),
                ("no source", good, {"source": (0, 10)}),
                ("a large source", good, {"source": (20, 65536)}),
                ("flat", good, {"to_source": (1, 1, 0, 1, 1, 0)}),
                ("nothing", good, {"to_source": (0,) * 6}),
                ("not a number", good,
                 {"to_source": (1, 0, math.nan, 0, 1, 0)}),
                ("no end", good, {"to_source": (1, 0, math.inf, 0, 1, 0)}),
                ("far away", good, {"to_source": far})):
            with self.subTest(name):
                self.assertEqual(self.program.ask(picture, **options),
                                 (REFUSED, None))
        for text, files in ((b"", [b""]), (b"x" * 79, [bytes(200)]),
                            (b"x" * 81, [bytes(200)]), (b"x" * 80, []),
                            (b"x" * 80, [b"", b""])):
            self.program.send(text, files)
            self.assertEqual(self.program.answer(), (REFUSED, None))
        self.assertEqual(self.program.ask(good, to_source=IDENTITY)[0], OK)

    def test_pixels_may_begin_anywhere_in_the_file(self):
        picture = lines(2)
        moved = raw(picture.width, picture.height, b"P5" + picture.pixels)
        self.assertEqual(text_of(self.program.read(moved, offset=2)),
                         picture.text)


class Starting(unittest.TestCase):
    def run_program(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True)

    def test_it_tells_what_languages_there_are(self):
        done = self.run_program("--list-languages")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        names = done.stdout.split()
        self.assertIn("eng", names)
        self.assertNotIn("osd", names)
        self.assertEqual(names, sorted(names))

    def test_a_folder_without_any_has_none(self):
        for folder in ("/nonexistent", os.path.dirname(__file__)):
            done = self.run_program("--list-languages", "--tessdata", folder)
            self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_it_is_started_by_a_pool_alone(self):
        for arguments in ((), ("--languages", "eng"), ("--tessdata",),
                          ("--list-languages", "x")):
            done = self.run_program(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("usage", done.stderr)

    def test_without_the_training_data_it_does_not_start(self):
        for arguments in (("--languages", "xxx"), ("--languages", "eng+"),
                          ("--languages", "eng+~xxx"), ("--languages", ""),
                          ("--languages", "../eng"), ("--languages", "osd"),
                          ("--languages", "eng", "--tessdata", "/nonexistent")):
            program = Program(*arguments)
            self.assertEqual(program.greeting(), "")
            self.assertEqual(program.close(), 1, arguments)
