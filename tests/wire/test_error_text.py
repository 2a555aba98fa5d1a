# SPDX-License-Identifier: Apache-2.0
"""Text that is no UTF-8, or that is cut within a character, on its way into an
answer: out of requests and out of damaged rows. Whatever comes in, what goes
out is whole UTF-8, and the server lives.
"""
import concurrent.futures
import contextlib
import hashlib
import hmac
import json
import os
import sqlite3
import time
import urllib.parse

from apis import (DIALECTS, api_key, assert_refused, basic, bearer,
                  imagekit_upload, query, stashfyle_id)
from harness import WireTest, wait_until
from rawhttp import form, request

E = "\u00e9"            # two bytes
FACE = "\U0001f600"     # four
BROKEN = ("%FF", "%C3", "%E2%82", "%ED%A0%80", "%C0%AF", "%F4%90%80%80",
          "a%FFb%FEc", "%FF" * 300, "%00", "%0D%0A", "%C2%85", "%E2%80%A8")


class ErrorTextTest(WireTest):
    def credentials(self, dialect):
        secret = self.server.secret
        return {"imagekit": basic(secret), "filestack": basic("app", secret),
                "stashfyle": bearer(secret),
                "jigsawstack": api_key(secret)}[dialect]

    def ask(self, dialect, method, target, headers=None, body=None):
        """The dialect's answer, whole: an answer in JSON is UTF-8."""
        response = request(
            self.server, method, f"/{dialect}{target}",
            {**self.credentials(dialect), **(headers or {})}, body)
        if (response["Content-Type"] or "").startswith("application/json"):
            response.json()
        elif response.status >= 400:
            response.body.decode("utf-8")
        return response

    def refused(self, dialect, response, text, status=400):
        assert_refused(self, dialect, response, status, text)

    # Sentences that show what was sent.

    def test_imagekit_shows_broken_and_cut_numbers(self):
        for name in ("skip", "limit"):
            for value, shown in (
                    ("%FF", "\ufffd"),
                    ("a%FFb", "a\ufffdb"),
                    ("%C3%A9%C3", E + "\ufffd"),
                    ("%ED%A0%80", "\ufffd\ufffd\ufffd"),
                    ("a%0D%0Ab", "a\ufffd\ufffdb"),
                    ("a%C2%85b", "a\ufffdb"),
                    (urllib.parse.quote("x" * 39 + E), "x" * 39),
                    (urllib.parse.quote("x" * 38 + E), "x" * 38 + E),
                    (urllib.parse.quote("x" * 37 + FACE), "x" * 37),
                    ("%80" * 60, "")):
                with self.subTest(name, value=value):
                    response = self.ask("imagekit", "GET",
                                        f"/v1/files?{name}={value}")
                    self.refused("imagekit", response, "")
                    self.assertIn(f" is {shown}.", response.json()["message"])

    def test_imagekit_shows_broken_and_cut_options_of_a_body(self):
        for body in (b'{"limit":["' + E.encode() * 40 + b'"]}',
                     b'{"skip":"' + b"x" * 39 + E.encode() + b'"}'):
            with self.subTest(body=body):
                self.refused("imagekit", self.ask(
                    "imagekit", "GET", "/v1/files",
                    {"Content-Type": "application/json"}, body), "")
        for body in (b'{"skip":"\xff"}', b'{"skip":"\\ud800"}',
                     b'{"skip":"a\\u0000b"}'):
            with self.subTest(body=body):      # no JSON, and not minded
                self.assertEqual(self.ask(
                    "imagekit", "GET", "/v1/files",
                    {"Content-Type": "application/json"}, body).status, 200)

    def test_imagekit_shows_broken_and_cut_names_of_a_search(self):
        for search in (f'"{"a" * 63}{E}" = "x"',
                       f'"{"a" * 61}{FACE}" = "x"',
                       f'"customMetadata.{"a" * 48}{E}" < true',
                       f'"customMetadata.{"a" * 48}{E}" IN "x"',
                       f'"{E * 300}" = 1'):
            with self.subTest(search):
                self.refused("imagekit", self.ask(
                    "imagekit", "GET", query("/v1/files", searchQuery=search)),
                    "^Invalid search query")
        for broken in BROKEN:
            for search in (broken, f'%22{broken}%22=1', f'name={broken}',
                           f'name=%22{broken}%22', f'size>{broken}',
                           f'%22customMetadata.{broken}%22%3Ctrue'):
                with self.subTest(search):
                    self.ask("imagekit", "GET",
                             f"/v1/files?searchQuery={search}")

    def test_imagekit_shows_a_used_token_without_cutting_a_character(self):
        token = "t" * 99 + E + "rest"
        expire = str(int(time.time()) + 1800)
        given = {"publicKey": self.server.public, "token": token,
                 "expire": expire, "signature": hmac.new(
                     self.server.secret.encode(), (token + expire).encode(),
                     hashlib.sha1).hexdigest()}
        answers = [imagekit_upload(
            self.server, fileName="once.txt",
            headers={"Authorization": None}, **given) for _ in range(2)]
        self.assertEqual(answers[0].status, 200, answers[0])
        self.refused("imagekit", answers[1], f"'{'t' * 99}' has been used")

    def test_every_dialect_shows_form_fields_without_cutting_a_character(self):
        targets = {"imagekit": "/api/v1/files/upload",
                   "filestack": f"/api/store/S3?key={self.server.public}",
                   "stashfyle": "/v1/upload", "jigsawstack": "/v1/store/file"}
        for dialect in DIALECTS:
            for name in ("n" * 63 + E, "n" * 61 + FACE, E * 100):
                for value in (b"\xff", b"v" * 65_537):
                    with self.subTest(dialect, name=name, value=value[:1]):
                        kind, body = form((name, value),
                                          ("file", b"x", "a.txt"))
                        self.refused(dialect, self.ask(
                            dialect, "POST", targets[dialect], kind, body),
                            "^The field \"[n\u00e9]{32,64}\" ")

    # Everything that takes text.

    def test_no_broken_text_of_a_request_is_left_without_an_answer(self):
        fields = {
            "imagekit": (
                "/v1/files?{}", "/v1/files?path={}", "/v1/files?name={}",
                "/v1/files?tags={}", "/v1/files?type={}", "/v1/files?sort={}",
                "/v1/files?fileType={}", "/v1/files/{}/details",
                "/v1/files/{}/versions/{}", "/v1/files/{}/metadata",
                "/v1/files/purge/{}", "/v1/metadata?url={}",
                "/v1/metadata?url=http://x/default/{}", "/v1/files/{}",
                "/v1/bulkJobs/{}", "/v1/customMetadataFields/{}",
                "/default/{}", "/default/tr:{}/a.txt", "/default/a.txt?tr={}",
                "/default/a.txt?ik-s={}&ik-t={}", "/{}/a.txt", "/v1/{}",
                "/default/once.txt?ik-attachment=true&ik-obj-version={}"),
            "filestack": (
                "/api/file/{}", "/{}", "/{}/{}", "/api/store/{}?key={}",
                "/api/store/S3?key={}", "/api/file/x?policy={}&signature={}",
                "/api/file/x?dl=true&filename={}", "/process/{}"),
            "stashfyle": (
                "/v1/files?limit={}", "/v1/files?cursor={}",
                "/v1/files?folder={}", "/v1/files/{}", "/live/default/{}/a",
                "/live/{}/x/{}", "/live/default/x/a?expires={}&signature={}",
                "/v1/files/{}/signed-url", "/v1/{}"),
            "jigsawstack": (
                "/v1/store/file/read/{}", "/v1/store/file/{}",
                "/v1/store/temp/{}/{}", "/v1/store/file?key={}",
                "/v1/store/file?key=a&overwrite={}", "/v1/ai/{}", "/{}"),
        }
        for dialect in DIALECTS:
            for target in fields[dialect]:
                for broken in BROKEN:
                    for method in ("GET", "DELETE", "POST"):
                        self.ask(dialect, method,
                                 target.replace("{}", broken),
                                 body=b"{}" if method == "POST" else None)
        self.alive()

    def test_no_broken_text_of_a_json_body_is_left_without_an_answer(self):
        targets = ("/v1/files/copy", "/v1/files/move", "/v1/files/purge",
                   "/v1/folder", "/v1/bulkJobs/copyFolder",
                   "/v1/bulkJobs/moveFolder", "/v1/files/addTags",
                   "/v1/files/batch/deleteByFileIds",
                   "/v1/customMetadataFields")
        names = ("sourceFilePath", "destinationPath", "sourceFolderPath",
                 "folderName", "parentFolderPath", "url", "tags", "fileIds",
                 "name", "label", "schema", "includeFileVersions")
        for target in targets:
            for text in (b'"\xff"', b'"\\ud800"', b'"\\u0000"', b'"\\u0085"',
                         json.dumps(E * 500).encode(),
                         json.dumps("a" + E * 500).encode(),
                         json.dumps("/" + "/".join([FACE] * 60)).encode()):
                for value in (text, b"[" + text + b"]", b"{" + text + b":1}"):
                    body = b"{" + b",".join(
                        b'"%s":%s' % (name.encode(), value)
                        for name in names) + b"}"
                    self.ask("imagekit", "POST", target,
                             {"Content-Type": "application/json"}, body)
        self.alive()

    def test_no_broken_header_is_left_without_an_answer(self):
        names = ("X-Request-Id", "Origin", "Referer", "Content-Type", "Range",
                 "If-None-Match", "If-Modified-Since", "Authorization",
                 "x-api-key", "User-Agent", "Accept", "Cookie", "X-Any")
        targets = {"imagekit": "/v1/files?skip=x",
                   "filestack": f"/api/store/S3?key={self.server.public}",
                   "stashfyle": "/v1/upload", "jigsawstack": "/v1/store/file"}
        for dialect in DIALECTS:
            for name in names:
                for value in ("\u0085", E, FACE, "x" * 254 + E,
                              "image/" + E, "multipart/form-data; boundary="
                              + E):
                    self.ask(dialect, "POST", targets[dialect], {name: value},
                             b"x")
        self.alive()

    # What a host says of itself goes into URLs.

    def test_a_host_that_is_no_ascii_makes_whole_answers(self):
        for host in (E, E + ".test:80", "x" * 200 + E):
            done = imagekit_upload(self.server, fileName="host.txt",
                                   headers={"Host": host})
            if done.status == 200:
                done.json()
            self.ask("stashfyle", "GET", "/v1/files", {"Host": host})
        self.alive()

    # Damaged rows.

    def damage(self, *statements):
        """Changes the database behind the server's back, while it is down."""
        self.server.stop()
        with contextlib.closing(sqlite3.connect(
                os.path.join(self.server.data, "stowage.db"))) as db, db:
            for sql in statements:
                db.execute(sql)
        self.server.start()

    def upload(self, folder, name="a.png"):
        done = imagekit_upload(self.server, fileName=name, folder=folder,
                               useUniqueFileName="false", tags="a,b")
        self.assertEqual(done.status, 200, done)
        return done.json()

    def everywhere(self, file):
        """The answers of all dialects to those who ask for the file."""
        path = urllib.parse.quote(file["filePath"])
        handle = stashfyle_id(file["fileId"])
        details = f"/v1/files/{file['fileId']}"
        version = file["versionInfo"]["id"]
        asked = (
            ("imagekit", "GET", details + "/details"),
            ("imagekit", "GET", details + "/metadata"),
            ("imagekit", "GET", details + "/versions"),
            ("imagekit", "GET", details + "/versions/" + version),
            ("imagekit", "GET",
             "/v1/files?type=all&path=" + path.rsplit("/", 1)[0]),
            ("imagekit", "GET", "/default" + path),
            ("imagekit", "GET", "/v1/metadata?url="
             + urllib.parse.quote(file["url"], safe="")),
            ("stashfyle", "GET", "/v1/files/" + handle),
            ("stashfyle", "POST", f"/v1/files/{handle}/signed-url"),
            ("stashfyle", "GET", f"/live/default/{handle}/x"),
            ("jigsawstack", "GET", "/v1/store/file/read" + path),
            ("imagekit", "PATCH", details + "/details"),
            ("imagekit", "POST", "/v1/files/addTags"),
            ("imagekit", "POST", "/v1/files/copy"),
            ("imagekit", "POST", "/v1/files/move"),
            ("jigsawstack", "POST",
             "/v1/store/file?overwrite=true&key=" + path[1:]),
            ("imagekit", "PUT", f"{details}/versions/{version}/restore"),
            ("imagekit", "DELETE", details))
        body = json.dumps({
            "description": "x", "fileIds": [file["fileId"]], "tags": ["c"],
            "sourceFilePath": file["filePath"], "destinationPath": "/to",
            "includeFileVersions": True}).encode()
        return [self.ask(dialect, method, target,
                         {"Content-Type": "application/json"},
                         None if method == "GET" else body)
                for dialect, method, target in asked]

    def test_damage_below_a_long_path_is_told_in_every_dialect(self):
        files = [self.upload(pad + "\u4e2d" * 60, f"{n}{E * 100}")
                 for pad in ("", "a", "aa") for n in (1, 22)]
        blob = "WHERE id = (SELECT blob_id FROM file WHERE id = X'%s')"
        self.damage(*(
            "UPDATE blob SET checksum = "
            + ("zeroblob(16) " if i % 2 else "X'00' ")
            + blob % file["fileId"] for i, file in enumerate(files)))
        for file in files:
            told = [a for a in self.everywhere(file) if a.status == 500]
            self.assertTrue(told)
            for answer in told:
                self.assertRegex(answer.body.decode(),
                                 "The (row|stored bytes) of")
        self.alive()

    def test_rows_whose_text_is_broken_are_answered_in_every_dialect(self):
        columns = ("path", "folder", "name", "type", "tags",
                   "custom_coordinates", "custom_metadata",
                   "embedded_metadata", "description", "provider",
                   "container")
        texts = ("61FF62", "C3", "", "5B22FF225D", "6D0D0A6E00")
        self.answered([(column, f"CAST(X'{text}' || substr(id, 1, "
                        f"{column == 'path'}) AS TEXT)")
                       for column in columns for text in texts])

    def test_rows_whose_numbers_are_impossible_are_answered(self):
        columns = ("origin", "access", "public_key", "created_at",
                   "updated_at", "expires_at", "version_number",
                   "last_number", "older_versions", "size", "width",
                   "height", "has_alpha", "content_at", "published")
        self.answered([(column, number) for column in columns
                       for number in (-1, -2**63, 2**63 - 1)])

    def answered(self, damages):
        """The damages are changes of one column of a file each."""
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            files = list(pool.map(self.upload, (
                f"broken{i}" for i in range(len(damages)))))
            self.damage(*(
                f"UPDATE file SET {column} = {value} "
                f"WHERE id = X'{file['fileId']}'"
                for file, (column, value) in zip(files, damages)))
            list(pool.map(self.everywhere, files))
        for dialect, target in (("imagekit", "/v1/files?type=all&limit=1000"),
                                ("stashfyle", "/v1/files?limit=100")):
            self.ask(dialect, "GET", target)
        self.alive()

    def test_rows_beside_the_files_whose_text_is_broken_are_answered(self):
        hook = self.server.tool("webhooks", "add", "http://127.0.0.1:9/")
        self.assertEqual(hook.returncode, 0, hook.stderr)
        self.addCleanup(self.server.tool, "webhooks", "remove",
                        hook.stdout.split("id")[1].split()[0])
        file = self.upload("rows")
        kind = {"Content-Type": "application/json"}
        for name in ("one", "two", "three"):
            made = self.ask(
                "imagekit", "POST", "/v1/customMetadataFields", kind,
                json.dumps({"name": name, "label": name,
                            "schema": {"type": "Text"}}).encode())
            self.assertEqual(made.status, 201, made)
        self.ask("imagekit", "POST", "/v1/folder", kind,
                 b'{"folderName":"empty","parentFolderPath":"/rows"}')
        text = "CAST(X'61FF62' AS TEXT)"
        self.damage(
            f"UPDATE custom_field SET name = {text} WHERE name = 'one'",
            f"UPDATE custom_field SET label = {text} WHERE name = 'two'",
            f"UPDATE custom_field SET definition = {text} "
            "WHERE name = 'three'",
            f"UPDATE folder SET path = {text}, name = {text} "
            "WHERE path = 'rows/empty'",
            f"UPDATE webhook SET events = {text}",
            "UPDATE event SET attempts = -9, next_at = 0, "
            f"last_error = {text}",
            f"UPDATE purge_request SET url = {text}")
        self.assertTrue(wait_until(
            lambda: "An event row is damaged" in self.server.log()))
        for target in ("/v1/customMetadataFields", "/v1/files?path=/rows",
                       "/v1/files?type=folder&path=/rows",
                       "/v1/files?type=folder"):
            self.ask("imagekit", "GET", target)
        self.ask("imagekit", "PATCH", f"/v1/files/{file['fileId']}/details",
                 kind, b'{"customMetadata":{"two":"x","three":"y"}}')
        for words in (("webhooks", "list", "--json"),
                      ("webhooks", "events", "--state=waiting", "--json"),
                      ("keys", "list", "--json"), ("fsck",)):
            done = self.server.tool(*words)
            self.assertIn(done.returncode, (0, 1), done.stderr)
        self.alive()

    def test_a_job_of_an_unknown_kind_or_state_is_damaged(self):
        damages = (("kind", 0), ("kind", 77), ("kind", -1), ("state", 77),
                   ("state", -1))
        self.upload("jobs")
        jobs = []
        for i in range(len(damages)):
            made = self.ask("imagekit", "POST", "/v1/bulkJobs/copyFolder",
                            {"Content-Type": "application/json"}, json.dumps({
                                "sourceFolderPath": "/jobs",
                                "destinationPath": f"/copies{i}"}).encode())
            jobs.append("/v1/bulkJobs/" + made.json()["jobId"])
            self.assertTrue(wait_until(lambda: self.ask(
                "imagekit", "GET", jobs[-1]).json()["status"] == "Completed"))
        self.damage(*(
            f"UPDATE job SET {column} = {number} "
            f"WHERE id = X'{job.rsplit('/', 1)[1]}'"
            for job, (column, number) in zip(jobs, damages)))
        for job in jobs:
            self.refused("imagekit", self.ask("imagekit", "GET", job),
                         "damaged", 500)

    def alive(self):
        response = request(self.server, "GET", "/healthz")
        self.assertEqual(response.status, 200, response)

