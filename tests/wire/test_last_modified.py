# SPDX-License-Identifier: Apache-2.0
"""Dates of what is delivered: whoever asks by date alone (RFC 9110 13.1.3 and
13.1.4, 13.1.5) never keeps content that has become another, however that came
about, and through whichever API it is read. Nothing here waits for the next
second on purpose: several changes fall into one."""
import email.utils
import urllib.parse

from apis import (api_key, basic, filestack_store, jigsawstack_upload,
                  stashfyle_id)
from harness import wait_until
from imagekit import ImageKitTest
from pictures import flat_png
from rawhttp import request


class LastModifiedTest(ImageKitTest):
    def doors(self, path, stored):
        """The URLs of one file in the four deliveries, and their headers."""
        row = self.list(path="/" + path.rsplit("/", 1)[0])[0]
        handle = urllib.parse.urlsplit(stored["url"]).path
        name = urllib.parse.quote(stored["filename"])
        return row["fileId"], {
            "imagekit": ("/default/" + path, {}),
            "filestack": (handle, {}),
            "stashfyle": (f"/live/default/{stashfyle_id(row['fileId'])}/"
                          + name, {}),
            "jigsawstack": ("/v1/store/file/read/" + path,
                            api_key(self.server.public))}

    def look(self, door, **conditions):
        target, headers = door
        return request(self.server, "GET", target, {**headers, **{
            name.replace("_", "-"): value
            for name, value in conditions.items()}})

    def assert_changed(self, door, seen, body):
        """Who has seen that answer is told of the new content."""
        date = seen["Last-Modified"]
        self.assertNotEqual(seen.body, body)
        for conditions, status in (
                ({"If_Modified_Since": date}, 200),
                ({"Range": "bytes=0-0", "If_Range": date}, 200),
                ({"If_Unmodified_Since": date}, 412)):
            with self.subTest(door[0], **conditions):
                response = self.look(door, **conditions)
                self.assertEqual(response.status, status, response)
                if status == 200:
                    self.assertEqual(response.body, body)

    def change_by(self, change, body):
        """Runs the change and looks through every door before and after."""
        before = {name: self.look(door) for name, door in self.at.items()}
        change()
        for name, door in self.at.items():
            self.assert_changed(door, before[name], body)
            now = self.look(door)
            self.assertEqual(now.body, body, name)
            for field in ("Last-Modified", "Date"):
                self.assertIsNotNone(now[field], name)
            self.assertLessEqual(seconds(now["Last-Modified"]),
                                 seconds(now["Date"]), name)

    def store(self, path, body=b"old", **options):
        response = filestack_store(
            self.server, body, path="/" + path, key=None,
            filename=path.rsplit("/", 1)[1],
            headers=basic("app", self.server.secret), **options)
        self.assertEqual(response.status, 200, response)
        return response.json()

    def overwrite(self, path, body):
        folder, name = path.rsplit("/", 1)
        return self.upload(name, (body, "x"), folder=folder)

    def test_every_change_of_content_is_told(self):
        path = "dates/f.txt"
        stored = self.store(path, b"zero")
        file, self.at = self.doors(path, stored)
        for name, body in (("one", b"one"), ("two", b"two")):
            self.upload("f.txt", (body, "x"), folder="dates-" + name)
        relocate = {"destinationPath": "/dates"}
        for number, (change, body) in enumerate((
                (lambda: self.overwrite(path, b"new"), b"new"),
                (lambda: self.store(path, b"stored"), b"stored"),
                (lambda: self.ok("POST", "/v1/files/copy", {
                    "sourceFilePath": "/dates-one/f.txt", **relocate}, 204),
                 b"one"),
                (lambda: self.ok("POST", "/v1/files/move", {
                    "sourceFilePath": "/dates-two/f.txt", **relocate}, 204),
                 b"two"),
                (lambda: self.restore(file, 3), b"one"),
                (lambda: self.restore(file, 2), b"stored"),
                (lambda: self.restore(file, 4), b"two"))):
            with self.subTest(number):
                self.change_by(change, body)
        for door in self.at.values():   # and then it stays what it is
            self.assertTrue(wait_until(lambda door=door: self.look(
                door, If_Modified_Since=self.look(door)["Last-Modified"])
                .status == 304, 15), door)
        # by which only those who have a key can read it
        self.at = {"jigsawstack": self.at["jigsawstack"]}
        self.change_by(lambda: jigsawstack_upload(
            self.server, path, b"put", overwrite="true"), b"put")

    def test_what_lies_over_a_picture_is_of_its_date(self):
        source, layer = "under/a.png", "over/a.png"
        handle = self.store(source, flat_png(64, 48))["handle"]
        mark = self.store(layer, flat_png(8, 8, b"\xff\0\0"))["handle"]
        doors = {
            "watermark": (f"/watermark=file:{mark}/{handle}", {}),
            "collage": (f"/collage=files:[{mark}],width:99,height:99/{handle}",
                        {}),
            "layer": (f"/default/tr:l-image,i-over@@a.png,l-end/{source}", {})}
        for change, color in ((self.store, b"\0\xff\0"),
                              (self.overwrite, b"\0\0\xff")):
            seen = {name: self.look(door) for name, door in doors.items()}
            change(layer, flat_png(8, 8, color))
            for name, door in doors.items():
                self.assertEqual(seen[name].status, 200, seen[name])
                self.assert_changed(door, seen[name], self.look(door).body)

    def restore(self, file, number):
        """A number the file has given; what is current has another."""
        at = f"/v1/files/{file}/versions"
        ids = {row["versionInfo"]["name"]: row["versionInfo"]["id"]
               for row in self.ok("GET", at)}
        self.ok("PUT", f"{at}/{ids[f'Version {number}']}/restore")

    def test_what_comes_to_a_path_from_elsewhere_is_new_there(self):
        self.upload("old.txt", ("old", "x"), folder="from")
        for number, (leave, come) in enumerate(
                (leave, come) for leave in (self.delete, self.move_away)
                for come in (self.rename, self.move, self.copy, self.store)):
            path = f"place{number}/x.txt"
            with self.subTest(leave.__name__, come=come.__name__):
                file = self.upload("x.txt", ("gone", "x"),
                                   folder=path.split("/")[0])
                door = ("/default/" + path, {})
                seen = self.look(door)
                leave(path, file)
                come(path)
                self.assert_changed(door, seen, b"old")

    def delete(self, path, file):
        self.ok("DELETE", "/v1/files/" + file["fileId"], status=204)

    def move_away(self, path, file):
        self.ok("POST", "/v1/files/move", {
            "sourceFilePath": "/" + path, "destinationPath": "/gone"}, 204)

    def copy(self, path, word="copy", name="x.txt"):
        """Of what is at /from, by way of a name that fits."""
        folder = path.split("/")[0]
        self.ok("POST", "/v1/files/copy", {
            "sourceFilePath": "/from/old.txt",
            "destinationPath": "/as/" + folder}, 204)
        self.ok("PUT", "/v1/files/rename", {
            "filePath": f"/as/{folder}/old.txt", "newFileName": name})
        self.ok("POST", "/v1/files/" + word, {
            "sourceFilePath": f"/as/{folder}/{name}",
            "destinationPath": "/" + folder}, 204)

    def move(self, path):
        self.copy(path, "move")

    def rename(self, path):
        self.copy(path, "move", "y.txt")
        self.ok("PUT", "/v1/files/rename", {
            "filePath": "/" + path.replace("x.txt", "y.txt"),
            "newFileName": "x.txt"})


def seconds(date):
    return email.utils.parsedate_to_datetime(date).timestamp()
