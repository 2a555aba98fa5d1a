# SPDX-License-Identifier: Apache-2.0
"""stowage-ocr: what it reads in pictures whose text is known."""
import subprocess
import unittest

import ocr_pictures
import ocr_program


class ProgramCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = ocr_program.Program()
        cls.addClassCleanup(cls.program.close)
        cls.greeting = cls.program.greeting()


class Reading(ProgramCase):
    def test_text_comes_with_boxes(self):
        picture = ocr_pictures.page(n_lines=3)
        page = self.program.read(picture)
        self.assertEqual(ocr_program.text_of(page), picture.text)
        self.assertEqual((page["width"], page["height"]),
                         (picture.width, picture.height))
        words = ocr_program.words_of(page)
        for found, word in zip(words, picture.words, strict=True):
            self.assertEqual(found["text"], word.text)
            self.assertGreater(found["confidence"], 0.5)

    def test_a_picture_without_text_has_none(self):
        blank = ocr_pictures.sheet(300, 200, [])
        self.assertEqual(self.program.read(blank),
                         {"width": 300, "height": 200, "sections": []})


class Starting(unittest.TestCase):
    def run_program(self, *arguments):
        return subprocess.run([ocr_program.PROGRAM, *arguments],
                              stdin=subprocess.DEVNULL, text=True,
                              capture_output=True)

    def test_it_tells_what_languages_there_are(self):
        done = self.run_program("--list-languages")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        names = done.stdout.split()
        self.assertIn("eng", names)
        self.assertNotIn("osd", names)
        self.assertEqual(names, sorted(names))

    def test_it_is_started_by_a_pool_alone(self):
        for arguments in ((), ("--languages", "eng"), ("--tessdata",),
                          ("--list-languages", "x")):
            done = self.run_program(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("usage", done.stderr)
