"""The typed header, the decoder tables and the reference."""
import re
import types
import unittest

from . import cpp, markdown, names
from . import semantics as s
from .testing import block, register


def constants(fields, properties=""):
    """name → value of the constants of a register with these fields, as the header has them."""
    text = cpp.header(block(f"reg {{ {properties} {fields} }} c;"))
    found = {}
    for line in re.findall(r"static constexpr (?:std::uint32_t|bool) (.*);", text.split("/// ")[0]):
        for part in line.split(", "):
            name, value = part.split(" = ")
            found.setdefault(name, value == "true" if value in ("true", "false") else int(value, 0))
    return found


class Header(unittest.TestCase):
    def test_modify_keeps_plain_and_reserved_bits(self):
        c = constants("field {} a[3:0] = 1; field { onwrite = woclr; } b[4:4] = 0; "
                      "field { onwrite = wzc; } c0[5:5] = 0; field { onwrite = wzs; } d[6:6] = 0; "
                      "field { onwrite = wzt; } e[7:7] = 0; field { sw = r; hw = w; } f[8:8]; "
                      "field { singlepulse; } g[9:9] = 0;")
        self.assertEqual((c["kPreserve"], c["kNoopOnes"], c["kPlain"], c["kReset"]), (0xFFFFFC0F, 0xE0, 0xF, 1))
        self.assertTrue(c["kModifiable"])

    def test_not_modifiable(self):
        for field in ("field { onwrite = wclr; } a = 0;", "field { onwrite = wset; } a = 0;",
                      "field { sw = w; } a = 0;", "field { onread = rclr; } a = 0;",
                      "field { sw = r; hw = w; onread = rset; } a = 0;"):
            self.assertFalse(constants(field + " field {} other = 0;")["kModifiable"], field)

    def test_writing_twice(self):
        for field, idempotent in (("field {} a = 0;", True), ("field { onwrite = woclr; } a = 0;", True),
                                  ("field { onwrite = wset; } a = 0;", True), ("field { sw = r; hw = w; } a;", True),
                                  ("field { onwrite = wot; } a = 0;", False),
                                  ("field { onwrite = wzt; } a = 0;", False),
                                  ("field { singlepulse; } a = 0;", False),
                                  ("field { onwrite = woclr; hwset; } a = 0;", False),
                                  ("field { onwrite = woset; hwclr; } a = 0;", False),
                                  ("field { counter; } a = 0;", False)):
            self.assertEqual(constants(field)["kWriteIdempotent"], idempotent, field)

    def test_access(self):
        for field, readable, writable, effect in (("field {} a = 0;", True, True, False),
                                                  ("field { sw = r; hw = w; } a;", True, False, False),
                                                  ("field { sw = w; } a = 0;", False, True, False),
                                                  ("field { onread = rset; } a = 0;", True, True, True)):
            c = constants(field)
            found = (c["kReadable"], c["kWritable"], c["kReadSideEffect"])
            self.assertEqual(found, (readable, writable, effect), field)

    def test_array_runs_and_enumerations(self):
        text = cpp.header(block("enum e { slow = 0; very_fast = 2; }; reg { field { encode = e; } a[2] = 0; } c[3]; "))
        for line in ("kOffset = 0x000, kCount = 3, kStride = 4;", "kIndex = 0, kIndexStride = 1;",
                     "static constexpr std::uint32_t kVeryFast = 2;", "kObserveRuns[] = {{0x0, 0, 3}};",
                     "hal::bus::Span<const hal::bus::Run> kStatus{};",
                     "struct A : hal::bus::Field<C, 0, 2, hal::bus::OnWrite::plain, true> {"):
            self.assertIn(line, text)

    def test_names_that_cpp_cannot_have(self):
        for body, line in (("reg { field {} c = 0; } c;",
                            "b.c: its field c has the same name; rename one (C++ needs it)"),
                           ("reg { field {} a_1 = 0; field {} a1 = 0; } c;",
                            "b.c: a1 and a_1 are both A1 in C++; rename one"),
                           ("reg { field {} f = 0; } a_1; reg { field {} f = 0; } a1;",
                            "b: a1 and a_1 are both A1 in C++; rename one")):
            with self.assertRaises(s.Unsupported) as caught:
                cpp.header(block(body))
            self.assertEqual(str(caught.exception), line)


class Texts(unittest.TestCase):
    BODY = ('name = "Bee"; desc = "What it does."; hal_gate = "g"; hal_depends = "d"; '
            'enum e { on = 1; off = 0; }; reg { desc = "Mode."; field { desc = "Run."; encode = e; } run[4:4] = 1; '
            'field { onwrite = woclr; hwset; } lost[8:7] = 0; } ctrl[2] @ 4; '
            "reg { field { sw = na; hw = rw; } f = 0; } hidden @ 0xF00;")

    def test_access_words(self):
        for fields, word in (("field {} f = 0;", "rw"), ("field { sw = w; } f = 0;", "wo"),
                             ("field { sw = r; hw = w; } f;", "ro"), ("field { onwrite = woclr; } f = 0;", "w1c"),
                             ("field { onwrite = wzt; } f = 0;", "w0t"), ("field { onwrite = wset; } f = 0;", "wset"),
                             ("field { singlepulse; } f = 0;", "pulse"), ("field { onread = rclr; } f = 0;", "rw/rclr"),
                             ("field { sw = r; hw = w; onread = rset; } f = 0;", "rset"),
                             ("field { sw = na; hw = rw; } f = 0;", "internal")):
            self.assertEqual(names.access(register(fields).fields[0]), word, fields)

    @staticmethod
    def system():
        gate = types.SimpleNamespace(name="gate", offset=8)
        open_, active = types.SimpleNamespace(name="may"), types.SimpleNamespace(name="runs", mask=2)
        digest = types.SimpleNamespace(name="of", fields=[types.SimpleNamespace(name="whole")])
        return types.SimpleNamespace(fields={"traffic_open": (gate, open_), "traffic_active": (gate, active)},
                                     registers={"digest": digest, "verdict": types.SimpleNamespace(name="lost")})

    def test_decoder_tables(self):
        text = names.tables([block(self.BODY)], "top", "Top", self.system())
        for line in ('{"run", 4, 1, "rw", "management", "off=0;on=1;", true, true, ""}',
                     '{"ctrl", 0x4, 2, 4, 0, 1, false, false, ',
                     '{"hidden", 0xf00, 1, 4, 2, 1, true, false, ', '{"b", "Bee", {k_b}},',
                     'kServices{"b", "gate", "may", "runs", "of", "whole", "lost", 0x8, 0x2};', 'kChip{"top", "Top"};'):
            self.assertIn(line, text)

    def test_reference(self):
        text = markdown.reference("Top", [block(self.BODY)], [("b", 0, 0x1000), ("b", 1, 0x2000)])
        for line in ("# Top register reference", "| [b](#b) | 2 | 2 | 4 | Bee |", "## b", "What it does.",
                     "Depends on g, d; accessible only while its g runs.",
                     "| 0x004 | **ctrl[2]** | | | | 0x10 | | Mode. |",
                     "| | | run | 4 | rw | 0x1 | management | Run. |",
                     "| | | lost | 8:7 | w1c | 0x0 | management |  |"):
            self.assertIn(line, text.split("\n"))
        self.assertNotIn("hidden", text)


if __name__ == "__main__":
    unittest.main()
