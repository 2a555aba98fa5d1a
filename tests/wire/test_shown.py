# SPDX-License-Identifier: Apache-2.0
"""What the dialects say of who may have a file is so: a URL that is shown as
open opens, whatever guards the file and wherever it came in."""
import samples
from apis import (basic, bearer, filestack_store, imagekit_upload,
                  jigsawstack_upload, query, stashfyle_upload)
from filestack_cdn import CdnTest
from filestack_policy import secure
from harness import wait_until
from policies import in_query, in_task, make
from rawhttp import get_url, request
from tenants import tool

PNG = samples.png(6, 5)


class ShownTest(CdnTest):
    def made(self):
        """Of each dialect, open and closed: their names."""
        for name, fields in (("ik-open.png", {}),
                             ("ik-private.png", {"isPrivateFile": "true"}),
                             ("ik-draft.png", {"isPublished": "false"})):
            self.assertEqual(imagekit_upload(
                self.server, (PNG, "x"), fileName=name,
                useUniqueFileName="false", **fields).status, 200)
        self.assertEqual(filestack_store(
            self.server, PNG, key=None, path="/fs.png",
            headers=self.app()).status, 200)
        for name, private in (("sf-open.png", "false"),
                              ("sf-private.png", "true")):
            self.assertEqual(stashfyle_upload(
                self.server, (PNG, name), private=private).status, 200)
        self.assertEqual(jigsawstack_upload(
            self.server, "js.png", PNG).status, 200)

    def stashfyle_files(self):
        listed = request(self.server, "GET", "/v1/files",
                         bearer(self.server.secret)).json()["files"]
        for said in listed:
            details = request(self.server, "GET", "/v1/files/" + said["id"],
                              bearer(self.server.secret)).json()
            self.assertEqual(said, details)
        return {said["name"]: said for said in listed}

    def imagekit_files(self, **asked):
        listed = request(self.server, "GET",
                         query("/v1/files", **asked),
                         basic(self.server.secret)).json()
        return {said["name"]: said for said in listed}

    def assert_shown(self, private, restricted=False):
        """private: the names of what is not open at any URL."""
        for name, said in self.stashfyle_files().items():
            with self.subTest(name, by="stashfyle"):
                self.assertIs(said["private"], name in private)
                self.assertEqual(said["url"] is None, said["private"])
                if said["url"]:
                    self.assertEqual(get_url(self.server, said["url"]).body,
                                     PNG)
        files = self.imagekit_files()
        found = self.imagekit_files(searchQuery="private = true")
        others = self.imagekit_files(searchQuery="private = false")
        self.assertEqual({*found, *others}, {*files})
        for name, said in files.items():
            with self.subTest(name, by="imagekit"):
                details = request(
                    self.server, "GET",
                    f"/v1/files/{said['fileId']}/details",
                    basic(self.server.secret)).json()
                self.assertEqual(said["isPrivateFile"],
                                 details["isPrivateFile"])
                self.assertEqual(said["isPrivateFile"], name in found)
                self.assertEqual(said["isPrivateFile"], name not in others)
                opened = get_url(self.server, said["url"]).status
                if not restricted:
                    self.assertEqual(opened == 200,
                                     not said["isPrivateFile"] and
                                     said["isPublished"], opened)

    def test_what_is_shown_as_open_opens(self):
        self.made()
        private = {"ik-private.png", "ik-draft.png", "sf-private.png",
                   "js.png"}
        self.assert_shown(private)
        secure(self.server)
        # "file" is what asked whether the switch is on
        self.assert_shown(private | {"fs.png", "file"})
        tool(self.server, "accounts", "set", "default",
             "--restrict-unsigned-urls", "on")
        url = self.imagekit_files()["ik-open.png"]["url"]
        self.assertTrue(wait_until(
            lambda: get_url(self.server, url).status == 401))
        self.assert_shown(set(self.imagekit_files()), restricted=True)


class NamedTest(CdnTest):
    def test_a_name_opens_nothing_that_a_policy_guards(self):
        """Of what was made there of a private file."""
        tool(self.server, "transformations", "set", "default", "small",
             "tr:w-3")
        imagekit_upload(self.server, (PNG, "x"), fileName="b.png",
                        useUniqueFileName="false", folder="in",
                        isPrivateFile="true")
        named = "/default/in/b.png?tr=n-small"
        self.assertTrue(wait_until(lambda: self.get(named).status == 200))
        secure(self.server)
        proof = make(self.server.secret, "store", "convert", "read")
        response = self.get(f"/{self.server.public}/{in_task(proof)}/flip/"
                            "store=path:%22/made.png%22/src://in/b.png")
        self.assertEqual(response.status, 200, response)
        for target in ("/default/made.png?tr=n-small",
                       "/default/tr:n-small/made.png",
                       "/default/made.png?tr=w-3", "/default/made.png"):
            with self.subTest(target):
                self.assertEqual(self.get(target).status, 401)
                for calls, status in ((["stat"], 401),
                                      (["read", "convert"], 200)):
                    self.assertEqual(self.get(in_query(target, make(
                        self.server.secret, *calls))).status, status)
        # what came in through another API is as it was there
        self.assertEqual(self.get(named).status, 200)
