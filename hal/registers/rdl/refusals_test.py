"""Every refused construct, with the exact place and its name. « marks the place."""

import unittest

from .testing import expect_refusal

_SYNTAX = {
    "top level": ["«5;", "addrmap top { reg { field {} f; } x; }; «}"],
    "property assignment": ["«name = \"a\";", "addrmap top { name = \"a\" «reg { field {} f; } x; };"],
    "addrmap": ["addrmap top «reg { field {} f; } x;", "addrmap top { reg { field {} f; } x;«",
                "reg a { «addrmap b { }; };"],
    "reg": ["field a { «reg b { }; };", "addrmap top { reg { field {} f; } «; };"],
    "instance name": ["addrmap top { reg { field {} «reg; } x; };", "addrmap top { reg { field {} «5; } x; };"],
    "component type name": ["addrmap «field { };"],
    "constraint": ["addrmap top { «constraint { x < 3; } c; };"],
    "bind": ["«bind x;"],
    "type": ["reg t #(«5 N) { field {} f; };", "reg t #(«reserved_t N = 1) { field {} f; };"
             " addrmap top { t x; };"],
    "parameter list": ["reg t #(longint N «{ field {} f; };"],
    "parameter assignment": ["reg t #(longint N = 1) { field {} f[N]; }; addrmap top { t #(.N(1), .«N(2)) x; };",
                             "reg t #(longint N = 1) { field {} f[N]; }; addrmap top { t #(.«M(1)) x; };",
                             "reg t { field {} f; }; addrmap top { t #(«N = 1) x; };"],
    "parameter": ["signal {} s; struct p { signal r1; }; reg t #(p «P = p'{r1: s}) { field {} f; };"
                  " addrmap top { t x; };"],
    "interrupt modifier": ["addrmap top { reg { field { level «sw; } f; } x; };",
                           "addrmap top { reg { field { level intr «= true; } f; } x; };"],
    "dynamic assignment": ["addrmap top { reg { field {} f; } x[2]; x«[0].f->sw = r; };",
                           "addrmap top { reg { field {} f; } x; «y->sw = r; };",
                           "addrmap top { reg { field {} f; } x; x.«g->sw = r; };",
                           "addrmap top { reg { field {} f; } x; x.f->«hw = r; };"],
    "enum": ["enum «e { };", "enum e { a; «a; };", "enum e { a = 1; «b = 1; };", "enum e { a { «color = \"x\"; }; };",
             "addrmap top { reg { field {} f = «e::a; } x; };"],
    "struct": ["struct s : «t { };", "struct s { longint a; longint «a; };",
               "abstract struct s { longint a; }; reg t #(s S = «s'{a: 1}) { field {} f; }; addrmap top { t x; };"],
    "property": ["property «p { type = string; };", "property p { type = string; «type = string; component = reg; };",
                 "property p { type = string; component = «register; };",
                 "property «name { type = string; component = reg; };",
                 "addrmap top { «property p { type = string; component = reg; }; };",
                 "property p { type = string; component = reg; constraint = «other; };"],
    "property default": ["property p { type = longint; component = reg; default = «\"a\"; };"],
    "encode": ["addrmap top { reg { field { encode = «e; } f; } x; };"],
    "default": ["addrmap top { default sw = r; default «sw = w; reg { field {} f; } x; };"],
}

_INSTANCES = {
    "instance": ["addrmap top { «t x; };", "addrmap top { reg { field {} f; } x «reg { field {} f; } y; };",
                 "addrmap top { «t x; reg t { field {} f; }; };"],
    "addrmap instance": ["addrmap a { reg { field {} f; } x; }; addrmap top { «internal a y; };",
                         "addrmap a { reg { field {} f; } x; }; regfile f { a «y; };"],
    "mem instance": ["addrmap top { «mem { mementries = 1; } m; };"],
    "reg instance": ["reg t { field {} f; }; t «x;",
                     "reg t #(longint N) { field {} f; }; addrmap top { t «x; };"],
    "field instance": ["addrmap top { reg { «external field {} f; } x; };"],
    "alias": ["addrmap top { reg t { field {} f; }; alias «y t x; };"],
    "'f'": ["addrmap top { reg { field {} f; field {} «f; } x; };"],
    "type 't'": ["reg t { field {} f; }; «reg t { field {} f; };"],
    "'@'": ["addrmap top { reg { field {} f «@ 0; } x; };", "field t {}; reg a { t f «@ 0; };"],
    "'+='": ["addrmap top { reg { field {} f; } x «+= 4; };", "addrmap top { reg { field {} f «+= 1; } x; };"],
    "'%='": ["addrmap top { reg { field {} f; } x @ 4 «%= 4; };"],
    "'='": ["addrmap top { reg { field {} f; } x «= 4; };"],
    "bit range": ["addrmap top { reg { field {} f; } x«[3:0]; };",
                  "addrmap top { reg { field {} a[3:0]; field {} «b[4:7]; } x; };",
                  "addrmap top { signal {} s«[3:0]; };", "addrmap top { reg { field {} f[2]«[3:0]; } x; };"],
    "array": ["addrmap top { reg { field {} f[2]«[2]; } x; };", "addrmap top { reg { field {} f[3:0]«[2]; } x; };"],
    "reg instance 'x'": ["addrmap top { reg { field {} f; } x«[0]; };", "addrmap top { reg { } «x; };",
                         "addrmap top { reg { field {} f; } x[2] «+= 0; };",
                         "addrmap top { reg { field {} f; } w0 @ 0; reg { field {} f; } «x @ 2; };",
                         "addrmap top { external mem { mementries = 1; reg { field {} f; } «x[2]; } m; };",
                         "addrmap top { reg { field {} f; } «x[2000000]; };"],
    "reg array 'x'": ["addrmap top { reg { field {} f; } «x[2] += 2; };"],
    "regfile 'x'": ["addrmap top { regfile { signal {} s; } «x; };"],
    "addrmap 'top'": ["«addrmap top { signal {} s; };"],
    "field instance 'f'": ["addrmap top { reg { field {} «f[33]; } x; };",
                           "addrmap top { reg { field {} «f[32:32]; } x; };",
                           "addrmap top { reg { field { fieldwidth = 2; } «f[3]; } x; };",
                           "addrmap top { reg { field {} f0[7:0]; field {} «f[7:4]; } x; };",
                           "addrmap top { reg { accesswidth = 8; field {} «f[9:6]; } x; };"],
}

_PROPERTIES = {
    "property 'nothing'": ["addrmap top { «nothing = 3; reg { field {} f; } x; };",
                           "addrmap top { default «nothing = 3; reg { field {} f; } x; };"],
    "property 'sw'": ["addrmap top { reg { «sw = r; field {} f; } x; };",
                      "addrmap top { reg { field { sw = r; «sw = w; } f; } x; };",
                      "addrmap top { reg { field { «sw = 3; } f; } x; };"],
    "property 'hw'": ["addrmap top { reg { field { sw = w; «hw = w; } f; } x; };",
                      "addrmap top { reg { field { «hw = rw1; } f; } x; };"],
    "property 'woset'": ["addrmap top { reg { field { woclr; «woset; } f; } x; };",
                         "addrmap top { reg { field { sw = r; «woset; } f; } x; };"],
    "property 'onread'": ["addrmap top { reg { field { sw = w; hw = r; «onread = rclr; } f; } x; };",
                          "addrmap top { reg { field { «onread = woclr; } f; } x; };",
                          "addrmap top { reg { field { «onread = ruser; } f; } x; };"],
    "property 'onwrite'": ["addrmap top { reg { field { «onwrite = wuser; } f; } x; };"],
    "property 'reset'": ["addrmap top { reg { field {} f[2] «= 4; } x; };",
                         "addrmap top { reg { field { «reset = 2; } f; } x; };",
                         "addrmap top { reg { field {} f; f->«reset = f; } x; };",
                         "addrmap top { reg { field {} a[2]; field {} f; f->«reset = a; } x; };"],
    "property 'swwel'": ["addrmap top { reg { field {} l; field { sw = r; «swwel = l; } f; } x; };",
                         "addrmap top { reg { field {} l[2]; field { «swwel = l; } f; } x; };"],
    "property 'we'": ["addrmap top { reg { field { hw = r; «we; } f; } x; };",
                      "addrmap top { reg { field { stickybit; «we; } f; } x; };"],
    "property 'singlepulse'": ["addrmap top { reg { field { «singlepulse; } f; } x; };",
                               "addrmap top { reg { field { «singlepulse; } f[2] = 0; } x; };",
                               "addrmap top { reg { field { sw = r; «singlepulse; } f = 0; } x; };"],
    "property 'sticky'": ["addrmap top { reg { field { hw = r; «sticky; } f; } x; };",
                          "addrmap top { reg { field { posedge intr; «sticky; } f; } x; };"],
    "property 'incrwidth'": ["addrmap top { reg { field { «incrwidth = 1; } f; } x; };",
                             "addrmap top { reg { field { counter; «incrwidth = 3; } f[2]; } x; };"],
    "property 'incrvalue'": ["addrmap top { reg { field { counter; «incrvalue = 4; } f[2]; } x; };"],
    "property 'overflow'": ["addrmap top { reg { field { counter; incrsaturate; «overflow; } f[2]; } x; };"],
    "property 'enable'": ["addrmap top { reg { field {} e; field { «enable = e; } f; } x; };"],
    "property 'encode'": ["enum e { a = 2; }; addrmap top { reg { field { «encode = e; } f; } x; };"],
    "property 'dontcompare'": ["addrmap top { reg { field { donttest; «dontcompare; } f; } x; };",
                               "addrmap top { reg { donttest; «dontcompare; field {} f; } x; };"],
    "property 'next'": ["addrmap top { reg { field {} a; field {} f; f->«next = a->reset; } x; };",
                        "addrmap top { reg { field {} a; field {} f; f->«next = a->we; } x; };",
                        "addrmap top { reg { field {} a; field {} f; f->«next = a->overflow; } x; };",
                        "addrmap top { reg { field {} a; field {} f; a->«next = f->next; f->next = a->next; } x; };"],
    "property reference": ["addrmap top { reg { field {} a; field {} f; f->next = a->«width; } x; };",
                           "addrmap top { reg { field {} f; } x; reg { field {} f; } y; x.f->next = y->«anded; };"],
    "reference": ["addrmap top { reg { field { swwe = «lock; } f; } x; };",
                  "addrmap top { reg { field {} f; } x; reg { field { swwe = x.«g; } f; } y; };",
                  "addrmap top { reg { field {} f; } x[2]; reg { field { swwe = «x.f; } f; } y; };",
                  "addrmap top { reg { field {} f; } x[2]; reg { field { swwe = «x[2].f; } f; } y; };"],
    "property 'resetsignal'": ["addrmap top { signal {} s; reg { field { «resetsignal = s; } f = 0; } x; };",
                               "addrmap top { reg { field {} a; field { «resetsignal = a; } f = 0; } x; };"],
    "property 'field_reset'": ["addrmap top { signal { «field_reset; } s; reg { field {} f; } x; };",
                               "addrmap top { signal { activelow; field_reset; } s; signal { activelow; "
                               "field_reset; } «t;"
                               " reg { field {} f; } x; };"],
    "property 'regwidth'": ["addrmap top { reg { «regwidth = 24; field {} f; } x; };",
                            "addrmap top { reg { «regwidth = 4; field {} f; } x; };"],
    "property 'accesswidth'": ["addrmap top { reg { «accesswidth = 64; field {} f; } x; };"],
    "property 'alignment'": ["addrmap top { «alignment = 3; reg { field {} f; } x; };"],
    "property 'mementries'": ["addrmap top { external mem { «mementries = 0; } m; };"],
    "property 'errextbus'": ["addrmap top { reg { «errextbus; field {} f; } x; };"],
    "property 'bridge'": ["addrmap a { «bridge; addrmap { reg { field {} f; } x; } b; addrmap { reg { field {} "
                          "f; } x; } c; };"
                          " addrmap top { a y; };",
                          "addrmap top { «bridge; addrmap { reg { field {} f; } x; } b; };"],
    "bridge": ["addrmap top { bridge; reg { field {} f; } «x; };"],
    "property 'p'": ["property p { type = boolean; component = reg; }; addrmap top { reg { «p = \"a\"; field {} "
                     "f; } x; };"],
}


_REFERENCES = {
    "property 'singlepulse'": ["addrmap top { reg { field { onwrite = wclr; «singlepulse; } f = 0; } x; };"],
    "property 'donttest'": ["addrmap top { reg { field { «donttest = 4; } f[2]; } x; };"],
    "property 'next'": [
        "addrmap top { reg { field {} a; field { hw = r; «next = a; } f; } x; };",
        "addrmap top { reg { field {} a; a->ispresent = false; field { «next = a; } f; } x; };",
        "addrmap top { reg { field {} f; f->«next = f; } x; };",
        "addrmap top { reg { field {} a[2]; field { «next = a; } f; } x; };",
        "addrmap top { reg { field {} a[2] = 0; field { «next = a->reset; } f; } x; };",
        "addrmap top { reg { field {} f; } x; reg { field { «next = x->intr; } f; } y; };",
        "addrmap top { reg { field { intr; } f; } x; reg { field { «next = x->halt; } f; } y; };",
        "addrmap top { reg { field { counter; } a; field { «next = a->incrthreshold; } f; } x; };",
        "addrmap top { reg { field { counter; decrsaturate; } a; field { «next = a->underflow; } f; } x; };"],
    "property 'decrvalue'": ["addrmap top { reg { field {} a[3]; field { counter; «decrvalue = a; } f[2]; } x; };"],
    "property 'fieldwidth'": ["addrmap top { reg { field { «fieldwidth = 0; } f; } x; };"],
    "property 'hdl_path_slice'": ["addrmap top { reg { field { «hdl_path_slice = '{1}; } f; } x; };"],
    "property 'p'": ["property p { type = longint[]; component = reg; }; "
                     "addrmap top { reg { «p = 3; field {} f; } x; };",
                     "struct a { longint v; }; struct b { longint v; }; property p { type = a; component = reg; }; "
                     "addrmap top { reg { «p = b'{v: 1}; field {} f; } x; };"],
    "property reference": ["addrmap top { reg { field {} a; field { next = a->«3; } f; } x; };",
                           "reg t #(longint N = 1) { field { next = N->«reset; } f; }; addrmap top { t x; };"],
    "struct": ["reg t #(longint N = «s'{a: 1}) { field {} f; }; addrmap top { t x; };"],
    "expression": ["addrmap top { reg { field {} f[(\"a\" «< \"b\")]; } x; };",
                   "addrmap top { reg { field {} f[" + "(" * 40 + "«1" + ")" * 40 + "]; } x; };",
                   "addrmap top { reg { field {} f[1" + "+1" * 200 + "+«1]; } x; };",
                   "addrmap top { reg { field {} f[" + "~" * 40 + "«1]; } x; };"],
    "concatenation": ["addrmap top { reg { field { desc = «{\"a\", 1}; } f; } x; };"],
    "replication": ["addrmap top { reg { field {} f = «{99999{1}}; } x; };"],
    "'@'": ["addrmap top { reg { field {} f; } x @ 0 «@ 4; };"],
    "enum member property": ["enum e { a { name = «3; }; };", "enum e { a { name «\"x\"; }; };"],
    "reg instance": ["addrmap top { reg { field {} f; } x; reg { field {} f; } «y[3] += 0x7FFFFFFFFFFFFFF0; };"],
    "regfile": ["regfile { " * 64 + "«regfile { };"],
    "end of input": ["addrmap top { reg { field {} f; } x; };\nproperty p {«"],
}


def _cases(table):
    return [(construct, text) for construct, texts in table.items() for text in texts]


class Refusals(unittest.TestCase):
    def check(self, table):
        for construct, text in _cases(table):
            with self.subTest(text):
                # The mistake must be the only one, so a text without a top gets one.
                top = "" if "addrmap top" in text else "\naddrmap top { reg { field {} f; } other; };"
                expect_refusal(self, text if text.endswith("«") else text + top, construct)

    def test_syntax(self):
        self.check(_SYNTAX)

    def test_instances(self):
        self.check(_INSTANCES)

    def test_properties(self):
        self.check(_PROPERTIES)

    def test_references_and_limits(self):
        self.check(_REFERENCES)

    def test_mistakes_in_what_nothing_instantiates(self):
        good = " addrmap top { reg { field {} f; } x; };"
        expect_refusal(self, "reg unused { field {} f[2] «= 9; };" + good, "property 'reset'")
        expect_refusal(self, "addrmap unused { reg t { field {} f; }; t a @ 0; t «b @ 2; };" + good, "reg instance 'b'")
        expect_refusal(self, "regfile unused { reg t { field { «nothing; } f; }; reg { field {} f; } y; };" + good,
                       "property 'nothing'")


if __name__ == "__main__":
    unittest.main()
