# SPDX-License-Identifier: Apache-2.0
"""Filestack's uploads in parts, as each SDK words them. What is sent is by
hand; the judging is in the test files.
"""
import base64
import concurrent.futures
import hashlib
import json
import os
import random
import urllib.parse

from rawhttp import Connection, build, form, get_url, request

MIB = 1 << 20


def data_of(size, seed=1):
    return random.Random(seed).randbytes(size)


def md5_of(data):
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def nested(said, key="apikey", **more):
    """JSON, with the store's options in an object."""
    said = {k: v for k, v in {**said, **more}.items() if v is not None}
    if "apikey" in said:
        said[key] = said.pop("apikey")
    return {"Content-Type": "application/json"}, json.dumps(said).encode()


def flat(said, *parts):
    """A form, with the store's options beside the others."""
    fields = list(parts)
    for name, value in said.items():
        if value is None or value is False:
            continue
        if name == "store":
            fields += [("store_" + k, v if isinstance(v, str)
                        else json.dumps(v)) for k, v in value.items()]
        elif name == "fii":
            fields.append(("multipart", "true"))
        elif name == "parts":
            fields.append(("parts", ";".join(
                f"{p['part_number']}:{p['etag']}" for p in value)))
        elif isinstance(value, (dict, list)):
            fields.append((name, json.dumps(value)))
        else:
            fields.append((name, value))
    return form(*fields)


def javascript(said):
    headers, body = nested(said)
    return {**headers, "Filestack-Source": "JS-4.3.8",
            "Filestack-Trace-Id": "1700000000-abcdefghij",
            "Connection": "close"}, body


def ruby(said):
    # says nothing of what it sends
    return {"Content-Type": None}, nested(said)[1]


def go(said):
    fii = said.get("fii") or False
    said = {k: v for k, v in said.items() if k != "offset" or v}
    if said.get("parts"):
        said["parts"] = said["parts"][::-1]
    headers, body = nested(said, key="apiKey", fii=fii)
    body = body[:-1] + b', "upload_tags": null}'
    return headers, body


def swift(said):
    said = dict(said)
    if "store" in said and "filename" in said:
        said["store"] = {**said["store"], "filename": said["filename"],
                         "mimetype": said.get("mimetype")}
    return nested(said)


def php(said):
    return flat(said, ("files", b"", "f.bin", "text/plain"))


def urlencoded(said):
    fields = {k: v for k, v in said.items()
              if not isinstance(v, (dict, list)) and v is not None}
    for key, value in (said.get("store") or {}).items():
        fields["store_" + key] = value
    if said.get("parts"):
        fields["parts"] = ";".join(f"{p['part_number']}:{p['etag']}"
                                   for p in said["parts"])
    return {"Content-Type": "application/x-www-form-urlencoded"}, \
        urllib.parse.urlencode(fields).encode()


# name: (encoding, bytes of its parts, bytes of its chunks)
SDKS = {"js 4": (javascript, 6 * MIB, 8 * MIB),
        "js 3": (nested, 6 * MIB, 1 * MIB),
        "js 2": (flat, 6 * MIB, 2 * MIB),
        "python": (nested, 5 * MIB, 1 * MIB),
        "ruby": (ruby, 8 * MIB, 512 * 1024),
        "go": (go, 5 * MIB, 1 * MIB),
        "swift": (swift, 5 * MIB, 1 * MIB),
        "php": (php, 8 * MIB, 1 * MIB),
        "java": (flat, 5 * MIB, 1 * MIB),
        "a form": (urlencoded, 5 * MIB, 1 * MIB)}


class Upload:
    """One upload. Calls return responses; what is None is left out."""

    def __init__(self, server, data, encode=nested, key=True, **options):
        self.server, self.data, self.encode = server, data, encode
        self.key = server.public if key is True else key
        self.begun = {"filename": "f.bin",
                      "mimetype": "application/octet-stream",
                      "size": len(data), "store": {"location": "s3"},
                      **options}
        self.upload_id, self.etags = None, {}
        self.answer = {}

    def post(self, call, **said):
        headers, body = self.encode({
            "apikey": self.key, "uri": self.answer.get("uri"),
            "region": self.answer.get("region"),
            "upload_id": self.upload_id, **said})
        return request(self.server, "POST", "/multipart/" + call, headers,
                       body)

    def start(self, **more):
        response = self.post("start", **{**self.begun, **more})
        if response.status == 200:
            self.answer = response.json()
            self.upload_id = self.answer["upload_id"]
        return response

    def upload(self, part, size, offset=None, **more):
        return self.post("upload", part=part, size=size, offset=offset,
                         store=self.begun["store"], **more)

    def put(self, response, data, headers=None):
        answer = response.json()
        parts = urllib.parse.urlsplit(answer["url"])
        return request(self.server, "PUT", parts.path + "?" + parts.query,
                       {"Host": parts.netloc, **answer["headers"],
                        **(headers or {})}, data)

    def part(self, number, data, offset=None, check=True, **more):
        """Both calls of a part; its answer's ETag is kept."""
        md5 = md5_of(data) if check else None
        where = self.upload(number, len(data), offset, md5=md5, **more)
        if where.status != 200:
            return where
        response = self.put(where, data)
        if response.status == 200:
            self.etags[number] = response["ETag"]
        return response

    def commit(self, part, **more):
        return self.post("commit", part=part, size=len(self.data),
                         store=self.begun["store"], **more)

    def listed(self):
        return [{"part_number": n, "etag": etag}
                for n, etag in sorted(self.etags.items())]

    def complete(self, **more):
        said = {k: v for k, v in self.begun.items()}
        if not said.get("fii"):
            said["parts"] = self.listed()
        return self.post("complete", **{**said, **more})

    def cut(self, size):
        """(number, its bytes) of each part."""
        return [(i // size + 1, self.data[i:i + size])
                for i in range(0, len(self.data), size)]

    def send(self, size, order=None, at_once=1):
        """All parts, whole; the answers that were no success."""
        parts = self.cut(size)
        if order:
            parts = [parts[i - 1] for i in order]
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            done = list(pool.map(lambda p: self.part(*p), parts))
        return [response for response in done if response.status != 200]

    def send_chunks(self, number, data, size):
        bad = [self.part(number, data[i:i + size], offset=i, fii=True)
               for i in range(0, len(data), size)]
        bad.append(self.commit(number, fii=True))
        return [response for response in bad if response.status != 200]


def stored(server, response):
    """The bytes of the file that a complete has answered with."""
    return get_url(server, response.json()["url"]).body


def half_put(server, where, data, length=100):
    """A connection on which a PUT has begun."""
    parts = urllib.parse.urlsplit(where.json()["url"])
    connection = Connection(server)
    connection.send(build("PUT", parts.path + "?" + parts.query,
                          server.authority, {"Content-Length": str(length),
                                             "Expect": "100-continue"}))
    assert connection.read_head().status == 100
    connection.send(data)
    return connection


def staged_bytes(server):
    """What all that is staged takes of the disk."""
    folder = os.path.join(server.seen_data, "blobs", "uploads")
    return sum(entry.stat().st_blocks * 512 for entry in os.scandir(folder))
