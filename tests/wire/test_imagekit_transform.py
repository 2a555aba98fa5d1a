# SPDX-License-Identifier: Apache-2.0
"""The `transformation` of ImageKit's uploads: what is stored in the place of
what came, and what is made before anybody asks for it."""
import json
import unittest

import samples
from apis import imagekit_upload, metric
from harness import wait_until
from imagekit import ImageKitTest
from pictures import describe
from rawhttp import request


class TransformTest(ImageKitTest):
    def send(self, content, name="a.png", pre=None, post=None, **fields):
        wish = {}
        if pre is not None:
            wish["pre"] = pre
        if post is not None:
            wish["post"] = post
        return imagekit_upload(self.server, (content, name), fileName=name,
                               folder="/t", transformation=json.dumps(wish),
                               **fields)

    def json(self, response):
        self.assertEqual(response.status, 200, response)
        return response.json()

    def get_file(self, path):
        response = request(self.server, "GET", "/default" + path)
        self.assertEqual(response.status, 200, response)
        return response

    def stored(self, said):
        return self.get_file(said["filePath"])

    def test_what_is_stored_is_what_was_made(self):
        for pre, kind, size in (("w-30, h-20 , q-70", "png", (30, 20)),
                                ("w-32,f-jpg", "jpg", (32, 24)),
                                ("rt-90:w-24", "png", (24, 32)),
                                ("l-text,i-50%25%20off,l-end", "png", (64, 48)),
                                ("n-ik_ml_thumbnail", "png", (64, 48))):
            with self.subTest(pre):
                said = self.json(self.send(samples.png(64, 48), pre=pre))
                self.assertEqual((said["width"], said["height"]), size)
                got = self.stored(said)
                self.assertEqual(describe(got.body), (kind, *size))
                self.assertEqual(got["Content-Type"],
                                 "image/" + {"jpg": "jpeg"}.get(kind, kind))
                self.assertEqual(said["size"], len(got.body))

    def test_a_large_image_becomes_a_large_file(self):
        said = self.json(self.send(samples.png(900, 700), pre="w-800"))
        self.assertEqual(describe(self.stored(said).body)[0], "png")
        self.assertEqual(said["width"], 800)

    def test_checks_are_about_what_was_sent(self):
        said = self.json(self.send(samples.png(64, 48), pre="w-10",
                                   checks='"mediaMetadata.width" > 50'))
        self.assertEqual(said["width"], 10)
        with self.nothing_left():
            self.refused(self.send(samples.png(64, 48), pre="w-100",
                                   checks='"mediaMetadata.width" > 70'), 400)

    def test_what_changes_nothing_stores_what_came(self):
        content = samples.png(64, 48)
        for pre in ("orig-true", "unknown-1"):
            with self.subTest(pre):
                said = self.json(self.send(content, pre=pre))
                self.assertEqual(self.stored(said).body, content)

    def test_what_cannot_be_made_leaves_nothing(self):
        for content, name, pre, status in (
                (samples.png(64, 48), "a.png", "e-bgremove", 501),
                (samples.png(64, 48), "a.png", "n-nobody", 400),
                (samples.png(64, 48)[:20], "a.png", "w-10", 400),
                (samples.png(64, 48), "a.png",
                 "l-image,i-nothing.png,l-end", 404)):
            with self.subTest(pre=pre), self.nothing_left():
                response = self.send(content, name, pre=pre)
                self.assertEqual(response.status, status, response)

    def test_posts_are_made_before_they_are_asked_for(self):
        before = metric(self.server, "stowage_derived_made_total")
        said = self.json(self.send(samples.png(64, 48), post=[
            {"type": "transformation", "value": "w-13,bg-123456"},
            {"type": "thumbnail", "value": "w-14,bg-654321"}]))
        wait_until(lambda: metric(self.server,
                                  "stowage_derived_made_total")
                   == before + 2)
        path = said["filePath"]
        got = self.get_file(path + "?tr=w-13,bg-123456")
        self.assertEqual(describe(got.body), ("png", 13, 10))
        got = self.get_file(path + "/ik-thumbnail.jpg?tr=w-14,bg-654321")
        self.assertEqual(describe(got.body), ("jpg", 14, 11))
        self.assertEqual(metric(self.server, "stowage_derived_made_total"),
                         before + 2)

    def test_posts_for_videos_do_not_fit_images(self):
        for post in ({"type": "gif-to-video"},
                     {"type": "abs", "value": "sr-240"}):
            with self.subTest(post), self.nothing_left():
                response = self.send(samples.png(64, 48), post=[post])
                self.assertEqual(response.status, 400, response)
                self.assertIn("incompatible", response.body.decode())


if __name__ == "__main__":
    unittest.main()
