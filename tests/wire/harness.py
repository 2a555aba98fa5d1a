# SPDX-License-Identifier: Apache-2.0
"""A server of one's own for black-box tests, and what looks at it from outside.

Every Server has a fresh data directory, random keys and a free port. What the
tests send goes through rawhttp.py; what the dialects agree on is in apis.py.
"""
import concurrent.futures
import contextlib
import http.server
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
STOWAGE = os.environ.get("STOWAGE_BIN") or str(TOP / "build" / "stowage")
START_SECONDS = 60
STOP_SECONDS = 60
PATIENCE_SECONDS = 60   # what must happen happens within it
ORIGIN_ADDRESS = "127.0.0.2"    # what servers here may import from
TABLES = ("file", "version", "blob", "trash")


# Of a test or a class: `make test-quick` does without.
takes_long = unittest.skipIf(os.environ.get("TESTS_QUICK"), "takes long")
SANITIZED = bool(os.environ.get("TESTS_SANITIZED"))
# Of what judges at length how well something is done, by code that other tests
# run with sanitizers as well.
release_only = unittest.skipIf(SANITIZED,
                               "the same in each build")


def clean_environment(**more):
    """Ours without what would be settings."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("STOWAGE_")}
    env.update(more)
    return env


def flags_of(options):
    """{"max_file_size": "1M"} as ["--max-file-size=1M"]."""
    return [f"--{name.replace('_', '-')}={value}"
            for name, value in options.items()]


def stowage(*words, env=None, timeout=60):
    """Runs one command to its end; text output."""
    return subprocess.run([STOWAGE, *words], env=env or clean_environment(),
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=timeout, check=False)


class Server:
    """A running `stowage serve`. Options are settings: max_file_size="1M"."""

    def __init__(self, **options):
        self.account = "default"
        self.secret = "sk_live_" + secrets.token_hex(16)
        self.public = "pk_live_" + secrets.token_hex(16)
        self.folder = tempfile.mkdtemp(prefix="stowage-wire-")
        self.options = {"listen": "127.0.0.1:0",
                        "data": os.path.join(self.folder, "data"),
                        "fetch_allow": ORIGIN_ADDRESS + "/32", **options}
        self.data = self.options["data"]
        self.preset = True      # False: the server makes its own keys
        self.wrap = []          # a command to run it under
        self.process = None
        self.port = 0

    def environment(self):
        if not self.preset:
            return clean_environment()
        return clean_environment(STOWAGE_ACCOUNT=self.account,
                                 STOWAGE_SECRET_KEY=self.secret,
                                 STOWAGE_PUBLIC_KEY=self.public)

    def start(self):
        log = self.open_log()
        argv = [*self.wrap, STOWAGE, "serve", *flags_of(self.options)]
        with log:
            self.process = subprocess.Popen(
                argv, env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log)
        watchdog = threading.Timer(START_SECONDS, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline().decode()
        watchdog.cancel()
        ready = re.fullmatch(r"stowage: ready at (https?://)(\S+)\n", line)
        if not ready:
            status = self.process.wait(START_SECONDS)
            self.process.stdout.close()
            self.process = None
            raise AssertionError(f"not ready, status {status}, {line!r}\n"
                                 + self.log())
        self.authority = ready[2]
        self.port = int(self.authority.rsplit(":", 1)[1])
        self.url = ready[1] + self.authority
        return self

    def stop(self):
        """SIGTERM; the exit status must be 0, with nothing more on stdout."""
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            rest, _ = process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError("no end after SIGTERM\n" + self.log())
        if process.returncode != 0 or rest:
            raise AssertionError(f"status {process.returncode} after SIGTERM, "
                                 f"stdout {rest!r}\n" + self.log())

    def kill9(self):
        process, self.process = self.process, None
        process.kill()
        process.communicate()

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        """Ends it and removes its data."""
        try:
            self.stop()
        finally:
            if self.process:
                self.kill9()
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:   # then nobody calls __exit__()
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    @property
    def seen_data(self):
        """The data directory as we see it, in whichever mount namespace."""
        if self.process and self.wrap:
            return f"/proc/{self.process.pid}/root{self.data}"
        return self.data

    @property
    def log_path(self):
        return os.path.join(self.folder, "log")

    def open_log(self):
        """What stderr is to be; closed here once the server has it."""
        return open(self.log_path, "ab")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()[-8000:]

    def logged(self, pattern):
        """Waits for it: lines are written a little later than all else."""
        return wait_until(lambda: re.search(pattern, self.log()))

    def tool(self, *words):
        """Another command on this data directory: tool("keys", "list")."""
        return stowage(*words, "--data", self.data, "--log-level=warn")

    def tools(self, *commands):
        """The same for several at once."""
        with concurrent.futures.ThreadPoolExecutor(len(commands)) as pool:
            return list(pool.map(lambda words: self.tool(*words), commands))

    def connect(self, timeout=PATIENCE_SECONDS, source="127.0.0.1"):
        s = socket.create_connection(("127.0.0.1", self.port), timeout,
                                     (source, 0))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s


@contextlib.contextmanager
def held_address():
    """HOST:PORT where a server of ours can listen, and nobody else does."""
    with socket.socket() as s:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            s.setsockopt(socket.SOL_SOCKET, option, 1)
        s.bind(("127.0.0.1", 0))
        yield "127.0.0.1:%d" % s.getsockname()[1]


def wait_until(question, seconds=PATIENCE_SECONDS):
    """Asks again and again; the last answer."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(0.02)


# What a server holds.

def copy_database(source, target):
    """As it was at one moment: a checkpoint moves rows from the one file to the
    other, and between two copies they would be in none."""
    names = [os.path.join(source, name)
             for name in ("stowage.db", "stowage.db-wal")]

    def copied():
        before = [os.stat(name) for name in names]
        for name in names:
            shutil.copy(name, target)
        return all(os.stat(name).st_mtime_ns == was.st_mtime_ns
                   for name, was in zip(names, before))
    if not wait_until(copied):
        raise AssertionError("the database does not rest")


def rows(server, sql, *values):
    with contextlib.ExitStack() as stack:
        folder = server.data
        if server.seen_data != folder:
            # SQLite would follow the link
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            copy_database(server.seen_data, folder)
        path = os.path.join(folder, "stowage.db")
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        stack.callback(db.close)
        return db.execute(sql, values).fetchall()


def blob_files(server):
    top = pathlib.Path(server.seen_data) / "blobs"
    return sorted(str(p.relative_to(top)) for p in top.rglob("*")
                  if p.is_file() and not is_second_name(p))


def cool_blobs(server):
    """Lets the system forget what it has of them: they are on the disk."""
    for name in blob_files(server):
        path = os.path.join(server.seen_data, "blobs", name)
        with open(path, "rb") as f:
            os.fsync(f.fileno())
            os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def is_second_name(path):
    """Of a blob that has another one: it was pending lately, or still is."""
    with contextlib.suppress(FileNotFoundError):
        return path.parent.name == "staging" and path.stat().st_nlink > 1
    return True


def open_files(server):
    """What the server's descriptors are: paths, "socket:[1]" and the like."""
    found = []
    folder = f"/proc/{server.process.pid}/fd"
    for number in os.listdir(folder):
        with contextlib.suppress(OSError):
            found.append(os.readlink(os.path.join(folder, number)))
    return found


def staging_files(server):
    """Unnamed files below the data directory that the server has open, each
    once: what is large is written by a second descriptor."""
    return sorted({path for path in open_files(server)
                   if path.startswith(server.data) and "/blobs" in path and
                   path.endswith(" (deleted)")})


def holdings(server):
    """Everything an upload could leave behind, for comparison, once the last
    request has let go of what it had."""
    wait_until(lambda: not staging_files(server), 10)
    counts = {table: rows(server, f"SELECT count(*) FROM {table}")[0][0]
              for table in TABLES}
    return {**counts, "blobs": blob_files(server),
            "staging": len(staging_files(server))}


def assert_nothing_left(server, before):
    """Compares with holdings(server) of before. What belongs to a request goes
    shortly after its answer; what did so late may have been counted before."""
    def as_before():
        now = holdings(server)
        return now["staging"] <= before["staging"] and \
            now == {**before, "staging": now["staging"]}
    if not wait_until(as_before):
        raise AssertionError(f"left behind: before {before}, "
                             f"now {holdings(server)}")


# Where imports come from.

class Origin:
    """An HTTP server whose answers are a table; closes with the test.

    pages: path -> (status, headers, body), or a function that takes the
    http.server handler. `seen` lists the requested paths.
    """

    def __init__(self, address=ORIGIN_ADDRESS):
        origin = self
        self.pages, self.seen, self.headers = {}, [], []
        self.ended = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                origin.seen.append(self.path)
                origin.headers.append(dict(self.headers))
                self.close_connection = True
                page = origin.pages.get(self.path.split("?")[0], (404, {}, b""))
                with contextlib.suppress(OSError):
                    if callable(page):
                        page(self)
                    else:
                        self.answer(*page)

            def answer(self, status, headers, body):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://{address}:{self.http.server_address[1]}"
        self.thread = threading.Thread(target=self.http.serve_forever,
                                       args=(0.02,), daemon=True)
        self.thread.start()

    def add(self, path, body, content_type=None, status=200, **headers):
        if content_type:
            headers["Content-Type"] = content_type
        self.pages[path] = (status, headers, body)
        return self.url + path

    def redirect(self, path, location, status=302):
        self.pages[path] = (status, {"Location": location}, b"")
        return self.url + path

    def hang(self, path):
        """Takes the request and never answers."""
        self.pages[path] = lambda handler: self.ended.wait(60)
        return self.url + path

    def close(self):
        self.ended.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


class WireTest(unittest.TestCase):
    """Tests that share one server, made with the class's options."""
    options = {}
    server_class = Server

    @classmethod
    def setUpClass(cls):
        cls.server = cls.server_class(**cls.options)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    def origin(self, address=ORIGIN_ADDRESS):
        origin = Origin(address)
        self.addCleanup(origin.close)
        return origin

    @contextlib.contextmanager
    def nothing_left(self):
        # what an earlier request had may be on its way out
        wait_until(lambda: not staging_files(self.server), 1)
        before = holdings(self.server)
        yield
        assert_nothing_left(self.server, before)
