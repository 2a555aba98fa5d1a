# SPDX-License-Identifier: Apache-2.0
"""Files of more than the page cache is to keep: their bytes are on their way to
the disk while more come in, and are all there once they are acknowledged.
"""
import base64
import concurrent.futures
import hashlib

from apis import (filestack_store, imagekit_upload, jigsawstack_read,
                  jigsawstack_upload, stashfyle_upload)
from harness import WireTest
from multipart import MIB, data_of
from rawhttp import Connection, build, get_url

SIZE = 21 * MIB + 1234


class LargeTest(WireTest):
    options = {"max_file_size": str(64 * MIB)}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = data_of(SIZE)
        cls.sum = hashlib.sha256(cls.data).digest()

    def assert_whole(self, response):
        self.assertEqual(response.status, 200, response)
        self.assertEqual(hashlib.sha256(response.body).digest(), self.sum)

    def ways(self):
        """Each call that stores it, with what reads it again."""
        s, data = self.server, self.data
        file = (data, "large.bin", "application/octet-stream")
        text = base64.b64encode(data).decode()
        source = self.origin().add("/large.bin", data)

        def by_url(response):
            return get_url(s, response.json()["url"])

        def stash(response):
            return get_url(s, response.json()["url"])

        def kept(response):
            return jigsawstack_read(s, response.json()["key"])
        yield lambda: imagekit_upload(s, file, fileName="a"), by_url
        yield lambda: imagekit_upload(s, text, fileName="b"), by_url
        yield lambda: imagekit_upload(s, source, fileName="c"), by_url
        yield lambda: filestack_store(s, data, filename="d"), by_url
        yield lambda: stashfyle_upload(s, file), stash
        yield lambda: jigsawstack_upload(s, "e", data), kept

    def test_each_is_whole_however_it_comes(self):
        for store, read in self.ways():
            with self.subTest(store):
                response = store()
                self.assertIn(response.status, (200, 201), response)
                self.assert_whole(read(response))

    def test_some_at_once(self):
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            done = list(pool.map(
                lambda n: filestack_store(self.server, self.data,
                                          filename=f"{n}"), range(12)))
        for response in done:
            self.assertEqual(response.status, 200, response)
            self.assert_whole(get_url(self.server, response.json()["url"]))

    def test_whose_client_goes_leaves_nothing(self):
        with self.nothing_left():
            for cut in (17 * MIB, 18 * MIB + 7, SIZE - 1):
                with Connection(self.server) as connection:
                    connection.send(build(
                        "POST", f"/api/store/S3?key={self.server.public}",
                        self.server.authority,
                        {"Content-Length": str(SIZE)}))
                    connection.send(self.data[:cut])

    def test_a_body_that_is_larger_than_it_may_be_leaves_nothing(self):
        with self.nothing_left():
            response = imagekit_upload(
                self.server, (bytes(65 * MIB), "a"), fileName="a")
            self.assertEqual(response.status, 400, response)
