# SPDX-License-Identifier: Apache-2.0
"""vOCR's prompts without a model, the whole way: the receipts and invoices of
tests/receipts as pictures."""
import json
import os
import re

from apis import api_key
from harness import TOP, WireTest, release_only, takes_long
from ocr_pictures import MONO, SANS, Run, receipt, sheet
from rawhttp import form, request

STEP, LETTER = 64, 27       # pixels between lines; a column of letters


def receipts(name):
    """(name, text, [(key, description or None, values or None)])"""
    path = os.path.join(TOP, "tests", "receipts", name)
    with open(path, encoding="utf-8") as f:
        for part in f.read().split("=== ")[1:]:
            title, rest = part.split("\n", 1)
            text, keys = rest.split("\n---\n")
            yield title, text, [asked(line) for line in keys.splitlines()
                                if line]


def asked(line):
    key, want = line.rsplit(" = ", 1)
    values = None if want == "-" else \
        want.replace("\\n", "\n").split(" ; ")
    if key.startswith("{"):
        (key, description), = json.loads(key).items()
        return key, description, values
    return key, None, values


def picture(text, font):
    """What is apart by one blank is drawn as one run, so that columns stay."""
    rows = text.split("\n")
    lines = [[Run(80 + LETTER * m.start(), 100 + STEP * i, m[0], font, 44)
              for m in re.finditer(r"\S+(?: \S+)*", row)]
             for i, row in enumerate(rows)]
    return sheet(240 + LETTER * max(map(len, rows)), 160 + STEP * len(rows),
                 [line for line in lines if line])


@takes_long
@release_only
class ReceiptTest(WireTest):
    def context(self, image, keys):
        """Names as an array, those with descriptions as an object."""
        context = {}
        for prompt in ([key for key, what, _ in keys if what is None],
                       {key: what for key, what, _ in keys if what}):
            if not prompt:
                continue
            kind, body = form(("file", image, "receipt.png", "image/png"),
                              ("body", json.dumps({"prompt": prompt})))
            response = request(self.server, "POST", "/v1/vocr",
                               {**api_key(self.server.secret), **kind}, body,
                               120)
            self.assertEqual(response.status, 200, response)
            context.update(response.json()["context"])
        return context

    def check(self, name, font):
        right = total = 0
        wrong, invented = [], []
        for title, text, keys in receipts(name):
            context = self.context(picture(text, font).png(), keys)
            for key, _, values in keys:
                total += 1
                right += context[key] == values
                if context[key] != values:
                    wrong.append((title, key, context[key], values))
                if values is None and context[key]:
                    invented.append((title, key, context[key]))
        self.assertEqual(invented, [])
        self.assertGreaterEqual(right, 0.95 * total, wrong)

    def test_the_first_in_letters_of_print(self):
        self.check("first.txt", SANS)

    def test_the_second_in_letters_of_print(self):
        self.check("second.txt", SANS)

    def test_the_third_in_letters_of_print(self):
        self.check("third.txt", SANS)

    def test_the_third_in_letters_of_tills(self):
        self.check("third.txt", MONO)

    def test_the_seventh_in_letters_of_tills(self):
        self.check("seventh.txt", MONO)

    def test_a_date_beside_a_receipts_number_is_the_receipts(self):
        for seed in (1, 5, 9):
            paper = receipt(seed)
            date = re.search(r"\d{4}-\d\d-\d\d", paper.text)[0]
            context = self.context(paper.png(), [("date", None, None)])
            self.assertEqual(context, {"date": [date]})
