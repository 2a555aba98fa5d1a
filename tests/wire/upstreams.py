# SPDX-License-Identifier: Apache-2.0
"""Services of an operator's as stubs: what they are sent, and answers of every
kind, bad ones too. And the calls that need them."""
import contextlib
import email
import email.policy
import http.server
import json
import os
import socket
import tempfile
import threading

from apis import ROOT, api_key
from harness import WireTest
from rawhttp import request

JSON = {"Content-Type": "application/json"}


def call(server, path, options=None, key=None, headers=None, door=ROOT):
    return request(server, "POST", door[1] + path, {
        **door[2], **api_key(key or server.secret), **JSON, **(headers or {})},
        json.dumps(options or {}).encode())


class Call:
    """One POST as it came."""

    def __init__(self, handler, body):
        self.path = handler.path
        self.headers = handler.headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def parts(self):
        """name -> (file name or None, type, bytes)"""
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n"
        message = email.message_from_bytes(
            head.encode() + self.body, policy=email.policy.HTTP)
        return {part.get_param("name", header="Content-Disposition"):
                (part.get_filename(), part.get("Content-Type"),
                 part.get_payload(decode=True)) for part in message.iter_parts()}


class Service:
    """Answers each POST with `answer`: (status, headers, body), or a function
    that takes the http.server handler."""

    def __init__(self, address="127.0.0.1"):
        service = self
        self.calls = []
        self.early = False  # the answer comes before the body is read
        self.left = 0       # connections that ended before an answer did
        self.answer = (200, {"Content-Type": "application/json"},
                       b'{"success":true}')
        self.ended = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                body = b"" if service.early else self.rfile.read(length)
                service.calls.append(Call(self, body))
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.say()
                    if service.early:
                        self.connection.shutdown(socket.SHUT_WR)
                        self.rfile.read(length)

            def say(self):
                if callable(service.answer):
                    service.answer(self)
                else:
                    self.reply(*service.answer)

            def do_GET(self):
                service.calls.append(Call(self, b""))
                self.close_connection = True
                self.reply(200, {}, b"")

            def reply(self, status, headers, body):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self.http = Listener((address, 0), Handler)
        self.port = self.http.server_address[1]
        self.url = f"http://{address}:{self.port}"
        self.thread = threading.Thread(target=self.http.serve_forever,
                                       args=(0.02,), daemon=True)
        self.thread.start()

    def say(self, value, status=200):
        self.answer = (status, {"Content-Type": "application/json"},
                       json.dumps(value).encode())

    def hang(self):
        """Takes a call and never answers; notices when the other end goes."""
        def wait(handler):
            handler.connection.settimeout(0.05)
            while not self.ended.is_set():
                try:
                    if handler.connection.recv(1) == b"":
                        self.left += 1
                        return
                except socket.timeout:
                    pass
        self.answer = wait

    def trickle(self):
        """The head, then a byte now and then."""
        def drip(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", "1000000")
            handler.end_headers()
            while not self.ended.wait(0.05):
                handler.wfile.write(b" ")
        self.answer = drip

    def flood(self, total=1 << 30):
        """Very much of it."""
        def pour(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(total))
            handler.end_headers()
            for _ in range(total >> 16):
                handler.wfile.write(b" " * (1 << 16))
        self.answer = pour

    def say_raw(self, data):
        """These bytes, then the end of the connection."""
        self.answer = lambda handler: handler.wfile.write(data)

    def close(self):
        self.ended.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


class ServiceCase(WireTest):
    """A server that asks a service, whose key is in a file."""

    key = ""
    settings = {}

    @classmethod
    def service_options(cls):
        """The settings of a server that asks cls.service."""
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        cls.service = Service()
        cls.addClassCleanup(cls.service.close)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.key_file = os.path.join(folder.name, "key")
        with open(cls.key_file, "w") as f:
            f.write(cls.key + "\n")
        cls.options = {**cls.service_options(), **cls.settings}
        super().setUpClass()
