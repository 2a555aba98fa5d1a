# SPDX-License-Identifier: Apache-2.0
"""Filestack's processing URLs: which file, who may have it, in which form."""
import urllib.parse

import samples
from apis import assert_file, basic, doors, query
from filestack_cdn import JPEG, PNG, CdnTest
from harness import wait_until
from pictures import describe, flat_png
from rawhttp import request
from tenants import add_account, add_key, revoke_key

SMALL = ("png", (32, 24))


class AnswerTest(CdnTest):
    def test_a_chain_is_answered_at_every_door_and_method(self):
        handle, key = self.store(), self.server.public
        for door in doors("filestack"):
            for path in (f"/resize=width:32/{handle}",
                         f"/resize=w:32/{handle}",
                         f"/{key}/resize=width:32/{handle}",
                         f"/resize=width:32%2Fflip/{handle}",
                         f"/{key}/resize=width:32/flip/{handle}",
                         f"/security=p:abc,s:def/resize=width:32/{handle}",
                         f"/resize=width:32/{handle}+x.png"):
                with self.subTest(path, door=door[0]):
                    full = door[1] + path
                    response = self.get(full, door[2])
                    self.assert_picture(response, *SMALL)
                    for body in (None, b"a body that nobody reads"):
                        post = self.get(full, door[2], "POST", body)
                        self.assertEqual(post.status, 200, post)
                        self.assertEqual(post.body, response.body)
                    head = self.get(full, door[2], "HEAD")
                    self.assertEqual(head.status, 200)
                    self.assertEqual(head["ETag"], response["ETag"])
                    self.assertEqual(head["Content-Length"],
                                     str(len(response.body)))

    def test_pictures_get_the_name_of_their_format(self):
        handle = self.store(PNG, "some ä.png")
        for steps, name in (("resize=width:32", "some%20%C3%A4.png"),
                            ("output=format:jpg", "some%20%C3%A4.jpg"),
                            ("output=format:webp", "some%20%C3%A4.webp")):
            with self.subTest(steps):
                response = self.get(f"/{steps}/{handle}")
                self.assertEqual(response.status, 200, response)
                self.assertEqual(response["X-File-Name"], name)
                self.assertRegex(response["Content-Disposition"], "^inline; ")
                self.assertIn(name, response["Content-Disposition"])
                response = self.get(f"/{steps}/{handle}?dl=true")
                self.assertRegex(response["Content-Disposition"],
                                 "^attachment; ")

    def test_pictures_are_asked_for_in_parts_and_by_what_is_known(self):
        handle = self.store()
        for path in (f"/resize=width:32/{handle}",
                     f"/cache=expiry:max/{handle}"):
            with self.subTest(path):
                whole = self.get(path)
                self.assertEqual(whole.status, 200, whole)
                same = self.get(path, {"If-None-Match": whole["ETag"]})
                self.assertEqual(same.status, 304)
                self.assertEqual(same["Cache-Control"],
                                 whole["Cache-Control"])
                part = self.get(path, {"Range": "bytes=5-14"})
                self.assertEqual(part.status, 206, part)
                self.assertEqual(part.body, whole.body[5:15])

    def test_tasks_about_the_answer_send_the_file_as_it_is(self):
        handle, key = self.store(), self.server.public
        for steps in ("cache=expiry:max", "cache=false", "security=p:a,s:b",
                      f"{key}/cache=expiry:60"):
            with self.subTest(steps):
                response = self.get(f"/{steps}/{handle}")
                assert_file(self, response, PNG, "image/png")
                self.assertEqual(response["X-File-Name"], "pic.png")
        text = self.get(f"/cache=false/{handle}?base64encode=true")
        self.assertRegex(text["Content-Type"], "^text/plain")

    def test_the_cache_task_says_how_long(self):
        handle = self.store()
        month = "public, max-age=2592000"
        for steps, wanted in (
                ("resize=width:32", month),
                ("resize=width:32/cache=expiry:60", "public, max-age=60"),
                ("cache=expiry:max/resize=width:32",
                 "public, max-age=31536000"),
                ("cache=e:max/resize=width:32", "public, max-age=31536000"),
                ("cache=false/resize=width:32", "no-cache"),
                ("cache=expiry:60", "public, max-age=60"),
                ("cache=false", "no-cache"),
                ("security=p:a,s:b", "public, max-age=0, must-revalidate")):
            for _ in "the first time", "again":
                with self.subTest(steps):
                    response = self.get(f"/{steps}/{handle}")
                    self.assertEqual(response.status, 200, response)
                    self.assertEqual(response["Cache-Control"], wanted)

    def test_a_query_says_the_same_each_time(self):
        handle = self.store()
        own = f"http://{self.server.authority}/flip/{handle}"
        for target in (f"/resize=width:9/{handle}?a=1&amp;dl=true",
                       f"/resize=width:9/{own}?a=1&amp;dl=true",
                       f"/resize=width:9/{handle}?&dl=true"):
            for _ in "the first time", "again":
                with self.subTest(target):
                    self.assertRegex(
                        self.get(target)["Content-Disposition"],
                        "^attachment")

    def test_a_revoked_key_in_an_own_url_opens_nothing(self):
        handle, key = self.store(), add_key(self.server)
        own = f"http://{self.server.authority}/{key}/flip/{handle}"
        for _ in "the first time", "again":
            self.assertEqual(self.get(f"/resize=width:8/{own}").status, 200)
        revoke_key(self.server, key)
        self.assert_said(self.get(f"/resize=width:8/{own}"), 403)

    def test_an_automatic_format_says_what_it_depends_on(self):
        handle = self.store(JPEG, "a.jpg")
        for accept, kinds in ((None, {"jpg"}), ("image/png", {"jpg"}),
                              ("image/webp,*/*", {"webp"})):
            with self.subTest(accept):
                response = self.get(f"/resize=width:32/auto_image/{handle}",
                                    accept and {"Accept": accept})
                self.assertIn(describe(response.body)[0], kinds)
                self.assertEqual(response["Vary"], "Accept")
                instead = self.get(f"/auto_image/fallback=handle:{handle}/"
                                   f"flip/{handle[::-1]}")
                self.assertEqual(instead.status, 200, instead)
                self.assertEqual(instead["Vary"], "Accept")

    def test_other_calls_keep_their_paths(self):
        for method, path, status in (("GET", "/api/nothing", 404),
                                     ("POST", "/api/nothing/here", 404),
                                     ("POST", "/api/file/x", 404),
                                     ("DELETE", "/api/file/x", 404),
                                     ("PATCH", "/api/file/x", 405),
                                     ("PUT", "/resize=width:3/x", 405)):
            for door in doors("filestack"):
                with self.subTest(path, method=method, door=door[0]):
                    response = self.get(door[1] + path, door[2], method)
                    self.assertEqual(response.status, status, response)
                    self.assertIn("error", response.json())
        self.assertEqual(self.get("/api/file/x", method="PATCH")["Allow"],
                         "GET, HEAD, POST, PUT, DELETE, OPTIONS")

    def test_an_account_may_be_named_like_a_task(self):
        """It has the path, as every account has at the root."""
        handle = self.store()
        self.assert_picture(self.get(f"/flip/{handle}"), "png", (64, 48))
        add_account(self.server, "flop")
        self.assertTrue(self.get(f"/flop/{handle}")["ik-error"])
        for path in (f"/filestack/flop/{handle}",
                     f"/{self.server.public}/flop/{handle}"):
            self.assert_picture(self.get(path), "png", (64, 48))


class SourceTest(CdnTest):
    def test_a_file_is_found_by_its_alias(self):
        key = self.server.public
        self.store(path="/folder/in me.png")
        for source in ("src://folder/in%20me.png", '"src://folder/in me.png"',
                       "%22src://folder/in%20me.png%22"):
            path = f"/{key}/resize=width:32/" + urllib.parse.quote(
                source, safe="/:%")
            with self.subTest(source):
                self.assert_picture(self.get(path), *SMALL)
        self.assert_said(self.get("/resize=width:32/src://folder/in%20me.png"),
                         403, "API key")
        for path in ("folder/none.png", "../x", "folder//in", ""):
            with self.subTest(path):
                response = self.get(f"/{key}/resize=width:32/src://{path}")
                self.assertIn(response.status, (400, 404), response)

    def test_own_urls_are_not_fetched(self):
        handle, key = self.store(), self.server.public
        own = f"http://{self.server.authority}"
        for source in (f"{own}/{handle}", f"{own}/filestack/{handle}",
                       f"{own}/{key}/{handle}", f"{own}/api/file/{handle}",
                       f"https://cdn.filestackcontent.com/{handle}",
                       f"https://www.filepicker.io/api/file/{handle}",
                       f"https://process.filestackapi.com/{key}/flip/{handle}",
                       f"{own}/flip/{handle}"):
            for mark in "", "%22":
                with self.subTest(source, mark=mark):
                    response = self.get(
                        f"/{key}/resize=width:32/{mark}{source}{mark}")
                    self.assert_picture(response, *SMALL)
            # nothing of it leaves the house
            self.assert_picture(self.get(f"/resize=width:32/{source}"), *SMALL)

    def test_urls_of_other_apis_here_are_like_those_of_other_hosts(self):
        own = f"http://{self.server.authority}"
        for path in ("/v1/store/file/read/a.png", "/jigsawstack/v1/x/a.png",
                     "/api/v1/store/file/read/a.png", "/api/v2/files/a.png",
                     "/live/default/f_0/a.png", "/default/a.png"):
            with self.subTest(path):
                response = self.get(
                    f"/{self.server.public}/resize=width:32/{own}{path}")
                self.assert_said(response, 400, "no public address")

    def test_a_url_is_fetched_for_an_application(self):
        origin, key = self.origin(), self.server.public
        url = origin.add("/pics/far.jpg", JPEG, "image/jpeg")
        for path in (f"/{key}/resize=width:32/{url}",
                     f"/{key}/resize=width:32/%22{url}?x=1,2%22"):
            response = self.get(path)
            self.assert_picture(response, "jpg", (32, 24))
            self.assertEqual(response["X-File-Name"], "far.jpg")
            self.assertEqual(self.get(path).body, response.body)
        assert_file(self, self.get(f"/{key}/{url}"), JPEG, "image/jpeg")
        self.assert_picture(self.get(f"/resize=width:32/{url}", self.app()),
                            "jpg", (32, 24))
        for path in (f"/{key}/resize=width:32/{origin.url}/none.jpg",
                     f"/{key}/resize=width:32/ftp://example.com/x"):
            with self.subTest(path):
                self.assertIn(self.get(path).status, (400, 501))

    def test_who_may_have_no_url_read_reads_none(self):
        origin = self.origin()
        url = origin.add("/far.png", PNG, "image/png")
        only_store = add_key(self.server, api=["store"])
        with_filestack = add_key(self.server, api=["store", "filestack"])
        for start in ("", f"{only_store}/", "unknown/",
                      f"{self.server.secret}/"):
            with self.subTest(start):
                self.assert_said(
                    self.get(f"/{start}resize=width:32/{url}"), 403)
        self.assertEqual(origin.seen, [])
        self.assert_picture(
            self.get(f"/{with_filestack}/resize=width:32/{url}"), *SMALL)

    def test_the_secret_must_be_of_the_keys_account(self):
        _, other = add_account(self.server, "other-app")
        handle = self.store()
        self.assert_said(self.get(f"/{other}/resize=width:32/{handle}",
                                  self.app()), 403, "Invalid Application")
        self.assert_picture(self.get(f"/{other}/resize=width:32/{handle}"),
                            *SMALL)


class BehindAPathTest(CdnTest):
    options = {"public_url": "http://files.test/base"}

    def test_the_public_url_has_all_apis_below_it(self):
        handle = self.store()
        own, key = "http://files.test/base", self.server.public
        for path in (f"/{handle}", f"/filestack/{handle}"):
            self.assert_picture(self.get(
                f"/{key}/resize=width:32/{own}{path}"), *SMALL)
        for path in (f"/v1/store/file/read/{handle}", f"/default/{handle}",
                     f"/stashfyle/{handle}"):
            with self.subTest(path):
                self.assert_said(self.get(
                    f"/{key}/resize=width:32/{own}{path}"), 400,
                    "no public address")


class AccessTest(CdnTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_secret, cls.other = add_account(cls.server, "somebody")

    def setUp(self):
        self.hidden = self.private()

    def test_what_is_private_is_shown_in_no_form(self):
        handle, key = self.store(), self.server.public
        hidden = self.hidden
        for steps, source in (
                ("resize=width:32", hidden), ("cache=false", hidden),
                ("imagesize", hidden), ("metadata", hidden),
                (f"{key}/resize=width:32", hidden),
                (f"{self.other}/resize=width:32", hidden),
                (f"{key}/store", hidden),
                (f"{self.other}/store", hidden),
                (f"watermark=file:{hidden}", handle),
                (f"{key}/store/watermark=file:{hidden}", handle),
                ("resize=width:32", hidden + "+a.png"),
                ("resize=width:32",
                 f"http://{self.server.authority}/{hidden}")):
            for method in "GET", "POST", "HEAD":
                with self.subTest(steps, source=source, method=method):
                    response = self.get(f"/{steps}/{source}", method=method)
                    if method == "HEAD":
                        self.assertIn(response.status, (403, 405))
                    else:
                        self.assert_said(response, 403, "policy error")
        for path in (f"/{hidden}/metadata", f"/api/file/{hidden}/metadata",
                     f"/file/{hidden}/metadata"):
            self.assert_said(self.get(path), 403, "policy error", path)
        debug = self.get(f"/debug/resize=width:32/{hidden}")
        self.assertNotIn("image/png", debug.body.decode())

    def test_the_owner_sees_it_and_no_cache_keeps_it(self):
        for steps in ("resize=width:32", "resize=width:32/cache=expiry:max",
                      "cache=expiry:max"):
            response = self.get(f"/{steps}/{self.hidden}", self.app())
            self.assertEqual(response.status, 200, response)
            self.assertEqual(response["Cache-Control"], "private, no-store")
        # what was made for the owner is not shown to others
        self.assert_said(self.get(f"/resize=width:32/{self.hidden}"), 403)

    def test_what_is_behind_a_key_is_not_open_to_a_key_in_a_url(self):
        response = request(self.server, "POST", query(
            "/v1/store/file", key="keyed.png"),
            {"x-api-key": self.server.secret}, PNG)
        self.assertEqual(response.status, 200, response)
        path = "/resize=width:32/src://keyed.png"
        self.assert_said(self.get(f"/{self.server.public}{path}"), 404)
        response = self.get(path, self.app())
        self.assert_picture(response, *SMALL)
        self.assertEqual(response["Cache-Control"], "private, no-store")

    def test_a_private_layer_makes_the_picture_private(self):
        handle = self.store()
        response = self.get(f"/watermark=file:{self.hidden}/{handle}",
                            self.app())
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response["Cache-Control"], "private, no-store")

    def test_an_alias_is_of_the_keys_account(self):
        self.store(path="/mine/pic.png")
        self.assert_said(self.get(
            f"/{self.other}/resize=width:32/src://mine/pic.png"), 404)

    def test_an_alias_does_not_tell_of_private_files(self):
        handle, key = self.store(), self.server.public
        for steps, source in (
                ("resize=width:32", "src://hidden/{}"),
                ("cache=false", "src://hidden/{}"),
                ("imagesize", "src://hidden/{}"),
                ("metadata", "src://hidden/{}"),
                ("debug", "src://hidden/{}"), ("store", "src://hidden/{}"),
                ("zip", f"[{handle},src://hidden/{{}}]"),
                ("watermark=file:%22src://hidden/{}%22", handle),
                ("collage=width:9,height:9,files:[%22src://hidden/{}%22]",
                 handle)):
            for method in "GET", "POST":
                with self.subTest(steps, source=source, method=method):
                    path = f"/{key}/{steps}/{source}"
                    there = self.get(path.format("pic.png"), method=method)
                    none = self.get(path.format("pix.png"), method=method)
                    self.assertEqual(there.status, 404, there)
                    self.assertEqual(
                        (none.status, none.body.replace(b"pix", b"pic")),
                        (there.status, there.body))
        path = f"/{key}/fallback=handle:{handle}/src://hidden/"
        self.assertEqual(self.get(path + "pic.png").body,
                         self.get(path + "none.png").body)

    def test_a_secret_in_a_query_opens_nothing(self):
        handle, secret = self.store(), self.server.secret
        for path in (f"/{handle}", f"/{self.server.public}/{handle}",
                     f"/api/file/{handle}", f"/{handle}/metadata",
                     f"/api/file/{handle}/metadata",
                     f"/api/file/{handle}/convert", f"/{handle}/convert",
                     f"/resize=width:32/{handle}", f"/zip/[{handle}]",
                     f"/flip/http://{self.server.authority}/{handle}",
                     f"/flip/%22http://{self.server.authority}/{handle}%22"):
            for query_ in (f"?key={secret}", f"?w=9&key={secret}",
                           f"?apikey={self.other_secret}"):
                with self.subTest(path, query=query_):
                    self.assert_said(self.get(path + query_), 403,
                                     "Invalid Application", path)
            for query_ in (f"?w=9&key={self.server.public}", "?w=9&key=x"):
                self.assertEqual(self.get(path + query_).status, 200)

    def test_a_private_file_stands_in_for_nothing(self):
        gone = self.hidden[:-1] + ("1" if self.hidden[-1] != "1" else "2")
        for source in (gone, self.hidden):
            response = self.get(
                f"/resize=width:32/fallback=handle:{self.hidden}/{source}")
            self.assertIn(response.status, (403, 404), response)

    def test_a_public_file_of_another_account_is_read_as_by_any_url(self):
        handle, mark = self.store(), self.store(samples.png(8, 8), "m.png")
        self.assert_picture(self.get(
            f"/{self.other}/watermark=file:{mark}/{handle}"), "png", (64, 48))


class FallbackTest(CdnTest):
    def test_another_file_stands_in_for_what_cannot_be_shown(self):
        instead = self.store(JPEG, "instead.jpg")
        broken = self.store(b"\x89PNG\r\n\x1a\n nothing", "broken.png")
        text = self.store(b"no picture", "a.txt")
        unknown = "".join(reversed(instead))
        for source in (unknown, broken, text):
            for steps in (f"resize=width:32/fallback=handle:{instead},cache:7",
                          f"fallback=cache:7,handle:{instead}/flip"):
                for _ in "the first time", "again":
                    with self.subTest(source, steps=steps):
                        response = self.get(f"/{steps}/{source}")
                        assert_file(self, response, JPEG, "image/jpeg")
                        self.assertEqual(response["Cache-Control"],
                                         "public, max-age=7")
                        self.assertEqual(response["X-File-Name"],
                                         "instead.jpg")
        response = self.get(f"/fallback=handle:{instead}/{unknown}")
        assert_file(self, response, JPEG)
        self.assertIsNone(response["Last-Modified"])
        for condition, status in (
                ({"If-Modified-Since": "Sat, 01 Jan 2089 00:00:00 GMT"}, 200),
                ({"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"}, 200),
                ({"If-None-Match": response["ETag"]}, 304)):
            with self.subTest(condition):
                again = self.get(f"/fallback=handle:{instead}/{unknown}",
                                 condition)
                self.assertEqual(again.status, status, again)
        self.assertRegex(response["Cache-Control"], r"^public, max-age=\d+$")

    def test_what_can_be_shown_needs_none(self):
        instead, handle = self.store(JPEG, "instead.jpg"), self.store()
        response = self.get(
            f"/resize=width:32/fallback=handle:{instead}/{handle}")
        self.assert_picture(response, *SMALL)

    def test_without_a_file_to_stand_in_the_failure_is_told(self):
        broken = self.store(b"\x89PNG\r\n\x1a\n nothing", "broken.png")
        for name in (broken[::-1], "http:test.com", "none"):
            with self.subTest(name):
                self.assert_said(self.get(
                    f"/resize=width:32/fallback=handle:{name}/{broken}"), 400,
                    "Failed to identify the file")

    def test_a_mistake_in_the_chain_is_no_failure(self):
        instead, handle = self.store(JPEG, "instead.jpg"), self.store()
        self.assert_said(self.get(
            f"/fallback=handle:{instead}/resize=widht:3/{handle}"), 400)
        self.assert_said(self.get(
            f"/fallback=handle:{instead}/resize=widht:3/{handle[::-1]}"), 400)

    def test_a_url_that_cannot_be_read_has_one(self):
        instead, origin = self.store(JPEG, "instead.jpg"), self.origin()
        response = self.get(
            f"/{self.server.public}/resize=width:3/fallback=handle:{instead}"
            f"/{origin.url}/none.png")
        assert_file(self, response, JPEG)


class ErrorTest(CdnTest):
    def test_mistakes_are_told_as_text(self):
        handle, key = self.store(), self.server.public
        text = self.store(b"no picture", "a.txt")
        for path, status, said in (
                (f"/resize=widht:32/{handle}", 400, "widht"),
                (f"/nonsense=width:32/{handle}", 400, "nonsense"),
                (f"/resize=width:32/{handle[::-1]}", 404, "File not found"),
                ("/resize=width:32/short", 404, "File not found"),
                (f"/unknown/resize=width:32/{handle}", 403,
                 "Invalid Application"),
                (f"/{self.server.secret}/resize=width:32/{handle}", 403,
                 "Invalid Application"),
                (f"/unknown/{handle}", 404, "File not found"),
                (f"/resize=width:32/{text}", 400,
                 "Failed to identify the file"),
                (f"/{key}/resize=width:32", 400, "source"),
                (f"/{key}/caption/{handle}", 501, "caption"),
                ("/" + "flip/" * 1000 + handle, 400, "tasks")):
            for door in doors("filestack"):
                with self.subTest(path[:80], door=door[0]):
                    response = self.get(door[1] + path, door[2])
                    if path.count("flip") and response.status == 413:
                        continue
                    self.assert_said(response, status, said)

    def test_what_is_too_large_is_not_read(self):
        big = self.store(flat_png(10001, 10000), "big.png")
        self.assert_said(self.get(f"/resize=width:32/{big}"), 413)
        self.assert_said(self.get(f"/watermark=file:{big}/{self.store()}"), 413)

    def test_videos_are_refused_by_name(self):
        video = self.store(b"\0\0\0\x18ftypmp42", "v.mp4")
        self.assert_said(self.get(f"/resize=width:32/{video}"), 501, "Video")
        response = self.get(f"/cache=false/{video}")
        self.assertEqual(response.status, 200, response)


class ManyTest(CdnTest):
    def test_whoever_goes_leaves_nothing(self):
        handle = self.store(flat_png(3000, 3000), "large.png")
        with self.nothing_left():
            for i in range(8):
                connection = self.server.connect()
                connection.send(
                    f"GET /resize=width:{2000 + i}/{handle} HTTP/1.1\r\n"
                    f"Host: x\r\n\r\n".encode())
                connection.close()
        # until then one address has all the places that it may have
        path = f"/resize=width:32/{handle}"
        self.assertTrue(wait_until(lambda: self.get(path).status == 200))
        self.assert_picture(self.get(path), "png", (32, 32))

    def test_whoever_waits_for_a_slow_host_may_go(self):
        origin, key = self.origin(), self.server.public
        url = origin.hang("/slow.png")
        with self.nothing_left():
            for _ in range(3):
                connection = self.server.connect()
                connection.send(f"GET /{key}/flip/{url} HTTP/1.1\r\n"
                                f"Host: x\r\n\r\n".encode())
                self.assertTrue(wait_until(lambda: origin.seen))
                connection.close()
        self.assert_picture(self.get(f"/resize=width:32/{self.store()}"),
                            *SMALL)

    def test_a_body_is_not_looked_at(self):
        path = f"/resize=width:32/{self.store()}"
        for headers, body in (({}, bytes(300_000)),
                              ({"Content-Type": "application/json"}, b"{"),
                              ({"Transfer-Encoding": "chunked"}, b"0\r\n\r\n")):
            response = self.get(path, headers, "POST", body)
            self.assert_picture(response, *SMALL)

    def test_a_picture_of_itself_in_itself(self):
        handle, key = self.store(), self.server.public
        own = f"http://{self.server.authority}"
        for path, statuses in (
                (f"/watermark=file:{handle}/{handle}", (200,)),
                (f"/collage=files:[{','.join([handle] * 31)}],width:64,"
                 f"height:48/{handle}", (200, 400)),
                (f"/collage=files:[{','.join([handle] * 300)}],width:64,"
                 f"height:48/{handle}", (400, 413)),
                (f"/{key}/flip/{own}/{key}/flip/{own}/{key}/flip/{own}/{key}/"
                 f"flip/{own}/{key}/flip/{handle}", (400,)),
                (f"/fallback=handle:{handle[::-1]}/{handle[::-1]}", (404,))):
            with self.subTest(path[:60]):
                response = self.get(path)
                self.assertIn(response.status, statuses, response)

    def test_bytes_that_are_no_text_are_refused(self):
        handle = self.store()
        for part in ("%ff", "%00", "%e4%f6", "%"):
            for path in (f"/resize=width:{part}/{handle}",
                         f"/{part}/{handle}", f"/flip/{part}",
                         f"/watermark=file:{part}/{handle}",
                         f"/{self.server.public}/flip/src://a/{part}",
                         f"/{self.server.public}/flip/http://{part}/",
                         f"/fallback=handle:{part}/{handle[::-1]}"):
                with self.subTest(path):
                    self.assertIn(self.get(path).status, (400, 403, 404))

    def test_basic_credentials_that_are_wrong_are_refused(self):
        handle = self.store()
        response = self.get(f"/resize=width:32/{handle}",
                            basic("app", "nonsense"), method="GET")
        # the root knows Basic as ImageKit's on calls alone
        self.assert_said(response, 403, "Invalid Application")
