# SPDX-License-Identifier: Apache-2.0
"""ImageKit's delivery URLs: signatures, private files, drafts, old versions,
and the two switches of an account."""
import hashlib
import hmac
import json
import time

from apis import (assert_refused, basic, jigsawstack_read,
                  jigsawstack_upload)
from harness import Server, wait_until
from imagekit import ImageKitTest
from rawhttp import request
from tenants import add_key, revoke_key

SECRET = "private_x"
# What the vendor's clients signed with this key: the signed part, the
# signature, and the target that they make of it.
VECTORS = (
    ("/demo/tr:w-400:rt-91/sample/testing-file.jpg?v=1+2&ik-s=",
     "ed99e6c31374b6aac3efee2675ea81a6221f8902", 415),
    ("/demo/sample/testing-file.jpg?param1=123&ik-s=",
     "459fea550cccb39fd69afe1c83e6f10605c92bd4", 200),
    ("/demo/a/b.jpg?v=1&tr=w-1&ik-s=",
     "f65d6df00e9dcc8704164d3d77502158dc8cbb55", 415),
    ("/demo/a.jpg?tr=l-text,ie-SGksIHRoZXJl,lx-10,lfo-top,fs-20,l-end:l-image,"
     "i-f@@l.png,l-end&ik-s=",
     "8613984c1be1893609e511b7e52754951be5e334", 404),
    ("/demo/my%20image%20%C3%A9.jpg?ik-s=",
     "451d1eb9cfdae5dc895175b92bba5511bd93f153", 200),
    ("/demo/my%20image%20%C3%A9.jpg?ik-s=",
     "813c165620ee9b3b55a0994dfb93cff92252660f", 200),
    ("/demo/my%20image%20%C3%A9.jpg?ik-s=",
     "dd4d2d4bfb9cb3964daadc5a06810b60365f3f50", 200),
    ("/demo//my%20image%20%C3%A9.jpg?ik-s=",
     "b9deea09b138b367820ecbf12b578a29b17069ab", 200),
    ("/demo//sample/testing-file.jpg%3Fparam1=123?ik-s=",
     "a564f06cf516362b0269a26c5837d0d2333f6a20", 200),
)
FOREVER = "9999999999"


class DemoServer(Server):
    def __init__(self, **options):
        super().__init__(**options)
        self.account, self.secret = "demo", SECRET


def signature(path, expiry=FOREVER, key=SECRET):
    return hmac.new(key.encode(), (path + expiry).encode(),
                    hashlib.sha1).hexdigest()


class DeliveryTest(ImageKitTest):
    server_class = DemoServer

    def get(self, target, headers=None, method="GET"):
        return request(self.server, method, target, headers)

    def assert_text(self, response, status, code, text=None):
        self.assertEqual(response.status, status, response)
        self.assertTrue(response["Content-Type"].startswith("text/plain"))
        self.assertTrue(response["ik-error"].startswith(code + " - "))
        if text:
            self.assertEqual(response.body.decode(), text)


class SignatureTest(DeliveryTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for path in ("sample/testing-file.jpg", "a/b.jpg", "a.jpg",
                     "my image é.jpg", "sample/testing-file.jpg?param1=123"):
            response = jigsawstack_upload(cls.server, path, b"original")
            assert response.status == 200, response

    def test_what_the_vendors_clients_sign_opens(self):
        for target, mac, status in VECTORS:
            with self.subTest(target, mac=mac):
                response = self.get(target + mac)
                self.assertEqual(response.status, status, response)
                if status == 200:
                    self.assertEqual(response.body, b"original")
                    self.assertEqual(response["Cache-Control"],
                                     "private, no-store")

    def test_nothing_that_was_altered_opens(self):
        for target, mac, _ in VECTORS:
            plain = target.removesuffix("ik-s=").rstrip("?&")
            wrong = [plain, target + mac[:-1], target + mac + "0",
                     target + mac.upper(), target + "0" * 40,
                     target + mac[:-1] + ("0" if mac[-1] != "0" else "1"),
                     target.replace("ik-s=", "x=1&ik-s=") + mac,
                     target + mac + "&ik-t=" + str(int(time.time()) + 99)]
            for one in wrong:
                with self.subTest(one):
                    self.assert_text(self.get(one), 401, "EACCES")

    def test_what_is_not_signed_says_nothing(self):
        """A second expiry or signature is left out of what is compared."""
        mac = signature("a/b.jpg?tr=w-1")
        for name in ("ik-s", "ik-t"):
            for hidden in ("x?tr=orig-true", "?tr=orig-true", "x", "", FOREVER,
                           mac):
                for query in (f"tr=w-1&{name}={hidden}&ik-t={FOREVER}"
                              f"&ik-s={mac}",
                              f"tr=w-1&ik-s={mac}&{name}={hidden}"
                              f"&ik-t={FOREVER}",
                              f"tr=w-1&ik-t={FOREVER}&ik-s={mac}"
                              f"&{name}={hidden}"):
                    with self.subTest(query):
                        self.assert_text(self.get("/demo/a/b.jpg?" + query),
                                         401, "EACCES")
        mac = signature("tr:w-1/a/b.jpg")
        self.assertEqual(self.get(
            f"/demo/tr:w-1/a/b.jpg?ik-s={mac}").status, 415)
        self.assertEqual(self.get(
            f"/demo/tr:w-1/a/b.jpg?ik-s=?tr=orig-true&ik-s={mac}").status, 401)

    def test_an_expiry_is_kept(self):
        now = int(time.time())
        path = "a/b.jpg"
        for until, status in ((now + 60, 200), (now - 1, 401),
                              (FOREVER, 200), ("", 401), ("x", 401),
                              ("-1", 401), ("9" * 30, 401)):
            mac = signature(path, str(until))
            for query in (f"ik-t={until}&ik-s={mac}",
                          f"ik-s={mac}&ik-t={until}"):
                with self.subTest(query):
                    self.assertEqual(self.get(f"/demo/{path}?{query}").status,
                                     status)

    def test_a_url_opens_through_the_second_that_it_names(self):
        """rclone signs with the second that it is."""
        def asked():
            now = int(time.time())
            mac = signature("a/b.jpg", str(now))
            status = self.get(f"/demo/a/b.jpg?ik-t={now}&ik-s={mac}").status
            return status if int(time.time()) == now else None
        self.assertEqual(wait_until(asked), 200)

    def test_an_expiry_cannot_borrow_digits_from_the_url(self):
        past = str(int(time.time()) - 100)
        mac = signature("a/b.jpg?v=1", past)
        for query in (f"v=1&ik-t={past}", f"v=&ik-t=1{past}"):
            self.assertEqual(
                self.get(f"/demo/a/b.jpg?{query}&ik-s={mac}").status, 401)

    def test_a_wrong_signature_opens_no_public_file_either(self):
        self.upload("public.txt")
        for query, status in (
                ("", 200), ("?ik-t=1", 200), ("?x-ik-s=1", 200),
                ("?ik-s=" + signature("public.txt"), 200),
                ("?ik-s=", 401), ("?ik-s=" + "0" * 40, 401),
                ("?ik-t=1600000000&ik-s="
                 + signature("public.txt", "1600000000"), 401)):
            with self.subTest(query):
                response = self.get("/demo/public.txt" + query)
                self.assertEqual(response.status, status, response)
        self.assert_text(self.get("/demo/none.txt?ik-s=" + "0" * 40), 401,
                         "EACCES")

    def test_a_revoked_key_has_signed_nothing(self):
        key = add_key(self.server, "secret", "demo")
        target = "/demo/a/b.jpg?ik-s=" + signature("a/b.jpg", key=key)
        self.assertEqual(self.get(target).status, 200)
        revoke_key(self.server, key)
        self.assertEqual(self.get(target).status, 401)

    def test_any_order_and_place_of_the_parameters_will_do(self):
        mac = signature("a/b.jpg?v=1&w=2")
        for query in (f"v=1&w=2&ik-s={mac}", f"ik-s={mac}&v=1&w=2",
                      f"v=1&ik-s={mac}&w=2", f"ik-t={FOREVER}&v=1&w=2&ik-s="
                      + mac):
            self.assertEqual(self.get("/demo/a/b.jpg?" + query).status, 200)

    def test_prefix_and_vendor_host_cut_to_the_same(self):
        mac = signature("a/b.jpg")
        self.assertEqual(
            self.get(f"/imagekit/demo/a/b.jpg?ik-s={mac}").status, 200)
        self.assertEqual(self.get(f"/demo/a/b.jpg?ik-s={mac}",
                                  {"Host": "ik.imagekit.io"}).status, 200)
        for host in ("ik.imagekit.io", self.server.authority):
            self.assertEqual(self.get(
                f"http://{host}/demo/a/b.jpg?ik-s={mac}").status, 200)

    def test_another_accounts_key_signs_nothing_here(self):
        mac = signature("a/b.jpg", key="private_y")
        self.assertEqual(self.get(f"/demo/a/b.jpg?ik-s={mac}").status, 401)

    def test_a_long_url_is_refused_quickly(self):
        mac = signature("a/b.jpg")
        self.assertEqual(self.get("/demo/a/b.jpg?x=" + "y" * 7000 +
                                  "&ik-s=" + mac).status, 401)


class OriginalTest(DeliveryTest):
    def test_public_files_are_cached_and_ranges_are_served(self):
        file = self.upload("open.txt", ("0123456789", "x"))
        response = self.get("/demo/open.txt?ik-sdk-version=javascript-1.2.0&x")
        self.assertEqual((response.status, response.body),
                         (200, b"0123456789"))
        self.assertEqual(response["Cache-Control"], "public, s-maxage=15552000"
                         ", max-age=15552000, must-revalidate")
        self.assertEqual(response["Accept-Ranges"], "bytes")
        part = self.get("/demo/open.txt", {"Range": "bytes=2-4"})
        self.assertEqual((part.status, part.body), (206, b"234"))
        self.assertEqual(self.get("/demo/open.txt", {
            "Range": "bytes=10-"}).status, 416)
        for headers, status in (
                ({"If-None-Match": response["ETag"]}, 304),
                ({"If-None-Match": '"other"'}, 200),
                ({"If-Modified-Since": response["Last-Modified"]}, 304),
                ({"If-Match": '"other"'}, 412),
                ({"Range": "bytes=0-1", "If-Range": response["ETag"]}, 206),
                ({"Range": "bytes=0-1", "If-Range": '"other"'}, 200)):
            with self.subTest(headers):
                self.assertEqual(self.get("/demo/open.txt", headers).status,
                                 status)
        self.assertEqual(self.get("/demo/open.txt", method="HEAD")
                         ["Content-Length"], "10")
        for target in ("/demo/tr:orig-true/open.txt",
                       "/demo/open.txt?tr=orig-true"):
            self.assertEqual(self.get(target).body, b"0123456789")
        # describing a file does not change what was delivered
        self.ok("PATCH", f"/v1/files/{file['fileId']}/details", {"tags": ["x"]})
        again = self.get("/demo/open.txt")
        self.assertEqual((again["ETag"], again["Last-Modified"]),
                         (response["ETag"], response["Last-Modified"]))

    def test_an_attachment_is_named(self):
        self.upload("save.txt")
        self.assertEqual(self.get("/demo/save.txt?ik-attachment=true")
                         ["Content-Disposition"],
                         'attachment; filename="save.txt"')
        self.assertIsNone(self.get("/demo/save.txt?ik-attachment=false")
                          ["Content-Disposition"])

    def test_what_is_missing_is_told_as_text(self):
        self.assert_text(self.get("/demo/nothing.txt"), 404, "ENOENT",
                         "Not Found")
        response = self.get("/nobody/nothing.txt", basic(SECRET))
        self.assertEqual(response.status, 404)

    def test_transformations_are_read_wherever_they_stand(self):
        self.upload("pixels.txt", folder="/deep")
        for target in ("/demo/tr:w-1/deep/pixels.txt",
                       "/demo/deep/tr:w-1/pixels.txt",
                       "/demo/deep/tr%3Aw-1/pixels.txt",
                       "/demo/deep/pixels.txt?tr=w-1",
                       "/demo/tr:n-ik_ml_thumbnail/deep/pixels.txt"):
            with self.subTest(target):
                self.assert_text(self.get(target), 415, "UNIDENTIFIED")

    def test_a_url_means_the_first_of_its_readings_that_is_there(self):
        self.upload("seen.txt", folder="/read")
        self.upload("bare", folder="/read")
        for target in ("/demo/tr:orig-true/read/seen.txt",
                       "/demo/read/tr:orig-true/seen.txt",
                       "/demo/read/tr%3Aorig-true/seen.txt",
                       "/demo/read/seen.txt/tr:orig-true",
                       "/demo/read/tr:orig-true//seen.txt",
                       "/demo/read/tr:foo-bar,w-,/seen.txt",
                       "/demo/read/seen.txt?tr=w-1&tr=orig-true",
                       "/demo/read/seen.txt?v=1?tr=orig-true",
                       "/demo/ik-seo/read/seen/a-name.txt",
                       "/demo/tr:orig-true/ik-seo/read/seen/a-name.txt",
                       "/demo/ik-seo/read/tr:orig-true/bare/a-name.jpg"):
            with self.subTest(target):
                response = self.get(target)
                self.assertEqual((response.status, response.body),
                                 (200, b"hello"))
        for target in ("/demo/read/seen.txt/ik-master.m3u8?tr=sr-240",
                       "/demo/read/seen.txt?tr=e-bgremove"):
            with self.subTest(target):
                self.assert_text(self.get(target), 501, "ENOTSUP")
        for target in ("/demo/read/seen.txt/ik-thumbnail.jpg",
                       "/demo/read/seen.txt/tr:w-1",
                       "/demo/read/seen.txt?v=1&amp;tr=w-1"):
            with self.subTest(target):
                self.assert_text(self.get(target), 415, "UNIDENTIFIED")
        for target in ("/demo/read/none.txt/ik-thumbnail.jpg",
                       "/demo/ik-seo/read/none/seen.txt",
                       "/demo/read/none.txt/tr:w-1"):
            with self.subTest(target):
                self.assert_text(self.get(target), 404, "ENOENT")

    def test_a_signature_is_of_the_url_and_not_of_what_it_means(self):
        self.upload("shut.txt", folder="/seal", isPrivateFile="true")
        for path in ("ik-seo/seal/shut/a-name.txt",
                     "tr:orig-true/seal/shut.txt",
                     "seal/shut.txt/tr:orig-true",
                     "tr:q-auto/ik-seo/seal/shut/a-name.txt"):
            with self.subTest(path):
                self.assertEqual(self.get("/demo/" + path).status, 401)
                self.assertEqual(self.get(
                    f"/demo/{path}?ik-s=" + signature(path)).body, b"hello")
        self.assertEqual(self.get(
            "/demo/ik-seo/seal/shut/a-name.txt?ik-s=" + signature(
                "seal/shut.txt")).status, 401)

    def test_an_empty_transformation_is_none(self):
        self.upload("same.txt")
        for target in ("/demo/tr:/same.txt", "/demo/same.txt?tr="):
            self.assertEqual(self.get(target).body, b"hello")
        self.upload("hidden.txt", isPrivateFile="true")
        for target in ("/demo/tr:/hidden.txt", "/demo/hidden.txt?tr="):
            self.assertEqual(self.get(target).status, 401)

    def test_slashes_and_dots_lead_nowhere_else(self):
        self.upload("near.txt", folder="/inside")
        for target, status in (
                ("/demo//inside/near.txt", 200),
                ("/demo/inside/near.txt/", 200),
                ("/demo/inside%2Fnear.txt", 200),
                ("/demo/inside//near.txt", 404),
                ("/demo/inside/../inside/near.txt", 404),
                ("/demo/%2E%2E/demo/inside/near.txt", 404),
                ("/demo/inside/near.txt%00", 404)):
            with self.subTest(target):
                self.assertEqual(self.get(target).status, status)

    def test_private_files_take_a_signature(self):
        self.upload("secret.txt", isPrivateFile="true")
        for target, status in (
                ("/demo/secret.txt", 401), ("/demo/secret.txt?tr=w-1", 401),
                ("/demo/tr:w-1/secret.txt", 401),
                ("/demo/tr:orig-true/secret.txt", 401),
                ("/demo/tr:n-named,w-100/secret.txt", 401),
                ("/demo/tr:n-named:w-100/secret.txt", 401),
                ("/demo/tr:n-named:/secret.txt", 401),
                ("/demo/tr:n-named/secret.txt", 400),
                ("/demo/tr:n-ik_ml_thumbnail/secret.txt", 415)):
            with self.subTest(target):
                response = self.get(target)
                self.assertEqual(response.status, status, response)
                self.assertNotIn(b"hello", response.body)
        self.assertEqual(self.get("/demo/secret.txt?ik-s=" + signature(
            "secret.txt")).body, b"hello")

    def test_drafts_are_not_there_unless_signed(self):
        self.upload("draft.txt", isPublished="false")
        self.assert_text(self.get("/demo/draft.txt"), 404, "ENOENT",
                         "Not Found")
        signed = self.get("/demo/draft.txt?ik-s=" + signature("draft.txt"))
        self.assertEqual((signed.status, signed.body), (200, b"hello"))
        self.assertEqual(signed["Cache-Control"], "private, no-store")

    def test_old_versions_are_delivered_by_their_name(self):
        big = "v1" * 100000
        first = self.upload("ver.txt", (big, "x"))
        self.upload("ver.txt", ("two", "x"))
        text = first["versionInfo"]["id"]
        name = text + hashlib.sha256(text.encode()).hexdigest()[:8]
        target = "/demo/ver.txt?ik-obj-version="
        old = self.get(target + name)
        self.assertEqual((old.status, old.body), (200, big.encode()))
        self.assertEqual(self.get(target + name, {"Range": "bytes=0-1"}).body,
                         b"v1")
        row = self.list(searchQuery='type = "file-version" AND '
                        'name = "ver.txt"')[0]
        self.assertIn(name, row["url"])
        self.assertEqual(self.get("/demo/ver.txt").body, b"two")
        for wrong in (text, name[:-1] + "x", "0" * 32, ""):
            with self.subTest(wrong):
                self.assert_text(self.get(target + wrong), 404, "ENOENT",
                                 "Not Found")

    def test_a_version_that_was_private_stays_so(self):
        first = self.upload("was.txt", isPrivateFile="true")
        self.upload("was.txt", ("open now", "x"))
        text = first["versionInfo"]["id"]
        name = text + hashlib.sha256(text.encode()).hexdigest()[:8]
        self.assertEqual(self.get("/demo/was.txt").body, b"open now")
        target = "was.txt?ik-obj-version=" + name
        self.assertEqual(self.get("/demo/" + target).status, 401)
        self.assertEqual(self.get(f"/demo/{target}&ik-s="
                                  + signature(target)).body, b"hello")


    def test_an_old_version_is_no_more_open_than_the_file(self):
        for name, change in (
                ("turned.txt", lambda _: self.upload(
                    "turned.txt", ("new", "x"), isPrivateFile="true")),
                ("unpub.txt", lambda file: self.ok(
                    "PATCH", f"/v1/files/{file['fileId']}/details",
                    {"publish": {"isPublished": False}}))):
            first = self.upload(name, ("old", "x"))
            self.upload(name, ("middle", "x"))
            text = first["versionInfo"]["id"]
            target = (name + "?ik-obj-version=" + text +
                      hashlib.sha256(text.encode()).hexdigest()[:8])
            self.assertEqual(self.get("/demo/" + target).body, b"old")
            change(first)
            closed = self.get("/demo/" + name)
            self.assertIn(closed.status, (401, 404))
            self.assertEqual(self.get("/demo/" + target).status, closed.status)
            self.assertEqual(self.get(f"/demo/{target}&ik-s="
                                      + signature(target)).body, b"old")


class SwitchTest(DeliveryTest):
    def switch(self, name, state):
        done = self.server.tool("accounts", "set", "demo", name, state)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_unsigned_urls_can_be_restricted(self):
        self.upload("switch.txt")
        self.assertEqual(self.get("/demo/switch.txt").status, 200)
        self.switch("--restrict-unsigned-urls", "on")
        self.assertTrue(wait_until(
            lambda: self.get("/demo/switch.txt").status == 401, 2))
        signed = "/demo/switch.txt?ik-s=" + signature("switch.txt")
        self.assertEqual(self.get(signed).status, 200)
        shown = json.loads(self.server.tool(
            "accounts", "list", "--json").stdout)[0]
        self.assertIs(shown["restrict_unsigned_urls"], True)
        for target in ("/demo/none.txt", "/demo/switch.txt?tr=n-x",
                       "/demo/switch.txt?ik-attachment=true"):
            self.assertEqual(self.get(target).status, 401, target)
        # the secret key proves more than a signature does
        read = jigsawstack_read(self.server, "switch.txt")
        self.assertEqual(read.status, 200, read)
        self.switch("--restrict-unsigned-urls", "off")
        self.assertTrue(wait_until(
            lambda: self.get("/demo/switch.txt").status == 200, 2))

    def test_unnamed_transformations_can_be_restricted(self):
        self.upload("named.txt")
        self.switch("--restrict-unnamed-transformations", "on")
        self.assertTrue(wait_until(
            lambda: self.get("/demo/named.txt?tr=w-1").status == 400, 2))
        self.assert_text(self.get("/demo/named.txt?tr=w-1"), 400, "EINVAL",
                         "Bad Image Transformation Request")
        self.assertEqual(self.get(
            "/demo/named.txt?tr=n-ik_ml_thumbnail").status, 415)
        self.assertEqual(self.get("/demo/named.txt").status, 200)
        self.switch("--restrict-unnamed-transformations", "off")


class PathTest(DeliveryTest):
    """Which paths are calls, and which deliver."""

    def test_calls_answer_under_their_other_version_too(self):
        file = self.upload("alias.txt")
        one = f"/files/{file['fileId']}"
        for version in ("/v1", "/v2", "/imagekit/v1", "/imagekit/v2"):
            with self.subTest(version):
                self.assertEqual(self.ok("GET", version + one + "/details")
                                 ["name"], "alias.txt")
                self.assertEqual(self.call("HEAD", version + one + "/details")
                                 .status, 200)
                wrong = self.call("PUT", version + one + "/details")
                self.assertEqual(wrong.status, 405)
                self.assertEqual(wrong["Allow"], "GET, HEAD, PATCH, OPTIONS")
        absolute = "http://api.imagekit.io/v2" + one + "/details"
        self.assertEqual(self.ok("GET", absolute)["name"], "alias.txt")

    def test_what_is_neither_call_nor_account_is_told_as_json(self):
        for target in ("/imagekit/v1/nothing", "/imagekit/v2/nothing/at/all",
                       "/imagekit/v3/files", "/imagekit/nobody/a.txt",
                       "/imagekit/demo", "/imagekit/demo/",
                       "/imagekit/Demo/a.txt", "/imagekit/%64emo/a.txt"):
            with self.subTest(target):
                response = self.get(target, basic(SECRET))
                assert_refused(self, "imagekit", response, 404)
                self.assertIsNone(response["ik-error"])
        response = self.call("POST", "/demo/a.txt")
        assert_refused(self, "imagekit", response, 405)
        self.assertEqual(response["Allow"], "GET, HEAD, OPTIONS")
