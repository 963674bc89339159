"""Checks of one field: do its properties fit together, and do its references make sense?"""

from .errors import RdlError
from .values import EnumType, PropertyRef, Ref

_SAME_WIDTH = ("next", "reset", "hwenable", "hwmask", "threshold", "saturate", "incrthreshold", "incrsaturate",
               "decrthreshold", "decrsaturate", "enable", "mask", "haltenable", "haltmask")
_ONE_BIT = ("swwe", "swwel", "we", "wel", "hwset", "hwclr", "incr", "decr", "resetsignal")
_NARROWER = ("incrvalue", "decrvalue")
_COUNTER_ONLY = ("threshold", "saturate", "incrthreshold", "incrsaturate", "decrthreshold", "decrsaturate", "overflow",
                 "underflow", "incr", "incrvalue", "incrwidth", "decr", "decrvalue", "decrwidth")
_INTERRUPT_ONLY = ("enable", "mask", "haltenable", "haltmask")
# Properties whose output a reference may take only if they have a value there.
_VALUE_OUTPUTS = ("next", "reset", "resetsignal", "incrvalue", "decrvalue", "enable", "mask", "haltenable",
                  "haltmask", "hwenable", "hwmask")
_SWITCHED_OUTPUTS = {"we": "wel", "wel": "we", "swwe": "swwel", "swwel": "swwe", "hwset": None, "hwclr": None}
_COUNTER_OUTPUTS = ("incr", "decr", "incrsaturate", "saturate", "decrsaturate", "incrthreshold", "threshold",
                    "decrthreshold", "overflow", "underflow")


def check_field(field):
    for rule in (_access, _software_effects, _reset, _singlepulse, _write_enables, _sticky, _counter, _interrupt,
                 _encode, _masks):
        rule(field)
    for name, value in field.properties.items():
        if isinstance(value, (Ref, PropertyRef)):
            _reference(field, name, value)


def _refuse(field, name, what, advice):
    raise RdlError(field.place(name), f"field '{field.name}': {what}", f"property '{name}'", advice)


def _access(field):
    sw, hw = field.word("sw"), field.word("hw")
    if hw in ("w1", "rw1"):
        _refuse(field, "hw", f"hw={hw} means nothing", "use rw, r, w or na")
    if sw in ("w", "w1") and hw == "w":
        _refuse(field, "hw", f"sw={sw} with hw=w can never be read", "let one of them read it")


def _software_effects(field):
    if field.get("onread") is not None and not field.readable:
        _refuse(field, _given(field, "onread", "rclr", "rset"), "software cannot read it", "give it sw=r or sw=rw")
    if field.get("onwrite") is not None and not field.writable:
        _refuse(field, _given(field, "onwrite", "woclr", "woset"), "software cannot write it", "give it sw=rw or sw=w")
    for name, word in (("onread", "ruser"), ("onwrite", "wuser")):
        if field.word(name) == word and not field.parent.external:
            _refuse(field, name, f"{word} needs an external register", "make the register external")
    for name in ("swwe", "swwel"):
        if field.get(name) and not field.writable:
            _refuse(field, name, f"{name} on a field that software cannot write", "give it sw=rw or sw=w")


def _given(field, *names):
    return next((name for name in names if name in field.properties), names[0])


def _reset(field):
    value = field.properties.get("reset")
    if isinstance(value, int) and value >= 1 << field.width:
        _refuse(field, "reset", f"reset {value:#x} does not fit in {field.width} bits", "widen the field or lower it")
    if isinstance(value, Ref) and value.node is field:
        _refuse(field, "reset", "it is its own reset value", "refer to another field")


def _singlepulse(field):
    if not field.get("singlepulse"):
        return
    if field.width != 1:
        _refuse(field, "singlepulse", f"a single pulse has 1 bit, not {field.width}", "make it one bit wide")
    if field.properties.get("reset") != 0:
        _refuse(field, "singlepulse", "a single pulse needs a reset of 0", "write '= 0' after the instance")
    if not field.writable:
        _refuse(field, "singlepulse", "software cannot write it", "give it sw=rw or sw=w")
    if field.word("onwrite") in ("woclr", "wclr"):
        _refuse(field, "singlepulse", f"onwrite={field.word('onwrite')} prevents the pulse", "remove one of them")


def _write_enables(field):
    for name in ("we", "wel"):
        if field.get(name) and not field.hw_writable:
            _refuse(field, name, f"{name} on a field that hardware cannot write", "give it hw=w or hw=rw")


def _sticky(field):
    for name in ("sticky", "stickybit"):
        if field.properties.get(name) is not True:
            continue
        if not field.hw_writable:
            _refuse(field, name, f"{name} on a field that hardware cannot write", "give it hw=w or hw=rw")
        for enable in ("we", "wel"):
            if field.get(enable):
                _refuse(field, enable, f"{enable} contradicts {name}", "remove one of them")
    if field.get("sticky") and field.word("intr type") not in (None, "level"):
        _refuse(field, "sticky", "sticky needs a level interrupt", "use stickybit")


def _counter(field):
    if not field.get("counter"):
        for name in _COUNTER_ONLY:
            if name in field.properties:
                _refuse(field, name, f"{name} on a field that is no counter", "add 'counter;'")
        return
    for width in ("incrwidth", "decrwidth"):
        value = field.properties.get(width)
        if value is not None and not 1 <= value <= field.width:
            _refuse(field, width, f"{width} {value} does not fit in {field.width} bits", "lower it")
    for name in _NARROWER:
        value = field.properties.get(name)
        if isinstance(value, int) and value.bit_length() > field.width:
            _refuse(field, name, f"{name} {value} does not fit in {field.width} bits", "lower it")
    for flow, limit in (("overflow", "incrsaturate"), ("underflow", "decrsaturate")):
        if field.get(flow) and field.properties.get(limit, False) is not False:
            _refuse(field, flow, f"{flow} cannot happen with {limit}", "remove one of them")


def _interrupt(field):
    for name in _INTERRUPT_ONLY:
        if name in field.properties and not field.get("intr"):
            _refuse(field, name, f"{name} on a field that is no interrupt", "add 'intr;'")
    if "next" in field.properties and not field.hw_writable:
        _refuse(field, "next", "next on a field that hardware cannot write", "give it hw=w or hw=rw")


def _encode(field):
    enum = field.properties.get("encode")
    if not isinstance(enum, EnumType):
        return
    largest = max(member.value for member in enum.members.values())
    if largest >= 1 << field.width:
        _refuse(field, "encode", f"value {largest} of enum '{enum.name}' does not fit in {field.width} bits",
                "widen the field")


def _masks(field):
    masks = []
    for name in ("donttest", "dontcompare"):
        value = field.get(name) or 0
        mask = (1 << field.width) - 1 if value is True else int(value)
        if mask >= 1 << field.width:
            _refuse(field, name, f"mask {mask:#x} does not fit in {field.width} bits", "lower it")
        masks.append(mask)
    if masks[0] & masks[1]:
        _refuse(field, "dontcompare", "a bit has both donttest and dontcompare", "keep one")


# ---- references ---------------------------------------------------------------------------------

def _reference(field, name, value):
    target = value.ref.node if isinstance(value, PropertyRef) else value.node
    if not target.get("ispresent"):
        _refuse(field, name, f"it refers to '{target.name}', which is not present", "remove the reference")
    if target is field and name == "next":
        _refuse(field, name, "its next value is itself", "refer to something else")
    if isinstance(value, PropertyRef):
        _property_reference(field, name, value)
        width = target.width if value.name in _VALUE_OUTPUTS else 1
        if value.name in _NARROWER:
            width = None  # a constant or a signal of its own
    else:
        width = target.width
    if width is None:
        return
    if name in _ONE_BIT and width != 1:
        _refuse(field, name, f"'{target.name}' is {width} bits wide, 1 is needed", "refer to one bit")
    if name in _SAME_WIDTH and width != field.width:
        _refuse(field, name, f"'{target.name}' is {width} bits wide, {field.width} are needed", "make them equal")
    if name in _NARROWER and width > field.width:
        _refuse(field, name, f"'{target.name}' is wider than the counter", "refer to something narrower")
    if name == "resetsignal" and not target.get("activehigh") and not target.get("activelow"):
        _refuse(field, name, f"signal '{target.name}' is neither activehigh nor activelow", "say which in the signal")


def _property_reference(field, name, value):
    target, output = value.ref.node, value.name
    if output in ("intr", "halt"):
        wanted = ("intr",) if output == "intr" else ("haltenable", "haltmask")
        if not any(child.get(w) for child in target.children if child.kind == "field" for w in wanted):
            _refuse(field, name, f"register '{target.name}' has no field with {' or '.join(wanted)}",
                    "refer to an interrupt register")
    elif output in _VALUE_OUTPUTS:
        if target.properties.get(output) is None:
            _refuse(field, name, f"'{target.name}' has no {output}", f"give it a {output}")
        _circle(field, name, value)
    elif output in _SWITCHED_OUTPUTS:
        partner = _SWITCHED_OUTPUTS[output]
        if not target.get(output) and not (partner and target.get(partner)):
            _refuse(field, name, f"'{target.name}' does not use {output}", f"give it a {output}")
    elif output in _COUNTER_OUTPUTS:
        if not target.get("counter"):
            _refuse(field, name, f"'{target.name}' is no counter", "refer to a counter")
        if "threshold" in output and target.properties.get(output, False) is False:
            _refuse(field, name, f"counter '{target.name}' has no threshold", "give it one")
        limit = {"overflow": "incrsaturate", "underflow": "decrsaturate"}.get(output)
        if limit and target.properties.get(limit, False) is not False:
            _refuse(field, name, f"counter '{target.name}' saturates, so it has no {output}", "remove one of them")


def _circle(field, name, value):
    seen = set()
    while isinstance(value, PropertyRef):
        key = (id(value.ref.node), value.name)
        if key in seen:
            _refuse(field, name, "the references run in a circle", "break it")
        seen.add(key)
        value = value.ref.node.properties.get(value.name)
