# SPDX-License-Identifier: Apache-2.0
"""What JSON may cost: few bytes can stand for many values."""
import json

from apis import basic
from harness import Server
from imagekit import ImageKitTest
from rawhttp import request

MIB = 1024          # in what /proc tells, KiB


class ReusingServer(Server):
    def environment(self):
        """A sanitized build gives freed memory out again, as others do."""
        mine = super().environment()
        given = mine.get("ASAN_OPTIONS")
        mine["ASAN_OPTIONS"] = ":".join(
            filter(None, (given, "quarantine_size_mb=1")))
        return mine


class JsonCostTest(ImageKitTest):
    server_class = ReusingServer

    def peak(self):
        """KiB of memory at most, since the server started."""
        with open(f"/proc/{self.server.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
        raise AssertionError("no VmHWM")

    def setUp(self):
        self.server.restart()       # the peak is the process's
        self.upload()
        self.before = self.peak()

    def assert_cheap(self, mib):
        self.assertLess(self.peak() - self.before, mib * MIB)

    def test_a_body_of_many_values_costs_little(self):
        body = b'{"x":[' + b"{}," * 349000 + b"{}]}"
        for method, target in (("POST", "/v1/files/copy"),
                               ("PATCH", f"/v1/files/{'0' * 24}/details")):
            with self.subTest(target):
                self.refused(self.call(method, target, body), 400,
                             "Your request contains an invalid JSON body.")
        self.assertEqual(self.call("GET", "/v1/files", body).status, 200)
        self.assert_cheap(60)

    def test_a_form_costs_no_more_than_json(self):
        headers = {**basic(self.server.secret),
                   "Content-Type": "application/x-www-form-urlencoded"}
        many = "[" + "{}," * 21000 + "{}]"
        for body in ("x[]&" * 260000, "x[][]&" * 170000,
                     "x[a]" + "[]" * 500000, "fileIds=" + "a," * 60000,
                     "fileIds=" + "a," * 500000, "fileIds=" + many,
                     f"fileIds={many}&tags={many}", "&" * (1 << 20)):
            with self.subTest(body[:20]):
                response = request(self.server, "POST", "/v1/files/addTags",
                                   headers, body.encode())
                self.assertEqual(response.status, 400, response)
        self.assert_cheap(60)

    def test_a_body_that_is_deep_is_no_json(self):
        for depth, message in (
                (100, "sourceFilePath parameter is missing."),
                (129, "Your request contains an invalid JSON body."),
                (500000, "Your request contains an invalid JSON body.")):
            body = b'{"x":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"
            response = self.call("POST", "/v1/files/copy", body)
            self.assertEqual(response.status, 400, response)
            self.assertEqual(response.json()["message"], message)

    def metadata(self, name):
        """60 kB for a field of that name."""
        self.ok("POST", "/v1/customMetadataFields", {
            "name": name, "label": name, "schema": {
                "type": "MultiSelect", "selectOptions": [1]}}, 201)
        return json.dumps({name: [1] * 30000}, separators=(",", ":"))

    def test_conditions_on_metadata_read_it_once(self):
        metadata = self.metadata("checked")
        self.before = self.peak()
        self.upload(
            customMetadata=metadata,
            checks=" AND ".join(['"request.customMetadata.q" != 1'] * 500))
        self.assert_cheap(150)

    def test_what_stands_in_a_text_is_read_once(self):
        many = json.dumps({"a": [{}] * 30000}, separators=(",", ":"))
        for store, status in (('{"location": "nowhere"}', 400),
                              ('{"location": "azure"}', 200), (many, 200)):
            body = {"apikey": self.server.public, "size": 5, "store": store,
                    "STORE": store, "Store": store}
            response = request(self.server, "POST", "/multipart/start",
                               {"Content-Type": "application/json"},
                               json.dumps(body).encode())
            self.assertEqual(response.status, status, response)
        self.assert_cheap(16)

    def test_a_list_costs_little_more_than_its_text(self):
        metadata = self.metadata("listed")
        for _ in range(60):
            self.upload(folder="/listed", customMetadata=metadata)
        self.server.restart()
        self.before = self.peak()
        listed = self.list(path="/listed")
        self.assertEqual([row["customMetadata"] for row in listed],
                         [json.loads(metadata)] * 60)
        self.assert_cheap(40)
