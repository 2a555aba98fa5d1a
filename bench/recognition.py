# SPDX-License-Identifier: Apache-2.0
"""Text recognition, of pages whose drawing the tests share: what a page costs
at first and again, and what it costs others.

A4 at 300 dots an inch, clean and straight, so that what is prepared for
Tesseract is the picture itself: `tesseract` gets the same pixels.
"""
import functools
import json
import os
import shutil
import sys
import time

from servers import TOP, Failure, Tesseract

# Last, for names that are here as well.
sys.path.append(os.path.join(TOP, "tests/wire"))
import ocr_pictures

DENSE, HALF = 50, 20    # lines of a page
HEIGHT = 3508
PAGES = 12              # of a document, of which ten are read
AT_ONCE = 4             # requests that keep all helpers busy
STORED = "/v1/store/file?overwrite=true&key="


def missing(bench):
    for build in filter(None, (bench.options.build, bench.options.against)):
        program = os.path.join(build, "stowage-ocr")
        if not os.access(program, os.X_OK):
            return f"{build} has no program stowage-ocr"
        _, languages = bench.processes.run([program, "--list-languages"])
        if "eng" not in languages.split():
            return "tesseract-ocr-eng is not installed"
    return None if shutil.which("convert") else "imagemagick is not installed"


@functools.cache
def page(smoke, n_lines):
    return ocr_pictures.page(1, width=800) if smoke else \
        ocr_pictures.page(n_lines, height=HEIGHT)


def receipt(bench):
    return make(bench, "receipt.png", lambda: ocr_pictures.receipt().png())


def dense(bench, kind):
    picture = functools.partial(page, bench.options.smoke, DENSE)
    return make(bench, f"dense.{kind}",
                {"png": lambda: picture().png(300),
                 "pgm": lambda: picture().pgm(),
                 "pdf": lambda: ocr_pictures.pdf([picture()] * PAGES)}[kind])


def half(bench, kind):
    picture = functools.partial(page, bench.options.smoke, HALF)
    return make(bench, f"half.{kind}",
                {"png": lambda: picture().png(300),
                 "pdf": lambda: ocr_pictures.pdf([picture()] * PAGES)}[kind])


def make(bench, name, draw):
    """The path of a source; drawn once."""
    path = os.path.join(bench.work, name)
    if not os.path.exists(path):
        with open(path, "wb") as f:
            f.write(draw())
    return path


def ask(bench, server, source, **first_options):
    """Files with the head and the body of a call about it, which has been
    made once, with those options, so that programs run and what can be kept
    is."""
    name = os.path.basename(source)
    fields = {"x-api-key": bench.secret, "Content-Type": "application/json"}
    with open(source, "rb") as f:
        server.call("POST", STORED + name, {
            "x-api-key": bench.secret,
            "Content-Length": str(os.path.getsize(source))}, f)
    options = {"file_store_key": name}
    text = json.dumps(options).encode()
    said = server.call("POST", "/v1/vocr", fields,
                       json.dumps({**options, **first_options}))
    if not json.loads(said)["has_text"]:
        raise Failure(f"{server.name} read nothing in {name}")
    body = make(bench, name + ".json", lambda: text)
    return bench.head(server, "POST /v1/vocr HTTP/1.1", [
        f"Content-Length: {len(text)}",
        *map(": ".join, fields.items())], label=name), body


def first(source, kind, n_pages):
    """Seconds a page, one call at a time, nothing cached."""
    def prepare(bench, server):
        if isinstance(server, Tesseract):
            pixels = source(bench, "pgm")
            return lambda: server.read(pixels)
        files = ask(bench, server, source(bench, kind),
                    page_range=[1, min(n_pages, 2)])

        def run():
            round_ = bench.run_load(server, 1, 1, *files)
            return {**round_, "rate": 1 / round_["rate"] / n_pages,
                    "cpu": round_["cpu"] / n_pages}
        return run
    return prepare


def again(source, *kind):
    """The median of calls one after the other, whose answers are kept."""
    def prepare(bench, server):
        files = ask(bench, server, source(bench, *kind))
        count = bench.pace(lambda n: bench.run_load(server, 1, n, *files))

        def run():
            round_ = bench.run_load(server, 1, count, *files)
            return {**round_, "rate": round_["p50_ms"]}
        return run
    return prepare


def wait_until_idle(server):
    """What was begun is read to its end, though nobody waits for it."""
    before, now = 0, server.cpu()
    while now - before > 0.01:
        time.sleep(0.1)
        before, now = now, server.cpu()


def beside(work):
    """Of the rate of what work(bench, server) prepares, alone, that beside
    helpers which have more to do than they can."""
    def prepare(bench, server):
        files = ask(bench, server, half(bench, "png"))
        measure = work(bench, server)

        def run():
            wait_until_idle(server)
            alone = measure()
            client = bench.start_load(server, AT_ONCE, 1000000, *files)
            time.sleep(0.2)
            busy = measure()
            client.terminate()
            bench.load_result(server, client)
            return {**busy, "rate": busy["rate"] / alone["rate"]}
        return run
    return prepare


def gets(bench, server):
    head = bench.head(server, "GET {} HTTP/1.1".format(
        server.put_public(bench.small, "small.bin")))
    return lambda: bench.run_load(server, 16, bench.scale.gets, head)


def uploads(bench, server):
    source = make(bench, "64k.bin", lambda: os.urandom(64 << 10))
    return lambda: server.upload(16, bench.scale.uploads // 8, False, source)
