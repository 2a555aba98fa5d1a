# SPDX-License-Identifier: Apache-2.0
"""POST /process: chains as JSON, in the shapes that the SDKs send."""
import base64
import io
import json
import zipfile

import samples
from apis import assert_file, assert_refused, basic
from filestack_cdn import PNG, CdnTest, task
from pictures import describe, flat_png
from rawhttp import form, get_url, request, urlencode
from tenants import add_account, add_key

JSON = {"Content-Type": "application/json"}
SMALL = ("png", (32, 24))


class ProcessTest(CdnTest):
    def process(self, body, headers=None, query=""):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return self.get("/process" + query, {**JSON, **(headers or {})},
                        "POST", body)

    def chain(self, sources, *tasks, **more):
        if not isinstance(sources, list):
            sources = [sources]
        return {"apikey": self.server.public, "sources": sources,
                "tasks": list(tasks), **more}

    def of(self, sources, *tasks, **more):
        return self.process(self.chain(sources, *tasks, **more))

    def stored(self, response):
        body = self.assert_json(response)
        self.assertRegex(body["handle"], "^[A-Za-z0-9]{20}$")
        return body

    def refused(self, response, status, text=None):
        assert_refused(self, "filestack", response, status, text)


class ChainTest(ProcessTest):
    def test_a_chain_in_json_is_the_chain_of_a_url(self):
        handle = self.store(PNG, "photo.png")
        url = self.origin().add("/a%20b.png", PNG, "image/png")
        own = f"http://{self.server.authority}/flip/{handle}"
        for source in (handle, handle + "+x.png", {"source": handle},
                       url, url.replace("%20", " "), own,
                       f"https://cdn.filestackcontent.com/{handle}",
                       "b64://" + base64.urlsafe_b64encode(
                           handle.encode()).decode(),
                       f"[{handle}]", f'"{handle}"'):
            for tasks in ([task("resize", width=32)],
                          [task("resize", w="32", fit="clip")],
                          [task("resize", width=32), task("flip")],
                          [{"Name": "resize", "Params": {"Width": 32}},
                           {"NAME": "cache", "params": False}]):
                with self.subTest(source, tasks=tasks):
                    self.assert_picture(self.of(source, *tasks), *SMALL)
        self.assertEqual(
            self.of(handle, task("resize", width=32)).body,
            self.get(f"/resize=width:32/{handle}").body)
        parts = self.of(handle, task("crop", dim=[1, 2, 30, 20]),
                        task("output", format="jpg"))
        self.assert_picture(parts, "jpg", (30, 20))

    def test_a_command_may_be_a_form_of_either_kind(self):
        handle = self.store()
        said = [("apikey", self.server.public), ("sources[0]", handle),
                ("tasks[0][name]", "resize"),
                ("tasks[0][params][width]", "32"), ("tasks[1][name]", "output"),
                ("tasks[1][params][format]", "jpg")]
        for kind, body in form(*said), urlencode(*said):
            self.assert_picture(request(self.server, "POST", "/process", kind,
                                        body), "jpg", (32, 24))

    def test_parameters_that_are_none_are_a_list_in_php(self):
        handle = self.store()
        tasks = [{"name": "flip", "params": []},
                 task("resize", width=32), {"name": "output", "params": []}]
        self.assert_picture(self.of(handle, *tasks), "png", (32, 24))
        coded = base64.urlsafe_b64encode(json.dumps(tasks).encode()).decode()
        self.assert_picture(self.get(f"/b64/{coded}/{handle}"), "png",
                            (32, 24))
        self.refused(self.of(handle, {"name": "flip", "params": [1]}), 400)

    def test_answers_that_are_no_pictures(self):
        handle = self.store(PNG, "photo.png")
        self.assertEqual(self.assert_json(
            self.of(handle, task("imagesize"))), {"height": 48, "width": 64})
        body = self.assert_json(self.of(handle, task("metadata")))
        self.assertEqual((body["filename"], body["size"]),
                         ("photo.png", len(PNG)))
        body = self.assert_json(
            self.of(handle, {"name": "metadata", "params": {"size": True}}))
        self.assertEqual(body, {"size": len(PNG)})
        body = self.assert_json(self.of(handle, task("resize", width=9),
                                        task("debug")))
        self.assertEqual(body["task_uri"], "resize=width:9")
        response = self.of(handle, task("cache", expiry=60))
        assert_file(self, response, PNG, "image/png")
        self.assertEqual(response["Cache-Control"], "public, max-age=60")

    def test_several_sources_for_tasks_that_take_them(self):
        one, two = self.store(), self.store(flat_png(8, 8), "b.png")
        url = self.origin().add("/c.txt", b"c", "text/plain")
        response = self.of([one, {"source": two}, url], task("zip"))
        self.assertEqual(response.status, 200, response)
        with zipfile.ZipFile(io.BytesIO(response.body)) as archive:
            self.assertEqual(archive.namelist(), ["pic.png", "b.png", "c.txt"])
        body = self.stored(self.of([one, two], task("zip"), task("store")))
        self.assertEqual(body["type"], "application/zip")
        response = self.of([one, two], task(
            "collage", files=[two, one], width=40, height=30))
        self.assert_picture(response, "png", (40, 30))
        self.assertEqual(describe(self.of([one, two], task("animate")).body)[0],
                         "gif")
        for tasks in ([task("resize", width=9)], [task("store")]):
            self.refused(self.of([one, two], *tasks), 400, "Several sources")
        own = f"http://{self.server.authority}/flip/{one}"
        self.refused(self.of([own, two], task("zip")), 501, "tasks of its own")

    def test_without_a_key_files_are_read_and_nothing_else(self):
        handle = self.store()
        url = self.origin().add("/a.png", PNG, "image/png")
        small = task("resize", width=32)
        self.assert_picture(self.process(
            {"sources": [handle], "tasks": [small]}), *SMALL)
        for key in (None, "", "x", self.server.secret,
                    add_key(self.server, api=["store"])):
            command = {"sources": [url], "tasks": [small], "apikey": key}
            self.refused(self.process(command), 403)
        for sources in ([handle], [url]):
            command = {"sources": sources, "tasks": [task("store")]}
            with self.nothing_left():
                self.refused(self.process(command), 403)
                self.refused(self.process(
                    command, basic("app", self.server.public)), 403)
            self.stored(self.process(command, self.app()))

    def test_what_is_not_ones_own_stays_closed(self):
        _, other = add_account(self.server, "somebody")
        handle, hidden = self.store(), self.private()
        for sources, tasks in (
                ([hidden], [task("resize", width=9)]),
                ([hidden], [task("store")]),
                ([hidden], [task("resize", width=9), task("store")]),
                ([hidden], [task("metadata")]), ([hidden], [task("imagesize")]),
                ([handle, hidden], [task("zip")]),
                ([handle, hidden], [task("zip"), task("store")]),
                ([handle], [task("watermark", file=hidden)]),
                ([handle], [task("watermark", file=hidden), task("store")]),
                ([handle], [task("collage", files=[hidden], width=9,
                                 height=9)])):
            for key in self.server.public, other:
                with self.subTest(tasks, key=key), self.nothing_left():
                    self.refused(self.of(sources, *tasks, apikey=key), 403,
                                 "policy error")
        body = self.stored(self.process(self.chain(
            hidden, task("flip"), task("store")), self.app()))
        self.assert_said(self.get("/" + body["handle"]), 403)

    def test_a_command_is_remembered_for_no_other(self):
        one, two = self.store(flat_png(64, 48)), self.store(
            flat_png(64, 48, b"\xff\0\0"), "b.png")
        first = self.of(one, task("resize", width=32)).body
        for width in 16, 24:
            self.assert_picture(self.of(one, task("resize", width=width)),
                                "png", (width, width * 3 // 4))
        self.assertNotEqual(self.of(two, task("resize", width=32)).body, first)


class StoreTest(ProcessTest):
    """What each SDK sends to have a URL stored."""

    def setUp(self):
        self.host = self.origin()
        self.url = self.host.add("/far/a.png", PNG, "image/png")

    def assert_stored(self, response, name="a.png", **more):
        body = self.stored(response)
        self.assertEqual((body["filename"], body["type"], body["size"],
                          body["width"], body["height"]),
                         (name, "image/png", len(PNG), 64, 48))
        self.assertEqual({key: body[key] for key in more}, more)
        assert_file(self, get_url(self.server, body["url"]), PNG)
        return body

    def test_filestack_js_4(self):
        key, url = self.server.public, self.url
        start = {"apikey": key, "sources": [url]}
        for tasks in ([{"name": "store"}],
                      [{"name": "store", "params": {
                          "location": "s3", "region": "us-east-1",
                          "path": "/q/", "container": "box",
                          "access": "public", "base64decode": False,
                          "workflows": [{"id": "w"}, "v"],
                          "disableStorageKey": True, "tags": {"a": "b"},
                          "sanitizer": {"exclude": ["."], "replacement": "-"},
                          "altText": "what it shows"}}],
                      [{"name": "store", "params": {"sanitizer": True}},
                       {"name": "store", "params": {"workflows": ["w1"]}}]):
            with self.subTest(tasks):
                body = self.assert_stored(self.process(
                    {**start, "tasks": tasks}))
                self.assertNotIn("upload_tags", body)
        self.assertEqual(body["filename"], "a.png")
        self.assert_stored(self.process({**start, "tasks": [
            {"name": "store", "params": {"filename": "z.png", "path": "/q/"}},
            {"name": "store", "params": {"workflows": ["w1"]}}]}), "z.png")
        tags = {"a": "1", "ü": "two"}
        self.assert_stored(self.process({
            **start, "tasks": [{"name": "store"}], "upload_tags": tags}),
            upload_tags=tags)

    def test_go(self):
        self.assert_stored(self.process({
            "apiKey": self.server.public, "sources": [self.url],
            "tasks": [{"Name": "store", "Params": {
                "filename": "g.png", "location": "S3", "path": "",
                "container": "", "region": "", "access": "private"}}],
            "upload_tags": None}), "g.png")
        for tags in None, [], ["a"]:
            self.assertNotIn("upload_tags", self.stored(self.of(
                self.url, task("store"), upload_tags=tags)))

    def test_python(self):
        self.assert_stored(self.process({
            "apikey": self.server.public, "sources": [self.url],
            "tasks": [{"name": "store", "params": {
                "filename": "p.png", "location": "S3", "path": None}}]}),
            "p.png")

    def test_headers_for_the_source(self):
        headers = {"Authorization": "Bearer t", "X-Mine": "a b",
                   "User-Agent": "me", "Cookie": "c=d"}
        self.assert_stored(self.of(
            {"source": self.url, "headers": headers}, task("store")))
        sent = self.host.headers[-1]
        self.assertEqual({name: sent[name] for name in headers}, headers)
        self.assert_stored(self.of({"source": self.url, "headers": {}},
                                   task("store")))
        self.assertNotIn("Authorization", self.host.headers[-1])

    def test_base64_and_places(self):
        url = self.host.add("/b.txt", base64.b64encode(PNG), "image/png")
        body = self.assert_stored(self.of(url, task(
            "store", base64decode=True, filename="b.png", path="/at/b.png",
            container="box")), "b.png", key="at/b.png", container="box")
        again = self.assert_stored(self.of(url, task(
            "store", b="true", f="b.png", p="/at/b.png")), "b.png")
        self.assertEqual(again["handle"], body["handle"])

    def test_tags_are_an_object_of_bounded_size(self):
        for tags in ("a", 1, True, {"a": "x" * 8192},
                     {str(i): i for i in range(2000)}):
            with self.nothing_left():
                self.refused(self.of(self.url, task("store"),
                                     upload_tags=tags), 400, "upload_tags")
        self.assertEqual(self.host.seen, [])
        tags = {str(i): {"n": [i, None, "ä"]} for i in range(100)}
        self.assert_stored(self.of(self.url, task("store"), upload_tags=tags),
                           upload_tags=tags)

    def test_what_is_made_is_stored(self):
        handle = self.store(PNG, "photo.png")
        for source in handle, self.url:
            body = self.stored(self.of(
                source, task("resize", width=32), task("store"),
                task("output", format="jpg"), upload_tags={"a": "b"}))
            self.assertEqual((body["type"], body["width"],
                              body["upload_tags"]),
                             ("image/jpeg", 32, {"a": "b"}))


class HeadersTest(ProcessTest):
    options = {"fetch_allow": "127.0.0.0/8"}

    def setUp(self):
        self.host = self.origin()
        self.url = self.host.add("/a.png", PNG, "image/png",
                                 **{"Cache-Control": "max-age=600"})

    def told(self, url=None, tasks=(task("store"),), **headers):
        headers = {name.replace("_", "-"): value
                   for name, value in headers.items()}
        return self.of({"source": url or self.url, "headers": headers}, *tasks)

    def test_nothing_of_the_connection_is_told(self):
        response = self.told(
            Host="evil.test", Connection="X-Kept", Transfer_Encoding="chunked",
            Content_Length="3", TE="trailers", Upgrade="h2c", Expect="x",
            Keep_Alive="1", Proxy_Authorization="x", Trailer="x",
            Accept_Encoding="br", CDN_Loop="mine", X_Kept="yes", Empty="")
        self.stored(response)
        sent = {name.lower(): value
                for name, value in self.host.headers[-1].items()}
        self.assertEqual(sent["host"], self.host.url.split("/")[2])
        self.assertEqual((sent["x-kept"], sent["accept-encoding"]),
                         ("yes", "identity"))
        self.assertNotIn("mine", sent["cdn-loop"])
        self.assertLessEqual(set(sent), {
            "host", "x-kept", "accept-encoding", "accept", "cdn-loop",
            "user-agent"})

    def test_another_host_is_told_nothing(self):
        other = self.origin("127.0.0.3")
        other.add("/b.png", PNG, "image/png")
        secret = {"Authorization": "Basic c2VjcmV0", "Cookie": "a=b",
                  "X_Api_Key": "k"}
        names = ("Authorization", "Cookie", "X-Api-Key")
        url = self.host.redirect("/r", other.url + "/b.png")
        self.stored(self.told(url, **secret))
        self.assertEqual([name for name in names if name in
                          self.host.headers[-1]], list(names))
        self.assertEqual([name for name in names if name in
                          other.headers[-1]], [])
        # another port of the same host, and back by way of another
        there = self.origin()
        there.add("/c.png", PNG, "image/png")
        self.stored(self.told(self.host.redirect("/s", there.url + "/c.png"),
                              **secret))
        self.assertNotIn("Authorization", there.headers[-1])
        other.redirect("/back", self.url)
        self.stored(self.told(self.host.redirect("/t", other.url + "/back"),
                              **secret))
        self.assertEqual(self.host.seen[-1], "/a.png")
        self.assertNotIn("Authorization", self.host.headers[-1])
        # the same origin is one
        self.stored(self.told(self.host.redirect("/u", "/a.png"), **secret))
        self.assertIn("Authorization", self.host.headers[-1])

    def test_no_copy_is_used_or_kept(self):
        def page(handler):
            name = handler.headers.get("X-Who", "nobody")
            handler.answer(200, {"Content-Type": "text/plain",
                                 "Cache-Control": "public, max-age=600"},
                           name.encode())

        self.host.pages["/who"] = page
        url, key = self.host.url + "/who", self.server.public
        plain = f"/{key}/cache=expiry:60/{url}"
        seen = task("cache", expiry=60)
        response = self.told(url, [seen], X_Who="me")
        self.assertEqual(response.body, b"me")
        self.assertEqual(response["Cache-Control"], "private, no-store")
        self.assertEqual(self.get(plain).body, b"nobody")
        for who in "me", "you":
            response = self.told(url, [seen], X_Who=who)
            self.assertEqual(response.body, who.encode())
        self.assertEqual(self.get(plain).body, b"nobody")
        self.assertEqual(len(self.host.seen), 4)
        response = self.of(
            [{"source": url, "headers": {"X-Who": "one"}}, url,
             {"source": url, "headers": {"X-Who": "two"}}], task("zip"))
        self.assertEqual(response["Cache-Control"], "private, no-store")
        with zipfile.ZipFile(io.BytesIO(response.body)) as archive:
            self.assertEqual([archive.read(name) for name in
                              archive.namelist()], [b"one", b"nobody", b"two"])

    def test_pictures_are_made_of_it(self):
        response = self.told(None, [task("resize", width=32)], X_A="b")
        self.assert_picture(response, *SMALL)
        self.assertEqual(response["Cache-Control"], "private, no-store")
        response = self.told(None, [task("imagesize")], X_A="b")
        self.assertEqual(response.json()["width"], 64)
        self.assertEqual(response["Cache-Control"], "private, no-store")
        self.assertEqual(self.host.headers[-1]["X-A"], "b")

    def test_what_are_no_headers(self):
        for headers in ({"a b": "c"}, {"a:": "c"}, {"": "c"}, {"é": "c"},
                        {"a\r\nb": "c"}, {"a": "b\r\nc: d"}, {"a": "b\nc"},
                        {"a": 1}, {"a": None}, {"a": ["b"]}, {"a": {}},
                        {f"a{i}": "b" for i in range(33)},
                        {"a": "b" * 8192}, ["a"], "a: b", 1):
            for tasks in [task("store")], [task("resize", width=9)]:
                with self.subTest(headers), self.nothing_left():
                    self.refused(self.of(
                        {"source": self.url, "headers": headers}, *tasks), 400)
        self.assertEqual(self.host.seen, [])
        self.assert_json(self.of({"source": self.url, "headers": {
            f"a{i}": "b" for i in range(32)}}, task("store")))


class BadTest(ProcessTest):
    def test_commands_that_are_none(self):
        handle = self.store()
        good = self.chain(handle, task("resize", width=9))
        text = json.dumps(good)
        for name, command in (
                ("empty", b""), ("no JSON", b"{"), ("an array", b"[]"),
                ("a text", b'"x"'), ("not UTF-8", b'{"apikey":"\xff"}'),
                ("NUL", b'{"sources":["a\\u0000b"],"tasks":[{"name":"x"}]}'),
                ("deep", b"[" * 20000), ("deep inside", text.replace(
                    "9", "[" * 200 + "]" * 200).encode()),
                ("wide", b"[" + b"0," * 32000 + b"0]"),
                ("a key twice", text.replace(
                    "{", '{"apikey":"x",', 1).encode()),
                ("in another case", text.replace(
                    "{", '{"ApiKey":"x",', 1).encode()),
                ("a task's name twice", {**good, "tasks": [
                    {"name": "resize", "Name": "store"}]}),
                ("a source twice", {**good, "sources": [
                    {"source": handle, "Source": "x"}]}),
                ("a number as key", {**good, "apikey": 1}),
                ("sources are none", {**good, "sources": {}}),
                ("no sources", {**good, "sources": []}),
                ("an empty source", {**good, "sources": [""]}),
                ("a source of null", {**good, "sources": [None]}),
                ("a list in a list", {**good, "sources": [[handle]]}),
                ("no tasks", {**good, "tasks": []}),
                ("tasks are none", {**good, "tasks": {"name": "flip"}}),
                ("a task is none", {**good, "tasks": ["flip"]}),
                ("a task without a name", {**good, "tasks": [{}]}),
                ("params are none", {**good, "tasks": [
                    {"name": "resize", "params": 9}]}),
                ("an object as a value", {**good, "tasks": [
                    {"name": "resize", "params": {"width": {}}}]}),
                ("an unknown parameter", {**good, "tasks": [
                    task("resize", length=9)]}),
                ("an unknown task", {**good, "tasks": [task("resise")]}),
                ("a bad value", {**good, "tasks": [
                    task("resize", width="wide")]})):
            with self.subTest(name):
                self.refused(self.process(command), 400)
        self.refused(self.of("A" * 20, task("flip")), 404)

    def test_commands_that_are_too_much(self):
        handle = self.store()
        flips = [task("flip")] * 10_000
        self.refused(self.of(handle, *flips), 413)
        self.refused(self.of(handle, *flips[:65]), 413)
        self.assertEqual(self.of(handle, *flips[:64]).status, 200)
        self.refused(self.of([handle] * 1025, task("zip")), 413)
        self.refused(self.of([handle] * 1001, task("zip")), 400)
        self.refused(self.of(handle, task("resize", **{
            f"p{i}": 1 for i in range(65)})), 413)
        self.refused(self.of([f"http://127.0.0.2:9/{i}" for i in range(33)],
                             task("zip")), 400)

    def test_another_method_is_none(self):
        for method in "PUT", "DELETE":
            self.assertEqual(self.get("/process", method=method).status, 405)

    def test_who_goes_leaves_nothing(self):
        url = self.origin().hang("/slow")
        body = json.dumps(self.chain(
            {"source": url, "headers": {"A": "b"}}, task("flip"))).encode()
        with self.nothing_left():
            for _ in range(4):
                connection = self.server.connect()
                connection.send(
                    b"POST /process HTTP/1.1\r\nHost: x\r\nContent-Length: "
                    b"%d\r\n\r\n" % len(body) + body)
                connection.close()
            self.assert_picture(self.of(self.store_nothing(),
                                        task("resize", width=32)), *SMALL)

    def store_nothing(self):
        return self.origin().add("/b.png", PNG, "image/png")


class FilesTest(ProcessTest):
    def test_large_files_are_stored_as_they_come(self):
        data = samples.noise(3_000_000)
        url = self.origin().add("/large.bin", data)
        body = self.stored(self.of(url, task("store")))
        self.assertEqual(body["size"], len(data))
        self.assertEqual(get_url(self.server, body["url"]).body, data)
