"""Addresses of registers and bits of fields."""

import unittest

from .testing import addresses, compile_text, fields_of

_TYPES = ("reg b8 { regwidth = 8; field {} f; }; reg b32 { field {} f; }; reg b64 { regwidth = 64; field {} f; }; "
          "reg b64a { regwidth = 64; accesswidth = 32; field {} f; };")


class Addresses(unittest.TestCase):
    def check(self, body, **expected):
        found = addresses(_TYPES + body)
        self.assertEqual({name: found[name] for name in expected}, expected)

    def test_registers_align_to_their_size(self):
        self.check("b32 a; b64 b; b8 c; b32 d;", a=0, b=8, c=16, d=20)

    def test_compact_aligns_to_the_access_width(self):
        self.check("addressing = compact; b32 a; b64a b; b64 c;", a=0, b=4, c=16)

    def test_fullalign_aligns_arrays_to_their_whole_size(self):
        found = addresses(_TYPES + "addressing = fullalign; b32 a; b32 b[5]; b8 c;")
        self.assertEqual((found["b[0]"], found["b[4]"], found["c"]), (32, 48, 52))

    def test_explicit_address_stride_and_alignment(self):
        found = addresses(_TYPES + "b32 a[3] @ 0x100 += 0x10; b32 b; b32 c %= 0x80;")
        self.assertEqual((found["a[2]"], found["b"], found["c"]), (0x120, 0x130, 0x180))

    def test_alignment_reaches_nested_regfiles_not_address_maps(self):
        self.check("alignment = 16; b32 a; b32 b;", a=0, b=16)
        found = addresses(_TYPES + "alignment = 16; regfile { b32 a; b32 b; } x; addrmap { b32 a; b32 b; } y;")
        self.assertEqual((found["x.b"], found["y.a"], found["y.b"]), (16, 32, 36))

    def test_sorted_by_address(self):
        self.assertEqual(list(addresses(_TYPES + "b32 a @ 8; b32 b @ 0; b32 c @ 4;")), ["b", "c", "a"])

    def test_sizes(self):
        text = f"addrmap top {{ {_TYPES} regfile {{ b32 a[4] += 8; b8 b; }} x[2] @ 0x20 += 0x40; }};"
        found = compile_text(text)
        self.assertEqual(found["size"], 0xA0)
        self.assertEqual([node["addr"] for node in found["nodes"][1:]], [0x20, 0x60])
        self.assertEqual(found["nodes"][1]["size"], 0x21)

    def test_read_only_and_write_only_registers_share_an_address(self):
        self.assertEqual(addresses("reg { field { sw = r; } f; } a @ 0; reg { field { sw = w; hw = r; } f; } b @ 0;"),
                         {"a": 0, "b": 0})

    def test_gap_after_the_last_element_is_free(self):
        self.assertEqual(addresses(_TYPES + "b32 a[2] @ 0 += 16; b32 b @ 20;")["b"], 20)

    def test_maps_of_a_bridge_start_at_zero(self):
        self.assertEqual(addresses(_TYPES + "bridge; addrmap { b32 x; } a; addrmap { b32 x; } b;"),
                         {"a.x": 0, "b.x": 0})


class Bits(unittest.TestCase):
    def bits(self, body, head=""):
        return {field["name"]: (field["msb"], field["lsb"]) for field in fields_of(f"{head} reg {{ {body} }} x;")}

    def test_packed_upwards(self):
        self.assertEqual(self.bits("field {} a; field {} b[3]; field {} c[15:8]; field { fieldwidth = 5; } d;"),
                         {"a": (0, 0), "b": (3, 1), "c": (15, 8), "d": (20, 16)})

    def test_packed_downwards(self):
        self.assertEqual(self.bits("field {} a; field {} b[3]; field {} c[8:15]; field {} d[5];", "msb0;"),
                         {"a": (31, 31), "b": (28, 30), "c": (8, 15), "d": (3, 7)})

    def test_sorted_by_low_bit(self):
        self.assertEqual(list(self.bits("field {} a[31:16]; field {} b[7:0];")), ["b", "a"])

    def test_read_only_and_write_only_fields_share_bits(self):
        self.assertEqual(self.bits("field { sw = r; } a[7:0]; field { sw = w; hw = r; } b[7:0];"),
                         {"a": (7, 0), "b": (7, 0)})


if __name__ == "__main__":
    unittest.main()
