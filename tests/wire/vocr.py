# SPDX-License-Identifier: Apache-2.0
"""vOCR from a client's side: the call, and the shape of its answers."""
import json

from apis import UUID, api_key
from rawhttp import form, request

JSON = {"Content-Type": "application/json"}
CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")


def ask(server, options=None, file=None, who=None, timeout=60):
    """options: an object; with file (bytes) as a form, else as JSON."""
    body = json.dumps(options or {}).encode()
    kind = JSON
    if file is not None:
        kind, body = form(("file", file, "blob", "application/octet-stream"),
                          ("body", body))
    return request(server, "POST", "/v1/vocr",
                   {**api_key(who or server.secret), **kind}, body, timeout)


def assert_bounds(test, bounds, width, height):
    test.assertEqual(set(bounds), {*CORNERS, "width", "height"})
    x, y = ([bounds[corner][axis] for corner in CORNERS] for axis in "xy")
    for values, most in ((x, width), (y, height)):
        for value in values:
            test.assertIsInstance(value, int)
            test.assertTrue(0 <= value <= most, bounds)
    test.assertEqual(bounds["width"], (x[1] - x[0] + x[2] - x[3]) / 2)
    test.assertEqual(bounds["height"], (y[3] - y[0] + y[2] - y[1]) / 2)
    test.assertGreater(bounds["width"], 0, bounds)
    test.assertGreater(bounds["height"], 0, bounds)


def assert_answer(test, response, bounds=True):
    """An answer with all that each has; returns it."""
    test.assertEqual(response.status, 200, response)
    test.assertEqual(response["Content-Type"], "application/json")
    answer = response.json()
    test.assertIs(answer["success"], True)
    test.assertRegex(answer["log_id"], UUID)
    test.assertEqual(answer["tags"], [])
    test.assertEqual(answer["has_text"], bool(answer["sections"]))
    test.assertEqual(set(answer["_usage"]), {
        "input_tokens", "output_tokens", "inference_time_tokens",
        "total_tokens"})
    test.assertLessEqual(set(answer), {
        "success", "context", "width", "height", "tags", "has_text",
        "sections", "total_pages", "page_range", "_usage", "log_id"})
    optional = {"bounds"} if bounds else set()
    for section in answer["sections"]:
        test.assertEqual(section["text"], "\n".join(
            line["text"] for line in section["lines"]))
        for line in section["lines"]:
            test.assertEqual(set(line), {"text", "average_confidence",
                                         "words"} | optional)
            test.assertTrue(0 <= line["average_confidence"] <= 1)
            test.assertTrue(line["words"])
            for word in line["words"]:
                test.assertEqual(set(word), {"text", "confidence"} | optional)
                test.assertTrue(0 <= word["confidence"] <= 1)
                test.assertTrue(word["text"])
            for thing in [line, *line["words"]] if bounds else []:
                assert_bounds(test, thing["bounds"], answer["width"],
                              answer["height"])
    return answer


def text_of(answer):
    return "\n".join(section["text"] for section in answer["sections"])
