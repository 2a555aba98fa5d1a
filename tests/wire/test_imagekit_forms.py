# SPDX-License-Identifier: Apache-2.0
"""Bodies of ImageKit's calls as older SDKs send them: forms where the others
send JSON, empty lists for empty objects, and a GET with a body."""
import json
import urllib.parse

from apis import basic, jigsawstack_upload
from imagekit import ImageKitTest
from rawhttp import Connection, chunked, form, request

FORM = "application/x-www-form-urlencoded"
NO_FORM = "Your request contains an invalid form body."
NO_JSON = "Your request contains an invalid JSON body."


class FormTest(ImageKitTest):
    def post(self, method, target, body, kind=FORM):
        """A body as it is on the wire."""
        return request(self.server, method, target, {
            **basic(self.server.secret), "Content-Type": kind}, body.encode())

    def done(self, method, target, body, status=200, kind=FORM):
        response = self.post(method, target, body, kind)
        self.assertEqual(response.status, status, response)
        return response.json() if response.body else None

    def details(self, file):
        return self.ok("GET", f"/v1/files/{file['fileId']}/details")


class CallTest(FormTest):
    def test_files_are_moved_renamed_and_purged(self):
        self.upload("a.txt", folder="/moves")
        self.done("POST", "/v1/files/move", "sourceFilePath=%2Fmoves%2Fa.txt&"
                  "destinationPath=%2Fmoves2", 204)
        self.done("POST", "/v1/files/copy", "sourceFilePath=/moves2/a.txt&"
                  "destinationPath=/moves3&includeFileVersions=True", 204)
        self.assertEqual(
            self.done("PUT", "/v1/files/rename", "filePath=%2Fmoves2%2Fa.txt&"
                      "newFileName=b+c.txt&purgeCache=false"), {})
        self.assertEqual(self.names(path="/moves2"), ["b_c.txt"])
        self.assertIn("purgeRequestId", self.done(
            "PUT", "/v1/files/rename",
            "filePath=%2Fmoves2%2Fb_c.txt&newFileName=d.txt&purgeCache=1"))
        url = urllib.parse.quote(self.list(path="/moves2")[0]["url"], "")
        self.done("POST", "/v1/files/purge", "url=" + url, 201)
        self.assertEqual(self.names(path="/moves3"), ["a.txt"])

    def test_folders_are_made_copied_and_deleted(self):
        self.done("POST", "/v1/folder",
                  "folderName=made&parentFolderPath=%2Fforms%2F", 201)
        self.upload("x.txt", folder="/forms/made")
        job = self.done("POST", "/v1/bulkJobs/copyFolder",
                        "sourceFolderPath=%2Fforms%2Fmade&destinationPath=%2F"
                        "forms2&includeVersions=true")
        self.assertEqual(self.ended(job).json()["status"], "Completed")
        job = self.done("POST", "/v1/bulkJobs/renameFolder",
                        "folderPath=/forms2/made&newFolderName=m2&"
                        "purgeCache=0", 202)
        self.assertNotIn("purgeRequestId", self.ended(job).json())
        self.assertEqual(self.names(path="/forms2/m2"), ["x.txt"])
        self.done("DELETE", "/v1/folder", "folderPath=%2Fforms", 204)
        self.assertEqual(self.list(path="/forms/made"), [])

    def test_a_list_is_read_however_its_names_are_written(self):
        for write in (lambda i: "&".join("fileIds=" + x for x in i),
                      lambda i: "&".join("fileIds[]=" + x for x in i),
                      lambda i: "&".join("fileIds%5B%5D=" + x for x in i),
                      lambda i: "&".join(f"fileIds[{n}]={x}"
                                         for n, x in enumerate(i)),
                      lambda i: "&".join(f"fileIds%5B{n}%5D={x}" for n, x in
                                         reversed(list(enumerate(i, 7)))),
                      lambda i: "fileIds=" + ",".join(i),
                      lambda i: "fileIds=" + ",%20".join(i),
                      lambda i: "fileIds=" + urllib.parse.quote(json.dumps(i))):
            for number in (1, 12):
                ids = [self.upload()["fileId"] for _ in range(number)]
                body = write(ids)
                with self.subTest(body[:60]):
                    self.assertEqual(
                        self.done("POST", "/v1/files/batch/deleteByFileIds",
                                  body), {"successfullyDeletedFileIds": ids})

    def test_tags_are_added_and_taken_off(self):
        file = self.upload()
        one = "fileIds[]=" + file["fileId"]
        self.done("POST", "/v1/files/addTags", one + "&tags[]=a&tags[]=b,c")
        self.done("POST", "/v1/files/addTags", one + "&tags=d,e&x=y")
        self.done("POST", "/v1/files/addTags", one + "&tags=%C3%A9+f")
        self.assertEqual(self.details(file)["tags"],
                         ["a", "b,c", "d", "e", "\u00e9 f"])
        self.done("POST", "/v1/files/removeTags", one + "&tags=a&tags=b%2Cc")
        self.assertEqual(self.details(file)["tags"], ["d", "e", "\u00e9 f"])
        self.done("POST", "/v1/files/removeAITags", one + "&AITags=x")
        self.refused(self.post("POST", "/v1/files/addTags", one + "&tags="),
                     400, "tags array cannot be empty.")

    def test_the_type_is_known_in_every_spelling(self):
        for kind in (FORM, FORM.upper(), FORM + ";charset=UTF-8",
                     FORM + " ; charset=\"utf-8\"",
                     "Application/X-WWW-Form-Urlencoded; charset=iso-8859-1"):
            with self.subTest(kind):
                file = self.upload()
                self.done("POST", "/v1/files/batch/deleteByFileIds",
                          "fileIds=" + file["fileId"], kind=kind)
        self.refused(self.post("POST", "/v1/folder", "folderName=a&"
                               "parentFolderPath=/", "text/plain"), 400,
                     NO_JSON)

    def test_pairs_without_any_type_are_a_form(self):
        for headers in ({}, {"Content-Type": ""}):
            made = request(self.server, "POST", "/v1/folder",
                           {**basic(self.server.secret), **headers},
                           b"folderName=untyped&parentFolderPath=/")
            self.assertEqual(made.status, 201, made)
        for body in (b"folderName", b"{folderName=1", b"=x"):
            self.refused(request(self.server, "POST", "/v1/folder",
                                 basic(self.server.secret), body), 400,
                         NO_JSON)

    def parts(self, method, target, *parts, status=200):
        """The same as multipart/form-data."""
        kind, body = form(*parts)
        response = request(self.server, method, target,
                           {**basic(self.server.secret), **kind}, body)
        self.assertEqual(response.status, status, response)
        return response.json() if response.body else None

    def test_the_parts_of_a_form_say_the_same(self):
        self.parts("POST", "/v1/folder", ("folderName", "parts"),
                   ("parentFolderPath", "/"), status=201)
        file = self.upload("p.txt", folder="/parts")
        self.parts("PATCH", f"/v1/files/{file['fileId']}/details",
                   ("tags[]", "a"), ("tags[]", "b"),
                   ("customMetadata", "{}"), ("x", b"file", "f.txt"))
        self.parts("POST", "/v1/files/addTags", ("fileIds", file["fileId"]),
                   ("tags[0]", "c"), ("tags[1]", "d"))
        self.assertEqual(self.details(file)["tags"], ["a", "b", "c", "d"])
        self.assertEqual(
            self.parts("POST", "/v1/files/batch/deleteByFileIds",
                       ("fileIds", file["fileId"])),
            {"successfullyDeletedFileIds": [file["fileId"]]})
        self.parts("DELETE", "/v1/folder", ("folderPath", "/parts"),
                   status=204)
        for bad in ([("x", "1"), ("x[y]", "2")], [("x[y", "z" * 140000)],
                    [("x", b"\xff")]):
            self.parts("POST", "/v1/folder", ("folderName", "no"),
                       ("parentFolderPath", "/"), *bad, status=400)

    def test_json_is_json_whatever_type_curl_names(self):
        file = self.upload()
        path = f"/v1/files/{file['fileId']}/details"
        self.assertEqual(self.done("PATCH", path, ' {"tags":["a"]}')["tags"],
                         ["a"])
        self.refused(self.post("PATCH", path, '{"tags":"a,b"}'), 400)

    def test_chunks_may_cut_a_form_anywhere(self):
        file = self.upload()
        with Connection(self.server) as connection:
            response = connection.request(
                "POST", "/v1/files/batch/deleteByFileIds",
                {**basic(self.server.secret), "Content-Type": FORM,
                 "Transfer-Encoding": "chunked"},
                chunked(b"fileIds%5", b"B%5", b"D=", file["fileId"].encode()))
            self.assertEqual(response.status, 200, response)

    def test_what_is_no_form_is_refused_and_changes_nothing(self):
        before = self.list(type="folder")
        for body in ("folderName=a&parentFolderPath=/&x=1&x[y]=2",
                     "folderName=a&parentFolderPath=/&x=%FF",
                     "folderName=a%00b&parentFolderPath=/",
                     "folderName=a&parentFolderPath=/" + "&x[]" * 40000,
                     "folderName=a&parentFolderPath=/&x=" + "y" * 140000,
                     "folderName=a&parentFolderPath=/&x" + "[y]" * 130 + "=1"):
            with self.subTest(body[:60]):
                self.refused(self.post("POST", "/v1/folder", body), 400,
                             NO_FORM)
        for body, message, more in (
                ("", "folderName parameter is missing.",
                 {"reason": "MISSING_PARAMETER"}),
                ("folderName=a", "parentFolderPath parameter is missing.",
                 {"reason": "MISSING_PARAMETER"}),
                ("folderName[]=a&parentFolderPath=/",
                 "folderName parameter should be a string.",
                 {"reason": "INVALID_PARAMETER"}),
                ("folderName=a&folderName=b&parentFolderPath=/",
                 "folderName parameter should be a string.",
                 {"reason": "INVALID_PARAMETER"}),
                ("x" * (1 << 20) + "=1", "Your request body is too large.",
                 {})):
            with self.subTest(body[:60]):
                self.refused(self.post("POST", "/v1/folder", body), 400,
                             message, **more)
        self.refused(request(self.server, "POST", "/v1/folder",
                             {"Content-Type": FORM}, b"folderName=a"), 401)
        self.assertEqual(self.list(type="folder"), before)


class UpdateTest(FormTest):
    def test_what_describes_a_file_changes(self):
        file = self.upload()
        path = f"/v1/files/{file['fileId']}/details"
        for body, name, value in (
                ("tags=a,b", "tags", ["a", "b"]),
                ("tags[]=c", "tags", ["c"]),
                ("tags=", "tags", None),
                ("customCoordinates=1%2C2%2C3%2C4", "customCoordinates",
                 "1,2,3,4"),
                ("customCoordinates=", "customCoordinates", None),
                ("description=a+b%2Bc", "description", "a b+c"),
                ("removeAITags=all", "AITags", None),
                ("removeAITags[]=x", "AITags", None),
                ("extensions[0][name]=remove-bg&extensions[0][options][x]=1",
                 "extensionStatus", {"remove-bg": "failed"}),
                ("extensions[][name]=remove-bg&extensions[][name]=ai-tasks",
                 "extensionStatus", {"remove-bg": "failed",
                                     "ai-tasks": "failed"}),
                ("extensions=" + urllib.parse.quote('[{"name":"ai-tasks"}]'),
                 "extensionStatus", {"ai-tasks": "failed"}),
                ("publish[isPublished]=false", "isPublished", False),
                ("publish%5BisPublished%5D=1&publish%5BincludeFileVersions"
                 "%5D=0", "isPublished", True),
                ("publish=%7B%22isPublished%22%3Afalse%7D", "isPublished",
                 False)):
            with self.subTest(body):
                self.assertEqual(self.done("PATCH", path, body)[name], value)
        for body in ("publish[isPublished]=maybe", "publish=true",
                     "publish[isPublished]=true&tags=a", "tags[a]=b",
                     "customCoordinates=1,2", "description[]=x",
                     "customMetadata=x", "extensions[0][name]=x"):
            with self.subTest(body):
                before = self.details(file)
                self.refused(self.post("PATCH", path, body), 400)
                self.assertEqual(self.details(file), before)

    def field(self, body):
        return self.done("POST", "/v1/customMetadataFields", body, 201)

    def test_custom_metadata_has_the_types_of_its_fields(self):
        for name, kind, more in (
                ("f text", "Text", ""), ("f_area", "Textarea", ""),
                ("price", "Number", ""), ("day", "Date", ""),
                ("sold", "Boolean", ""),
                ("size", "SingleSelect", "&schema[selectOptions][0]=s&"
                 "schema[selectOptions][1]=l"),
                ("colours", "MultiSelect", "&schema[selectOptions][]=red&"
                 "schema[selectOptions][]=blue")):
            self.field(f"name={name}&label={name}&schema[type]={kind}{more}")
        self.ok("POST", "/v1/customMetadataFields", {
            "name": "mixed", "label": "m", "schema": {
                "type": "SingleSelect", "selectOptions": [5, True, "7"]}}, 201)
        file = self.upload()
        path = f"/v1/files/{file['fileId']}/details"
        wanted = {}
        for body, change in (
                ("customMetadata[price]=10", {"price": 10}),
                ("customMetadata%5Bprice%5D=-1.5&customMetadata[sold]=true",
                 {"price": -1.5, "sold": True}),
                ("customMetadata[sold]=0", {"sold": False}),
                ("customMetadata[f+text]=10", {"f text": "10"}),
                ("customMetadata[f_area]=true", {"f_area": "true"}),
                ("customMetadata[day]=2026-11-29",
                 {"day": "2026-11-29T00:00:00.000Z"}),
                ("customMetadata[size]=l", {"size": "l"}),
                ("customMetadata[mixed]=5", {"mixed": 5}),
                ("customMetadata[mixed]=true", {"mixed": True}),
                ("customMetadata[mixed]=7", {"mixed": "7"}),
                ("customMetadata[colours]=red", {"colours": ["red"]}),
                ("customMetadata[colours][]=blue", {"colours": ["blue"]}),
                ("customMetadata[colours][0]=blue&customMetadata[colours][1]="
                 "red", {"colours": ["blue", "red"]}),
                ("customMetadata=" + urllib.parse.quote('{"price":7}'),
                 {"price": 7})):
            wanted.update(change)
            with self.subTest(body):
                self.assertEqual(
                    self.done("PATCH", path, body)["customMetadata"], wanted)
        self.done("PATCH", path, "customMetadata[price]=&customMetadata[sold]=")
        del wanted["price"], wanted["sold"]
        self.assertEqual(self.details(file)["customMetadata"], wanted)
        for body, name in (("customMetadata[price]=ten", "price"),
                           ("customMetadata[sold]=maybe", "sold"),
                           ("customMetadata[size]=m", "size"),
                           ("customMetadata[colours]=green", "colours"),
                           ("customMetadata[price][]=1", "price"),
                           ("customMetadata[none]=1", "none")):
            with self.subTest(body):
                response = self.post("PATCH", path, body)
                self.assertEqual((response.status,
                                  list(response.json()["errors"])),
                                 (400, [name]))
        # in JSON a text stays a text
        self.assertEqual(self.call("PATCH", path, {
            "customMetadata": {"price": "10"}}).status, 400)

    def test_fields_are_made_and_changed(self):
        field = self.field(
            "name=weight&label=Weight&schema[type]=Number&schema[minValue]=1&"
            "schema[maxValue]=1e2&schema[defaultValue]=5&"
            "schema[isValueRequired]=true")
        self.assertEqual(field["schema"], {
            "type": "Number", "minValue": 1, "maxValue": 100.0,
            "defaultValue": 5, "isValueRequired": True})
        path = "/v1/customMetadataFields/" + field["id"]
        changed = self.done("PATCH", path, "label=W&schema[defaultValue]=6&"
                            "schema[isValueRequired]=0&schema[minValue]=2.5")
        self.assertEqual(changed["label"], "W")
        self.assertEqual(changed["schema"], {
            "type": "Number", "minValue": 2.5, "maxValue": 100.0,
            "defaultValue": 6, "isValueRequired": False})
        field = self.field("name=flag&label=f&schema[type]=Boolean&"
                           "schema[defaultValue]=false")
        self.assertIs(field["schema"]["defaultValue"], False)
        for body in ("schema[minValue]=x", "schema[minValue]=101",
                     "schema[defaultValue]=x", "schema=x"):
            with self.subTest(body):
                self.assertEqual(self.post("PATCH", path, body).status, 400)


class UploadTest(FormTest):
    def test_a_list_may_come_in_several_fields(self):
        for names in (("{}",) * 3, ("{}[]",) * 3,
                      ("{}[0]", "{}[1]", "{}[2]")):
            with self.subTest(names):
                kind, body = form(
                    ("file", b"x", "x.txt"), ("fileName", "x.txt"),
                    *((n.format("tags"), v) for n, v in
                      zip(names, ("a", " b", "c,d"))),
                    *((n.format("responseFields"), v) for n, v in
                      zip(names, ("isPublished", "tags,customMetadata", ""))),
                    ("tags[x]", "no"), ("tagsy", "no"), ("tags[0", "no"))
                response = request(self.server, "POST",
                                   "/api/v1/files/upload",
                                   {**basic(self.server.secret), **kind}, body)
                self.assertEqual(response.status, 200, response)
                said = response.json()
                self.assertEqual((said["tags"], said["isPublished"],
                                  said["customMetadata"]),
                                 (["a", "b", "c", "d"], True, {}))
                self.assertNotIn("metadata", said)


class EmptyListTest(FormTest):
    """What has no members is written as a list in PHP."""

    def test_an_empty_list_is_an_empty_object(self):
        file = self.upload()
        path = f"/v1/files/{file['fileId']}/details"
        for body in ([], {"customMetadata": []}, {"customMetadata": {}}):
            with self.subTest(body):
                self.assertEqual(self.ok("PATCH", path, body)
                                 ["customMetadata"], {})
        for body in ([1], [[]], {"customMetadata": [1]}, {"publish": []},
                     {"publish": {}}):
            with self.subTest(body):
                self.refused(self.call("PATCH", path, body), 400)
        self.upload(customMetadata="[]")
        self.refused(self.call("POST", "/v1/folder", []), 400,
                     "folderName parameter is missing.",
                     reason="MISSING_PARAMETER")
        made = self.ok("POST", "/v1/customMetadataFields", {
            "name": "of php", "label": "p", "schema": {"type": "Text"}}, 201)
        for schema in ([], {}):
            self.ok("PATCH", "/v1/customMetadataFields/" + made["id"],
                    {"label": "q", "schema": schema})
            response = self.call("POST", "/v1/customMetadataFields", {
                "name": "x", "label": "x", "schema": schema})
            self.assertEqual((response.status,
                              list(response.json()["errors"])),
                             (400, ["type"]))

    def test_options_of_the_file_store_may_be_one_too(self):
        kind, body = form(("file", b"hello", "x.txt"), ("body", "[]"))
        response = request(self.server, "POST", "/v1/store/file", {
            "x-api-key": self.server.secret, **kind}, body)
        self.assertEqual(response.status, 200, response)
        self.assertEqual(jigsawstack_upload(self.server, "y").status, 200)


class BodyOfGetTest(FormTest):
    def get(self, target, body, kind=FORM, method="GET"):
        return self.post(method, target, body, kind)

    def test_a_list_reads_json_and_passes_over_the_rest(self):
        for name in ("a.txt", "b.txt", "c.txt"):
            self.upload(name, folder="/got")
        target = "/v1/files?skip=0&limit=1&path=%2Fgot"
        for body, kind in (
                ("skip=0&limit=1&path=%2Fgot", FORM),
                ("limit=x&skip=-1", FORM), ("a=1&a[b]=2", FORM),
                ("garbage", "text/plain"), ("{", "application/json"),
                ("[1]", "application/json"), ("null", "application/json"),
                ('{"limit":1}x', "application/json"), ("[]", FORM),
                ("\xff", "application/json"), ("x" * 100000, FORM),
                ("x" * (1 << 20) + "x", "application/json")):
            with self.subTest(body[:20], kind=kind):
                response = self.get(target, body, kind)
                self.assertEqual(response.status, 200, response)
                self.assertEqual([r["name"] for r in response.json()],
                                 ["a.txt"])
        for body in ('{"limit":1,"path":"/got","skip":1}',
                     ' {"limit":"1","path":"/got","skip":"1"}'):
            response = self.get("/v1/files", body, "application/json")
            self.assertEqual([r["name"] for r in response.json()], ["b.txt"])
        # the query says first what is asked
        response = self.get(target, '{"limit":3,"sort":"DESC_NAME"}',
                            "application/json")
        self.assertEqual([r["name"] for r in response.json()], ["c.txt"])
        self.refused(self.get("/v1/files", '{"limit":0}', "application/json"),
                     400)

    def test_no_other_get_minds_a_body(self):
        file = self.upload("body.txt")
        field = "/v1/customMetadataFields"
        with Connection(self.server) as connection:
            for method, target, status in (
                    ("GET", f"/v1/files/{file['fileId']}/details", 200),
                    ("GET", f"/v1/files/{file['fileId']}/versions", 200),
                    ("GET", f"/{self.server.account}/body.txt", 200),
                    ("HEAD", f"/{self.server.account}/body.txt", 200),
                    ("HEAD", "/v1/files", 200), ("GET", field, 200),
                    ("GET", "/v1/files/purge/" + "0" * 24, 400),
                    ("GET", "/v1/bulkJobs/" + "0" * 24, 404),
                    ("DELETE", "/v1/files/" + file["fileId"], 204),
                    ("GET", f"/v1/files/{file['fileId']}/details", 404)):
                for body in (b"a=1&b=2", b"{"):
                    with self.subTest(target, method=method):
                        if (status, body) == (204, b"{"):
                            continue
                        response = connection.request(
                            method, target,
                            {**basic(self.server.secret),
                             "Content-Type": FORM}, body)
                        self.assertEqual(response.status, status, response)
