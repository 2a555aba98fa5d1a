# SPDX-License-Identifier: Apache-2.0
"""StashFyle: what keys and accounts may do: origins, rates, sizes, quotas,
usage, health."""
import concurrent.futures
import datetime
import resource
import time

from apis import bearer, stashfyle_upload
from harness import WireTest, staging_files, wait_until
from rawhttp import Connection, form, get_url, request
from samples import noise
from stashfyle import StashfyleTest

ORIGIN = "https://app.example"
RATE = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


class OriginTest(StashfyleTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = cls().make_key("public", "--origin", ORIGIN, "--origin",
                                 "http://localhost:3000")

    def from_origin(self, *origins, key=None, **fields):
        """An upload as a browser there would send it."""
        kind, body = form(("file", b"data", "a.txt"), *fields.items())
        headers = [*bearer(key or self.key).items(), *kind.items()]
        headers += [("Origin", origin) for origin in origins]
        return request(self.server, "POST", "/v1/upload", headers, body)

    def test_listed_origins_upload(self):
        for origin in (ORIGIN, "http://localhost:3000"):
            response = self.from_origin(origin, private="false")
            self.assertEqual(response.status, 200, response)
            self.assertEqual(get_url(self.server, response.json()["url"]).body,
                             b"data")

    def test_every_other_origin_is_refused(self):
        with self.nothing_left():
            for origin in ("https://evil.example", ORIGIN + "/",
                           ORIGIN + ":443", "http://app.example",
                           "https://APP.example", "HTTPS://app.example",
                           "https://app.example.evil", "https://app.exampl",
                           "https://xapp.example", "null", "*",
                           ORIGIN + " http://localhost:3000", "app.example",
                           "http://localhost", "http://localhost:30000"):
                with self.subTest(origin):
                    self.refused(self.from_origin(origin), 403, "forbidden",
                                 "Origin not allowed")
            self.refused(self.from_origin(), 403, "forbidden")
            self.refused(self.from_origin("https://evil.example", ORIGIN),
                         403, "forbidden")

    def test_an_empty_list_allows_none(self):
        with self.nothing_left():
            self.refused(self.from_origin(ORIGIN, key=self.server.public),
                         403, "forbidden")
            self.refused(self.from_origin("null", key=self.server.public),
                         403, "forbidden")

    def test_the_list_belongs_to_the_key(self):
        other = self.make_key("public", "--origin", "https://other.example")
        self.assertEqual(
            self.from_origin("https://other.example", key=other).status, 200)
        self.refused(self.from_origin(ORIGIN, key=other), 403, "forbidden")
        self.refused(self.from_origin("https://other.example"), 403)

    def test_a_secret_key_has_no_origin(self):
        response = self.from_origin("https://evil.example",
                                    key=self.server.secret)
        self.assertEqual(response.status, 200, response)

    def test_a_public_key_stores_no_private_file(self):
        with self.nothing_left():
            self.refused(self.from_origin(ORIGIN, private="true"), 403,
                         "forbidden", "Private files require a secret key")
        for value in ("TRUE", "1", ""):
            response = self.from_origin(ORIGIN, private=value)
            self.assertEqual(response.status, 200, response)
            self.assertIs(response.json()["private"], False)

    def test_a_public_key_does_nothing_else(self):
        body = self.from_origin(ORIGIN).json()
        headers = {**bearer(self.key), "Origin": ORIGIN}
        for method, path, sent in (
                ("GET", "/files", None), ("GET", f"/files/{body['id']}", None),
                ("DELETE", f"/files/{body['id']}", None),
                ("GET", "/usage", None),
                ("POST", f"/files/{body['id']}/signed-url",
                 b'{"expires_in": 60}')):
            with self.subTest(method + path):
                self.refused(self.call(method, path, headers, sent), 403,
                             "forbidden")
        self.assertEqual(self.ok("GET", f"/files/{body['id']}"), body)

    def test_browsers_can_read_every_answer(self):
        preflight = request(self.server, "OPTIONS", "/v1/upload",
                            {"Origin": "https://evil.example",
                             "Access-Control-Request-Method": "POST",
                             "Access-Control-Request-Headers":
                                 "authorization,content-type"})
        self.assertEqual(preflight.status, 204, preflight)
        self.assertEqual(preflight["Access-Control-Allow-Origin"], "*")
        for word in ("GET", "POST", "DELETE", "OPTIONS"):
            self.assertIn(word, preflight["Access-Control-Allow-Methods"])
        for word in ("Authorization", "Content-Type"):
            self.assertIn(word, preflight["Access-Control-Allow-Headers"])
        self.assertIsNone(preflight["X-RateLimit-Limit"])
        for response in (self.from_origin(ORIGIN),
                         self.from_origin("https://evil.example"),
                         self.call("GET", "/usage", {}),
                         self.call("GET", "/nothing", self.secret),
                         self.call("GET", "/health", {})):
            self.assertEqual(response["Access-Control-Allow-Origin"], "*")
            for name in (*RATE, "Retry-After"):
                self.assertIn(name, response["Access-Control-Expose-Headers"])


class RateTest(StashfyleTest):
    LIMIT = 6

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls().set_limits("--rate-per-minute", str(cls.LIMIT))

    def left(self, response):
        for name in RATE:
            self.assertRegex(response[name] or "", r"^\d+$", response)
        self.assertEqual(int(response[RATE[0]]), self.LIMIT)
        ahead = int(response[RATE[2]]) - time.time()
        self.assertTrue(0 < ahead < 63, response)
        return int(response[RATE[1]])

    def spend(self, key):
        """All that a key has; the refusal after that."""
        while True:
            response = self.call("GET", "/usage", bearer(key))
            left = self.left(response)
            if response.status == 429:
                return response
            self.assertEqual(response.status, 200, response)
            last = left
            self.assertGreaterEqual(last, 0)

    def test_headers_count_down_to_the_refusal(self):
        key = self.make_key("secret")       # which has asked once
        for want in range(self.LIMIT - 2, -1, -1):
            response = self.call("GET", "/usage", bearer(key))
            self.assertEqual(response.status, 200, response)
            self.assertEqual(self.left(response), want)
            self.assertIsNone(response["Retry-After"])
        response = self.call("GET", "/usage", bearer(key))
        self.refused(response, 429, "rate_limit_exceeded",
                     "Rate limit exceeded")
        self.assertEqual(self.left(response), 0)
        self.assertTrue(1 <= int(response["Retry-After"]) <= 61, response)

    def test_each_key_has_its_own(self):
        one, two = self.make_key("secret"), self.make_key("secret")
        self.assertEqual(self.spend(one).status, 429)
        response = self.call("GET", "/usage", bearer(two))
        self.assertEqual(response.status, 200, response)
        self.assertEqual(self.left(response), self.LIMIT - 2)

    def test_every_answer_to_a_key_has_the_headers(self):
        secret = self.make_key("secret")
        public = self.make_key("public")
        for key, method, path, body, status in (
                (secret, "GET", "/files", None, 200),
                (secret, "GET", "/files?limit=abc", None, 400),
                (secret, "GET", "/files/f_none", None, 404),
                (secret, "POST", "/upload", b"x", 400),
                (public, "POST", "/upload", b"x", 403),
                (public, "POST", "/files/f_/signed-url", b"{}", 403)):
            with self.subTest(path):
                response = self.call(method, path, bearer(key), body)
                self.assertEqual(response.status, status, response)
                self.left(response)
        for headers in ({}, bearer("sk_live_unknown_unknown")):
            response = self.call("GET", "/usage", headers)
            self.assertEqual(response.status, 401)
            self.assertIsNone(response[RATE[0]])

    def test_uploads_count_once_and_are_refused_before_the_body(self):
        key = self.make_key("secret")
        for want, data in ((self.LIMIT - 2, b"small"),
                           (self.LIMIT - 3, noise(600_000))):
            response = stashfyle_upload(self.server, (data, "u"),
                                        headers=bearer(key))
            self.assertEqual(response.status, 200, response)
            self.assertEqual(self.left(response), want)
        self.spend(key)
        with self.nothing_left(), Connection(self.server) as connection:
            connection.send(
                f"POST /v1/upload HTTP/1.1\r\nHost: {self.server.authority}"
                f"\r\nAuthorization: Bearer {key}\r\n"
                "Content-Type: multipart/form-data; boundary=x\r\n"
                "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n"
                .encode())
            self.assertEqual(connection.read_head().status, 429)

    def test_the_rate_is_judged_before_origin_and_form(self):
        public = self.make_key("public")
        for _ in range(self.LIMIT):
            last = self.raw_upload(b"x", "text/plain", bearer(public))
        self.refused(last, 429, "rate_limit_exceeded")

    def test_delivery_and_health_are_not_counted(self):
        key = self.make_key("secret")
        url = stashfyle_upload(self.server, headers=bearer(key)).json()["url"]
        self.spend(key)
        for _ in range(2 * self.LIMIT):
            response = get_url(self.server, url)
            self.assertEqual(response.status, 200)
            self.assertIsNone(response[RATE[0]])
            self.assertEqual(self.call("GET", "/health", {}).status, 200)

    def test_many_at_once_get_no_more_than_the_limit(self):
        key = self.make_key("secret")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            found = [r.status for r in pool.map(
                lambda _: self.call("GET", "/usage", bearer(key)), range(24))]
        self.assertEqual(found.count(200), self.LIMIT - 1)
        self.assertEqual(found.count(429), 24 - self.LIMIT + 1)


class SizeTest(StashfyleTest):
    MAX = 98_304

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls().set_limits("--max-file", str(cls.MAX))

    def test_the_limit_is_exact(self):
        self.assertEqual(self.upload((noise(self.MAX), "max"))["size"],
                         self.MAX)
        with self.nothing_left():
            for size in (self.MAX + 1, self.MAX + 70_000, 3 * self.MAX,
                         5_000_000):
                self.refused(stashfyle_upload(self.server,
                                              (noise(size), "big")),
                             413, "file_too_large",
                             "File exceeds maximum size of 0.09375 MB$")

    def test_the_form_is_judged_before_the_size(self):
        big = noise(self.MAX + 1)
        with self.nothing_left():
            self.refused(self.parts(("file", big, "big"), ("expires", "7w")),
                         400, "bad_request", "expires")
            self.refused(self.parts(("file", big, "big"), ("folder", "..")),
                         400, "bad_request", "folder")

    def test_the_limit_is_said_as_the_plan_says_it(self):
        self.tool("accounts", "create", "freeone", "--plan", "free")
        key = self.make_key("secret", account="freeone")
        with self.nothing_left(), Connection(self.server) as connection:
            connection.send(
                f"POST /v1/upload HTTP/1.1\r\nHost: {self.server.authority}"
                f"\r\nAuthorization: Bearer {key}\r\n"
                "Content-Type: multipart/form-data; boundary=x\r\n"
                "Expect: 100-continue\r\nContent-Length: 12000000\r\n\r\n"
                .encode())
            response = connection.read()
        self.refused(response, 413, "file_too_large",
                     "^File exceeds maximum size of 10 MB$")
        self.assertEqual(response[RATE[0]], "100")


class QuotaTest(StashfyleTest):
    options = {"trash_grace": "0"}

    def account(self, name, *flags):
        """A new account with these limits; headers of its key."""
        self.tool("accounts", "create", name)
        self.tool("accounts", "set", name, *flags)
        return bearer(self.make_key("secret", account=name))

    def usage(self, headers):
        usage = self.ok("GET", "/usage", headers)
        self.assertEqual(set(usage), {"storage_bytes", "bandwidth_bytes",
                                      "upload_count", "period_start"})
        return usage["storage_bytes"], usage["upload_count"]

    def put(self, headers, data, **fields):
        return stashfyle_upload(self.server, (data, "n"), headers=headers,
                                **fields)

    def test_the_quota_is_exact_and_deleting_frees_it(self):
        headers = self.account("quota", "--max-storage", "1000")
        first = self.put(headers, b"x" * 600)
        self.assertEqual(first.status, 200, first)
        with self.nothing_left():
            self.refused(self.put(headers, b"x" * 401), 413,
                         "storage_limit_exceeded", "^Storage limit exceeded$")
        self.assertEqual(self.usage(headers), (600, 1))
        self.assertEqual(self.put(headers, b"x" * 400).status, 200)
        self.refused(self.put(headers, b"x"), 413, "storage_limit_exceeded")
        self.assertEqual(self.put(headers, b"").status, 200)
        self.assertEqual(self.usage(headers), (1000, 3))
        self.assertEqual(
            self.call("DELETE", "/files/" + first.json()["id"],
                      headers).status, 200)
        self.assertEqual(self.usage(headers), (400, 3))
        self.assertEqual(self.put(headers, b"x" * 600).status, 200)

    def test_size_is_judged_before_quota(self):
        headers = self.account("both", "--max-storage", "10", "--max-file",
                               "100")
        self.refused(self.put(headers, b"x" * 101), 413, "file_too_large")
        self.refused(self.put(headers, b"x" * 100), 413,
                     "storage_limit_exceeded")
        self.refused(self.put(headers, b"x" * 100, expires="1w"), 400,
                     "bad_request")

    def test_monthly_uploads_are_a_storage_limit(self):
        headers = self.account("monthly", "--max-uploads", "2")
        ids = []
        for _ in range(2):
            response = self.put(headers, b"x")
            self.assertEqual(response.status, 200, response)
            ids.append(response.json()["id"])
        self.refused(self.put(headers, b"x"), 413, "storage_limit_exceeded")
        # deleting does not give an upload back
        self.assertEqual(self.call("DELETE", "/files/" + ids[0],
                                   headers).status, 200)
        self.refused(self.put(headers, b"x"), 413, "storage_limit_exceeded")
        self.assertEqual(self.usage(headers), (1, 2))

    def test_parallel_uploads_never_pass_the_quota(self):
        for name, size, n in (("inline", 1000, 40), ("onfile", 300_000, 16)):
            headers = self.account(name, "--max-storage", str(5 * size + 1))
            data = noise(size)
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda _, h=headers, d=data:
                                        self.put(h, d), range(n)))
            good = [r for r in answers if r.status == 200]
            self.assertEqual(len(good), 5)
            for response in answers:
                if response.status != 200:
                    self.refused(response, 413, "storage_limit_exceeded")
            self.assertEqual(self.usage(headers), (5 * size, 5))
            self.assertEqual(
                len(self.ok("GET", "/files", headers)["files"]), 5)
        # given back off the loops, behind the answers
        self.assertTrue(wait_until(lambda: not staging_files(self.server)))

    def test_grace_stops_uploads_and_nothing_else(self):
        headers = self.account("grace", "--rate-per-minute", "20")
        body = self.put(headers, b"before", private="true").json()
        self.tool("accounts", "set", "grace", "--grace", "on")
        self.make_key("public", account="grace")
        with self.nothing_left():
            response = self.put(headers, b"x")
            self.refused(response, 403, "grace_period",
                         "grace period. Uploads are disabled")
            self.assertEqual(response[RATE[0]], "20")
            # a broken form, too, is looked at later
            self.refused(self.raw_upload(b"x", "text/plain", headers), 403,
                         "grace_period")
        self.assertEqual(self.call("GET", "/files/" + body["id"],
                                   headers).json(), body)
        self.assertEqual(self.call("GET", "/files", headers).status, 200)
        link = self.call("POST", f"/files/{body['id']}/signed-url", headers,
                         b'{"expires_in": 60}').json()["url"]
        self.assertEqual(get_url(self.server, link).body, b"before")
        self.assertEqual(self.call("DELETE", "/files/" + body["id"],
                                   headers).status, 200)
        self.tool("accounts", "set", "grace", "--grace", "off")
        self.make_key("public", account="grace")
        self.assertEqual(self.put(headers, b"x").status, 200)

    def test_grace_comes_before_the_rate(self):
        headers = self.account("graced", "--rate-per-minute", "1", "--grace",
                               "on")
        self.refused(self.put(headers, b"x"), 403, "grace_period")
        self.refused(self.call("GET", "/usage", headers), 429)


class UsageTest(StashfyleTest):
    def usage(self):
        return self.ok("GET", "/usage")

    def test_usage_adds_up(self):
        before = self.usage()
        now = datetime.datetime.utcnow()
        self.assertRegex(before["period_start"], r"^\d{4}-\d\d-01$")
        self.assertIn(before["period_start"],
                      {(now - datetime.timedelta(minutes=1))
                       .strftime("%Y-%m-01"), now.strftime("%Y-%m-01")})
        small = self.upload((b"x" * 1000, "s"))
        large = self.upload((noise(400_000), "l"), private="true")
        link = self.ok("POST", f"/files/{large['id']}/signed-url",
                       body=b'{"expires_in": 60}')["url"]
        self.check(before, storage=401_000, uploads=2, sent=0)
        for _ in range(3):
            self.assertEqual(get_url(self.server, small["url"]).status, 200)
        self.check(before, storage=401_000, uploads=2, sent=3000)
        get_url(self.server, link)
        part = get_url(self.server, small["url"], {"Range": "bytes=0-9"})
        self.assertEqual(part.status, 206)
        self.check(before, storage=401_000, uploads=2, sent=403_010)
        # neither what has no body nor what was refused
        get_url(self.server, small["url"], method="HEAD")
        get_url(self.server, link.split("?")[0])
        get_url(self.server, small["url"], {"If-None-Match": "*"})
        self.ok("GET", "/files")
        self.check(before, storage=401_000, uploads=2, sent=403_010)
        for body in (small, large):
            self.assertEqual(self.file("DELETE", body["id"]).status, 200)
        self.check(before, storage=0, uploads=2, sent=403_010)
        self.server.restart()
        self.check(before, storage=0, uploads=2, sent=403_010)

    def check(self, before, storage, uploads, sent):
        wanted = {"storage_bytes": before["storage_bytes"] + storage,
                  "bandwidth_bytes": before["bandwidth_bytes"] + sent,
                  "upload_count": before["upload_count"] + uploads,
                  "period_start": before["period_start"]}
        # bytes count when they are out, shortly after the client has them
        wait_until(lambda: self.usage() == wanted)
        self.assertEqual(self.usage(), wanted)

    def test_refused_uploads_are_not_counted(self):
        before = self.usage()
        self.refused(self.parts(("file", b"x" * 100, "n"), ("expires", "x")),
                     400)
        self.refused(self.parts(("folder", "f")), 400)
        self.assertEqual(self.usage(), before)


class HealthTest(WireTest):
    def health(self):
        return request(self.server, "GET", "/v1/health")

    def test_health_needs_no_key(self):
        for headers in ({}, bearer("nobody"), {"Host": "api.stashfyle.com"}):
            response = request(self.server, "GET", "/v1/health", headers)
            self.assertEqual(response.status, 200, response)
            body = response.json()
            self.assertEqual(set(body), {"status", "timestamp", "checks"})
            self.assertEqual(body["status"], "ok")
            self.assertRegex(body["timestamp"],
                             r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            self.assertEqual(set(body["checks"]), {"database", "storage"})
            for check in body["checks"].values():
                self.assertEqual(set(check), {"status", "latency_ms"})
                self.assertEqual(check["status"], "ok")
                self.assertGreaterEqual(check["latency_ms"], 0)
        self.assertIn(response["Cache-Control"], ("no-store",))

    def test_one_failing_check_is_degraded(self):
        pid = self.server.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, limits[1]))
        try:
            response = wait_until(
                lambda: self.health() if self.health().json()["status"] !=
                "ok" else None)
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
        self.assertIsNotNone(response)
        body = response.json()
        self.assertEqual((response.status, body["status"]), (200, "degraded"))
        self.assertEqual(body["checks"]["database"]["status"], "ok")
        self.assertEqual(body["checks"]["storage"]["status"], "error")
        self.assertNotIn("/", body["checks"]["storage"]["error"])
        self.assertTrue(wait_until(
            lambda: self.health().json()["status"] == "ok"))

    def test_many_who_ask_cost_one_check(self):
        def written():
            with open(f"/proc/{self.server.process.pid}/io",
                      encoding="ascii") as f:
                return int(dict(line.split(": ") for line in f)["syscw"])
        self.health()
        before, began = written(), time.monotonic()
        for _ in range(50):
            self.health()
        checks = 1 + (time.monotonic() - began) // 0.5
        # a log line and a wake-up each, but not a check of the store
        self.assertLess(written() - before, 115 + 10 * checks)
