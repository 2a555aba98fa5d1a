# SPDX-License-Identifier: Apache-2.0
"""Filestack's `ocr` task: the vendor's shape of what a picture says, for whom,
and how often it is read."""
import ocr_pictures
from apis import assert_refused, filestack_store, metric
from filestack_cdn import CdnTest
from filestack_policy import secure
from harness import Server
from ocr_pictures import Run
from policies import in_query, in_task, make
from rawhttp import form, request


def sheet(*lines):
    return ocr_pictures.sheet(800, 80 + 80 * len(lines), [
        [Run(40, 80 + 80 * i, text)] for i, text in enumerate(lines)])


NOTE = sheet("Filestack can detect", "printed texts")


class OcrTest(CdnTest):
    def policy(self, *calls, **members):
        return in_task(make(self.server.secret, *calls, **members))

    def read(self, handle, tasks=None):
        response = self.get(f"/{tasks or self.policy('convert')}/ocr/{handle}")
        answer = self.assert_json(response)
        self.assertEqual(set(answer), {"document", "text"})
        self.assertEqual(set(answer["document"]), {"text_areas"})
        return answer

    def assert_box(self, box, width, height):
        self.assertEqual(len(box), 4)
        for corner in box:
            self.assertEqual(set(corner), {"x", "y"})
            self.assertTrue(0 <= corner["x"] <= width, box)
            self.assertTrue(0 <= corner["y"] <= height, box)
        (x0, x1, x2, x3), (y0, y1, y2, y3) = (
            [corner[axis] for corner in box] for axis in "xy")
        self.assertGreater(x1 + x2, x0 + x3)
        self.assertGreater(y2 + y3, y0 + y1)

    def assert_within(self, inner, outer):
        for axis in "xy":
            self.assertGreaterEqual(min(c[axis] for c in inner),
                                    min(c[axis] for c in outer))
            self.assertLessEqual(max(c[axis] for c in inner),
                                 max(c[axis] for c in outer))

    def test_areas_lines_and_words_have_texts_and_boxes(self):
        answer = self.read(self.store(NOTE.png()))
        self.assertEqual(answer["text"], NOTE.text)
        areas = answer["document"]["text_areas"]
        self.assertEqual("\n".join(area["text"] for area in areas), NOTE.text)
        for area in areas:
            self.assertEqual(set(area), {"bounding_box", "lines", "text"})
            self.assert_box(area["bounding_box"], NOTE.width, NOTE.height)
            self.assertEqual(area["text"], "\n".join(
                line["text"] for line in area["lines"]))
            for line in area["lines"]:
                self.assertEqual(set(line), {"bounding_box", "text", "words"})
                self.assert_box(line["bounding_box"], NOTE.width, NOTE.height)
                self.assert_within(line["bounding_box"], area["bounding_box"])
                self.assertEqual(" ".join(
                    word["text"] for word in line["words"]), line["text"])
                for word in line["words"]:
                    self.assertEqual(set(word), {"bounding_box", "text"})
                    self.assert_box(word["bounding_box"], NOTE.width,
                                    NOTE.height)

    def test_what_has_no_text_and_what_has_pages(self):
        answer = self.read(self.store())
        self.assertEqual(answer, {"document": {"text_areas": []}, "text": ""})
        pages = ocr_pictures.pdf([sheet("The first page"), sheet("Another")])
        answer = self.read(self.store(pages, "two.pdf"))
        self.assertEqual(answer["text"], "The first page")

    def test_it_is_read_once_for_all_apis(self):
        handle = self.store(sheet("Read only once").png(), "once.png",
                            path="/once.png")
        before = metric(self.server, "stowage_ocr_pages_total")
        for _ in range(3):
            self.assertEqual(self.read(handle)["text"], "Read only once")
        response = request(
            self.server, "POST", "/v1/vocr",
            {"x-api-key": self.server.secret,
             "Content-Type": "application/json"},
            b'{"file_store_key":"once.png"}', 60)
        self.assertEqual(response.json()["context"], "Read only once")
        self.assertEqual(metric(self.server, "stowage_ocr_pages_total"),
                         before + 1)

    def test_it_takes_a_policy_or_the_secret(self):
        handle = self.store(sheet("Not for anybody").png())
        secret = self.server.secret
        for tasks in ("", self.policy("read") + "/", self.policy(
                "convert", handle="x" * 20) + "/", self.policy(
                "convert", expiry=1) + "/", in_task(make(
                    "another secret", "convert")) + "/"):
            with self.subTest(tasks):
                response = self.get(f"/{tasks}ocr/{handle}")
                self.assert_said(response, 403)
                self.assertNotIn(b"anybody", response.body)
        self.assertEqual(self.read(handle)["text"], "Not for anybody")
        self.assert_said(self.get(f"/ocr/{handle}"), 403)
        for answer in (
                self.get(f"/ocr/{handle}", self.app()),
                self.get(in_query(f"/ocr/{handle}", make(secret, "convert"))),
                self.get(f"/{self.policy('convert', handle=handle)}/ocr/"
                         f"{handle}")):
            self.assertEqual(self.assert_json(answer)["text"],
                             "Not for anybody")
        hidden = self.private(sheet("Hidden away").png())
        response = self.get(f"/{self.policy('convert')}/ocr/{hidden}")
        if response.status == 200:
            self.assertEqual(response["Cache-Control"], "private, no-store")
        else:
            self.assert_said(response, 403)
            self.assertNotIn(b"Hidden", response.body)

    def test_who_reads_it_keeps_it_alone(self):
        """Not a cache, which would show it to others, or past its policy."""
        handle = self.store(sheet("For one alone").png())
        proof = make(self.server.secret, "convert")
        for tasks in "ocr", "cache=expiry:3600/ocr", "cache=false/ocr":
            path = f"/{tasks}/{handle}"
            for target, headers in ((path, self.app()),
                                    (in_query(path, proof), {}),
                                    (f"/{in_task(proof)}{path}", {})):
                with self.subTest(target):
                    response = self.get(target, headers)
                    self.assert_json(response)
                    self.assertEqual(response["Cache-Control"],
                                     "private, no-store")

    def test_a_policy_may_name_the_urls(self):
        page = sheet("Elsewhere")
        url = self.origin().add("/page.png", page.png(), "image/png")
        app = "/" + self.server.public
        for allowed, status in ((url, 200), ("http://other[.]test/.*", 403)):
            policy = self.policy("convert", url=allowed)
            response = self.get(f"{app}/{policy}/ocr/{url}")
            self.assertEqual(response.status, status, response)
            self.assertEqual(page.text.encode() in response.body,
                             status == 200)

    def test_what_cannot_be_read(self):
        convert = self.policy("convert")
        handle = self.store(b"no picture at all", "a.txt")
        response = self.get(f"/{convert}/ocr/{handle}")
        self.assertIn(response.status, (400, 415), response)
        self.assert_said(response, response.status)
        good = self.store(NOTE.png())
        self.assert_said(self.get(f"/{convert}/resize=w:9/ocr/{good}"), 501,
                         "`ocr` task")
        self.assert_said(self.get(f"/{convert}/ocr/{'x' * 20}"), 404)

    def test_without_recognition_the_setting_is_named(self):
        with Server(ocr="off") as server:
            handle = filestack_store(server, form(
                ("f", NOTE.png(), "a.png"))).json()["handle"]
            proof = in_task(make(server.secret, "convert"))
            response = request(server, "GET", f"/{proof}/ocr/{handle}")
            assert_refused(self, "filestack", response, 501, "--ocr", True)


class SecuredOcrTest(CdnTest):
    def test_a_secured_application_is_no_more_open(self):
        handle = self.store(sheet("Behind a wall").png())
        secure(self.server)
        self.assert_said(self.get(f"/ocr/{handle}"), 403)
        proof = in_task(make(self.server.secret, "convert"))
        answer = self.assert_json(self.get(f"/{proof}/ocr/{handle}"))
        self.assertEqual(answer["text"], "Behind a wall")
