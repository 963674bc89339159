"""The chip: instances in the order of addresses, parents shared by neighbours, waves, circles."""
import types
import unittest
from fractions import Fraction

from rdl.testing import compile_text

from . import chip
from . import semantics as s
from .testing import block


def kind(name, depends=(), gate=None):
    return types.SimpleNamespace(name=name, depends=list(depends), gate=gate)


class Chip(unittest.TestCase):
    def test_instances(self):
        elaborated = compile_text("addrmap b { reg { field { hw = r; } f = 0; } x; }; addrmap c { b inner; };"
                                  "addrmap top { c c[2] @ 0x3000 += 0x1000; b b @ 0x1000; };")
        self.assertEqual(chip.instances(elaborated), [("b", 0, 0x1000), ("c", 0, 0x3000), ("c", 1, 0x4000)])

    def test_neighbours_share_parents(self):
        rows = [("sys", 0, 0)] + [("rail", i, 0) for i in range(2)] + [("clock", i, 0) for i in range(5)]
        blocks = [kind("sys"), kind("rail", ["sys"]), kind("clock", ["sys"], gate="rail")]
        self.assertEqual(chip.parents(rows, blocks), [[], [0], [0], [1, 0], [1, 0], [1, 0], [2, 0], [2, 0]])

    def test_fewer_children_than_parents(self):
        rows = [("rail", i, 0) for i in range(4)] + [("clock", i, 0) for i in range(2)]
        self.assertEqual(chip.parents(rows, [kind("rail"), kind("clock", ["rail"])])[4:], [[0], [2]])

    def test_the_gate_is_the_first_parent_and_only_once(self):
        rows = [("a", 0, 0), ("g", 0, 0), ("x", 0, 0)]
        self.assertEqual(chip.parents(rows, [kind("a"), kind("g"), kind("x", ["a", "g"], gate="g")])[2], [1, 0])

    def test_a_parent_that_is_not_there(self):
        with self.assertRaisesRegex(s.Unsupported, "^x: depends on y, which the chip doesn't have; add it or drop it$"):
            chip.parents([("x", 0, 0)], [kind("x", ["y"])])

    def test_waves(self):
        self.assertEqual(chip.waves([[], [0], [1, 0], [], [3, 2]]), [0, 1, 2, 0, 3])
        with self.assertRaisesRegex(s.Unsupported, r"^instances \(1, 2, 1\) depend on each other in a circle; cut it$"):
            chip.waves([[1], [2], [1]])

    def test_scales(self):
        self.assertEqual([chip.scale_name(x) for x in chip.SCALES], ["1", "1_8", "1_4", "1_2", "2", "4"])

    def test_source(self):
        body = ('hal_depends = "a"; hal_workload = true; reg { field {} f = 0; } x;')
        blocks = [block("reg { field {} f = 0; } x;", "a"), block(body, "c")]
        elaborated = compile_text("addrmap a { reg { field { hw = r; } f = 0; } x; }; addrmap c { a x; };"
                                  "addrmap top { a a @ 0; c c[2] @ 0x1000 += 0x1000; };")
        text = chip.source(blocks, {Fraction(1, 8): elaborated})
        for line in ("kParents1_8[] = {0, 0};", "{0x0, 0, 0, 0, 1, 0, 0},", "{0x1000, 1, 1, 0, 2, 0, 1},",
                     "{0x2000, 1, 1, 1, 2, 1, 1},", "&blocks::c::kDriver, false, true, 0, 0x0},",
                     "if (numerator * 8u == denominator * 1u) return &kChip1_8;"):
            self.assertIn(line, text)
        self.assertIn("enum class Type : std::uint8_t {\n    a,\n    c,\n};", chip.header(blocks))


if __name__ == "__main__":
    unittest.main()
