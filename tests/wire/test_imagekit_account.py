# SPDX-License-Identifier: Apache-2.0
"""ImageKit's calls on the account itself: usage, and what can be set up."""
import datetime

from apis import basic
from harness import wait_until
from imagekit import ImageKitTest
from rawhttp import get_url, request
from tenants import add_account

DAY = datetime.timedelta(days=1)
LISTS = ("/v1/accounts/origins", "/v1/accounts/url-endpoints",
         "/v1/saved-extensions")


class UsageTest(ImageKitTest):
    def usage(self, start, end):
        return self.ok("GET", f"/v1/accounts/usage?startDate={start}&"
                       f"endDate={end}")

    def test_bytes_stored_and_sent_are_told(self):
        today = datetime.datetime.now(datetime.timezone.utc).date()
        first = today.replace(day=1)
        file = self.upload(file=(bytes(5000), "a.txt"))
        for _ in range(2):
            self.assertEqual(get_url(self.server, file["url"]).status, 200)
        month = (first, first + 28 * DAY)
        self.assertTrue(wait_until(lambda: self.usage(*month)
                                   ["bandwidthBytes"] == 10000))
        self.assertEqual(self.usage(*month), {
            "bandwidthBytes": 10000, "mediaLibraryStorageBytes": 5000,
            "originalCacheStorageBytes": 0, "videoProcessingUnitsCount": 0,
            "extensionUnitsCount": 0})
        # the last day does not count, and other months are not known
        for days, sent in (((first - 30 * DAY, first), 0),
                           ((first - 30 * DAY, first + DAY), 10000),
                           ((first - 60 * DAY, first + 30 * DAY), 10000),
                           ((first + 40 * DAY, first + 50 * DAY), 0),
                           ((first, first + DAY), 10000)):
            with self.subTest(days):
                said = self.usage(*days)
                self.assertEqual((said["bandwidthBytes"],
                                  said["mediaLibraryStorageBytes"]),
                                 (sent, 5000))
        secret, _ = add_account(self.server, "another")
        said = self.call("GET", "/v1/accounts/usage?startDate=%s&endDate=%s"
                         % month, key=secret)
        self.assertEqual(set(said.json().values()), {0})

    def test_days_are_checked(self):
        for query, message in (
                ("", "startDate parameter is missing."),
                ("?startDate=2026-01-01", "endDate parameter is missing."),
                ("?startDate=&endDate=2026-01-01",
                 "startDate parameter is missing."),
                ("?startDate=2026-01-02&endDate=2026-01-01",
                 "endDate should be after startDate."),
                ("?startDate=2026-01-01&endDate=2026-01-01",
                 "endDate should be after startDate."),
                ("?startDate=2026-01-01&endDate=2026-04-02", None),
                ("?startDate=2026-02-30&endDate=2026-03-02", None),
                ("?startDate=20260101xx&endDate=2026-03-02", None),
                ("?startDate=2026-01-01T00:00:00Z&endDate=2026-03-02", None),
                ("?startDate=%FF&endDate=x", None)):
            with self.subTest(query):
                self.refused(self.call("GET", "/v1/accounts/usage" + query),
                             400, message)
        self.usage("2026-01-01", "2026-04-01")


class SetupTest(ImageKitTest):
    def test_what_there_is_is_listed(self):
        one = {"id": "default", "description": "Default URL endpoint",
               "urlPrefix": "", "origins": []}
        for target, body in (
                ("/v1/accounts/origins", []), ("/v1/saved-extensions", []),
                ("/v1/accounts/origins/", []), ("/v2/saved-extensions", []),
                ("/v1/accounts/url-endpoints", [one]),
                ("/v1/accounts/url-endpoints/default", one),
                ("/v1/accounts/url-endpoints/default/", one)):
            with self.subTest(target):
                self.assertEqual(self.ok("GET", target), body)

    def test_nothing_can_be_made_or_changed(self):
        for target in LISTS:
            self.refused(self.call("POST", target, {"name": "x"}), 501)
            for method in ("PATCH" if "saved" in target else "PUT", "GET",
                           "DELETE"):
                body = {"name": "x"} if method[0] == "P" else None
                with self.subTest(target, method=method):
                    self.refused(self.call(method, target + "/x", body), 404,
                                 "The requested resource does not exist.")
        for method in ("PUT", "DELETE"):
            self.refused(self.call(
                method, "/v1/accounts/url-endpoints/default"), 501)

    def test_nobody_counts_who_asks_for_what(self):
        self.refused(self.call("GET", "/v1/accounts/usage-analytics"
                               "?startDate=2026-11-01&endDate=2026-11-30"),
                     501)

    def test_names_of_transformations_are_the_operators(self):
        for method, target in (("GET", ""), ("POST", ""), ("GET", "/x"),
                               ("PATCH", "/x"), ("DELETE", "/x")):
            with self.subTest(target, method=method):
                body = {"name": "x"} if method[0] == "P" else None
                self.refused(self.call(
                    method, "/v1/named-transformations" + target, body), 501)

    def test_the_private_key_is_needed(self):
        for target in LISTS + ("/v1/accounts/usage", "/v1/saved-extensions/x",
                               "/v1/accounts/usage-analytics",
                               "/v1/named-transformations"):
            with self.subTest(target):
                self.refused(request(self.server, "GET", target), 401)
                self.refused(request(self.server, "GET", target,
                                     basic(self.server.public)), 403)
                self.refused(request(self.server, "GET", target,
                                     basic("private_wrong")), 403)
