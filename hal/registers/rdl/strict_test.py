"""The rules of our own chip: unguarded shared fields, and the class of every storage bit."""

import unittest

from .testing import CLASSES, compile_text, expect_refusal


def strict(body):
    return compile_text(f"{CLASSES} addrmap top {{ {body} }};", strict=True, classification=True)


class Guards(unittest.TestCase):
    def refuse(self, body):
        text = f"addrmap top {{ reg {{ field {{ {body} }} «f; }} x; }};"
        expect_refusal(self, text, "field instance 'f'", strict=True)
        compile_text(text.replace("«", ""))  # foreign SystemRDL may do it

    def test_two_writers_need_a_guard(self):
        for access in ("sw = rw; hw = w;", "sw = rw; hw = rw;", "", "sw = w; hw = rw;", "sw = rw1; hw = w;"):
            self.refuse(access)

    def test_any_guard_will_do(self):
        for guard in ("we;", "wel;", "hwset;", "hwclr;", "intr;", "counter;", "hw = r;", "sw = r;"):
            access = "" if guard.startswith(("hw =", "sw =")) else "hw = w;"
            compile_text(f"addrmap top {{ reg {{ field {{ {access} {guard} }} f; }} x; }};", strict=True)


class Classification(unittest.TestCase):
    def refuse(self, body, construct, **options):
        expect_refusal(self, f"{CLASSES} addrmap top {{ reg {{ {body} }} x; }};", construct, classification=True)

    def class_of(self, body, suffix=""):
        return strict(f"reg {{ field {{ {body} }} f{suffix}; }} x;")["regs"][0]["fields"][0].get("class")

    def test_readable_without_side_effect_is_observable(self):
        self.assertEqual(self.class_of("sw = rw; hw = r;"), "observable")
        self.assertEqual(self.class_of("sw = r; hw = rw;"), "observable")

    def test_no_storage_needs_no_class(self):
        self.assertIsNone(self.class_of("sw = r; hw = w;"))
        self.assertIsNone(self.class_of("sw = w; hw = r; singlepulse;", " = 0"))

    def test_everything_else_must_say_it(self):
        for body in ("sw = w; hw = r;", "sw = w1; hw = r;", "sw = na; hw = rw;", "sw = r; hw = r; onread = rclr;",
                     "sw = rw; hw = r; rset;", "sw = r; hw = w; hwset; onread = rset;"):
            self.refuse(f"field {{ {body} }} «f;", "field instance 'f'")
            reason = f"{body} hal_class = \"irrelevant\"; hal_reason = \"a test\";"
            self.assertEqual(self.class_of(reason), "irrelevant", body)
        self.assertEqual(self.class_of("sw = na; hal_class = \"observable\";"), "observable")

    def test_reasons(self):
        for name in ("irrelevant", "re-established"):
            self.refuse(f"field {{ «hal_class = \"{name}\"; hw = r; }} f;", "property 'hal_class'")
            self.refuse(f"field {{ «hal_class = \"{name}\"; hal_reason = \" \"; hw = r; }} f;", "property 'hal_class'")

    def test_unknown_class(self):
        self.refuse("field { «hal_class = \"unknown\"; hw = r; } f;", "property 'hal_class'")

    def test_a_default_classifies(self):
        entry = strict("reg { default hal_class = \"re-established\"; default hal_reason = \"abort\"; default sw = w; "
                       "default hw = r; field {} a; field { hal_class = \"irrelevant\"; } b; } x;")["regs"][0]
        self.assertEqual([field["class"] for field in entry["fields"]], ["re-established", "irrelevant"])

    def test_in_what_nothing_instantiates(self):
        expect_refusal(self, f"{CLASSES} reg t {{ field {{ sw = w; hw = r; }} «f; }}; "
                       "addrmap top { reg { field { hw = r; } f; } x; };", "field instance 'f'", classification=True)


if __name__ == "__main__":
    unittest.main()
