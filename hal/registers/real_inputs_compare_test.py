"""The comparison with real inputs must notice every kind of difference, or its verdict is worth nothing."""

import copy
import unittest

from rdl.testing import compile_text
from real_inputs_test import compare

_TEXT = """
addrmap top {
    reg t { field { hw = r; hwclr; } f[4] = 3; field { sw = r; } g; };
    regfile { t x; } block @ 0x10;
    external mem { mementries = 4; } m @ 0x20;
};
"""


class Comparison(unittest.TestCase):
    def setUp(self):
        self.actual = compile_text(_TEXT)
        self.expected = copy.deepcopy(self.actual)
        self.expected["mems"] = [node for node in self.expected["nodes"] if node["kind"] == "mem"]
        self.expected["blocks"] = [node for node in self.expected["nodes"] if node["kind"] == "regfile"]

    def test_equal_and_counted(self):
        counts, differences = compare(self.actual, self.expected)
        self.assertEqual(differences, [])
        self.assertEqual((counts.registers, counts.fields, counts.memories, counts.blocks), (1, 2, 1, 1))
        self.assertGreater(counts.set, 10)

    def test_every_planted_difference_is_found(self):
        plants = [
            lambda d: d.update(size=1),
            lambda d: d["regs"][0].update(addr=1),
            lambda d: d["regs"][0].update(extra=1),
            lambda d: d["regs"].pop(),
            lambda d: d["regs"][0]["fields"].pop(),
            lambda d: d["regs"][0]["fields"][0].update(rclr=True),
            lambda d: d["regs"][0]["fields"][0].pop("hwclr"),
            lambda d: d["regs"][0]["fields"][0].update(reset=True),
            lambda d: d["regs"][0]["fields"][0].update(name="h"),
            lambda d: d["nodes"][1].update(size=8),
            lambda d: d["nodes"][2].update(entries=8),
            lambda d: d["nodes"].pop(),
        ]
        for number, plant in enumerate(plants):
            planted = copy.deepcopy(self.actual)
            plant(planted)
            self.assertTrue(compare(planted, self.expected)[1], f"plant {number}")


if __name__ == "__main__":
    unittest.main()
