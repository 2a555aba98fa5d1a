# SPDX-License-Identifier: Apache-2.0
"""What Filestack's clients ask besides files: prefetch, logout, clouds; and how
pages of other origins ask it."""
import json

import policies
from apis import assert_refused, basic
from filestack_cdn import PNG, CdnTest
from harness import wait_until
from rawhttp import request
from tenants import add_key, tool

HOSTS = ("www.filestackapi.com", "api.filestackapi.com",
         "upload.filestackapi.com", "process.filestackapi.com",
         "cloud.filestackapi.com", "cdn.filestackcontent.com",
         "www.filepicker.io", "cdn.filepicker.io", "process.filepicker.io")
CLOUDS = ("/folder/list", "/store/", "/link", "/link/", "/metadata",
          "/recording/video/init", "/recording/audio/start")


class CloudTest(CdnTest):
    def post(self, target, body, headers=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return self.get(target, {"Content-Type": "application/json",
                                 **(headers or {})}, "POST", body)

    def refused(self, response, status, text=None):
        assert_refused(self, "filestack", response, status, text)


class PrefetchTest(CloudTest):
    def ask(self, **more):
        return self.post("/prefetch", {"apikey": self.server.public, **more})

    def test_what_filestack_js_asks(self):
        body = self.assert_json(self.ask(
            permissions=["intelligent_ingestion"],
            settings=["inapp_browser"], picker_config={"lang": "pl"},
            events=["picker"]))
        self.assertIs(body["blocked"], False)
        self.assertEqual(body["settings"], {"inapp_browser": False})
        self.assertEqual(body["permissions"], {"intelligent_ingestion": True})

    def test_each_name_has_its_answer(self):
        asked = ["whitelabel", "transforms_ui", "enhance", "advanced_enhance",
                 "something else"]
        body = self.assert_json(self.ask(permissions=asked, settings=["ä"]))
        self.assertEqual(body["permissions"], {
            "intelligent_ingestion": True, **dict.fromkeys(asked, False)})
        self.assertEqual(body["settings"],
                         {"inapp_browser": False, "ä": False})
        for more in ({}, {"permissions": None}, {"settings": {}, "Events": 1}):
            self.assertEqual(self.assert_json(self.ask(**more))["permissions"],
                             {"intelligent_ingestion": True})

    def test_as_older_clients_ask(self):
        body = self.assert_json(self.get(
            f"/prefetch?apikey={self.server.public}"))
        self.assertIs(body["inapp_browser"], False)
        for query in "", "?apikey=", "?apikey=x":
            self.refused(self.get("/prefetch" + query), 404)

    def test_who_is_not_known_is_not_there(self):
        for key in (None, "", "x", 1, self.server.secret):
            self.refused(self.post("/prefetch", {"apikey": key}), 404)
        self.refused(self.post("/prefetch", {}), 404)
        self.refused(self.ask(apikey=add_key(self.server, api=["store"])), 403)
        self.refused(self.post("/prefetch", {"apikey": self.server.public},
                               basic("app", "x")), 403)

    def test_a_policy_is_looked_at(self):
        good = policies.pair(policies.make(self.server.secret))
        self.assert_json(self.ask(security=good))
        self.assert_json(self.ask(security=None))
        self.refused(self.ask(security={**good, "signature": "0" * 64}), 403)
        self.refused(self.ask(security={"policy": good["policy"]}), 403)

    def test_what_is_no_question(self):
        # PHP's way to write no members
        self.refused(self.post("/prefetch", b"[]"), 404)
        for body in (b"", b"[1]", b"1", b"{", b'{"apikey":"a","apikey":"b"}',
                     b'{"apikey":"a","ApiKey":"b"}', b"[" * 3000):
            self.refused(self.post("/prefetch", body), 400)
        for names in ([1], [""], ["x" * 129], ["x"] * 65, [{}], [["x"]]):
            self.refused(self.ask(permissions=names), 400)
            self.refused(self.ask(settings=names), 400)
        self.refused(self.post("/prefetch", b" " * 65536 + b"{}"), 413)
        self.assertEqual(self.ask(apikey=None).status, 404)

    def test_who_may_not_upload_is_blocked(self):
        tool(self.server, "accounts", "set", "default", "--grace", "on")
        try:
            self.assertTrue(wait_until(lambda: self.ask().json()["blocked"]))
        finally:
            tool(self.server, "accounts", "set", "default", "--grace", "off")
        self.assertTrue(wait_until(lambda: not self.ask().json()["blocked"]))


class LogoutTest(CloudTest):
    def test_nobody_is_signed_in(self):
        start = {"apikey": self.server.public, "flow": "web"}
        for path in "/auth/logout", "/auth/logout/":
            for more in ({}, {"token": "t"}, {"clouds": {"dropbox": {}}}):
                self.assertEqual(self.assert_json(
                    self.post(path, {**start, **more})), {})
        self.refused(self.post("/auth/logout", {"apikey": "x"}), 404)
        self.refused(self.post("/auth/logout", b"x"), 400)

    def test_filepicker_asks_with_the_browsers_credentials(self):
        path = "/api/clients/unauth?plugin=js_lib"
        for credentials in ({}, {"Cookie": "a=b"}, basic("app", "nobody")):
            response = request(self.server, "GET", path, {
                "Origin": "https://app.example", **credentials})
            self.assertEqual((response.status, response.json()), (200, {}))
            self.assertEqual(response["Access-Control-Allow-Origin"],
                             "https://app.example")
            self.assertEqual(response["Access-Control-Allow-Credentials"],
                             "true")
            self.assertEqual(response["Vary"], "Origin")
            self.assertIn("ETag", response["Access-Control-Expose-Headers"])
        response = request(self.server, "GET", path)
        self.assertEqual(response["Access-Control-Allow-Origin"], "*")
        self.assertIsNone(response["Access-Control-Allow-Credentials"])
        # nothing else names an origin
        response = self.post("/auth/logout", {"apikey": self.server.public})
        self.assertIsNone(response["Access-Control-Allow-Credentials"])

    def test_there_are_no_clouds(self):
        for path in CLOUDS:
            for host in {}, {"Host": "cloud.filestackapi.com"}:
                response = self.post(path, {"apikey": self.server.public}, host)
                self.refused(response, 404, "No cloud storage")

    def test_chains_that_begin_alike_are_chains(self):
        handle, key = self.store(), self.server.public
        self.assertEqual(self.assert_json(self.get(
            f"/metadata/{handle}"))["size"], len(PNG))
        body = self.assert_json(self.get(
            f"/store/{handle}", self.app(), "POST"))
        self.assertEqual(body["size"], len(PNG))
        url = self.origin().add("/a.png", PNG, "image/png")
        self.assertEqual(self.assert_json(self.get(
            f"/store/{url}", self.app()))["size"], len(PNG))
        self.assertEqual(self.assert_json(self.get(
            f"/{key}/metadata/{handle}"))["size"], len(PNG))


class BrowserTest(CloudTest):
    ASKED = ("content-type,filestack-source,filestack-trace-id,"
             "filestack-trace-span,filestack-upload-region",
             "authorization,content-md5,x-amz-date,x-amz-acl,"
             "x-amz-content-sha256",
             "cache-control,x-requested-with",
             "traceparent,tracestate,baggage,sentry-trace,newrelic,"
             "x-datadog-trace-id,x-datadog-parent-id,x-datadog-origin,"
             "x-datadog-sampling-priority,x-b3-traceid,uber-trace-id,"
             "x-cloud-trace-context,elastic-apm-traceparent")

    def test_every_call_may_be_made_from_a_page(self):
        handle = self.store()
        for path in ("/api/store/S3", "/process", "/prefetch", "/auth/logout",
                     *CLOUDS, "/multipart/start", "/multipart/upload",
                     "/multipart/commit", "/multipart/complete",
                     f"/api/file/{handle}", f"/{handle}",
                     f"/api/file/{handle}/metadata",
                     f"/api/file/{handle}/remove",
                     f"/{self.server.public}/resize=width:9/{handle}"):
            for method in "GET", "POST", "PUT", "DELETE", "HEAD":
                for asked in self.ASKED:
                    response = request(self.server, "OPTIONS", path, {
                        "Origin": "https://a.example",
                        "Access-Control-Request-Method": method,
                        "Access-Control-Request-Headers": asked})
                    self.assertEqual(response.status, 204, response)
                    allowed = response["Access-Control-Allow-Headers"].lower()
                    self.assertEqual([name for name in asked.split(",")
                                      if name not in allowed], [])
                    self.assertIn(method,
                                  response["Access-Control-Allow-Methods"])
                    self.assertEqual(response["Access-Control-Allow-Origin"],
                                     "*")

    def test_a_page_may_read_the_answers(self):
        for response in (
                self.post("/prefetch", {"apikey": self.server.public}),
                self.post("/prefetch", {"apikey": "x"}),
                self.post("/folder/list", {}), self.post("/process", b"x")):
            self.assertEqual(response["Access-Control-Allow-Origin"], "*")
            exposed = response["Access-Control-Expose-Headers"].lower()
            for name in "etag", "x-file-name":
                self.assertIn(name, exposed)

    def test_every_host_of_the_vendor_has_all(self):
        handle = self.store()
        for host in HOSTS:
            for authority in host, host + ":8443", host.upper():
                headers = {"Host": authority}
                self.assertEqual(self.get("/" + handle, headers).body, PNG)
                self.assert_json(self.post(
                    "/prefetch", {"apikey": self.server.public}, headers))
                self.assert_json(self.post("/process", {
                    "sources": [handle], "tasks": [{"name": "imagesize"}]},
                    headers))
