# SPDX-License-Identifier: Apache-2.0
"""Filestack's security: what a policy opens, and what it does not."""
import unittest

from apis import basic, filestack_store
from filestack_policy import PolicyTest
from policies import in_query


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
