# SPDX-License-Identifier: Apache-2.0
"""TLS: the transport's tests once more through it, what clients may and may not
do in it, and certificates that are wrong or change."""
import contextlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

import samples
import test_http
import test_http_life
from apis import (HOSTS, api_key, assert_file, basic, imagekit_upload,
                  metric)
from harness import (Server, WireTest, open_files, stowage, takes_long,
                     wait_until)
from httpcase import DATA, PATH, HttpTest
from rawhttp import Connection, build, chunked, request

CONFIG = """
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
[server]
basicConstraints = critical,CA:FALSE
subjectAltName = IP:127.0.0.1,DNS:localhost
"""
FOLDER = None       # the module's keys and certificates


def openssl(*words):
    subprocess.run(["openssl", *words], cwd=FOLDER, check=True,
                   stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def at(name):
    return os.path.join(FOLDER, name)


def make_pair(name, section, *issuer):
    openssl("req", "-x509", "-config", "config", "-extensions", section,
            "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", name + ".key", "-out", name + ".pem", "-days", "2",
            "-subj", "/CN=" + name, *issuer)


def setUpModule():
    global FOLDER
    FOLDER = tempfile.mkdtemp(prefix="stowage-tls-")
    with open(at("config"), "w", encoding="ascii") as f:
        f.write(CONFIG)
    make_pair("authority", "authority")
    for name in ("first", "second"):
        make_pair(name, "server", "-CA", "authority.pem",
                  "-CAkey", "authority.key")


def tearDownModule():
    shutil.rmtree(FOLDER)


def trusting(**attributes):
    """A client that believes the authority."""
    context = ssl.create_default_context(cafile=at("authority.pem"))
    for name, value in attributes.items():
        setattr(context, name, value)
    return context


class TlsSocket:
    """What rawhttp needs of a socket, through TLS. Other than ssl.SSLSocket it
    may be read and written by two threads at once, can close its half, and
    sends its records in as small pieces as `step` says."""

    def __init__(self, raw, context, step=1 << 20, early=b""):
        self.raw, self.step = raw, step
        self.tls_lock, self.send_lock = threading.Lock(), threading.Lock()
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing,
                                    server_hostname="127.0.0.1")
        self.said_end = False       # the server, by close_notify
        self.setsockopt = raw.setsockopt
        try:
            while not self.done(self.tls.do_handshake):
                self.flush()
                self.pull()
            if early:
                self.tls.write(early)
            self.flush()
        except BaseException:
            raw.close()
            raise

    @staticmethod
    def done(step):
        try:
            step()
        except ssl.SSLWantReadError:
            return False
        return True

    def flush(self):
        data = self.outgoing.read()
        for i in range(0, len(data), self.step):
            self.raw.sendall(data[i:i + self.step])

    def pull(self):
        data = self.raw.recv(1 << 18)
        with self.tls_lock:
            if data:
                self.incoming.write(data)
            else:
                self.incoming.write_eof()

    def sendall(self, data):
        with self.send_lock:
            with self.tls_lock:
                self.tls.write(data)
            self.flush()

    def recv(self, size):
        data = b""
        while len(data) < size:
            try:
                with self.tls_lock:
                    piece = self.tls.read(size - len(data))
                if not piece:
                    self.said_end = True
                    break
                data += piece
            except ssl.SSLWantReadError:
                if data:
                    break
                self.pull()
            except ssl.SSLZeroReturnError:
                self.said_end = True
                break
            except ssl.SSLEOFError:
                break
        return data

    def shutdown(self, _how):
        with self.send_lock:
            with self.tls_lock:
                self.done(self.tls.unwrap)
            self.flush()
            self.raw.shutdown(socket.SHUT_WR)

    def close(self):
        self.raw.close()


class TlsServer(Server):
    """With a certificate of its own folder; connections to it are TLS."""

    def __init__(self, **options):
        super().__init__(**options)
        self.options.update(tls_cert=self.path("cert.pem"),
                            tls_key=self.path("key.pem"), **options)
        self.use("first")

    def path(self, name):
        return os.path.join(self.folder, name)

    def use(self, name, key=None):
        shutil.copy(at(name + ".pem"), self.path("cert.pem"))
        shutil.copy(at((key or name) + ".key"), self.path("key.pem"))

    def connect(self, timeout=60, **more):
        return TlsSocket(self.connect_plain(timeout),
                         more.pop("context", None) or trusting(), **more)

    def connect_plain(self, timeout=60):
        return super().connect(timeout)

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def log_size(self):
        return os.path.getsize(self.log_path)

    def log_since(self, size):
        with open(self.log_path, "rb") as f:
            f.seek(size)
            return f.read().decode()

    def sockets(self):
        return sum(name.startswith("socket:") for name in open_files(self))


def common_name(tls_socket):
    subject = tls_socket.tls.getpeercert()["subject"]
    return dict(pair for row in subject for pair in row)["commonName"]


def taken(raw):
    """All that comes until the end."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while True:
            piece = raw.recv(1 << 16)
            if not piece:
                break
            data += piece
    return data


class FramingOverTlsTest(test_http.FramingTest):
    server_class = TlsServer


class ConditionalOverTlsTest(test_http.ConditionalTest):
    server_class = TlsServer


@takes_long
class TimeOverTlsTest(test_http_life.TimeTest):
    server_class = TlsServer


class HandshakeTimeTest(HttpTest):
    server_class = TlsServer
    options = {"head_timeout": "1s"}

    def test_a_handshake_that_does_not_end_is_ended(self):
        for name, pause, piece in (("silent", None, b""),
                                   ("one record head", None, b"\x16\x03\x01"),
                                   ("trickling", 0.1, b"\x16\x03\x01\x02\x00"
                                    b"\x01\x00\x01\xfc\x03\x03" + bytes(99))):
            began = time.monotonic()
            with self.subTest(name), self.server.connect_plain() as raw:
                with contextlib.suppress(OSError):
                    if pause is None:
                        raw.sendall(piece)
                    for byte in piece if pause else b"":
                        raw.sendall(bytes([byte]))
                        time.sleep(pause)
                        if time.monotonic() > began + 2:
                            break
                self.assertEqual(taken(raw), b"")
                self.assertGreater(time.monotonic() - began, 0.9)
                self.assertLess(time.monotonic() - began, 20)

    def test_the_first_heads_time_has_the_handshake_in_it(self):
        with Connection(self.server) as connection:
            began = time.monotonic()
            self.assertTrue(connection.at_end())
            self.assertLess(time.monotonic() - began, 20)
            self.assertTrue(connection.socket.said_end)


class TlsTest(HttpTest):
    """What TLS adds."""
    server_class = TlsServer
    options = {"log_level": "info", "inline_limit": "64k"}

    def test_the_ready_line_and_urls_in_answers_say_https(self):
        self.assertTrue(self.server.url.startswith("https://127.0.0.1:"))
        host = HOSTS["imagekit"][0]
        for name, given, wanted in (
                ("own", None, self.server.url + "/default/"),
                ("vendor", host, "https://ik.imagekit.io/default/"),
                ("vendor:443", host + ":443",
                 "https://ik.imagekit.io/default/"),
                ("vendor:8443", host + ":8443",
                 "https://ik.imagekit.io:8443/default/")):
            with self.subTest(name):
                body = imagekit_upload(
                    self.server, (b"x", "a.txt"), fileName="a.txt",
                    headers={"Host": given} if given else None).json()
                self.assertTrue(body["url"].startswith(wanted), body["url"])

    def test_large_files_go_in_and_out_unchanged(self):
        data = samples.noise(20_000_000, seed=7)
        size = len(data)
        for name, lines, body in (
                ("length", [f"Content-Length: {size}"], data),
                ("chunked", ["Transfer-Encoding: chunked"],
                 chunked(*[data[i:i + 99_991]
                           for i in range(0, size, 99_991)]))):
            with self.subTest(name), Connection(self.server) as connection:
                connection.send(self.upload(name, body, *lines))
                response = connection.read()
                self.assertEqual((response.status, response.json()["size"]),
                                 (200, size))
                connection.send(self.head(target=PATH + name))
                response = connection.read()
                self.assertTrue(response.body == data)
                for first, last in ((0, 0), (16_383, 16_384),
                                    (131_000, 4_000_000),
                                    (size - 140_000, size - 1)):
                    connection.send(self.head(
                        "GET", PATH + name, f"Range: bytes={first}-{last}"))
                    response = connection.read()
                    self.assertEqual(response.status, 206)
                    self.assertTrue(response.body == data[first:last + 1])

    def test_bodies_around_the_sizes_of_records_and_buffers(self):
        """In memory, and from files."""
        data = samples.noise(300_000, seed=9)
        for size in (1, 4096, 16_383, 16_384, 16_385, 65_536, 65_537,
                     131_071, 131_072, 131_073, 262_144, 300_000):
            with self.subTest(size=size), \
                    Connection(self.server) as connection:
                connection.send(self.upload("sized", data[:size],
                                            f"Content-Length: {size}"))
                self.assertEqual(connection.read().status, 200)
                for _ in range(2):
                    connection.send(self.head(target=PATH + "sized"))
                    self.assertTrue(connection.read().body == data[:size])

    def test_a_slow_clients_small_pieces_are_put_together(self):
        raw = self.server.connect_plain()
        tls = TlsSocket(raw, trusting(), step=1)
        with contextlib.closing(tls):
            tls.sendall(self.head())
            connection = Connection.__new__(Connection)
            connection.socket, connection.buffer = tls, b""
            assert_file(self, connection.read(), DATA)

    def test_a_request_right_behind_the_handshake_is_seen(self):
        """It may be in the same packet; no other comes to tell of it."""
        for body in (b"z", b"z" * 50_000):
            connection = Connection.__new__(Connection)
            connection.socket = self.server.connect(early=self.upload(
                "early", body, f"Content-Length: {len(body)}"))
            connection.buffer = b""
            with connection:
                self.assertEqual(connection.read().status, 200)

    def test_many_requests_in_one_record_are_all_answered(self):
        with Connection(self.server) as connection:
            connection.send(self.head() * 60)
            for _ in range(60):
                assert_file(self, connection.read(), DATA)

    def test_a_body_cut_by_close_notify_is_told_so(self):
        with self.nothing_left(), Connection(self.server) as connection:
            connection.send(self.upload("cut", b"abc", "Content-Length: 9"))
            connection.end()
            self.assertEqual(connection.read().status, 400)

    def test_the_end_is_said_before_it_comes(self):
        with Connection(self.server) as connection:
            connection.send(self.head("GET", PATH + "small",
                                      "Connection: close"))
            assert_file(self, connection.read(), DATA)
            self.assertTrue(connection.at_end())
            self.assertTrue(connection.socket.said_end)

    def test_versions_before_1_2_are_refused(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            context = trusting()
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
            with self.subTest(version.name), \
                    self.assertRaises(ssl.SSLError):
                self.server.connect(context=context)

    def test_1_2_and_1_3_are_spoken(self):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
                              (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            context = trusting(minimum_version=version,
                               maximum_version=version)
            with contextlib.closing(
                    self.server.connect(context=context)) as tls:
                self.assertEqual(tls.tls.version(), name)

    def test_the_protocol_is_http_1_1_or_none_at_all(self):
        for offered, wanted in ((["http/1.1"], "http/1.1"),
                                (["h2", "http/1.1"], "http/1.1"),
                                (None, None)):
            context = trusting()
            if offered:
                context.set_alpn_protocols(offered)
            with contextlib.closing(
                    self.server.connect(context=context)) as tls:
                self.assertEqual(tls.tls.selected_alpn_protocol(), wanted)
        for offered in (["h2"], ["http/1.0", "spdy/3"]):
            context = trusting()
            context.set_alpn_protocols(offered)
            with self.assertRaisesRegex(ssl.SSLError,
                                        "(?i)no.application.protocol"):
                self.server.connect(context=context)

    def test_a_session_is_resumed_by_its_ticket(self):
        context = trusting(maximum_version=ssl.TLSVersion.TLSv1_2)
        with contextlib.closing(self.server.connect(context=context)) as tls:
            session = tls.tls.session
            self.assertTrue(session.has_ticket)
        again = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(*again, server_hostname="127.0.0.1",
                                  session=session)
        with self.server.connect_plain() as raw:
            while not TlsSocket.done(client.do_handshake):
                raw.sendall(again[1].read())
                again[0].write(raw.recv(1 << 16))
            self.assertTrue(client.session_reused)

    def test_plain_http_is_told_where_it_is(self):
        for method in ("GET", "POST"):
            with self.server.connect_plain() as raw:
                raw.sendall(build(method, PATH + "small",
                                  self.server.authority, None,
                                  b"x" * 100_000 if method == "POST"
                                  else None))
                answer = taken(raw)
                self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
                self.assertTrue(answer.endswith(b"HTTPS only.\n"), answer)

    def wait_for_quiet(self):
        """Until nobody is connected but who asks."""
        self.assertTrue(wait_until(lambda: metric(
            self.server, "stowage_connections_open") == 1))

    def test_bad_clients_leave_nothing_and_no_log_lines(self):
        self.wait_for_quiet()
        before = self.server.sockets()
        logged = self.server.log_size()
        hello = TlsHello.bytes()
        for i in range(30):
            with self.server.connect_plain() as raw, \
                    contextlib.suppress(ConnectionError):
                noise = samples.noise(2000, seed=i)
                raw.sendall((noise, hello[:i * 7], hello + noise,
                             b"\x16\x03\x01" + noise, b"")[i % 5])
                if i % 3 == 0:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   b"\1\0\0\0\0\0\0\0")
                else:
                    raw.settimeout(0.2)
                    with contextlib.suppress(TimeoutError):
                        taken(raw)
        for sent in (b"", self.head()[:20], self.head(target=PATH + "big"),
                     self.upload("gone", b"x" * 9999,
                                 "Content-Length: 99999")):
            with Connection(self.server) as connection:
                connection.send(sent or b"\r\n")
                connection.socket.raw.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER,
                    b"\1\0\0\0\0\0\0\0")
        with self.server.connect_plain() as raw:
            # damaged after the handshake
            tls = TlsSocket(raw, trusting())
            raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
            taken(raw)
            self.assertFalse(tls.said_end)
        self.assertTrue(wait_until(lambda: self.server.sockets() <= before),
                        (before, self.server.sockets()))
        self.wait_for_quiet()
        assert_file(self, self.get("small"), DATA)
        self.assertTrue(wait_until(
            lambda: "/small 200" in self.server.log_since(logged)))
        self.assertNotIn("TLS", self.server.log_since(logged))

    def s_client(self):
        """OpenSSL's client, which updates keys when told to, once connected."""
        process = subprocess.Popen(
            ["openssl", "s_client", "-connect", self.server.authority,
             "-CAfile", at("authority.pem"), "-tls1_3"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, bufsize=0)
        watchdog = threading.Timer(30, process.kill)
        watchdog.start()
        for release in (process.stdout.close, process.stdin.close,
                        process.wait, process.kill, watchdog.cancel):
            self.addCleanup(release)
        self.assertTrue(self.says(process, b"Verify return code: 0"))
        return process

    @staticmethod
    def says(process, wanted):
        """Reads on until it has said that; False when it ends before."""
        seen = b""
        while wanted not in seen:
            piece = process.stdout.read(4096)
            if not piece:
                return False
            seen = seen[-len(wanted):] + piece
        return True

    def update_keys(self, client, command):
        """False when the connection is at its end. The client sends one when
        it is told nothing else for a moment."""
        time.sleep(0.005)
        try:
            client.stdin.write(command)
        except BrokenPipeError:
            return False
        return self.says(client, b"KEYUPDATE")

    def test_key_updates_are_taken_between_requests(self):
        client = self.s_client()
        for command in (b"k\n", b"K\n", b"K\n"):
            self.assertTrue(self.update_keys(client, command))
        client.stdin.write(build("GET", "/healthz", "x",
                                 {"Connection": "close"}))
        self.assertTrue(self.says(client, b"HTTP/1.1 200 OK"))

    def test_key_updates_and_nothing_else_end_the_connection(self):
        client = self.s_client()
        updates = 0
        while updates < 1000 and self.update_keys(client, b"K\n"):
            updates += 1
        self.assertGreaterEqual(updates, 32)
        self.assertLess(updates, 1000)

    def test_curl_uploads_and_downloads(self):
        data = samples.noise(3_000_000, seed=3)
        path = os.path.join(self.server.folder, "sent")
        with open(path, "wb") as f:
            f.write(data)
        curl = ["curl", "--silent", "--show-error", "--fail", "--noproxy", "*",
                "--cacert", at("authority.pem"), "-H",
                "x-api-key: " + self.server.secret]
        target = self.server.url.replace("127.0.0.1", "localhost")
        connect = ["--connect-to", "localhost::127.0.0.1:"]
        sent = subprocess.run(
            [*curl, *connect, "--data-binary", "@" + path, "-H",
             "Content-Type: application/octet-stream", "-H",
             "Expect: 100-continue", target + "/v1/store/file?key=curl"],
            capture_output=True, timeout=60, check=False)
        self.assertEqual(sent.returncode, 0, sent)
        got = subprocess.run([*curl, *connect, target + PATH + "curl"],
                             capture_output=True, timeout=60, check=False)
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertTrue(got.stdout == data)


class TlsHello:
    @staticmethod
    def bytes():
        """A client's first flight."""
        out = ssl.MemoryBIO()
        client = trusting().wrap_bio(ssl.MemoryBIO(), out,
                                     server_hostname="127.0.0.1")
        TlsSocket.done(client.do_handshake)
        return out.read()


class CapOverTlsTest(WireTest):
    server_class = TlsServer
    options = {"max_connections": 3}

    def test_connections_over_the_cap_are_closed_without_a_handshake(self):
        before = self.server.sockets()
        with contextlib.ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(self.server.connect_plain())
            self.assertTrue(wait_until(
                lambda: self.server.sockets() == before + 3))
            for _ in range(5):
                with self.server.connect_plain() as over:
                    over.sendall(TlsHello.bytes())
                    self.assertEqual(taken(over), b"")
        self.assertTrue(wait_until(lambda: self.server.sockets() == before))
        self.assertTrue(wait_until(lambda: self.metric("open") == 1))
        self.assertEqual(self.metric("refused_total"), 5)

    def metric(self, name):
        text = request(self.server, "GET", "/metrics").body.decode()
        return int(re.search(f"\nstowage_connections_{name} ([0-9]+)\n",
                             text)[1])


class CertificateTest(WireTest):
    """Certificates and keys that change or will not do."""
    server_class = TlsServer

    def setUp(self):
        self.server.use("first")
        self.reload("certificate reloaded")

    def reload(self, wanted):
        """What the log says about it."""
        before = self.server.log_size()
        self.server.hang_up()
        self.assertTrue(wait_until(
            lambda: wanted in self.server.log_since(before)),
            self.server.log())
        return self.server.log_since(before)

    def now(self):
        with contextlib.closing(self.server.connect()) as tls:
            return common_name(tls)

    def ask(self, connection):
        connection.send(build("GET", "/healthz", self.server.authority))
        self.assertEqual(connection.read().status, 200)

    def test_sighup_takes_a_new_certificate_for_new_connections(self):
        self.assertEqual(self.now(), "first")
        with Connection(self.server) as old:
            self.ask(old)
            self.server.use("second")
            self.assertEqual(self.now(), "first")
            self.reload("certificate reloaded")
            self.assertEqual(self.now(), "second")
            self.ask(old)
            self.assertEqual(common_name(old.socket), "first")

    def test_sighup_with_what_will_not_do_changes_nothing(self):
        for name, spoil, wanted in (
                ("no file", lambda: os.unlink(self.server.path("cert.pem")),
                 "cert.pem: No such file"),
                ("empty", lambda: open(self.server.path("cert.pem"),
                                       "wb").close(), "cert.pem: no start"),
                ("mismatch", lambda: self.server.use("second", key="first"),
                 "does not belong to")):
            with self.subTest(name):
                self.server.use("first")
                spoil()
                self.assertIn(wanted, self.reload("stays as it was"))
                self.assertEqual(self.now(), "first")

    def test_connections_while_it_reloads_all_succeed(self):
        stop = threading.Event()

        def reload_often():
            while not stop.wait(0.01):
                self.server.hang_up()

        thread = threading.Thread(target=reload_often)
        thread.start()
        try:
            for _ in range(50):
                self.assertEqual(self.now(), "first")
        finally:
            stop.set()
            thread.join()


class StartTest(WireTest):
    """What stops the start, with the file or the setting named."""

    @classmethod
    def setUpClass(cls):
        pass

    def refused(self, *flags, env=None):
        with tempfile.TemporaryDirectory() as folder:
            done = stowage("serve", "--listen=127.0.0.1:0",
                           "--data=" + os.path.join(folder, "data"), *flags,
                           env=env)
        self.assertEqual(done.stdout, "")
        return done.returncode, done.stderr

    def test_both_settings_or_none(self):
        for one, other in (("cert", "key"), ("key", "cert")):
            status, text = self.refused(f"--tls-{one}=x")
            self.assertEqual(status, 2)
            self.assertIn(f"--tls-{one} is set and --tls-{other} is not",
                          text)

    def test_files_that_will_not_do_are_named(self):
        openssl("pkcs8", "-topk8", "-in", "first.key", "-out", "locked.key",
                "-passout", "pass:secret")
        for cert, key, wanted in (
                ("none.pem", "first.key", "none.pem: No such file"),
                ("first.pem", "none.key", "none.key: No such file"),
                ("first.key", "first.key", "certificate from "),
                ("first.pem", "first.pem", "private key (without password)"),
                ("first.pem", "locked.key", "private key (without password)"),
                ("first.pem", "second.key", "does not belong to")):
            with self.subTest(cert + " " + key):
                status, text = self.refused("--tls-cert=" + at(cert),
                                            "--tls-key=" + at(key))
                self.assertEqual(status, 1)
                self.assertIn(wanted, text)
                self.assertIn(at(key if "key" in wanted else cert), text)

    def test_a_pem_text_in_place_of_a_name_is_not_shown(self):
        with open(at("first.key"), encoding="ascii") as f:
            text = f.read()
        env = {**os.environ, "STOWAGE_TLS_KEY_FILE": at("first.key")}
        status, shown = self.refused("--tls-cert=" + at("first.pem"), env=env)
        self.assertEqual(status, 2)
        self.assertIn("is the contents of a PEM file, not its name", shown)
        self.assertNotIn(text.splitlines()[1][:20], shown)
