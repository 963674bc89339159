"""The model's tables: masks per kind, locks resolved to words and masks, offsets."""
import re
import unittest

from . import model
from . import semantics as s
from .testing import block

COLUMNS = ("reset readable plain woclr woset wot wzc wzs wzt wclr wset pulse rclr rset sticky disruptive left_out host "
           "observable stored upset_live upset_drain upset_reset upset_none locked lock_mask lock_word "
           "locks_when_set internal timer offset").split()


def rows(body):
    """name → list of rows (column → value) per element, as the generated table has them."""
    text = model.tables([block(body)])
    found = {}
    for line in re.findall(r"^    \{(0x.*)\},  // (\w+)$", text, re.M):
        values = [v == "true" if v in ("true", "false") else int(v, 0) for v in line[0].split(", ")]
        assert len(values) == len(COLUMNS), line
        found.setdefault(line[1], []).append(dict(zip(COLUMNS, values)))
    return found


class Masks(unittest.TestCase):
    def test_each_kind_has_its_own(self):
        row = rows("""reg {
            field {} plain_f[3:0] = 9; field { onwrite = woclr; } a[4:4] = 0; field { onwrite = woset; } b[5:5] = 0;
            field { onwrite = wot; } c[6:6] = 0; field { onwrite = wzc; } d[7:7] = 0;
            field { onwrite = wzs; } e[8:8] = 0; field { onwrite = wzt; } f[9:9] = 0;
            field { onwrite = wclr; } g[10:10] = 0; field { onwrite = wset; } h[11:11] = 0;
            field { singlepulse; } i[12:12] = 0; field { onread = rclr; } j[13:13] = 0;
            field { onread = rset; } k[14:14] = 0; field { sw = w; } l[15:15] = 0;
            field { sw = r; hw = w; } m[16:16]; } r0;""")["r0"][0]
        shifts = dict(woclr=4, woset=5, wot=6, wzc=7, wzs=8, wzt=9, wclr=10, wset=11, pulse=12, rclr=13, rset=14)
        self.assertEqual({kind: row[kind] for kind in shifts}, {kind: 1 << bit for kind, bit in shifts.items()})
        self.assertEqual((row["plain"], row["readable"], row["reset"]), (0xE00F, 0x17FFF, 9))

    def test_user_properties(self):
        row = rows("""reg {
            field { hal_sticky = true; } a = 0; field { hal_disruptive = true; } b = 0;
            field { hal_left_out = true; hal_class = "irrelevant"; hal_reason = "x"; } c = 0;
            field { hal_owner = "host"; } d = 0; } r0;""")["r0"][0]
        self.assertEqual([row[k] for k in ("sticky", "disruptive", "left_out", "host", "observable")],
                         [1, 2, 4, 8, 0b1011])

    def test_timers_and_internal_words(self):
        row = rows("reg { field { sw = na; hw = rw; hal_timer = true; } t[32] = 0; } r0;")["r0"][0]
        self.assertEqual((row["timer"], row["internal"], row["readable"]), (True, True, 0))

    def test_offsets(self):
        text = model.tables([block("reg { field {} f = 0; } a @ 4; reg { field {} f = 0; } d[2] @ 0xC += 8;")])
        self.assertIn("k_b_offsets[] = {65535, 0, 65535, 1, 65535, 2};", text)


class Locks(unittest.TestCase):
    def lock(self, body, name):
        return [(r["locked"], r["lock_mask"], r["lock_word"], r["locks_when_set"]) for r in rows(body)[name]]

    def test_one_lock(self):
        body = ("reg { field {} x = 0; field {} l = 0; } k; reg { field {} f[4] = 0; field {} g[4] = 0; } c; "
                "c.f -> swwe = k.l;")
        self.assertEqual(self.lock(body, "c"), [(0xF, 2, 0, False)])
        self.assertEqual(self.lock(body, "k"), [(0, 0, 0, False)])

    def test_a_register_that_locks_itself(self):
        body = "reg { field {} f[4] = 0; field { onwrite = woset; } l = 0; } c; c.f -> swwel = c.l; c.l -> swwel = c.l;"
        self.assertEqual(self.lock(body, "c"), [(0x1F, 0x10, 0, True)])

    def test_a_lock_per_element(self):
        body = ("regfile { reg { field {} f = 0; } c; reg { field {} l = 0; } k; c.f -> swwel = k.l; } g[3] += 0x10;")
        self.assertEqual(self.lock(body, "g_c"), [(1, 1, 1, True), (1, 1, 3, True), (1, 1, 5, True)])

    def test_a_fixed_element_of_a_parallel_array(self):
        body = "reg { field {} l = 0; } k[2]; reg { field {} f = 0; } c[2]; c.f -> swwel = k[1].l;"
        self.assertEqual(self.lock(body, "c"), [(1, 1, 1, True)] * 2)

    def test_refusals(self):
        two = ("reg { field {} l = 0; field {} m = 0; } k; reg { field {} f = 0; field {} g = 0; } c; "
               "c.f -> swwel = k.l; c.g -> swwel = k.m;")
        signal = "signal { activehigh; } sig; reg { field {} f = 0; } c; c.f -> swwel = sig;"
        for body, line in ((two, "b.c: fields with different locks; split the register"),
                           (signal, "b.c: its lock b.sig is no field of this block; lock with one that is")):
            with self.assertRaises(s.Unsupported) as caught:
                rows(body)
            self.assertEqual(str(caught.exception), line)

    def test_two_registers_at_one_address(self):
        with self.assertRaisesRegex(s.Unsupported, "^b: two registers at 0x0; move one$"):
            rows("reg { field { sw = r; hw = w; } f; } a @ 0; reg { field { sw = w; } f = 0; } c @ 0;")


if __name__ == "__main__":
    unittest.main()
