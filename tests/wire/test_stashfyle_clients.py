# SPDX-License-Identifier: Apache-2.0
"""StashFyle with clients as they are: curl, and Python's standard library."""
import email.message
import http.client
import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import samples
from harness import wait_until
from stashfyle import FIELDS, StashfyleTest

PNG = samples.png(5, 4)


class CurlTest(StashfyleTest):
    def curl(self, *words, key=None, sent=None):
        """(status, body) of one call; @folder@ has the files."""
        bearer = "Authorization: Bearer " + (key or self.server.secret)
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "--max-time", "20", "-H", bearer,
             "-w", "\n%{http_code}", *words], input=sent, capture_output=True,
            cwd=self.server.folder, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        body, status = done.stdout.rsplit(b"\n", 1)
        return int(status), body

    def save(self, name, data):
        with open(os.path.join(self.server.folder, name), "wb") as f:
            f.write(data)

    def test_a_file_lives_its_life(self):
        self.save("my photo.png", PNG)
        api = self.server.url + "/v1"
        status, body = self.curl(
            "-F", "file=@my photo.png", "-F", "folder=users/avatars", "-F",
            "private=true", "-F", "expires=7d", api + "/upload")
        file = json.loads(body)
        self.assertEqual((status, set(file)), (200, FIELDS))
        self.assertEqual(
            (file["name"], file["folder"], file["type"], file["size"],
             file["private"], file["url"]),
            ("my photo.png", "users/avatars", "image/png", len(PNG), True,
             None))
        status, body = self.curl(api + "/files?folder=users&limit=10")
        self.assertEqual(json.loads(body)["files"], [file])
        status, body = self.curl(
            "-X", "POST", "-d", '{"expires_in": 3600}',
            f"{api}/files/{file['id']}/signed-url")
        self.assertEqual(status, 200, body)
        link = json.loads(body)["url"]
        self.assertEqual(self.curl(link), (200, PNG))
        self.assertEqual(self.curl("-r", "0-3", link), (206, PNG[:4]))
        self.assertTrue(wait_until(lambda: json.loads(
            self.curl(api + "/usage")[1])["bandwidth_bytes"] ==
            len(PNG) + 4))
        gone = self.curl("-X", "DELETE", f"{api}/files/{file['id']}")
        self.assertEqual((gone[0], json.loads(gone[1])),
                         (200, {"success": True}))
        self.assertEqual(self.curl(link)[0], 404)

    def test_large_and_piped_uploads(self):
        """With Expect: 100-continue and, from stdin, chunked."""
        data = samples.noise(3_000_000)
        self.save("big.bin", data)
        for words, sent in ((("-F", "file=@big.bin"), None),
                            (("-F", "file=@-;filename=p.bin", "-H",
                              "Transfer-Encoding: chunked"), data)):
            status, body = self.curl(*words, self.server.url + "/v1/upload",
                                     sent=sent)
            self.assertEqual(status, 200, body)
            self.assertEqual(self.curl(json.loads(body)["url"]), (200, data))

    def test_names_with_quotes_come_through(self):
        self.save("plain", b"x")
        for name, sent in (('a"b.txt', 'a\\"b.txt'), ("ü ö.txt", "ü ö.txt")):
            status, body = self.curl(
                "-F", f'file=@plain;filename="{sent}"',
                self.server.url + "/v1/upload")
            self.assertEqual((status, json.loads(body)["name"]), (200, name))


class StandardLibraryTest(StashfyleTest):
    def urlopen(self, method, path, data=None, kind=None, key=None):
        """(status, headers, body)."""
        asked = urllib.request.Request(
            urllib.parse.urljoin(self.server.url, path), data, method=method)
        asked.add_header("Authorization",
                         "Bearer " + (key or self.server.secret))
        if kind:
            asked.add_header("Content-Type", kind)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(asked, timeout=20) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def form_of(self, **fields):
        """As programs write it by hand: no type for the file part."""
        boundary = "b0undary"
        text = ""
        for name, value in fields.items():
            text += f'--{boundary}\r\nContent-Disposition: form-data; ' \
                    f'name="{name}"\r\n\r\n{value}\r\n'
        body = text.encode() + \
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; ' \
            f'filename="r.png"\r\n\r\n'.encode() + PNG + \
            f"\r\n--{boundary}--\r\n".encode()
        return body, "multipart/form-data; boundary=" + boundary

    def test_urllib_gets_what_it_stored(self):
        status, _, body = self.urlopen("POST", "/v1/upload",
                                       *self.form_of(folder="r"))
        file = json.loads(body)
        self.assertEqual((status, file["type"], file["folder"]),
                         (200, "image/png", "r"))
        status, headers, body = self.urlopen("GET", file["url"])
        self.assertEqual((status, headers["Content-Type"], body),
                         (200, "image/png", PNG))
        status, _, body = self.urlopen("GET", "/v1/files?folder=r")
        self.assertEqual(json.loads(body),
                         {"files": [file], "has_more": False, "cursor": None})
        self.assertEqual(
            self.urlopen("DELETE", "/v1/files/" + file["id"])[0], 200)

    def test_urllib_gets_errors_as_json(self):
        for words, status, code in (
                (("GET", "/v1/files/f_none"), 404, "not_found"),
                (("POST", "/v1/upload", b"x", "text/plain"), 400,
                 "bad_request"),
                (("GET", "/v1/usage", None, None, "sk_live_nobody_at_all"),
                 401, "unauthorized")):
            got, headers, body = self.urlopen(*words)
            self.assertEqual((got, json.loads(body)["error"]["code"]),
                             (status, code))
            self.assertEqual(headers.get_content_type(), "application/json")

    def test_one_connection_carries_many_calls(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port,
                                                timeout=20)
        self.addCleanup(connection.close)
        headers = dict(self.secret)
        seen = set()
        for i in range(5):
            body, kind = self.form_of(expires=f"{i + 1}h")
            connection.request("POST", "/v1/upload", body,
                               {**headers, "Content-Type": kind})
            answer = connection.getresponse()
            self.assertIsInstance(answer.headers, email.message.Message)
            file = json.loads(answer.read())
            seen.add(file["id"])
            connection.request("POST", f"/v1/files/{file['id']}/signed-url",
                               json.dumps({"expires_in": 60}), headers)
            url = json.loads(connection.getresponse().read())["url"]
            connection.request("GET", url[len(self.server.url):])
            self.assertEqual(connection.getresponse().read(), PNG)
            connection.request("POST", "/v1/upload", b"bad", headers)
            answer = connection.getresponse()
            self.assertEqual(answer.status, 400)
            answer.read()
        self.assertEqual(len(seen), 5)
