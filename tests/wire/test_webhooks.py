# SPDX-License-Identifier: Apache-2.0
"""Webhooks: what an account's changes tell to whom, how it is signed, and what
becomes of events that nobody takes."""
import base64
import contextlib
import hashlib
import hmac
import json
import os
import socket
import sqlite3
import threading
import time

from apis import basic, imagekit_upload, metric, stashfyle_upload
from harness import Server, rows, takes_long, wait_until
from rawhttp import request
from tenants import add_account
from webhooks import Receiver, WebhookTest


class EventTest(WebhookTest):
    def test_each_change_of_a_file_is_one_event(self):
        with Receiver() as receiver:
            self.add(receiver.url)
            file = self.upload("life.txt", folder="/a", tags="x")
            path = f"/v1/files/{file['fileId']}"
            self.upload("life.txt", folder="/a")
            self.assertEqual(self.manage("PATCH", path + "/details",
                                         {"tags": ["new"]}).status, 200)
            first = file["versionInfo"]["id"]
            self.assertEqual(self.manage(
                "DELETE", f"{path}/versions/{first}").status, 204)
            self.assertEqual(self.manage("DELETE", path).status, 204)
            self.assertTrue(receiver.wait(5))
            self.assert_quiet()
            self.assertEqual(sorted(receiver.types()), sorted([
                "file.created", "file-version.created", "file.updated",
                "file-version.deleted", "file.deleted"]))
            told = {json.loads(body)["type"]: json.loads(body)
                    for _, body in receiver.events}
        created = told["file.created"]
        self.assertEqual(set(created), {"type", "id", "created_at", "data"})
        self.assertRegex(created["created_at"],
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(created["data"]["fileId"], file["fileId"])
        self.assertEqual(created["data"]["filePath"], "/a/life.txt")
        self.assertEqual(created["data"]["tags"], ["x"])
        self.assertEqual(created["data"]["url"].split("?")[0],
                         f"{self.server.url}/default/a/life.txt")
        self.assertEqual(told["file.updated"]["data"]["tags"], ["new"])
        self.assertEqual(
            told["file-version.created"]["data"]["versionInfo"]["name"],
            "Version 2")
        self.assertEqual(told["file.deleted"]["data"],
                         {"fileId": file["fileId"]})
        self.assertEqual(told["file-version.deleted"]["data"],
                         {"fileId": file["fileId"], "versionId": first})
        self.assertEqual(len({told[t]["id"] for t in told}), 5)

    def test_names_are_told_as_they_are_kept(self):
        with Receiver() as receiver:
            self.add(receiver.url)
            file = self.upload("\u00e9, 'b' & c+d.txt", folder="/in v1.2",
                               path="/api/v2/files/upload")
            self.assertTrue(receiver.wait(1))
            data = json.loads(receiver.events[0][1])["data"]
        self.assertEqual(data["filePath"], "/in v1.2/\u00e9, 'b' & c+d.txt")
        self.assertEqual((data["name"], data["url"].split("?")[0]),
                         (file["name"], file["url"]))

    def test_uploads_through_other_dialects_tell_too(self):
        with Receiver() as receiver:
            self.add(receiver.url)
            self.assertEqual(stashfyle_upload(self.server).status // 100, 2)
            self.assertTrue(receiver.wait(1))
            self.assertEqual(receiver.types(), ["file.created"])

    def test_a_webhook_that_leads_here_stores_nothing(self):
        failed = metric(self.server, "stowage_webhook_failures_total")
        self.add(f"{self.server.url}/api/store/S3?key={self.server.public}")
        self.upload("once.txt")
        self.assertTrue(wait_until(lambda: metric(
            self.server, "stowage_webhook_failures_total") > failed))
        with Receiver() as receiver:
            self.add(receiver.url)
            self.upload("twice.txt")
            self.assertTrue(receiver.wait(1))
            headers, body = receiver.events[0]
            self.assertEqual(json.loads(body)["data"]["name"], "twice.txt")
            # it says who has sent it
            own = headers["CDN-Loop"]
            self.assertRegex(own, r"^stowage-[A-Za-z0-9]{16}$")
            response = request(
                self.server, "POST",
                f"/api/store/S3?key={self.server.public}",
                {"Content-Type": "text/plain", "CDN-Loop": "a, " + own}, b"x")
            self.assertEqual(response.status, 501, response)
            self.upload("thrice.txt")
            self.assertTrue(receiver.wait(2))
            self.assertEqual(json.loads(receiver.events[1][1])["data"]["name"],
                             "thrice.txt")

    def test_both_signatures_prove_the_body(self):
        with Receiver() as receiver:
            secret = self.add(receiver.url)["secret"].encode()
            self.assertTrue(secret.startswith(b"whsec_"))
            self.upload("signed.txt")
            self.assertTrue(receiver.wait(1))
            headers, body = receiver.events[0]
        stamp, mac = headers["x-ik-signature"].split(",")
        ms = stamp.removeprefix("t=")
        self.assertLess(abs(int(ms) / 1000 - time.time()), 60)
        self.assertEqual(mac, "v1=" + hmac.new(
            secret, f"{ms}.".encode() + body, hashlib.sha256).hexdigest())
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}."
        self.assertEqual(headers["webhook-signature"], "v1," + base64.b64encode(
            hmac.new(secret, signed.encode() + body,
                     hashlib.sha256).digest()).decode())
        self.assertEqual(headers["webhook-id"], json.loads(body)["id"])
        self.assertTrue(headers["Content-Type"].startswith("application/json"))

    def test_only_the_named_events_of_the_own_account_are_sent(self):
        with Receiver() as receiver:
            self.add(receiver.url, "--event", "file.deleted",
                     "--event", "file.updated")
            secret, _ = add_account(self.server, "neighbour")
            self.assertEqual(imagekit_upload(self.server, fileName="x",
                                             headers=basic(secret)).status, 200)
            file = self.upload("named.txt")
            self.assertEqual(self.manage(
                "DELETE", f"/v1/files/{file['fileId']}").status, 204)
            self.assertTrue(receiver.wait(1))
            self.assert_quiet()
            self.assertEqual(receiver.types(), ["file.deleted"])

    def test_a_refused_upload_tells_nothing(self):
        with Receiver() as receiver:
            self.add(receiver.url)
            self.assertEqual(imagekit_upload(
                self.server, fileName="bad.txt", tags="100%").status, 400)
            self.upload("good.txt")
            self.assertTrue(receiver.wait(1))
            self.assert_quiet()
            self.assertEqual(receiver.types(), ["file.created"])


class RetryTest(WebhookTest):
    def states(self):
        return {h["url"]: (h["waiting"], h["delivered"], h["dead"])
                for h in self.hooks()}

    def test_a_failed_event_is_sent_again_as_it_was(self):
        with Receiver(lambda n: 500 if n < 3 else 204) as receiver:
            self.add(receiver.url)
            self.upload("again.txt")
            self.assertTrue(receiver.wait(3))
            self.assertTrue(wait_until(
                lambda: self.states()[receiver.url] == (0, 1, 0)))
            bodies = {body for _, body in receiver.events}
            self.assertEqual(len(bodies), 1)

    def test_redirects_are_failures(self):
        with Receiver(lambda n: 302 if n == 1 else 200) as receiver:
            self.add(receiver.url)
            self.upload("redirect.txt")
            self.assertTrue(receiver.wait(2))

    def test_one_that_hangs_does_not_hold_others(self):
        hang = threading.Event()
        try:
            with Receiver(lambda n: hang.wait(20) and 200) as slow, \
                    Receiver() as quick:
                self.add(slow.url)
                self.add(quick.url)
                for i in range(6):
                    self.upload(f"hang{i}.txt")
                self.assertTrue(quick.wait(6))
                hang.set()
        finally:
            hang.set()

    def test_a_restart_loses_nothing(self):
        with Server(**self.options) as server:
            self.swap(server)
            with Receiver(lambda n: 503 if n == 1 else 200) as receiver:
                self.add(receiver.url)
                self.upload("before.txt")
                self.assertTrue(receiver.wait(1))
                server.kill9()
                server.start()
                self.assertTrue(receiver.wait(2))
                self.assertEqual(receiver.types()[1], "file.created")

    def swap(self, server):
        mine = self.server
        self.server = server
        self.addCleanup(setattr, self, "server", mine)

    def test_an_event_of_an_api_without_events_is_not_sent_and_says_why(self):
        """Such a row can come from a newer version of the program."""
        with Receiver() as receiver:
            self.add(receiver.url)
            self.server.stop()
            db = sqlite3.connect(os.path.join(self.server.data, "stowage.db"))
            with db:
                self.assertEqual(db.execute(
                    "UPDATE webhook SET dialect = 'stashfyle'"
                    " WHERE dialect = 'imagekit'").rowcount, 1)
            db.close()
            self.server.start()
            self.upload("of-another.txt")
            self.assertTrue(wait_until(
                lambda: "no API of that name" in self.tool(
                    "events", "--state", "waiting")))
            self.assertEqual(receiver.events, [])

    def test_a_damaged_row_keeps_no_other_from_its_turn(self):
        """Four events of a webhook, as many as it is looked for; then the
        webhook itself."""
        takes = {"on": False}
        with Server(**self.options) as server:
            self.swap(server)
            with Receiver(lambda n: 200 if takes["on"] else 500) as receiver, \
                    Receiver() as other:
                self.add(receiver.url)
                for i in range(4):
                    self.upload(f"damaged{i}.txt")
                self.assertTrue(receiver.wait(1))
                server.stop()
                with self.database(server) as db:
                    bodies = db.execute("SELECT id FROM event_body").fetchall()
                    for sql, body in zip((
                            "UPDATE event SET kind = 77 WHERE body_id = ?",
                            "UPDATE event SET attempts = -1 WHERE body_id = ?",
                            "UPDATE event SET body_id = x'00' WHERE"
                            " body_id = ?",
                            "UPDATE event_body SET snapshot = '{' WHERE"
                            " id = ?"), bodies, strict=True):
                        db.execute(sql, body)
                    db.execute("UPDATE event SET next_at = 1")
                takes["on"] = True
                server.start()
                before = len(receiver.events)
                self.upload("told.txt")
                self.assertTrue(receiver.wait(before + 1))
                self.assertTrue(wait_until(
                    lambda: self.states()[receiver.url] == (0, 1, 4), 10),
                    self.states())
                self.add(other.url)
                server.stop()
                with self.database(server) as db:
                    db.execute("UPDATE webhook SET id = x'00' WHERE url = ?",
                               (receiver.url,))
                server.start()
                self.upload("other.txt")
                self.assertTrue(other.wait(1))
                self.assertEqual(list(self.states()), [other.url])

    @contextlib.contextmanager
    def database(self, server):
        path = os.path.join(server.data, "stowage.db")
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            yield db

    @takes_long
    def test_dead_events_are_listed_and_replayed(self):
        dead = {"on": True}
        with Server(**{**self.options, "webhook_retry": "1ms"}) as server:
            self.swap(server)
            with Receiver(lambda n: 400 if dead["on"] else 200) as receiver:
                self.add(receiver.url)
                self.upload("dead.txt")
                # 10 pauses, 16 thousand times 1 ms in all
                self.assertTrue(wait_until(
                    lambda: self.states()[receiver.url] == (0, 0, 1), 60))
                self.assertEqual(len(receiver.events), 11)
                listed = json.loads(self.tool("events", "--json"))
                self.assertEqual(
                    [(e["type"], e["state"], e["attempts"], e["error"])
                     for e in listed],
                    [("file.created", "dead", 11, "status 400")])
                self.assertIn("status 400", self.tool("events"))
                dead["on"] = False
                self.assertEqual(self.tool("replay", listed[0]["id"]),
                                 "1 events are sent again\n")
                self.assertTrue(receiver.wait(12))
                self.assertTrue(wait_until(
                    lambda: self.states()[receiver.url] == (0, 1, 0)))
                self.assertEqual(self.tool("replay", "--dead"),
                                 "0 events are sent again\n")


class Hanging:
    """Takes connections at an address and never answers."""

    def __init__(self, address="127.0.0.1"):
        self.held = []
        self.beside = []    # how many were there when each came
        self.listener = socket.create_server((address, 0), backlog=64)
        self.url = f"http://{address}:{self.listener.getsockname()[1]}/hook"
        self.thread = threading.Thread(target=self.take, daemon=True)
        self.thread.start()

    def take(self):
        with contextlib.suppress(OSError):
            while True:
                came = self.listener.accept()[0]
                self.beside.append(sum(map(self.is_open, self.held)))
                self.held.append(came)

    @staticmethod
    def is_open(connection):
        try:
            while connection.recv(1 << 16, socket.MSG_DONTWAIT):
                pass
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for connection in self.held:
            connection.close()


class ShareTest(WebhookTest):
    options = {"webhook_retry": "50ms", "webhook_timeout": "10m"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = add_account(cls.server, "other")

    def hanging(self, n):
        found = [Hanging(f"127.0.1.{i + 1}") for i in range(n)]
        for receiver in found:
            self.addCleanup(receiver.close)
            self.add(receiver.url)
        return found

    def upload_as(self, secret, name):
        answer = imagekit_upload(self.server, fileName=name,
                                 headers=basic(secret))
        self.assertEqual(answer.status, 200)

    @takes_long
    def test_receivers_that_hang_hold_up_nobody_else(self):
        slow = self.hanging(12)
        for i in range(6):
            self.upload(f"slow{i}.txt")
        # sixteen, and then one of each that has none
        held = lambda: sum(len(receiver.held) for receiver in slow)
        self.assertTrue(wait_until(lambda: held() >= 16))
        self.assertTrue(wait_until(lambda: all(r.held for r in slow)))
        with Receiver() as own, Receiver() as others:
            self.add(own.url)
            self.add(others.url, "--account", "other")
            for i in range(10):
                self.upload(f"own{i}.txt")
                self.upload_as(self.other[0], f"other{i}.txt")
            self.assertTrue(others.wait(10))
            self.assertTrue(own.wait(10))
        self.assertLessEqual(held(), 32)

    def test_one_host_does_not_have_all_of_an_account(self):
        slow = Hanging()
        self.addCleanup(slow.close)
        for i in range(10):
            self.add(f"{slow.url}/{i}")
        for i in range(4):
            self.upload(f"host{i}.txt")
        self.assertTrue(wait_until(lambda: len(slow.held) >= 8))
        with Receiver() as own:
            self.add(own.url)
            for i in range(10):
                self.upload(f"quick{i}.txt")
            self.assertTrue(own.wait(10))
        self.assertEqual(len(slow.held), 8)


class SuspectTest(WebhookTest):
    options = {"webhook_retry": "50ms", "webhook_timeout": "300ms"}

    def test_who_has_failed_gets_one_at_a_time(self):
        receiver = Hanging()
        self.addCleanup(receiver.close)
        self.add(receiver.url)
        for i in range(4):
            self.upload(f"s{i}.txt")
        self.assertTrue(wait_until(lambda: len(receiver.beside) >= 8))
        self.assertEqual(receiver.beside[-3:], [0, 0, 0])


class CommandTest(WebhookTest):
    def refused(self, status, *words):
        done = self.server.tool("webhooks", *words)
        self.assertEqual(done.returncode, status, done.stdout)
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.startswith("stowage: "), done.stderr)
        return done.stderr

    def test_wrong_words_are_named(self):
        nothing = "0" * 24
        for status, words, text in (
                *((1, ("add", url), "http(s)://HOST") for url in (
                    "ftp://x", "http:///", "https://?a", "http://u:p@x/",
                    "http://x/#a", "http://x:0/", "http://x:65536/",
                    "http://x y/", "http://x/\n", "http://x%2ey/",
                    "http://[::1/", "http://" + "x" * 2048)),
                (1, ("add", "http://x", "--event", "nope"), "nope"),
                (1, ("add", "http://x", "--secret", "short"), "secret"),
                (1, ("add", "http://x", "--account", "nobody"), "nobody"),
                (2, ("add",), "webhooks"), (2, (), "webhooks"),
                (2, ("explode",), "webhooks"),
                (2, ("remove", "x"), "not an ID"),
                (1, ("remove", nothing), nothing),
                (1, ("replay", nothing), nothing),
                (2, ("events", "--state", "odd"), "--state"),
                (2, ("events", "--limit", "0"), "--limit")):
            with self.subTest(words):
                self.assertIn(text, self.refused(status, *words))

    def test_secrets_are_shown_only_when_asked(self):
        made = self.add("http://127.0.0.1:9/")
        self.assertNotIn(made["secret"], self.tool("list"))
        self.assertNotIn(made["secret"], self.tool("list", "--json"))
        self.assertIn(made["secret"], self.tool("list", "--show"))

    def test_a_removed_webhook_takes_its_events_along(self):
        made = self.add("http://127.0.0.1:9/")
        self.upload("removed.txt")
        count = "SELECT COUNT(*) FROM event"
        self.assertNotEqual(rows(self.server, count), [(0,)])
        self.tool("remove", made["id"])
        self.assertTrue(wait_until(
            lambda: rows(self.server, count) == [(0,)]))
