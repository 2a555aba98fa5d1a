# SPDX-License-Identifier: Apache-2.0
"""stowage-ocr alone, asked as its pool asks it: src/helpers/message.h and
src/recognition/protocol.h."""
import array
import difflib
import json
import os
import re
import socket
import struct
import unittest

from ocr_pictures import overlap

PROGRAM = os.environ.get("STOWAGE_OCR", "build/stowage-ocr")
OK, REFUSED, FAILED = range(3)
FINE = 1
HEAD = struct.Struct("=5I")
REQUEST = struct.Struct("=QIIQ6dII")
IDENTITY = (1, 0, 0, 0, 1, 0)
JOB, ANSWER = 2, 3


def words_of(page):
    return [word for section in page["sections"] for line in section["lines"]
            for word in line["words"]]


def text_of(page):
    return "\n".join(line["text"] for section in page["sections"]
                     for line in section["lines"])


def corners_of(box):
    return list(zip(box[::2], box[1::2]))


class Program:
    """A process; close() ends it."""

    def __init__(self, *arguments):
        self.channel, theirs = socket.socketpair(socket.AF_UNIX,
                                                 socket.SOCK_SEQPACKET)
        self.channel.settimeout(120)
        self.number = 0
        argv = [PROGRAM, *(arguments or ("--languages", "eng"))]
        with theirs:
            self.pid = os.posix_spawn(
                PROGRAM, argv, self._environment(),
                file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)])

    @staticmethod
    def _environment():
        return {name: value for name, value in os.environ.items()
                if name.endswith("SAN_OPTIONS")}

    def greeting(self):
        return self._receive()[0][HEAD.size:].decode()

    def _receive(self):
        room = socket.CMSG_SPACE(4)
        data, control, _, _ = self.channel.recvmsg(1 << 17, room)
        fds = array.array("i")
        for _, _, block in control:
            fds.frombytes(block[:4])
        return data, list(fds)

    def send(self, text, files):
        """A job of these bytes, with files of those."""
        fds = []
        for data in files:
            fd = os.memfd_create("pixels")
            with open(os.dup(fd), "wb") as f:
                f.write(data)
            fds.append(os.open(f"/proc/self/fd/{fd}", os.O_RDONLY))
            os.close(fd)
        self.number += 1
        head = HEAD.pack(JOB, self.number, 0, len(fds), len(text))
        try:
            socket.send_fds(self.channel, [head + text], fds)
        finally:
            for fd in fds:
                os.close(fd)

    def answer(self):
        """(status, bytes of the memory file or None); EOFError: it ended."""
        data, fds = self._receive()
        if not data:
            raise EOFError
        kind, number, _, _, _ = HEAD.unpack_from(data)
        assert (kind, number) == (ANSWER, self.number)
        status, = struct.unpack("=I", data[HEAD.size:])
        output = None
        for fd in fds:
            with open(fd, "rb") as f:
                f.seek(0)
                output = f.read()
        return status, output

    def ask(self, picture, flags=0, to_source=IDENTITY, source=None,
            offset=0):
        """(status, page): of anything with width, height and pixels."""
        text = REQUEST.pack(offset, picture.width, picture.height, flags,
                            *to_source,
                            *(source or (picture.width, picture.height)))
        self.send(text, [picture.pixels])
        status, output = self.answer()
        return status, None if output is None else json.loads(output)

    def read(self, picture, **options):
        """The page, which there must be."""
        status, page = self.ask(picture, **options)
        assert status == OK, status
        return page

    def cpu_seconds(self):
        """That it has used."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return int(fields[11]) / os.sysconf("SC_CLK_TCK")

    def most_memory(self):
        """Bytes that it had at once; 0 with sanitizers, which take more."""
        if "-asan" in PROGRAM or "-tsan" in PROGRAM:
            return 0
        with open(f"/proc/{self.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmHWM:\s*(\d+)", f.read())[1]) << 10

    def close(self):
        """The exit status, negative for a signal."""
        self.channel.close()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def found_words(picture, page_read):
    """Pairs of a word and what was found for it, where both are spelled
    alike."""
    found = words_of(page_read)
    match = difflib.SequenceMatcher(
        None, [word.text for word in picture.words],
        [word["text"] for word in found], autojunk=False)
    return [(picture.words[block.a + i], found[block.b + i])
            for block in match.get_matching_blocks()
            for i in range(block.size)]


class OcrCase(unittest.TestCase):
    def setUp(self):
        self.program = Program()
        self.addCleanup(self.program.close)
        self.assertRegex(self.program.greeting(), r"^stowage-ocr \d")

    def check_boxes(self, picture, page_read, least):
        pairs = found_words(picture, page_read)
        self.assertGreater(len(pairs), len(picture.words) * 0.9)
        for word, found in pairs:
            box = corners_of(found["box"])
            both, _ = overlap(word.corners, box)
            self.assertGreaterEqual(both, least, (word, found))
            for x, y in box:
                self.assertTrue(0 <= x <= picture.width and
                                0 <= y <= picture.height, found)
            (x0, y0), (x1, y1), (x2, y2), (x3, y3) = box
            self.assertGreater(x1 + x2, x0 + x3, found)
            self.assertGreater(y2 + y3, y0 + y1, found)
