# SPDX-License-Identifier: Apache-2.0
"""A renderer that is held up holds up nothing but questions about images.

It is stopped by a signal, as a picture that takes for ever would, so that what
happens meanwhile happens before it is let go, however slow the machine.
"""
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import signal
import tempfile

import samples
from apis import (basic, filestack_store, imagekit_upload,
                  jigsawstack_upload, metric, stashfyle_upload)
from harness import STOWAGE, Server, takes_long, wait_until
from imagekit import ImageKitTest
from pictures import describe
from rawhttp import Connection, ProtocolError, build, form, get_url, request

CALLS = 8       # twice as many as there are workers


def renderers(server):
    """Process ids of the server's renderers."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text()
                if "(stowage-render)" in stat and \
                        stat.rsplit(")", 1)[1].split()[1] == \
                        str(server.process.pid):
                    found.append(int(entry.name))
    return found


class Renderers(ImageKitTest):
    options = {"workers": 4, "loops": 2, "renderers": 1}

    def setUp(self):
        self.image = self.upload("a.png", (samples.png(9, 7), "a.png"))
        self.pool = concurrent.futures.ThreadPoolExecutor(CALLS + 2)
        self.addCleanup(self.pool.shutdown)

    def ask(self):
        return self.call("GET", f"/v1/files/{self.image['fileId']}/metadata")

    @contextlib.contextmanager
    def held(self):
        """The only renderer is stopped, and has something to do."""
        server = self.server
        pid, = renderers(server)
        os.kill(pid, signal.SIGSTOP)
        calls = [self.pool.submit(self.ask) for _ in range(CALLS)]
        try:
            self.assertTrue(wait_until(lambda: metric(
                server, "stowage_render_jobs_queued") == CALLS - 1))
            yield calls
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def test_other_requests_are_served_while_images_wait(self):
        cold = [self.upload(file=(f"cold {i}", "c.txt")) for i in range(6)]
        self.server.restart()
        self.ask()
        with self.held() as calls:
            for i, file in enumerate(cold):
                got = request(self.server, "GET",
                              f"/{self.server.account}{file['filePath']}")
                self.assertEqual(got.body, f"cold {i}".encode())
                large = samples.noise(300_000, i)
                self.upload(file=(large, "large.bin"))
                self.upload(file=(f"text {i}", "t.txt"))
            self.assertFalse([call for call in calls if call.done()])
        for call in calls:
            self.assertEqual(call.result().json()["width"], 9)

    def test_uploads_of_images_wait_and_then_know_their_size(self):
        with self.held():
            upload = self.pool.submit(self.upload, file=(samples.png(5, 4),
                                                         "b.png"))
            large = self.pool.submit(
                self.upload, file=(samples.png(6, 5) + bytes(200_000), "b.png"))
            self.assertTrue(wait_until(lambda: metric(
                self.server, "stowage_render_jobs_queued") == CALLS + 1))
            self.assertFalse(upload.done() or large.done())
        self.assertEqual((upload.result()["width"], upload.result()["height"]),
                         (5, 4))
        self.assertEqual((large.result()["width"], large.result()["height"]),
                         (6, 5))

    def test_checks_and_metadata_of_an_upload_wait_once_each(self):
        def upload(checks):
            return imagekit_upload(
                self.server, (samples.png(5, 4), "c.png"), fileName="c.png",
                checks=checks, responseFields="metadata")
        with self.held():
            good = self.pool.submit(upload, '"mediaMetadata.width" = 5')
            bad = self.pool.submit(upload, '"mediaMetadata.width" > 5')
        self.assertEqual(good.result().status, 200, good.result())
        self.assertEqual(good.result().json()["metadata"]["height"], 4)
        self.assertEqual(bad.result().status, 400, bad.result())

    def test_client_that_goes_while_it_waits_costs_nothing(self):
        with self.held():
            with Connection(self.server) as connection:
                connection.send(build(
                    "GET", f"/v1/files/{self.image['fileId']}/metadata",
                    self.server.authority, basic(self.server.secret)))
                self.assertTrue(wait_until(lambda: metric(
                    self.server, "stowage_render_jobs_queued") == CALLS))
        self.assertEqual(self.ask().status, 200)

    @takes_long
    def test_a_renderer_that_is_late_is_no_fault_of_the_clients(self):
        with self.held() as calls:
            answers = [call.result() for call in calls]
        late = [answer for answer in answers if answer.status != 200]
        self.assertTrue(late)
        for answer in late:
            self.refused(answer, 503)
            self.assertTrue(answer["Retry-After"])

    def test_renderer_that_dies_is_replaced(self):
        started = metric(self.server, "stowage_render_children_started_total")
        with self.held() as calls:
            os.kill(renderers(self.server)[0], signal.SIGKILL)
        for call in calls:
            self.assertEqual(call.result().status, 200)
        self.assertEqual(
            metric(self.server, "stowage_render_children_started_total"),
            started + 1)


class SizesTest(ImageKitTest):
    def stored(self, data, name):
        """That file by way of each dialect, each file of its own size."""
        s = self.server
        imagekit_upload(s, (data(31), name), fileName=name)
        filestack_store(s, form(("fileUpload", data(32), name)))
        stashfyle_upload(s, (data(33), name))
        jigsawstack_upload(s, name, data(34))

    def test_drawings_and_bitmaps_have_the_size_that_their_pictures_have(self):
        for name, data, height, has_alpha in (
                ("a.svg", samples.svg, 20, True),
                ("a.bmp", samples.bmp, 4, False)):
            self.stored(data, name)
            for width in range(31, 35):
                with self.subTest(name, width=width):
                    query = f'width = {width} AND format = "{name[2:]}"'
                    row, = self.list(searchQuery=query)
                    self.assertEqual((row["width"], row["height"],
                                      row["hasAlpha"]),
                                     (width, height, has_alpha))
                    said = self.ok("GET",
                                   f"/v1/files/{row['fileId']}/metadata")
                    self.assertEqual(
                        (said["width"], said["height"], said["format"]),
                        (row["width"], row["height"], name[2:]))
                    if width == 34:     # is read with a key only
                        continue
                    made = get_url(self.server,
                                   row["url"].split("?")[0] + "?tr=f-png")
                    self.assertEqual(describe(made.body),
                                     ("png", row["width"], row["height"]))

    def test_a_document_has_no_size(self):
        self.assertNotIn("width", self.upload("a.pdf",
                                              (samples.pdf(), "a.pdf")))
        # whatever it says it is
        said = self.upload("b.png", (samples.pdf(), "b.png", "image/png"))
        self.assertNotIn("width", said)

    def test_a_drawing_without_end_is_stored_without_a_size(self):
        data = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" ' \
            b'height="9">' + b"<g/>" * 100_000 + b"</svg>"
        said = self.upload("endless.svg", (data, "endless.svg"))
        self.assertNotIn("width", said)
        self.assertNotIn("stays unknown", self.server.log())


class NoRendererStarts(ImageKitTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        shutil.copy(STOWAGE, folder.name + "/stowage")
        shutil.copy("/bin/false", folder.name + "/stowage-render")

        class Elsewhere(Server):
            def start(self):
                # in place of the program that it names
                self.wrap = ["sh", "-c", 'shift; exec "$0" "$@"',
                             folder.name + "/stowage"]
                return super().start()

        cls.server_class = Elsewhere
        super().setUpClass()

    def test_an_image_that_nobody_looked_at_is_not_stored(self):
        with self.nothing_left():
            for _ in range(3):
                response = imagekit_upload(
                    self.server, (samples.png(9, 7), "a.png"), fileName="a")
                self.refused(response, 503, "The image cannot be read at the "
                             "moment. Try again later.")
                self.assertTrue(response["Retry-After"])
        self.upload("a.txt")
        self.assertIn("renderer: ", self.server.log())


class StopWhileBusy(ImageKitTest):
    options = {"renderers": 1, "drain_timeout": "1s"}

    def test_server_stops_while_a_renderer_is_held(self):
        image = self.upload("a.png", (samples.png(9, 7), "a.png"))
        pid, = renderers(self.server)
        os.kill(pid, signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            calls = [pool.submit(self.call, "GET",
                                 f"/v1/files/{image['fileId']}/metadata")
                     for _ in range(2)]
            self.assertTrue(wait_until(lambda: metric(
                self.server, "stowage_render_jobs_queued") == 1))
            self.server.stop()          # its status is 0
            for call in calls:
                with contextlib.suppress(ProtocolError):
                    self.assertEqual(call.result().status, 503)
        self.assertFalse(os.path.exists(f"/proc/{pid}"))
