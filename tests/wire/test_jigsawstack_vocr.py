# SPDX-License-Identifier: Apache-2.0
"""vOCR: what a picture or a document says, in the vendor's shape."""
import concurrent.futures
import contextlib
import os
import signal
import sqlite3
import struct
import zlib

import ocr_pictures
import pictures
import samples
from apis import (api_key, assert_refused, imagekit_upload, jigsawstack_read,
                  jigsawstack_upload, stashfyle_upload)
from harness import WireTest, takes_long, wait_until
from ocr_pictures import error_rate, small
from rawhttp import Connection, build, form, request
from tenants import add_account, add_key
from vocr import ask, assert_answer, text_of

RECEIPT = ocr_pictures.receipt()
BLANK = samples.png(60, 40)


def small_pdf(n):
    return ocr_pictures.pdf([small(f"This is page {i + 1}")
                             for i in range(n)])


def many_pages(n):
    """A PDF of n pages of the same words, in few bytes."""
    text = b"BT /F 24 Tf 20 60 Td (Every page says this) Tj ET"
    objects = [b"<</Type/Catalog/Pages 2 0 R>>",
               b"<</Type/Pages/Count %d/Kids[%s]>>" % (n, b" ".join(
                   b"%d 0 R" % (5 + i) for i in range(n))),
               b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
               b"<</Length %d>>stream\n%s\nendstream" % (len(text), text)]
    objects += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 120]/Contents "
                b"4 0 R/Resources<</Font<</F 3 0 R>>>>>>"] * n
    return ocr_pictures.assemble_pdf(objects)


def encrypted():
    """Nothing opens it."""
    page = small_pdf(1)
    return page.replace(b"trailer<<", b"trailer<</Encrypt<</Filter/Standard"
                        b"/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<%s><%s>]" % (
                            (b"17" * 32), (b"29" * 32), b"31" * 16,
                            b"31" * 16))


def store(server, key, data, **options):
    response = jigsawstack_upload(server, key, data, overwrite="true",
                                  **options)
    if response.status != 200:
        raise AssertionError(response)


class PictureTest(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        store(cls.server, "receipt.png", RECEIPT.png())
        cls.key = {"file_store_key": "receipt.png"}

    def ask(self, *args, bounds=True, **more):
        return assert_answer(self, ask(self.server, *args, **more), bounds)

    def assert_receipt(self, answer):
        self.assertEqual((answer["width"], answer["height"]),
                         (RECEIPT.width, RECEIPT.height))
        self.assertNotIn("total_pages", answer)
        self.assertNotIn("page_range", answer)
        read = " ".join(text_of(answer).split())
        for word in ("CORNER", "MARKET", "Subtotal", "TOTAL"):
            self.assertIn(word, read)

    def test_the_readmes_way(self):
        kind, body = form(("file", RECEIPT.png(), "blob", "image/png"),
                          ("body", '{"filename":"from/readme.png"}'))
        done = request(self.server, "POST", "/v1/store/file",
                       {**api_key(self.server.secret), **kind}, body)
        self.assertEqual(done.json()["key"], "from/readme.png")
        answer = self.ask({"prompt": "Extract all the text",
                           "file_store_key": "from/readme.png"})
        self.assert_receipt(answer)
        self.assertIsInstance(answer["context"], str)
        self.assertIn("CORNER MARKET", answer["context"])

    def test_every_way_in_has_the_same_answer(self):
        origin = self.origin()
        url = origin.url + "/receipt.png"
        origin.pages["/receipt.png"] = (200, {"Content-Type": "image/png"},
                                        RECEIPT.png())
        s = self.server
        answers = [self.ask(self.key), self.ask({"url": url}),
                   self.ask({}, file=RECEIPT.png())]
        for body, kind in ((RECEIPT.png(), "image/png"),
                           (RECEIPT.png(), "application/octet-stream")):
            answers.append(assert_answer(self, request(
                s, "POST", "/v1/vocr", {**api_key(s.secret),
                                        "Content-Type": kind}, body, 60)))
        for answer in answers:
            self.assert_receipt(answer)
            self.assertEqual(answer["sections"], answers[0]["sections"])

    def test_prompts_that_are_texts(self):
        for prompt in (None, "", "Extract all the text", "x"):
            answer = self.ask({**self.key, "prompt": prompt})
            self.assertIsInstance(answer["context"], str)
            self.assertIn("TOTAL", answer["context"])

    def test_prompts_of_names_give_an_object_of_them(self):
        names = ["total", "Tax", "no such thing at all", "ü"]
        for prompt in (names, {name: "what it is" for name in names}):
            context = self.ask({**self.key, "prompt": prompt})["context"]
            self.assertEqual(list(context), names)
            for values in context.values():
                self.assertTrue(values is None or values and all(
                    isinstance(value, str) for value in values), context)
            self.assertIsNone(context["no such thing at all"])
        for fields in ([("prompt", "['total', 'tax']")],
                       [("prompt", "total"), ("prompt", "tax")],
                       [("prompt[]", "total"), ("prompt[]", "tax")],
                       [("prompt[1]", "tax"), ("prompt[0]", "total")],
                       [("prompt[total]", "x"), ("prompt[tax]", "y")]):
            kind, body = form(("file", RECEIPT.png(), "f"), *fields)
            answer = assert_answer(self, request(
                self.server, "POST", "/v1/vocr",
                {**api_key(self.server.secret), **kind}, body, 60))
            self.assertEqual(list(answer["context"]), ["total", "tax"])

    def test_without_bounds(self):
        for value in (False, "false", "False"):
            answer = self.ask({**self.key, "return_bounds": value},
                              bounds=False)
            self.assert_receipt(answer)
        self.ask({**self.key, "return_bounds": True})

    def test_fine_grained(self):
        self.assert_receipt(self.ask({**self.key, "fine_grained": True}))

    def test_says_where_its_context_comes_from(self):
        response = ask(self.server, self.key)
        self.assertEqual(response["X-Stowage-Context"], "rules")
        self.assertIn("X-Stowage-Context",
                      response["Access-Control-Expose-Headers"])

    @takes_long
    def test_formats(self):
        picture = small("Hello from every format")
        files = {"jpeg": picture.jpeg(90), "webp": picture.file("webp"),
                 "pgm.png": picture.png(), "gif": picture.file("gif"),
                 "tiff": picture.file("tiff")}
        for name, data in files.items():
            with self.subTest(name):
                answer = self.ask({}, file=data)
                self.assertEqual((answer["width"], answer["height"]),
                                 (picture.width, picture.height))
                self.assertEqual(text_of(answer), picture.text)

    def test_a_picture_that_is_stored_turned(self):
        """Bounds are of the pixels as they are stored."""
        picture = small("Turned by its camera", "and upright again")
        stored = picture.turned(90)
        data = pictures.jpeg_with_exif(stored.jpeg(95), 8)
        answer = self.ask({}, file=data)
        self.assertEqual((answer["width"], answer["height"]),
                         (stored.width, stored.height))
        self.assertEqual(text_of(answer), picture.text)

    def test_no_text(self):
        for data in (BLANK, samples.png(1, 1), samples.png(1, 300),
                     samples.jpeg()):
            answer = self.ask({}, file=data)
            self.assertIs(answer["has_text"], False)
            self.assertEqual(answer["sections"], [])
            self.assertEqual(answer["context"], "")
        context = self.ask({"prompt": ["a", "b"]}, file=BLANK)["context"]
        self.assertEqual(context, {"a": None, "b": None})

    def test_a_range_of_a_picture(self):
        answer = self.ask({**self.key, "page_range": [1, 9]})
        self.assertEqual(answer["page_range"], [1, 1])
        assert_refused(self, "jigsawstack", ask(
            self.server, {**self.key, "page_range": [2, 3]}), 400, "page")

    def test_files_of_the_other_apis(self):
        data = small("Stored by another").png()
        self.assertEqual(imagekit_upload(
            self.server, (data, "ik.png"), fileName="ik.png",
            useUniqueFileName="false").status, 200)
        answer = self.ask({"file_store_key": "ik.png"})
        self.assertEqual(text_of(answer), "Stored by another")
        draft = imagekit_upload(
            self.server, (data, "draft.png"), fileName="draft.png",
            useUniqueFileName="false", isPublished="false")
        self.assertEqual(draft.status, 200, draft)
        granted = add_key(self.server, api=["vocr"])
        key = {"file_store_key": "draft.png"}
        self.ask(key)
        assert_refused(self, "jigsawstack",
                       ask(self.server, key, who=granted), 403)


class RefusalTest(WireTest):
    def refused(self, response, status, text=None):
        assert_refused(self, "jigsawstack", response, status, text)

    def test_options_that_cannot_be(self):
        store(self.server, "p.png", BLANK)
        for options in ({"page_range": [0]}, {"page_range": [-1, 1]},
                        {"page_range": [3, 1]}, {"page_range": [1, 12]},
                        {"page_range": [1, 99]}, {"page_range": "1"},
                        {"page_range": [1.5, 2]}, {"prompt": 1},
                        {"prompt": []}, {"prompt": [1]},
                        {"prompt": ["x"] * 65}, {"prompt": {"a": {}}},
                        {"prompt": "x" * 10_000}, {"prompt": ["x" * 2000]},
                        {"fine_grained": "maybe"}, {"return_bounds": 2}):
            name = list(options)[0]
            with self.subTest(options), self.nothing_left():
                self.refused(ask(self.server, {
                    "file_store_key": "p.png", **options}), 400, name)
                self.refused(ask(self.server, options, file=BLANK), 400, name)

    def test_what_is_no_picture(self):
        png = RECEIPT.png()
        for name, data in (
                ("empty", b""), ("text", b"hello\n" * 20),
                ("cut", png[:60]), ("only a signature", png[:8]),
                ("zip", b"PK\x03\x04" + bytes(100)),
                ("html", b"<!DOCTYPE html><p>hello"),
                ("broken pdf", b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n"),
                ("encrypted pdf", encrypted()),
                ("noise", samples.noise(5000))):
            with self.subTest(name):
                store(self.server, "no", data or b" ")
                self.refused(ask(self.server, {"file_store_key": "no"}), 400)
                with self.nothing_left():
                    self.refused(ask(self.server, {}, file=data), 400)

    def test_bombs(self):
        """More pixels than are read, by their headers."""
        small_png = samples.png(3, 2)
        for width, height in ((30_000, 30_000), (2**31 - 1, 2**31 - 1)):
            head = struct.pack(">4sIIBBBBB", b"IHDR", width, height,
                               *small_png[24:29])
            bomb = small_png[:12] + head + struct.pack(
                ">I", zlib.crc32(head)) + small_png[33:]
            response = ask(self.server, {}, file=bomb)
            self.assertIn(response.status, (400, 413))
            self.refused(response, response.status)

    @takes_long
    def test_recognises_after_a_helper_was_killed(self):
        store(self.server, "r.png", RECEIPT.png())
        for _ in range(3):
            for pid in pictures.helpers(self.server):
                with contextlib.suppress(OSError):
                    name = open(f"/proc/{pid}/comm", encoding="ascii").read()
                    if name.strip() == "stowage-ocr":
                        os.kill(pid, signal.SIGKILL)
            response = ask(self.server, {}, RECEIPT.png())
            if response.status != 200:
                self.refused(response, response.status)
        assert_answer(self, ask(self.server, {"file_store_key": "r.png"}))


class DocumentTest(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        store(cls.server, "three.pdf", small_pdf(3))
        store(cls.server, "long.pdf", small_pdf(12))
        store(cls.server, "endless.pdf", many_pages(10_000))

    def read(self, key, **options):
        response = ask(self.server, {"file_store_key": key, **options},
                       timeout=120)
        return assert_answer(self, response)

    def pages(self, answer):
        return [int(line.split()[-1]) for line in text_of(answer).split("\n")]

    @takes_long
    def test_all_pages_of_a_short_one(self):
        answer = self.read("three.pdf")
        self.assertEqual(answer["total_pages"], 3)
        self.assertNotIn("page_range", answer)
        self.assertEqual(self.pages(answer), [1, 2, 3])
        self.assertEqual(len(answer["sections"]), 3)

    def test_a_range_is_cut_to_what_there_is(self):
        for asked, given in (([1, 9], [1, 3]), ([2, 2], [2, 2]),
                             ([2, 11], [2, 3]), ([3, 3], [3, 3])):
            answer = self.read("three.pdf", page_range=asked)
            self.assertEqual(answer["page_range"], given)
            self.assertEqual(answer["total_pages"], 3)
            self.assertEqual(self.pages(answer),
                             list(range(given[0], given[1] + 1)))
        for asked in ([4, 5], [1_000_000, 1_000_001]):
            assert_refused(self, "jigsawstack", ask(self.server, {
                "file_store_key": "three.pdf", "page_range": asked}), 400,
                "page")

    @takes_long
    def test_a_longer_one_is_read_in_parts(self):
        answer = self.read("long.pdf")
        self.assertEqual((answer["total_pages"], answer["page_range"]),
                         (12, [1, 10]))
        self.assertEqual(self.pages(answer), list(range(1, 11)))
        answer = self.read("long.pdf", page_range=[11, 20])
        self.assertEqual(answer["page_range"], [11, 12])
        self.assertEqual(self.pages(answer), [11, 12])

    def test_ten_thousand_pages(self):
        answer = self.read("endless.pdf", page_range=[9_999, 10_003])
        self.assertEqual((answer["total_pages"], answer["page_range"]),
                         (10_000, [9_999, 10_000]))
        self.assertEqual(text_of(answer), "\n".join(
            ["Every page says this"] * 2))

    def test_what_is_sent_is_read_like_what_is_stored(self):
        sent = assert_answer(self, ask(self.server, {"page_range": [2, 3]},
                                       file=small_pdf(3)))
        stored = self.read("three.pdf", page_range=[2, 3])
        self.assertEqual(sent["sections"], stored["sections"])
        self.assertEqual(sent["page_range"], [2, 3])

    @takes_long
    def test_what_is_deleted_meanwhile_is_read_to_its_end(self):
        store(self.server, "gone.pdf", small_pdf(6))
        with Connection(self.server, 120) as connection:
            connection.send(build(
                "POST", "/v1/vocr", self.server.authority,
                {**api_key(self.server.secret),
                 "Content-Type": "application/json"},
                b'{"file_store_key":"gone.pdf","fine_grained":true}'))
            # its first page is being read: it was found
            wait_until(lambda: ocr_is_busy(self.server))
            jigsawstack_read(self.server, "gone.pdf", method="DELETE")
            answer = assert_answer(self, connection.read())
        self.assertEqual(self.pages(answer), list(range(1, 7)))
        assert_refused(self, "jigsawstack", ask(
            self.server, {"file_store_key": "gone.pdf"}), 404)

    @takes_long
    def test_who_asks_for_much_does_not_keep_others_waiting(self):
        secret, _ = add_account(self.server, "busy")
        data = small_pdf(10)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            much = [pool.submit(ask, self.server, {}, data, secret, 300)
                    for _ in range(6)]
            wait_until(lambda: ocr_is_busy(self.server))
            assert_answer(self, ask(self.server, {}, RECEIPT.png()))
            self.assertFalse(all(job.done() for job in much))
            for job in much:
                response = job.result()
                if response.status != 200:
                    assert_refused(self, "jigsawstack", response, 503)


def ocr_is_busy(server):
    """Whether a stowage-ocr is running on a processor."""
    for pid in pictures.helpers(server):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                name, rest = f.read().split("(", 1)[1].rsplit(")", 1)
            if name == "stowage-ocr" and rest.split()[0] == "R":
                return True
    return False


class ExpiredTest(WireTest):
    options = {"sweep_interval": "1h"}

    def test_what_has_expired_is_not_there_kept_text_or_not(self):
        key = {"file_store_key": "late.png"}
        store(self.server, "late.png", small("Too late").png())
        answer = assert_answer(self, ask(self.server, key))
        self.assertEqual(text_of(answer), "Too late")
        self.server.stop()
        path = os.path.join(self.server.data, "stowage.db")
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE file SET expires_at = 1")
        self.server.start()
        assert_refused(self, "jigsawstack", ask(self.server, key), 404)


class OffTest(WireTest):
    options = {"ocr": "off"}

    def test_says_what_it_lacks(self):
        for file in (None, RECEIPT.png()):
            store(self.server, "r.png", RECEIPT.png())
            options = {} if file else {"file_store_key": "r.png"}
            assert_refused(self, "jigsawstack",
                           ask(self.server, options, file), 501, "--ocr")
        assert_refused(self, "jigsawstack",
                       ask(self.server, {"file_store_key": "none"}), 404)
        assert_refused(self, "jigsawstack", ask(self.server, {}), 400)


class TimeTest(WireTest):
    options = {"ocr_timeout": "100ms"}

    def test_what_takes_too_long_is_400(self):
        page = ocr_pictures.page(n_lines=40).png()

        def refusal():
            response = ask(self.server, {}, page)
            busy = response.status == 503  # on a machine that is
            return None if busy else response
        assert_refused(self, "jigsawstack", wait_until(refusal), 400, "long")


class QueueTest(WireTest):
    options = {"ocr_helpers": "1", "ocr_queue": "1"}

    @takes_long
    def test_a_full_queue_asks_to_come_again(self):
        data = small_pdf(10)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(
                lambda _: ask(self.server, {}, data, timeout=300), range(8)))
        refused = [a for a in answers if a.status != 200]
        self.assertTrue(refused)
        for response in refused:
            assert_refused(self, "jigsawstack", response, 503)
            self.assertGreaterEqual(int(response["Retry-After"]), 1)
