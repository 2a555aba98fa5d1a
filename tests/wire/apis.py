# SPDX-License-Identifier: Apache-2.0
"""The four dialects from a client's side: doors, credentials, upload calls and
the shape of refusals. The judging of single fields is in the test files.
"""
import base64
import re
import urllib.parse

from rawhttp import form, request

HOSTS = {"imagekit": ("upload.imagekit.io", "ik.imagekit.io"),
         "filestack": ("www.filestackapi.com", "cdn.filestackcontent.com"),
         "stashfyle": ("api.stashfyle.com", "cdn.stashfyle.com"),
         "jigsawstack": ("api.jigsawstack.com", "api.jigsawstack.com")}
DIALECTS = tuple(HOSTS)
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def doors(dialect):
    """The ways in: (name, path prefix, headers)."""
    return (("root", "", {}),
            ("prefix", "/" + dialect, {}),
            ("host", "", {"Host": HOSTS[dialect][0]}),
            ("host with port", "", {"Host": HOSTS[dialect][0] + ":8080"}))


# Credentials.

def basic(user, password=""):
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": "Basic " + pair}


def bearer(key):
    return {"Authorization": "Bearer " + key}


def api_key(key):
    return {"x-api-key": key}


def query(target, /, **values):
    """The target with a query of what is not None."""
    given = {k: v for k, v in values.items() if v is not None}
    return target + ("?" + urllib.parse.urlencode(given) if given else "")


# Uploads. `door` is a row of doors(); what is None is left out.

ROOT = ("root", "", {})


def imagekit_upload(server, file=("hello", "a.txt"), path=None, door=ROOT,
                    headers=None, **fields):
    """file: (bytes, filename[, type]), or a text for the field (a URL or
    base64), or None."""
    parts = [("file", *file)] if isinstance(file, tuple) else \
        [("file", file)] if file is not None else []
    parts += [(k, v) for k, v in fields.items() if v is not None]
    kind, body = form(*parts)
    return request(server, "POST", door[1] + (path or "/api/v1/files/upload"),
                   {**door[2], **basic(server.secret), **kind,
                    **(headers or {})}, body)


def filestack_store(server, body=None, door=ROOT, provider="S3", headers=None,
                    key=True, **options):
    """body: bytes (raw), or (headers, bytes) of form() and the like."""
    extra, data = body if isinstance(body, tuple) else ({}, body)
    target = query(f"{door[1]}/api/store/{provider}",
                   key=server.public if key is True else key, **options)
    return request(server, "POST", target,
                   {**door[2], **extra, **(headers or {})}, data)


def stashfyle_upload(server, file=("hello", "a.txt"), door=ROOT, headers=None,
                     **fields):
    parts = [("file", *file)] if file else []
    kind, body = form(*parts, *fields.items())
    return request(server, "POST", door[1] + "/v1/upload",
                   {**door[2], **bearer(server.secret), **kind,
                    **(headers or {})}, body)


def jigsawstack_upload(server, key=None, data=b"hello", door=ROOT,
                       headers=None, path="/v1/store/file", **options):
    """The raw encoding."""
    target = query(door[1] + path, key=key, **options)
    return request(server, "POST", target,
                   {**door[2], **api_key(server.secret), **(headers or {})},
                   data)


def jigsawstack_read(server, key, door=ROOT, headers=None, method="GET"):
    target = door[1] + "/v1/store/file/read/" + urllib.parse.quote(key)
    return request(server, method, target,
                   {**door[2], **api_key(server.secret), **(headers or {})})


def stashfyle_id(file_id):
    """The StashFyle id of an ImageKit fileId: the same 96-bit number."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    number, text = int(file_id, 16), ""
    for _ in range(19):
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return "f_" + text


def metric(server, name):
    text = request(server, "GET", "/metrics").body.decode()
    return int(re.search(rf"(?m)^{name} (\d+)$", text)[1])


# Refusals.

def assert_refused(test, dialect, response, status=None, text=None,
                   delivery=False):
    """An error of the dialect: its status, its JSON (or, for URLs that
    browsers open, its text), its headers. text: a regular expression."""
    test.assertGreaterEqual(response.status, 400, response)
    if status is not None:
        test.assertEqual(response.status, status, response)
    test.assertEqual(response["Access-Control-Allow-Origin"], "*", response)
    if delivery and dialect in ("imagekit", "filestack"):
        test.assertRegex(response["Content-Type"], "^text/plain", response)
        test.assertEqual(response["X-Content-Type-Options"], "nosniff",
                         response)
        said = response.body.decode()
        if dialect == "imagekit":
            test.assertRegex(response["ik-error"], "^E[A-Z]+ - .", response)
    else:
        said = SHAPES[dialect](test, response, response.json())
    test.assertTrue(said, response)
    test.assertNotRegex(said, r"\.c:|/tmp/|sqlite|errno|%[0-9a-z]", response)
    if text:
        test.assertRegex(said, text, response)


def imagekit_shape(test, response, body):
    test.assertLessEqual({"message", "help"}, set(body), response)
    test.assertLessEqual(set(body), {"message", "help", "reason", "errors",
                                     "missingFileIds"}, response)
    test.assertRegex(response["x-ik-requestid"], UUID)
    return body["message"]


def filestack_shape(test, response, body):
    test.assertEqual(set(body), {"error"}, response)
    return body["error"]


STASHFYLE_CODES = {400: ("bad_request",), 401: ("unauthorized",),
                   403: ("forbidden", "grace_period"), 404: ("not_found",),
                   405: ("method_not_allowed",),
                   412: ("precondition_failed",),
                   413: ("file_too_large", "storage_limit_exceeded"),
                   416: ("range_not_satisfiable",),
                   429: ("rate_limit_exceeded",)}


def stashfyle_shape(test, response, body):
    test.assertEqual(set(body), {"error"}, response)
    test.assertEqual(set(body["error"]), {"code", "message"}, response)
    codes = STASHFYLE_CODES.get(response.status)
    if codes:
        test.assertIn(body["error"]["code"], codes, response)
    return body["error"]["message"]


def jigsawstack_shape(test, response, body):
    test.assertEqual(set(body), {"success", "message", "error", "log_id"},
                     response)
    test.assertIs(body["success"], False)
    test.assertRegex(body["error"], "^[a-z_]+$")
    test.assertTrue(re.fullmatch(UUID, body["log_id"]), response)
    return body["message"]


SHAPES = {"imagekit": imagekit_shape, "filestack": filestack_shape,
          "stashfyle": stashfyle_shape, "jigsawstack": jigsawstack_shape}


def assert_file(test, response, body, content_type=None):
    """A delivery of exactly these bytes."""
    test.assertEqual(response.status, 200, response)
    test.assertEqual(response.body, body)
    test.assertEqual(response["X-Content-Type-Options"], "nosniff", response)
    if content_type:
        test.assertEqual(response["Content-Type"], content_type, response)
