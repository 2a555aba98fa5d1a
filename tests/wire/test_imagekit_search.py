# SPDX-License-Identifier: Apache-2.0
"""GET /v1/files, its searchQuery, and the checks of uploads: by examples, and
by random expressions against an evaluator of our own over the same rows."""
import json
import random
import time
import urllib.parse

import samples
from apis import basic, imagekit_upload
from imagekit import ImageKitTest
from rawhttp import request

KIB, MIB = 1 << 10, 1 << 20


class ListTest(ImageKitTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for i, (name, folder) in enumerate((
                ("b.txt", "/list"), ("a.txt", "/list"), ("c.txt", "/list/sub"),
                ("d.txt", "/other"))):
            imagekit_upload(cls.server, ("x" * (i + 1), name), fileName=name,
                            folder=folder, useUniqueFileName="false",
                            tags="t%d,x y" % i)
        imagekit_upload(cls.server, (samples.png(7, 5), "e.png"),
                        fileName="e.png", useUniqueFileName="false")
        imagekit_upload(cls.server, (b"second", "b.txt"), fileName="b.txt",
                        folder="/list", useUniqueFileName="false")

    def test_the_default_is_all_files_oldest_first(self):
        rows = self.list()
        self.assertEqual([r["name"] for r in rows],
                         ["b.txt", "a.txt", "c.txt", "d.txt", "e.png"])
        self.assertEqual(rows, self.ok("GET", "/v1/files/"))
        self.assertEqual(rows, self.ok("GET", "/v2/files"))
        self.assertEqual({r["type"] for r in rows}, {"file"})

    def test_a_row_has_all_members(self):
        row = self.list(name="e.png")[0]
        self.assertEqual(list(row), [
            "type", "name", "createdAt", "updatedAt", "fileId", "tags",
            "AITags", "versionInfo", "embeddedMetadata", "isPublished",
            "customCoordinates", "customMetadata", "isPrivateFile", "url",
            "thumbnail", "fileType", "filePath", "height", "width", "size",
            "hasAlpha", "mime"])
        self.assertEqual((row["width"], row["height"], row["mime"]),
                         (7, 5, "image/png"))
        self.assertRegex(row["url"], r"/default/e\.png\?updatedAt=\d{13}$")

    def test_a_path_is_that_folder_alone(self):
        self.assertEqual(self.names(path="/list"), ["b.txt", "a.txt"])
        self.assertEqual(self.names(path="list/"), ["b.txt", "a.txt"])
        self.assertEqual(self.names(path="/"), ["e.png"])
        self.assertEqual(self.names(path="/nothing"), [])

    def test_sorts(self):
        for sort, wanted in (("ASC_NAME", "a b c d e"),
                             ("DESC_NAME", "e d c b a"),
                             ("DESC_CREATED", "e d c a b"),
                             ("ASC_SIZE", "a c d b e"),
                             ("DESC_UPDATED", "b e d c a")):
            with self.subTest(sort):
                self.assertEqual([n[0] for n in self.names(sort=sort)],
                                 wanted.split())

    def test_pages_join_to_the_whole(self):
        whole = self.names(type="all", sort="ASC_NAME")
        for limit in (1, 2, 3, 5, 20):
            pages = []
            for skip in range(0, 30, limit):
                pages += self.names(type="all", sort="ASC_NAME", limit=limit,
                                    skip=skip)
            self.assertEqual(pages, whole)
        self.assertEqual(self.names(type="all", sort="ASC_NAME", skip=" 01 ",
                                    limit="0003"), whole[1:4])
        self.assertEqual(whole[:3], ["list", "other", "sub"])

    def test_kinds(self):
        self.assertEqual(self.names(type="folder", sort="ASC_NAME"),
                         ["list", "other", "sub"])
        self.assertEqual(self.names(type="folder", path="/list"), ["sub"])
        old = self.list(type="file-version")
        self.assertEqual([(r["type"], r["name"], r["versionInfo"]["name"])
                          for r in old],
                         [("file-version", "b.txt", "Version 1")])
        self.assertRegex(old[0]["url"],
                         r"\?ik-obj-version=[0-9a-f]{32}&updatedAt=\d{13}$")
        folder = self.list(type="folder")[0]
        self.assertEqual(set(folder), {
            "type", "folderId", "name", "folderPath", "createdAt", "updatedAt",
            "customMetadata"})

    def test_the_older_filters(self):
        self.assertEqual(self.names(tags="t1,t3"), ["a.txt", "d.txt"])
        self.assertEqual(self.names(tags="x y", path="/list"), ["a.txt"])
        for nothing in ("", ",,,", " , "):
            self.assertEqual(self.names(tags=nothing), self.names())
        self.assertEqual(self.names(tags=",t3,, "), self.names(tags="t3"))
        self.assertEqual(self.names(name="c.txt"), ["c.txt"])
        self.assertEqual(self.names(fileType="image"), ["e.png"])
        self.assertEqual(len(self.names(fileType="non-image")), 4)
        self.assertEqual(self.names(includeFolder="true", path="/list"),
                         ["sub", "b.txt", "a.txt"])

    def test_tags_are_at_most_a_thousand(self):
        text = "Your request contains invalid value for tags parameter. " \
               "It can have at most 1000 tags."
        for n in (1001, 200_000):
            self.refused(self.call("GET", "/v1/files", {"tags": ",t3" * n}),
                         400, text)
        self.assertEqual(
            [row["name"] for row in self.ok("GET", "/v1/files",
                                            {"tags": ",t3" * 1000 + ",,"})],
            self.names(tags="t3"))

    def test_options_may_come_in_the_body(self):
        body = {"skip": 1, "limit": 2, "sort": "ASC_NAME"}
        rows = self.ok("GET", "/v1/files/", body)
        self.assertEqual([r["name"] for r in rows], ["b.txt", "c.txt"])
        rows = self.ok("GET", "/v1/files/?limit=1", body)
        self.assertEqual([r["name"] for r in rows], ["b.txt"])

    def test_all_query_encodings_mean_the_same(self):
        text = 'name : "b" AND size < "2mb"'
        for query in (urllib.parse.quote(text), urllib.parse.quote_plus(text),
                      text.replace(" ", "+").replace('"', "%22")
                      .replace("<", "%3C")):
            rows = self.ok("GET", "/v1/files?searchQuery=" + query)
            self.assertEqual([r["name"] for r in rows], ["b.txt"])

    def test_refusals(self):
        for options, message in (
                ({"skip": -1}, "The value of skip parameter should be greater "
                 "than or equal to 0. Value sent is -1."),
                ({"limit": 0}, "Minimum value of limit parameter is 1. Value "
                 "sent is 0."),
                ({"limit": 2000}, "Maximum value of limit parameter is 1000. "
                 "Value sent is 2000."),
                ({"sort": "UP"}, "Your request contains invalid value for sort "
                 "parameters."),
                ({"type": "odd"}, "Your request contains invalid value for "
                 "type parameter. Please provide one of the following: file, "
                 "file-version, folder, all."),
                ({"searchQuery": "createdAt > 7"}, "Invalid search query - "
                 "createdAt field must have a valid date value. Make sure the "
                 "value is enclosed within quotes. Please refer to the "
                 "documentation for syntax specification."),
                ({"limit": "9" * 30}, "Maximum value of limit parameter is "
                 "1000. Value sent is " + "9" * 30 + "."),
                ({"limit": "+1"}, "Minimum value of limit parameter is 1. "
                 "Value sent is +1."),
                ({"skip": "9" * 30}, None), ({"skip": "+1"}, None),
                ({"skip": "0x1"}, None), ({"skip": "1.0"}, None),
                ({"limit": "1e1"}, None), ({"limit": "- 1"}, None),
                ({"fileType": "odd"}, None), ({"limit": "x"}, None)):
            with self.subTest(options):
                self.refused(self.call("GET", "/v1/files?" +
                                       urllib.parse.urlencode(options)), 400,
                             message)

    def test_bad_queries_are_refused_quickly(self):
        deep = "(" * 10000 + 'name = "x"' + ")" * 10000
        began = time.monotonic()
        for text in ('name = "x', "name", "name =", 'name = "a" AND', "()",
                     'name IN ["a"', 'name IN ["a" "b"]', 'odd = "x"',
                     'size ~ 5', "size = true", 'name < "a"', "tags = 5",
                     'name = ["a"]', 'name IN "a"', '"customMetadata." = 1',
                     '"customMetadata.a\\"b" = 1', 'type = "odd"',
                     'private = "yes"', 'NOT name = "x"', deep,
                     "size > 0x10", "size > -inf", "size > nan", "size > 1e",
                     "size > -", "size > 1.", "size > 1e999", "size > 1.2.3",
                     "size > -nan", "size > 1kb", 'size > "0x10"',
                     'size > "inf"', 'size > "1.2.3"', 'size > "-1"',
                     '"customMetadata.a" = -inf', "size > " + "9" * 65,
                     "a" * (64 * KIB + 1), 'name = "' + "x" * 65000,
                     " AND ".join(['name = "x"'] * 501),
                     " OR ".join(['"customMetadata.a" = 1',
                                  '"embeddedMetadata.a" IN ["x"]'] * 8 +
                                 ['"customMetadata.b" NOT = 1']),
                     "name IN [" + ",".join(['"x"'] * 1001) + "]"):
            with self.subTest(text[:40]):
                said = self.refused(self.call(
                    "GET", "/v1/files", {"searchQuery": text}), 400)
                self.assertTrue(said.startswith("Invalid search query - "),
                                said)
        self.assertLess(time.monotonic() - began, 10)

    def test_a_long_query_that_is_right_works(self):
        text = " OR ".join(f'name = "n{i}"' for i in range(499))
        self.assertEqual(self.ok("GET", "/v1/files", {
            "searchQuery": text + ' OR name = "a.txt"'})[0]["name"], "a.txt")
        nested = "(" * 60 + 'name = "a.txt"' + ")" * 60
        self.assertEqual(self.names(searchQuery=nested), ["a.txt"])

    def test_a_thousand_values_of_metadata_work(self):
        for values in (map(str, range(1000)),
                       (f'"v{i}"' for i in range(1000)),
                       (("true", "false", '"x"', "7")[i % 4]
                        for i in range(1000))):
            listed = "[" + ",".join(values) + "]"
            for field in "customMetadata.x", "embeddedMetadata.x":
                for op, n in ("IN", 0), ("NOT IN", 5):
                    rows = self.ok("GET", "/v1/files", {
                        "searchQuery": f'"{field}" {op} {listed}'})
                    self.assertEqual(len(rows), n, (field, op))

    def test_what_is_nested_works_wherever_it_stands(self):
        def deep(n, before):
            if n == 0:
                return 'name = "a.txt"'
            inner = deep(n - 1, before)
            other, op = (("size > 0", "AND") if n % 2 else ('name = "-"', "OR"))
            return f"({inner} {op} {other})" if before else \
                f"({other} {op} {inner})"

        def wide(n):
            if n == 0:
                return 'name = "a.txt"'
            op = "AND" if n % 2 else "OR"
            return f"({wide(n - 1)} {op} {wide(n - 1)})"

        def both(n):
            if n == 0:
                return wide(2)
            return f"(size > 0 AND ({wide(2)} OR {both(n - 1)}))"

        for text in (deep(64, True), deep(64, False), wide(8), both(30)):
            for more in ("", ' OR ("customMetadata.x" = 1 AND '
                         'tags NOT IN ["-"])'):
                rows = self.ok("GET", "/v1/files", {
                    "searchQuery": text + more})
                self.assertEqual([row["name"] for row in rows], ["a.txt"])


TAGS = ["red", "green", "blue", "r"]
NAMES = ["my.txt", "my photo", "My", "other.png", "z", "m"]
FOLDERS = ["", "a", "a/b", "ab", "c"]
PRICES = [None, 1, 2.5, 10]
COLOURS = [None, "red", "blue"]


class Row:
    """A file as the evaluator below knows it."""

    def __init__(self, said, price, colour):
        self.id = said["fileId"]
        self.values = {
            "name": said["name"], "size": said["size"],
            "width": said.get("width"), "height": said.get("height"),
            "private": said["isPrivateFile"],
            "published": said["isPublished"],
            "path": said["filePath"].rsplit("/", 1)[0].strip("/"),
            "customMetadata.price": price, "customMetadata.colour": colour}
        self.tags = said["tags"] or []


def compare(op, have, want):
    """have: what the row has, None when nothing."""
    if op in ("NOT =", "NOT IN"):
        return not compare({"NOT =": "=", "NOT IN": "IN"}[op], have, want)
    if op == "IN":
        return any(compare("=", have, one) for one in want)
    if have is None or isinstance(have, str) != isinstance(want, str):
        return False
    return {"=": lambda: have == want, ":": lambda: have.startswith(want),
            "<": lambda: have < want, "<=": lambda: have <= want,
            ">": lambda: have > want, ">=": lambda: have >= want}[op]()


def evaluate(tree, row):
    kind, *rest = tree
    if kind == "AND":
        return all(evaluate(part, row) for part in rest)
    if kind == "OR":
        return any(evaluate(part, row) for part in rest)
    field, op, want = rest
    if field == "tags":
        return any(t in want for t in row.tags) == (op == "IN")
    return compare(op, row.values[field], want)


def written(value):
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def text_of(tree, dice):
    kind, *rest = tree
    if kind in ("AND", "OR"):
        parts = [text_of(p, dice) if p[0] == "TERM" or
                 (p[0] == "AND" and kind == "OR" and dice.random() < .5)
                 else "(" + text_of(p, dice) + ")" for p in rest]
        return f" {kind} ".join(parts)
    field, op, want = rest
    name = json.dumps(field) if "." in field else field
    gap = dice.choice(["", " "]) if op in "=<=>=:" else " "
    return f"{name}{gap}{op}{gap}{written(want)}"


def random_term(dice):
    field, values, ops = dice.choice((
        ("name", NAMES + ["my", ""], ["=", "NOT =", ":", "IN", "NOT IN"]),
        ("tags", TAGS + ["none"], ["IN", "NOT IN"]),
        ("size", [0, 5, 60, 70.5], ["=", "<", "<=", ">", ">=", "IN"]),
        ("width", [1, 5, 9], ["=", "<", "<=", ">", ">=", "NOT =", "NOT IN"]),
        ("private", [True, False], ["="]),
        ("published", [True, False], ["="]),
        ("path", FOLDERS, ["=", ":", "NOT ="]),
        ("customMetadata.price", [1, 2.5, 10, 11],
         ["=", "<", ">=", "IN", "NOT ="]),
        ("customMetadata.colour", ["red", "blue", "re"],
         ["=", ":", "IN", "NOT IN"])))
    op = dice.choice(ops)
    if op.endswith("IN"):
        return ("TERM", field, op, [dice.choice(values)
                                    for _ in range(dice.randint(1, 3))])
    return ("TERM", field, op, dice.choice(values))


def random_tree(dice, depth=3):
    if depth == 0 or dice.random() < .4:
        return random_term(dice)
    return (dice.choice(["AND", "OR"]),
            *(random_tree(dice, depth - 1) for _ in range(dice.randint(2, 3))))


def add_fields(server):
    for name, kind in (("price", "Number"), ("colour", "Text")):
        request(server, "POST", "/v1/customMetadataFields",
                {**basic(server.secret), "Content-Type": "application/json"},
                json.dumps({"name": name, "label": name,
                            "schema": {"type": kind}}).encode())


class RandomTest(ImageKitTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        dice = random.Random(11)
        add_fields(cls.server)
        cls.rows = []
        for i in range(80):
            custom = {"price": dice.choice(PRICES),
                      "colour": dice.choice(COLOURS)}
            image = dice.random() < .4
            data = samples.png(dice.choice([1, 5, 9]), 3) if image else \
                "x" * dice.choice([0, 5, 60])
            said = imagekit_upload(
                cls.server, (data, "f"), fileName=dice.choice(NAMES),
                folder=f"{dice.choice(FOLDERS)}",
                useUniqueFileName=dice.choice(["true", "true", "false"]),
                tags=",".join(dice.sample(TAGS, dice.randint(0, 3))),
                isPrivateFile=dice.choice(["true", "false"]),
                isPublished=dice.choice(["true", "true", "false"]),
                customMetadata=json.dumps(
                    {k: v for k, v in custom.items() if v is not None}),
                responseFields="isPublished").json()
            cls.rows = [r for r in cls.rows if r.id != said["fileId"]]
            cls.rows.append(Row(said, custom["price"], custom["colour"]))

    def test_random_searches_find_what_the_evaluator_finds(self):
        dice = random.Random(12)
        found = 0
        for _ in range(400):
            tree = random_tree(dice)
            text = text_of(tree, dice)
            with self.subTest(text):
                ids = [r["fileId"] for r in self.ok(
                    "GET", "/v2/files", {"searchQuery": text})]
                self.assertEqual(sorted(ids), sorted(
                    r.id for r in self.rows if evaluate(tree, r)))
                self.assertEqual(len(ids), len(set(ids)))
                found += len(ids)
        self.assertGreater(found, 1000)


class ChecksTest(ImageKitTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        add_fields(cls.server)

    def test_random_checks_judge_as_the_evaluator_does(self):
        dice = random.Random(13)
        outcomes = {200: 0, 400: 0}
        for _ in range(300):
            size = dice.choice([0, 5, 60])
            fields = {"folder": dice.choice(FOLDERS) or None,
                      "description": dice.choice(["red", "blue", None])}
            facts = {"file.size": size, "file.mime": "text/plain",
                     **{"request." + k: v for k, v in fields.items()}}

            def term(facts=facts):
                field = dice.choice(list(facts))
                numbers = field == "file.size"
                op = dice.choice(["=", "<", ">=", "NOT =", "IN"] if numbers
                                 else ["=", ":", "NOT =", "IN", "NOT IN"])
                values = [0, 5, 60, 61] if numbers else \
                    ["red", "blue", "a", "ab", "text/", "text/plain"]
                want = dice.choice(values)
                return ("TERM", field, op,
                        [want] if op.endswith("IN") else want)

            tree = (dice.choice(["AND", "OR"]), term(),
                    (dice.choice(["AND", "OR"]), term(), term()))

            class Facts:
                values, tags = facts, []

            text = text_of(tree, dice)
            with self.subTest(text, facts=facts):
                response = imagekit_upload(
                    self.server, ("x" * size, "a.txt", "text/plain"),
                    fileName="check.txt", checks=text, **fields)
                wanted = 200 if evaluate(tree, Facts) else 400
                self.assertEqual(response.status, wanted, response)
                if wanted == 400:
                    self.refused(response, 400, "Your request failed 'checks' "
                                 "validation.")
                outcomes[wanted] += 1
        self.assertGreater(min(outcomes.values()), 50)

    def test_checks_compare_numbers_with_numbers_alone(self):
        for given, text, status in (
                ("5", "= 5", 200), ("5.0", "= 5", 200), ("5e0", "= 5", 200),
                ("-5", "< 5", 200), ("nan", "= 5", 400), ("NaN", "<= 5", 400),
                ("-inf", "< 5", 400), ("infinity", "> 5", 400),
                ("0x5", "= 5", 400), (" 5", "= 5", 400), ("5 ", "= 5", 400),
                ("5x", "= 5", 400), ("", "< 5", 400), ("1e999", "> 5", 400),
                ("nan", "NOT = 5", 200)):
            with self.subTest(given, text=text):
                response = imagekit_upload(
                    self.server, fileName="x.txt", description=given,
                    checks=f'"request.description" {text}')
                self.assertEqual(response.status, status, response)

    def test_checks_that_are_none_are_refused(self):
        for text in ('"file.size" < 0x10', '"file.size" > -inf',
                     '"file.size" < nan', "x", '"file.size" >', '"odd.field" = 1', '"file.size" IN '
                     '5', "(" * 1000, '"file.size" = "1mb" OR'):
            with self.subTest(text), self.nothing_left():
                self.refused(imagekit_upload(
                    self.server, fileName="x.txt", checks=text), 400,
                    "Your request contains invalid syntax for the checks "
                    "parameter.")

    def test_checks_know_sizes_and_pictures(self):
        for text, status in (
                ('"file.size" < "1kb"', 200), ("'file.size' > \"1mb\"", 400),
                ('"mediaMetadata.width" = 4 AND "mediaMetadata.height" < 4',
                 200), ('"mediaMetadata.width" > 4', 400),
                ('"file.mime" : "image/"', 200),
                ('"request.customMetadata.price" >= 3', 200)):
            with self.subTest(text):
                self.assertEqual(imagekit_upload(
                    self.server, (samples.png(4, 3), "x.png"),
                    fileName="x.png", checks=text,
                    customMetadata='{"price": 3}').status, status)
