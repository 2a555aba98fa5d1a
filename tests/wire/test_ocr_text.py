# SPDX-License-Identifier: Apache-2.0
"""How much of what stowage-ocr reads is wrong, in pictures whose text is known,
beside what the plain `tesseract` command gets wrong of the same picture. The
table of docs/internals/ocr.md is of these cases."""
import os
import subprocess

from ocr_pictures import (MONO, OPEN, columns, error_rate, headed_columns,
                          leaders, page, receipt, slip, table, words_table)
from ocr_program import OcrCase, text_of

import harness

# What may be wrong: the aims of docs/internals/ocr.md.
CLEAN, TURNED, COLUMNS, RECEIPT, POOR = 0.005, 0.015, 0.02, 0.03, 0.05
# Of a page of a few lines a character is that much.
LEEWAY = 0.002


def photo(degrees, **light):
    return receipt(4).turned(degrees, "gray15").framed(120) \
        .shaded(light.get("least", 35)).blurred(0.7).noisy(2)


def lines(n=8, **kinds):
    return page(n_lines=n, **kinds)


CASES = {
    "a page": (CLEAN, lines),
    "a page in Open Sans": (CLEAN, lambda: lines(font=OPEN)),
    "a page of typewriting": (CLEAN, lambda: lines(font=MONO, size=40)),
    "turned by 90": (TURNED, lambda: lines().turned(90)),
    "turned by 180": (TURNED, lambda: lines().turned(180)),
    "turned by 270": (TURNED, lambda: lines().turned(270)),
    "5 degrees askew": (TURNED, lambda: lines().turned(5)),
    "5 degrees askew the other way": (TURNED, lambda: lines().turned(-5)),
    "askew on its side": (TURNED, lambda: lines().turned(87)),
    "two columns": (COLUMNS, lambda: columns(12)),
    "a table": (POOR, table),
    "a table without rules": (POOR, lambda: table(rules=False)),
    "a table of words": (POOR, words_table),
    "headings over columns, turned by 180":
        (COLUMNS, lambda: headed_columns().turned(180)),
    "dots that lead to amounts": (RECEIPT, leaders),
    "a receipt": (RECEIPT, receipt),
    "a receipt turned by 180": (RECEIPT, lambda: receipt(6).turned(180)),
    "a slip": (RECEIPT, slip),
    "a small slip": (RECEIPT, lambda: slip(size=20)),
    "a large slip turned by 180": (RECEIPT,
                                   lambda: slip(size=36).turned(180)),
    "a photograph of a receipt": (RECEIPT, lambda: photo(3)),
    "a photograph on its side": (RECEIPT, lambda: photo(-86)),
    "noise": (POOR, lambda: lines().noisy(30)),
    "specks": (POOR, lambda: lines().speckled(4)),
    "low contrast": (POOR, lambda: lines().pale(45, 60)),
    "low contrast and noise": (POOR, lambda: lines().pale(40, 70).noisy(3)),
    "a shadow": (POOR, lambda: lines().shaded(20)),
    "a lamp": (POOR, lambda: lines().shaded(20, "radial-gradient")),
    "white on black": (POOR, lambda: lines().negative()),
    "a notice, white on black": (POOR, lambda: lines(6).negative(331, 463)),
    "150 dots an inch": (POOR, lambda: lines().scaled(0.5)),
    "75 dots an inch": (POOR, lambda: lines().scaled(0.25)),
    "twice as large": (CLEAN, lambda: lines(4).scaled(2)),
}


def plain(picture):
    """What the command makes of it."""
    return subprocess.run(
        ["tesseract", "stdin", "stdout"], input=picture.pgm(), check=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"}).stdout.decode()


@harness.takes_long
@harness.release_only
class Text(OcrCase):
    def test_little_is_wrong_and_no_more_than_by_the_command(self):
        for name, (limit, make) in CASES.items():
            picture = make()
            with self.subTest(name):
                read = self.program.read(picture)
                wrong = error_rate(picture.text, text_of(read))
                command = error_rate(picture.text, plain(picture))
                print(f"{name}: {wrong:.2%}, {command:.2%} by the command")
                self.assertLessEqual(wrong, limit)
                self.assertLessEqual(wrong, command + LEEWAY)
                self.check_boxes(picture, read, 0.5)
