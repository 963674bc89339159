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


SYSTEM = """reg { hal_service = "identity";
      field {} who[7:0] = 7; field { hal_service = "scale"; } size[31:24] = 0; } id;
reg { field { hal_service = "traffic_open"; } may = 0; field { hal_service = "traffic_active"; } running = 0; } gate;
reg { hal_service = "digest"; field {} f[31:0] = 0; } of;
reg { hal_service = "verdict"; field {} f[31:0] = 0; } lost[2];"""


class Chip(unittest.TestCase):
    def test_instances(self):
        elaborated = compile_text("addrmap b { reg { field { hw = r; } f = 0; } x; }; addrmap c { b inner; };"
                                  "addrmap top { c c[2] @ 0x3000 += 0x1000; b b @ 0x1000; };")
        self.assertEqual(chip.instances(elaborated), [("b", 0, 0x1000), ("c", 0, 0x3000), ("c", 1, 0x4000)])

    def test_every_instance_has_its_own_page(self):
        for place, said in (("b b @ 0x1800;", r"^b: 0x4 bytes at 0x1800; give each block instance its own 0x1000, "),
                            ("b b[2] @ 0x1000 += 0x1400;", r"^b\[1\]: 0x4 bytes at 0x2400; "),
                            ("big b @ 0x1000;", "^b: 0x1004 bytes at 0x1000; ")):
            elaborated = compile_text("addrmap b { reg { field { hw = r; } f = 0; } x; };"
                                      f"addrmap big {{ b b @ 0x1000; }}; addrmap top {{ {place} }};")
            with self.assertRaisesRegex(s.Unsupported, said):
                chip.instances(elaborated)

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

    def test_services(self):
        system = chip.services(block(SYSTEM, "a"), 64)
        self.assertEqual([system.identity(x) for x in (Fraction(1, 8), 4)], [0x1000007, 0x20000007])
        for cut, instances, said in (
                ('hal_service = "digest";', 1, "^a: it has the chip's lowest address, so the engine looks for its "
                                               "services there and misses digest; say hal_service at "),
                ('hal_service = "traffic_active";', 1, "misses traffic_active; "),
                ("", 65, r"^a\.lost: 64 bits for 65 block instances; give it a bit for each, in words side by side$")):
            with self.assertRaisesRegex(s.Unsupported, said):
                chip.services(block(SYSTEM.replace(cut, ""), "a"), instances)

    def test_the_gate_of_traffic_and_its_answer_are_one_register(self):
        apart = SYSTEM.replace('field { hal_service = "traffic_active"; } running = 0;', "")
        apart += 'reg { field { hal_service = "traffic_active"; } running = 0; } apart;'
        with self.assertRaisesRegex(s.Unsupported, "^a: traffic_open and traffic_active are in two registers; "):
            chip.services(block(apart, "a"), 1)

    def test_source(self):
        body = ('hal_depends = "a"; hal_workload = true; reg { field {} f = 0; } x;')
        blocks = [block(SYSTEM, "a"), block(body, "c")]
        elaborated = compile_text("addrmap a { reg { field { hw = r; } f = 0; } x; }; addrmap c { a x; };"
                                  "addrmap top { a a @ 0; c c[2] @ 0x1000 += 0x1000; };")
        text = chip.source(blocks, {Fraction(1, 8): elaborated})
        for line in ("kParents1_8[] = {0, 0};", "{0x0, 0, 0, 0, 1, 0, 0},", "{0x1000, 1, 1, 0, 2, 0, 1},",
                     "{0x2000, 1, 1, 1, 2, 1, 1},", "&blocks::c::kDriver, false, true, 0, 0x0},",
                     "if (numerator * 8u == denominator * 1u) return &kChip1_8;", 'kChip1_8{"top", 1, 8, 0x1000007, ',
                     "{registers::a::Id::kOffset, registers::a::Id::kIndex},", "0x1, 0x2,"):
            self.assertIn(line, text)
        self.assertIn("enum class Type : std::uint8_t {\n    a,\n    c,\n};", chip.header(blocks))


if __name__ == "__main__":
    unittest.main()
