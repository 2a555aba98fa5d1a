# SPDX-License-Identifier: Apache-2.0
"""Filestack's policies, as whoever has the secret makes them."""
import base64
import hashlib
import hmac
import json
import time
import urllib.parse


def far():
    return int(time.time()) + 3600


def encode(text):
    data = text if isinstance(text, bytes) else text.encode()
    return base64.urlsafe_b64encode(data).decode()


def sign(secret, policy):
    return hmac.new(secret.encode(), policy.encode(), hashlib.sha256) \
        .hexdigest()


def signed(secret, text):
    """(policy, signature) of a text, whatever it says."""
    policy = encode(text)
    return policy, sign(secret, policy)


def make(secret, *calls, **members):
    """(policy, signature); without calls none is named."""
    said = {"expiry": far(), **members}
    if calls:
        said["call"] = list(calls)
    return signed(secret, json.dumps(said))


def pair(proof):
    """As the members of a query or a form."""
    return {"policy": proof[0], "signature": proof[1]}


def in_query(target, proof):
    return target + ("&" if "?" in target else "?") + \
        urllib.parse.urlencode(pair(proof))


def in_task(proof, names=("policy", "signature")):
    return "security=" + ",".join(
        f"{name}:{urllib.parse.quote(value)}"
        for name, value in zip(names, proof))
