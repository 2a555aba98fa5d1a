# SPDX-License-Identifier: Apache-2.0
"""Filestack's URLs, each beside what it should not cost more than."""
import base64
import hashlib
import hmac
import json
import os
import time
import urllib.parse

import pictures


def store(bench, server, source, name):
    """The handle of a file that is stored."""
    target = "/api/store/S3?" + urllib.parse.urlencode(
        {"key": bench.public, "filename": name})
    with open(source, "rb") as body:
        return json.loads(server.call("POST", target, {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(os.path.getsize(source))}, body))["handle"]


def get(bench, server, path, label):
    return bench.head(server, f"GET {path} HTTP/1.1", label=label)


def ratio(one, two, times=1):
    """Of the rate of one, that of two, each of which is so many of them."""
    return {"rate": times * two["rate"] / one["rate"], "cpu": two["cpu"],
            "p50_ms": two["p50_ms"], "p99_ms": two["p99_ms"]}


def with_policy(bench, server):
    """A public file, and one of an account that takes a policy for it."""
    secret = server.add_account("secured", "--filestack-security", "on")
    plain = store(bench, server, bench.small, "small.bin")
    pair = base64.b64encode(f"app:{secret}".encode()).decode()
    with open(bench.small, "rb") as body:
        guarded = json.loads(server.call("POST", "/api/store/S3", {
            "Content-Type": "application/octet-stream",
            "Authorization": f"Basic {pair}"}, body.read()))["handle"]
    policy = base64.urlsafe_b64encode(json.dumps({
        "expiry": int(time.time()) + 86400, "call": ["read"]}).encode())
    query = urllib.parse.urlencode({
        "policy": policy, "signature": hmac.new(
            secret.encode(), policy, hashlib.sha256).hexdigest()})
    heads = (get(bench, server, f"/{plain}", "plain"),
             get(bench, server, f"/{guarded}?{query}", "policy"))
    return lambda: ratio(*(bench.run_load(server, 64, bench.scale.gets, head)
                           for head in heads))


def archive_of(bench, server):
    """A GET of an archive that has a large file as often as a transfer is
    larger, and how many bytes those are."""
    handle = store(bench, server, bench.large, "large.bin")
    n = bench.scale.transfer // bench.scale.large
    return (get(bench, server, f"/zip/[{','.join([handle] * n)}]", "zip"),
            n * bench.scale.large)


def archive(bench, server):
    """Bytes for bytes, in one request each: what is read by several is never
    held up by its reader, and is faster for that alone."""
    source = bench.transfer()
    plain = get(bench, server, f"/{store(bench, server, source, 'one.bin')}",
                "plain")
    packed, size = archive_of(bench, server)
    times = size / os.path.getsize(source)
    return lambda: ratio(bench.run_load(server, 1, 1, plain),
                         bench.run_load(server, 1, 1, packed), times)


def archive_memory(bench, server):
    """The most that the server takes beside what it had before."""
    packed, _ = archive_of(bench, server)

    def run():
        before = server.rss_kib()
        round_, most = server.watch_rss(
            lambda: bench.run_load(server, 2, 2, packed))
        return {**round_, "rate": max(0, most - before) / 1024}
    return run


def picture(bench, server):
    """The same photograph in the words of two vendors, nothing cached."""
    name, recipe = next(iter(pictures.PHOTOS.items()))
    source = pictures.make(bench, name, recipe)
    ours = get(bench, server, server.put_public(source, name)
               + "?tr=w-%W%,q-80,f-webp", "imagekit")
    theirs = get(bench, server, "/resize=width:%W%/output=format:webp,quality:80/"
                 + store(bench, server, source, name), "filestack")
    n = bench.scale.pictures // 4
    return lambda: ratio(bench.run_load(server, 2, n, ours),
                         bench.run_load(server, 2, n, theirs))


def picture_again(bench, server):
    """Both from the cache."""
    name, recipe = next(iter(pictures.PHOTOS.items()))
    source = pictures.make(bench, name, recipe)
    ours = server.put_public(source, name) + "?tr=w-512,q-80,f-webp"
    theirs = "/resize=width:512/output=format:webp,quality:80/" + \
        store(bench, server, source, name)
    for path in (ours, theirs):
        pictures.fetch(server, path)
    heads = (get(bench, server, ours, "imagekit"),
             get(bench, server, theirs, "filestack"))
    n = bench.scale.gets // 4
    return lambda: ratio(*(bench.run_load(server, 64, n, head)
                           for head in heads))
