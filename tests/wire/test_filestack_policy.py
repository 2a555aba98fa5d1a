# SPDX-License-Identifier: Apache-2.0
"""Filestack's security: what a policy opens, and what it does not."""
import unittest

from apis import basic, filestack_store, query
from filestack_cdn import CdnTest
from harness import wait_until
from policies import in_query, make, pair
from rawhttp import form, request
from tenants import tool


class PolicyTest(CdnTest):
    """With security, from the start."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tool(cls.server, "accounts", "set", "default",
             "--filestack-security", "on")
        if not wait_until(lambda: cls.is_on()):
            raise AssertionError("the server does not know of it")

    @classmethod
    def is_on(cls):
        return filestack_store(cls.server, b"x").status == 403

    def proof(self, *calls, **members):
        return make(self.server.secret, *calls, **members)

    def store_under(self, proof, data=b"data", name="a.txt", **options):
        kind, body = form(("fileUpload", data, name))
        target = query("/api/store/S3", key=self.server.public,
                       **(pair(proof) if proof else {}), **options)
        return request(self.server, "POST", target, kind, body)

    def stored(self, data=b"data", name="a.txt", **options):
        response = self.store_under(self.proof("store"), data, name,
                                    **options)
        self.assertEqual(response.status, 200, response)
        return response.json()["handle"]


class SecurityTest(PolicyTest):
    def test_nothing_goes_without_a_policy(self):
        self.assertEqual(self.store_under(None).status, 403)
        handle = self.stored()
        for target in (f"/{handle}", f"/api/file/{handle}",
                       f"/{self.server.public}/{handle}"):
            with self.subTest(target):
                self.assert_said(self.get(target), 403)
                response = self.get(in_query(target, self.proof("read")))
                self.assertEqual((response.status, response.body),
                                 (200, b"data"))
                self.assertIn("private", response["Cache-Control"])

    def test_the_secret_needs_none(self):
        response = filestack_store(
            self.server, b"x",
            headers=basic("app", self.server.secret))
        self.assertEqual(response.status, 200, response)
        self.assertEqual(self.get("/" + response.json()["handle"],
                                  self.app()).status, 200)


if __name__ == "__main__":
    unittest.main()
