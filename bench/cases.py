# SPDX-License-Identifier: Apache-2.0
"""The cases: what is asked of each server in one round."""
import dataclasses
import json
import subprocess
import time
import typing
import urllib.parse

import chains
import neighbours
import pictures
import recognition
import transfers
from servers import MIB, Failure

# Which of the contestants take part, besides Stowage itself.
READERS = ("nginx", "nginx tuned")
SMALL_READERS = READERS + ("bare loop",)
RAW_WRITERS = READERS + ("dd",)
FORM_WRITERS = READERS + ("multer", "dd")
SMALL_WRITERS = READERS + ("multer",)
RESUMING = ("tus",)
RESUMING_TO_DISK = RESUMING + ("dd",)
RESIZERS = ("ipx",)
JPEG_RESIZERS = ("ipx", "image_filter")
TESSERACT = ("tesseract", "tesseract warm")
UNCACHED = ("--derived-max", "0", "--derived-memory", "0")
# The figures of a busy machine are not worth keeping, but they end no run.
PATIENT = ("--ocr-timeout", "5m")
UNREAD = (*UNCACHED, *PATIENT)
ONE_HELPER, TWO_HELPERS = ((*UNREAD, "--ocr-helpers", n) for n in "12")


@dataclasses.dataclass
class Case:
    """make(bench, server) prepares one server and returns what runs a round
    and returns its figures: rate, cpu, p50_ms, p99_ms."""
    title: str
    unit: str
    make: typing.Callable
    rivals: tuple = ()
    free: bool = False      # server and client share all cores
    library: bool = False   # of a library of many files
    less: bool = False      # less is better
    most_rounds: int = 1000
    logs: bool = True       # the same with the default log is measured, too
    with_log: bool = False  # that is held against the rivals, too
    counted: bool = True    # its instructions say something
    words: tuple = ()       # more settings of Stowage's
    missing: typing.Callable = lambda _bench: None  # why it cannot be run
    after: typing.Callable = None   # (bench, servers): says more


@dataclasses.dataclass
class Scale:
    """How much of everything a round is."""
    large: int              # bytes of a large file
    gets: int
    large_gets: int
    uploads: int
    multer_uploads: int
    large_uploads: int
    idle: int
    files: int              # of a library
    most_queries: int
    query_seconds: float
    pictures: int           # resized
    transfer: int           # bytes of what is sent in parts


FULL = Scale(100 * MIB, 100000, 30, 20000, 4000, 8, 10000, 10000, 2000, 0.7, 400,
             1024 * MIB)
COUNTED = Scale(8 * MIB, 2000, 4, 1000, 0, 2, 100, 10000, 40, 0.7, 8, 32 * MIB)
LARGE = dataclasses.replace(FULL, files=1000000)
SMOKE = Scale(2 * MIB, 200, 4, 128, 128, 2, 20, 400, 2, 0.1, 8, 20 * MIB)


def get_small(bench, server):
    path = server.put_public(bench.small, "small.bin")
    head = bench.head(server, f"GET {path} HTTP/1.1")
    return lambda: bench.run_load(server, 64, bench.scale.gets, head)


def get_large(bench, server):
    path = server.put_public(bench.large, "large.bin")
    head = bench.head(server, f"GET {path} HTTP/1.1")
    return lambda: bench.run_load(server, 2, bench.scale.large_gets, head)


def put_large(form):
    def make(bench, server):
        def run():
            try:
                return server.upload(2, bench.scale.large_uploads, form,
                                     bench.large)
            finally:
                server.clear()
        return run
    return make


def put_small(bench, server):
    slow = server.name == "multer"
    count = bench.scale.multer_uploads if slow else bench.scale.uploads
    return lambda: server.upload(64, count, True, bench.small)


def idle(bench, server):
    """Each connection has been used: idle is what is between requests."""
    path = server.put_public(bench.small, "small.bin")
    head = bench.head(server, f"GET {path} HTTP/1.1")

    def run():
        bench.run_load(server, 4, 200, head)
        before = server.rss_kib()
        client = bench.start_load(server, "idle", bench.scale.idle, head,
                                  stdin=subprocess.PIPE)
        if not client.stdout.readline():
            raise Failure(f"{server.name} did not keep the connections")
        time.sleep(0.5)
        kib = (server.rss_kib() - before) / bench.scale.idle
        client.stdin.close()
        client.wait()
        bench.processes.stop(client)
        return {"rate": kib}
    return run


# Of a library.

def bearer(bench):
    return f"Authorization: Bearer {bench.secret}"


def basic(_bench, server):
    return f"Authorization: {server.basic()['Authorization']}"


def page(dialect, found, **options):
    """A page of 100; found: whether any file is on it."""
    def make(bench, server):
        field = basic(bench, server) if dialect == "imagekit" \
            else bearer(bench)
        name, value = field.split(": ")
        query = {"limit": 100}
        for key, text in options.items():
            query[key] = text(bench, server) if callable(text) else text
        target = "/v1/files?" + urllib.parse.urlencode(query)
        said = json.loads(server.call("GET", target, {name: value}))
        rows = said if isinstance(said, list) else said["files"]
        if bool(rows) != found:
            raise Failure(f"{server.name}: {target} found {len(rows)} files")
        head = bench.head(server, f"GET {target} HTTP/1.1", [field])
        count = bench.pace(lambda n: bench.run_load(server, 1, n, head))
        return lambda: bench.run_load(server, 1, count, head)
    return make


def second_page(bench, server):
    name, value = bearer(bench).split(": ")
    said = server.call("GET", "/v1/files?limit=100", {name: value})
    return json.loads(said)["cursor"]


def half_way(bench, _server):
    return bench.scale.files // 2


def move_beside_uploads(bench, server):
    """A tenth of the half that is in folders goes away and back; the figures
    of time are those of uploads of 5 bytes, one after the other."""
    turn = 0

    def run():
        nonlocal turn
        places = ("/f0", "/away") if turn % 2 == 0 else ("/away/f0", "/")
        turn += 1
        began, before = time.monotonic(), server.cpu()
        client = bench.start_load(server, 1, 1000000,
                                  *server.upload_request(True, bench.tiny))
        number = server.move_folder(*places)
        while server.is_pending(number):
            time.sleep(0.01)
        seconds, cpu = time.monotonic() - began, server.cpu() - before
        client.terminate()
        out = bench.load_result(server, client)
        files = bench.scale.files / 20
        return {"rate": files / seconds, "cpu": cpu / files,
                "p50_ms": out["p50_ms"], "p99_ms": out["p99_ms"],
                "max_ms": out["max_ms"]}
    return run


def library(title, make, unit="pages/s", **more):
    return Case(f"{title}, of many files", unit, make, library=True, **more)


def beside_greedy(title, make, **more):
    """The same servers for all of them, so the same settings."""
    return library(title, make, "times slower at worst", free=True, less=True,
                   logs=False, counted=False, most_rounds=3, words=UNREAD,
                   **more)


def picture(title, sources, kind="jpg", rivals=RESIZERS, **more):
    return Case(f"{title}, to 512 pixels {kind}, 2 at a time",
                "pictures/s", pictures.resize(sources, kind), rivals,
                free=True, counted=False, words=UNCACHED,
                missing=pictures.missing, **more)


def recognised(title, unit, make, rivals=(), rounds=3, **more):
    """Seconds each: a line of the log is nothing to them."""
    return Case(title, unit, make, rivals, logs=False, counted=False,
                most_rounds=rounds, missing=recognition.missing, **more)


def compare_quality(bench, servers):
    if "stowage" in servers and "ipx" in servers:
        print("  PSNR and SSIM against Lanczos in 16 bits of all pixels")
        pictures.quality(bench, servers["stowage"], servers["ipx"])


CASES = {
    "get-4k": Case("GET 4 KiB, 64 connections", "requests/s", get_small,
                   SMALL_READERS, with_log=True),
    "get-100m": Case("GET 100 MiB, 2 connections", "files/s", get_large,
                     READERS),
    "put-raw-100m": Case("raw upload 100 MiB, 2 connections", "files/s",
                         put_large(False), RAW_WRITERS),
    "put-form-100m": Case("multipart upload 100 MiB, 2 connections (nginx: "
                          "raw PUT)", "files/s", put_large(True),
                          FORM_WRITERS),
    # While one thread waits for the disk another works: that takes cores.
    "put-form-4k": Case("multipart upload 4 KiB, 64 connections (nginx: raw "
                        "PUT), all cores for all", "uploads/s", put_small,
                        SMALL_WRITERS, free=True),
    "put-form-4k-pinned": Case("the same, server on one core, client on "
                               "another", "uploads/s", put_small,
                               SMALL_WRITERS),
    "idle": Case("memory of an idle connection", "KiB", idle, READERS,
                 less=True, most_rounds=3, counted=False),
    "picture": picture("photographs of 2000x1333", pictures.PHOTOS,
                       rivals=JPEG_RESIZERS, after=compare_quality),
    "picture-webp": picture("photographs of 2000x1333", pictures.PHOTOS,
                            "webp"),
    "picture-png": picture("PNG of 1600x1200 with alpha", pictures.ALPHA,
                           "png"),
    "picture-24m": picture("24 megapixels", pictures.LARGE),
    "picture-again": Case("the same picture from the cache, 64 connections",
                          "of an original's rate", pictures.again,
                          counted=False, missing=pictures.missing),
    "picture-beside": Case("GET 4 KiB while all renderers are busy",
                           "times the p99 of alone", pictures.beside,
                           free=True, less=True, counted=False,
                           words=UNCACHED,
                           missing=pictures.missing),
    "picture-memory": Case("memory with renderers, 36 megapixels", "MiB",
                           pictures.memory, free=True, less=True,
                           most_rounds=1, counted=False,
                           words=UNCACHED,
                           missing=pictures.missing),
    "chain": Case("a photograph to 512 pixels webp, by Filestack's URL",
                  "of the rate by ImageKit's", chains.picture, free=True,
                  counted=False, words=UNCACHED, missing=pictures.missing),
    "chain-again": Case("the same from the cache, 64 connections",
                        "of the rate by ImageKit's", chains.picture_again,
                        counted=False, missing=pictures.missing),
    "get-4k-policy": Case("GET 4 KiB with a policy, 64 connections",
                          "of a plain GET's rate", chains.with_policy,
                          counted=False),
    "zip": Case("an archive of 1 GiB", "of a plain read's rate",
                chains.archive, free=True, counted=False),
    "zip-memory": Case("memory for two of them at once", "MiB",
                       chains.archive_memory, free=True, less=True,
                       most_rounds=3, counted=False),
    "parts": Case("1 GiB in parts of 8 MiB, 4 at a time (tus: as one)", "MiB/s",
                  transfers.whole("parts"), RESUMING_TO_DISK, free=True,
                  counted=False),
    "parts-md5": Case("the same with MD5 of each part", "MiB/s",
                      transfers.whole("md5"), RESUMING_TO_DISK, free=True,
                      counted=False),
    "parts-raw": Case("1 GiB in parts, beside one raw upload",
                      "of a raw upload's rate", transfers.beside_raw("parts"),
                      free=True, counted=False),
    "parts-raw-md5": Case("the same with MD5 of each part",
                          "of a raw upload's rate", transfers.beside_raw("md5"),
                          free=True, counted=False),
    "parts-memory": Case("memory of the server meanwhile", "MiB",
                         transfers.memory, RESUMING, free=True, less=True,
                         most_rounds=3, counted=False),
    # On one core each; one thread of Tesseract.
    "ocr-page": recognised(
        "vOCR of a dense page, A4 at 300 dpi (tesseract: of the same pixels)",
        "s/page", recognition.first(recognition.dense, "png", 1), TESSERACT,
        less=True, words=UNREAD),
    "ocr-pages": recognised(
        "vOCR of ten half-empty pages of a PDF of 12, two helpers", "s/page",
        recognition.first(recognition.half, "pdf", 10), ("one helper",),
        rounds=2, free=True, less=True, words=TWO_HELPERS),
    "ocr-again": recognised(
        "vOCR of a receipt from the cache", "ms (median)",
        recognition.again(recognition.receipt), free=True, less=True,
        words=PATIENT),
    "ocr-again-dense": recognised(
        "vOCR of ten dense pages from the cache", "ms (median)",
        recognition.again(recognition.dense, "pdf"), free=True, less=True,
        words=PATIENT),
    "ocr-beside-get": recognised(
        "GET 4 KiB while text is recognised, 16 connections",
        "of the rate alone", recognition.beside(recognition.gets), free=True,
        words=UNREAD),
    "ocr-beside-put": recognised(
        "raw upload of 64 KiB while text is recognised, 16 connections",
        "of the rate alone", recognition.beside(recognition.uploads),
        free=True, words=UNREAD),
    "list": library("StashFyle list", page("stashfyle", True)),
    "list-folder": library("StashFyle list of a folder", page(
        "stashfyle", True, folder="f1/g1")),
    "list-page-2": library("StashFyle list, its second page", page(
        "stashfyle", True, cursor=second_page)),
    "media": library("ImageKit list", page("imagekit", True)),
    "media-folder": library("ImageKit list of a folder", page(
        "imagekit", True, path="/f1/g1")),
    "media-by-name": library("ImageKit list by name", page(
        "imagekit", True, sort="ASC_NAME")),
    "media-by-update": library("ImageKit list by update", page(
        "imagekit", True, sort="DESC_UPDATED")),
    "media-skip": library("ImageKit list after skipping half", page(
        "imagekit", True, skip=half_way)),
    "media-by-size": library("ImageKit list by size (no index)", page(
        "imagekit", True, sort="ASC_SIZE")),
    "search-tag-half": library("search for a tag of half", page(
        "imagekit", True, searchQuery='tags IN ["half"]')),
    "search-tag-ten": library("search for a tag of ten", page(
        "imagekit", True, searchQuery='tags IN ["ten"]')),
    "search-prefix-all": library("search for a prefix of all names", page(
        "imagekit", True, searchQuery='name : "n0"')),
    "search-prefix-ten": library("search for a prefix of ten names", page(
        "imagekit", True, searchQuery='name : "n000001"')),
    "search-name": library("search for one name", page(
        "imagekit", True, searchQuery='name = "n0000042.txt"')),
    "search-size": library("search for a size nobody has (no index)", page(
        "imagekit", False, searchQuery="size = 123456789")),
    "move": library("folder move beside uploads of 5 bytes (times: of the "
                    "uploads)", move_beside_uploads, "files/s",
                    most_rounds=5, counted=False),
    **neighbours.cases(beside_greedy),
}
