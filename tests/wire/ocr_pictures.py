# SPDX-License-Identifier: Apache-2.0
"""Pictures of text, made on the spot by ImageMagick, whose words and boxes are
known.

    picture = receipt()             or page(), columns(), table(), sheet(...)
    picture = picture.noisy(20).turned(5)
    picture.text                    the truth, lines by \\n
    picture.words                   [Word(text, corners)], in order of reading
    picture.png(), .jpeg(80), .pgm(), .as_webp() ...   a file's bytes
    pdf([picture, picture])         one of several pages

Each transformation gives another picture and carries the corners along: four
(x, y), those of the word's ink: top left, top right, bottom right, bottom left
of the word as it is read (so turned(180) has the first at the lower right).

    error_rate(truth, read)         characters wrong / characters of the truth
    overlap(corners, corners)       (intersection / union, intersection / first)

The same call gives the same picture.
"""
import dataclasses
import math
import random
import re
import subprocess
import zlib

SANS, BOLD, MONO, SERIF = ("DejaVu-Sans", "DejaVu-Sans-Bold",
                           "DejaVu-Sans-Mono", "DejaVu-Serif")
MONO_BOLD = "DejaVu-Sans-Mono-Bold"
OPEN, OPEN_BOLD = "Open-Sans", "Open-Sans-Bold"

PROSE = """
The harbour office keeps a list of every crate that comes ashore. Each morning
the clerk reads it aloud, and the crane driver answers with the number of the
berth. In 1987 they handled 4,250 tons of coffee; last year it was only 1,316.
"Nobody writes anything down twice," says Marion Fowler, who has worked there
since she was nineteen. When a ship is late, the whole quay waits, because the
trains leave at 6:45 and at 17:20 whether they are full or not. A storm in
October took the roof off shed number three, and the repair cost 12,800 dollars.
Visitors are welcome on Sundays between ten and four. They may walk as far as
the old lighthouse, look through its brass telescope and buy a postcard for 95
cents. Dogs must be kept on a lead; bicycles are not allowed beyond the gate.
The museum next door shows maps, knots, anchors and a diving suit from 1902. Its
director hopes that the new wing will open before the summer, although the
builders have found water under the floor again. Questions about tickets go to
the desk, all others to the secretary. Please do not feed the seagulls: they
have learned to open bags, boxes and even zips.
"""

ITEMS = ["Coffee beans", "Whole milk", "Brown bread", "Apple juice", "Butter",
         "Tomatoes", "Olive oil", "Dish soap", "Paper towels", "Orange jam",
         "Green tea", "Cheddar cheese", "Rice", "Pasta", "Black pepper"]


@dataclasses.dataclass
class Word:
    text: str
    corners: list       # of four (x, y)


@dataclasses.dataclass
class Run:
    """Text that begins at x, or ends there, with its baseline at y."""
    x: float
    y: float
    text: str
    font: str = SANS
    size: float = 46        # pixels
    ends: bool = False


def convert(arguments, data=b""):
    done = subprocess.run(["convert", *arguments], input=data,
                          stdout=subprocess.PIPE, check=True)
    return done.stdout


def _quoted(text):
    return "'" + re.sub(r"(['\\])", r"\\\1", text) + "'"


_boxes = {}     # (font, size, word) -> ink, relative to where it begins


def _measure(wanted):
    """Fills in the boxes of words, many in one process."""
    missing = sorted(set(wanted) - set(_boxes))
    for at in range(0, len(missing), 100):
        some = missing[at:at + 100]
        arguments = []
        for font, size, word in some:
            wide, high = int(size * (len(word) + 2)), int(size * 3)
            arguments += ["(", "-size", f"{wide}x{high}", "xc:white", "-font",
                          font, "-pointsize", str(size), "-draw",
                          f"text {size},{2 * size} {_quoted(word)}", ")"]
        out = convert([*arguments, "-format", "%@\n", "info:"]).decode()
        for key, line in zip(some, out.split()):
            width, height, x, y = map(int, re.split(r"[x+]", line))
            _boxes[key] = (x - key[1], y - 2 * key[1], width, height)


def _place(run):
    """(x, word, box) of each word of a run."""
    words = run.text.split()
    boxes = [_boxes[run.font, run.size, word] for word in words]
    step = round(run.size * 0.32)
    x, placed = 0, []
    for word, box in zip(words, boxes):
        placed.append((x, word, box))
        x += math.ceil(box[0] + box[2]) + step
    begin = round(run.x) - (x - step if run.ends else 0)
    return [(begin + x, word, box) for x, word, box in placed]


def sheet(width, height, lines, extra=""):
    """White, with black text: each line a list of runs, in order of reading;
    extra: what else is drawn, as ImageMagick's -draw has it."""
    runs = [run for line in lines for run in line]
    _measure((run.font, run.size, word)
             for run in runs for word in run.text.split())
    arguments, words = [], []
    for run in runs:
        arguments += ["-font", run.font, "-pointsize", str(run.size)]
        for x, word, box in _place(run):
            arguments += ["-draw", f"text {x},{run.y} {_quoted(word)}"]
            left, top = x + box[0], run.y + box[1]
            right, bottom = left + box[2], top + box[3]
            words.append(Word(word, [(left, top), (right, top),
                                     (right, bottom), (left, bottom)]))
    pixels = convert(["-size", f"{width}x{height}", "xc:white", "-fill",
                      "black", *(["-draw", extra] if extra else []),
                      *arguments, "-depth", "8", "gray:-"])
    text = "\n".join(" ".join(run.text for run in line) for line in lines)
    return Picture(width, height, pixels, words, text)


@dataclasses.dataclass
class Picture:
    width: int
    height: int
    pixels: bytes       # of grey, one a byte
    words: list
    text: str

    def pgm(self):
        return b"P5 %d %d 255\n" % (self.width, self.height) + self.pixels

    def file(self, kind, *arguments):
        """Whatever ImageMagick writes: "png", "webp", "heic"..."""
        return convert(["pgm:-", *arguments, kind + ":-"], self.pgm())

    def png(self, density=0):
        return self.file("png", *(["-units", "PixelsPerInch", "-density",
                                   str(density)] if density else []))

    def jpeg(self, quality=90):
        return self.file("jpeg", "-quality", str(quality))

    def changed(self, *arguments, move=None):
        """What ImageMagick makes of it; move(x, y, width, height), of the new
        size, says where a point of it is then."""
        out = convert(["pgm:-", *arguments, "-colorspace", "Gray", "-depth",
                       "8", "pgm:-"], self.pgm())
        head = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", out)
        width, height = int(head[1]), int(head[2])
        words = self.words if move is None else [
            Word(word.text, [move(x, y, width, height)
                             for x, y in word.corners])
            for word in self.words]
        return Picture(width, height, out[head.end():], words, self.text)

    def turned(self, degrees, background="white"):
        """Clockwise; the picture grows."""
        sin = math.sin(math.radians(degrees))
        cos = math.cos(math.radians(degrees))

        def move(x, y, width, height):
            x, y = x - self.width / 2, y - self.height / 2
            return (x * cos - y * sin + width / 2,
                    x * sin + y * cos + height / 2)

        return self.changed("-background", background, "-rotate", str(degrees),
                            "+repage", move=move)

    def scaled(self, factor):
        width = max(round(self.width * factor), 1)
        height = max(round(self.height * factor), 1)
        return self.changed(
            "-resize", f"{width}x{height}!",
            move=lambda x, y, w, h: (x * w / self.width, y * h / self.height))

    def framed(self, pixels, color="gray15"):
        """On a ground of that color."""
        return self.changed("-bordercolor", color, "-border", str(pixels),
                            move=lambda x, y, w, h: (x + pixels, y + pixels))

    def noisy(self, percent):
        """Gaussian; of the range from black to white."""
        return self.changed("-seed", "7", "-attenuate", str(percent / 10),
                            "+noise", "Gaussian")

    def speckled(self, percent):
        """Black and white points."""
        return self.changed("-seed", "7", "-attenuate", str(percent / 5),
                            "+noise", "Impulse")

    def pale(self, black, white):
        """The range becomes that between two percentages."""
        return self.changed("+level", f"{black}%,{white}%")

    def shaded(self, least, kind="gradient"):
        """Lit unevenly: what is white becomes `least` percent at the end."""
        side = f"{self.width}x{self.height}"
        return self.changed("(", "-size", side, f"{kind}:white-gray{least}",
                            ")", "-compose", "Multiply", "-composite")

    def negative(self, top=0, bottom=0):
        """All of it, or what is between two heights, without a margin."""
        if bottom == 0:
            return self.changed("-negate")
        edge = self.width // 20
        return self.changed("-region", f"{self.width - 2 * edge}x"
                            f"{bottom - top}+{edge}+{top}", "-negate",
                            "+region")

    def blurred(self, pixels):
        return self.changed("-blur", f"0x{pixels}")


def _wrapped(font, size, width, words):
    """Lines of words that fit."""
    words = list(words)
    _measure((font, size, word) for word in words)
    lines, line, x = [], [], 0
    for word in words:
        box = _boxes[font, size, word]
        advance = math.ceil(box[0] + box[2]) + round(size * 0.32)
        if line and x + advance > width:
            lines.append(" ".join(line))
            line, x = [], 0
        line.append(word)
        x += advance
    return lines + [" ".join(line)]


def page(n_lines=24, font=SANS, size=46, width=2480, height=0):
    """Prose, at 300 dots an inch A4 wide, 11 points; height 0: what it needs.
    An A4 page has 50 lines and is 3508 high."""
    margin, step = round(width / 10), round(size * 1.45)
    words = PROSE.split() * (1 + n_lines // 8)
    lines = _wrapped(font, size, width - 2 * margin, words)[:n_lines]
    return sheet(width, height or 2 * margin + n_lines * step,
                 [[Run(margin, margin + (i + 1) * step, line, font, size)]
                  for i, line in enumerate(lines)])


def columns(n_lines=18, font=SERIF, size=42, width=2480):
    """Prose in two columns."""
    margin, step, gap = round(width / 12), round(size * 1.4), round(size * 2.2)
    each = (width - 2 * margin - gap) // 2
    lines = _wrapped(font, size, each, PROSE.split() * 3)[:2 * n_lines]
    return sheet(width, 2 * margin + n_lines * step, [
        [Run(margin + (each + gap) * (i // n_lines),
             margin + (i % n_lines + 1) * step, line, font, size)]
        for i, line in enumerate(lines)])


def headed_columns(n_lines=7, font=SERIF, size=42, width=2480):
    """Prose in two columns, twice, each time below a heading."""
    margin, step, gap = round(width / 12), round(size * 1.4), round(size * 3)
    each = (width - 2 * margin - gap) // 2
    texts = _wrapped(font, size, each, PROSE.split() * 2)
    lines, y = [], margin
    for heading in ("Shipping news, by the clerk", "Helping our guests"):
        y += 3 * step
        lines.append([Run(margin, y - step, heading, BOLD, size * 1.7)])
        for k in range(2):
            lines += [[Run(margin + (each + gap) * k, y + (i + 1) * step,
                           texts.pop(0), font, size)] for i in range(n_lines)]
        y += n_lines * step
    return sheet(width, y + margin, lines)


def leaders(size=34, width=900, n_items=6):
    """Names and amounts with dots between them."""
    margin, step = round(width / 12), round(size * 1.6)
    lines = []
    for i in range(n_items):
        name, amount = ITEMS[i].split()[0], f"{(i * 37 + 11) % 60}.{(i * 53) % 100:02}"
        n_dots = 33 - len(name) - len(amount)
        y = margin + (i + 1) * step
        x = margin + round((len(name) + 1) * size * 0.602)
        lines.append([Run(margin, y, name, MONO, size),
                      Run(x, y, "." * n_dots, MONO, size),
                      Run(width - margin, y, amount, MONO, size, True)])
    return sheet(width, 2 * margin + (n_items + 1) * step, lines)


def receipt(seed=1, n_items=9, size=32, width=720):
    """As tills print them: names to the left, amounts to the right."""
    dice = random.Random(seed)
    margin, step = round(width / 12), round(size * 1.5)
    cents = [dice.randrange(95, 2500) for _ in range(n_items)]
    amount = "{:,.2f}".format
    rows = [("CORNER MARKET", ""), ("48 Mill Lane, Springfield", ""),
            ("Tel. 555-0142", ""), ("", ""),
            (f"Receipt {dice.randrange(1000, 9999)}",
             f"2024-0{dice.randrange(1, 9)}-{dice.randrange(10, 28)}")]
    rows += [(name, amount(c / 100)) for name, c in
             zip(dice.sample(ITEMS, n_items), cents)]
    rows += [("", ""), ("Subtotal", amount(sum(cents) / 100)),
             ("Tax 8%", amount(sum(cents) * 8 // 100 / 100)),
             ("TOTAL", amount((sum(cents) + sum(cents) * 8 // 100) / 100)),
             ("", ""), ("Thank you for your visit!", "")]
    lines = []
    for i, (name, value) in enumerate(rows):
        y = margin + (i + 1) * step
        line = [Run(margin, y, name, MONO, size)] if name else []
        if value:
            line.append(Run(width - margin, y, value, MONO, size, True))
        if line:
            lines.append(line)
    return sheet(width, 2 * margin + (len(rows) + 1) * step, lines)


SLIP = """
      CORNER MARKET LTD
     12 High Street, Leeds
      Tel: 0113 496 0123

Date: 14/03/2024   Time: 17:42

Milk 2L              1.45
Bread wholemeal      1.20
Coffee 250g          4.99
Apples 1.2kg         2.88

Subtotal            10.52
VAT 20%              1.05
TOTAL               11.57

Thank you for shopping!
"""

TAB = """
        THE OLD FORGE
    3 Church Lane, Whitby
     Tel 01947 600 112
 ==============================
 TABLE 7            SERVER: MIA
 02/11/2024               19:03
 ------------------------------
 2 x Soup              11.90
 1 x Fish and chips    14.50
 1 x Veg burger        12.75
 3 x Lager             17.40
 ------------------------------
 SUB TOTAL             56.55
 SERVICE 10%            5.66
 TOTAL DUE           GBP 62.21
 CASH                   70.00
 CHANGE                  7.79
 ==============================
  VAT NO. 321 7654 98
"""


def slip(font=MONO, size=28, text=SLIP):
    """As printers of one width of letters set it: all of it in columns."""
    advance, step, margin = size * 0.602, round(size * 1.17), size * 2
    rows = text.strip("\n").split("\n")
    lines = [[Run(round(margin + word.start() * advance),
                  margin + i * step, word[0], font, size)
              for word in re.finditer(r"\S+", row)]
             for i, row in enumerate(rows)]
    return sheet(round(max(map(len, rows)) * advance) + 2 * margin,
                 len(rows) * step + 2 * margin, [line for line in lines if line])


def words_table(size=42, width=1700):
    """Columns of words alone, without rules."""
    margin, step = round(width / 14), round(size * 2.2)
    rows = [("Name", "Profession", "Town"), ("Alice Brandt", "Designer",
            "Lisbon"), ("Victor Okafor", "Accountant", "Bergen"),
            ("Joan Petrie", "Translator", "Dublin"),
            ("Peter Novak", "Pilot", "Riga"), ("Rosa Delgado", "Engineer",
            "Porto"), ("Ingrid Falk", "Baker", "Leipzig")]
    return sheet(width, 2 * margin + len(rows) * step, [
        [Run(margin + x, margin + (i + 1) * step, cell, SANS, size)
         for x, cell in zip((0, 600, 1150), row)]
        for i, row in enumerate(rows)])


def table(n_rows=12, size=42, width=2000, rules=True, seed=3):
    """Columns of a name, a number, a date and an amount under a head."""
    dice = random.Random(seed)
    margin, step = round(width / 14), round(size * 2)
    across = width - 2 * margin
    at = [0, 0.38, 0.58, 0.82]
    rows = [("Article", "Quantity", "Delivered", "Price")]
    rows += [(ITEMS[i % len(ITEMS)], str(dice.randrange(1, 400)),
              f"2023-{dice.randrange(1, 12):02}-{dice.randrange(1, 28):02}",
              f"{dice.randrange(100, 99999) / 100:,.2f}")
             for i in range(n_rows)]
    lines = [[Run(margin + across * x + size // 2, margin + i * step + step
                  * 2 // 3, cell, BOLD if i == 0 else SANS, size)
              for x, cell in zip(at, row)] for i, row in enumerate(rows)]
    bottom = margin + len(rows) * step
    extra = " ".join(
        [f"rectangle {margin},{margin + i * step} {width - margin},"
         f"{margin + i * step + 2}" for i in range(len(rows) + 1)] +
        [f"rectangle {margin + across * x},{margin} {margin + across * x + 2},"
         f"{bottom}" for x in [*at, 1]])
    return sheet(width, bottom + margin, lines, extra if rules else "")


def small(*lines, size=40):
    """A small picture of these lines."""
    step = round(size * 1.6)
    return sheet(24 * size, step * (len(lines) + 1), [
        [Run(size, step * (i + 1), line, size=size)]
        for i, line in enumerate(lines)])


def assemble_pdf(objects):
    """A file of these, the first of which is the catalogue."""
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, body)
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + \
        b"".join(b"%010d 00000 n \n" % place for place in places) + \
        b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (
            len(objects) + 1, len(out))


def pdf(pictures, density=300):
    """Each picture a page."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>",
               b"<</Type/Pages/Kids[%s]/Count %d>>" % (
                   b" ".join(b"%d 0 R" % (3 + 3 * i)
                             for i in range(len(pictures))), len(pictures))]
    for i, p in enumerate(pictures):
        wide, high = (n * 72 / density for n in (p.width, p.height))
        drawn = b"%f 0 0 %f 0 0 cm /P Do" % (wide, high)
        packed = zlib.compress(p.pixels)
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %f %f]/Contents %d 0 R"
            b"/Resources<</XObject<</P %d 0 R>>>>>>" % (
                wide, high, 4 + 3 * i, 5 + 3 * i),
            b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace"
            b"/DeviceGray/BitsPerComponent 8/Filter/FlateDecode/Length %d>>"
            b"stream\n%s\nendstream" % (p.width, p.height, len(packed),
                                        packed)]
    return assemble_pdf(objects)


def _distance(a, b):
    """Levenshtein's, a column of bits at a time (Myers, 1999)."""
    if not a:
        return len(b)
    masks = {}
    for i, c in enumerate(a):
        masks[c] = masks.get(c, 0) | 1 << i
    full, last = (1 << len(a)) - 1, 1 << len(a) - 1
    plus, minus, score = full, 0, len(a)
    for c in b:
        match = masks.get(c, 0)
        zero = ((match & plus) + plus ^ plus | match | minus) & full
        more = (minus | ~(zero | plus)) & full
        less = plus & zero
        score += bool(more & last) - bool(less & last)
        more, less = (more << 1 | 1) & full, less << 1 & full
        plus = (less | ~(zero | more)) & full
        minus = more & zero
    return score


def error_rate(truth, read):
    """Runs of blanks and line ends are one blank each."""
    truth, read = " ".join(truth.split()), " ".join(read.split())
    return _distance(truth, read) / len(truth)


def _area(corners):
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in
                   zip(corners, corners[1:] + corners[:1]))) / 2


def _cut(corners, a, b, sign):
    """What is on one side of the line from a to b (Sutherland, Hodgman)."""
    def side(p):
        return sign * ((b[0] - a[0]) * (p[1] - a[1]) -
                       (b[1] - a[1]) * (p[0] - a[0]))
    out = []
    for p, q in zip(corners, corners[1:] + corners[:1]):
        if side(p) >= 0:
            out.append(p)
        if side(p) * side(q) < 0:
            t = side(p) / (side(p) - side(q))
            out.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
    return out


def overlap(one, other):
    """Of two convex quadrangles: (of both together, of the first)."""
    shared = one
    turn = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in
               zip(other, other[1:] + other[:1]))
    for a, b in zip(other, other[1:] + other[:1]):
        shared = _cut(shared, a, b, 1 if turn > 0 else -1) if shared else []
    both = _area(shared) if len(shared) > 2 else 0
    union = _area(one) + _area(other) - both
    return both / max(union, 1e-9), both / max(_area(one), 1e-9)
