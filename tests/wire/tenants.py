# SPDX-License-Identifier: Apache-2.0
"""What an operator does to accounts and keys of a running server. Each function
returns when the server knows of it."""
import json
import time

from apis import api_key
from harness import wait_until
from rawhttp import request

NOTHING = "/v1/store/file/read/nothing/here"


def tool(server, *words):
    """One command on the server's data; what it printed."""
    done = server.tool(*words)
    if done.returncode:
        raise AssertionError(done)
    return done.stdout


def is_known(server, key):
    """A key with domains is told 403, any other 404; an unknown one 401."""
    return request(server, "GET", NOTHING, api_key(key)).status != 401


def flags(**lists):
    """{"api": ["store"]} as ["--api", "store"]."""
    return [word for name, values in lists.items() for value in values
            for word in ("--" + name, value)]


def add_key(server, kind="public", account="default", **restrictions):
    """api=[...], domain=[...], origin=[...]"""
    key = tool(server, "keys", "create", "--kind", kind, "--account", account,
               *flags(**restrictions)).strip()
    if not wait_until(lambda: is_known(server, key)):
        raise AssertionError(f"the server does not know {kind} key {key}")
    return key


def revoke_key(server, key):
    listed = json.loads(tool(server, "keys", "list", "--json", "--show"))
    number = [row["id"] for row in listed if row["key"] == key][0]
    tool(server, "keys", "revoke", str(number))
    if not wait_until(lambda: not is_known(server, key)):
        raise AssertionError("the server still takes the key")


def add_account(server, name):
    """(secret key, public key)"""
    said = dict(line.split() for line in
                tool(server, "accounts", "create", name).splitlines())
    if not wait_until(lambda: is_known(server, said["secret"])):
        raise AssertionError(f"the server does not know {name}")
    return said["secret"], said["public"]


def set_account(server, account, *options):
    tool(server, "accounts", "set", account, *options)
    # what is made later is not known before
    add_key(server, "secret", account)


def limit_rate(server, key, account, per_second):
    """None: no limit. key: one of the account's, to look with. Nothing is
    counted when it returns."""
    tool(server, "accounts", "set", account, "--rate-per-second",
         str(per_second or "none"))
    wanted = str(per_second or 0x7fffffff)

    def look():
        response = request(server, "GET", NOTHING, api_key(key))
        return response if \
            response["x-jigsaw-rate-limit-limit"] == wanted else None
    response = wait_until(look)
    if response is None:
        raise AssertionError("the server does not know the limit")
    if per_second:
        reset = int(response["x-jigsaw-rate-limit-reset"]) / 1000
        time.sleep(max(0, reset - time.time()) + 0.1)
