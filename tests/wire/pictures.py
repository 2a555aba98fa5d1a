# SPDX-License-Identifier: Apache-2.0
"""Pictures as answers: what their headers say, files to make them of, and who
makes them."""
import contextlib
import pathlib
import struct
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + \
        struct.pack(">I", zlib.crc32(kind + data))


def flat_png(width, height, color=b"\x40\x80\xc0"):
    """One colour, RGB or RGBA; a hundred megapixels are a third of a
    megabyte."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2 * len(color) - 4, 0, 0,
                       0)
    packer = zlib.compressobj(1)
    line = b"\0" + color * width
    packed = [packer.compress(line) for _ in range(height)]
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + \
        chunk(b"IDAT", b"".join(packed) + packer.flush()) + chunk(b"IEND", b"")


def _jpeg(data):
    at = 2
    while at + 9 < len(data):
        marker, size = data[at + 1], struct.unpack(">H", data[at + 2:at + 4])[0]
        if 0xc0 <= marker <= 0xcf and marker not in (0xc4, 0xc8, 0xcc):
            height, width = struct.unpack(">HH", data[at + 5:at + 9])
            return width, height
        at += 2 + size
    return None


def _webp(data):
    kind = data[12:16]
    if kind == b"VP8X":
        return tuple(1 + int.from_bytes(data[i:i + 3], "little")
                     for i in (24, 27))
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff)
    return tuple(n & 0x3fff for n in struct.unpack("<HH", data[26:30]))


def describe(data):
    """(format, width, height) of a picture; (None, 0, 0) of anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg", *_jpeg(data)
    if data.startswith(b"\x89PNG"):
        return "png", *struct.unpack(">II", data[16:24])
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp", *_webp(data)
    if data.startswith(b"GIF8"):
        return "gif", *struct.unpack("<HH", data[6:10])
    if data[4:12] == b"ftypavif":
        return "avif", 0, 0
    return None, 0, 0


def helpers(server):
    """Process ids of the server's helpers."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text()
                if stat.rsplit(")", 1)[1].split()[1] == \
                        str(server.process.pid):
                    found.append(int(entry.name))
    return found
