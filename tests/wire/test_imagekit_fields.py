# SPDX-License-Identifier: Apache-2.0
"""Custom metadata fields at their edges: what a schema allows, which values
uploads and updates may bring, and whose fields they are. The calls themselves
are in test_imagekit_manage.py."""
import concurrent.futures
import json

from apis import imagekit_upload
from imagekit import ImageKitTest
from tenants import add_account

UNKNOWN = "0123456789abcdef01234567"
DATE = {"type": "Date"}
NO_FIELD = "No such custom metadata field exists."


class FieldTest(ImageKitTest):
    path = "/v1/customMetadataFields"

    def create(self, body, path=None, key=None):
        return self.call("POST", path or self.path, body, key)

    def make(self, name, **schema):
        response = self.create({"name": name, "label": "L",
                                "schema": schema})
        self.assertEqual(response.status, 201, response)
        return response.json()

    def ids(self, query=""):
        return [f["id"] for f in self.ok("GET", self.path + query)]

    def one(self, field):
        return f"{self.path}/{field['id']}"

    def put(self, values, **fields):
        """An upload with custom metadata."""
        return imagekit_upload(
            self.server, ("x", "x"), fileName="custom.txt",
            customMetadata=values if isinstance(values, str)
            else json.dumps(values), responseFields="customMetadata",
            **fields)

    def kept(self, values):
        response = self.put(values)
        self.assertEqual(response.status, 200, response)
        return response.json()["customMetadata"]

    def wrong(self, values, **reasons):
        with self.nothing_left():
            self.refused(self.put(values), 400, "Invalid custom metadata.",
                         errors=reasons)


class CallTest(FieldTest):
    def test_fields_in_every_spelling_of_the_path(self):
        for number, path in enumerate((
                self.path, self.path + "/", "/v2/customMetadataFields",
                "/imagekit" + self.path)):
            body = {"name": f"spelled{number}", "label": "é",
                    "schema": {"type": "Text"}}
            response = self.create(body, path)
            self.assertEqual(response.status, 201, response)
            made = response.json()
            self.assertEqual(made, {"id": made["id"], **body})
            self.assertRegex(made["id"], "^[0-9a-f]{24}$")
            self.assertIn(made, self.ok("GET", path))
            self.assertIn(made, self.ok("GET", path +
                                        "?includeDeleted=false&folderPath=/"))

    def test_names_and_labels(self):
        good = {"label": "L", "schema": {"type": "Text"}}
        for name in (None, "", 5, ["a"], 'a"b', "a\\b", "a\nb", "x" * 256):
            with self.subTest(str(name)[:9]):
                self.refused(self.create({"name": name, **good}), 400)
        for label in (None, "", 5, "x" * 256):
            self.refused(self.create({**good, "name": "a", "label": label}),
                         400)
        for name in ("a b", "größe", "x" * 255, "a.b", "null"):
            response = self.create({"name": name, **good})
            self.assertEqual(response.status, 201, response)
            self.assertEqual(self.kept({name: "v"}), {name: "v"})

    def test_a_name_is_taken_until_its_field_is_deleted(self):
        field = self.make("again", type="Text")
        for _ in range(2):
            self.refused(self.create({
                "name": "again", "label": "L",
                "schema": {"type": "Number"}}), 400,
                "A custom metadata field with this name already exists.")
        file = self.put({"again": "old"}).json()["fileId"]
        self.ok("DELETE", self.one(field), status=204)
        self.wrong({"again": "x"}, again="is not a custom metadata field")
        details = f"/v1/files/{file}/details"
        self.assertEqual(self.ok("GET", details)["customMetadata"],
                         {"again": "old"})
        self.refused(self.call("PATCH", details, {
            "customMetadata": {"again": "x"}}), 400,
            "Invalid custom metadata.",
            errors={"again": "is not a custom metadata field"})
        second = self.make("again", type="Number")
        self.assertEqual(self.kept({"again": 1}), {"again": 1})
        listed = self.ids("?includeDeleted=true")
        self.assertLess(listed.index(field["id"]),
                        listed.index(second["id"]))
        self.assertNotIn(field["id"], self.ids("?includeDeleted=false"))

    def test_fields_are_the_accounts_own(self):
        secret, _ = add_account(self.server, "stranger")
        field = self.make("mine", type="Text")
        self.assertEqual(self.call("GET", self.path, key=secret).json(), [])
        self.refused(self.call("PATCH", self.one(field), {"label": "x"},
                               secret), 404, NO_FIELD)
        self.refused(self.call("DELETE", self.one(field), key=secret), 404,
                     NO_FIELD)
        response = self.create({"name": "mine", "label": "theirs",
                                "schema": {"type": "Date"}}, key=secret)
        self.assertEqual(response.status, 201)
        self.assertEqual(self.ok("PATCH", self.one(field), {"label": "m"})
                         ["schema"], {"type": "Text"})

    def test_fields_outlast_a_restart(self):
        field = self.make("lasting", type="SingleSelect",
                          selectOptions=["a", 2, False])
        self.server.restart()
        self.assertIn(field, self.ok("GET", self.path))
        self.assertEqual(self.kept({"lasting": False}), {"lasting": False})

    def test_updates_are_judged_like_new_schemas(self):
        field = self.make("changing", type="Number", minValue=1, maxValue=9,
                          defaultValue=5)
        one = self.one(field)
        for schema, wrong in (
                ({"maxValue": 0}, "maxValue"), ({"defaultValue": 10},
                                                "defaultValue"),
                ({"minValue": 9.5}, "minValue"), ({"minLength": 1},
                                                  "minLength"),
                ({"type": "Text"}, "type"), ({"odd": 1}, "odd"),
                (None, "type"), ([1], "type"), ("x", "type")):
            with self.subTest(schema):
                response = self.call("PATCH", one, {"schema": schema})
                self.assertEqual(response.status, 400, response)
                said = response.json()
                self.assertEqual(said["message"], "Invalid schema object.")
                self.assertIn(wrong, said["errors"])
        self.refused(self.call("PATCH", one, {"label": 5}), 400)
        self.refused(self.call("PATCH", one, {"label": "x" * 256}), 400)
        self.refused(self.call("PATCH", one, {"name": "x", "label": "y"}),
                     400, "Name cannot be updated.")
        self.assertIn(field, self.ok("GET", self.path))
        changed = self.ok("PATCH", one, {"label": "new", "schema": {
            "type": "Number", "maxValue": 7.5}})
        self.assertEqual(changed, {**field, "label": "new", "schema": {
            **field["schema"], "maxValue": 7.5}})
        self.refused(self.call("PATCH", f"{self.path}/{UNKNOWN}",
                               {"label": "x"}), 404, NO_FIELD)
        self.refused(self.call("PATCH", f"{self.path}/zz", {"label": "x"}),
                     400, "Your request contains invalid ID parameter.")


class SchemaTest(FieldTest):
    def test_schemas_that_are_refused(self):
        low, high = "2024-01-01", "2023-01-01T00:00:00Z"
        for schema, wrong in (
                (None, "type"), ([], "type"), ("Text", "type"),
                ({"type": "text"}, "type"), ({"type": 5}, "type"),
                ({"type": "Number", "minValue": 2, "maxValue": 1.5},
                 "maxValue"),
                ({"type": "Number", "minValue": True}, "minValue"),
                ({"type": "Date", "minValue": low, "maxValue": high},
                 "minValue"),
                ({"type": "Date", "maxValue": 5}, "maxValue"),
                ({"type": "Date", "defaultValue": "soon"}, "defaultValue"),
                ({"type": "Text", "maxLength": 1.5}, "maxLength"),
                ({"type": "Text", "minLength": 3, "maxLength": 2},
                 "minLength"),
                ({"type": "Text", "maxLength": 2, "defaultValue": "abc"},
                 "defaultValue"),
                ({"type": "Boolean", "defaultValue": "true"},
                 "defaultValue"),
                ({"type": "Boolean", "selectOptions": ["a"]},
                 "selectOptions"),
                ({"type": "Text", "isValueRequired": "yes"},
                 "isValueRequired"),
                ({"type": "SingleSelect", "selectOptions": []},
                 "selectOptions"),
                ({"type": "MultiSelect", "selectOptions": "a"},
                 "selectOptions"),
                ({"type": "MultiSelect", "selectOptions": [["a"]]},
                 "selectOptions"),
                ({"type": "MultiSelect", "selectOptions": [None]},
                 "selectOptions"),
                ({"type": "SingleSelect", "selectOptions": [1, 1.0]},
                 "selectOptions"),
                ({"type": "SingleSelect",
                  "selectOptions": list(range(501))}, "selectOptions"),
                ({"type": "SingleSelect", "selectOptions": ["a"],
                  "defaultValue": "b"}, "defaultValue"),
                ({"type": "MultiSelect", "selectOptions": ["a"],
                  "defaultValue": "a"}, "defaultValue"),
                ({"type": "Textarea", "defaultValue": None},
                 "defaultValue")):
            with self.subTest(str(schema)[:80]):
                response = self.create({"name": "n", "label": "l",
                                        "schema": schema})
                self.assertEqual(response.status, 400, response)
                said = response.json()
                self.assertEqual(said["message"], "Invalid schema object.")
                self.assertIn(wrong, said["errors"])
        self.refused(self.create({
            "name": "n", "label": "l",
            "schema": {"type": "Boolean", "minValue": 1, "maxLength": 2,
                       "odd": 3}}), 400, "Invalid schema object.", errors={
                           "minValue": "not allowed for this type",
                           "maxLength": "not allowed for this type",
                           "odd": "not allowed"})
        self.refused(self.create({
            "name": "n", "label": "l",
            "schema": {"type": "Text", "defaultValue": "x" * 70000}}), 400,
            "The schema of a field is too long.")
        self.assertEqual(self.ids("?includeDeleted=true"), [])


class ValueTest(FieldTest):
    def test_values_at_their_limits(self):
        for number, (schema, good, bad) in enumerate((
                ({"type": "Text", "minLength": 1, "maxLength": 3},
                 ["x", "字字字", "\U0001f600" * 3], ["", "字字字字", None]),
                ({"type": "Textarea"}, ["", "a\nb\t\"'\\"], [[], {}, True]),
                ({"type": "Number", "minValue": 0.5, "maxValue": 2},
                 [0.5, 1, 2, 2.0], [0.4, 2.000001, "1", True, None]),
                ({"type": "Boolean"}, [True, False], [0, "false", None]),
                ({"type": "SingleSelect", "selectOptions": ["a", 1, True]},
                 ["a", 1, True], ["A", "1", False, ["a"], 2]),
                ({"type": "MultiSelect", "selectOptions": ["a", 1, True]},
                 [[], ["a"], [True, 1, "a"]], ["a", [2], ["a", "b"], [[]],
                                               {}]))):
            name = f"limit{number}"
            self.make(name, **schema)
            for value in good:
                with self.subTest(schema, value=value):
                    self.assertEqual(self.kept({name: value}), {name: value})
            for value in bad:
                with self.subTest(schema, value=value):
                    response = self.put({name: value})
                    self.assertEqual(response.status, 400, response)
                    self.assertEqual(list(response.json()["errors"]), [name])

    def test_numbers_that_are_one_number(self):
        self.make("odd", type="SingleSelect", selectOptions=[1, 2.5])
        self.assertEqual(self.kept('{"odd": 1.0}'), {"odd": 1})

    def test_dates_are_kept_in_one_form(self):
        self.make("day", type="Date", minValue="2024-02-01",
                  maxValue="2024-03-01T12:00:00+02:00")
        for value, kept in (
                ("2024-02-01", "2024-02-01T00:00:00.000Z"),
                ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000Z"),
                ("2024-02-10T10:00:00.5Z", "2024-02-10T10:00:00.500Z"),
                ("2024-02-10T01:00:00+02:00", "2024-02-09T23:00:00.000Z"),
                ("2024-03-01T10:00:00Z", "2024-03-01T10:00:00.000Z")):
            with self.subTest(value):
                self.assertEqual(self.kept({"day": value}), {"day": kept})
        for value in ("2024-01-31", "2024-03-01T10:00:01Z", "2023-02-30",
                      "2024-02-30", "yesterday", "", 1707000000, None):
            with self.subTest(value):
                self.assertEqual(self.put({"day": value}).status, 400)

    def test_texts_that_are_no_object_are_refused(self):
        for text in ("{", "[1]", "null", '"x"', '{"a":1,"a":2}', "\x01"):
            with self.subTest(text), self.nothing_left():
                self.refused(self.put(text), 400)
        for values in ({}, ""):
            self.assertEqual(self.put(values if values == "" else "{}")
                             .json()["customMetadata"], {})

    def test_all_that_is_wrong_is_told_at_once(self):
        self.make("count", type="Number", maxValue=3)
        self.make("word", type="Text")
        self.wrong({"count": 4, "word": 5, "none": 1, "": 2},
                   **{"count": "is greater than maxValue",
                      "word": "should be a string",
                      "none": "is not a custom metadata field",
                      "": "is not a custom metadata field"})

    def test_values_of_a_file_are_bounded(self):
        for i in range(3):
            self.make(f"wide{i}", type="Textarea")
        wide = "w" * 30000
        file = self.put({"wide0": wide, "wide1": wide}).json()["fileId"]
        response = self.put({f"wide{i}": wide for i in range(3)})
        self.refused(response, 400)
        details = f"/v1/files/{file}/details"
        self.refused(self.call("PATCH", details, {
            "customMetadata": {"wide2": wide}}), 400)
        self.assertEqual(self.ok("PATCH", details, {"customMetadata": {
            "wide1": None, "wide2": "w"}})["customMetadata"],
            {"wide0": wide, "wide2": "w"})


class RequiredTest(FieldTest):
    def test_a_required_value_comes_with_the_first_values(self):
        self.make("must", type="Text", isValueRequired=True,
                  defaultValue="d")
        self.make("may", type="Text")
        self.wrong({"may": "x"}, must="is required")
        self.wrong({"must": None}, must="is required")
        self.assertEqual(self.kept({}), {})
        response = self.put({"must": "m", "may": "x"})
        self.assertEqual(response.json()["customMetadata"],
                         {"must": "m", "may": "x"})
        details = f"/v1/files/{response.json()['fileId']}/details"
        self.assertEqual(self.ok("PATCH", details, {
            "customMetadata": {"may": None}})["customMetadata"],
            {"must": "m"})
        self.refused(self.call("PATCH", details, {
            "customMetadata": {"must": None}}), 400,
            "Invalid custom metadata.", errors={"must": "is required"})


class SelectTest(FieldTest):
    def test_values_and_options_that_are_the_same(self):
        self.make("multi", type="MultiSelect",
                  selectOptions=["a", "true", "0", 1.0, 0, True])
        for values in ([], ["a", "a"], [1, True, "true"], [0, -0.0, 0.0],
                       [1e0, "0"], ["a"] * 9000):
            with self.subTest(values[:9]):
                self.assertEqual(self.kept({"multi": values}),
                                 {"multi": values})
        for value in ("1", False, "True", "A", 2, None, [], {}, "", '"a'):
            with self.subTest(value):
                self.wrong({"multi": ["a", value]},
                           multi="is not among selectOptions")


class ManyTest(FieldTest):
    def test_five_hundred_fields_and_no_more(self):
        def make(number):
            return self.create({"name": f"f{number}", "label": "L",
                                "schema": {"type": "Boolean"}}).status
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(set(pool.map(make, range(500))), {201})
        too_many = "An account can have at most 500 custom metadata fields."
        self.refused(self.create({"name": "x", "label": "L",
                                  "schema": {"type": "Text"}}), 400, too_many)
        self.assertEqual(len(self.ids()), 500)
        values = {f"f{number}": True for number in range(500)}
        self.assertEqual(self.kept(values), values)
