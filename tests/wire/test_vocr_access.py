# SPDX-License-Identifier: Apache-2.0
"""Whose text vOCR tells to whom: files that every API has stored, kept text or
not, by their key and by the URLs that lead to them."""
import contextlib
import hashlib
import os
import sqlite3

import ocr_pictures
from apis import (assert_refused, filestack_store, imagekit_upload, jigsawstack_read,
                  jigsawstack_upload, stashfyle_upload)
from filestack_policy import secure
from harness import WireTest
from ocr_pictures import Run
from policies import in_query, make
from rawhttp import form
from tenants import add_account, add_key
from vocr import ask, assert_answer, text_of


def note(*words):
    """A small picture of these lines."""
    return ocr_pictures.sheet(700, 60 + 80 * len(words), [
        [Run(40, 80 + 80 * i, text)] for i, text in enumerate(words)]).png()


class TextTest(WireTest):
    """Own URLs that are not JigsawStack's are fetched, as anybody's."""
    options = {"fetch_allow": "127.0.0.0/8"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = add_key(cls.server, api=["vocr"])

    def reads(self, text, who=None, **options):
        answer = assert_answer(self, ask(self.server, options, who=who))
        self.assertEqual(text_of(answer), text)

    def hides(self, text, status, who=None, **options):
        """Refused, and no word of it is told."""
        response = ask(self.server, options, who=who)
        assert_refused(self, "jigsawstack", response, status)
        for word in text.split():
            self.assertNotIn(word.encode(), response.body)

    def imagekit(self, text, name, **fields):
        response = imagekit_upload(
            self.server, (note(text), name), fileName=name,
            useUniqueFileName="false", **fields)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def store(self, text, key):
        response = jigsawstack_upload(self.server, key, note(text),
                                      overwrite="true")
        self.assertEqual(response.status, 200, response)
        return response.json()


class AccessTest(TextTest):
    def test_private_files_and_drafts_take_proof(self):
        for name, fields, text in (
                ("private.png", {"isPrivateFile": "true"}, "Concealed plans"),
                ("draft.png", {"isPublished": "false"}, "Unripe ideas")):
            with self.subTest(name):
                stored = self.imagekit(text, name, **fields)
                self.hides(text, 403, self.reader, file_store_key=name)
                self.hides(text, 400, url=stored["url"].split("?")[0])
                own = f"{self.server.url}/v1/store/file/read/{name}"
                self.hides(text, 403, self.reader, url=own)
                # also when it is known what it says
                self.reads(text, file_store_key=name)
                self.reads(text, url=own)
                self.hides(text, 403, self.reader, file_store_key=name)
                self.hides(text, 403, self.reader, url=own)
                self.hides(text, 400, url=stored["url"].split("?")[0])

    def version(self, stored):
        """The URL of a version that is not the newest any more."""
        text = stored["versionInfo"]["id"]
        mark = hashlib.sha256(text.encode()).hexdigest()[:8]
        return f"{stored['url'].split('?')[0]}?ik-obj-version={text}{mark}"

    def test_old_versions_are_read_as_what_they_are(self):
        name = "versions.png"
        first = self.imagekit("Earliest wording", name, isPrivateFile="true")
        self.reads("Earliest wording", file_store_key=name)
        second = self.imagekit("Former wording", name)
        self.reads("Former wording", self.reader, file_store_key=name)
        self.imagekit("Present wording", name)
        for who in (None, self.reader):
            self.reads("Present wording", who, file_store_key=name)
            self.hides("Earliest wording", 400, who, url=self.version(first))
            self.reads("Former wording", who, url=self.version(second))

    def test_files_of_others_are_not_there(self):
        stored = self.store("Belongs elsewhere", "theirs.png")
        self.reads("Belongs elsewhere", file_store_key="theirs.png")
        secret, public = add_account(self.server, "stranger")
        for who in (secret, add_key(self.server, account="stranger",
                                    api=["vocr"])):
            self.hides("Belongs elsewhere", 404, who,
                       file_store_key="theirs.png")
            self.hides("Belongs elsewhere", 404, who, url=stored["url"])
            for key in (self.server.secret, public, "pk_live_nobody"):
                response = ask(self.server, {
                    "url": f"{stored['url']}?x-api-key={key}"}, who=who)
                self.assertIn(response.status, (400, 404), response)
                self.assertNotIn(b"Belongs", response.body)

    def test_what_changes_between_two_calls(self):
        key = {"file_store_key": "changes.png"}
        self.store("First wording", "changes.png")
        self.reads("First wording", self.reader, **key)
        self.store("Second wording", "changes.png")
        self.reads("Second wording", self.reader, **key)
        self.imagekit("Third wording", "changes.png", isPrivateFile="true")
        self.hides("Third wording", 403, self.reader, **key)
        self.reads("Third wording", **key)
        self.hides("Third wording", 403, self.reader, **key)
        self.assertEqual(jigsawstack_read(
            self.server, "changes.png", method="DELETE").status, 200)
        self.hides("Third wording", 404, **key)
        self.hides("Third wording", 404, self.reader, **key)
        self.store("Fourth wording", "changes.png")
        self.reads("Fourth wording", self.reader, **key)

    def test_private_files_of_stashfyle(self):
        text = "Sealed envelope"
        stored = stashfyle_upload(self.server, (note(text), "seal.png"),
                                  private="true").json()
        plain = f"{self.server.url}/live/default/{stored['id']}/seal.png"
        for who in (None, self.reader):
            self.hides(text, 400, who, url=plain)
            self.hides(text, 404, who, file_store_key=stored["id"])


class ExpiredTest(TextTest):
    options = {"fetch_allow": "127.0.0.0/8", "sweep_interval": "1h"}

    def test_an_expired_file_is_told_of_no_more(self):
        text = "Overdue parcel"
        stored = stashfyle_upload(self.server, (note(text), "parcel.png"),
                                  folder="due", expires="1h").json()
        self.reads(text, url=stored["url"])
        self.server.stop()
        path = os.path.join(self.server.data, "stowage.db")
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            key, = db.execute("SELECT path FROM file WHERE expires_at "
                              "IS NOT NULL").fetchone()
        self.server.start()
        self.reads(text, file_store_key=key)
        self.server.stop()
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE file SET expires_at = 1 "
                       "WHERE expires_at IS NOT NULL")
        self.server.start()
        own = f"{self.server.url}/v1/store/file/read/{key}"
        for who in (None, self.reader):
            self.hides(text, 404, who, file_store_key=key)
            self.hides(text, 404, who, url=own)
        self.hides(text, 400, url=stored["url"].replace(
            stored["url"].split("/live/")[0], self.server.url))


class SecuredTest(TextTest):
    def test_a_secured_application_opens_by_policy(self):
        text = "Guarded ledger"
        stored = filestack_store(self.server, form(
            ("f", note(text), "ledger.png")), path="/ledger.png").json()
        secure(self.server)
        secret = self.server.secret
        url = f"{self.server.url}/{stored['handle']}"
        self.hides(text, 400, url=url)
        self.hides(text, 400, self.reader, url=url)
        for proof in (make(secret, "convert"), make(secret, "read",
                                                    handle="x" * 20),
                      make("another secret", "read"),
                      make(secret, "read", expiry=1)):
            self.hides(text, 400, url=in_query(url, proof))
        self.reads(text, url=in_query(url, make(secret, "read")))
        # now that it is known what it says
        self.hides(text, 400, url=url)
        # keys of JigsawStack's are asked what those open
        self.reads(text, file_store_key="ledger.png")
