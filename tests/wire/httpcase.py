# SPDX-License-Identifier: Apache-2.0
"""What the tests of the transport share: a server with files to read, and
requests to it as bytes. Which dialect answers does not matter there."""
import samples
from apis import api_key
from harness import WireTest
from rawhttp import form, request

DATA = bytes(range(256)) * 20
BIG = samples.noise(3_000_000)
PATH = "/v1/store/file/read/"


class HttpTest(WireTest):
    """With a small and a big file to read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for key, data in (("small", DATA), ("big", BIG), ("empty", b"")):
            kind, body = form(("file", data, "x"), ("key", key))
            response = request(cls.server, "POST", "/v1/store/file",
                               {**api_key(cls.server.secret), **kind}, body)
            if response.status != 200:
                raise AssertionError(response)

    def head(self, method="GET", target=PATH + "small", *lines, version="1.1"):
        """Bytes of a head with Host and key; lines are more fields."""
        fields = [f"Host: {self.server.authority}",
                  f"x-api-key: {self.server.secret}", *lines]
        return (f"{method} {target} HTTP/{version}\r\n" +
                "".join(f"{line}\r\n" for line in fields) +
                "\r\n").encode("latin-1")

    def upload(self, key, body, *lines):
        return self.head("POST", f"/v1/store/file?overwrite=true&key={key}",
                         *lines) + body

    def get(self, key, headers=None, method="GET"):
        return request(self.server, method, PATH + key,
                       {**api_key(self.server.secret), **(headers or {})})
