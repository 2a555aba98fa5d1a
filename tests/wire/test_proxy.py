# SPDX-License-Identifier: Apache-2.0
"""Behind a proxy: what it says of clients counts, and what others say does
not. The proxy has 127.0.0.1, a stranger 127.0.0.3."""
import contextlib
import json
import re
import socket
import uuid

from apis import (DIALECTS, api_key, basic, filestack_store, imagekit_upload,
                  jigsawstack_upload, stashfyle_upload)
from harness import Server, WireTest, staging_files, wait_until
from rawhttp import Connection, build, form, request

PROXY, STRANGER = "127.0.0.1", "127.0.0.3"
SAYS = ({"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https",
         "X-Forwarded-Host": "files.example"},
        {"X-Forwarded-For": "6.6.6.6, 192.0.2.7:4711, ::ffff:127.0.0.1",
         "X-Forwarded-Proto": "https", "X-Forwarded-Host": "files.example"},
        {"Forwarded": 'for=6.6.6.6;host=evil;proto=http, for="192.0.2.7:99"'
                      ';host=files.example;proto=HTTPS'})


class ProxyServer(Server):
    """Its clients come from `source`."""
    source = PROXY

    def connect(self, timeout=60):
        s = socket.create_connection(("127.0.0.1", self.port), timeout,
                                     (self.source, 0))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s


class ProxyTest(WireTest):
    server_class = ProxyServer
    options = {"trusted_proxies": "127.0.0.1/32,10.0.0.0/8",
               "log_format": "json", "max_connections_per_address": "4",
               "client_uploads": "8"}

    @contextlib.contextmanager
    def coming_from(self, address):
        self.server.source = address
        try:
            yield
        finally:
            self.server.source = PROXY

    def upload(self, dialect, headers):
        calls = {"imagekit": lambda: imagekit_upload(
                     self.server, fileName="a.txt", headers=headers),
                 "filestack": lambda: filestack_store(
                     self.server, b"x", headers=headers),
                 "stashfyle": lambda: stashfyle_upload(
                     self.server, headers=headers),
                 "jigsawstack": lambda: jigsawstack_upload(
                     self.server, headers=headers, temp_public_url="true")}
        answer = calls[dialect]()
        self.assertEqual(answer.status, 200, answer)
        return re.search(rb'"(https?://[^/"]+)/', answer.body)[1].decode()

    def peer(self, headers):
        """Whom the log names for a request."""
        name = str(uuid.uuid4())
        request(self.server, "GET", "/v1/files/none",
                {**headers, "X-Request-Id": name})

        def line():
            with open(self.server.log_path, encoding="utf-8") as f:
                return re.search(rf'.*"request_id":"{name}".*\n', f.read())
        return json.loads(wait_until(line)[0])["peer"]

    def test_urls_in_answers_are_those_that_clients_use(self):
        for headers in SAYS:
            for dialect in DIALECTS:
                with self.subTest(dialect=dialect, headers=headers):
                    self.assertEqual(self.upload(dialect, headers),
                                     "https://files.example")

    def test_what_a_stranger_says_changes_nothing(self):
        plain = "http://" + self.server.authority
        with self.coming_from(STRANGER):
            for headers in SAYS:
                for dialect in DIALECTS:
                    with self.subTest(dialect=dialect, headers=headers):
                        self.assertEqual(self.upload(dialect, headers), plain)
                self.assertEqual(self.peer(headers), STRANGER)
            answer = request(self.server, "GET", "/v1/nothing",
                             {"X-Forwarded-Host": "api.jigsawstack.com"})
            self.assertNotIn(b"success", answer.body)

    def test_the_log_names_the_client(self):
        for headers in SAYS:
            self.assertEqual(self.peer(headers), "192.0.2.7")
        self.assertEqual(self.peer({}), PROXY)
        self.assertEqual(self.peer({"X-Forwarded-For": "x"}), PROXY)
        self.assertEqual(self.peer({"X-Forwarded-For": "[2001:db8::7]:1"}),
                         "2001:db8::7")
        self.assertEqual(self.peer({"X-Forwarded-For": "192.0.2.7",
                                    "Forwarded": "for=6.6.6.6"}), PROXY)

    def test_a_vendors_host_name_leads_to_its_api(self):
        for host, word in (("api.jigsawstack.com", b'"success":false'),
                           ("api.stashfyle.com", b'"error"')):
            for says in ({"X-Forwarded-Host": host},
                         {"Forwarded": f"for=192.0.2.7;host={host}"}):
                answer = request(self.server, "GET", "/nothing/here", says)
                self.assertIn(word, answer.body)
        self.assertEqual(
            request(self.server, "GET", "/v1/store/file/read/none",
                    {**api_key(self.server.secret),
                     "X-Forwarded-Host": "api.jigsawstack.com"}).status, 404)

    def test_the_proxy_has_no_limit_of_its_own(self):
        def open_all():
            return [Connection(self.server) for _ in range(8)]

        def answers(connections):
            for connection in connections:
                with connection:
                    connection.send(build("GET", "/healthz",
                                          self.server.authority))
                    yield connection.read().status
        self.assertEqual(list(answers(open_all())), [200] * 8)
        with self.coming_from(STRANGER):
            self.assertIn(503, list(answers(open_all())))

    def test_clients_behind_it_have_a_share_each(self):
        """Of the places for uploads that prove themselves last."""
        kind, body = form(("file", b"x" * 9_000_000, "a.txt"),
                          ("fileName", "slow.txt"))

        def begin(client):
            connection = Connection(self.server)
            connection.send(build(
                "POST", "/api/v1/files/upload", self.server.authority,
                {**kind, "Content-Length": str(len(body)),
                 "Expect": "100-continue", "X-Forwarded-For": client}))
            return connection

        def refused(client):
            with begin(client) as connection:
                return connection.read_head().status == 503

        with contextlib.ExitStack() as stack:
            for _ in range(4):
                connection = stack.enter_context(begin("192.0.2.7"))
                # then it has its place, and is too quick to lose it
                self.assertEqual(connection.read_head().status, 100)
                connection.send(body[:8_000_000])
            self.assertTrue(wait_until(
                lambda: len(staging_files(self.server)) == 4))
            self.assertTrue(refused("192.0.2.7"))
            self.assertTrue(refused("6.6.6.6, 192.0.2.7"))
            self.assertFalse(refused("192.0.2.8"))
        self.assertTrue(wait_until(lambda: not refused("192.0.2.7")))


class PublicUrlTest(WireTest):
    options = {"trusted_proxies": "127.0.0.1", "public_url": "https://cdn.x/f"}

    def test_the_public_url_goes_before_what_a_proxy_says(self):
        answer = imagekit_upload(self.server, fileName="a.txt",
                                 headers=SAYS[0])
        self.assertTrue(answer.json()["url"].startswith("https://cdn.x/f/"),
                        answer)


class NobodyTest(WireTest):
    def test_without_the_setting_nobody_is_believed(self):
        for headers in SAYS:
            answer = imagekit_upload(self.server, fileName="a.txt",
                                     headers=headers)
            self.assertTrue(answer.json()["url"].startswith(self.server.url),
                            answer)
        request(self.server, "GET", "/v1/files",
                {**SAYS[0], **basic(self.server.secret)})
        self.assertTrue(self.server.logged("/v1/files 200 .* 127.0.0.1\n"))
