"""Values and widths of expressions, seen through a user-defined property."""

import unittest

from .testing import compile_text, expect_refusal

_HEAD = """
property n { type = longint; component = all; };
property b { type = boolean; component = all; };
property s { type = string; component = all; };
property list { type = longint[]; component = all; };
enum color { red = 1; green; blue = 4'd7; };
struct base { longint x; };
struct pair : base { string y; longint z[]; };
"""


def value_of(expression, name="n", parameters=""):
    text = f"{_HEAD} addrmap top {parameters} {{ {name} = {expression}; reg {{ field {{}} f; }} x; }};"
    return compile_text(text)["nodes"][0]["udp"][name]


class Operators(unittest.TestCase):
    def test_arithmetic_and_precedence(self):
        for expression, value in (("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("7 / 2", 3), ("7 % 4", 3), ("2 ** 10", 1024),
                                  ("10 - 2 - 3", 5), ("1 << 4 | 1", 17), ("0xF0 >> 4 & 3", 3), ("6 ^ 3", 5)):
            self.assertEqual(value_of(expression), value, expression)

    def test_unsigned_64_bits(self):
        self.assertEqual(value_of("0 - 1"), (1 << 64) - 1)
        self.assertEqual(value_of("~12"), (1 << 64) - 13)
        self.assertEqual(value_of("1 << 64"), 0)

    def test_sized_operands_widen_to_their_context(self):
        self.assertEqual(value_of("8'hFF + 8'h01"), 256)
        self.assertEqual(value_of("{8'hFF + 8'h01}"), 0)

    def test_comparison_and_logic(self):
        for expression, value in (("3 < 4", True), ("3 >= 4", False), ("3 == 4", False), ("3 != 4", True),
                                  ("1 && 0", False), ("1 || 0", True), ("!5", False), ('"a" == "a"', True)):
            self.assertEqual(value_of(expression, "b"), value, expression)

    def test_reduction(self):
        for expression, value in (("&4'hF", 1), ("&4'hE", 0), ("|4'h0", 0), ("^4'h7", 1), ("~^4'h7", 0), ("~|4'h0", 1)):
            self.assertEqual(value_of(expression), value, expression)

    def test_conditional(self):
        self.assertEqual(value_of("1 ? 2 : 3"), 2)
        self.assertEqual(value_of("0 ? 2 : 0 ? 4 : 5"), 5)

    def test_concatenation_and_replication(self):
        self.assertEqual(value_of("{4'hA, 8'h12}"), 0xA12)
        self.assertEqual(value_of("{3{4'hA}}"), 0xAAA)
        self.assertEqual(value_of('{"a", "b"}', "s"), "ab")

    def test_casts(self):
        self.assertEqual(value_of("4'(0x1F)"), 15)
        self.assertEqual(value_of("(2 + 2)'(0x1F)"), 15)
        self.assertEqual(value_of("boolean'(7)", "b"), True)
        self.assertEqual(value_of("bit'(6)"), 0)


class Names(unittest.TestCase):
    def test_enum(self):
        self.assertEqual(value_of("color::green + 1"), 3)

    def test_parameters(self):
        self.assertEqual(value_of("A * B", parameters="#(longint A = 6, longint B = A + 1)"), 42)

    def test_struct_and_array_members(self):
        parameters = "#(pair P = pair'{x: 5, y: \"t\", z: '{7, 8}})"
        self.assertEqual(value_of("P.x", parameters=parameters), 5)
        self.assertEqual(value_of("P.z[1]", parameters=parameters), 8)
        self.assertEqual(value_of("P.y", "s", parameters), "t")

    def test_array(self):
        self.assertEqual(value_of("'{1, 2 + 1}", "list"), [1, 3])


class Refusals(unittest.TestCase):
    def refuse(self, expression, construct, name="n", parameters=""):
        text = f"{_HEAD} addrmap top {parameters} {{ {name} = {expression}; reg {{ field {{}} f; }} x; }};"
        return expect_refusal(self, text, construct)

    def test_values(self):
        self.refuse("1 «/ 0", "expression")
        self.refuse("1 + «\"a\"", "expression")
        self.refuse("«nothing", "reference")
        self.refuse("color::«black", "enum")
        self.refuse("«colour::red", "enum")
        self.refuse("«0'(3)", "cast")
        self.refuse("A[«2]", "array index", parameters="#(longint A[] = '{1, 2})")
        self.refuse("P.«v", "reference", parameters="#(base P = base'{x: 1})")

    def test_struct_literals(self):
        self.refuse("1", "struct literal", parameters="#(pair P = «pair'{x: 1})")
        self.refuse("1", "struct", parameters="#(base P = base'{«v: 1})")
        self.refuse("1", "struct", parameters="#(base P = base'{x: 1, «x: 2})")

    def test_syntax(self):
        self.refuse("1 + «", "expression")
        self.refuse("(1«", "expression")
        self.refuse("«)", "expression")
        self.refuse("1 ? 2«", "conditional expression")
        self.refuse("{2{3}«", "replication")


if __name__ == "__main__":
    unittest.main()
