# SPDX-License-Identifier: Apache-2.0
"""What is measured: Stowage and its rivals, each a process of ours, and the
registry that ends all of them whatever happens."""
import base64
import concurrent.futures
import fcntl
import glob
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MIB = 1024 * 1024
STOP_SECONDS = 30
START_SECONDS = 30

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Failure(Exception):
    """The figures cannot be had; the text says why."""


class Processes:
    """Each process that was started. They get a SIGTERM when we die, too."""

    def __init__(self):
        self.started = []

    def start(self, command, **kwargs):
        # a stop between the fork and the note would leave the process unknown
        old = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        try:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command],
                preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK,
                                                          old), **kwargs)
            self.started.append(process)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, old)
        return process

    def run(self, command, **kwargs):
        """Runs it to its end: status and output."""
        process = self.start(command, text=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             **kwargs)
        output = process.stdout.read()
        process.wait()
        return self.stop(process), output

    def stop(self, process):
        self.started.remove(process)
        if process.poll() is None:
            process.terminate()
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure("it did not end when asked to: "
                          + " ".join(process.args))
        finally:
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()

    def stop_all(self):
        for process in list(self.started):
            try:
                self.stop(process)
            except Failure as failure:
                print(failure, file=sys.stderr)


class Server:
    """Something that takes requests: its address, processor time, memory."""
    uploads_forms = False
    # why it cannot be measured here; None: it can
    missing = staticmethod(lambda _bench: None)

    def __init__(self, bench, name):
        self.bench, self.name = bench, name
        self.process = None

    def pinned(self, command):
        return self.bench.pin_server + command

    def pids(self):
        pids = [self.process.pid]
        for pid in pids:
            for task in os.listdir(f"/proc/{pid}/task"):
                path = f"/proc/{pid}/task/{task}/children"
                pids += [int(p) for p in open(path).read().split()]
        return pids

    def cpu(self):
        """Seconds, by the processes' own clocks, which count nanoseconds."""
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.pids())

    def rss_kib(self):
        text = "".join(open(f"/proc/{pid}/status").read()
                       for pid in self.pids())
        return sum(int(n) for n in re.findall(r"VmRSS:\s+(\d+)", text))

    def watch_rss(self, run):
        """What run() gives, and the most memory that there was meanwhile."""
        most, done = 0, threading.Event()

        def watch():
            nonlocal most
            while not done.wait(0.005):
                most = max(most, self.rss_kib())
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            return run(), most
        finally:
            done.set()
            watcher.join()

    def read_ready_line(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"{self.name} did not start")
        return line.strip()

    def stop(self):
        self.bench.processes.stop(self.process)

    def upload_request(self, form, source):
        """Files with the head and the body of an upload of source, as a form
        if it takes forms."""
        body, content_type = source, "application/octet-stream"
        if form and self.uploads_forms:
            body, content_type = self.bench.form_of(source)
        return self.bench.head(self, self.upload_line(), [
            f"Content-Length: {os.path.getsize(body)}",
            f"Content-Type: {content_type}"]), body

    def upload(self, connections, requests, form, source):
        """One round of uploads."""
        return self.bench.run_load(self, connections, requests,
                                   *self.upload_request(form, source))

    def send(self, kind, source):
        """One upload of a large file as sender.py's clients of that kind
        make it."""
        before = self.cpu()
        client = self.bench.processes.start(
            self.bench.pin_client + [
                sys.executable, os.path.join(TOP, "bench/sender.py"),
                self.address, kind, source, self.bench.public],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        text, said = client.communicate()
        if self.bench.processes.stop(client):
            raise Failure(f"{self.name}: {said}")
        out = json.loads(text)
        each = out["each"]
        return {"rate": os.path.getsize(source) / MIB / out["seconds"],
                "cpu": self.cpu() - before,
                "p50_ms": each[len(each) // 2] * 1e3,
                "p99_ms": each[len(each) * 99 // 100] * 1e3}

    def clear(self):
        """Gives the disk its room back."""
        for name in os.listdir(self.upload_dir):
            os.unlink(os.path.join(self.upload_dir, name))


class Stowage(Server):
    """One build of ours; `logs`: log lines on, to a pipe that is read."""
    uploads_forms = True

    def __init__(self, bench, name, build, logs=False, data=None, words=()):
        super().__init__(bench, name)
        self.build, self.logs, self.words = build, logs, words
        # Searches of a large library on a busy machine may take longer than
        # they may; beside others they are to be as they are.
        self.patient = bool(data) and not words
        self.dir = data or os.path.join(bench.new_dir(), "data")
        self.start()

    def start(self):
        self.counted = 0
        env = {k: v for k, v in os.environ.items()
               if not k.startswith("STOWAGE_")}
        env.update(STOWAGE_PUBLIC_KEY=self.bench.public,
                   STOWAGE_SECRET_KEY=self.bench.secret)
        if self.patient:    # by a name that an older build passes over
            env["STOWAGE_QUERY_TIMEOUT"] = "5m"
        self.process = self.bench.processes.start(
            self.pinned([*self.counter(),
                         os.path.join(self.build, "stowage"), "serve",
                         "--listen", "127.0.0.1:0", "--data", self.dir,
                         "--loops", str(self.bench.server_cores),
                         "--max-connections", "12000",
                         "--max-connections-per-address", "12000",
                         *self.words]
                        + ([] if self.logs else ["--log-level", "warn"])),
            env=env, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if self.logs else
            subprocess.DEVNULL if self.bench.options.instructions else None)
        if self.logs:
            self.reader = self.bench.processes.start(
                self.bench.pin_client + ["cat"], stdin=self.process.stderr,
                stdout=subprocess.DEVNULL)
        self.address = self.read_ready_line().split("//")[1]

    def counter(self):
        """What counts the instructions of a server, when they are wanted."""
        if not self.bench.options.instructions:
            return []
        self.counts = os.path.join(self.bench.new_dir(), "counts")
        return ["valgrind", "--tool=callgrind", "-q",
                f"--callgrind-out-file={self.counts}"]

    def cpu(self):
        """Instructions rather than seconds, when those are counted: as many
        for the same work, whatever else the machine does."""
        if not self.bench.options.instructions:
            return super().cpu()
        status, output = self.bench.processes.run(
            ["vgdb", f"--pid={self.process.pid}", "dump"])
        if status:
            raise Failure(output)
        # each dump has a file of its own, and what came since the one before
        for name in glob.glob(self.counts + "*"):
            with open(name) as f:
                self.counted += sum(int(line.split()[1]) for line in f
                                    if line.startswith("totals:"))
            os.unlink(name)
        return self.counted

    def stop(self):
        super().stop()
        if self.logs:
            self.bench.processes.stop(self.reader)

    def clear(self):
        self.stop()
        shutil.rmtree(self.dir)
        self.start()

    def add_account(self, account, *limits):
        """Makes an account, with those options of `accounts set`: its secret
        key. The server gets another address."""
        self.stop()
        for words in (("create", account), ("set", account, *limits))[
                :1 + bool(limits)]:
            status, output = self.bench.processes.run(
                [os.path.join(self.build, "stowage"), "accounts", *words,
                 "--data", self.dir])
            if status:
                raise Failure(output)
            if words[0] == "create":
                key = re.search(r"^secret\s+(\S+)", output, re.M)[1]
        self.start()
        return key

    def upload_line(self):
        return f"POST /api/store/S3?key={self.bench.public} HTTP/1.1"

    def call(self, method, path, headers=(), body=None):
        """The answer's body; anything but a 2xx is a failure."""
        connection = http.client.HTTPConnection(self.address, timeout=120)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        if response.status // 100 != 2:
            raise Failure(f"{self.name}: {method} {path}: {response.status} "
                          f"{text[:500].decode(errors='replace')}")
        return text

    def move_folder(self, source, target):
        """The number of the job."""
        body = json.dumps({"sourceFolderPath": source,
                           "destinationPath": target})
        return json.loads(self.call("POST", "/v1/bulkJobs/moveFolder", {
            **self.basic(), "Content-Type": "application/json"},
            body))["jobId"]

    def is_pending(self, number):
        said = json.loads(self.call("GET", f"/v1/bulkJobs/{number}",
                                    self.basic()))
        return said["status"] == "Pending"

    def basic(self):
        pair = base64.b64encode(f"{self.bench.secret}:".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def put_named(self, source, name, folder="/", **fields):
        form, content_type = self.bench.form_of(
            source, fileName=name, folder=folder, useUniqueFileName="false",
            **fields)
        with open(form, "rb") as body:
            self.call("POST", "/api/v1/files/upload", {
                "Content-Type": content_type,
                "Content-Length": str(os.path.getsize(form)),
                **self.basic()}, body)

    def put_public(self, source, name):
        self.put_named(source, name)
        return f"/default/{name}"

    def picture(self, source, name, kind):
        """The path of it, %W% pixels wide."""
        tr = "w-%W%" if kind == "png" else "w-%W%,q-80"
        if not name.endswith(kind):
            tr += f",f-{kind}"
        return f"{self.put_public(source, name)}?tr={tr}"


class Nginx(Server):
    """Debian's nginx; tuned: with what its manuals advise for such a load."""

    def __init__(self, bench, name, tuned=False):
        super().__init__(bench, name)
        self.dir = bench.new_dir()
        for sub in ("files", "put", "body"):
            os.makedirs(os.path.join(self.dir, sub))
        self.upload_dir = os.path.join(self.dir, "put")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        config = os.path.join(self.dir, "nginx.conf")
        with open(os.path.join(TOP, "bench/nginx.conf.in")) as f:
            text = f.read()
        text = text.replace("@DIR@", self.dir).replace("@PORT@", str(port))
        text = text.replace("@WORKERS@", str(bench.server_cores))
        text = text.replace("#tuned " if tuned else "#plain ", "")
        text = self.configure(text)
        if os.geteuid() == 0:
            text = "user root;\n" + text
        with open(config, "w") as f:
            f.write(text)
        self.process = bench.processes.start(self.pinned(
            [self.program(), "-c", config, "-e", self.dir + "/error.log"]))
        self.wait_until_it_listens(port)

    def configure(self, text):
        return text

    @staticmethod
    def program():
        return shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")

    @staticmethod
    def missing(_bench):
        return None if Nginx.program() else "nginx is not installed"

    def wait_until_it_listens(self, port):
        end = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        with open(self.dir + "/error.log") as f:
            raise Failure("nginx does not listen\n" + f.read()[-2000:])

    def put_public(self, source, name):
        shutil.copy(source, os.path.join(self.dir, "files", name))
        return f"/files/{name}"

    def upload_line(self):
        return f"PUT /put/{secrets.token_hex(4)}-%N% HTTP/1.1"


class Filter(Nginx):
    """nginx that resizes pictures, by libgd."""
    module = "/usr/lib/nginx/modules/ngx_http_image_filter_module.so"

    def configure(self, text):
        return f"load_module {self.module};\n" + text.replace("#filter ", "")

    @staticmethod
    def missing(bench):
        return Nginx.missing(bench) or (
            None if os.path.exists(Filter.module) else
            "nginx's image_filter is not installed")

    def picture(self, source, name, kind):
        self.put_public(source, name)
        return f"/pictures/{name}?w=%W%"


class Bare(Server):
    """bare.c: what an answer costs at least."""

    def __init__(self, bench, name):
        super().__init__(bench, name)
        program = bench.compile("bare")
        self.process = bench.processes.start(
            self.pinned([program, bench.small]), stdout=subprocess.PIPE,
            text=True)
        self.address = "127.0.0.1:" + self.read_ready_line()

    def put_public(self, _source, name):
        return f"/{name}"


class Node(Server):
    """A script of ours with packages of npm."""

    def __init__(self, bench, name):
        super().__init__(bench, name)
        self.upload_dir = bench.new_dir()
        self.process = bench.processes.start(self.pinned(
            ["node", os.path.join(TOP, f"bench/{name}.mjs"), self.upload_dir]),
            stdout=subprocess.PIPE, text=True)
        self.address = "127.0.0.1:" + self.read_ready_line().split()[1]

    @staticmethod
    def missing(bench):
        """Installs it, once for runs that begin together."""
        if not shutil.which("node") or not shutil.which("npm"):
            return "node and npm are not installed"
        folder = os.path.join(TOP, "bench")
        lock = os.path.join(folder, "package-lock.json")
        done = os.path.join(folder, "node_modules/.package-lock.json")
        with open(lock) as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            if os.path.exists(done) and \
                    os.path.getmtime(done) > os.path.getmtime(lock):
                return None
            status, output = bench.processes.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=folder)
        return "npm ci failed\n" + output[-2000:] if status else None


class Multer(Node):
    """The usual way to take uploads in Node."""
    uploads_forms = True

    def upload_line(self):
        return "POST /upload HTTP/1.1"


class Tus(Node):
    """The usual way to take resumable uploads in Node."""

    def send(self, kind, source):
        return super().send("tus", source)


class Ipx(Node):
    """The usual way to resize pictures in Node: sharp."""

    def picture(self, source, name, kind):
        shutil.copy(source, os.path.join(self.upload_dir, name))
        # a quality would make sharp look for a palette, for seconds
        words = "w_%W%" if kind == "png" else "w_%W%,q_80"
        if not name.endswith(kind):
            words += f",f_{kind}"
        return f"/{words}/{name}"


class Command(Server):
    """No server: a program that is started anew for each piece of work."""

    def stop(self):
        pass

    def timed(self, command, **kwargs):
        """Runs it: seconds, and those of the processor."""
        began = time.monotonic()
        process = self.bench.processes.start(self.pinned(command), **kwargs)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.bench.processes.stop(process)
        if status:
            raise Failure(f"{command[0]} failed")
        return time.monotonic() - began, used.ru_utime + used.ru_stime


class Disk(Command):
    """dd, which writes the same bytes as an upload and syncs them."""

    def __init__(self, bench, name):
        super().__init__(bench, name)
        self.upload_dir = bench.new_dir()

    def one(self, source, number):
        return self.timed(["dd", f"if={source}", "bs=1M", "conv=fdatasync",
                           f"of={self.upload_dir}/{number}", "status=none"])

    def send(self, kind, source):
        """As one file, however others take it."""
        seconds, cpu = self.one(source, 0)
        return {"rate": os.path.getsize(source) / MIB / seconds, "cpu": cpu,
                "p50_ms": seconds * 1e3, "p99_ms": seconds * 1e3}

    def upload(self, connections, requests, form, source):
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(connections) as pool:
            done = list(pool.map(lambda n: self.one(source, n),
                                 range(requests)))
        times = sorted(seconds for seconds, _ in done)
        return {"rate": requests / (time.monotonic() - began),
                "cpu": sum(cpu for _, cpu in done) / requests,
                "p50_ms": times[len(times) // 2] * 1e3,
                "p99_ms": times[len(times) * 99 // 100] * 1e3}


class Tesseract(Command):
    """The command, which reads training data first; warm: what that and its
    start take left out, as of a page with nothing on it."""

    def __init__(self, bench, name, warm=False):
        super().__init__(bench, name)
        self.warm = warm
        self.blank = os.path.join(bench.work, "blank.pgm")
        with open(self.blank, "wb") as f:
            f.write(b"P5 64 64 255\n" + b"\xff" * 64 * 64)

    @staticmethod
    def missing(_bench):
        return None if shutil.which("tesseract") else \
            "tesseract is not installed"

    def one(self, source):
        # one thread, as each helper of ours is
        return self.timed(["tesseract", source, "-", "-l", "eng", "--dpi",
                           "300", "tsv"],
                          env={**os.environ, "OMP_THREAD_LIMIT": "1"},
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def read(self, source):
        """One round: a page."""
        seconds, cpu = self.one(source)
        if self.warm:
            least = self.one(self.blank)
            seconds, cpu = seconds - least[0], cpu - least[1]
        return {"rate": seconds, "cpu": cpu, "p50_ms": seconds * 1e3,
                "p99_ms": seconds * 1e3}
