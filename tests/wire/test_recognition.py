# SPDX-License-Identifier: Apache-2.0
"""How a server reads the text of files: whatever they are, in turns, once, and
with helpers that die. What is read well: test_ocr.py; what is said of it:
test_jigsawstack_vocr.py."""
import concurrent.futures
import contextlib
import functools
import json
import os
import pathlib
import signal
import socket
import struct
import tempfile
import unittest
import zlib

import ocr_pictures
import vocr
from apis import (api_key, assert_refused, imagekit_upload,
                  jigsawstack_upload, metric)
from harness import Server, WireTest, stowage, takes_long, wait_until
from ocr_pictures import Run, overlap
from pictures import chunk, flat_png, jpeg_with_exif
from rawhttp import Connection, build, form, request
from tenants import add_key, revoke_key

JSON = {"Content-Type": "application/json"}


@functools.cache
def note(*lines):
    """A small picture of some lines."""
    lines = lines or ("Invoice 12345", "Total 42.50 EUR")
    return ocr_pictures.sheet(
        700, 60 + 80 * len(lines),
        [[Run(40, 80 + 80 * i, text)] for i, text in enumerate(lines)])


def readers(server):
    """Process ids of the server's stowage-ocr."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text()
                if "(stowage-ocr)" in stat and \
                        stat.rsplit(")", 1)[1].split()[1] == \
                        str(server.process.pid):
                    found.append(int(entry.name))
    return found


def send(server, body, **options):
    """bytes: the file; a text: the key of a stored one."""
    if isinstance(body, bytes):
        headers, body = form(("file", body, "file"),
                             ("body", json.dumps(options)))
    else:
        headers = JSON
        body = json.dumps({"file_store_key": body, **options}).encode()
    return request(server, "POST", "/v1/vocr",
                   {**api_key(server.secret), **headers}, body)


class Recognition(WireTest):
    options = {"ocr": "on", "ocr_helpers": 2}

    def read(self, body, **options):
        response = send(self.server, body, **options)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def store(self, key, data):
        response = jigsawstack_upload(self.server, key, data, overwrite="true")
        self.assertEqual(response.status, 200, response)
        return key

    def pages_read(self):
        return metric(self.server, "stowage_ocr_pages_total")

    @contextlib.contextmanager
    def held(self):
        """All that read are stopped; they go on afterwards."""
        self.read(note("warm").png())
        pids = readers(self.server)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield pids
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


def words_of(answer):
    return [(word["text"], [(word["bounds"][corner]["x"],
                             word["bounds"][corner]["y"])
                            for corner in ("top_left", "top_right",
                                           "bottom_right", "bottom_left")])
            for section in answer["sections"] for line in section["lines"]
            for word in line["words"]]


# What makes of an upright picture the one that is stored, and where a point of
# it is then (EXIF 2.3, orientation).
STORED = {
    1: ([], lambda x, y, w, h: (x, y)),
    2: (["-flop"], lambda x, y, w, h: (w - x, y)),
    3: (["-rotate", "180"], lambda x, y, w, h: (w - x, h - y)),
    4: (["-flip"], lambda x, y, w, h: (x, h - y)),
    5: (["-transpose"], lambda x, y, w, h: (y, x)),
    6: (["-rotate", "270"], lambda x, y, w, h: (y, h - x)),
    7: (["-transverse"], lambda x, y, w, h: (w - y, h - x)),
    8: (["-rotate", "90"], lambda x, y, w, h: (w - y, x)),
}


class FilesTest(Recognition):
    def test_boxes_are_of_the_file_as_it_is_stored(self):
        upright = note()
        for orientation, (how, move) in STORED.items():
            with self.subTest(orientation):
                stored = upright.changed(*how, move=move)
                answer = self.read(jpeg_with_exif(
                    stored.file("jpeg", "-strip", "-quality", "92"),
                    orientation))
                self.assertEqual(
                    (answer["width"], answer["height"]),
                    (stored.width, stored.height))
                self.assertEqual(answer["context"], upright.text)
                for got, want in zip(words_of(answer), stored.words,
                                     strict=True):
                    self.assertEqual(got[0], want.text)
                    xs, ys = zip(*want.corners)
                    box = [(min(xs), min(ys)), (max(xs), min(ys)),
                           (max(xs), max(ys)), (min(xs), max(ys))]
                    self.assertGreater(overlap(box, got[1])[0], 0.5,
                                       (got, box))

    @takes_long
    def test_formats(self):
        picture = note()
        for kind, more in (("png", []), ("jpeg", []), ("webp", []),
                           ("heic", []), ("tiff", []), ("gif", []),
                           ("bmp", []), ("png48", []),
                           ("jpeg", ["-colorspace", "CMYK"])):
            with self.subTest(kind, more=more):
                answer = self.read(picture.file(kind, *more))
                self.assertEqual(answer["context"], picture.text)
                self.assertEqual((answer["width"], answer["height"]),
                                 (picture.width, picture.height))
                self.assertNotIn("total_pages", answer)

    def test_transparency_is_on_white(self):
        picture = note()
        answer = self.read(picture.file("png", "-transparent", "white"))
        self.assertEqual(answer["context"], picture.text)

    @takes_long
    def test_drawings_and_animations_are_one_picture(self):
        svg = (b'<svg xmlns="http://www.w3.org/2000/svg" width="700" '
               b'height="120"><rect width="700" height="120" fill="white"/>'
               b'<text x="30" y="80" font-family="DejaVu Sans" font-size="46">'
               b'Drawn 2024</text></svg>')
        self.assertEqual(self.read(svg)["context"], "Drawn 2024")
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for i, text in enumerate(("First frame", "Second frame")):
                names.append(os.path.join(folder, f"{i}.png"))
                pathlib.Path(names[-1]).write_bytes(note(text).png())
            gif = ocr_pictures.convert([*names, "gif:-"])
        self.assertEqual(self.read(gif)["context"], "First frame")

    def test_pages_of_a_document(self):
        texts = [f"Page number {n}" for n in range(1, 13)]
        pdf = ocr_pictures.pdf([note(text) for text in texts])
        key = self.store("twelve.pdf", pdf)
        answer = self.read(key)
        self.assertEqual(answer["total_pages"], 12)
        self.assertEqual([s["text"] for s in answer["sections"]], texts[:10])
        self.assertEqual((answer["width"], answer["height"]),
                         (note(texts[0]).width, note(texts[0]).height))
        self.assertEqual(self.pages_read_by(lambda: self.read(
            key, page_range=[11, 12])), 2)
        answer = self.read(key, page_range=[9, 18])
        self.assertEqual([s["text"] for s in answer["sections"]], texts[8:])
        self.assertEqual(answer["page_range"], [9, 12])
        assert_refused(self, "jigsawstack",
                       send(self.server, key, page_range=[13, 14]), 400)

    def pages_read_by(self, act):
        before = self.pages_read()
        act()
        return self.pages_read() - before

    @takes_long
    def test_a_document_of_very_many_pages(self):
        kids = range(3, 10003)
        pdf = (b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
               b"2 0 obj<</Type/Pages/Kids[" +
               b" ".join(b"%d 0 R" % kid for kid in kids) +
               b"]/Count 10000>>endobj\n" +
               b"".join(b"%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox"
                        b"[0 0 90 60]>>endobj\n" % kid for kid in kids) +
               b"trailer<</Root 1 0 R>>\n")
        key = self.store("many.pdf", pdf)
        before = self.pages_read()
        answer = self.read(key)
        self.assertEqual(answer["total_pages"], 10000)
        self.assertEqual(answer["sections"], [])
        self.assertLessEqual(self.pages_read() - before, 10)

    @takes_long
    def test_pages_of_any_size(self):
        for points, most in ((1, 5), (28346, 6400)):
            with self.subTest(points):
                answer = self.read(
                    b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
                    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]>>"
                    b"endobj\ntrailer<</Root 1 0 R>>\n" % (points, points))
                self.assertEqual(answer["total_pages"], 1)
                self.assertEqual(answer["width"], answer["height"])
                self.assertLessEqual(answer["width"], most)

    def test_a_picture_of_one_pixel(self):
        answer = self.read(flat_png(1, 1))
        self.assertEqual((answer["width"], answer["height"],
                          answer["has_text"]), (1, 1, False))

    def test_what_cannot_be_read(self):
        head = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + \
            chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
        locked = (b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                  b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
                  b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
                  b"endobj\n4 0 obj<</Filter/Standard/V 1/R 2/P -4"
                  b"/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>endobj\n"
                  b"trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<01><01>]>>\n")
        png = note().png()
        for name, data, status in (
                ("text", b"Total 42.50\n", 400), ("cut", png[:60], 400),
                ("cut pdf", b"%PDF-1.4\n1 0 obj<<", 400),
                ("encrypted", locked, 400), ("bomb", bomb, (400, 413)),
                ("html", b"<html><body>Total</body></html>", 400),
                ("zip", b"PK\3\4" + bytes(60), 400)):
            for how in (data, self.store(name + ".png", data)):
                with self.subTest(name, stored=isinstance(how, str)):
                    response = send(self.server, how)
                    statuses = status if isinstance(status, tuple) else \
                        (status,)
                    self.assertIn(response.status, statuses, response)
                    self.assertFalse(response.json()["success"])
        # and what is whole still is read
        self.assertEqual(self.read(png)["context"], note().text)


class KeptTest(Recognition):
    options = {**Recognition.options, "trash_grace": "0",
               "sweep_interval": "100ms"}

    def derived(self):
        top = pathlib.Path(self.server.data) / "derived"
        return [p for p in top.rglob("*") if p.is_file() and
                p.parent.name != "new"]

    def test_what_was_read_is_kept(self):
        key = self.store("kept.png", note("Kept text").png())
        first = self.read(key)
        before = self.pages_read(), metric(
            self.server, "stowage_render_children_started_total")
        self.assertTrue(wait_until(lambda: len(self.derived()) >= 2))
        again = self.read(key)
        self.assertEqual({**again, "log_id": 0}, {**first, "log_id": 0})
        self.server.restart()
        again = self.read(key)
        self.assertEqual({**again, "log_id": 0}, {**first, "log_id": 0})
        self.assertEqual(self.pages_read(), 0)
        self.assertEqual(readers(self.server), [])
        self.assertGreater(before[0], 0)

    @takes_long
    def test_other_asks_are_others(self):
        key = self.store("fine.png", note("Fine text").png())
        before = self.pages_read()
        for fine in (True, False, True, False):
            self.read(key, fine_grained=fine)
        self.assertEqual(self.pages_read() - before, 2)

    @takes_long
    def test_new_content_is_read_anew(self):
        self.store("new.png", note("Old text").png())
        self.assertEqual(self.read("new.png")["context"], "Old text")
        self.store("new.png", note("New text").png())
        self.assertEqual(self.read("new.png")["context"], "New text")

    @takes_long
    def test_what_was_damaged_is_read_anew(self):
        for damage in (lambda data: data[:len(data) // 2],
                       lambda data: b"", lambda data: b"\0" * len(data),
                       lambda data: data.replace(b"Sound", b"Wound"),
                       lambda data: data + b"}"):
            key = self.store("sound.png", note("Sound text").png())
            self.assertEqual(self.read(key)["context"], "Sound text")
            self.assertTrue(wait_until(lambda: len(self.derived()) >= 2))
            self.server.stop()
            for path in self.derived():
                path.write_bytes(damage(path.read_bytes()))
            self.server.start()
            self.assertEqual(self.read(key)["context"], "Sound text")

    def test_it_goes_with_the_file(self):
        before = set(self.derived())
        key = self.store("gone.png", note("Gone text").png() +
                         os.urandom(70000))
        self.assertEqual(self.read(key)["context"], "Gone text")
        self.assertTrue(wait_until(lambda: set(self.derived()) - before))
        made = set(self.derived()) - before
        response = request(self.server, "DELETE", "/v1/store/file/read/" + key,
                           api_key(self.server.secret))
        self.assertEqual(response.status, 200, response)
        self.assertTrue(wait_until(
            lambda: not made & set(self.derived()), 10))

    def test_files_of_other_hosts_are_read_once(self):
        origin = self.origin()
        url = origin.add("/far.png", note("Far text").png(), "image/png",
                         **{"Cache-Control": "max-age=600"})
        before = self.pages_read()
        for _ in range(3):
            response = request(
                self.server, "POST", "/v1/vocr",
                {**api_key(self.server.secret), **JSON},
                json.dumps({"url": url}).encode())
            self.assertEqual(response.status, 200, response)
            self.assertEqual(response.json()["context"], "Far text")
        self.assertEqual(self.pages_read() - before, 1)

    def test_apis_share_it(self):
        data = note("Shared text").png()
        key = self.store("shared.png", data)
        self.read(key)
        before = self.pages_read()
        self.read(key)
        self.assertEqual(self.pages_read(), before)
        # bytes that came along are in no store
        self.read(data)
        self.assertEqual(self.pages_read(), before + 1)


class HelpersTest(Recognition):
    def test_one_that_is_killed_is_replaced(self):
        data = note("Read twice").png()
        with concurrent.futures.ThreadPoolExecutor(1) as pool, \
                self.held() as pids:
            answer = pool.submit(self.read, data)
            self.assertTrue(wait_until(self.has_pixels))
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            self.assertEqual(answer.result()["context"], "Read twice")
        self.assertEqual(self.read(data)["context"], "Read twice")
        self.assertGreaterEqual(
            metric(self.server, "stowage_ocr_children_died_total"), 1)

    def has_pixels(self):
        """The pixels of a page, which the server has until it has its text,
        are there."""
        folder = f"/proc/{self.server.process.pid}/fd"
        with contextlib.suppress(OSError):
            return any("memfd:output" in os.readlink(os.path.join(folder, n))
                       for n in os.listdir(folder))
        return False

    def test_a_file_that_is_deleted_meanwhile_is_read(self):
        key = self.store("brief.pdf", ocr_pictures.pdf(
            [note(f"Brief {n}") for n in range(5)]))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            with self.held():
                answer = pool.submit(self.read, key)
                self.assertTrue(wait_until(self.has_pixels))
                response = request(self.server, "DELETE",
                                   "/v1/store/file/read/" + key,
                                   api_key(self.server.secret))
                self.assertEqual(response.status, 200, response)
            self.assertEqual([s["text"] for s in answer.result()["sections"]],
                             [f"Brief {n}" for n in range(5)])
        self.assertEqual(send(self.server, key).status, 404)

    def test_a_key_that_is_revoked_meanwhile_reads_nothing(self):
        key = add_key(self.server, "secret")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            with self.held():
                answer = pool.submit(vocr.ask, self.server, {},
                                     note("Not for all").png(), key)
                self.assertTrue(wait_until(self.has_pixels))
                revoke_key(self.server, key)
            assert_refused(self, "jigsawstack", answer.result(), 401)

    def begin(self, key, who):
        connection = Connection(self.server, 60)
        connection.send(build(
            "POST", "/v1/vocr", self.server.authority,
            {**api_key(who), **JSON},
            json.dumps({"file_store_key": key}).encode()))
        return connection

    def test_who_leaves_takes_nothing_from_who_waits_for_the_same(self):
        key = self.store("one.png", note("One for all").png())
        revoked = add_key(self.server, "secret")
        public = add_key(self.server, api=["vocr"])
        before = self.pages_read()
        with contextlib.ExitStack() as waiting:
            with self.held():
                warm = self.pages_read() - before
                first = self.begin(key, self.server.secret)
                self.assertTrue(wait_until(self.has_pixels))
                others = [waiting.enter_context(self.begin(key, who))
                          for who in (self.server.secret, public, revoked)]
                first.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                        struct.pack("ii", 1, 0))
                first.socket.close()
                revoke_key(self.server, revoked)
            *there, gone = [other.read() for other in others]
            for response in there:
                self.assertEqual(response.json()["context"], "One for all")
            assert_refused(self, "jigsawstack", gone, 401)
        self.assertEqual(self.pages_read() - before - warm, 1)

    @takes_long
    def test_all_who_ask_for_the_same_wait_for_one(self):
        key = self.store("same.pdf", ocr_pictures.pdf(
            [note(f"Same {n}") for n in range(10)]))
        before = self.pages_read()
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(lambda _: self.read(key), range(40)))
        for answer in answers:
            self.assertEqual(
                [s["text"] for s in answer["sections"]],
                [f"Same {n}" for n in range(10)])
        self.assertEqual(self.pages_read() - before, 10)

    def test_for_a_client_that_goes_no_more_is_begun(self):
        key = self.store("left.pdf", ocr_pictures.pdf(
            [note(f"Left {n}") for n in range(10)]))
        before = self.pages_read()
        body = json.dumps({"file_store_key": key}).encode()
        with self.held():
            warm = self.pages_read() - before
            with Connection(self.server) as connection:
                connection.send(build(
                    "POST", "/v1/vocr", self.server.authority,
                    {**api_key(self.server.secret), **JSON}, body))
                self.assertTrue(wait_until(self.has_pixels))
                # a reset: who only ends his side may have more to say, and
                # has a second for his answer
                connection.socket.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
        self.assertTrue(wait_until(lambda: metric(
            self.server, "stowage_ocr_pages_queued") == 0 and
            not self.has_pixels()))
        self.read(note("After it").png())
        self.assertLess(self.pages_read() - before - warm - 1, 10)

    def test_other_requests_go_on_meanwhile(self):
        with concurrent.futures.ThreadPoolExecutor(9) as pool:
            with self.held():
                answers = [pool.submit(self.read, note(f"Slow {n}").png())
                           for n in range(8)]
                for n in range(5):
                    response = imagekit_upload(self.server,
                                               (flat_png(9, 7), f"{n}.png"),
                                               fileName=f"{n}.png")
                    self.assertEqual(response.json()["width"], 9)
        for n, answer in enumerate(answers):
            self.assertEqual(answer.result()["context"], f"Slow {n}")


class LimitsTest(unittest.TestCase):
    def start(self, **options):
        server = Server(ocr_helpers=1, **options)
        self.addCleanup(server.close)
        return server.start()

    def test_a_page_that_takes_too_long_has_an_end(self):
        server = self.start(ocr_timeout="2s")
        self.assertEqual(send(server, flat_png(1, 1)).status, 200)
        pid, = readers(server)
        os.kill(pid, signal.SIGSTOP)
        late = note("Late").png()
        # stopped, it has had no time of the processor
        assert_refused(self, "jigsawstack", send(server, late), 503,
                       "Try again")
        # which is not remembered of the file
        response = wait_until(lambda: self.answer(server, late))
        self.assertIn("Late", str(response.json()))

    @staticmethod
    def answer(server, data):
        response = send(server, data)
        return response if response.status == 200 else None

    def test_a_full_queue_is_busy(self):
        server = self.start(ocr_queue=2)
        self.assertEqual(send(server, note().png()).status, 200)
        pid, = readers(server)
        os.kill(pid, signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = [pool.submit(send, server, note(f"Full {n}").png())
                       for n in range(12)]
            self.assertTrue(wait_until(
                lambda: sum(answer.done() for answer in answers) == 9))
            os.kill(pid, signal.SIGCONT)
        statuses = sorted(answer.result().status for answer in answers)
        self.assertEqual(statuses, [200] * 3 + [503] * 9)
        busy = next(answer.result() for answer in answers
                    if answer.result().status == 503)
        self.assertTrue(busy["Retry-After"])

    def test_a_stop_ends_what_is_read(self):
        server = self.start(drain_timeout="300ms")
        self.assertEqual(send(server, note().png()).status, 200)
        pid, = readers(server)
        os.kill(pid, signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(send, server, note(f"Stop {n}").png())
                       for n in range(4)]
            self.assertTrue(wait_until(lambda: metric(
                server, "stowage_ocr_pages_queued") >= 1))
            server.stop()
            for answer in answers:
                with contextlib.suppress(Exception):
                    self.assertEqual(answer.result().status, 503)
        self.assertFalse(os.path.exists(f"/proc/{pid}"))


class SettingsTest(unittest.TestCase):
    def refused(self, *flags):
        with tempfile.TemporaryDirectory() as folder:
            done = stowage("serve", "--listen=127.0.0.1:0",
                           f"--data={folder}/data", *flags)
        self.assertNotEqual(done.returncode, 0)
        return done.stderr

    def test_languages_are_installed_or_named_as_missing(self):
        text = self.refused("--ocr-languages=eng+zzz")
        self.assertIn("`zzz`", text)
        self.assertRegex(text, r"there is: .*\beng\b")

    def test_languages_are_joined_by_a_plus(self):
        with tempfile.TemporaryDirectory() as empty:
            for languages, said in (("eng+", "`eng+`"), ("+eng", "`+eng`"),
                                    ("eng++deu", "`eng++deu`"),
                                    ("eng,deu", "`eng,deu`"),
                                    ("../eng", "`../eng`"),
                                    ("eng+eng", "twice"),
                                    ("+".join(["eng"] * 1000), "500")):
                for more in ((), (f"--ocr-tessdata={empty}",)):
                    text = self.refused(f"--ocr-languages={languages}", *more)
                    self.assertIn("--ocr-languages: ", text)
                    self.assertIn(said, text)

    def test_what_is_demanded_is_there(self):
        with tempfile.TemporaryDirectory() as empty:
            text = self.refused("--ocr=on", f"--ocr-tessdata={empty}")
            self.assertIn("tesseract-ocr-eng", text)
        self.assertIn("--renderers",
                      self.refused("--ocr=on", "--renderers=0"))

    def test_without_it_the_answer_says_why(self):
        with tempfile.TemporaryDirectory() as empty:
            for options, word in (({"ocr": "off"}, "--ocr off"),
                                  ({"ocr_tessdata": empty},
                                   "tesseract-ocr-eng"),
                                  ({"renderers": 0}, "--renderers")):
                with self.subTest(word), Server(**options) as server:
                    response = send(server, note().png())
                    assert_refused(self, "jigsawstack", response, 501)
                    self.assertIn(word, response.json()["message"])
                    self.assertEqual(readers(server), [])

    def test_the_start_says_what_is_read(self):
        with Server() as server:
            self.assertTrue(server.logged(r"texts are read as eng, .*\beng\b"))
