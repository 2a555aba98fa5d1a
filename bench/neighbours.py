# SPDX-License-Identifier: Apache-2.0
"""What an account that does its worst costs another one.

The greedy one has the library of many files. The modest one has a hundred, and
one connection, on which it reads, uploads and lists: alone, and beside each of
the things that the greedy one can do. Clients of the greedy one are at nice 19,
as what they take of the processor themselves is not the server's doing.
"""
import base64
import contextlib
import functools
import json
import os
import re
import sys
import threading
import time
import urllib.parse

import chains
import pictures
import recognition
from servers import MIB, START_SECONDS, TOP, Failure

LAST = ("nice", "-n", "19")
ENDLESS = 1000000
FILES = 100
JSON_VALUES = 30000


class Modest:
    """Its files, and what it asks for."""

    def __init__(self, bench, server):
        self.bench, self.server = bench, server
        secret = server.add_account("modest")
        app, own = (base64.b64encode(text.encode()).decode()
                    for text in (f"app:{secret}", f"{secret}:"))
        with open(bench.small, "rb") as f:
            small = f.read()
        upload = {"Content-Type": "application/octet-stream",
                  "Authorization": f"Basic {app}"}
        for _ in range(FILES):
            said = server.call("POST", "/api/store/S3", upload, small)
        scale = bench.scale
        self.asks = {
            "GET 4 KiB": (
                scale.gets // 50,
                bench.head(server, f"GET /{json.loads(said)['handle']} "
                           "HTTP/1.1", label="modest-get")),
            "upload 4 KiB": (
                scale.uploads // 40,
                bench.head(server, "POST /api/store/S3 HTTP/1.1", [
                    f"Content-Length: {len(small)}",
                    *map(": ".join, upload.items())], label="modest-put"),
                bench.small),
            "list of 100": (
                scale.most_queries // 4,
                bench.head(server, f"GET /v1/files?limit={FILES} HTTP/1.1",
                           [f"Authorization: Basic {own}"],
                           label="modest-list"))}

    def measure(self):
        return {name: self.bench.run_load(self.server, 1, max(n, 4), *files)
                for name, (n, *files) in self.asks.items()}


def modest_of(bench, server):
    """Made once for each server, and before heads have its address."""
    if not hasattr(server, "modest"):
        server.modest = Modest(bench, server)
    return server.modest


def slower(alone, busy):
    return {"p50": busy["p50_ms"] / alone["p50_ms"],
            "p99": busy["p99_ms"] / alone["p99_ms"],
            "rate": alone["rate"] / busy["rate"]}


def beside(greedy):
    """How many times slower the modest one is at worst while greedy(bench,
    server), a context, has the other one at work."""
    def make(bench, server):
        modest = modest_of(bench, server)
        work = greedy(bench, server)
        modest.measure()

        def run():
            recognition.wait_until_idle(server)
            alone = modest.measure()
            with work():
                time.sleep(0.3)
                busy = modest.measure()
            times = {what: slower(alone[what], busy[what]) for what in alone}
            for what, figures in times.items():
                print(f"    {what:12}" + "".join(
                    f"  {name} x {value:.2f}" for name, value in
                    figures.items()), flush=True)
            return {"rate": max(value for figures in times.values()
                                for value in figures.values()),
                    "times": times}
        return run
    return make


# What the greedy one does: each gives a context that has it done.

def wait_for_clients(server, count):
    """A busy machine may take a while to start programs at nice 19."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        text = server.call("GET", "/metrics").decode()
        if int(re.search(r"^stowage_connections_open (\d+)", text,
                         re.M)[1]) > count:
            return
        time.sleep(0.05)
    raise Failure(f"{server.name}: the greedy clients do not begin")


@contextlib.contextmanager
def loads(bench, server, connections, files):
    """As many clients as there are heads."""
    clients = [bench.start_load(server, connections, ENDLESS, *each,
                                prefix=LAST) for each in files]
    wait_for_clients(server, connections * len(files))
    yield
    for client in clients:
        if client.poll() is not None:
            raise Failure(f"{server.name}: the greedy client has ended")
        client.terminate()
        # some of it may be refused
        bench.load_result(server, client, refusals=True)


def asks(connections, *targets):
    """GETs by ImageKit's calls."""
    def greedy(bench, server):
        field = f"Authorization: {server.basic()['Authorization']}"
        files = [(bench.head(server, f"GET {target} HTTP/1.1", [field],
                             label=f"greedy{i}"),)
                 for i, target in enumerate(targets)]
        return functools.partial(loads, bench, server, connections, files)
    return greedy


def search(text):
    return "/v1/files?" + urllib.parse.urlencode({"searchQuery": text})


def changes(method, connections, target, body):
    """Calls with JSON; target(server)."""
    def greedy(bench, server):
        path = os.path.join(bench.work, "greedy.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(body, f)
        head = bench.head(server, f"{method} {target(server)} HTTP/1.1", [
            f"Content-Length: {os.path.getsize(path)}",
            "Content-Type: application/json",
            *map(": ".join, server.basic().items())], label="greedy")
        return functools.partial(loads, bench, server, connections,
                                 [(head, path)])
    return greedy


def one_file(server):
    said = json.loads(server.call("GET", "/v1/files?limit=1", server.basic()))
    return f"/v1/files/{said[0]['fileId']}/details"


TAGS = {"tags": [f"tag number {n}" for n in range(25)],
        "description": "d" * 8000}
LARGE_JSON = {"urls": [{} for _ in range(JSON_VALUES)],
              "text": "t" * (MIB - 4 * JSON_VALUES - 100)}


def folder_moves(_bench, server):
    """Ten jobs at a time, which take half of the library away and back."""
    state = {"away": False}

    def move_all(stop):
        while not stop.is_set():
            places = [(f"/away/f{i}", "/") if state["away"] else
                      (f"/f{i}", "/away") for i in range(10)]
            numbers = [server.move_folder(*each) for each in places]
            state["away"] = not state["away"]
            while any(map(server.is_pending, numbers)):
                time.sleep(0.02)

    @contextlib.contextmanager
    def work():
        stop = threading.Event()
        thread = threading.Thread(target=move_all, args=[stop], daemon=True)
        thread.start()
        try:
            yield
            if not thread.is_alive():
                raise Failure(f"{server.name}: no folders are moved")
        finally:
            stop.set()
        thread.join()
    return work


def tiny_uploads(bench, server):
    return functools.partial(loads, bench, server, 64,
                             [server.upload_request(True, bench.tiny)])


def renders(bench, server):
    name, recipe = next(iter(pictures.LARGE.items()))
    path = server.picture(pictures.make(bench, name, recipe), name, "jpg")
    return functools.partial(loads, bench, server, 16, [(bench.head(
        server, f"GET {path} HTTP/1.1", label="greedy"),)])


def readings(bench, server):
    files = recognition.ask(bench, server, recognition.half(bench, "png"))
    return functools.partial(loads, bench, server, 8, [files])


def archives(bench, server):
    packed, _ = chains.archive_of(bench, server)
    return functools.partial(loads, bench, server, 8, [(packed,)])


def transfers(bench, server):
    """Files of 20 MiB in parts with their sums, four at a time, from two
    clients; taken away when they have been measured."""
    source = bench.random_file("parted.bin", 20 * MIB)
    json_type = {"Content-Type": "application/json", **server.basic()}
    # that it is there to be taken away, whether a file has come or not
    server.call("POST", "/v1/folder", json_type, json.dumps(
        {"folderName": "parts", "parentFolderPath": "/"}))

    @contextlib.contextmanager
    def work():
        clients = [bench.processes.start(
            [*LAST, sys.executable, os.path.join(TOP, "bench/sender.py"),
             server.address, "md5", source, bench.public, str(ENDLESS)])
            for _ in range(2)]
        wait_for_clients(server, 2)
        yield
        for client in clients:
            if client.poll() is not None:
                raise Failure(f"{server.name}: the greedy client has ended")
            bench.processes.stop(client)
        server.call("DELETE", "/v1/folder", json_type,
                    json.dumps({"folderPath": "/parts"}))
    return work


def cases(case):
    """Name: case(title, make, **more)."""
    def one(title, greedy, **more):
        return case("a modest account beside one that " + title,
                    beside(greedy), **more)
    return {
        "neighbour-searches": one("searches without an index", asks(
            32, search("size = 123456789"), search('name : "n0"'))),
        "neighbour-lists": one("lists 1,000 files a page", asks(
            64, "/v1/files?limit=1000", "/v1/files?limit=1000&sort=ASC_SIZE")),
        "neighbour-jobs": one("moves folders", folder_moves),
        "neighbour-edits": one("changes what describes a file", changes(
            "PATCH", 32, one_file, TAGS)),
        "neighbour-json": one("sends 1 MiB of JSON", changes(
            "POST", 16, lambda _server: "/v1/files/batch/deleteByFileIds",
            LARGE_JSON)),
        "neighbour-pictures": one("has 24 megapixels made smaller", renders,
                                  missing=pictures.missing),
        "neighbour-texts": one("has pages read", readings,
                               missing=recognition.missing),
        "neighbour-archives": one("has archives made", archives),
        "neighbour-parts": one("uploads in parts with MD5", transfers),
        # last, as these files stay
        "neighbour-uploads": one("uploads 5 bytes, 64 at a time",
                                 tiny_uploads),
    }
