# SPDX-License-Identifier: Apache-2.0
"""ImageKit's media library from a client's side."""
import json
import secrets
import urllib.parse

from apis import basic, imagekit_upload
from harness import WireTest, wait_until
from rawhttp import request

HELP = "For support kindly contact us at support@imagekit.io ."


class ImageKitTest(WireTest):
    def call(self, method, target, body=None, key=None):
        headers = basic(key or self.server.secret)
        if body is not None:
            headers["Content-Type"] = "application/json"
            if not isinstance(body, bytes):
                body = json.dumps(body).encode()
        return request(self.server, method, target, headers, body)

    def ok(self, method, target, body=None, status=200):
        response = self.call(method, target, body)
        self.assertEqual(response.status, status, response)
        return response.json() if response.body else None

    def refused(self, response, status, message=None, **more):
        """message, help, and exactly those members besides."""
        self.assertEqual(response.status, status, response)
        said = response.json()
        self.assertEqual(said.pop("help"), HELP)
        text = said.pop("message")
        if message is not None:
            self.assertEqual(text, message)
        self.assertEqual(said, more)
        self.assertRegex(response["x-ik-requestid"], "^[0-9a-f-]{36}$")
        # SDK 7 asks again twice otherwise
        if status in (409, 501):
            self.assertEqual(response["x-should-retry"], "false")
        else:
            self.assertIsNone(response["x-should-retry"])
        return text

    def upload(self, name=None, file=("hello", "a.txt"), **fields):
        response = imagekit_upload(
            self.server, file, fileName=name or secrets.token_hex(6) + ".txt",
            **{"useUniqueFileName": "false", **fields})
        self.assertEqual(response.status, 200, response)
        return response.json()

    def list(self, **options):
        return self.ok("GET", "/v1/files?" + urllib.parse.urlencode(options))

    def names(self, **options):
        return [row["name"] for row in self.list(**options)]

    def ended(self, job):
        def look():
            response = self.call("GET", "/v1/bulkJobs/" + job["jobId"])
            return None if response.json()["status"] == "Pending" else response
        response = wait_until(look)
        self.assertTrue(response, "the job does not end")
        return response

    def assert_sound(self):
        """All bytes and rows are as they should be."""
        done = self.server.tool("fsck")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
