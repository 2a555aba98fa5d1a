# SPDX-License-Identifier: Apache-2.0
"""What Filestack's CDN tells of files in JSON: metadata, imagesize, debug."""
import hashlib
import struct
from concurrent.futures import ThreadPoolExecutor

import samples
from apis import basic, doors
from filestack_cdn import JPEG, PNG, CdnTest
from pictures import chunk, describe, flat_png

HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
DEFAULT = ["mimetype", "uploaded", "size", "writeable", "filename"]


def turned_jpeg(width, height, orientation=6):
    """With an EXIF that says how it is to be held."""
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x112, 3, 1,
                                            orientation, 0, 0)
    exif = b"Exif\0\0" + tiff
    plain = samples.jpeg(width, height)
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + \
        exif + plain[2:]


class MetadataTest(CdnTest):
    def test_without_a_selection_it_has_the_vendors_members(self):
        handle = self.store(PNG, "my ä.png")
        for path in (f"/{handle}/metadata", f"/api/file/{handle}/metadata",
                     f"/file/{handle}/metadata", f"/metadata/{handle}",
                     f"/{self.server.public}/metadata/{handle}",
                     f"/{self.server.public}/{handle}/metadata",
                     f"/api/file/{handle}/metadata?",
                     f"/{handle}/metadata?key=x&policy=p&signature=s"):
            for door in doors("filestack"):
                with self.subTest(path, door=door[0]):
                    body = self.assert_json(self.get(door[1] + path, door[2]))
                    self.assertEqual(list(body), DEFAULT)
                    self.assertEqual(
                        (body["mimetype"], body["size"], body["writeable"],
                         body["filename"]),
                        ("image/png", len(PNG), True, "my ä.png"))
                    self.assertGreater(body["uploaded"], 1500000000000)
            head = self.get(path, method="HEAD")
            self.assertEqual((head.status, head["Content-Type"]),
                             (200, "application/json"))

    def test_a_selection_has_only_what_it_names(self):
        handle = self.store(PNG, "m.png", path="/f/m.png", container="c",
                            provider="gcs")
        text = self.store(b"text", "t.txt")
        for file, query, wanted in (
                (handle, "size=true", {"size": len(PNG)}),
                (handle, "&size=true", {"size": len(PNG)}),
                (handle, "width=true&height=true",
                 {"width": 64, "height": 48}),
                (text, "width=true&height=true",
                 {"width": None, "height": None}),
                (handle, "location=true&path=true&container=true",
                 {"location": "gcs", "path": "f/m.png", "container": "c"}),
                (text, "container=true", {"container": None}),
                (handle, "sourceUrl=true&source_url=true",
                 {"source_url": None}),
                (handle, "size=false&filename=true", {"filename": "m.png"}),
                (handle, "size=true&key=true&policy=true",
                 {"size": len(PNG)}),
                (handle, "nonsense=true", {}),
                (handle, "md5=true&size=true",
                 {"size": len(PNG), "md5": hashlib.md5(PNG).hexdigest()})):
            for path in (f"/{file}/metadata", f"/api/file/{file}/metadata"):
                with self.subTest(path, query=query):
                    self.assertEqual(self.assert_json(
                        self.get(f"{path}?{query}")), wanted)

    def hashes_of(self, data):
        return {name: hashlib.new(name, data).hexdigest() for name in HASHES}

    def test_hashes_are_those_of_the_content(self):
        selection = "&".join(f"{name}=true" for name in HASHES)
        for size in (0, 5, 300000, 40 << 20):
            data = (bytes(range(256)) * (size // 256 + 1))[:size]
            handle = self.store(data, "h.bin")
            with self.subTest(size), ThreadPoolExecutor(8) as pool:
                want = self.hashes_of(data)
                for answer in pool.map(lambda path: self.get(path), 8 * [
                        f"/api/file/{handle}/metadata?{selection}",
                        f"/metadata=[{','.join(HASHES)}]/{handle}"]):
                    self.assertEqual(self.assert_json(answer), want)
                self.assertEqual(self.assert_json(self.get(
                    f"/{handle}/metadata?sha384=true&filename=true")),
                    {"filename": "h.bin", "sha384": want["sha384"]})
                self.assertEqual(self.get(
                    f"/{handle}/metadata?md5=true", method="HEAD").status, 200)

    def test_hashes_of_files_of_other_hosts_are_made_as_well(self):
        for size in (1000, 3 << 20):
            data = (b"0123456" * (size // 7 + 1))[:size]
            url = self.origin().add("/far.bin", data, "application/x-far")
            with self.subTest(size):
                self.assertEqual(self.assert_json(self.get(
                    f"/{self.server.public}/metadata=[sha1,md5]/{url}")),
                    {"sha1": hashlib.sha1(data).hexdigest(),
                     "md5": hashlib.md5(data).hexdigest()})

    def test_files_of_other_hosts_have_some(self):
        url = self.origin().add("/far/x.png", PNG, "image/png")
        body = self.assert_json(self.get(
            f"/{self.server.public}/metadata/{url}"))
        self.assertEqual((body["mimetype"], body["size"], body["filename"],
                          body["writeable"]),
                         ("image/png", len(PNG), "x.png", False))

    def test_what_is_not_there_has_none(self):
        for path in (f"/{self.store()[::-1]}/metadata",
                     "/api/file/x/metadata", "/metadata/x"):
            with self.subTest(path):
                self.assert_said(self.get(path), 404, "File not found", path)


class ImagesizeTest(CdnTest):
    def size(self, path, headers=None):
        response = self.get(path, headers)
        body = self.assert_json(response)
        self.assertEqual(list(body), ["height", "width"])
        return body["width"], body["height"]

    def test_it_is_that_of_what_the_chain_makes(self):
        handle = self.store(flat_png(600, 400), "a.png")
        for steps, size in (("imagesize", (600, 400)),
                            ("resize=width:300/imagesize", (300, 200)),
                            ("imagesize/resize=width:300", (300, 200)),
                            ("rotate=deg:90/imagesize", (400, 600)),
                            ("crop=dim:[10,10,50,60]/imagesize", (50, 60)),
                            (f"{self.server.public}/imagesize", (600, 400))):
            with self.subTest(steps):
                self.assertEqual(self.size(f"/{steps}/{handle}"), size)

    def test_what_lies_on_its_side_is_measured_upright(self):
        handle = self.store(turned_jpeg(64, 48), "turned.jpg")
        self.assertEqual(self.size(f"/imagesize/{handle}"), (48, 64))
        self.assertEqual(self.size(f"/resize=width:24/imagesize/{handle}"),
                         (24, 32))

    def test_large_files_and_those_of_other_hosts_are_measured(self):
        big = flat_png(3000, 2000)[:-12] + \
            chunk(b"tEXt", b"a\0" + samples.noise(600_000)) + \
            chunk(b"IEND", b"")
        handle = self.store(big, "big.png")
        self.assertEqual(self.size(f"/imagesize/{handle}"), (3000, 2000))
        url = self.origin().add("/far.jpg", JPEG, "image/jpeg")
        self.assertEqual(
            self.size(f"/{self.server.public}/imagesize/{url}"), (64, 48))

    def test_what_is_no_picture_has_none(self):
        self.assert_said(self.get(
            f"/imagesize/{self.store(b'text', 'a.txt')}"), 400)
        self.assert_said(self.get(f"/imagesize/{self.store()[::-1]}"), 404)


class DocinfoTest(CdnTest):
    def test_it_tells_the_pages_of_a_document(self):
        handle = self.store(samples.pdf(), "a.pdf")
        shown = self.get(f"/output=format:png/{handle}")
        self.assertEqual(shown.status, 200, shown)
        _, width, height = describe(shown.body)
        for steps in ("output=docinfo:true", "output=i:true,format:pdf"):
            with self.subTest(steps):
                self.assertEqual(
                    self.assert_json(self.get(f"/{steps}/{handle}")),
                    {"numpages": 1, "dimensions": {"width": width,
                                                   "height": height}})
        self.assertEqual(
            self.assert_json(self.get(f"/imagesize/{handle}")),
            {"height": height, "width": width})
        self.assert_said(self.get("/output=docinfo:true/" +
                                  self.store(b"text", "a.txt")), 400)


class DebugTest(CdnTest):
    def test_it_describes_the_chain_in_place_of_its_answer(self):
        handle, key = self.store(), self.server.public
        for path in (f"/debug/resize=width:32/{handle}",
                     f"/{key}/debug/resize=width:32/{handle}",
                     f"/debug/{key}/resize=width:32/{handle}"):
            with self.subTest(path):
                body = self.assert_json(self.get(path))
                self.assertEqual(body["apikey"], key if key in path else None)
                self.assertEqual(body["status"],
                                 {"message": "OK", "http_code": 200})
                self.assertEqual(body["source"],
                                 {"handle": handle, "mimetype": "image/png",
                                  "size": len(PNG)})
                self.assertEqual(body["task_uri"], "resize=width:32")
                self.assertIs(body["debug"], True)
                self.assertIn("resize(", body["plan"])

    def test_mistakes_are_told_in_it(self):
        handle = self.store()
        for path, status, said in (
                (f"/debug/resize=heigt:3/{handle}", 400, "heigt"),
                (f"/debug/flip/{handle[::-1]}", 404, "File not found"),
                (f"/debug/qr/{handle}", 501, "qr")):
            with self.subTest(path):
                body = self.assert_json(self.get(path), status)
                self.assertEqual(body["status"]["http_code"], status)
                self.assertIn(said, body["status"]["message"])

    def test_what_is_laid_over_is_looked_at(self):
        handle, hidden = self.store(), self.private()
        text = self.store(b"no picture", "a.mp4")
        for layer, status in ((handle, 200), (hidden, 403), (text, 501),
                              (handle[::-1], 404), ("src://none.png", 403)):
            for path in (f"/debug/watermark=file:%22{layer}%22/{handle}",
                         f"/debug/collage=files:[%22{layer}%22],w:99,h:99/"
                         f"{handle}"):
                with self.subTest(path):
                    body = self.assert_json(self.get(path), status)
                    self.assertEqual(body["status"]["http_code"], status)
        self.assertEqual(self.get(
            f"/debug/watermark=file:{hidden}/{handle}",
            basic("app", self.server.secret)).status, 200)

    def test_it_does_nothing(self):
        handle, origin = self.store(), self.origin()
        url = origin.add("/x.png", PNG, "image/png")
        with self.nothing_left():
            for path in (f"/{self.server.public}/debug/store/{handle}",
                         f"/{self.server.public}/debug/flip/{url}",
                         f"/{self.server.public}/debug/"
                         f"watermark=file:%22{url}%22/{handle}"):
                self.assert_json(self.get(path, method="POST"))
        self.assertEqual(origin.seen, [])

    def test_the_secret_is_told_nothing_new(self):
        handle = self.store()
        body = self.assert_json(self.get(
            f"/debug/flip/{handle}", basic("app", self.server.secret)))
        self.assertNotIn(self.server.secret, str(body))
