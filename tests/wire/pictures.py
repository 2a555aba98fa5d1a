# SPDX-License-Identifier: Apache-2.0
"""Pictures as answers: what their headers say, files to make them of, and who
makes them."""
import contextlib
import itertools
import pathlib
import struct
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + \
        struct.pack(">I", zlib.crc32(kind + data))


def flat_png(width, height, color=b"\x40\x80\xc0"):
    """One colour, RGB or RGBA; a hundred megapixels are a third of a
    megabyte."""
    kind = {3: 2, 4: 6}[len(color)]
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    packer = zlib.compressobj(1)
    line = b"\0" + color * width
    packed = [packer.compress(line) for _ in range(height)]
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + \
        chunk(b"IDAT", b"".join(packed) + packer.flush()) + chunk(b"IEND", b"")


def corners_png(width, height, colors, exif=b""):
    """A colour for each quarter: top left, top right, bottom left, right."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = [b"\0" + colors[i] * (width // 2) + colors[i + 1] * (width // 2)
             for i in (0, 2)]
    raw = b"".join(line * (height // 2) for line in lines)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + \
        (chunk(b"eXIf", exif) if exif else b"") + \
        chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def exif_of(orientation):
    """A block of EXIF that says nothing else."""
    return b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1" + \
        struct.pack(">HH", orientation, 0) + bytes(4)


def jpeg_with_exif(data, orientation):
    block = b"Exif\0\0" + exif_of(orientation)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(block)) + \
        block + data[2:]


def webp_with_exif(data, orientation):
    """Of one without any other chunk."""
    _, width, height = describe(data)
    exif = exif_of(orientation)
    head = b"\x08\0\0\0" + (width - 1).to_bytes(3, "little") + \
        (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + head + data[12:] + \
        b"EXIF" + struct.pack("<I", len(exif)) + exif + bytes(len(exif) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


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


def _paeth(left, up, corner):
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


def _undo_filter(kind, line, above, step):
    """What a line of a PNG is, from the one above; most are of kinds that
    need no loop of ours."""
    if kind == 1:
        for i in range(step):
            line[i::step] = bytes(itertools.accumulate(
                line[i::step], lambda a, b: a + b & 255))
    elif kind == 2:
        line[:] = bytes(a + b & 255 for a, b in zip(line, above))
    elif kind:
        for i, byte in enumerate(line):
            left, corner = (line[i - step], above[i - step]) if i >= step \
                else (0, 0)
            guess = (left + above[i]) // 2 if kind == 3 \
                else _paeth(left, above[i], corner)
            line[i] = byte + guess & 255


class Pixels:
    """Of a PNG of 8 bits, RGB or RGBA, or with an opaque palette."""

    def __init__(self, data):
        self.width, self.height, depth, kind = struct.unpack(
            ">IIBB", data[16:26])
        self.step = {2: 3, 3: 3, 6: 4}[kind]
        assert (depth == 8 or kind == 3) and data[28] == 0
        packed, palette, at = b"", b"", 8
        while at < len(data):
            size, = struct.unpack(">I", data[at:at + 4])
            if data[at + 4:at + 8] == b"IDAT":
                packed += data[at + 8:at + 8 + size]
            if data[at + 4:at + 8] == b"PLTE":
                palette = data[at + 8:at + 8 + size]
            assert data[at + 4:at + 8] != b"tRNS"
            at += 12 + size
        step = 1 if kind == 3 else self.step
        raw, size = zlib.decompress(packed), (self.width * step * depth + 7) // 8
        self.lines = []
        above = bytes(size)
        for at in range(0, len(raw), size + 1):
            line = bytearray(raw[at + 1:at + 1 + size])
            _undo_filter(raw[at], line, above, step)
            above = bytes(line)
            self.lines.append(self._looked_up(above, palette, depth)
                              if kind == 3 else above)

    def _looked_up(self, line, palette, depth):
        out = b""
        for x in range(self.width):
            bit = x * depth
            index = line[bit // 8] >> (8 - depth - bit % 8) & (1 << depth) - 1
            out += palette[3 * index:3 * index + 3]
        return out

    def at(self, x, y):
        return tuple(self.lines[y][x * self.step:(x + 1) * self.step])

    def box_without(self, color):
        """left, top, width, height of all that has another colour; None when
        nothing has."""
        plain = bytes(color) + b"\xff" * (self.step - 3)
        down = [y for y, line in enumerate(self.lines)
                if line != plain * self.width]
        if not down:
            return None
        across = [x for x in range(self.width)
                  if any(self.at(x, y) != tuple(plain) for y in down)]
        return (across[0], down[0], across[-1] + 1 - across[0],
                down[-1] + 1 - down[0])
