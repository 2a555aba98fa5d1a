# SPDX-License-Identifier: Apache-2.0
"""An application with Filestack's security on, and what one does to it."""
from apis import filestack_store, query
from filestack_cdn import CdnTest
from harness import wait_until
from policies import make, pair
from rawhttp import form, request
from tenants import tool


def secure(server, account="default", key=None):
    """Switches it on; returns when the server knows of it."""
    tool(server, "accounts", "set", account, "--filestack-security", "on")
    if not wait_until(lambda: filestack_store(
            server, b"x", key=key or server.public).status == 403):
        raise AssertionError("the server does not know of it")


class PolicyTest(CdnTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        secure(cls.server)

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
