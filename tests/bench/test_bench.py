# SPDX-License-Identifier: Apache-2.0
"""The benchmarks run, and leave nothing behind however they end. Nothing here
looks at a figure."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
RUN = str(TOP / "bench" / "run")
BUILD = os.path.dirname(os.environ.get("STOWAGE_BIN")
                        or str(TOP / "build" / "stowage"))
SECONDS = 420

sys.path.insert(0, str(TOP / "bench"))
import cases

RIVALS = ("nginx", "nginx tuned", "bare loop", "multer", "dd", "ipx",
          "image_filter", "tus", "tesseract", "tesseract warm")


def left_by(folder):
    """Processes whose TMPDIR is that one, as that of all we start is."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            variables = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
            if f"TMPDIR={folder}\0".encode() in variables:
                found.append(pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
        except OSError:
            pass
    return found


class BenchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, *words, build=BUILD):
        scratch = tempfile.mkdtemp(dir=self.folder)
        process = subprocess.Popen(
            [RUN, "--smoke", "--build", build, *words], text=True,
            env={**os.environ, "TMPDIR": scratch}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.kill)
        return process, scratch

    def finish(self, process, scratch):
        output, _ = process.communicate(timeout=SECONDS)
        self.assertEqual(left_by(scratch), [], output)
        self.assertEqual(os.listdir(scratch), [], output)
        return output

    def run_whole(self, *words):
        """The rounds of each contestant of each case."""
        path = os.path.join(self.folder, "rounds")
        process, scratch = self.start("--json", path, *words)
        output = self.finish(process, scratch)
        self.assertEqual(process.returncode, 0, output)
        with open(path, encoding="utf-8") as f:
            return json.load(f), output

    def test_each_case_runs_beside_the_rivals_that_are_here(self):
        results, output = self.run_whole()
        self.assertEqual(list(results), list(cases.CASES))
        for name, case in cases.CASES.items():
            absent = [rival for rival in RIVALS
                      if f"left out: {rival}:" in output]
            wanted = {"stowage", *case.rivals} - {*absent}
            if case.logs:
                wanted.add("stowage+log")
            if f"left out: {name}:" in output:
                wanted = set()
            self.assertEqual(set(results[name]), wanted)
        for line in output.splitlines():
            if line.startswith("left out: "):
                with self.subTest(line):
                    self.skipTest(line)

    def test_two_builds_are_measured_in_turn(self):
        results, output = self.run_whole(
            "--against", BUILD, "--rounds", "2", "--case", "get-4k",
            "--case", "put-form-4k-pinned", "--case", "media")
        for name, table in results.items():
            self.assertEqual({who: len(rounds)
                              for who, rounds in table.items()},
                             dict.fromkeys(("new", "old", "new+log",
                                            "old+log"), 2))
            self.assertRegex(output.split("\nnew/old by")[1],
                             rf"\n  {name} +new +\S+ x \d.*  CPU x \d")

    @unittest.skipUnless(shutil.which("valgrind"), "valgrind is not here")
    def test_instructions_are_counted_for_both_builds(self):
        results, _ = self.run_whole("--instructions", "--against", BUILD,
                                    "--case", "get-4k")
        for who, rounds in results["get-4k"].items():
            with self.subTest(who):
                self.assertGreater(rounds[0]["cpu"], 1000)

    def start_endless(self):
        """Returns when it has a server."""
        process, scratch = self.start("--rounds", "1000000",
                                      "--case", "put-form-4k")
        while b"\0serve\0" not in b"".join(left_by(scratch)):
            self.assertIsNone(process.poll())
            time.sleep(0.02)
        return process, scratch

    def test_stops_in_the_middle_leave_nothing(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                process, scratch = self.start_endless()
                process.send_signal(number)
                while os.listdir(scratch) and process.poll() is None:
                    # an impatient one
                    process.send_signal(signal.SIGTERM)
                    time.sleep(0.005)
                output = self.finish(process, scratch)
                # two at once may be taken in either order
                self.assertIn(process.returncode,
                              (128 + number, 128 + signal.SIGTERM), output)

    def test_a_kill_leaves_no_process(self):
        process, scratch = self.start_endless()
        process.kill()
        process.communicate(timeout=SECONDS)
        end = time.monotonic() + 30
        while left_by(scratch) and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(left_by(scratch), [])

    def test_a_server_that_fails_ends_the_run_with_its_name(self):
        broken = os.path.join(self.folder, "broken")
        os.mkdir(broken)
        program = os.path.join(broken, "stowage")
        with open(program, "w", encoding="utf-8") as f:
            f.write(f"#!/bin/sh\n[ -d {broken}/started ] && exit 1\n"
                    f"mkdir {broken}/started\nexec {BUILD}/stowage \"$@\"\n")
        os.chmod(program, 0o755)
        process, scratch = self.start("--case", "get-4k", build=broken)
        output = self.finish(process, scratch)
        self.assertEqual(process.returncode, 1, output)
        self.assertIn("bench/run: stowage+log did not start", output)
