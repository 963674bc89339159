"""Tokens, numbers, and text that is no SystemRDL at all."""

import unittest

from .errors import RdlError, Source
from .lexer import IDENTIFIER, NUMBER, STRING, Lexer, number_value, string_value


def tokens_of(text):
    lexer, tokens = Lexer(Source("test", text)), []
    token = lexer.next()
    while token is not None:
        tokens.append(token)
        token = lexer.next()
    return tokens


class Tokens(unittest.TestCase):
    def test_kinds_and_texts(self):
        tokens = tokens_of('reg_0 12 "a b" -> +=')
        self.assertEqual([t.kind for t in tokens], [IDENTIFIER, NUMBER, STRING, "operator", "operator"])
        self.assertEqual([t.text for t in tokens], ["reg_0", "12", '"a b"', "->", "+="])

    def test_longest_operator_wins(self):
        self.assertEqual([t.text for t in tokens_of("a<<b<=c<d ~^ '{ ::")],
                         ["a", "<<", "b", "<=", "c", "<", "d", "~^", "'{", "::"])

    def test_comments_are_blank(self):
        self.assertEqual([t.text for t in tokens_of("a // b\nc /* d \n e */ f")], ["a", "c", "f"])

    def test_escaped_keyword_is_a_name(self):
        self.assertEqual(tokens_of(r"\reg")[0].text, "reg")

    def test_string_with_quote_and_line_break(self):
        token = tokens_of('"a \\"b\\"\n c"')[0]
        self.assertEqual(string_value(token), 'a "b"\n c')

    def test_line_and_column(self):
        token = tokens_of("a\n  b\n\n    c")[2]
        self.assertEqual(token.source.line_column(token.offset), (4, 5))


class Numbers(unittest.TestCase):
    def check(self, text, value, width):
        self.assertEqual(number_value(tokens_of(text)[0]), (value, width))

    def test_plain(self):
        self.check("0", 0, 64)
        self.check("1_000", 1000, 64)
        self.check("0x80_000", 0x80000, 64)

    def test_wider_than_64_bits_keeps_its_bits(self):
        self.check("0x1_0000_0000_0000_0000", 1 << 64, 65)

    def test_sized(self):
        self.check("8'hFF", 255, 8)
        self.check("4'b00_01", 1, 4)
        self.check("12'd100", 100, 12)
        self.check("6'o17", 15, 6)

    def refuse(self, text, what):
        with self.assertRaises(RdlError) as caught:
            number_value(tokens_of(text)[0])
        self.assertIn(what, str(caught.exception))

    def test_refusals(self):
        self.refuse("4'd16", "does not fit in 4 bits")
        self.refuse("4'b12", "digits outside its base")
        self.refuse("4'hz", "digits outside its base")
        self.refuse("8'h", "digits outside its base")
        self.refuse("0'd0", "0 bits wide")
        self.refuse("999999'd1", "999999 bits wide")


class Unreadable(unittest.TestCase):
    def refuse(self, text, line, column, what):
        with self.assertRaises(RdlError) as caught:
            tokens_of(text)
        error = caught.exception
        self.assertEqual((error.line, error.column), (line, column))
        self.assertIn(what, str(error))

    def test_refusals(self):
        self.refuse("a\n $b", 2, 2, "unexpected character")
        self.refuse("a /* b", 1, 3, "comment is never closed")
        self.refuse('\n\n  "abc', 3, 3, "string is never closed")
        self.refuse("a``b", 1, 2, "pasting")


if __name__ == "__main__":
    unittest.main()
