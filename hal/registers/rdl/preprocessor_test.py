"""Includes, conditionals, macros and the integer subset of embedded Perl."""

import os
import tempfile
import unittest

from .errors import RdlError
from .preprocessor import Preprocessor


def words(text, defines=(), files=None, folders=()):
    """Texts of the tokens after preprocessing; `files` are written beside the main one."""
    with tempfile.TemporaryDirectory() as base:
        for name, content in {**(files or {}), "main.rdl": text}.items():
            path = os.path.join(base, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
        preprocessor = Preprocessor([os.path.join(base, folder) for folder in folders], defines)
        preprocessor.read_file(os.path.join(base, "main.rdl"))
        return [token.text for token in preprocessor.tokens()[:-1]]


class Conditionals(unittest.TestCase):
    def test_branches(self):
        text = "`ifdef A a `elsif B b `else c `endif"
        self.assertEqual(words(text), ["c"])
        self.assertEqual(words(text, ["A"]), ["a"])
        self.assertEqual(words(text, ["B=1"]), ["b"])
        self.assertEqual(words(text, ["A", "B"]), ["a"])

    def test_nested_in_a_branch_that_is_not_read(self):
        self.assertEqual(words("`ifdef A `ifndef B x `else y `endif `UNKNOWN `else z `endif"), ["z"])

    def test_define_and_undef(self):
        self.assertEqual(words("`define A\n`ifdef A x `endif `undef A\n`ifndef A y `endif"), ["x", "y"])

    def test_defines_in_a_branch_that_is_not_read_do_not_count(self):
        self.assertEqual(words("`ifdef A\n`define B\n`endif\n`ifdef B x `endif y"), ["y"])


class Macros(unittest.TestCase):
    def test_plain_and_with_arguments(self):
        self.assertEqual(words("`define N 3 + \\\n 4\n`define ADD(a, b) a + b\n`N `ADD(x, f(y, z))"),
                         ["3", "+", "4", "x", "+", "f", "(", "y", ",", "z", ")"])

    def test_macro_in_macro(self):
        self.assertEqual(words("`define A 1\n`define B(x) x `A\n`B(`A)"), ["1", "1"])

    def test_tokens_report_the_use(self):
        preprocessor = Preprocessor()
        preprocessor.read_text("t", "`define A b c\n\n  `A")
        self.assertEqual([t.source.line_column(t.offset) for t in preprocessor.tokens()[:-1]], [(3, 3), (3, 3)])


class Includes(unittest.TestCase):
    def test_beside_the_file_and_in_a_folder(self):
        files = {"a.rdl": 'a `include "sub/b.rdl"\n', "sub/b.rdl": 'b `include "c.rdl"\n', "sub/c.rdl": "c",
                 "inc/d.rdl": "d"}
        self.assertEqual(words('`include "a.rdl"\n`include "d.rdl"\nx', files=files, folders=["inc"]),
                         ["a", "b", "c", "d", "x"])

    def test_macros_reach_across_files(self):
        self.assertEqual(words('`include "a.rdl"\n`A', files={"a.rdl": "`define A 7\n"}), ["7"])


class EmbeddedPerl(unittest.TestCase):
    def test_loop_and_pasting(self):
        self.assertEqual(words("<% $n = 2; for ($i = 0; $i < $n*2; $i += 2) { %>r<%=$i/2%>_x[<%=$i+1%>] <% } %>y"),
                         ["r0_x", "[", "1", "]", "r1_x", "[", "3", "]", "y"])

    def test_nested_loops(self):
        text = "<% for($i=0;$i<2;$i++) { %><% for($j=0;$j<2;$j++) { %>a<%=$i%><%=$j%> <% } %><% } %>"
        self.assertEqual(words(text), ["a00", "a01", "a10", "a11"])

    def test_sized_number(self):
        self.assertEqual(words("<% $n = 5; %>2'd<%=$n%4%> <%=$n%>'b1"), ["2'd1", "5'b1"])


class Refusals(unittest.TestCase):
    def refuse(self, text, line, column, what):
        with self.assertRaises(RdlError) as caught:
            words(text)
        error = caught.exception
        self.assertEqual((error.line, error.column), (line, column), str(error))
        self.assertIn(what, str(error))

    def test_conditionals(self):
        self.refuse("a\n`ifdef X b", 2, 1, "never closed")
        self.refuse("a `endif", 1, 3, "without `ifdef")
        self.refuse("`ifdef A `else `else `endif", 1, 16, "after `else")
        self.refuse("`ifdef 3", 1, 1, "needs a macro name")

    def test_macros(self):
        self.refuse("a\n  `X", 2, 3, "not defined")
        self.refuse("`define A `A\n`A", 2, 1, "expands into itself")
        self.refuse("`define A(x) x\n`A b", 2, 1, "without its arguments")
        self.refuse("`define A(x) x\n`A(b, c)", 2, 1, "takes 1 arguments, not 2")
        self.refuse("`define A(x) x\n`A(b", 2, 1, "never closed")
        self.refuse("`define 5", 1, 1, "needs a name")

    def test_includes(self):
        self.refuse('a\n`include "nothing.rdl"', 2, 10, "not found")
        self.refuse("`include nothing", 1, 1, "one quoted file name")
        self.refuse('`include "main.rdl"', 1, 10, "do not come to an end")

    def test_embedded_perl(self):
        self.refuse("a <% print 1; %>", 1, 3, "not supported")
        self.refuse("<%=$x%>", 1, 1, "has no value")
        self.refuse("<% } %>", 1, 1, "closes no loop")
        self.refuse("<% for($i=0;$i<2;$i++) { %> a", 1, 1, "never closed")
        self.refuse("<% $i = 3 / 2; %>", 1, 1, "not an integer")
        self.refuse("<% for($i=0;$i<2;$i=0) { %><% } %>", 1, 28, "without end")
        self.refuse("<% for($i=2;$i<2;$i++) { %><% } %>", 1, 1, "never runs")
        self.refuse("<% $i = 1;", 1, 1, "never closed")


if __name__ == "__main__":
    unittest.main()
