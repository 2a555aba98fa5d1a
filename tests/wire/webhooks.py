# SPDX-License-Identifier: Apache-2.0
"""Who takes the events of webhooks, and a test that adds webhooks."""
import http.server
import json
import threading

from apis import basic, imagekit_upload
from harness import WireTest, wait_until
from rawhttp import request


class Receiver:
    """Takes events; `answer` maps the count of requests so far to a status."""

    def __init__(self, answer=lambda n: 200):
        receiver = self
        self.events = []
        self.lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.lock:
                    receiver.events.append((dict(self.headers), body))
                    status = answer(len(receiver.events))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/hook?x=1"
        self.thread = threading.Thread(target=self.http.serve_forever,
                                       kwargs={"poll_interval": 0.05})
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def types(self):
        with self.lock:
            return [json.loads(body)["type"] for _, body in self.events]

    def wait(self, n):
        return wait_until(lambda: len(self.events) >= n)


class WebhookTest(WireTest):
    """What is added is removed behind each test."""
    options = {"webhook_retry": "50ms", "webhook_timeout": "10m"}

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove_all)

    def tool(self, *words):
        done = self.server.tool("webhooks", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def remove_all(self):
        for hook in self.hooks():
            self.tool("remove", hook["id"])

    def hooks(self):
        return json.loads(self.tool("list", "--json"))

    def assert_quiet(self):
        """What was to be told is told: there are events from the answer to a
        change on, and what waits no more is not sent again."""
        self.assertTrue(wait_until(
            lambda: not any(hook["waiting"] for hook in self.hooks())))

    def add(self, url, *words):
        made = dict(line.split() for line in
                    self.tool("add", url, *words).splitlines())
        self.assertRegex(made["id"], "^[0-9a-f]{24}$")
        return made

    def upload(self, name, **fields):
        answer = imagekit_upload(self.server, fileName=name,
                                 useUniqueFileName="false", **fields)
        self.assertEqual(answer.status, 200)
        return json.loads(answer.body)

    def manage(self, method, path, body=None):
        headers = basic(self.server.secret)
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        return request(self.server, method, path, headers, body)
