# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 by hand: what is sent is exactly what the test says, and what comes
back is parsed without forgiveness. Not a client: it retries and fixes nothing.
"""
import json
import re
import secrets
import socket
import urllib.parse

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) ([ -~]+)")
FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t -~\x80-\xff]*)")
HEAD_MAX = 64 * 1024


class ProtocolError(AssertionError):
    """The server sent what is no HTTP."""


class Response:
    def __init__(self, status, fields, body=b""):
        self.status, self.fields, self.body = status, fields, body

    def __getitem__(self, name):
        """The value of a field, None when absent."""
        for key, value in self.fields:
            if key.lower() == name.lower():
                return value
        return None

    def json(self):
        kind = self["Content-Type"] or ""
        if kind.split(";")[0] != "application/json":
            raise ProtocolError(f"not JSON: {self!r}")
        return json.loads(self.body.decode("utf-8"))

    def __repr__(self):
        return f"{self.status} {dict(self.fields)} {self.body[:300]!r}"


class Connection:
    """One connection; reads responses in order."""

    def __init__(self, server, timeout=60, **options):
        self.socket = server.connect(timeout, **options)
        self.authority = server.authority
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def end(self):
        """Says that nothing more will be sent."""
        self.socket.shutdown(socket.SHUT_WR)

    def fill(self):
        """False at the server's end."""
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            return False
        self.buffer += data
        return bool(data)

    def fill_now(self):
        """False when nothing more has come yet."""
        timeout = self.socket.gettimeout()
        self.socket.setblocking(False)
        try:
            return self.fill()
        except BlockingIOError:
            return False
        finally:
            self.socket.settimeout(timeout)

    def at_end(self):
        """Waits: has the server closed, and sent nothing more?"""
        return not self.buffer and not self.fill()

    def read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            if len(self.buffer) > HEAD_MAX or not self.fill():
                raise ProtocolError(f"no response head: {self.buffer[:300]!r}")
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.split(b"\r\n")
        match = STATUS_LINE.fullmatch(lines[0])
        if not match:
            raise ProtocolError(f"bad status line {lines[0]!r}")
        fields = []
        for line in lines[1:]:
            field = FIELD_LINE.fullmatch(line)
            if not field:
                raise ProtocolError(f"bad field line {line!r}")
            fields.append((field[1].decode(), field[2].decode("latin-1")))
        return Response(int(match[1]), fields)

    def read(self, method="GET"):
        """One final response; 100 Continue must be read by read_head()."""
        response = self.read_head()
        if response.status < 200:
            raise ProtocolError(f"unexpected {response!r}")
        check_fields(response)
        if method == "HEAD" or response.status in (204, 304):
            return response
        length = int(response["Content-Length"])
        while len(self.buffer) < length:
            if not self.fill():
                raise ProtocolError(f"body cut at {len(self.buffer)} of "
                                    f"{length}: {response!r}")
        response.body, self.buffer = \
            self.buffer[:length], self.buffer[length:]
        return response

    def request(self, method, target, headers=None, body=None):
        self.send(build(method, target, self.authority, headers, body))
        return self.read(method)


def check_fields(response):
    names = [name.lower() for name, _ in response.fields]
    for once in ("content-length", "content-type", "date", "connection",
                 "etag", "cache-control", "access-control-allow-origin"):
        if names.count(once) > 1:
            raise ProtocolError(f"{once} more than once: {response!r}")
    if "date" not in names:
        raise ProtocolError(f"no Date: {response!r}")
    if "transfer-encoding" in names:
        raise ProtocolError(f"a coding nobody asked for: {response!r}")
    if response.status == 204 and "content-length" in names:
        raise ProtocolError(f"204 with a length: {response!r}")
    length = response["Content-Length"]
    if response.status not in (204, 304) and \
            (length is None or not re.fullmatch("[0-9]+", length)):
        raise ProtocolError(f"no length: {response!r}")


def build(method, target, authority, headers=None, body=None):
    """The bytes of a request. headers: dict or list of pairs; Host and
    Content-Length are added unless given; a value of None leaves one out."""
    pairs = list(headers.items() if isinstance(headers, dict)
                 else headers or [])
    given = {name.lower() for name, _ in pairs}
    if "host" not in given:
        pairs.insert(0, ("Host", authority))
    if body is not None and not given & {"content-length",
                                         "transfer-encoding"}:
        pairs.append(("Content-Length", str(len(body))))
    head = f"{method} {target} HTTP/1.1\r\n"
    head += "".join(f"{n}: {v}\r\n" for n, v in pairs if v is not None)
    return head.encode("utf-8") + b"\r\n" + (body or b"")


def request(server, method, target, headers=None, body=None, timeout=60):
    """One request on a connection of its own, which must then be fine."""
    with Connection(server, timeout) as connection:
        return connection.request(method, target, headers, body)


def get_url(server, url, headers=None, method="GET"):
    """Asks the server for a URL that an answer named, whatever its host."""
    parts = urllib.parse.urlsplit(url)
    target = parts.path + ("?" + parts.query if parts.query else "")
    return request(server, method, target,
                   {"Host": parts.netloc, **(headers or {})})


def chunked(*pieces):
    """A body in the chunked coding."""
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces if p) + \
        b"0\r\n\r\n"


def form(*parts, boundary=None):
    """multipart/form-data: (headers, body). A part is (name, value), with
    (name, value, filename) or (name, value, filename, type) a file; filename
    None leaves it out. Values are bytes or text."""
    boundary = boundary or "----wire" + secrets.token_hex(8)
    body = b""
    for name, value, *more in parts:
        filename = more[0] if more else None
        kind = more[1] if len(more) > 1 else None
        body += f"--{boundary}\r\nContent-Disposition: form-data; " \
                f'name="{name}"'.encode()
        if filename is not None:
            body += b'; filename="' + to_bytes(filename) + b'"'
        if kind:
            body += f"\r\nContent-Type: {kind}".encode()
        body += b"\r\n\r\n" + to_bytes(value) + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body


def urlencode(*pairs):
    """The same of names and texts in the other kind of form."""
    return ({"Content-Type": "application/x-www-form-urlencoded"},
            urllib.parse.urlencode(pairs).encode())


def to_bytes(value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8")
