# SPDX-License-Identifier: Apache-2.0
"""Vendors' sentences seldom name the limit that was met: the log does."""
from apis import basic, imagekit_upload
from harness import WireTest
from rawhttp import request


class LimitLogTest(WireTest):
    options = {"log_level": "debug", "max_file_size": "4k",
               "public_key": "pk_live_limits"}

    def assert_logged(self, response, limit):
        self.assertEqual(response.status, 400, response)
        self.assertTrue(self.server.logged(
            f"request {response['x-request-id']}: over the limit of {limit} "
            "bytes"), self.server.log())

    def test_a_file_over_the_limit_is_logged_with_it(self):
        origin = self.origin()
        url = origin.add("/large", bytes(5000), "text/plain")
        for file in ((bytes(5000), "a.txt"), (bytes(3 << 20), "a.txt"), url):
            self.assert_logged(imagekit_upload(self.server, file,
                                               fileName="a"), 4096)

    def test_a_body_over_the_limit_is_logged_with_it(self):
        self.assert_logged(request(
            self.server, "POST", "/v1/folder", basic(self.server.secret),
            b" " * (1 << 20) + b"{}"), 1 << 20)
