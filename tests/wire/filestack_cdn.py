# SPDX-License-Identifier: Apache-2.0
"""Filestack's processing URLs from a client's side: files to make chains of,
and what is said of their answers."""
import samples
from apis import (assert_refused, basic, filestack_store, imagekit_upload)
from harness import WireTest
from pictures import describe
from rawhttp import form, request

PNG = samples.png(64, 48)
JPEG = samples.jpeg(64, 48)
KINDS = {"jpg": "jpeg"}


def task(name, **params):
    """One of a command, as POST /process takes it."""
    return {"name": name, "params": params} if params else {"name": name}


class CdnTest(WireTest):
    def store(self, data=PNG, name="pic.png", **options):
        response = filestack_store(self.server, form(("f", data, name)),
                                   **options)
        self.assertEqual(response.status, 200, response)
        return response.json()["handle"]

    def private(self, data=PNG, path="hidden/pic.png"):
        """A file with a handle that only the secret key opens."""
        folder, _, name = path.rpartition("/")
        handle = self.store(data, name, path="/" + path,
                            headers=basic("app", self.server.secret))
        response = imagekit_upload(self.server, (data, name), fileName=name,
                                   folder=folder, useUniqueFileName="false",
                                   isPrivateFile="true")
        self.assertEqual(response.status, 200, response)
        self.assertEqual(self.get("/" + handle).status, 403)
        return handle

    def get(self, target, headers=None, method="GET", body=None):
        return request(self.server, method, target, headers, body)

    def assert_picture(self, response, kind, size):
        self.assertEqual(response.status, 200, response)
        self.assertEqual(describe(response.body), (kind, *size))
        self.assertEqual(response["Content-Type"],
                         "image/" + KINDS.get(kind, kind))

    def assert_said(self, response, status, text=None, path="/"):
        """An error of the CDN, or of what the API has below /api."""
        assert_refused(self, "filestack", response, status, text,
                       not path.startswith("/api/"))
        self.assertEqual(response["Cache-Control"], "no-store")

    def assert_json(self, response, status=200):
        self.assertEqual(response.status, status, response)
        self.assertEqual(response["Content-Type"], "application/json")
        self.assertEqual(response["Access-Control-Allow-Origin"], "*")
        return response.json()

    def app(self):
        return basic("app", self.server.secret)
