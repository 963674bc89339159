"""Recursive descent over expressions; also the token cursor that the whole parser uses."""

from . import expressions as ex
from .errors import RdlError
from .lexer import END, IDENTIFIER, KEYWORDS, NUMBER, STRING, number_value, string_value
from .values import WORDS

# Loosest first (SystemRDL 2.0, table 9).
_LEVELS = (("||",), ("&&",), ("|",), ("^", "~^", "^~"), ("&",), ("==", "!="), ("<", "<=", ">", ">="),
           ("<<", ">>"), ("+", "-"), ("*", "/", "%"), ("**",))
_UNARY = ("!", "+", "-", "~", "&", "~&", "|", "~|", "^", "~^", "^~")
_DEPTH_LIMIT = 40
_CHAIN_LIMIT = 200


class ExpressionParser:
    def __init__(self, tokens):
        self.tokens = tokens
        self.at = 0
        self.token = tokens[0]
        self._depth = 0

    # ---- cursor -----------------------------------------------------------------------------

    def advance(self):
        token = self.token
        if token.kind == END:
            raise self._error("the text ends too early", "end of input", "complete it")
        self.at += 1
        self.token = self.tokens[self.at]
        return token

    def peek(self):
        return self.tokens[min(self.at + 1, len(self.tokens) - 1)]

    def accept(self, text):
        if self.token.text == text and self.token.kind != STRING:
            return self.advance()
        return None

    def expect(self, text, construct):
        if self.token.text != text or self.token.kind == STRING:
            raise self._error(f"expected '{text}' but found '{_short(self.token)}'", construct, f"write '{text}' here")
        return self.advance()

    def identifier(self, what):
        token = self.token
        if token.kind != IDENTIFIER:
            raise self._error(f"expected a name but found '{_short(token)}'", what, "write a name here")
        if token.text in KEYWORDS and token.source.text[token.offset] != "\\":
            raise self._error(f"'{token.text}' is a reserved word", what, "choose another name")
        return self.advance()

    def _error(self, what, construct, advice):
        return RdlError(self.token, what, construct, advice)

    # ---- expressions ------------------------------------------------------------------------

    def expression(self):
        self._depth += 1
        if self._depth > _DEPTH_LIMIT:
            raise self._error("expression nests too deeply", "expression", "split it up")
        condition = self._binary(0)
        if self.token.text == "?" and self.token.kind != STRING:
            token = self.advance()
            yes = self.expression()
            self.expect(":", "conditional expression")
            condition = ex.Conditional(token, condition, yes, self.expression())
        self._depth -= 1
        return condition

    def _binary(self, level):
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        links = 0
        while self.token.kind == "operator" and self.token.text in _LEVELS[level]:
            token = self.advance()
            links += 1
            if links > _CHAIN_LIMIT:
                raise self._error("expression is too long", "expression", "split it up")
            left = ex.binary(token, left, self._binary(level + 1))
        return left

    def _unary(self):
        if self.token.kind == "operator" and self.token.text in _UNARY:
            token = self.advance()
            self._depth += 1
            if self._depth > _DEPTH_LIMIT:
                raise self._error("expression nests too deeply", "expression", "split it up")
            operand = self._unary()
            self._depth -= 1
            return ex.unary(token, operand)
        return self._primary()

    def _primary(self):
        token = self.token
        if token.kind == NUMBER:
            self.advance()
            value, width = number_value(token)
            literal = ex.Literal(token, value, width)
            return self._cast(token, literal) if self.token.text == "'" else literal
        if token.kind == STRING:
            self.advance()
            return ex.Literal(token, string_value(token), 0)
        if token.kind == IDENTIFIER:
            return self._named()
        if self.accept("("):
            inside = self.expression()
            self.expect(")", "expression")
            return self._cast(token, inside) if self.token.text == "'" else inside
        if self.accept("'{"):
            return ex.ArrayLiteral(token, self._list("}", "array"))
        if self.accept("{"):
            return self._concatenation(token)
        raise self._error(f"'{_short(token)}' cannot start an expression", "expression", "write a value here")

    def _named(self):
        token = self.token
        word, after = token.text, self.peek()
        if word in ("true", "false"):
            self.advance()
            return ex.Literal(token, word == "true", 1)
        if word in ("boolean", "bit", "longint") and after.text in ("'", "unsigned"):
            self.advance()
            self.accept("unsigned")
            return self._cast(token, word)
        if word in WORDS:
            self.advance()
            return ex.Literal(token, WORDS[word], 0)
        if after.text == "::":
            self.identifier("enum name")
            self.advance()
            return ex.EnumLiteral(token, word, self.identifier("enum member"))
        if after.text == "'{":
            self.identifier("struct name")
            self.advance()
            return ex.StructLiteral(token, word, self._members())
        return self._reference()

    def _cast(self, token, target):
        self.expect("'", "cast")
        self.expect("(", "cast")
        inside = self.expression()
        self.expect(")", "cast")
        if isinstance(target, str):
            return ex.TypeCast(token, target, inside)
        return ex.WidthCast(token, target, inside)

    def _list(self, closing, construct):
        items = []
        if self.accept(closing):
            return items
        while True:
            items.append(self.expression())
            if not self.accept(","):
                break
        self.expect(closing, construct)
        return items

    def _members(self):
        members = []
        if self.accept("}"):
            return members
        while True:
            name = self.identifier("struct member")
            self.expect(":", "struct literal")
            members.append((name, self.expression()))
            if not self.accept(","):
                break
        self.expect("}", "struct literal")
        return members

    def _concatenation(self, token):
        first = self.expression()
        if self.accept("{"):
            parts = self._list("}", "replication")
            self.expect("}", "replication")
            return ex.Replication(token, first, ex.Concatenation(token, parts))
        parts = [first]
        while self.accept(","):
            parts.append(self.expression())
        self.expect("}", "concatenation")
        return ex.Concatenation(token, parts)

    def _reference(self):
        token = self.token
        path = []
        while True:
            name = self.identifier("reference")
            indices = []
            while self.accept("["):
                indices.append(self.expression())
                self.expect("]", "array index")
            path.append((name, indices))
            if not self.accept("."):
                break
        if not self.accept("->"):
            return ex.Reference(token, path, None)
        if self.token.kind != IDENTIFIER:
            raise self._error("a property name must follow '->'", "property reference", "name the property")
        return ex.Reference(token, path, self.advance())


def _short(token):
    return token.text if len(token.text) <= 40 else token.text[:37] + "..."
