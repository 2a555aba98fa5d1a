# SPDX-License-Identifier: Apache-2.0
"""Reading C well enough for the gates: code without comments and literals,
functions, declarations, macros."""
import bisect
import collections
import re

Function = collections.namedtuple(
    "Function", "name line lines mccabe public parameters")

NOT_CODE = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def blank(match):
    """The same lines, nothing on them; a literal stays one token."""
    text = match[0]
    if text[0] in "\"'":
        return text[0] + " " * (len(text) - 2) + text[0]
    return re.sub(r"[^\n]", " ", text)


def blank_comment(match):
    return match[0] if match[0][0] in "\"'" else blank(match)


def code_of(text):
    return NOT_CODE.sub(blank, text)


def without_comments(text):
    return NOT_CODE.sub(blank_comment, text)


def without_directives(code):
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
                  lambda m: re.sub(r"[^\n]", " ", m[0]), code, flags=re.M)


TOKEN = re.compile(r"[A-Za-z_]\w*|&&|\|\||[{}();=?]")
BRANCHES = {"if", "for", "while", "case", "&&", "||", "?"}
NOT_NAMES = {"__attribute__", "_Alignas", "_Static_assert"}


def functions(text):
    """Yields each Function of a text.

    A brace at file level opens a function when the declaration before it has
    a parameter list and is not an initializer. The length is that from the
    declaration's first line to its closing brace.
    """
    code = without_directives(code_of(text))
    starts = [0] + [m.end() for m in re.finditer("\n", code)]
    depth = 0
    declaration, start, body = [], None, None
    for match in TOKEN.finditer(code):
        token = match[0]
        if depth == 0 and start is None:
            start = match.start()
        if token == "{":
            if depth == 0:
                name = function_name(declaration)
                body = [name, 1, declaration, match.start()] if name else None
            depth += 1
        elif token == "}":
            depth -= 1
            if depth == 0:
                if body:
                    first = bisect.bisect_right(starts, start)
                    last = bisect.bisect_right(starts, match.start())
                    yield Function(body[0], first, last - first + 1, body[1],
                                   "static" not in body[2],
                                   parameters(code[start:body[3]], body[0]))
                    declaration, start = [], None
                body = None
        elif depth == 0:
            declaration.append(token)
            if token == ";":
                declaration, start = [], None
        elif body and token in BRANCHES:
            body[1] += 1


def function_name(declaration):
    if "=" in declaration:
        return None
    parens = 0
    for i, token in enumerate(declaration):
        if token == "(":
            before = declaration[i - 1] if i else ""
            if parens == 0 and re.match(r"[A-Za-z_]", before) and \
                    before not in NOT_NAMES:
                return before
            parens += 1
        elif token == ")":
            parens -= 1
    return None


def split_parameters(text):
    """How many parameters a parenthesized list has."""
    depth, n = 0, 1
    for character in text:
        depth += character in "([{"
        depth -= character in ")]}"
        n += character == "," and depth == 0
    return 0 if text.strip() in ("", "void") else n


def parameters(declaration, name):
    """How many the function of that name takes."""
    found = re.search(rf"\b{name}\s*\(", declaration)
    depth, start = 1, found.end() if found else len(declaration)
    for i in range(start, len(declaration)):
        depth += declaration[i] == "("
        depth -= declaration[i] == ")"
        if depth == 0:
            return split_parameters(declaration[start:i])
    return 0


PROTOTYPE = re.compile(r"\b([a-z_][a-z0-9_]*)\s*\(")


def prototypes(text):
    """Yields (name, line) of the functions that a header declares."""
    code = without_directives(code_of(text))
    depth, start = 0, 0
    for match in re.finditer(r"[{};]", code):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
            start = match.end() if depth == 0 else start
        elif depth == 0:
            declaration = code[start:match.start()]
            found = PROTOTYPE.search(declaration)
            if found and "typedef" not in declaration and \
                    "(*" not in declaration.split(found[0])[0] + found[0]:
                yield found[1], code.count("\n", 0, start + found.start(1)) + 1
            start = match.end()


def macros(text):
    """Yields (name, line, value) of each #define."""
    for match in re.finditer(
            r"^[ \t]*#[ \t]*define[ \t]+(\w+)(?:\([^)]*\))?((?:[^\n]*\\\n)*"
            r"[^\n]*)", without_comments(text), re.M):
        yield match[1], text.count("\n", 0, match.start()) + 1, match[2].strip()


def literals(text):
    """Yields (line, text) of string literals, those that follow each other as
    one."""
    pattern = r'"((?:\\.|[^"\\\n])*)"(?:\s*"((?:\\.|[^"\\\n])*)")*'
    bare = without_comments(text)
    for match in re.finditer(pattern, bare):
        yield (bare.count("\n", 0, match.start()) + 1,
               "".join(re.findall(r'"((?:\\.|[^"\\\n])*)"', match[0])))
