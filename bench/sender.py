#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One large file, sent in the way of one kind of client, by sendfile: the
client costs little, and of each kind the same.

usage: sender.py HOST:PORT KIND FILE KEY [TIMES]

  raw    one request with the file as its body
  parts  the calls of filestack-js's client.upload: 8 MiB a part, 4 at a time
  md5    the same with the sum of each part, which are taken before it begins
  tus    one upload of the tus protocol, without a break, as its clients do it

Prints one JSON object: seconds, and those of each request that had bytes.
"""
import base64
import concurrent.futures
import hashlib
import http.client
import json
import os
import sys
import threading
import time
import urllib.parse

PART = 8 << 20
AT_ONCE = 4
LIMIT_SECONDS = 120


class Client:
    """A connection for each thread that asks."""

    def __init__(self, address, source):
        self.address, self.source = address, source
        self.size = os.path.getsize(source)
        self.own, self.seconds = threading.local(), []

    def connection(self):
        if not hasattr(self.own, "connection"):
            self.own.connection = http.client.HTTPConnection(
                self.address, timeout=LIMIT_SECONDS)
            self.own.file = open(self.source, "rb")
        return self.own.connection

    def answer(self, connection, what):
        response = connection.getresponse()
        text = response.read()
        if response.status // 100 != 2:
            raise SystemExit(f"{what}: {response.status} {text[:300]!r}")
        return response, text

    def call(self, path, body):
        connection = self.connection()
        connection.request("POST", path, json.dumps(body),
                           {"Content-Type": "application/json"})
        return json.loads(self.answer(connection, path)[1])

    def send(self, method, path, headers, at=0, size=None):
        """The bytes of the file from there on as the body."""
        size = self.size if size is None else size
        connection = self.connection()
        began = time.monotonic()
        connection.putrequest(method, path)
        for name, value in {**headers, "Content-Length": size}.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.sock.sendfile(self.own.file, at, size)
        out = self.answer(connection, path)
        self.seconds.append(time.monotonic() - began)
        return out


def path_of(url):
    parsed = urllib.parse.urlsplit(url)
    return parsed.path + (f"?{parsed.query}" if parsed.query else "")


def prepare_raw(client, key):
    headers = {"Content-Type": "application/octet-stream"}
    path = f"/api/store/S3?key={key}&filename=bench.bin"
    return lambda: client.send("POST", path, headers)


def prepare_tus(client, _key):
    version = {"Tus-Resumable": "1.0.0"}

    def run():
        connection = client.connection()
        connection.request("POST", "/files", headers={
            **version, "Upload-Length": str(client.size)})
        response, _ = client.answer(connection, "creation")
        client.send("PATCH", path_of(response.getheader("Location")), {
            **version, "Upload-Offset": "0",
            "Content-Type": "application/offset+octet-stream"})
    return run


def sums_of(client):
    with open(client.source, "rb") as f:
        return [base64.b64encode(hashlib.md5(f.read(PART)).digest()).decode()
                for _ in range(0, client.size, PART)]


def prepare_parts(client, key, sums=None):
    told = {"apikey": key, "store": {"location": "s3", "path": "/parts/"}}
    whole = {"filename": "bench.bin", "mimetype": "application/octet-stream",
             "size": client.size}

    def part(started, n):
        at = n * PART
        size = min(PART, client.size - at)
        said = client.call("/multipart/upload", {
            **started, "part": n + 1, "size": size,
            **({"md5": sums[n]} if sums else {})})
        response, _ = client.send("PUT", path_of(said["url"]),
                                  said["headers"], at, size)
        return {"part_number": n + 1, "etag": response.getheader("ETag")}

    def run():
        said = client.call("/multipart/start", {**told, **whole})
        started = {**told, **{name: said[name] for name in
                              ("uri", "region", "upload_id")}}
        count = -(-client.size // PART)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            parts = list(pool.map(lambda n: part(started, n), range(count)))
        said = client.call("/multipart/complete",
                           {**started, **whole, "parts": parts})
        if said["size"] != client.size or said["status"] != "Stored":
            raise SystemExit(f"it was not stored: {said}")
    return run


KINDS = {"raw": prepare_raw, "parts": prepare_parts, "tus": prepare_tus,
         "md5": lambda client, key: prepare_parts(client, key,
                                                  sums_of(client))}


def main():
    address, kind, source, key = sys.argv[1:5]
    times = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    client = Client(address, source)
    run = KINDS[kind](client, key)
    began = time.monotonic()
    for _ in range(times):
        run()
    print(json.dumps({"seconds": time.monotonic() - began,
                      "each": sorted(client.seconds)}))


if __name__ == "__main__":
    main()
