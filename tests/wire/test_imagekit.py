# SPDX-License-Identifier: Apache-2.0
"""ImageKit's upload call and delivery, as its clients see them."""
import base64

import samples
from apis import (UUID, assert_file, assert_refused, basic, doors,
                  imagekit_upload)
from harness import WireTest, rows
from rawhttp import build, chunked, Connection, form, get_url, request

JPEG = samples.jpeg(40, 30)
PNG = samples.png(20, 10)
RANDOM_NAME = r"[A-Za-z0-9_-]{5,12}"


class UploadTest(WireTest):
    def upload(self, *args, **kwargs):
        response = imagekit_upload(self.server, *args, **kwargs)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def test_a_file_is_described_as_on_the_vendors_page(self):
        for door in doors("imagekit"):
            with self.subTest(door[0]):
                response = imagekit_upload(
                    self.server, (JPEG, "x.jpg", "image/jpg"), door=door,
                    fileName="my_file_name.jpg")
                self.assertEqual(response.status, 200, response)
                self.assertEqual(response["Content-Type"],
                                 "application/json; charset=utf-8")
                self.assertRegex(response["x-ik-requestid"], UUID)
                self.assertEqual(response["x-request-id"],
                                 response["x-ik-requestid"])
                self.check_description(response.json(), door)

    def check_description(self, body, door):
        self.assertRegex(body["fileId"], "^[0-9a-f]{24}$")
        self.assertRegex(body["name"], rf"^my_file_name_{RANDOM_NAME}\.jpg$")
        self.assertEqual(body["filePath"], "/" + body["name"])
        self.assertEqual(body["size"], len(JPEG))
        self.assertEqual((body["width"], body["height"]), (40, 30))
        self.assertEqual(body["fileType"], "image")
        self.assertIsNone(body["tags"])
        self.assertIs(body["isPrivateFile"], False)
        self.assertIsNone(body["customCoordinates"])
        base = {"root": self.server.url, "prefix": self.server.url,
                "host": "https://ik.imagekit.io",
                "host with port": "http://ik.imagekit.io:8080"}[door[0]]
        self.assertEqual(body["url"], base + "/default/" + body["name"])
        self.assertEqual(
            body["thumbnailUrl"],
            f"{base}/default/tr:n-ik_ml_thumbnail/{body['name']}")
        assert_file(self, get_url(self.server, body["url"]), JPEG,
                    "image/jpeg")

    def test_both_upload_paths_take_a_file_whatever_the_password(self):
        for path in ("/api/v1/files/upload", "/v1/files/upload",
                     "//v1/files/upload"):
            for password in ("", "do_not_set"):
                with self.subTest(path, password=password):
                    self.upload(path=path, fileName="a.txt",
                                headers=basic(self.server.secret, password))

    def test_the_key_may_come_without_its_colon(self):
        plain = base64.b64encode(self.server.secret.encode()).decode()
        self.upload(fileName="a.txt",
                    headers={"Authorization": "Basic " + plain})

    def test_text_in_the_file_field_is_base64(self):
        text = base64.b64encode(PNG).decode()
        lines = base64.encodebytes(PNG).decode()
        for name, value in (
                ("plain", text), ("lines", lines),
                ("crlf", lines.replace("\n", "\r\n")),
                ("no padding", text.rstrip("=")),
                ("data uri", "data:image/png;base64," + text)):
            with self.subTest(name):
                body = self.upload(value, fileName="b.png",
                                   useUniqueFileName="false")
                self.assertEqual(body["size"], len(PNG))
                self.assertEqual((body["width"], body["height"]), (20, 10))
                assert_file(self, get_url(self.server, body["url"]), PNG,
                            "image/png")

    def test_a_nameless_part_with_a_type_is_bytes_and_not_base64(self):
        body = self.upload((b"aGVsbG8=", None, "application/octet-stream"),
                           fileName="n.txt")
        self.assertEqual(body["size"], 8)

    def test_a_part_that_says_it_is_text_is_text(self):
        """.NET's StringContent, Symfony and Spring name the type of each
        field."""
        text = base64.b64encode(PNG).decode()
        for kind in ("text/plain", "Text/Plain; charset=utf-8",
                     'TEXT/PLAIN;charset="UTF-8"',
                     "text/plain ; format=flowed"):
            for value in (text, "data:image/gif;base64," + text,
                          base64.encodebytes(PNG).decode()):
                with self.subTest(kind, value=value[:20]):
                    head, body = form(("fileName", "t.bin", None, kind),
                                      ("file", value, None, kind),
                                      ("folder", "/text", None, kind))
                    body = body.replace(b'name="file"', b"name=file")
                    response = request(
                        self.server, "POST", "/api/v1/files/upload",
                        {**basic(self.server.secret), **head}, body)
                    self.assertEqual(response.status, 200, response)
                    self.assertEqual(response.json()["size"], len(PNG))
                    assert_file(self,
                                get_url(self.server, response.json()["url"]),
                                PNG, "image/png")
        # its type is not the file's
        body = self.upload((base64.b64encode(bytes(50)), None, "text/plain"),
                           fileName="noise")
        response = get_url(self.server, body["url"])
        self.assertEqual(response.body, bytes(50))
        self.assertEqual(response["Content-Type"], "application/octet-stream")
        # with a file name it is a file, whatever its type
        body = self.upload((text.encode(), "t.txt", "text/plain"),
                           fileName="t.txt")
        self.assertEqual(body["size"], len(text))

    def test_a_url_in_the_file_field_is_fetched(self):
        origin = self.origin()
        url = origin.add("/some/x.jpg", JPEG, "image/jpeg")
        body = self.upload(url, fileName="fetched.jpg")
        self.assertEqual((body["width"], body["height"]), (40, 30))
        assert_file(self, get_url(self.server, body["url"]), JPEG,
                    "image/jpeg")
        self.assertEqual(origin.seen, ["/some/x.jpg"])

    def test_a_redirect_of_an_allowed_host_to_itself_is_followed(self):
        origin = self.origin()
        origin.add("/end", b"text", "text/plain")
        url = origin.redirect("/start", "/end")
        body = self.upload(url, fileName="r.txt")
        self.assertEqual(body["size"], 4)

    def test_a_name_without_suffix_is_kept_and_a_second_file_is_version_2(self):
        first = self.upload((b"one", "x"), fileName="same.txt",
                            useUniqueFileName="false")
        self.assertEqual(first["name"], "same.txt")
        self.assertEqual(first["versionInfo"],
                         {"id": first["fileId"], "name": "Version 1"})
        second = self.upload((b"two", "x"), fileName="same.txt",
                             useUniqueFileName="false", tags="t")
        self.assertEqual(second["fileId"], first["fileId"])
        self.assertEqual(second["versionInfo"]["name"], "Version 2")
        self.assertNotEqual(second["versionInfo"]["id"], first["fileId"])
        self.assertEqual(second["tags"], ["t"])
        assert_file(self, get_url(self.server, first["url"]), b"two")
        third = self.upload((b"three", "x"), fileName="same.txt",
                            useUniqueFileName="false")
        self.assertIsNone(third["tags"])

    def test_overwrite_can_be_refused(self):
        fields = {"fileName": "once.txt", "useUniqueFileName": "false",
                  "overwriteFile": "false"}
        self.upload((b"one", "x"), **fields)
        with self.nothing_left():
            assert_refused(
                self, "imagekit",
                imagekit_upload(self.server, (b"two", "x"), **fields), 400,
                "^A file with the same name already exists at the exact "
                "location")
        assert_file(self, request(self.server, "GET", "/default/once.txt"),
                    b"one")

    def test_names_and_folders_are_cleaned(self):
        for name, folder, path in (
                ("my file é.jpg", None, "/my_file_é.jpg"),
                ("a&b?c#d%.txt", "/", "/a_b_c_d_.txt"),
                ("../../etc/passwd", None, "/.._.._etc_passwd"),
                ("x.txt", "/a//b/", "/a/b/x.txt"),
                ("x.txt", "p q/r", "/p_q/r/x.txt")):
            with self.subTest(name, folder=folder):
                body = self.upload((b"data " + name.encode(), "x"),
                                   fileName=name, folder=folder,
                                   useUniqueFileName="false")
                self.assertEqual(body["filePath"], path)
                self.assertEqual(body["name"], path.rsplit("/", 1)[1])
                self.assertNotRegex(body["url"], "[^!-~]")
                assert_file(self, get_url(self.server, body["url"]),
                            b"data " + name.encode())

    def test_every_field_of_the_page_is_answered(self):
        body = self.upload(
            (PNG, "x.png"), fileName="f.png", folder="/images/products/",
            tags="t-shirt, round-neck ,sale2019", isPrivateFile="true",
            customCoordinates="10,10,100,100",
            responseFields="tags,customCoordinates,isPrivateFile,metadata")
        self.assertEqual(body["tags"], ["t-shirt", "round-neck", "sale2019"])
        self.assertIs(body["isPrivateFile"], True)
        self.assertEqual(body["customCoordinates"], "10,10,100,100")
        self.assertTrue(body["filePath"].startswith("/images/products/f_"))
        metadata = body["metadata"]
        self.assertEqual((metadata["width"], metadata["height"],
                          metadata["size"], metadata["format"]),
                         (20, 10, len(PNG), "png"))

    def test_metadata_comes_only_when_asked_for(self):
        self.assertNotIn("metadata", self.upload((PNG, "x"), fileName="m.png"))

    def test_what_is_no_image_has_no_size_and_no_thumbnail(self):
        for name, data in (("d.pdf", samples.pdf()), ("t.txt", b"text"),
                           ("empty.bin", b"")):
            with self.subTest(name):
                body = self.upload((data, name), fileName=name)
                self.assertEqual(body["fileType"], "non-image")
                self.assertEqual(body["size"], len(data))
                self.assertFalse(
                    {"width", "height", "thumbnailUrl"} & set(body))
                assert_file(self, get_url(self.server, body["url"]), data)

    def test_a_chunked_form_is_taken(self):
        kind, data = form(("file", JPEG, "x.jpg"), ("fileName", "c.jpg"))
        pieces = [data[i:i + 100] for i in range(0, len(data), 100)]
        response = request(
            self.server, "POST", "/api/v1/files/upload",
            {**basic(self.server.secret), **kind,
             "Transfer-Encoding": "chunked"}, chunked(*pieces))
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response.json()["size"], len(JPEG))

    def test_bytes_arriving_one_by_one_give_the_same_file(self):
        kind, data = form(("fileName", "slow.png"), ("file", PNG, "x.png"),
                          boundary="--")
        sent = build("POST", "/v1/files/upload", self.server.authority,
                     {**basic(self.server.secret), **kind}, data)
        with Connection(self.server) as connection:
            for i in range(len(sent)):
                connection.send(sent[i:i + 1])
            response = connection.read()
        self.assertEqual(response.status, 200, response)
        assert_file(self, get_url(self.server, response.json()["url"]), PNG)

    def test_upload_is_preflighted_for_browsers(self):
        response = request(
            self.server, "OPTIONS", "/api/v1/files/upload",
            {"Origin": "http://app.test",
             "Access-Control-Request-Method": "POST"})
        self.assertIn(response.status, (200, 204))
        self.assertEqual(response["Access-Control-Allow-Origin"], "*")
        self.assertIn("POST", response["Access-Control-Allow-Methods"])


class DeliveryTest(WireTest):
    def setUp(self):
        body = imagekit_upload(self.server, (JPEG, "x"), fileName="pub.jpg",
                               useUniqueFileName="false").json()
        self.url = body["url"]

    def test_delivery_has_what_caches_and_browsers_need(self):
        for door in doors("imagekit"):
            with self.subTest(door[0]):
                response = request(self.server, "GET",
                                   door[1] + "/default/pub.jpg", door[2])
                assert_file(self, response, JPEG, "image/jpeg")
                self.assertIn("max-age=15552000", response["Cache-Control"])
                self.assertRegex(response["ETag"], '^"[^"]+"$')
                self.assertIsNotNone(response["Last-Modified"])
                self.assertEqual(response["Accept-Ranges"], "bytes")
                self.assertEqual(response["Access-Control-Allow-Origin"], "*")

    def test_unknown_query_keys_are_cache_busters(self):
        for query in ("?updatedAt=1", "?v=2&ik-sdk-version=js", "?"):
            with self.subTest(query):
                assert_file(self, get_url(self.server, self.url + query), JPEG)

    def test_attachment_is_offered_for_saving(self):
        response = get_url(self.server, self.url + "?ik-attachment=true")
        self.assertEqual(response["Content-Disposition"],
                         'attachment; filename="pub.jpg"')

    def test_a_private_file_answers_401_without_its_bytes(self):
        imagekit_upload(self.server, (JPEG, "x"), fileName="priv.jpg",
                        useUniqueFileName="false", isPrivateFile="true")
        for headers in ({}, {"x-api-key": self.server.public},
                        {"Range": "bytes=0-1"}, {"If-None-Match": "*"}):
            for _ in range(2):      # from the library, then from the cache
                for method in ("GET", "HEAD"):
                    response = request(self.server, method,
                                       "/default/priv.jpg", headers)
                    self.assertEqual(response.status, 401, response)
                    self.assertIsNone(response["ETag"])
                    self.assertNotIn(JPEG[:8], response.body)
        assert_refused(self, "imagekit",
                       request(self.server, "GET", "/default/priv.jpg"), 401,
                       delivery=True)

    def test_a_missing_file_says_enoent_as_text(self):
        response = request(self.server, "GET", "/default/none.jpg")
        assert_refused(self, "imagekit", response, 404, "^Not Found",
                       delivery=True)
        self.assertRegex(response["ik-error"], "^ENOENT - ")

    def test_transformations_are_not_silently_ignored(self):
        for path in ("/default/tr:w-10/pub.jpg", "/default/pub.jpg?tr=w-10"):
            with self.subTest(path):
                response = request(self.server, "GET", path)
                self.assertEqual(response.status, 200, response)
                self.assertNotEqual(response.body, JPEG)

    def test_unknown_routes_and_methods_are_refused_in_json(self):
        for method, path, statuses in (
                ("GET", "/imagekit/v1/nothing", (404,)),
                ("GET", "/v1/nothing", (404,)),
                ("GET", "/api/v1/files/upload", (404, 405)),
                ("PUT", "/api/v1/files/upload", (405,)),
                ("POST", "/v1/nothing", (404, 405)),
                ("POST", "/default/pub.jpg", (405,))):
            with self.subTest(path, method=method):
                response = request(self.server, method, path,
                                   basic(self.server.secret), b"")
                assert_refused(self, "imagekit", response)
                self.assertIn(response.status, statuses)
                self.assertEqual(response["Allow"] is not None,
                                 response.status == 405)

    def test_a_stored_page_cannot_run_in_our_origin(self):
        body = imagekit_upload(
            self.server, (b"<script>alert(1)</script>", "x", "text/html"),
            fileName="evil.html").json()
        response = get_url(self.server, body["url"])
        self.assertEqual(response.status, 200, response)
        self.assertEqual(response["X-Content-Type-Options"], "nosniff")
        self.assertIn("sandbox", response["Content-Security-Policy"])

    def test_files_survive_a_restart(self):
        data = samples.noise(300_000)
        big = imagekit_upload(self.server, (data, "x"),
                              fileName="big.bin").json()
        before = rows(self.server, "SELECT count(*) FROM file")
        self.server.restart()
        self.assertEqual(rows(self.server, "SELECT count(*) FROM file"),
                         before)
        path = big["url"].split("/", 3)[3]
        assert_file(self, request(self.server, "GET", "/" + path), data)
        assert_file(self, request(self.server, "GET", "/default/pub.jpg"),
                    JPEG)
