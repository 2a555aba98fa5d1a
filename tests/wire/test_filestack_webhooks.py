# SPDX-License-Identifier: Apache-2.0
"""Webhooks in Filestack's words: which change is which action, and the
signature. What the outbox does with events is in test_webhooks.py."""
import hashlib
import hmac
import json
import os
import sqlite3
import time

import samples
from apis import basic, filestack_store, imagekit_upload, stashfyle_upload
from harness import TOP, Server, wait_until
from rawhttp import form, request
from tenants import add_account
from webhooks import Receiver, WebhookTest

FILE = {"container", "url", "filename", "client", "key", "type", "status",
        "size"}
PNG = samples.png(64, 48)


class FilestackWebhookTest(WebhookTest):
    def add(self, url, *words):
        return super().add(url, "--api", "filestack", *words)

    def store(self, name="a.txt", data=b"hello", **options):
        response = filestack_store(self.server, form(("f", data, name)),
                                   **options)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def told(self, receiver, n):
        """The first n bodies, of which no more have come."""
        self.assertTrue(receiver.wait(n), receiver.events)
        self.assert_quiet()
        self.assertEqual(len(receiver.events), n, receiver.events)
        return [json.loads(body) for _, body in receiver.events]

    def file_url(self, handle):
        return f"{self.server.url}/{handle}"


class ActionTest(FilestackWebhookTest):
    def test_an_upload_is_told_with_all_members(self):
        with Receiver() as receiver:
            self.add(receiver.url)
            stored = self.store("\u00e9 b.png", PNG, container="box",
                                path="/in here/")
            event, = self.told(receiver, 1)
        self.assertEqual(set(event), {"id", "action", "timestamp", "text"})
        self.assertIsInstance(event["id"], int)
        self.assertLess(event["id"], 1 << 53)
        self.assertLess(abs(event["timestamp"] - time.time()), 60)
        self.assertEqual(event["action"], "fp.upload")
        self.assertEqual(event["text"], {
            "container": "box", "url": self.file_url(stored["handle"]),
            "filename": "\u00e9 b.png", "client": "Computer",
            "key": stored["key"], "type": "image/png", "status": "Stored",
            "size": len(PNG)})

    def test_storing_by_url_and_at_a_path_that_is_taken_is_an_upload(self):
        key = self.server.public
        url = self.origin().add("/a.png", PNG, "image/png")
        with Receiver() as receiver:
            self.add(receiver.url)
            self.store(path="/one.txt")
            self.store(path="/one.txt", data=b"other")
            command = {"apikey": key, "sources": [url],
                       "tasks": [{"name": "store", "params": {}}]}
            self.assertEqual(request(
                self.server, "POST", "/process",
                {"Content-Type": "application/json"},
                json.dumps(command).encode()).status, 200)
            self.assertEqual(request(
                self.server, "POST", f"/{key}/store/{url}").status, 200)
            events = self.told(receiver, 4)
        self.assertEqual({e["action"] for e in events}, {"fp.upload"})
        self.assertEqual({e["text"]["key"].split("_")[-1] for e in events},
                         {"one.txt", "a.png"})
        self.assertEqual({e["text"]["container"] for e in events}, {None})

    def test_what_a_chain_stores_is_told_with_the_chain(self):
        key = self.server.public
        with Receiver() as receiver:
            source = self.store("p.png", PNG)["handle"]
            self.add(receiver.url)
            steps = "resize=width:32/store=path:%22at/one.png%22"
            stored = [request(self.server, "GET",
                              f"/{key}/{steps}/{source}").json()
                      for _ in range(2)]
            stored.append(request(self.server, "POST",
                                  f"/{key}/store/{source}").json())
            events = self.told(receiver, 3)
        events.sort(key=lambda e: e["id"])
        for event, made in zip(events, stored, strict=True):
            text = event["text"]
            self.assertEqual(event["action"], "fp.converse")
            self.assertEqual(set(text), FILE | {"link"})
            self.assertEqual(text["link"], {
                "url": f"{self.server.url}/api/file/{made['handle']}",
                "handle": made["handle"], "filename": "p.png",
                "mimetype": "image/png", "path": made["key"],
                "provider": "S3", "size": made["size"]})
            self.assertEqual(request(
                self.server, "GET",
                text["link"]["url"].removeprefix(self.server.url)).status,
                200)
        self.assertEqual([e["text"]["url"] for e in events], [
            f"/resize=width:32/store=path:at/one.png/{source}"] * 2
            + [f"/store/{source}"])

    def test_a_policy_in_a_chain_is_told_to_nobody(self):
        key = self.server.public
        with Receiver() as receiver:
            source = self.store("p.png", PNG)["handle"]
            self.add(receiver.url)
            self.assertEqual(request(
                self.server, "GET", f"/{key}/security=p:abc,s:def/flip/store/"
                f"{source}").status, 200)
            event, = self.told(receiver, 1)
        self.assertEqual(event["text"]["url"], f"/flip/store/{source}")

    def test_a_deleted_file_is_told_with_its_url(self):
        with Receiver() as receiver:
            self.add(receiver.url, "--event", "fp.delete")
            file = self.upload("gone.txt")
            self.assertEqual(self.manage(
                "DELETE", f"/v1/files/{file['fileId']}").status, 204)
            event, = self.told(receiver, 1)
        self.assertEqual(event["action"], "fp.delete")
        self.assertEqual(set(event["text"]), {"url"})
        self.assertRegex(event["text"]["url"],
                         f"^{self.server.url}/[A-Za-z0-9]{{20}}$")

    def test_the_file_calls_are_told_as_what_they_are(self):
        app = basic("app", self.server.secret)
        with Receiver() as receiver:
            handle = self.store("o.txt", container="box")["handle"]
            self.add(receiver.url)
            path = f"/api/file/{handle}"
            for method, body in (("POST", b"other"), ("PUT", b"third one")):
                self.assertEqual(request(
                    self.server, method, path,
                    {**app, "Content-Type": "text/plain"}, body).status, 200)
            self.assertEqual(request(self.server, "DELETE", path,
                                     app).status, 200)
            events = self.told(receiver, 3)
        events.sort(key=lambda e: e["id"])
        self.assertEqual([e["action"] for e in events],
                         ["fp.overwrite"] * 2 + ["fp.delete"])
        self.assertEqual({e["text"]["url"] for e in events},
                         {self.file_url(handle)})
        self.assertEqual([e["text"]["size"] for e in events[:2]], [5, 9])
        self.assertEqual(
            {k: events[1]["text"][k] for k in ("container", "filename",
                                               "mimetype", "isWriteable")},
            {"container": "box", "filename": "o.txt",
             "mimetype": "text/plain", "isWriteable": True})

    def test_a_version_that_comes_back_is_an_overwrite(self):
        with Receiver() as receiver:
            file = self.upload("v.txt", file=(b"one", "v.txt"))
            self.upload("v.txt", file=(b"other", "v.txt"))
            self.add(receiver.url)
            first = file["versionInfo"]["id"]
            self.assertEqual(self.manage(
                "PUT", f"/v1/files/{file['fileId']}/versions/{first}/restore"
            ).status, 200)
            event, = self.told(receiver, 1)
        self.assertEqual(event["action"], "fp.overwrite")
        self.assertEqual(set(event["text"]), FILE | {"mimetype", "isWriteable"})
        self.assertEqual((event["text"]["size"], event["text"]["mimetype"],
                          event["text"]["isWriteable"]),
                         (3, "text/plain", True))


class OthersTest(FilestackWebhookTest):
    def test_each_webhook_is_told_in_its_own_words(self):
        """Of all files of the account, wherever they came in; of what the
        vendor has no word for, nothing."""
        with Receiver() as here, Receiver() as there:
            self.add(here.url)
            WebhookTest.add(self, there.url)
            file = self.upload("k.txt")
            self.assertEqual(stashfyle_upload(self.server).status // 100, 2)
            self.store()
            self.assertEqual(self.manage(
                "PATCH", f"/v1/files/{file['fileId']}/details",
                {"tags": ["new"]}).status, 200)
            self.assertEqual(self.manage(
                "DELETE", f"/v1/files/{file['fileId']}").status, 204)
            self.assertTrue(there.wait(5))
            events = self.told(here, 4)
            self.assertEqual(sorted(there.types()), [
                "file.created"] * 3 + ["file.deleted", "file.updated"])
        self.assertEqual(sorted(e["action"] for e in events),
                         ["fp.delete"] + ["fp.upload"] * 3)
        gone, = [e for e in events if e["action"] == "fp.delete"]
        self.assertIn(gone["text"]["url"], [e["text"].get("url")
                                            for e in events if e is not gone])

    def test_other_accounts_and_unnamed_actions_are_not_told(self):
        secret, _ = add_account(self.server, "stranger")
        with Receiver() as receiver:
            self.add(receiver.url, "--event", "fp.converse",
                     "--event", "fp.upload")
            self.assertEqual(imagekit_upload(
                self.server, fileName="x", headers=basic(secret)).status, 200)
            file = self.upload("mine.txt")
            self.assertEqual(self.manage(
                "DELETE", f"/v1/files/{file['fileId']}").status, 204)
            self.store("last.txt")
            events = self.told(receiver, 2)
        self.assertEqual(sorted(e["text"]["filename"] for e in events),
                         ["last.txt", "mine.txt"])

    def test_chosen_events_of_before_are_told_as_before(self):
        """ImageKit's names, in a row that an earlier version has written."""
        with Server(**self.options) as server, Receiver() as receiver:
            mine, self.server = self.server, server
            self.addCleanup(setattr, self, "server", mine)
            WebhookTest.add(self, receiver.url, "--event", "file.updated",
                            "--event", "file-version.created")
            path = os.path.join(server.data, "stowage.db")
            server.stop()
            db = sqlite3.connect(path)
            names, kinds = db.execute(
                "SELECT events, kinds FROM webhook").fetchone()
            schema, = (TOP / "src" / "db" / "schema").glob("*_event_kinds.sql")
            update = schema.read_text().partition(";")[2]
            with db:
                db.execute("UPDATE webhook SET kinds = 0")
                db.executescript(update)
            self.assertEqual(db.execute(
                "SELECT events, kinds FROM webhook").fetchone(),
                (names, kinds))
            db.close()
            server.start()


class SentTest(FilestackWebhookTest):
    def assert_signed(self, sent, secret):
        headers, body = sent
        stamp = headers["FS-Timestamp"]
        self.assertLess(abs(int(stamp) - time.time()), 60)
        self.assertEqual(headers["FS-Signature"], hmac.new(
            secret.encode(), stamp.encode() + b"." + body,
            hashlib.sha256).hexdigest())
        self.assertTrue(headers["Content-Type"].startswith("application/json"))

    def test_the_signature_is_of_the_time_and_the_body(self):
        with Receiver() as receiver:
            own = self.add(receiver.url, "--secret", "Y5cWb1rdRDSTSqEjF5pv")
            self.assertEqual(own["secret"], "Y5cWb1rdRDSTSqEjF5pv")
            self.store("\u00e4\"\\.txt")
            self.told(receiver, 1)
            self.assert_signed(receiver.events[0], own["secret"])
            self.assertNotIn("webhook-id", receiver.events[0][0])

    def test_a_failed_event_is_sent_again_as_it_was(self):
        with Receiver(lambda n: 500 if n < 3 else 201) as receiver:
            secret = self.add(receiver.url)["secret"]
            self.store()
            self.assertTrue(receiver.wait(3))
            self.assertEqual(len({body for _, body in receiver.events}), 1)
            for sent in receiver.events:
                self.assert_signed(sent, secret)

    def test_ids_are_in_the_order_of_the_changes(self):
        names = [f"{i}.txt" for i in range(12)]
        with Receiver(lambda n: 500 if n % 3 == 0 else 200) as receiver:
            self.add(receiver.url)
            for name in names:
                self.store(name)
            done = lambda: {json.loads(body)["text"]["filename"]
                            for _, body in receiver.events[:]} == set(names)
            self.assertTrue(wait_until(done))
            events = {e["id"]: e["text"]["filename"] for e in
                      (json.loads(body) for _, body in receiver.events)}
        self.assertEqual([events[i] for i in sorted(events)], names)

    def test_another_secret_signs_also_what_waits(self):
        takes = {"on": False}
        with Receiver(lambda n: 200 if takes["on"] else 500) as receiver:
            hook = self.add(receiver.url)
            self.store()
            self.assertTrue(receiver.wait(1))
            rotated = self.tool("rotate", hook["id"]).split()
            self.assertEqual(rotated[0], "secret")
            self.assertNotEqual(rotated[1], hook["secret"])
            before = len(receiver.events) + 1   # one may be on its way
            takes["on"] = True
            self.store("later.txt")
            self.assertTrue(receiver.wait(before + 1))
            self.assert_signed(receiver.events[0], hook["secret"])
            self.assert_signed(receiver.events[-1], rotated[1])
            self.assertEqual(
                self.tool("rotate", hook["id"], "--secret", "s" * 16),
                f"secret {'s' * 16}\n")
            self.assertIn("s" * 16, self.tool("list", "--show"))


class CommandTest(FilestackWebhookTest):
    def test_wrong_words_are_named(self):
        made = self.add("http://127.0.0.1:9/")["id"]
        for status, words, text in (
                (1, ("add", "http://x", "--api", "stashfyle"), "imagekit or"),
                (1, ("add", "http://x", "--api", "nope"), "imagekit or"),
                (1, ("add", "http://x", "--api", "filestack", "--event",
                     "file.created"), "file.created"),
                (1, ("add", "http://x", "--event", "fp.upload"), "fp.upload"),
                (2, ("rotate",), "webhooks"),
                (2, ("rotate", "x"), "not an ID"),
                (1, ("rotate", "0" * 24), "0" * 24),
                (1, ("rotate", made, "--secret", "short"), "secret")):
            with self.subTest(words):
                done = self.server.tool("webhooks", *words)
                self.assertEqual((done.returncode, done.stdout), (status, ""))
                self.assertIn(text, done.stderr)

    def test_lists_are_in_the_words_of_the_receiver(self):
        self.add("http://127.0.0.1:9/", "--event", "fp.upload")
        WebhookTest.add(self, "http://127.0.0.1:9/k")
        self.store("listed.txt")
        self.assertEqual(
            {(h["api"], str(h["events"]))
             for h in json.loads(self.tool("list", "--json"))},
            {("filestack", "['fp.upload']"), ("imagekit", "None")})
        listed = json.loads(self.tool("events", "--state", "waiting",
                                      "--json"))
        self.assertEqual(sorted(e["type"] for e in listed),
                         ["file.created", "fp.upload"])
        self.assertIn("fp.upload", self.tool("events", "--state", "waiting"))
