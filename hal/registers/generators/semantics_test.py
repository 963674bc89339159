"""What the elaborated RDL means: folding of arrays, numbering of words, kinds of access, refusals."""
import unittest

from . import semantics as s
from .testing import block, field, register


class Kinds(unittest.TestCase):
    def test_every_onwrite(self):
        for rdl, kind in (("", "plain"), ("onwrite = woclr;", "woclr"), ("onwrite = woset;", "woset"),
                          ("onwrite = wot;", "wot"), ("onwrite = wzc;", "wzc"), ("onwrite = wzs;", "wzs"),
                          ("onwrite = wzt;", "wzt"), ("onwrite = wclr;", "wclr"), ("onwrite = wset;", "wset"),
                          ("woclr;", "woclr"), ("woset;", "woset"), ("singlepulse;", "pulse"),
                          ("singlepulse; onwrite = woset;", "pulse"), ("sw = r;", "none"),
                          ("sw = na; hw = rw;", "none")):
            self.assertEqual(field(rdl).on_write, kind, rdl)

    def test_reading(self):
        for rdl, readable, on_read in (("", True, None), ("sw = r;", True, None), ("sw = w;", False, None),
                                       ("onread = rclr;", True, "rclr"),
                                       ("sw = r; hw = w; onread = rset;", True, "rset"),
                                       ("sw = na; hw = rw;", False, None)):
            f = field(rdl)
            self.assertEqual((f.readable, f.on_read), (readable, on_read), rdl)

    def test_position_and_reset(self):
        r = register("field {} low[3:0] = 5; field {} high[31:28] = 0xA;")
        self.assertEqual([(f.name, f.lsb, f.width, f.mask) for f in r.fields],
                         [("low", 0, 4, 0xF), ("high", 28, 4, 0xF0000000)])
        self.assertEqual(r.reset, 0xA0000005)
        self.assertEqual(register("field {} f[32] = 0xFFFFFFFF;").fields[0].mask, 0xFFFFFFFF)

    def test_hardware_changes_it(self):
        for rdl, hardware in (("", False), ("hw = na;", False), ("sw = r; hw = w;", True), ("hwset;", True),
                              ("hwclr;", True), ("counter;", True), ("hw = rw; we;", True)):
            self.assertEqual(field(rdl).hardware, hardware, rdl)

    def test_user_properties(self):
        f = field('hal_sticky = true; hal_disruptive = true; hal_owner = "host"; hal_left_out = true; '
                  'hal_class = "irrelevant"; hal_reason = "why";')
        self.assertEqual((f.sticky, f.disruptive, f.owner, f.left_out, f.klass, f.reason),
                         (True, True, "host", True, "irrelevant", "why"))
        self.assertEqual([field(p).owner for p in ("", "sw = r; hw = w;")], ["management", "hardware"])
        self.assertTrue(field("sw = na; hw = rw; hal_timer = true;", "f[32] = 0").timer)


class Registers(unittest.TestCase):
    def test_what_is_observed(self):
        for fields, observed, status in (("field {} f = 0;", True, False),
                                         ("field { sw = r; hw = w; } f;", True, True),
                                         ("field { sw = r; hw = na; } f = 1;", True, False),
                                         ("field { onwrite = woclr; hwset; } f = 0;", True, True),
                                         ("hal_event = true; field { onwrite = woclr; hwset; } f = 0;", True, False),
                                         ("hal_event = true; field { onwrite = wot; hwset; } f = 0;", True, True),
                                         ("field { onwrite = woset; } f = 0;", True, False),
                                         ("field { onwrite = wzc; } f = 1;", True, True),
                                         ("field { counter; } f = 0;", True, True),
                                         ("field { sw = w; } f = 0;", False, False),
                                         ("field {} f = 0; field { onread = rclr; } g = 0;", False, False),
                                         ("hal_observe = false; field { sw = r; hw = w; } f;", False, False)):
            r = register(fields)
            self.assertEqual((r.observed, r.status), (observed, status), fields)

    def test_latency(self):
        self.assertEqual(register("hal_latency = 7; field {} f = 0;").latency, (7, 7))
        self.assertEqual(register("hal_latency = 7; hal_latency_max = 9; field {} f = 0;").latency, (7, 9))

    def test_array(self):
        r, = block("reg { field {} f = 0; } a[3] @ 0x10 += 8;").registers
        self.assertEqual((r.name, r.offset, r.count, r.stride, r.index, r.index_stride), ("a", 0x10, 3, 8, 0, 1))
        self.assertEqual(r.addresses(), [0x10, 0x18, 0x20])

    def test_two_dimensions(self):
        r, = block("reg { field {} f = 0; } a[2][3] @ 0x10;").registers
        self.assertEqual((r.count, r.stride), (6, 4))

    def test_regfile_array(self):
        b = block("regfile { reg { field {} f = 0; } x; reg { field {} f = 0; } y[2]; } g[1] @ 0x20; "
                  "regfile { reg { field {} f = 0; } x; reg { field {} f = 0; } y; } h[3] @ 0x40 += 0x10;")
        found = {r.name: (r.offset, r.count, r.stride, r.index, r.index_stride) for r in b.registers}
        self.assertEqual(found, {"g_x": (0x20, 1, 4, 0, 1), "g_y": (0x24, 2, 4, 1, 1),
                                 "h_x": (0x40, 3, 0x10, 3, 2), "h_y": (0x44, 3, 0x10, 4, 2)})

    def test_internal_words_are_last(self):
        b = block("reg { field { sw = na; hw = rw; } f = 0; } hidden @ 0; reg { field {} f = 0; } shown[2] @ 4;")
        self.assertEqual({r.name: r.index for r in b.registers}, {"hidden": 2, "shown": 0})
        self.assertEqual((b.words, b.all_words), (2, 3))
        self.assertEqual([r.internal for r in b.registers], [True, False])

    def test_runs(self):
        b = block("reg { field {} f = 0; } a[2] @ 0; reg { field { sw = w; } f = 0; } gap @ 8; "
                  "reg { field { sw = r; hw = w; } f; } c @ 0xC; "
                  "regfile { reg { field { sw = r; hw = w; } f; } d; reg { field {} f = 0; } e; } g[2] @ 0x10;")
        self.assertEqual(s.runs(b, lambda r: r.observed), [(0, 0, 2), (0xC, 3, 5)])
        self.assertEqual(s.runs(b, lambda r: r.status), [(0xC, 3, 2), (0x18, 6, 1)])
        self.assertEqual(s.runs(b, lambda r: False), [])


class Locks(unittest.TestCase):
    LOCK = "reg { field {} l = 0; } lock; "

    def locks(self, body, name):
        return next(r for r in block(body).registers if r.name == name).fields[0].locks

    def test_kinds(self):
        for key, when_set in (("swwel", True), ("swwe", False)):
            body = self.LOCK + f"reg {{ field {{}} f = 0; }} c; c.f -> {key} = lock.l;"
            self.assertEqual(self.locks(body, "c"), [("b.lock.l", when_set)])
        self.assertEqual(self.locks(self.LOCK, "lock"), [None])

    def test_each_element_has_its_own(self):
        body = ("regfile { reg { field {} l = 0; } lock; reg { field {} f = 0; } c; c.f -> swwel = lock.l; } "
                "g[2] += 0x10;")
        self.assertEqual(self.locks(body, "g_c"), [("b.g[0].lock.l", True), ("b.g[1].lock.l", True)])

    def test_one_element_for_all(self):
        body = "reg { field {} l = 0; } lock[2]; reg { field {} f = 0; } c[2]; c.f -> swwel = lock[1].l;"
        self.assertEqual(self.locks(body, "c"), [("b.lock[1].l", True)] * 2)


class Refusals(unittest.TestCase):
    """One line: where, what, what to do."""

    def refuse(self, body, line):
        with self.assertRaises(s.Unsupported) as caught:
            block(body)
        self.assertEqual(str(caught.exception), line)

    def test_all(self):
        self.refuse("reg { regwidth = 16; field {} f = 0; } c;", "b.c: a register of 16 bits; use 32")
        self.refuse("reg { field { sw = rw1; } f = 0; } c;", "b.c.f: sw = rw1; use rw or w, with a lock (swwel)")
        self.refuse("reg { field { singlepulse; onwrite = wzs; } f = 0; } c;",
                    "b.c.f: singlepulse with onwrite = wzs; drop onwrite: writing 1 gives the pulse")
        self.refuse("external reg { field { onwrite = wuser; } f = 0; } c;",
                    "b.c.f: onwrite = wuser; use one that SystemRDL defines")
        self.refuse("external reg { field { onread = ruser; } f = 0; } c;", "b.c.f: onread = ruser; use rclr or rset")
        self.refuse("reg { field { swwe; } f = 0; } c;",
                    "b.c.f: swwe without a reference to a field; refer to one")
        self.refuse("reg { field {} f = 0; field {} g = 0; } c; c.g -> reset = c.f;",
                    "b.c.g: its reset is no number; write the value")
        self.refuse("regfile { reg { field {} f = 0; } x[2]; } g[2] += 0x10;",
                    "b.g[0].x[0]: array elements at unequal distances; space them evenly")
        self.refuse("regfile { reg { field {} f = 0; } b; } a; reg { field {} f = 0; } a_b;",
                    "b.a_b: it and b.a.b get the same name, a_b; rename one")
        self.refuse("reg t { field {} f = 0; }; t c; alias c t q; ", "b.q: an alias; name the register itself")
        self.refuse("external mem { mementries = 4; memwidth = 32; } m; reg { field {} f = 0; } c @ 0x100;",
                    "b.m: a memory; give it a data register")

    def test_both_locks(self):
        with self.assertRaisesRegex(s.Unsupported, "^w: both swwe and swwel; keep one$"):
            s._lock({"swwe": {"ref": "a"}, "swwel": {"ref": "b"}}, "w")  # the compiler refuses it, too


if __name__ == "__main__":
    unittest.main()
