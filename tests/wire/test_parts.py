# SPDX-License-Identifier: Apache-2.0
"""Parts of forms as clients of all ages write them: names, folds, no file."""
import base64
import json

import samples
from apis import (api_key, assert_refused, basic, bearer, filestack_store,
                  query)
from harness import WireTest
from rawhttp import get_url, request

# (the Content-Disposition behind `form-data`, the file's name)
NAMES = (
    (b'; name="file"; filename="a b.txt"', "a b.txt"),
    (b'; name="file"; filename=plain.txt', "plain.txt"),
    # Symfony up to 2021
    (b"; name=\"file\"; filename*=utf-8''\"%E4%B8%AD%E6%96%87.txt\"",
     "中文.txt"),
    # .NET: both, the star wins
    (b"; name=file; filename=\"=?utf-8?B?w6QudHh0?=\"; "
     b"filename*=utf-8''%C3%A4.txt", "ä.txt"),
    (b"; name=file; filename*=ISO-8859-1''%E4.txt", "ä.txt"),
    (b"; name=file; filename*=koi8-r''%E4.txt; filename=b.txt", "b.txt"),
    # browsers, curl, Windows
    (b'; name="file"; filename="a%22b.txt"', 'a"b.txt'),
    (b'; name="file"; filename="a\\"b.txt"', 'a"b.txt'),
    (b'; name="file"; filename="C:\\fakepath\\c.txt"', "c.txt"),
    (b'; name="file"; filename="/etc/../d.txt"', "d.txt"),
    ('; name="file"; filename="é.txt"'.encode(), "é.txt"),
    # in sections: Python's email, JavaMail
    (b'; name="file"; filename*0="a rather long"; filename*1=" name.txt"',
     "a rather long name.txt"),
    (b"; name=\"file\";\r\n filename*0*=utf-8''%C3%A4;\r\n filename*1*=.txt",
     "ä.txt"),
    # folded, by mail libraries
    (b';\r\n name="file";\r\n\tfilename="data taken\r\n from.txt"',
     "data taken from.txt"),
)


def one_part(disposition, content=b"hi", kind=b"application/octet-stream"):
    body = b"--X\r\nContent-Disposition: form-data" + disposition + \
        b"\r\nContent-Type: " + kind + b"\r\n\r\n" + content + b"\r\n" \
        b'--X\r\nContent-Disposition: form-data; name="fileName"\r\n\r\n' \
        b"f.txt\r\n--X--\r\n"
    return {"Content-Type": "multipart/form-data; boundary=X"}, body


class PartsTest(WireTest):
    def send(self, dialect, part):
        s, (kind, body) = self.server, part
        target, key = {
            "imagekit": ("/api/v1/files/upload", basic(s.secret)),
            "filestack": ("/api/store/S3?key=" + s.public, {}),
            "stashfyle": ("/v1/upload", bearer(s.secret)),
            "jigsawstack": ("/v1/store/file", api_key(s.secret))}[dialect]
        return request(s, "POST", target, {**key, **kind}, body)

    def test_names_are_what_clients_mean(self):
        for disposition, name in NAMES:
            with self.subTest(disposition):
                for dialect, member in (("stashfyle", "name"),
                                        ("filestack", "filename")):
                    response = self.send(dialect, one_part(disposition))
                    self.assertEqual(response.status, 200, response)
                    self.assertEqual(response.json()[member], name)
                    read = get_url(self.server, response.json()["url"])
                    self.assertEqual(read.body, b"hi")
                # the name is another field's there
                for dialect in ("imagekit", "jigsawstack"):
                    response = self.send(dialect, one_part(disposition))
                    self.assertEqual(response.status, 200, response)
                    self.assertEqual(response.json()["size"], 2)

    def test_names_that_nobody_can_read_are_refused(self):
        for disposition in (b'; name="file"; filename="\xe4.txt"',
                            b"; name=file; filename*=koi8-r''%E4.txt",
                            b"; name=file; filename*=utf-8''%E4.txt",
                            b"; name=file; filename*=utf-8''a%00b"):
            for dialect in ("imagekit", "filestack", "stashfyle",
                            "jigsawstack"):
                with self.subTest(disposition, dialect=dialect), \
                        self.nothing_left():
                    assert_refused(self, dialect, self.send(
                        dialect, one_part(disposition)), 400, "UTF-8")

    def coded(self, coding, content):
        return one_part(b'; name="file"; filename="a.bin"\r\n'
                        b"Content-Transfer-Encoding: " + coding, content)

    def test_a_part_in_base64_is_decoded(self):
        data = samples.noise(100_000)
        text = base64.encodebytes(data).replace(b"\n", b"\r\n")
        for dialect in ("imagekit", "filestack", "stashfyle", "jigsawstack"):
            for coding, sent, size in ((b"base64", text, len(data)),
                                       (b"BASE64", text, len(data)),
                                       (b"binary", text, len(text)),
                                       (b"base64", b"", 0)):
                with self.subTest(dialect, coding=coding, size=size):
                    response = self.send(dialect, self.coded(coding, sent))
                    self.assertEqual((response.status,
                                      response.json()["size"]), (200, size))
        response = self.send("filestack", self.coded(b"base64", text))
        self.assertEqual(get_url(self.server, response.json()["url"]).body,
                         data)

    def test_a_coding_that_is_not_read_is_refused(self):
        for dialect in ("imagekit", "filestack", "stashfyle", "jigsawstack"):
            for coding, sent in ((b"base64", b"aGk*"), (b"base64", b"aGkaa"),
                                 (b"quoted-printable", b"a=3D")):
                with self.subTest(dialect, sent=sent), self.nothing_left():
                    assert_refused(self, dialect, self.send(
                        dialect, self.coded(coding, sent)), 400)

    def test_the_message_head_is_not_unfolded(self):
        kind, body = one_part(b'; name="file"; filename="a"')
        kind["X-A"] = "b\r\n c"
        response = self.send("stashfyle", (kind, body))
        self.assertEqual(response.status, 400, response)

    def test_a_form_in_which_no_file_was_chosen_has_none(self):
        none = b'; name="file"; filename=""'
        for dialect, text in (("imagekit", "missing file"),
                              ("filestack", "no file"),
                              ("stashfyle", "file is required")):
            with self.subTest(dialect), self.nothing_left():
                assert_refused(self, dialect, self.send(
                    dialect, one_part(none, b"")), 400, text)
        # to whom an empty part is a file
        response = self.send("jigsawstack", one_part(none, b""))
        self.assertEqual((response.status, response.json()["size"]), (200, 0))

    def test_a_file_without_bytes_or_without_a_name_is_one(self):
        for dialect in ("imagekit", "filestack", "stashfyle", "jigsawstack"):
            with self.subTest(dialect):
                response = self.send(dialect, one_part(
                    b'; name="file"; filename="e.txt"', b""))
                self.assertEqual((response.status, response.json()["size"]),
                                 (200, 0))
        for dialect in ("imagekit", "filestack", "jigsawstack"):
            with self.subTest(dialect):
                response = self.send(dialect, one_part(
                    b'; name="file"; filename=""', b"x"))
                self.assertEqual((response.status, response.json()["size"]),
                                 (200, 1))

    def test_an_empty_url_is_no_file(self):
        s = self.server
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        command = {"Content-Type": "application/json"}
        for headers, body, more in (
                (form, b"url=", {}), (form, b"url", {}),
                (form, b"filename=a&url=", {}),
                (command, b'{"url":""}', {}),
                (command, b'{"url": "", "filename": "a"}', {}),
                ({}, b"", {"url": ""}), ({}, b"bytes", {"url": ""}),
                (form, b"url=", {"url": ""})):
            with self.subTest(body, more=more), self.nothing_left():
                assert_refused(self, "filestack", filestack_store(
                    s, (headers, body), **more), 400, "url must not be empty")
        url = self.origin().add("/a.txt", b"fetched", "text/plain")
        for headers, body, more in (
                (form, query("", url=url)[1:].encode(), {"url": ""}),
                (command, json.dumps({"url": url}).encode(), {"url": ""}),
                (form, b"url=", {"url": url})):
            response = filestack_store(s, (headers, body), **more)
            self.assertEqual(response.json()["size"], 7, response)
        # the text field of a form whose file was chosen
        kind, body = one_part(b'; name="file"; filename="a.txt"')
        body = body.replace(b"fileName", b"url").replace(b"f.txt\r\n", b"\r\n")
        response = filestack_store(s, (kind, body))
        self.assertEqual(response.json()["size"], 2, response)
