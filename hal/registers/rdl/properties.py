"""Which properties exist, what they apply to, what they accept, and how they exclude each other."""

import inspect

from .errors import RdlError
from .values import (ACCESS, ADDRESSING, INTERRUPT, ON_READ, ON_WRITE, PRECEDENCE, EnumMember, EnumType,
                     PropertyRef, Ref, StructType, StructValue, Word)

BOOL, INT, TEXT, TEXTS, ENUM = "boolean", "number", "string", "array of strings", "enum type"
FIELD, SIGNAL, PROPERTY = "field reference", "signal reference", "property reference"
_INPUT = (SIGNAL, FIELD, PROPERTY)

_EVERYWHERE = "addrmap field mem reg regfile signal"


class Rule:
    """One built-in property."""

    __slots__ = ("name", "components", "types", "dynamic", "group")

    def __init__(self, name, components, types, dynamic, group):
        self.name = name
        self.components = frozenset(components.split())
        self.types = types
        self.dynamic = dynamic
        self.group = group


class UserRule:
    """One property declared in the source."""

    __slots__ = ("name", "components", "type", "is_array", "default", "token")
    dynamic, group = True, None

    def __init__(self, name, components, value_type, is_array, default, token):
        self.name = name
        self.components = frozenset(_EVERYWHERE.split() if "all" in components else components)
        self.type = value_type
        self.is_array = is_array
        self.default = default
        self.token = token


def _table():
    rules = {}

    def add(names, components, types, dynamic=True, group=None):
        for name in names.split():
            rules[name] = Rule(name, components, types, dynamic, group)

    add("name desc", _EVERYWHERE, (TEXT,))
    add("ispresent", _EVERYWHERE, (BOOL,))
    add("dontcompare donttest", "addrmap reg regfile field", (INT, BOOL))
    add("errextbus", "addrmap reg regfile", (BOOL,), False)
    add("hdl_path hdl_path_gate", "addrmap reg regfile", (TEXT,))
    add("hdl_path_slice hdl_path_gate_slice", "field mem", (TEXTS,))
    add("signalwidth", "signal", (INT,), False)
    add("sync async", "signal", (BOOL,), True, "sync")
    add("activelow activehigh", "signal", (BOOL,), True, "level")
    add("cpuif_reset field_reset", "signal", (BOOL,))
    add("hw", "field", (ACCESS,), False)
    add("sw", "field mem", (ACCESS,))
    add("next", "field", _INPUT)
    add("reset", "field", (INT,) + _INPUT)
    add("resetsignal", "field", (SIGNAL,))
    add("rclr rset", "field", (BOOL,), True, "read")
    add("onread", "field", (ON_READ,), True, "read")
    add("woclr woset", "field", (BOOL,), True, "write")
    add("onwrite", "field", (ON_WRITE,), True, "write")
    add("swwe swwel", "field", (BOOL,) + _INPUT, True, "software write enable")
    add("we wel", "field", (BOOL,) + _INPUT, True, "write enable")
    add("swmod swacc singlepulse anded ored xored", "field", (BOOL,))
    add("hwset hwclr", "field", (BOOL,) + _INPUT)
    add("hwenable hwmask", "field", _INPUT, True, "hardware mask")
    add("fieldwidth", "field", (INT,), False)
    add("counter intr", "field", (BOOL,), True, "counter or interrupt")
    add("threshold incrthreshold", "field", (INT, BOOL) + _INPUT, True, "incrthreshold")
    add("saturate incrsaturate", "field", (INT, BOOL) + _INPUT, True, "incrsaturate")
    add("decrsaturate decrthreshold", "field", (INT, BOOL) + _INPUT)
    add("overflow underflow", "field", (BOOL,))
    add("incr decr", "field", _INPUT)
    add("incrvalue", "field", (INT,) + _INPUT, True, "increment")
    add("incrwidth", "field", (INT,), True, "increment")
    add("decrvalue", "field", (INT,) + _INPUT, True, "decrement")
    add("decrwidth", "field", (INT,), True, "decrement")
    rules["intr type"] = Rule("intr type", "field", (INTERRUPT,), True, None)
    add("enable mask", "field", _INPUT, True, "interrupt mask")
    add("haltenable haltmask", "field", _INPUT, True, "halt mask")
    add("sticky stickybit", "field", (BOOL,), True, "sticky")
    add("encode", "field", (ENUM,))
    add("precedence", "field", (PRECEDENCE,))
    add("paritycheck", "field", (BOOL,), False)
    add("regwidth", "reg", (INT,), False)
    add("accesswidth", "reg", (INT,))
    add("shared", "reg", (BOOL,), False)
    add("mementries memwidth", "mem", (INT,), False)
    add("alignment", "addrmap regfile", (INT,), False)
    add("sharedextbus", "addrmap regfile", (BOOL,), False)
    add("bigendian littleendian", "addrmap", (BOOL,), True, "endianness")
    add("addressing", "addrmap", (ADDRESSING,), False)
    add("rsvdset rsvdsetX", "addrmap", (BOOL,), False, "reserved")
    add("msb0 lsb0", "addrmap", (BOOL,), False, "bit order")
    add("bridge", "addrmap", (BOOL,), False)
    return rules


BUILT_IN = _table()
_GROUPS = {}
for _rule in BUILT_IN.values():
    if _rule.group:
        _GROUPS.setdefault(_rule.group, []).append(_rule.name)

_WORD_ADVICE = {
    ACCESS: "use rw, r, w, rw1, w1 or na", ON_READ: "use rclr, rset or ruser",
    ON_WRITE: "use woset, woclr, wot, wzs, wzc, wzt, wclr, wset or wuser",
    ADDRESSING: "use compact, regalign or fullalign", PRECEDENCE: "use sw or hw",
}
# Outputs that `field->name` may refer to; a register has two of its own.
REGISTER_OUTPUTS = ("intr", "halt")
FIELD_OUTPUTS = frozenset("""
    anded ored xored swacc swmod we wel swwe swwel hwset hwclr hwenable hwmask reset incr decr incrvalue
    decrvalue incrthreshold threshold incrsaturate saturate decrthreshold decrsaturate overflow underflow
    enable mask haltenable haltmask next resetsignal""".split())


def check_target(rule, kind, token):
    if kind not in rule.components:
        raise RdlError(token, f"property '{rule.name}' does not apply to a {kind}", f"property '{rule.name}'",
                       "it applies to " + ", ".join(sorted(rule.components)))


def assign(node, rule, value, token):
    """Stores a value that has the right type; drops the properties that exclude this one."""
    check_target(rule, node.kind, token)
    if rule.group:
        for name in _GROUPS[rule.group]:
            node.properties.pop(name, None)
    node.properties[rule.name] = value
    node.property_tokens[rule.name] = token
    if rule.name in ("threshold", "saturate"):
        node.properties["incr" + rule.name] = value
    elif rule.name in ("incrthreshold", "incrsaturate"):
        node.properties[rule.name[4:]] = value


def convert(rule, value, kind, token):
    """The value as the property takes it; no value at all means true, or the declared default."""
    if isinstance(rule, UserRule):
        if value is None:
            return rule.default
        return cast(value, rule.type, rule.is_array, token, f"property '{rule.name}'")
    if value is None:
        value = True
    types = rule.types
    if rule.name in ("donttest", "dontcompare") and kind != "field":
        types = (BOOL,)
    for wanted in types:
        if _is(value, wanted):
            return inspect.cleandoc(value.strip()) if rule.name == "desc" else value
    plain = value.value if isinstance(value, EnumMember) else value
    if isinstance(plain, int):
        if INT in types:
            return int(plain)
        if BOOL in types:
            return plain != 0
    if PRECEDENCE in types and isinstance(value, Word) and value.name in ("hw", "sw"):
        return value
    advice = _WORD_ADVICE.get(types[0]) or "it takes a " + " or a ".join(types)
    raise RdlError(token, f"property '{rule.name}' does not accept this value", f"property '{rule.name}'", advice)


def _is(value, wanted):
    if wanted == BOOL:
        return isinstance(value, bool)
    if wanted == INT:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted == TEXT:
        return isinstance(value, str)
    if wanted == TEXTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if wanted == ENUM:
        return isinstance(value, EnumType)
    if wanted == FIELD:
        return isinstance(value, Ref) and value.node.kind == "field"
    if wanted == SIGNAL:
        return isinstance(value, Ref) and value.node.kind == "signal"
    if wanted == PROPERTY:
        return isinstance(value, PropertyRef)
    return isinstance(value, Word) and value.type == wanted


def cast(value, wanted, is_array, token, construct):
    """Converts to a declared type: of a parameter, a struct member or a user-defined property."""
    if is_array:
        if not isinstance(value, list):
            raise RdlError(token, "an array is needed here", construct, "write '{...}")
        return [cast(item, wanted, False, token, construct) for item in value]
    plain = value.value if isinstance(value, EnumMember) else value
    if isinstance(wanted, EnumType):
        if isinstance(value, EnumMember) and value.type is wanted:
            return value
    elif isinstance(wanted, StructType):
        if isinstance(value, StructValue) and value.type.derives_from(wanted):
            return value
    elif wanted == "boolean":
        if isinstance(plain, int):
            return bool(plain)
    elif wanted in ("longint", "bit", "number"):
        if isinstance(plain, int):
            return int(plain)
    elif wanted == "string":
        if isinstance(value, str):
            return value
    elif wanted == "ref":
        if isinstance(value, (Ref, PropertyRef)):
            return value
    elif isinstance(value, Word):
        if value.type == wanted:
            return value
    elif isinstance(value, Ref) and value.node.kind == wanted:
        return value
    name = wanted if isinstance(wanted, str) else wanted.name
    raise RdlError(token, f"a value of type {name} is needed here", construct, f"use a {name}")


def unknown(name, token):
    return RdlError(token, f"there is no property '{name}'", f"property '{name}'",
                    "correct its name or declare it with 'property'")
