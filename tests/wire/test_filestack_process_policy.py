# SPDX-License-Identifier: Apache-2.0
"""POST /process of an application with security: what policies open there."""
import json

import policies
from apis import assert_refused
from filestack_cdn import PNG, task
from filestack_policy import PolicyTest


class ProcessPolicyTest(PolicyTest):
    def of(self, sources, *tasks, query="", headers=None, **more):
        body = {"apikey": self.server.public, "sources": sources,
                "tasks": list(tasks), **more}
        return self.get("/process" + query, {
            "Content-Type": "application/json", **(headers or {})}, "POST",
            json.dumps(body).encode())

    def security(self, *calls, **members):
        return task("security", **policies.pair(
            self.proof(*calls, **members)))

    def refused(self, response):
        assert_refused(self, "filestack", response, 403)

    def test_the_task_stands_anywhere_or_in_the_query(self):
        handle = self.stored(PNG, "a.png")
        small, proof = task("resize", width=32), self.proof("convert")
        security = task("security", **policies.pair(proof))
        short = task("security", p=proof[0], s=proof[1])
        for tasks in ([security, small], [small, security],
                      [small, security, task("flip")], [short, small],
                      [small, {"Name": "security", "Params": {
                          "Policy": proof[0], "Signature": proof[1]}}]):
            self.assert_picture(self.of([handle], *tasks), "png", (32, 24))
        self.assert_picture(self.of(
            [handle], small, query=policies.in_query("", proof)),
            "png", (32, 24))
        self.assert_picture(self.of([handle], small, headers=self.app()),
                            "png", (32, 24))
        self.refused(self.of([handle], small))
        self.refused(self.of([handle], small, task(
            "security", policy=proof[0], signature="0" * 64)))
        self.refused(self.of([handle], small, self.security("read")))
        self.refused(self.of([handle], small, self.security(
            "convert", expiry=1)))

    def test_storing_a_url_takes_store(self):
        host = self.origin()
        url = host.add("/a.png", PNG, "image/png")
        other = host.add("/b.png", PNG, "image/png")
        store = task("store", path="/q/")
        for proof in (self.security("store"), self.security(),
                      self.security("store", "pick", url="http://.*/a\\.png",
                                    path="^/q/", maxSize=len(PNG))):
            for tasks in [store, proof], [proof, store]:
                response = self.of([url], *tasks, upload_tags={"a": "b"})
                body = self.assert_json(response)
                self.assertEqual((body["size"], body["upload_tags"]),
                                 (len(PNG), {"a": "b"}))
                self.assert_said(self.get("/" + body["handle"]), 403)
        before = len(host.seen)
        with self.nothing_left():
            for source, tasks in (
                    (url, [store]), (url, [store, self.security("read")]),
                    (other, [store, self.security("store", url="http://.*/a\\.png")]),
                    (url, [store, self.security("store", expiry=1)])):
                self.refused(self.of([source], *tasks))
                self.refused(self.of([{"source": source, "headers": {
                    "X-A": "b"}}], *tasks))
            self.assertEqual(len(host.seen), before)
            for members in ({"path": "^/other/"}, {"minSize": len(PNG) + 1}):
                self.refused(self.of([url], store,
                                     self.security("store", **members)))
            response = self.of([url], store, self.security(
                "store", maxSize=len(PNG) - 1))
            self.assertIn(response.status, (403, 413), response)

    def test_a_command_is_judged_as_its_chain(self):
        handle, origin = self.stored(PNG, "a.png"), self.origin()
        url = origin.add("/a.png", PNG, "image/png")
        flip, store = task("flip"), task("store")
        placed = task("store", path="/out/")
        for source, proof, tasks, status in (
                (url, self.proof("store", url="https://x/"), [store], 403),
                (url, self.proof("read", "convert"), [store], 403),
                (url, self.proof("store", path="/in/"), [placed], 403),
                (url, self.proof("store", maxSize=9), [store], 413),
                (url, self.proof("store", handle=handle), [store], 403),
                (url, policies.make("x" * 20), [store], 403),
                (handle, self.proof("convert"), [flip], 200),
                (handle, self.proof("read"), [flip], 403),
                (handle, self.proof("store", "convert"), [flip, store], 200),
                (handle, self.proof("store", "read"), [flip, store], 403)):
            security = task("security", **policies.pair(proof))
            for order in [*tasks, security], [security, *tasks]:
                with self.subTest(source, order=order):
                    self.assertEqual(self.of([source], *order).status, status)

    def test_each_handle_is_judged_by_itself(self):
        one = self.stored(PNG, "a.png")
        two = self.stored(PNG, "b.png")
        small, zip_ = task("resize", width=32), task("zip")
        of_one = self.security("convert", "read", "store", handle=one)
        both = self.security("convert", "read", "store")
        self.assertEqual(self.of([one], small, of_one).status, 200)
        self.refused(self.of([two], small, of_one))
        self.assertEqual(self.of([one, two], zip_, both).status, 200)
        mark = task("watermark", file=two)
        self.assertEqual(self.of([one], mark, both).status, 200)
        with self.nothing_left():
            for sources, tasks in (
                    ([one, two], [zip_]), ([one], [mark]),
                    ([one], [mark, task("store")]),
                    ([one, two], [zip_, task("store")])):
                self.refused(self.of(sources, *tasks, of_one))
        self.assert_json(self.of([one], small, task("store"), both))
