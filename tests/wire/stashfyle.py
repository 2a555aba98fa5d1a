# SPDX-License-Identifier: Apache-2.0
"""What the tests of StashFyle share: the calls, and the operator's side of
accounts and keys."""
import datetime

from apis import (STASHFYLE_CODES, assert_refused, bearer, query,
                  stashfyle_upload)
from harness import WireTest, wait_until
from rawhttp import form, request
from tenants import set_account

ID = "^f_[0-9a-z]{19}$"
FIELDS = {"id", "url", "name", "folder", "size", "type", "private",
          "expires_at", "created_at"}
KEYRING_SECONDS = 10    # until a running server must have seen a change


def when(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


class StashfyleTest(WireTest):
    @property
    def secret(self):
        return bearer(self.server.secret)

    def upload(self, *args, **kwargs):
        """A successful upload's file object."""
        response = stashfyle_upload(self.server, *args, **kwargs)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def call(self, method, path, headers=None, body=None, **parameters):
        return request(self.server, method, query("/v1" + path, **parameters),
                       self.secret if headers is None else headers, body)

    def ok(self, *args, **kwargs):
        """The same, which must succeed: the JSON."""
        response = self.call(*args, **kwargs)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def file(self, method, file_id, headers=None, door=("root", "", {})):
        return request(self.server, method, f"{door[1]}/v1/files/{file_id}",
                       {**door[2], **(headers or self.secret)})

    def refused(self, response, status, code=None, text=None):
        """code: where a status has several, the first unless named."""
        assert_refused(self, "stashfyle", response, status, text)
        wanted = code or STASHFYLE_CODES[status][0]
        self.assertEqual(response.json()["error"]["code"], wanted, response)

    def raw_upload(self, body, content_type, headers=None):
        kind = {"Content-Type": content_type} if content_type else {}
        return request(self.server, "POST", "/v1/upload",
                       {**self.secret, **kind, **(headers or {})}, body)

    def parts(self, *parts, headers=None):
        """An upload of exactly these parts."""
        kind, body = form(*parts)
        return request(self.server, "POST", "/v1/upload",
                       {**self.secret, **kind, **(headers or {})}, body)

    # The operator's side.

    def tool(self, *words):
        done = self.server.tool(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def set_limits(self, *flags, account="default"):
        """Replaces the named limits of an account."""
        set_account(self.server, account, *flags)

    def make_key(self, kind="public", *flags, account="default"):
        """A new key that the server knows already."""
        text = self.tool("keys", "create", "--kind", kind,
                         f"--account={account}", *flags).strip()
        self.assertTrue(wait_until(
            lambda: request(self.server, "GET", "/v1/files/f_",
                            bearer(text)).status != 401, KEYRING_SECONDS))
        return text

    def make_account(self, name):
        """The secret key of a new account."""
        self.tool("accounts", "create", name)
        return self.make_key("secret", account=name)
