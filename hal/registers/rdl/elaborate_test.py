"""Components, parameters, defaults, dynamic assignment, references and user-defined properties."""

import unittest

from .testing import compile_field, compile_text, fields_of


def registers(body, head="", **options):
    entries = compile_text(f"{head} addrmap top {{ {body} }};", **options)["regs"]
    return {entry["path"][4:]: entry for entry in entries}


class Components(unittest.TestCase):
    def test_named_anonymous_and_nested(self):
        found = registers("reg a_t { field {} f; }; a_t a; reg { field {} g; } b; "
                          "regfile { a_t x; } c;")
        self.assertEqual(list(found), ["a", "b", "c.x"])
        self.assertEqual([found[name]["type"] for name in found], ["a_t", "b", "a_t"])

    def test_arrays_unroll_in_order(self):
        self.assertEqual(list(registers("reg { field {} f; } a[2][2];")), ["a[0][0]", "a[0][1]", "a[1][0]", "a[1][1]"])

    def test_external_reaches_into_a_regfile(self):
        found = registers("reg t { field {} f; }; external regfile { internal t a; } x; regfile { external t b; } y; "
                          "external t c;")
        self.assertEqual([found[name]["external"] for name in ("x.a", "y.b", "c")], [True, True, True])

    def test_absent_components_are_left_out(self):
        found = registers("reg t { field {} f; field { ispresent = false; } g; }; t a; t b; b->ispresent = false;")
        self.assertEqual(list(found), ["a"])
        self.assertEqual([field["name"] for field in found["a"]["fields"]], ["f"])

    def test_last_address_map_is_the_top_unless_named(self):
        text = "addrmap a { reg { field {} f; } x; }; addrmap b { reg { field {} f; } x; };"
        self.assertEqual(compile_text(text)["top"], "b")
        self.assertEqual(compile_text(text, top="a")["top"], "a")

    def test_memory(self):
        node = compile_text("addrmap top { external mem { mementries = 4; memwidth = 16; sw = r; } m; };")["nodes"][1]
        self.assertEqual([node[key] for key in ("kind", "entries", "width", "sw", "size")], ["mem", 4, 16, "r", 8])

    def test_alias_is_a_register_of_its_own(self):
        found = registers("reg t { field {} f; }; t a; alias a t b; b.f->sw = r;")
        self.assertEqual([found[name]["fields"][0]["sw"] for name in found], ["rw", "r"])
        self.assertEqual([found[name].get("alias") for name in found], [None, {"ref": "top.a"}])


class Parameters(unittest.TestCase):
    def test_default_override_and_dependence(self):
        found = registers("reg t #(longint N = 2, longint M = N * 2) { field {} f[M]; }; "
                          "t a; t #(.N(4)) b; t #(.N(4), .M(1)) c;")
        self.assertEqual([found[name]["fields"][0]["msb"] for name in "abc"], [3, 7, 0])
        self.assertEqual([found[name]["type"] for name in "abc"], ["t", "t_N_4_M_8", "t_N_4_M_1"])

    def test_enclosing_parameters_are_visible(self):
        found = registers("regfile t #(longint N = 1) { reg { field {} f[N]; } x; }; t #(.N(3)) a; t b;")
        self.assertEqual([found[name]["fields"][0]["msb"] for name in found], [2, 0])

    def test_top_parameters_from_outside(self):
        text = "addrmap top #(longint N = 1) { reg { field {} f[N]; } x; };"
        self.assertEqual(compile_text(text, parameters=["N=2 * 3"])["regs"][0]["fields"][0]["msb"], 5)


class Defaults(unittest.TestCase):
    def test_inner_default_wins_and_own_value_wins_over_it(self):
        fields = fields_of("default sw = r; reg { default sw = w; field {} a; field { sw = rw; } b; } x;")
        self.assertEqual([field["sw"] for field in fields], ["w", "rw"])

    def test_counts_where_the_definition_stands(self):
        fields = fields_of("field before {}; default hw = na; field after {}; reg { before a; after b; } x;")
        self.assertEqual([field["hw"] for field in fields], ["rw", "na"])

    def test_ends_with_its_scope(self):
        found = registers("regfile { default sw = r; reg { field {} f; } x; } a; reg { field {} f; } b;")
        self.assertEqual([found[name]["fields"][0]["sw"] for name in found], ["r", "rw"])

    def test_interrupt_modifiers(self):
        fields = fields_of("reg { default posedge intr; field {} a; field { negedge intr; } b; "
                           "field { nonsticky intr; } c; } x;")
        self.assertEqual([field["props"].get("intr type") for field in fields], ["posedge", "negedge", "posedge"])
        self.assertEqual([field.get("stickybit") for field in fields], [True, True, None])


class DynamicAssignment(unittest.TestCase):
    def test_reaches_down_and_outer_wins(self):
        head = "reg t { field {} f; f->reset = 0; };"
        found = registers("regfile { t a; a.f->sw = r; } x; x.a.f->sw = w; t b; b.f->reset = 1;", head)
        self.assertEqual(found["x.a"]["fields"][0]["sw"], "w")
        self.assertEqual([found[name]["fields"][0]["reset"] for name in ("x.a", "b")], [0, 1])

    def test_changes_this_instance_only(self):
        found = registers("reg t { field {} f; }; t a; t b; b.f->onwrite = woclr;")
        self.assertEqual([found[name]["fields"][0].get("woclr") for name in "ab"], [None, True])

    def test_excluding_property_replaces_the_other(self):
        field = fields_of("reg { field { rset; } f; f->rclr; } x;")[0]
        self.assertEqual((field["onread"], field.get("rset"), field["rclr"]), ("rclr", None, True))


class FieldProperties(unittest.TestCase):
    def test_every_read_and_write_effect(self):
        for effect in ("rclr", "rset", "ruser"):
            self.assertEqual(fields_of(f"external reg {{ field {{ onread = {effect}; }} f; }} x;")[0]["onread"], effect)
        for effect in "woset woclr wot wzs wzc wzt wclr wset wuser".split():
            self.assertEqual(fields_of(f"external reg {{ field {{ onwrite = {effect}; }} f; }} x;")[0]["onwrite"],
                             effect)

    def test_every_access(self):
        for access in ("rw", "r", "w", "rw1", "w1", "na"):
            self.assertEqual(compile_field(f"sw = {access}; hw = r;")["sw"], access)

    def test_lock_references(self):
        fields = fields_of("signal {} s; reg { field {} lock = 0; field { swwel = lock; } a; field { swwe = s; } b; "
                           "field { we = lock; } c; field { wel; } d; } x;")
        self.assertEqual(fields[1]["swwel"], {"ref": "top.x.lock"})
        self.assertEqual(fields[2]["swwe"], {"ref": "top.s"})
        self.assertEqual(fields[3]["we"], {"ref": "top.x.lock"})
        self.assertEqual(fields[4]["wel"], True)

    def test_reference_inside_an_array_names_its_own_element(self):
        found = registers("regfile { reg { field {} l; } a; reg { field { swwel = a.l; } f; } b; } x[2];")
        self.assertEqual([found[f"x[{at}].b"]["fields"][0]["swwel"]["ref"] for at in (0, 1)],
                         ["top.x[0].a.l", "top.x[1].a.l"])

    def test_several_resets(self):
        fields = fields_of("signal { activelow; } por; signal { activehigh; } warm; default resetsignal = warm; "
                           "reg { field {} a = 0; field { resetsignal = por; } b = 0; } x;")
        self.assertEqual([field["props"]["resetsignal"]["ref"] for field in fields], ["top.warm", "top.por"])

    def test_nearest_field_reset_is_the_default(self):
        found = compile_text("signal { activelow; field_reset; } r0; addrmap top { reg { field {} f = 0; } x; };")
        self.assertEqual(found["regs"][0]["fields"][0]["props"]["resetsignal"]["ref"], "r0")
        found = compile_text("addrmap top { signal { activelow; async; field_reset; } s; reg { field {} f = 0; } x; "
                             "regfile { signal { activehigh; field_reset; } t; reg { field {} f = 0; } y; } r1[2]; };")
        self.assertEqual([entry["fields"][0]["props"]["resetsignal"]["ref"] for entry in found["regs"]],
                         ["top.s", "top.r1[0].t", "top.r1[1].t"])
        self.assertEqual(found["signals"][0], {"path": "top.s", "width": 1, "activelow": True, "async": True,
                                               "field_reset": True, "udp": {}})

    def test_counter_sticky_singlepulse(self):
        field = compile_field("counter; incrwidth = 2; decrvalue = 3; incrsaturate = 9; overflow = false;", "f[4]")
        self.assertEqual((field["counter"], field["props"]["incrwidth"], field["props"]["incrsaturate"]), (True, 2, 9))
        self.assertEqual(compile_field("sticky;")["sticky"], True)
        self.assertEqual(compile_field("singlepulse;", "f = 0")["storage"], False)

    def test_encode(self):
        fields = fields_of("enum e { a; b = 4; c; }; reg { field { encode = e; } f[3]; } x;")
        self.assertEqual(fields[0]["encode"], {"a": 0, "b": 4, "c": 5})

    def test_name_and_description(self):
        entry = registers('reg { name = "N"; desc = "one\n      two"; field { name = "M"; } f; } x;')["x"]
        self.assertEqual((entry["name"], entry["desc"], entry["fields"][0]["title"]), ("N", "one\ntwo", "M"))


class UserProperties(unittest.TestCase):
    HEAD = """
    enum height { low; high; };
    struct pair { longint a; boolean b; };
    property hal_owner { type = string; component = field | reg; };
    property hal_timer { type = longint; component = all; default = 5; };
    property hal_level { type = height; component = reg; };
    property hal_pair { type = pair; component = reg; };
    property hal_lock { type = ref; component = field; };
    """

    def test_types(self):
        entry = registers("reg { field {} l; field { hal_lock = l; } f; hal_owner = \"hw\"; hal_timer; "
                          "hal_level = height::high; hal_pair = pair'{a: 1, b: true}; } x;", self.HEAD)["x"]
        self.assertEqual(entry["udp"], {"hal_owner": "hw", "hal_timer": 5, "hal_level": "high",
                                        "hal_pair": {"a": 1, "b": True}})
        self.assertEqual(entry["fields"][1]["udp"], {"hal_lock": {"ref": "top.x.l"}})

    def test_inherited_defaults(self):
        found = registers("default hal_owner = \"management\"; "
                          "reg { field {} a; field { hal_owner = \"host\"; } b; } x; "
                          "reg { default hal_owner = \"firmware\"; field {} c; } y;", self.HEAD)
        self.assertEqual(found["x"]["udp"], {"hal_owner": "management"})
        self.assertEqual([field["udp"]["hal_owner"] for field in found["x"]["fields"]], ["management", "host"])
        self.assertEqual(found["y"]["fields"][0]["udp"]["hal_owner"], "firmware")

    def test_internal_state_is_legal(self):
        field = registers("reg { field { sw = na; hw = rw; hal_timer = 9; } t[8]; } x;", self.HEAD)["x"]["fields"][0]
        self.assertEqual((field["sw"], field["udp"], field["storage"]), ("na", {"hal_timer": 9}, True))


if __name__ == "__main__":
    unittest.main()
