"""The RTL generator: storage, what accesses do, locks, hooks of hand-written halves, planted bugs."""
import re
import unittest

from . import systemverilog, systemverilog_planted
from .systemverilog_text import hand_written, hooks_in, per_instance
from .testing import block

MASK = "32'h000000f0"


def module(body, behaviour=""):
    return systemverilog.module(block(body), behaviour)


class Registers(unittest.TestCase):
    def test_storage_is_a_struct_per_instance(self):
        text = module("reg { field {} low[2:0] = 5; field {} output[31:31] = 0; } c;"
                      "reg { field {} f[32] = 0; } t[3];")
        self.assertIn("    logic output_;\n    logic [27:0] none_3;\n    logic [2:0] low;\n  } c_t;\n  c_t c [N];",
                      text)
        self.assertIn("  t_t t [N][3];", text)

    def test_each_kind_of_write(self):
        kinds = {"": "(next & ~{m}) | (value & {m})", "onwrite = woclr;": "next & ~(value & {m})",
                 "onwrite = woset;": "next | (value & {m})", "onwrite = wot;": "next ^ (value & {m})",
                 "onwrite = wzc;": "next & ~(~value & {m})", "onwrite = wzs;": "next | (~value & {m})",
                 "onwrite = wzt;": "next ^ (~value & {m})", "onwrite = wclr;": "next & ~{m}",
                 "onwrite = wset;": "next | {m}"}
        for properties, rule in kinds.items():
            text = module(f"reg {{ field {{ {properties} }} f[7:4] = 0; }} c;")
            self.assertIn(f"next = {rule.format(m=MASK)};", text, properties)

    def test_reads(self):
        text = module("reg { field { onread = rclr; } f[3:0] = 0; } c; reg { field { sw = w; } f[3:0] = 0; } d @ 8;")
        self.assertIn("W_C: c[me] = (c[me] & ~32'h0000000f) | 32'h00000000;", text)
        self.assertIn("W_C: readable = 32'h0000000f;", text)
        self.assertNotRegex(text, r"W_D: readable|reads_freely = 1'b1")

    def test_addresses_with_gaps(self):
        text = module("reg { field {} f = 0; } a @ 4; reg { field {} f = 0; } d[2] @ 0x10;")
        self.assertIn("if (offset >= 10'h001 && offset < 10'h002) word_at = offset + 10'h3ff;", text)
        self.assertIn("if (offset >= 10'h004 && offset < 10'h006) word_at = offset + 10'h3fd;", text)

    def test_locks(self):
        text = module("reg { field {} on = 0; } l; reg { field { singlepulse; } p[0:0] = 0; field {} f[1:1] = 0; } c;"
                      "c.p -> swwe = l.on; c.f -> swwe = l.on;")
        self.assertRegex(text, r"if \(!l\[me\]\.on\) begin\n +next = \(next & ~32'h00000003\) \| "
                               r"\(old & 32'h00000003\)")
        self.assertIn("value = value & ~32'h00000001;", text)

    def test_a_lock_per_element(self):
        text = module("regfile { reg { field {} on = 0; } l; reg { field { swwel = l.on; } f = 0; } c; } g[4];")
        self.assertRegex(text, r"if \(g_l\[me\]\[2'\(.*\)\]\.on\) begin")

    def test_warm_resets_leave_sticky_bits(self):
        text = module("reg { field { hal_sticky = true; } f[3:0] = 2; field {} g[7:4] = 1; } c;")
        self.assertIn("c[me] = is_cold ? 32'h00000012 : (c[me] & 32'h0000000f) | (32'h00000012 & ~32'h0000000f);", text)


class HandWritten(unittest.TestCase):
    def test_hooks_get_what_they_ask_for(self):
        text = "task automatic written(number_t k, logic [31:0] old);\nendtask\nfunction automatic logic works();\n"
        self.assertEqual(hooks_in(text), {"written": ["k", "old"], "works": []})
        self.assertIn("    written(k, old);", module("reg { field {} f = 0; } c;", text))

    def test_registers_become_those_of_an_instance(self):
        text = per_instance("c.f = s.c + 2'(c) + c_x + c(1) + M_C;  // c stays\nlane[n] = c;", ["c", "lane"])
        self.assertEqual(text, "c[me].f = s.c + 2'(c[me]) + c_x + c(1) + M_C;  // c stays\nlane[me][n] = c[me];")

    def test_what_is_hand_written(self):
        one = block("reg { field {} f = 0; } a; reg { field {} f = 0; } d;")
        text = hand_written([one], {"b": "task x(); a.f = 1; endtask  // d isn't"})
        self.assertEqual(re.findall(r'"(.*)"', text), ["b.a"])


class Planted(unittest.TestCase):
    def test_only_where_they_are_declared(self):
        self.assertNotIn("`PLANTED(", module("reg { field { onwrite = woclr; } f = 0; } error_status;"))
        one = block("reg { field { onwrite = woclr; } f[3:0] = 0; } error_status;", "ucie").registers[0]
        self.assertEqual(systemverilog_planted.write("ucie", one), ["if (`PLANTED(1)) next = value & 32'h0000000f;"])


if __name__ == "__main__":
    unittest.main()
