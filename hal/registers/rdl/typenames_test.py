"""Names of types that parameters and dynamic assignments make different."""

import hashlib
import unittest

from .testing import compile_text

_HEAD = "property n { type = longint; component = all; }; property lock { type = ref; component = all; };"


def types(body):
    return [entry["type"] for entry in compile_text(f"{_HEAD} addrmap top {{ {body} }};")["regs"]]


def digest(text):
    return hashlib.md5(text.encode()).hexdigest()[:8]


class TypeNames(unittest.TestCase):
    def test_anonymous_type_is_named_by_its_first_instance(self):
        self.assertEqual(types("reg { field {} f; } a, b;"), ["a", "a"])

    def test_parameters(self):
        declaration = ("reg t #(longint N = 1, string S = \"s\", boolean B = true, longint L[] = '{1}) { field "
                       "{} f[N]; };")
        self.assertEqual(types(declaration + "t #(.N(1)) a; t #(.N(16)) b; t #(.S(\"x\"), .B(false)) c; t "
                                             "#(.L('{1, 2})) d;"),
                         ["t", "t_N_10", f"t_S_{digest('x')}_B_f", f"t_L_{digest('1_2')}"])

    def test_dynamic_assignments(self):
        declaration = "reg t { field {} f; };"
        self.assertEqual(types(declaration + "t a; a->n = 255; t b; b.f->onread = rset; b->n = 1;"),
                         ["t_n_ff", f"t_f_{digest('f_onread_rset')}_n_1"])

    def test_references(self):
        declaration = "reg t { field {} f; }; t a; t b[2];"
        self.assertEqual(types(declaration + "a->lock = b[1].f; b->lock = a.f->anded;"),
                         [f"t_lock_{digest('^.b[1].f')}"] + [f"t_lock_{digest('^.a.f->anded')}"] * 2)

    def test_structs_and_enums(self):
        head = "enum e { low; high; }; struct s { longint a; boolean b; };"
        text = (f"{head} reg t #(e E = e::low, s S = s'{{a: 1, b: true}}) {{ field {{}} f; }}; addrmap top {{ "
                "t #(.E(e::high)) x; t #(.S(s'{a: 2, b: true})) y; };")
        self.assertEqual([entry["type"] for entry in compile_text(text)["regs"]],
                         ["t_E_high", f"t_S_{digest('a_2_b_t')}"])


if __name__ == "__main__":
    unittest.main()
