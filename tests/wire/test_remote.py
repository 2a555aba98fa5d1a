# SPDX-License-Identifier: Apache-2.0
"""Pictures of files of other hosts: when those are asked, for how long what
they said counts, and what a hostile one may do."""
import gzip
import socket
import threading

import samples
from apis import basic, metric
from filestack_cdn import JPEG, PNG, CdnTest
from harness import (Server, blob_files, open_files, staging_files, takes_long,
                     wait_until)
from rawhttp import build, request
from tenants import add_account, add_key, revoke_key

LIMIT = 300_000
SMALL = ("png", (32, 24))


class Page:
    """One file of an origin that changes, and what it is served with."""

    def __init__(self, origin, path, body=PNG, **headers):
        self.body, self.headers, self.status = body, headers, 200
        self.asked = []
        self.url = origin.url + path
        origin.pages[path] = self.serve

    def serve(self, handler):
        sent = handler.headers
        self.asked.append(sent["If-None-Match"] or sent["If-Modified-Since"])
        known = self.headers.get("ETag") or self.headers.get("Last-Modified")
        if self.status == 200 and known and self.asked[-1] == known:
            handler.answer(304, {**self.headers, "Content-Length": "0"}, b"")
        else:
            handler.answer(self.status, {"Content-Type": "image/png",
                                         **self.headers}, self.body)


class UrlTest(CdnTest):
    def of(self, url, tasks="resize=width:32", **options):
        key = options.pop("key", self.server.public)
        return request(self.server, "GET", f"/{key}/{tasks}/{url}", **options)

    def raw(self, origin, path, send):
        origin.pages[path] = send
        return origin.url + path


class RemoteTest(UrlTest):
    options = {"max_file_size": LIMIT, "inline_limit": "4k",
               "remote_fetches": "4"}

    # How long a copy counts

    def test_a_fresh_copy_is_not_asked_for_again(self):
        page = Page(self.origin(), "/a.png", **{"Cache-Control": "max-age=99"})
        self.assert_picture(self.of(page.url), *SMALL)
        self.assert_picture(self.of(page.url, "resize=width:16"), "png",
                            (16, 12))
        self.assert_picture(self.of(page.url, "flip"), "png", (64, 48))
        self.assertEqual(page.asked, [None])

    def test_other_content_has_another_date(self):
        page = Page(self.origin(), "/a.png", **{"Cache-Control": "no-cache"})
        for number, date in enumerate((
                None, "Mon, 06 Nov 1995 08:49:37 GMT",
                "Sun, 06 Nov 1994 08:49:37 GMT")):
            page.body = samples.png(64 + number, 48)
            page.headers.update({"Last-Modified": date} if date else {})
            now = self.of(page.url, "flip")
            self.assert_picture(now, "png", (64 + number, 48))
            if number:
                told = self.of(page.url, "flip", headers={
                    "If-Modified-Since": seen["Last-Modified"]})
                self.assertEqual(told.status, 200, told)
            seen = now

    def test_without_a_word_it_counts_for_a_while(self):
        page = Page(self.origin(), "/a.png")
        for _ in range(3):
            self.assert_picture(self.of(page.url), *SMALL)
        self.assertEqual(len(page.asked), 1)

    def test_a_stale_copy_is_asked_for_by_its_validators(self):
        for name, value in (("ETag", '"1"'), ("ETag", 'W/"x, y"'),
                            ("Last-Modified",
                             "Sun, 06 Nov 1994 08:49:37 GMT")):
            page = Page(self.origin(), "/a.png",
                        **{"Cache-Control": "no-cache", name: value})
            with self.subTest(name, value=value):
                first = self.of(page.url)
                self.assert_picture(first, *SMALL)
                self.assertEqual(self.of(page.url).body, first.body)
                self.assertEqual(page.asked, [None, value])

    def test_new_content_gives_a_new_picture(self):
        for headers in ({"ETag": '"1"'}, {}):
            page = Page(self.origin(), "/a.png",
                        **{"Cache-Control": "max-age=0", **headers})
            with self.subTest(headers):
                self.assert_picture(self.of(page.url), *SMALL)
                page.body = samples.png(64, 32)
                if headers:
                    page.headers["ETag"] = '"2"'
                self.assert_picture(self.of(page.url), "png", (32, 16))

    def test_what_may_not_be_kept_is_asked_for_each_time(self):
        for words in ("no-store", "private, max-age=99"):
            page = Page(self.origin(), "/a.png",
                        **{"Cache-Control": words, "ETag": '"1"'})
            for _ in range(2):
                self.assert_picture(self.of(page.url), *SMALL)
            self.assertEqual(page.asked, [None, None])

    def test_while_the_origin_is_broken_the_old_copy_will_do(self):
        page = Page(self.origin(), "/a.png", **{"Cache-Control": "max-age=0"})
        self.assert_picture(self.of(page.url), *SMALL)
        page.status, page.body = 503, b"broken"
        self.assert_picture(self.of(page.url), *SMALL)
        self.assert_picture(self.of(page.url, "flip"), "png", (64, 48))
        self.assertEqual(len(page.asked), 2)
        strict = Page(self.origin(), "/b.png",
                      **{"Cache-Control": "max-age=0, must-revalidate"})
        self.assert_picture(self.of(strict.url), *SMALL)
        strict.status = 503
        self.assert_said(self.of(strict.url), 400, "status 503")

    def test_what_the_origin_takes_back_is_gone(self):
        page = Page(self.origin(), "/a.png", **{"Cache-Control": "max-age=0"})
        self.assert_picture(self.of(page.url), *SMALL)
        page.status = 404
        for _ in range(2):
            self.assert_said(self.of(page.url), 400, "status 404")
        self.assertEqual(len(page.asked), 2, "a failure is remembered")

    def test_many_who_ask_at_once_are_one_fetch(self):
        origin, go_on = self.origin(), threading.Event()
        page = Page(origin, "/a.png")
        serve = page.serve

        def wait(handler):
            go_on.wait(10)
            serve(handler)

        origin.pages["/a.png"] = wait
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(
            self.of(page.url, timeout=30))) for _ in range(40)]
        for thread in threads:
            thread.start()
        wait_until(lambda: origin.seen)
        go_on.set()
        for thread in threads:
            thread.join()
        for answer in answers:
            self.assert_picture(answer, *SMALL)
        self.assertEqual(origin.seen, ["/a.png"])

    def test_a_key_revoked_while_its_url_is_fetched_gets_nothing(self):
        origin, go_on = self.origin(), threading.Event()
        self.addCleanup(go_on.set)
        page = Page(origin, "/a.png")
        serve = page.serve

        def wait(handler):
            go_on.wait(10)
            serve(handler)

        origin.pages["/a.png"] = wait
        public, secret = (add_key(self.server, kind)
                          for kind in ("public", "secret"))
        answers = []
        threads = [threading.Thread(target=lambda o=options: answers.append(
            self.of(page.url, timeout=30, **o)))
            for options in ({"key": public},
                            {"headers": basic("app", secret)})]
        for thread in threads:
            thread.start()
        self.assertTrue(wait_until(lambda: origin.seen))
        revoke_key(self.server, public)
        revoke_key(self.server, secret)
        go_on.set()
        for thread in threads:
            thread.join()
        self.assertEqual([a.status for a in answers], [403, 403], answers)

    def test_copies_are_the_accounts_own(self):
        page = Page(self.origin(), "/a.png", **{"Cache-Control": "max-age=99"})
        _, other = add_account(self.server, "neighbour")
        self.assert_picture(self.of(page.url), *SMALL)
        self.assert_picture(self.of(page.url, key=other), *SMALL)
        self.assertEqual(len(page.asked), 2)

    def test_no_account_can_tell_what_another_has_had_made(self):
        def made():
            return metric(self.server, "stowage_derived_made_total")
        origin, body = self.origin(), samples.png(65, 47)
        urls = [origin.add(f"/{name}.png", body) for name in "abc"]
        _, other = add_account(self.server, "guesser")
        before = made()
        for url, key, times in ((urls[0], self.server.public, 1),
                                (urls[1], self.server.public, 1),
                                (urls[2], other, 2), (urls[0], other, 2)):
            self.assert_picture(self.of(url, "flip", key=key), "png", (65, 47))
            self.assertEqual(made() - before, times)

    # What is sent

    def test_the_type_is_what_the_bytes_are(self):
        origin = self.origin()
        for number, (body, kind) in enumerate((
                (JPEG, None), (JPEG, "text/html"), (JPEG, "image/png"),
                (JPEG, "application/octet-stream"))):
            url = origin.add(f"/{number}", body, kind)
            with self.subTest(kind):
                self.assert_picture(self.of(url), "jpg", (32, 24))
        text = origin.add("/t.png", b"hello", "image/png")
        self.assertIn(self.of(text).status, (400, 415, 422))

    def test_a_coded_body_is_decoded_within_the_limit(self):
        origin = self.origin()
        coded = {"Content-Encoding": "gzip", "Content-Type": "image/png"}
        origin.pages["/a.png"] = (200, coded, gzip.compress(PNG))
        self.assert_picture(self.of(origin.url + "/a.png"), *SMALL)
        origin.pages["/bomb"] = (200, coded, gzip.compress(bytes(50_000_000)))
        self.assert_said(self.of(origin.url + "/bomb"), 413)

    def test_a_body_without_an_end_is_cut(self):
        def endless(handler):
            handler.send_response(200)
            handler.end_headers()
            while True:
                handler.wfile.write(bytes(65536))

        url = self.raw(self.origin(), "/endless", endless)
        self.assert_said(self.of(url), 413)

    def test_a_body_of_another_length_is_none(self):
        def short(handler):
            handler.answer(200, {"Content-Length": "100000"}, PNG)

        url = self.raw(self.origin(), "/short", short)
        self.assert_said(self.of(url), 400, "closed the connection early")

    # Where it may go

    def test_nothing_inside_is_asked(self):
        inside, origin = self.origin("127.0.0.1"), self.origin()
        secret = inside.add("/x.png", PNG, "image/png")
        targets = [secret, "http://169.254.169.254/latest/meta-data",
                   "http://[::ffff:127.0.0.1]/", "http://10.0.0.1/"]
        for number, target in enumerate(targets):
            for url in target, origin.redirect(f"/{number}", target):
                with self.subTest(url):
                    self.assert_said(self.of(url), 400, "no public address")
        self.assertEqual(inside.seen, [])

    def test_a_copy_goes_when_its_url_leads_inside(self):
        inside, origin = self.origin("127.0.0.1"), self.origin()
        page = Page(origin, "/a.png", **{"Cache-Control": "max-age=0"})
        self.assert_picture(self.of(page.url), *SMALL)
        origin.redirect("/a.png", "file:///etc/passwd")
        self.assert_said(self.of(page.url), 400)
        self.assertEqual(inside.seen, [])

    def test_a_url_with_a_password_is_refused(self):
        origin = self.origin()
        origin.add("/a.png", PNG, "image/png")
        url = origin.url.replace("http://", "http://user:secret@") + "/a.png"
        self.assert_said(self.of(url), 400)
        self.assertEqual(origin.seen, [])

    # What is left

    def test_a_large_copy_leaves_nothing_behind(self):
        large = samples.png(64, 48) + bytes(100_000)
        page = Page(self.origin(), "/large.png", large,
                    **{"Cache-Control": "max-age=99"})
        self.assert_picture(self.of(page.url), *SMALL)
        self.assert_picture(self.of(page.url, "flip"), "png", (64, 48))
        self.assertTrue(wait_until(
            lambda: len(staging_files(self.server)) == 1))
        self.assertEqual(blob_files(self.server), [])
        self.server.kill9()
        self.server.restart()
        self.assertEqual(blob_files(self.server), [])
        self.assertEqual(staging_files(self.server), [])
        self.assert_picture(self.of(page.url), *SMALL)

    def test_copies_give_their_descriptors_back(self):
        origin = self.origin()
        before = len(open_files(self.server))
        for number in range(40):
            body = samples.png(64, 48) + bytes([number]) * 20_000
            page = Page(origin, f"/{number}.png", body,
                        **{"Cache-Control": "no-store"})
            self.assert_picture(self.of(page.url), *SMALL)
        self.assertTrue(wait_until(
            lambda: len(open_files(self.server)) <= before + 20))


class ImpatientTest(UrlTest):
    options = {"fetch_head_timeout": "2s", "fetch_timeout": "4s"}

    @takes_long
    def test_a_trickle_is_given_up(self):
        def trickle(handler):
            handler.send_response(200)
            handler.end_headers()
            while not origin.ended.wait(0.05):
                handler.wfile.write(b"x")

        origin = self.origin()
        self.assert_said(self.of(self.raw(origin, "/slow", trickle)), 400,
                         "takes too long")


class PatientTest(UrlTest):
    """Origins that would take a minute."""
    options = {"fetch_head_timeout": "10m", "fetch_timeout": "10m",
               "remote_fetches": "4"}

    def test_one_accounts_slow_origins_are_its_own(self):
        origin = self.origin()
        _, other = add_account(self.server, "victim")
        threads = [threading.Thread(target=self.of, args=(
            origin.hang(f"/{n}"),), kwargs={"timeout": 60})
            for n in range(8)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(origin.seen) >= 3)
        for number in range(4):
            page = Page(origin, f"/quick{number}.png")
            self.assert_picture(self.of(page.url, key=other), *SMALL)
        self.assertEqual(len(origin.seen), 3 + 4)
        origin.ended.set()
        for thread in threads:
            thread.join()

    def assert_given_up(self, leave):
        """When the client does that, its origin is left as well."""
        origin, given_up = self.origin(), threading.Event()

        def hang(handler):
            if handler.connection.recv(1) == b"":
                given_up.set()

        url = self.raw(origin, "/hangs", hang)
        host, port = self.server.authority.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(build(
                "GET", f"/{self.server.public}/flip/{url}",
                self.server.authority))
            leave(connection, lambda: wait_until(lambda: origin.seen))
            self.assertTrue(wait_until(given_up.is_set))

    def test_a_fetch_ends_when_its_client_has_gone(self):
        def close(connection, asked):
            self.assertTrue(asked())
            connection.close()

        self.assert_given_up(close)

    def test_one_that_had_gone_before_it_began_too(self):
        def end(connection, asked):
            connection.shutdown(socket.SHUT_WR)
            self.assertTrue(asked())

        for _ in range(2):
            self.assert_given_up(end)

    def test_a_stop_waits_for_no_origin(self):
        origin = self.origin()
        url = origin.hang("/hangs")
        with Server(drain_timeout="500ms") as server:
            answers = []
            thread = threading.Thread(target=lambda: answers.append(request(
                server, "GET", f"/{server.public}/flip/{url}", timeout=60)))
            thread.start()
            self.assertTrue(wait_until(lambda: origin.seen))
            server.stop()
            thread.join()
            self.assert_said(answers[0], 400)


class LoopTest(UrlTest):
    """URLs that lead back here by a name that is not known as the server's."""
    options = {"fetch_allow": "127.0.0.0/8", "fetch_head_timeout": "10m",
               "remote_fetches": "4"}

    def here(self, path):
        return f"http://127.1:{self.server.port}/{self.server.public}{path}"

    def test_a_file_of_this_server_may_be_fetched(self):
        self.assert_picture(self.of(self.here("/" + self.store())), *SMALL)

    def test_a_fetch_leads_to_no_other(self):
        page = Page(self.origin(), "/a.png")
        inner = self.here("/flip/" + page.url)
        for url in inner, self.here("/flop/" + inner):
            with self.subTest(url):
                self.assert_said(self.of(url), 400)
        self.assertEqual(page.asked, [])
        self.assert_picture(self.of(page.url), *SMALL)

    def test_a_circle_ends_where_it_begins(self):
        origin = self.origin()
        for number in range(8):
            path = f"/{number}"
            back = self.here(f"/flip/{origin.url}{path}?again")
            self.assert_said(self.of(origin.redirect(path, back)), 400)
        self.assertEqual(len(origin.seen), 8)
        self.assertTrue(all(name.startswith("stowage-") for name in
                            (sent["CDN-Loop"] for sent in origin.headers)))

    def test_the_name_is_found_among_others(self):
        origin = self.origin()
        self.of(origin.add("/x.png", PNG, "image/png"))
        name = origin.headers[0]["CDN-Loop"]
        for number, (loops, status) in enumerate((
                (["other, " + name + "; a=b"], 400), ([name + ",x"], 400),
                (["other", name], 400), (["other, " + name + "x"], 200),
                (["", ", ;"], 200))):
            url = origin.add(f"/{number}.png", PNG, "image/png")
            with self.subTest(loops):
                self.assertEqual(self.of(url, headers=[
                    ("CDN-Loop", value) for value in loops]).status, status)
        # what needs no fetch is answered
        self.assert_picture(self.of(origin.url + "/x.png", headers=[
            ("CDN-Loop", name)]), *SMALL)
