# SPDX-License-Identifier: Apache-2.0
"""Chains whose result becomes a file: the `store` task."""
import base64
import json
import urllib.parse

import samples
from apis import assert_file, basic, filestack_store, query
from filestack_cdn import JPEG, PNG, CdnTest
from harness import staging_files, wait_until
from pictures import describe, flat_png
from policies import in_query, in_task, make, pair
from rawhttp import form, get_url, request
from tenants import add_account, add_key, set_account, tool


class StoreTest(CdnTest):
    def stored(self, target, method="GET", headers=None, body=None):
        return self.assert_json(self.get(target, headers, method, body))


class StoreTaskTest(StoreTest):
    def read(self, body):
        response = get_url(self.server, body["url"])
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response.body,
                         self.get("/" + body["handle"]).body)
        return response

    def test_a_picture_becomes_a_file(self):
        handle, key = self.store(PNG, "photo.png"), self.server.public
        for steps in ("resize=width:32/output=format:jpg/store",
                      "store/resize=width:32/output=format:jpg"):
            for method in "GET", "POST":
                with self.subTest(steps, method=method):
                    body = self.stored(f"/{key}/{steps}/{handle}", method)
                    self.assertEqual(
                        (body["filename"], body["type"], body["width"],
                         body["height"]), ("photo.jpg", "image/jpeg", 32, 24))
                    self.assertRegex(body["key"],
                                     r"^[A-Za-z0-9]{20}_photo\.jpg$")
                    self.assertNotEqual(body["handle"], handle)
                    response = self.read(body)
                    self.assertEqual(describe(response.body),
                                     ("jpg", 32, 24))
                    self.assertEqual(body["size"], len(response.body))

    def test_urls_are_stored_as_each_sdk_asks(self):
        key, url = self.server.public, self.origin().add(
            "/far/a.png", PNG, "image/png")

        def encoded(text):
            return base64.urlsafe_b64encode(text.encode()).decode()

        options = "store=filename:z.png,path:%22/q/%22,container:box"
        secure = "security=policy:cA==,signature:ab"
        short = secure.replace("policy", "p").replace("signature", "s")
        tasks = ('[{"name":"store","params":{"filename":"z.png","path":"/q/",'
                 '"container":"box","workflows":[{"id":"w"}]}}]')
        for sdk, method, path in (
                ("js 1, 2", "GET", f"{options}/%22{url}%22"),
                ("js 2, security first", "GET",
                 f"{secure}/{options}/%22{url}%22"),
                ("js 3", "GET", f"b64/{encoded(tasks)}/b64://{encoded(url)}"),
                ("js 3, two arrays of tasks", "GET",
                 f"{secure}/b64/{encoded(tasks)}/b64://{encoded(url)}"),
                ("Ruby", "POST", f"{options}/security=s:ab,p:cA==/{url}"),
                ("Java", "POST",
                 options + "/" + url.replace("://", ":%2F%2F")),
                ("Java, one segment", "POST", f"{short}%2F{options}/{url}"),
                ("Python", "POST", f"{options}/{short}/{url}"),
                ("Swift", "POST",
                 options.replace("/q/", "%2Fq%2F") + f"/cache=false/{url}"),
                ("Go", "GET", "b64/" + encoded(
                    tasks.replace('"name"', '"Name"').replace(
                        '"params"', '"Params"')) +
                 f"/b64://{encoded(url)}")):
            with self.subTest(sdk):
                body = self.stored(f"/{key}/{path}", method)
                self.assertEqual(
                    (body["filename"], body["container"], body["type"],
                     body["size"], body["width"]),
                    ("z.png", "box", "image/png", len(PNG), 64))
                self.assertRegex(body["key"], "^q/[A-Za-z0-9]{20}_z.png$")
                self.assertEqual(body["url"].rpartition("/")[2],
                                 body["handle"])
        for method in "GET", "POST":
            body = self.stored(f"/{key}/store/{url}", method)
            self.assertEqual(body["filename"], "a.png")

    def test_a_file_is_copied(self):
        key = self.server.public
        for data, name in ((PNG, "a.png"), (b"", "empty.bin"), (b"x", "t.txt"),
                           (samples.noise(700_000), "large.bin")):
            handle = self.store(data, name)
            with self.subTest(name):
                body = self.stored(f"/{key}/store/{handle}", "POST")
                self.assertEqual((body["filename"], body["size"]),
                                 (name, len(data)))
                assert_file(self, self.read(body), data)
                first = self.get("/" + handle)
                self.assertEqual(body["type"], first["Content-Type"])

    def test_the_task_has_the_parameters_of_the_call(self):
        handle, key = self.store(), self.server.public
        body = self.stored(
            f'/{key}/flip/store=filename:"b c.png",path:"/made/",container:box,'
            f"location:GCS,access:public,region:x/{handle}"
            .replace('"', "%22").replace(" ", "%20"))
        self.assertEqual((body["filename"], body["container"]),
                         ("b c.png", "box"))
        self.assertRegex(body["key"], r"^made/[A-Za-z0-9]{20}_b c\.png$")
        metadata = self.get(f"/{body['handle']}/metadata?location=true").json()
        self.assertEqual(metadata["location"], "gcs")
        first = self.stored(f"/{key}/store=path:%22at/one.png%22/{handle}")
        again = self.stored(f"/{key}/flip/store=path:%22at/one.png%22/{handle}")
        self.assertEqual(first["key"], "at/one.png")
        self.assertEqual(first["handle"], again["handle"])

    def test_base64_is_decoded_on_the_way(self):
        key = self.server.public
        for size in (0, 1, 2, 3, 48 * 1024 - 1, 48 * 1024 + 1, 700_000):
            data = samples.noise(size)
            handle = self.store(base64.b64encode(data), "b.txt")
            with self.subTest(size):
                body = self.stored(
                    f"/{key}/store=base64decode:true,filename:d.bin/{handle}")
                self.assertEqual(self.read(body).body, data)
        handle = self.store(b"no base64!", "b.txt")
        with self.nothing_left():
            self.assert_said(self.get(
                f"/{key}/store=base64decode:true/{handle}"), 400, "base64")

    def test_files_of_other_hosts_are_stored(self):
        key, origin = self.server.public, self.origin()
        url = origin.add("/far/x.jpg", JPEG, "image/jpeg")
        body = self.stored(f"/{key}/store/{url}", "POST")
        self.assertEqual((body["filename"], body["type"], body["size"]),
                         ("x.jpg", "image/jpeg", len(JPEG)))
        assert_file(self, self.read(body), JPEG)
        body = self.stored(f"/{key}/resize=width:32/store/{url}")
        self.assertEqual(describe(self.read(body).body), ("jpg", 32, 24))

    def test_what_is_only_stored_comes_straight_from_its_host(self):
        """No copy of it is used or kept, and it may be larger than one."""
        key, origin = self.server.public, self.origin()
        url = origin.add("/a/b.txt", b"one", "text/plain",
                         **{"Cache-Control": "max-age=600"})
        self.assertEqual(self.get(f"/{key}/cache=false/{url}").body, b"one")
        origin.add("/a/b.txt", b"two", "text/x-mine")
        for method in "GET", "POST":
            body = self.stored(f"/{key}/store/{url}", method)
            self.assertEqual((body["type"], body["size"]), ("text/x-mine", 3))
            self.assertEqual(self.read(body).body, b"two")
        self.assertEqual(self.get(f"/{key}/cache=false/{url}").body, b"one")
        self.assertEqual(len(origin.seen), 3)
        url = origin.add("/c.txt", base64.b64encode(b"decoded"))
        body = self.stored(f"/{key}/store=base64decode:true/{url}")
        self.assertEqual(self.read(body).body, b"decoded")
        data = samples.noise(700_000)
        url = origin.add("/d.txt", base64.b64encode(data))
        body = self.stored(f"/{key}/store=b:true/{url}")
        self.assertEqual(self.read(body).body, data)
        with self.nothing_left():
            url = origin.add("/e.txt", b"no base64!")
            self.assert_said(self.get(
                f"/{key}/store=base64decode:true/{url}"), 400, "base64")
            for path, text in (("/none", "status 404"), ("", None)):
                self.assert_said(self.get(f"/{key}/store/{origin.url}{path}"),
                                 400, text)
            self.assertEqual(self.get(f"/{key}/store/{url}",
                                      method="HEAD").status, 405)
            before = len(origin.seen)
            for start in "", "unknown/", self.server.secret + "/":
                self.assert_said(self.get(f"/{start}store/{url}"), 403)
            self.assertEqual(len(origin.seen), before)

    def test_older_conversions_are_stored_by_post(self):
        handle, key = self.store(PNG, "photo.png"), self.server.public
        path = f"/api/file/{handle}/convert?w=32&format=jpg"
        self.assert_picture(self.get(path), "jpg", (32, 24))
        body = self.stored(f"{path}&key={key}&storePath=/old/&"
                           "storeContainer=c", "POST")
        self.assertRegex(body["key"], r"^old/[A-Za-z0-9]{20}_photo\.jpg$")
        self.assertEqual((body["container"], body["width"]), ("c", 32))
        self.assertEqual(describe(self.read(body).body), ("jpg", 32, 24))
        with self.nothing_left():
            for more in "", "&key=x", f"&key={self.server.secret}":
                self.assert_said(self.get(path + more, method="POST"), 403,
                                 path=path)

    def bodies(self, **said):
        """As each client words it: (headers, body)."""
        encoded = {"Content-Type":
                   "application/x-www-form-urlencoded; charset=utf-8"}
        yield encoded, urllib.parse.urlencode(said).encode()
        yield form(*said.items())
        yield {"Content-Type": "application/json"}, json.dumps(said).encode()

    def test_older_conversions_may_be_said_in_a_body(self):
        handle, key = self.store(PNG, "photo.png"), self.server.public
        for start in "/api/file/", "/":
            for headers, body in self.bodies(
                    width=32, height=20, fit="crop", crop="0,0,16,10",
                    filter="blur", blurAmount=1, format="jpg", quality=70,
                    storeLocation="S3", storePath="/in a/b&c/",
                    storeContainer="c", storeAccess="private", key=key):
                stored = self.stored(
                    f"{start}{handle}/convert?_cacheBust=fp1&plugin=js_lib",
                    "POST", headers, body)
                self.assertRegex(stored["key"],
                                 r"^in a/b&c/[A-Za-z0-9]{20}_photo\.jpg$")
                self.assertEqual(stored["container"], "c")
                self.assertEqual(describe(self.read(stored).body),
                                 ("jpg", 16, 10))
        # a query goes before it
        stored = self.stored(f"/{handle}/convert?w=8&key={key}", "POST",
                             *next(self.bodies(w=32, storePath="/z/")))
        self.assertEqual(stored["width"], 8)
        self.assertRegex(stored["key"], "^z/")
        stored = self.stored(
            f"/{handle}/convert?key={key}", "POST",
            {"Content-Type": "application/json"},
            b'{"w": 32, "crop": [0, 0, 8, 8], "crop_first": true, "h": null}')
        self.assertEqual((stored["width"], stored["height"]), (32, 32))

    def test_bodies_of_conversions_that_store_nothing(self):
        handle = self.store(PNG, "photo.png")
        with self.nothing_left():
            for start in "/api/file/", "/":
                path = f"{start}{handle}/convert"
                for said, status in (
                        ({"width": 32}, 403),
                        ({"width": 32, "key": "x"}, 403),
                        ({"width": 32, "key": self.server.secret}, 403),
                        ({"width": "x", "key": self.server.public}, 400),
                        ({"width": 32, "key": self.server.public,
                          "storePath": "/../x"}, 400),
                        ({"width": 32, "key": self.server.public,
                          "storeLocation": "floppy"}, 400)):
                    for headers, body in self.bodies(**said):
                        self.assert_said(self.get(path, headers, "POST", body),
                                         status, path=path)
                self.assert_said(self.get(path, {}, "POST", bytes(100_000)),
                                 413, path=path)

    def test_a_policy_names_the_application_of_a_handle(self):
        handle, secret = self.store(PNG, "photo.png"), self.server.secret
        other, _ = add_account(self.server, "signs-its-own")
        good = make(secret, "store", "convert")
        near = in_task(good, ("p", "s"))
        # as Java, Ruby and Swift ask; filepicker-js in its form
        for method, path in (
                ("POST", f"/{in_task(good)}/resize=width:32/store/{handle}"),
                ("GET", f"/{near}/resize=width:32/store=path:%22/a/%22/"
                        f"{handle}"),
                ("GET", f"/store=access:private/resize=width:32/"
                        f"{in_task(good)}/{handle}"),
                ("GET", in_query(f"/resize=width:32/store/{handle}", good)),
                ("POST", in_query(f"/{handle}/convert?w=32", good)),
                ("POST", in_query(f"/{handle}/convert?w=32", make(
                    secret, "store", handle=handle)))):
            with self.subTest(path):
                self.assertEqual(self.stored(path, method)["width"], 32)
        for headers, body in self.bodies(width=32, **pair(good)):
            stored = self.stored(f"/api/file/{handle}/convert", "POST",
                                 headers, body)
            self.assertEqual(stored["width"], 32)
        command = {"sources": [handle], "tasks": [
            {"name": "store"}, {"name": "security", "params": pair(good)}]}
        self.stored("/process", "POST", {"Content-Type": "application/json"},
                    json.dumps(command).encode())
        url = self.origin().add("/w.png", PNG, "image/png")
        with self.nothing_left():
            for proof in (make(secret, "convert", "read"),
                          make(secret, "store", expiry=1),
                          make(secret, "store", handle="A" * 20),
                          make(secret, "store", path="/only/"),
                          make(secret, "store", maxSize=9),
                          make(other, "store", "convert"),
                          (good[0], "0" * 64)):
                for path in (f"/flip/store/{handle}", f"/store/{handle}",
                             f"/{handle}/convert?w=32"):
                    response = self.get(in_query(path, proof), method="POST")
                    self.assertIn(response.status, (403, 413), response)
            # of what names no application
            for path in (f"/store/{url}", f"/flip/store/{url}"):
                path = f"/{in_task(good)}{path}"
                self.assert_said(self.get(path), 403)

    def test_an_application_may_do_without(self):
        secret, public = add_account(self.server, "keyless")
        handle = filestack_store(self.server, form(("f", PNG, "photo.png")),
                                 key=public).json()["handle"]
        mine, url = self.store(PNG, "m.png"), self.origin().add("/k.png", PNG)
        # as Python asks, and all others without security
        paths = (("POST", f"/resize=width:32/store/{handle}"),
                 ("GET", f"/store=location:s3/resize=width:32/{handle}"),
                 ("POST", f"/{handle}/convert?w=32"),
                 ("POST", f"/api/file/{handle}/convert?w=32"))
        for method, path in paths:
            self.assert_said(self.get(path, method=method), 403, path=path)
        set_account(self.server, "keyless", "--filestack-keyless", "on")
        for method, path in paths:
            with self.subTest(path):
                body = self.stored(path, method)
                self.assertEqual(body["width"], 32)
                self.assertEqual(self.get("/" + body["handle"],
                                          basic("app", secret)).status, 200)
        with self.nothing_left():
            for path in (f"/flip/store/{mine}", f"/flip/store/{url}",
                         f"/store/{url}", f"/unknown/flip/store/{handle}",
                         f"/watermark=file:{mine}/store/{handle}",
                         f"/zip/store/[{handle},{mine}]"):
                self.assert_said(self.get(path), 403)
        # a switch that says more
        set_account(self.server, "keyless", "--filestack-security", "on")
        with self.nothing_left():
            for method, path in paths:
                self.assert_said(self.get(path, method=method), 403,
                                 path=path)
                for calls in ("store",), ("convert",):
                    self.assert_said(self.get(in_query(path, make(
                        secret, *calls)), method=method), 403, path=path)
        self.stored(in_query(paths[0][1], make(secret, "store", "convert")))

    def test_files_of_two_applications_name_none(self):
        secret, public = add_account(self.server, "has-one-too")
        first = self.store(flat_png(64, 48), "base.png")
        second = filestack_store(self.server, form(("f", PNG, "b.png")),
                                 key=public).json()["handle"]
        paths = (f"/watermark=file:{second}/store/{first}",
                 f"/zip/store/[{first},{second}]",
                 f"/zip/store/[{second},{first}]")
        with self.nothing_left():
            for path in paths:
                for each in secret, self.server.secret:
                    self.assert_said(self.get(in_query(path, make(each))), 403)
        self.stored(in_query(f"/zip/store/[{first},{first}]",
                             make(self.server.secret)))

    def test_layers_are_in_what_is_stored(self):
        handle = self.store(flat_png(64, 48), "base.png")
        mark = self.store(flat_png(8, 8, b"\xff\0\0"), "mark.png")
        shown = self.get(f"/watermark=file:{mark}/{handle}")
        body = self.stored(
            f"/{self.server.public}/watermark=file:{mark}/store/{handle}")
        self.assertEqual(self.read(body).body, shown.body)

    def test_who_may_not_store_stores_nothing(self):
        handle = self.store()
        only_store = add_key(self.server, api=["store"])
        made = ("store", "flip/store")
        with self.nothing_left():
            for start in ("", f"{only_store}/", "unknown/",
                          f"{self.server.secret}/"):
                for steps in made:
                    for method in "GET", "POST":
                        with self.subTest(start, steps=steps):
                            self.assert_said(self.get(
                                f"/{start}{steps}/{handle}", method=method),
                                403)
        body = self.stored(f"/flip/store/{handle}", headers=self.app())
        self.assertEqual(body["filename"], "pic.png")

    def test_what_is_made_of_private_files_is_private(self):
        handle, hidden = self.store(), self.private()
        for path in (f"/store/{hidden}", f"/flip/store/{hidden}",
                     f"/watermark=file:{hidden}/store/{handle}",
                     f"/zip/store/[{handle},{hidden}]"):
            with self.subTest(path):
                body = self.stored(path, headers=self.app())
                self.assert_said(self.get("/" + body["handle"]), 403)
                self.assertEqual(self.get("/" + body["handle"],
                                          self.app()).status, 200)
        body = self.stored(f"/flip/store/{handle}", headers=self.app())
        self.assertEqual(self.get("/" + body["handle"]).status, 200)

    def test_asking_what_would_be_stored_stores_nothing(self):
        handle = self.store()
        with self.nothing_left():
            for steps in ("store", "flip/store"):
                response = self.get(f"/{self.server.public}/{steps}/{handle}",
                                    method="HEAD")
                self.assertEqual(response.status, 405, response)

    def test_what_is_refused_leaves_nothing(self):
        handle, key = self.store(), self.server.public
        text = self.store(b"no picture", "a.txt")
        taken = request(self.server, "POST", query(
            "/v1/store/file", key="taken.png"),
            {"x-api-key": self.server.secret}, PNG)
        self.assertEqual(taken.status, 200, taken)
        with self.nothing_left():
            for path, status in (
                    (f"/{key}/store=path:%22../x%22/{handle}", 400),
                    (f"/{key}/store=location:nowhere/{handle}", 400),
                    (f"/{key}/store=path:taken.png/{handle}", 403),
                    (f"/{key}/flip/store=path:taken.png/{handle}", 403),
                    (f"/{key}/flip/store/{text}", 400),
                    (f"/{key}/store/{handle[::-1]}", 404),
                    (f"/{key}/imagesize/store/{handle}", 501)):
                with self.subTest(path):
                    self.assert_said(self.get(path), status)

    def test_an_account_at_its_limit_stores_nothing(self):
        handle = self.store()
        _, public = add_account(self.server, "full")
        self.stored(f"/{public}/store/{handle}")
        tool(self.server, "accounts", "set", "full", "--max-uploads", "1")
        path = f"/{public}/flip/store/{handle}"
        self.assertTrue(wait_until(lambda: self.get(path).status != 200))
        with self.nothing_left():
            self.assert_said(self.get(path), 413)
        tool(self.server, "accounts", "set", "full", "--grace", "on")
        self.assertTrue(wait_until(lambda: self.get(path).status == 403))

    def test_wrong_secrets_store_nothing(self):
        handle = self.store()
        with self.nothing_left():
            for headers in (basic("app", self.server.public),
                            basic("app", "x")):
                self.assert_said(self.get(
                    f"/{self.server.public}/store/{handle}", headers), 403)


class LeftTest(StoreTest):
    def test_whoever_goes_takes_nobody_along(self):
        handle, key = self.store(flat_png(2000, 2000), "l.png"), \
            self.server.public
        for i in range(6):
            connection = self.server.connect()
            connection.send(
                f"GET /{key}/resize=width:{1500 + i}/store/{handle} HTTP/1.1"
                f"\r\nHost: x\r\n\r\n".encode())
            connection.close()
        path = f"/{key}/resize=width:32/store/{handle}"
        self.assertTrue(wait_until(lambda: self.get(path).status == 200))
        self.assertTrue(wait_until(
            lambda: not staging_files(self.server)))


class LoopTest(StoreTest):
    """URLs that lead back here by a name that is not known as the server's."""
    options = {"fetch_allow": "127.0.0.0/8"}

    def test_what_is_fetched_stores_nothing(self):
        origin = self.origin()
        here = f"http://127.1:{self.server.port}/{self.server.public}/store/"
        with self.nothing_left():
            for number in range(8):
                path = f"/{number}"
                url = origin.redirect(path, here + origin.url + path)
                self.assert_said(self.get(
                    f"/{self.server.public}/store/{url}"), 400, "status 400")
        self.assertEqual(len(origin.seen), 8)
