"""Turns source text into tokens. Macros and conditionals are the preprocessor's business."""

import re

from .errors import RdlError

IDENTIFIER, NUMBER, STRING, OPERATOR, DIRECTIVE, END = "identifier", "number", "string", "operator", "directive", "end"

MAX_WIDTH = 1 << 16  # bits of one number; a mistyped width must not exhaust the memory

KEYWORDS = frozenset("""
    abstract accesstype addressingtype addrmap alias all bit boolean bothedge compact component
    componentwidth constraint default encode enum external false field fullalign hw inside internal
    level longint mem na negedge nonsticky number onreadtype onwritetype posedge property r rclr ref
    reg regalign regfile rset ruser rw rw1 signal string struct sw this true type unsigned w w1 wclr
    woclr woset wot wr wset wuser wzc wzs wzt""".split())

_TOKEN = re.compile(r"""
    (?P<space>[ \t\r\n\f]+|//[^\n]*|/\*.*?\*/)
  | (?P<identifier>\\?[A-Za-z_][A-Za-z0-9_]*)
  | (?P<number>0[xX][0-9a-fA-F_]+|[0-9][0-9_]*'[bBdDhHoO][0-9a-zA-Z_]*|[0-9][0-9_]*)
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<directive>`[A-Za-z_][A-Za-z0-9_]*)
  | (?P<operator>(?!/\*)(?:->|::|'\{|\+=|%=|==|!=|<=|>=|<<|>>|&&|\|\||\*\*|~&|~\||~\^|\^~
      |[-+*/%&|^~!<>=?:;,.()\[\]{}@\#']))
""", re.VERBOSE | re.DOTALL)

_WORD = re.compile(r"[A-Za-z0-9_]+")
_SIZED = re.compile(r"[A-Za-z0-9_]+|'[bBdDhHoO]")
_BASES = {"b": 2, "o": 8, "d": 10, "h": 16}


class Token:
    __slots__ = ("kind", "text", "source", "offset")

    def __init__(self, kind, text, source, offset):
        self.kind = kind
        self.text = text
        self.source = source
        self.offset = offset

    def moved_to(self, place):
        """The same token, reported at another place (a macro's use, not its definition)."""
        return Token(self.kind, self.text, place.source, place.offset)

    def __repr__(self):
        return f"Token({self.kind}, {self.text!r})"


class Lexer:
    """Reads one source; the preprocessor may take raw lines out of it."""

    def __init__(self, source, offset=0, end=None, template=None):
        self.source = source
        self._template = template  # None where embedded code is not looked at, such as in macros
        self._loops = []
        self.offset = offset
        self.end = len(source.text) if end is None else end

    def next(self):
        """The next token, or None at the end of the source."""
        text, match = self.source.text, _TOKEN.match
        while self.offset < self.end:
            start = self.offset
            if text.startswith("<%", start) and self._template:
                value = self._embedded(start)
                if value is None:
                    continue
                return self._pasted(NUMBER, value, start)
            found = match(text, start, self.end)
            if found is None:
                raise self._unreadable(start)
            self.offset = found.end()
            kind = found.lastgroup
            if kind == "space":
                continue
            word = found.group()
            if kind == IDENTIFIER and word[0] == "\\":
                word = word[1:]
            if self._template and text.startswith("<%=", self.offset) and kind in (IDENTIFIER, NUMBER):
                return self._pasted(kind, word, start)
            return Token(kind, word, self.source, start)
        if self._loops:
            raise RdlError(self._loops[-1][3], "embedded Perl: the loop is never closed", "embedded Perl",
                           "add '<% } %>'")
        return None

    def _embedded(self, start):
        """Runs `<% %>` and gives None, or gives the text of `<%= %>`."""
        token = Token(OPERATOR, "<%", self.source, start)
        end = self.source.text.find("%>", start, self.end)
        if end < 0:
            raise RdlError(token, "embedded Perl is never closed", "embedded Perl", "add '%>'")
        if self.source.text.startswith("=", start + 2):
            self.offset = end + 2
            return self._template.evaluate(self.source.text[start + 3:end], token)
        self.offset = self._template.run(self.source.text[start + 2:end], token, self._loops, end + 2)
        return None

    def _pasted(self, kind, word, start):
        """A token that embedded values are part of: `data<%=$i%>_x`."""
        text = self.source.text
        while True:
            tail = (_SIZED if kind == NUMBER else _WORD).match(text, self.offset, self.end)
            if tail:
                word += tail.group()
                self.offset = tail.end()
            elif text.startswith("<%=", self.offset):
                word += self._embedded(self.offset)
            else:
                return Token(kind, word, self.source, start)

    def take_line(self):
        """Offset range of the rest of the line; backslash-newline continues it."""
        text, start = self.source.text, self.offset
        at = start
        while True:
            at = text.find("\n", at)
            if at < 0 or at >= self.end:
                at = self.end
                break
            if not text[start:at].rstrip("\r").endswith("\\"):
                break
            at += 1
        self.offset = at
        return start, at

    def _unreadable(self, start):
        token = Token(OPERATOR, self.source.text[start], self.source, start)
        if self.source.text.startswith("/*", start):
            return RdlError(token, "comment is never closed", "comment", "add '*/'")
        if token.text == "`":
            return RdlError(token, "pasting and quoting inside macros is not supported", "macro", "write the text out")
        if token.text == '"':
            return RdlError(token, "string is never closed", "string", "add the closing quote")
        return RdlError(token, f"unexpected character {token.text!r}", "character", "remove it")


def string_value(token):
    """Text of a string literal. Only the quote has an escape in SystemRDL."""
    return token.text[1:-1].replace('\\"', '"')


def number_value(token):
    """(value, width in bits) of a number literal; unsized numbers are 64 bits wide."""
    text = token.text.replace("_", "")
    if "'" not in text:
        try:
            value = int(text, 16 if text[:2] in ("0x", "0X") else 10)
        except ValueError:
            raise RdlError(token, f"'{token.text}' is not a number", "number", "correct its digits") from None
        return value, max(64, value.bit_length())
    width_text, rest = text.split("'")
    try:
        width = int(width_text)
        value = int(rest[1:], _BASES[rest[0].lower()])
    except ValueError:
        raise RdlError(token, f"'{token.text}' has digits outside its base", "number", "correct its digits") from None
    if not 0 < width <= MAX_WIDTH:
        raise RdlError(token, f"a number cannot be {width} bits wide", "number", f"use 1 to {MAX_WIDTH} bits")
    if value.bit_length() > width:
        raise RdlError(token, f"'{token.text}' does not fit in {width} bits", "number", "widen it or lower the value")
    return value, width
