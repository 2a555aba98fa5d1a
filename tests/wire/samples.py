# SPDX-License-Identifier: Apache-2.0
"""Small real files, made on the spot."""
import random
import struct
import zlib


def noise(size, seed=1):
    """Bytes that look random and are the same each time."""
    return random.Random(seed).randbytes(size)


def png(width=3, height=2):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + \
            struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = b"".join(b"\0" + bytes((x + y) % 256 for x in range(width))
                     for y in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + \
        chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def jpeg(width=16, height=8):
    """Grey, baseline: each block is one bit for DC and one for end-of-block,
    both the only code of their table."""
    def segment(marker, data):
        return struct.pack(">BBH", 0xff, marker, len(data) + 2) + data
    one_code = bytes([1] + [0] * 15 + [0])
    bits = 2 * ((width + 7) // 8) * ((height + 7) // 8)
    scan = bytes(bits // 8) + (bytes([0xff >> bits % 8]) if bits % 8 else b"")
    return b"\xff\xd8" + \
        segment(0xe0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + \
        segment(0xdb, b"\0" + b"\x10" * 64) + \
        segment(0xc0, struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)) + \
        segment(0xc4, b"\x00" + one_code) + \
        segment(0xc4, b"\x10" + one_code) + \
        segment(0xda, b"\1\1\0\0\x3f\0") + scan + b"\xff\xd9"


def bmp(width=5, height=4):
    """24 bits a pixel, white."""
    size = (3 * width + 3) // 4 * 4 * height
    return b"BM" + struct.pack("<IIIIiiHHIIiiII", 54 + size, 0, 54, 40, width,
                               height, 1, 24, 0, size, 0, 0, 0, 0) + \
        b"\xff" * size


def svg(width=30, height=20):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}"><circle cx="9" cy="9" r="4"/></svg>').encode()


def pdf():
    return (b"%PDF-1.4\n"
            b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
            b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
            b"trailer<</Root 1 0 R>>\n%%EOF\n")
