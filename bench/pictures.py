# SPDX-License-Identifier: Apache-2.0
"""Photographs to be resized, and the cases that do it.

The sources are cut from the pictures of Debian's mate-backgrounds: photographs
with soft and with very fine detail, as a camera or a browser uploads them.
"""
import concurrent.futures
import http.client
import os
import shutil
import statistics
import threading
import time

from servers import Failure

FOLDER = "/usr/share/backgrounds/mate"
# name: picture and what ImageMagick makes of it
PHOTO = ["-resize", "2000x1333^", "-gravity", "center", "-extent", "2000x1333",
         "-sampling-factor", "2x2", "-quality", "85", "-strip"]
PHOTOS = {
    "ladybird.jpg": ("nature/LadyBird.jpg", PHOTO),
    "elephants.jpg": ("abstract/Elephants_3840x2160.jpg", PHOTO),
    "wood.jpg": ("nature/Wood.jpg", PHOTO),
    "twowings.jpg": ("nature/TwoWings.jpg", PHOTO),
}
LARGE = {
    "24m.jpg": ("abstract/Elephants_5640x3172.jpg",
                ["-resize", "6000x4000!", "-sampling-factor", "2x2",
                 "-quality", "85", "-strip"]),
}
HUGE = {
    "36m.jpg": ("abstract/Elephants_5640x3172.jpg",
                ["-resize", "7360x4912!", "-sampling-factor", "2x2",
                 "-quality", "85", "-strip"]),
}
ALPHA = {
    "alpha.png": ("nature/LadyBird.jpg",
                  ["-resize", "1600x1200!", "(", "-size", "1600x1200",
                   "radial-gradient:white-black", ")", "-alpha", "off",
                   "-compose", "CopyOpacity", "-composite"]),
}

def missing(bench):
    if not shutil.which("convert"):
        return "imagemagick is not installed"
    if not bench.options.smoke and not os.path.isdir(FOLDER):
        return "mate-backgrounds is not installed"
    return None


def make(bench, name, recipe):
    """The path of a source; made once."""
    path = os.path.join(bench.work, name)
    if not os.path.exists(path):
        picture, words = recipe
        command = ["convert", os.path.join(FOLDER, picture), *words]
        if bench.options.smoke:
            command = ["convert", "-size", "1500x1000", "plasma:"]
        status, output = bench.processes.run([*command, path])
        if status:
            raise Failure(output)
    return path


def resize(sources, kind, connections=2):
    """Each source in turn, to about 512 pixels: a few widths, so that no two
    requests at a time are the same."""
    def prepare(bench, server):
        heads = [bench.head(server, "GET {} HTTP/1.1".format(
            server.picture(make(bench, name, recipe), name, kind)), label=name)
            for name, recipe in sources.items()]
        count = bench.scale.pictures // len(heads)

        def run():
            rounds = [bench.run_load(server, connections, count, head)
                      for head in heads]
            return {"rate": len(rounds) / sum(1 / r["rate"] for r in rounds),
                    "cpu": statistics.mean(r["cpu"] for r in rounds),
                    "p50_ms": statistics.median(r["p50_ms"] for r in rounds),
                    "p99_ms": max(r["p99_ms"] for r in rounds)}
        return run
    return prepare


def fetch(server, path):
    connection = http.client.HTTPConnection(server.address, timeout=120)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise Failure(f"{server.name}: {path}: {response.status} {body[:300]}")
    return body


def again(bench, server):
    """A picture from the cache beside an original of the same bytes."""
    source = make(bench, *next(iter(PHOTOS.items())))
    path = server.put_public(source, "again.jpg") + "?tr=w-512"
    small = os.path.join(bench.work, f"again-{server.name}.jpg")
    with open(small, "wb") as f:
        f.write(fetch(server, path))
    plain = bench.head(server, "GET {} HTTP/1.1".format(
        server.put_public(small, "plain.jpg")), label="plain")
    derived = bench.head(server, f"GET {path} HTTP/1.1")

    def run():
        one = bench.run_load(server, 64, bench.scale.gets // 4, plain)
        two = bench.run_load(server, 64, bench.scale.gets // 4, derived)
        return {"rate": two["rate"] / one["rate"], "cpu": two["cpu"],
                "p50_ms": two["p50_ms"], "p99_ms": two["p99_ms"]}
    return run


def beside(bench, server):
    """The 99th percentile of reading an original while every renderer has
    more to do than it can."""
    source = make(bench, *next(iter(PHOTOS.items())))
    wide = bench.head(server, "GET {} HTTP/1.1".format(
        server.picture(source, "beside.jpg", "jpg")), label="wide")
    plain = bench.head(server, "GET {} HTTP/1.1".format(
        server.put_public(bench.small, "small.bin")))

    def run():
        alone = bench.run_load(server, 4, bench.scale.gets // 10, plain)
        client = bench.start_load(server, 8, 1000000, wide)
        time.sleep(0.2)
        busy = bench.run_load(server, 4, bench.scale.gets // 10, plain)
        client.terminate()
        bench.load_result(server, client)
        return {"rate": busy["p99_ms"] / alone["p99_ms"], "cpu": busy["cpu"],
                "p50_ms": busy["p50_ms"], "p99_ms": busy["p99_ms"]}
    return run


def memory(bench, server):
    """The most that server and renderers hold while they resize 36
    megapixels, and what is left of it a minute later."""
    name, recipe = next(iter(HUGE.items()))
    path = server.picture(make(bench, name, recipe), name, "jpg")

    def run():
        peak, done = 0, threading.Event()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            jobs = [pool.submit(fetch, server, path.replace("%W%", str(width)))
                    for width in (400, 401, 402, 403)]
            while not all(job.done() for job in jobs):
                peak = max(peak, server.rss_kib())
                done.wait(0.002)
            for job in jobs:
                job.result()
        if not bench.options.smoke:
            done.wait(65)
        return {"rate": peak / 1024, "left": server.rss_kib() / 1024}
    return run


def gray(bench, source, name, *words):
    """The picture as bytes without a header, 512 x 341."""
    path = os.path.join(bench.work, name)
    status, output = bench.processes.run(
        ["convert", source, *words, "-colorspace", "Gray", "-depth", "8",
         f"gray:{path}"])
    if status:
        raise Failure(output)
    return path


def quality(bench, *servers):
    """PSNR and SSIM of what each makes of the photographs, against a resize
    of all pixels by Lanczos in 16 bits; and the bytes."""
    for name, recipe in PHOTOS.items():
        source = make(bench, name, recipe)
        reference = gray(bench, source, "reference.gray", "-filter",
                         "Lanczos", "-resize", "512x341!")
        line = f"  {name:14}"
        for server in servers:
            got = os.path.join(bench.work, "got.jpg")
            path = server.picture(source, name, "jpg").replace("%W%", "512")
            with open(got, "wb") as f:
                f.write(fetch(server, path))
            _, output = bench.processes.run(
                [bench.compile("likeness"), "512", "341",
                 gray(bench, got, "got.gray"), reference])
            line += (f"  {server.name} {output.strip()}, "
                     f"{os.path.getsize(got)} bytes")
        print(line, flush=True)
