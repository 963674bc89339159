"""Includes, conditionals and macros, done on tokens so that every error keeps its place."""

import os
import re

from .errors import RdlError, Source
from .lexer import DIRECTIVE, END, IDENTIFIER, Lexer, Token, string_value
from .template import Template

_NAME = re.compile(r"[A-Za-z_]\w*")
_DEPTH_LIMIT = 64
_FILES_LIMIT = 10_000
_EXPANSION_LIMIT = 1_000_000


class _Macro:
    __slots__ = ("parameters", "body")

    def __init__(self, parameters, body):
        self.parameters = parameters  # None: used without parentheses
        self.body = body


class _Tokens:
    """A list of tokens that can be read like a lexer."""

    def __init__(self, tokens):
        self._tokens = tokens
        self._at = 0

    def next(self):
        if self._at >= len(self._tokens):
            return None
        self._at += 1
        return self._tokens[self._at - 1]


class Preprocessor:
    """Feed it files in order; macros survive from one to the next, as they do for the parser."""

    def __init__(self, include_folders=(), defines=()):
        self._folders = list(include_folders)
        self._macros = {}
        self._out = []
        self._expanded = 0
        self._files = 0
        self._source = Source("<command line>", "")  # the last one read
        self._template = Template()
        for text in defines:
            name, _, value = text.partition("=")
            if not _NAME.fullmatch(name):
                raise RdlError(None, f"'{name}' is not a macro name", "--define", "write --define NAME or NAME=VALUE")
            body = _all_tokens(Lexer(Source("<command line>", value)))
            self._macros[name] = _Macro(None, body)

    def read_text(self, name, text):
        """Like read_file, for text that is in no file."""
        self._run(Source(name, text), 0)

    def read_file(self, path, token=None, depth=0):
        """Appends the tokens of one file, then an end marker if it is not an include."""
        self._files += 1
        if depth > _DEPTH_LIMIT or self._files > _FILES_LIMIT:
            raise RdlError(token, "includes do not come to an end", "`include", "break the include cycle")
        try:
            with open(path, encoding="utf-8", newline=None) as file:
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise RdlError(token, f"cannot read '{path}': {reason}", "file", "check the path") from None
        self._run(Source(path, text), depth)

    def tokens(self):
        """All tokens so far, closed by one END token, and forgets them."""
        out, self._out = self._out, []
        last = out[-1] if out else Token(END, "", self._source, 0)
        out.append(Token(END, "end of input", last.source, last.offset + len(last.text)))
        return out

    # ---- one source -------------------------------------------------------------------------

    def _run(self, source, depth):
        self._source = source
        lexer = Lexer(source, template=self._template)
        conditions = []  # [directive token, this branch is read, some branch was read, else was seen]
        while True:
            token = lexer.next() if all(c[1] for c in conditions) else self._skip(lexer)
            if token is None:
                break
            if token.kind != DIRECTIVE:
                self._out.append(token)
            elif not self._conditional(token, lexer, conditions):
                self._directive(token, lexer, depth)
        if conditions:
            raise RdlError(conditions[-1][0], "conditional is never closed", conditions[-1][0].text, "add `endif")

    def _skip(self, lexer):
        """In a branch that is not read only the conditional directives count."""
        while True:
            token = lexer.next()
            if token is None or (token.kind == DIRECTIVE and token.text in
                                 ("`ifdef", "`ifndef", "`elsif", "`else", "`endif")):
                return token

    def _conditional(self, token, lexer, conditions):
        word = token.text
        if word in ("`ifdef", "`ifndef"):
            name = self._name(lexer, token)
            live = all(c[1] for c in conditions)
            taken = (name in self._macros) == (word == "`ifdef")
            conditions.append([token, live and taken, taken or not live, False])
        elif word in ("`elsif", "`else", "`endif"):
            if not conditions:
                raise RdlError(token, f"{word} without `ifdef", word, "remove it")
            top = conditions[-1]
            if word == "`endif":
                conditions.pop()
                return True
            if top[3]:
                raise RdlError(token, f"{word} after `else", word, "put `else last")
            taken = word == "`else" or self._name(lexer, token) in self._macros
            top[1] = taken and not top[2]
            top[2] = top[2] or taken
            top[3] = word == "`else"
        else:
            return False
        return True

    def _directive(self, token, lexer, depth):
        word = token.text
        if word == "`include":
            self._include(token, lexer, depth)
        elif word == "`define":
            self._define(token, lexer)
        elif word == "`undef":
            self._macros.pop(self._name(lexer, token), None)
        elif word == "`line":
            lexer.take_line()
        else:
            self._expand(token, lexer, self._out, 0)

    def _include(self, token, lexer, depth):
        start, end = lexer.take_line()
        line = _all_tokens(Lexer(lexer.source, start, end))
        if len(line) != 1 or line[0].kind != "string":
            raise RdlError(token, "`include takes one quoted file name", "`include", 'write `include "file.rdl"')
        name = string_value(line[0])
        here = os.path.dirname(token.source.path)
        for folder in [here] + self._folders:
            path = os.path.join(folder, name) if folder else name
            if os.path.isfile(path):
                self.read_file(path, line[0], depth + 1)
                return
        raise RdlError(line[0], f"included file '{name}' not found", "`include", "add its folder with --include")

    def _define(self, token, lexer):
        start, end = lexer.take_line()
        text = lexer.source.text
        # Continuations become blanks of the same length, so that offsets stay right.
        clean = text[start:end].replace("\\\r\n", "   ").replace("\\\n", "  ")
        sub = Lexer(Source(lexer.source.path, text[:start] + clean), start)
        name = sub.next()
        if name is None or name.kind != IDENTIFIER:
            raise RdlError(token, "`define needs a name", "`define", "write `define NAME value")
        parameters = None
        after = name.offset + len(name.text)
        if sub.source.text[after:after + 1] == "(":
            parameters = self._macro_parameters(sub, token)
        self._macros[name.text] = _Macro(parameters, _all_tokens(sub))

    def _macro_parameters(self, lexer, token):
        lexer.next()
        names = []
        while True:
            name, separator = lexer.next(), lexer.next()
            if name is None or separator is None or name.kind != IDENTIFIER or separator.text not in ",)":
                raise RdlError(token, "macro parameters are not a list of names", "`define",
                               "write `define NAME(a, b) value")
            names.append(name.text)
            if separator.text == ")":
                return names

    # ---- macro use --------------------------------------------------------------------------

    def _expand(self, token, stream, out, depth):
        macro = self._macros.get(token.text[1:])
        if macro is None:
            raise RdlError(token, f"macro '{token.text}' is not defined", token.text, "`define it or pass --define")
        if depth > _DEPTH_LIMIT:
            raise RdlError(token, "macro expands into itself", token.text, "break the cycle")
        arguments = {}
        if macro.parameters is not None:
            values = self._arguments(token, stream)
            if len(values) != len(macro.parameters):
                raise RdlError(token, f"macro takes {len(macro.parameters)} arguments, not {len(values)}",
                               token.text, "pass as many as it declares")
            arguments = dict(zip(macro.parameters, values))
        body = []
        for part in macro.body:
            if part.kind == IDENTIFIER and part.text in arguments:
                body.extend(arguments[part.text])
            else:
                body.append(part.moved_to(token))
        self._expanded += len(body)
        if self._expanded > _EXPANSION_LIMIT:
            raise RdlError(token, "macros expand without end", token.text, "break the cycle")
        rest = _Tokens(body)
        while True:
            part = rest.next()
            if part is None:
                return
            if part.kind == DIRECTIVE:
                self._expand(part, rest, out, depth + 1)
            else:
                out.append(part)

    def _arguments(self, token, stream):
        """The comma-separated arguments of one macro use; brackets and braces nest."""
        opening = stream.next()
        if opening is None or opening.text != "(":
            raise RdlError(token, "macro is used without its arguments", token.text, "write them in parentheses")
        values, depth = [[]], 0
        while True:
            part = stream.next()
            if part is None:
                raise RdlError(token, "macro arguments are never closed", token.text, "add ')'")
            if depth == 0 and part.text == ")":
                return values
            if depth == 0 and part.text == ",":
                values.append([])
                continue
            if part.text in ("(", "[", "{", "'{"):
                depth += 1
            elif part.text in (")", "]", "}"):
                depth -= 1
            values[-1].append(part)

    def _name(self, lexer, directive):
        token = lexer.next()
        if token is None or token.kind != IDENTIFIER:
            raise RdlError(directive, f"{directive.text} needs a macro name", directive.text, "name the macro")
        return token.text


def _all_tokens(lexer):
    tokens = []
    token = lexer.next()
    while token is not None:
        tokens.append(token)
        token = lexer.next()
    return tokens
