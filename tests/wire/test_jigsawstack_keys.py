# SPDX-License-Identifier: Apache-2.0
"""JigsawStack's credentials: what a public key may do and where, accounts that
do not see each other, temporary links, rate limits."""
import time
import urllib.parse

from apis import (api_key, assert_file, assert_refused, basic,
                  jigsawstack_read, jigsawstack_upload)
from harness import Server, WireTest, wait_until
from rawhttp import form, get_url, request
from tenants import add_account, add_key, limit_rate, revoke_key, tool

UNLIMITED = 2147483647
RATE = ("x-jigsaw-rate-limit-limit", "x-jigsaw-rate-limit-remaining",
        "x-jigsaw-rate-limit-reset")


def rate_of(response):
    """(limit, remaining, reset in ms); each must be there and a number."""
    return tuple(int(response[name]) for name in RATE)


class PublicKeyTest(WireTest):
    def refused(self, response, status, text=None):
        assert_refused(self, "jigsawstack", response, status, text)

    def upload(self, key, data=b"x", who=None, **options):
        return jigsawstack_upload(self.server, key, data,
                                  headers=api_key(who) if who else None,
                                  **options)

    def call(self, method, key, who, **headers):
        return jigsawstack_read(
            self.server, key, method=method,
            headers={"x-api-key": who, **{
                k.capitalize(): v for k, v in headers.items()}})

    def test_a_key_granted_the_store_keeps_to_what_public_keys_stored(self):
        s = self.server
        reader = add_key(s, api=["vocr", "stores", "Store"])
        writer = add_key(s, api=["vocr", "store"])
        self.assertEqual(self.upload("secret.txt", b"s").status, 200)
        self.assertEqual(self.upload("theirs.txt", b"1", writer).status, 200)
        with self.nothing_left():
            for response in (
                    self.upload("theirs.txt", b"2", writer),
                    self.upload("secret.txt", b"2", writer)):
                self.refused(response, 400, "File already exists")
            for response in (
                    self.upload("secret.txt", b"2", writer,
                                overwrite="true"),
                    self.upload("new.txt", b"2", reader),
                    self.call("DELETE", "secret.txt", writer),
                    self.call("DELETE", "theirs.txt", reader),
                    self.call("DELETE", "theirs.txt", s.public)):
                self.refused(response, 403)
            self.refused(self.call("DELETE", "none.txt", writer), 404)
        self.assertEqual(self.upload("theirs.txt", b"22", writer,
                                     overwrite="true").status, 200)
        for who in (reader, writer, s.public, s.secret):
            assert_file(self, self.call("GET", "theirs.txt", who), b"22")
            assert_file(self, self.call("GET", "secret.txt", who), b"s")
        self.assertEqual(self.call("DELETE", "theirs.txt", writer).status,
                         200)
        # what the owner has replaced is the owner's
        self.assertEqual(self.upload("mixed", b"1", writer).status, 200)
        self.assertEqual(self.upload("mixed", b"2", overwrite="true").status,
                         200)
        self.refused(self.call("DELETE", "mixed", writer), 403)
        self.refused(self.upload("mixed", b"3", writer, overwrite="true"),
                     403)
        assert_file(self, self.call("GET", "mixed", s.public), b"2")

    def test_a_granted_public_key_may_stand_in_the_query_too(self):
        writer = add_key(self.server, api=["store"])
        response = request(
            self.server, "POST",
            "/v1/store/file?" + urllib.parse.urlencode(
                {"key": "byquery", "x-api-key": writer}), {}, b"q")
        self.assertEqual(response.status, 200, response)

    def test_a_key_with_domains_works_there_only(self):
        s = self.server
        self.upload("d.txt", b"d")
        key = add_key(s, domain=["app.test", "*.shop.test"])
        for headers, allowed in (
                ({"origin": "https://app.test"}, True),
                ({"origin": "http://APP.test:3000"}, True),
                ({"origin": "https://a.b.shop.test"}, True),
                ({"referer": "https://app.test/page?x=1"}, True),
                ({"origin": "https://app.test", "referer": "http://evil.test"},
                 True),
                ({"origin": "http://evil.test", "referer": "https://app.test"},
                 False),
                ({}, False),
                ({"origin": "null"}, False),
                ({"origin": ""}, False),
                ({"origin": "app.test"}, False),
                ({"origin": "https://shop.test"}, False),
                ({"origin": "https://xapp.test"}, False),
                ({"origin": "https://app.test.evil"}, False),
                ({"referer": "http://app.test@evil.test/"}, False),
                ({"referer": "http://evil.test/http://app.test/"}, False)):
            with self.subTest(str(headers)):
                for method in ("GET", "HEAD"):
                    response = self.call(method, "d.txt", key, **headers)
                    self.assertEqual(response.status,
                                     200 if allowed else 403, response)
                if not allowed:
                    self.refused(self.call("GET", "d.txt", key, **headers),
                                 403, "domain")
        # they bind the key, not the account
        assert_file(self, self.call("GET", "d.txt", s.public,
                                    origin="http://evil.test"), b"d")

    def test_accounts_do_not_see_each_other(self):
        s = self.server
        secret, public = add_account(s, "neighbour")
        self.upload("mine.txt", b"mine")
        link = self.upload("mine2.txt", b"mine", temp_public_url="true"
                           ).json()["temp_public_url"]
        with self.nothing_left():
            for who in (secret, public):
                self.refused(self.call("GET", "mine.txt", who), 404)
            self.refused(self.call("DELETE", "mine.txt", secret), 404)
            self.refused(get_url(s, f"{s.url}/v1/store/file/read/mine.txt"
                                 f"?x-api-key={public}"), 404)
            self.refused(get_url(s, link.replace("-default/",
                                                 "-neighbour/")), 403)
        # the same key is free there
        self.assertEqual(self.upload("mine.txt", b"other", secret).status,
                         200)
        assert_file(self, self.call("GET", "mine.txt", s.public), b"mine")
        assert_file(self, self.call("GET", "mine.txt", public), b"other")
        self.assertEqual(self.call("DELETE", "mine.txt", secret).status, 200)
        assert_file(self, self.call("GET", "mine.txt", s.public), b"mine")

    def test_a_revoked_key_opens_nothing(self):
        s = self.server
        self.upload("v.txt")
        key = add_key(s)
        assert_file(self, self.call("GET", "v.txt", key), b"x")
        revoke_key(s, key)
        self.refused(self.call("GET", "v.txt", key), 401)


class LimitsTest(WireTest):
    def test_limits_of_the_account_hold_here_too(self):
        s = self.server
        for flags, status, code in (
                (("--max-file", "100"), 413, "file_too_large"),
                (("--max-storage", "100"), 413, "storage_limit_exceeded"),
                (("--max-uploads", "1"), 413, "storage_limit_exceeded"),
                (("--grace", "on"), 403, "account_suspended")):
            name = "limited" + flags[0].replace("--", "-")
            who, _ = add_account(s, name)
            who = api_key(who)
            self.assertEqual(jigsawstack_upload(
                s, "one", b"x" * 50, headers=who).status, 200)
            tool(s, "accounts", "set", name, *flags)
            with self.subTest(name):
                response = wait_until(lambda: self.over(who))
                assert_refused(self, "jigsawstack", response, status)
                self.assertEqual(response.json()["error"], code)
                with self.nothing_left():
                    self.assertEqual(self.over(who).status, status)
                assert_file(self, jigsawstack_read(s, "one", headers=who),
                            b"x" * 50)

    def over(self, who):
        """The answer once it is a refusal."""
        response = jigsawstack_upload(self.server, "two", b"x" * 101,
                                      headers=who)
        if response.status != 200:
            return response
        jigsawstack_read(self.server, "two", headers=who, method="DELETE")
        return None


class TempLinkTest(WireTest):
    KEYS = ("t.txt", "dir/a b/ü.txt", "100%.txt", "a+b.txt", "what?.txt",
            "#1", "a%2Fb")

    def link(self, key="t.txt", data=b"temp", **options):
        response = jigsawstack_upload(
            self.server, key, data, temp_public_url="true", overwrite="true",
            **options)
        self.assertEqual(response.status, 200, response)
        return response.json()["temp_public_url"]

    def refused(self, response, status, text=None):
        assert_refused(self, "jigsawstack", response, status, text)

    def test_a_link_opens_its_file_without_a_key(self):
        for key in self.KEYS:
            with self.subTest(key):
                link = self.link(key, key.encode())
                parts = urllib.parse.urlsplit(link)
                self.assertEqual(f"{parts.scheme}://{parts.netloc}",
                                 self.server.url)
                self.assertRegex(
                    parts.path, "^/v1/store/temp/[A-Za-z0-9-]+/" +
                    urllib.parse.quote(key, safe="/").replace("+", r"\+")
                    .replace(".", r"\.") + "$")
                values = dict(urllib.parse.parse_qsl(parts.query))
                self.assertEqual(set(values), {"expires", "signature"})
                self.assertAlmostEqual(int(values["expires"]),
                                       time.time() + 604800, delta=20)
                self.assertRegex(values["signature"], "^[0-9a-f]{64}$")
                assert_file(self, get_url(self.server, link), key.encode())
                for prefix in ("/api", "/jigsawstack"):
                    assert_file(self, get_url(self.server, link.replace(
                        "/v1/store/temp", prefix + "/v1/store/temp")),
                        key.encode())
                head = get_url(self.server, link, method="HEAD")
                self.assertEqual(head["Content-Length"],
                                 str(len(key.encode())))
                part = get_url(self.server, link, {"Range": "bytes=0-0"})
                self.assertEqual((part.status, part.body),
                                 (206, key.encode()[:1]))

    def test_only_the_asked_for_get_a_link(self):
        for value in ("false", "undefined", "", "None", "0"):
            response = jigsawstack_upload(self.server, None,
                                          temp_public_url=value)
            self.assertNotIn("temp_public_url", response.json())
        for value in ("True", "1", "TRUE"):
            response = jigsawstack_upload(self.server, None,
                                          temp_public_url=value)
            self.assertIn("temp_public_url", response.json())

    def test_altered_links_open_nothing(self):
        self.link("other.txt", b"other")
        link = self.link()
        path, query = link.split("?")
        expires, signature = (pair.split("=")[1]
                              for pair in query.split("&"))
        token = path.split("/")[-2]
        flipped = "0" if signature[-1] != "0" else "1"
        later = str(int(expires) + 1)
        for bad in (
                path,
                f"{path}?expires={expires}",
                f"{path}?signature={signature}",
                f"{path}?expires={later}&signature={signature}",
                f"{path}?expires={expires}0&signature={signature}",
                f"{path}?expires=&signature={signature}",
                f"{path}?expires=-1&signature={signature}",
                f"{path}?expires=x&signature={signature}",
                f"{path}?expires={'9' * 30}&signature={signature}",
                f"{path}?expires={expires}&signature=",
                f"{path}?expires={expires}&signature={signature[:-1]}",
                f"{path}?expires={expires}&signature={signature}0",
                f"{path}?expires={expires}&signature="
                f"{signature[:-1]}{flipped}",
                f"{path}?expires={expires}&signature={signature.upper()}",
                f"{path}?expires={later}&expires={expires}"
                f"&signature={signature}",
                link.replace("t.txt", "other.txt"),
                link.replace("t.txt", "none.txt"),
                link.replace("t.txt", "t.txt/"),
                link.replace(token, "default"),
                link.replace(token, "x" + token),
                link.replace(token, token + "x"),
                link.replace(token, token.swapcase()),
                link.replace(token, "0" * 20 + "-default"),
                link.replace(token, token.replace("-default", "-nobody")),
                link.replace(token, "%00" * 21)):
            with self.subTest(bad[len(self.server.url):]):
                if bad == link:
                    continue
                self.refused(get_url(self.server, bad), 403)
        # a key is no use there
        self.refused(get_url(self.server, path, api_key(self.server.secret)),
                     403)
        assert_file(self, get_url(self.server, link), b"temp")

    def test_a_link_ends_with_the_key_that_signed_it(self):
        s = self.server
        secret, public = add_account(s, "rotating")
        writer = add_key(s, account="rotating", api=["store"])

        def link(key, who):
            return jigsawstack_upload(s, key, temp_public_url="1",
                                      headers=api_key(who))
        old = link("old", secret).json()["temp_public_url"]
        newer = add_key(s, "secret", account="rotating")
        new = link("new", newer).json()["temp_public_url"]
        assert_file(self, get_url(s, old), b"hello")
        revoke_key(s, secret)
        self.refused(get_url(s, old), 403)
        assert_file(self, get_url(s, new), b"hello")
        assert_file(self, get_url(s, link("by public", writer).json()
                                  ["temp_public_url"]), b"hello")
        revoke_key(s, newer)
        self.refused(get_url(s, new), 403)
        with self.nothing_left():
            self.refused(link("unsigned", writer), 400, "temp_public_url")
        assert_file(self, jigsawstack_read(s, "new",
                                           headers=api_key(public)), b"hello")

    def test_a_link_opens_what_another_api_made_private(self):
        kind, body = form(("file", b"p", "p.txt"), ("fileName", "p.txt"),
                          ("isPrivateFile", "true"),
                          ("useUniqueFileName", "false"))
        response = request(self.server, "POST", "/api/v1/files/upload",
                           {**basic(self.server.secret), **kind}, body)
        self.assertEqual(response.status, 200, response)
        link = self.link("p.txt", b"new")
        self.refused(jigsawstack_read(
            self.server, "p.txt", headers=api_key(self.server.public)), 403)
        assert_file(self, get_url(self.server, link), b"new")

    def test_a_link_is_read_only(self):
        link = self.link()
        for method in ("DELETE", "POST", "PUT"):
            response = get_url(self.server, link, method=method)
            self.refused(response, 405)
        # and no signature for other routes
        self.refused(get_url(self.server, f"{self.server.url}/v1/store/file/"
                             f"read/t.txt?{link.split('?')[1]}"), 401)

    def test_a_deleted_files_link_stays_dead(self):
        link = self.link("dead.txt")
        jigsawstack_read(self.server, "dead.txt", method="DELETE")
        self.refused(get_url(self.server, link), 404)
        # another file under the same key is not what the link was given for
        again = self.link("dead.txt", b"new")
        self.refused(get_url(self.server, link), 404)
        assert_file(self, get_url(self.server, again), b"new")

    def test_a_replaced_files_link_shows_the_new_bytes(self):
        link = self.link("swap.txt", b"old")
        self.link("swap.txt", b"new")
        assert_file(self, get_url(self.server, link), b"new")

    def test_the_public_url_is_used(self):
        with Server(public_url="https://files.test/base") as server:
            body = jigsawstack_upload(server, "p",
                                      temp_public_url="1").json()
            self.assertTrue(body["temp_public_url"].startswith(
                "https://files.test/base/v1/store/temp/"), body)
            self.assertTrue(body["url"].startswith(
                "https://files.test/base/v1/store/file/read/"), body)

    def test_vendor_hosts_are_kept(self):
        response = jigsawstack_upload(
            self.server, "vh", temp_public_url="1",
            headers={"Host": "api.jigsawstack.com"})
        link = response.json()["temp_public_url"]
        self.assertTrue(link.startswith("https://api.jigsawstack.com/v1/"),
                        link)
        assert_file(self, get_url(self.server, link), b"hello")

    def test_links_expire(self):
        with Server(jigsawstack_temp_url_ttl="2s") as server:
            def in_time():
                """A link, where it was asked for before it expired."""
                link = jigsawstack_upload(
                    server, "brief", temp_public_url="1", overwrite="1"
                ).json()["temp_public_url"]
                expires = int(link.split("expires=")[1].split("&")[0])
                response = get_url(server, link)
                return (link, expires, response) if time.time() < expires \
                    else None

            link, expires, response = wait_until(in_time)
            assert_file(self, response, b"hello")
            time.sleep(max(0, expires - time.time()) + 0.05)
            self.refused(get_url(server, link), 403, "expired")
            # with a key it is still there
            assert_file(self, jigsawstack_read(server, "brief"), b"hello")


class RateTest(WireTest):
    def read(self, **headers):
        return jigsawstack_read(self.server, "r", headers=headers)

    def test_without_a_limit_the_headers_never_make_a_client_wait(self):
        jigsawstack_upload(self.server, "r", overwrite="true")
        for response in (
                self.read(), self.read(**api_key("x")),
                jigsawstack_read(self.server, "none"),
                request(self.server, "GET", "/v1/store/file/read/r"),
                request(self.server, "OPTIONS", "/v1/store/file"),
                request(self.server, "PUT", "/v1/store/file"),
                request(self.server, "GET", "/jigsawstack/none"),
                jigsawstack_read(self.server, "r",
                                 headers={"Range": "bytes=99-"})):
            limit, remaining, reset = rate_of(response)
            self.assertEqual((limit, remaining), (UNLIMITED, UNLIMITED))
            self.assertAlmostEqual(reset / 1000, time.time() + 1, delta=5)
            for name in RATE:
                self.assertIn(name, response["Access-Control-Expose-Headers"])

    def test_a_burst_over_the_limit_is_429_until_the_reset(self):
        s = self.server
        jigsawstack_upload(s, "r", overwrite="true")
        neighbour, _ = add_account(s, "fast")
        limit_rate(s, s.secret, "default", 2)
        self.addCleanup(limit_rate, s, s.secret, "default", None)

        def burst():
            """None: it took longer than the second in which it counts."""
            began = time.monotonic()
            answers = [self.read() for _ in range(3)] + \
                [jigsawstack_upload(s, "over"),
                 self.read(**api_key(s.public))]
            if time.monotonic() - began < 1:
                return answers
            reset = rate_of(answers[-1])[2] / 1000
            time.sleep(max(0, reset - time.time()) + 0.1)
            return None

        answers = wait_until(burst)
        served = [a for a in answers if a.status == 200]
        late = [a for a in answers if a.status == 429]
        self.assertEqual((len(served), len(late)), (2, 3), answers)
        self.assertEqual([rate_of(a)[:2] for a in served], [(2, 1), (2, 0)])
        for response in late:
            assert_refused(self, "jigsawstack", response, 429, "(?i)rate")
            self.assertEqual(response.json()["error"], "rate_limit_exceeded")
            self.assertEqual(rate_of(response)[:2], (2, 0))
            self.assertIn(response["Retry-After"], ("1", "2"))
        # another account has its own limit; wrong keys count for nobody
        self.assertEqual(jigsawstack_read(
            s, "none", headers=api_key(neighbour)).status, 404)
        reset = rate_of(late[-1])[2] / 1000
        self.assertLess(reset, time.time() + 1.5)
        time.sleep(max(0, reset - time.time()) + 0.1)
        for _ in range(5):
            self.read(**api_key("sk_live_wrong"))
        self.assertEqual(self.read().status, 200)
        # links take no key and are not counted
        limit_rate(s, s.secret, "default", None)
        link = jigsawstack_upload(s, "l", temp_public_url="1").json()
        limit_rate(s, s.secret, "default", 1)
        for _ in range(4):
            assert_file(self, get_url(s, link["temp_public_url"]), b"hello")

    def test_the_reset_lies_ahead_on_a_429(self):
        s = self.server
        limit_rate(s, s.secret, "default", 1)
        self.addCleanup(limit_rate, s, s.secret, "default", None)
        for _ in range(20):
            before = time.time()
            response = self.read()
            if response.status == 429:
                self.assertGreater(rate_of(response)[2], before * 1000 - 1)
                return
        self.fail("no 429")
