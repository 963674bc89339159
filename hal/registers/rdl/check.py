"""Checks of an elaborated and placed tree that hold for all SystemRDL: structure and addresses."""

from .check_fields import check_field
from .errors import RdlError
from .tree import ADDRESSABLE


def check(node):
    """Raises RdlError at the first node that breaks a rule; children first come first."""
    _STRUCTURE[node.kind](node)
    _check_reset_signals(node.children)
    _check_flags(node)
    for child in node.children:
        if not child.get("ispresent"):
            continue
        if child.kind == "field":
            check_field(child)
        elif child.kind == "signal":
            check_signal(child)
        else:
            check(child)


def check_root(root_node):
    """Signals declared at the top level."""
    _check_reset_signals(root_node.children)
    for signal in root_node.children:
        check_signal(signal)


def check_signal(signal):
    for name in ("cpuif_reset", "field_reset"):
        if signal.get(name) and not signal.get("activehigh") and not signal.get("activelow"):
            raise RdlError(signal.place(name), f"signal '{signal.name}' is a {name} but neither activehigh nor "
                           "activelow", f"property '{name}'", "add activehigh or activelow")


def _check_reset_signals(children):
    for name in ("cpuif_reset", "field_reset"):
        signals = [child for child in children if child.kind == "signal" and child.get(name)]
        if len(signals) > 1:
            raise RdlError(signals[1].token, f"'{signals[0].name}' and '{signals[1].name}' are both the {name} of one "
                           "component", f"property '{name}'", "keep one")


def _check_flags(node):
    if node.get("errextbus") and not node.external:
        raise RdlError(node.place("errextbus"), f"errextbus needs '{node.name}' to be external", "property 'errextbus'",
                       "make the instance external")
    if node.get("donttest") and node.get("dontcompare"):
        raise RdlError(node.place("dontcompare"), f"'{node.name}' has both donttest and dontcompare",
                       "property 'dontcompare'", "keep one")


# ---- per kind -----------------------------------------------------------------------------------

def _check_reg(reg):
    fields = [child for child in reg.children if child.kind == "field" and child.get("ispresent")]
    if not fields:
        raise RdlError(reg.token, f"register '{reg.name}' has no fields", f"reg instance '{reg.name}'", "add one")
    if reg.get("accesswidth") > reg.get("regwidth"):
        raise RdlError(reg.place("accesswidth"), f"accesswidth {reg.get('accesswidth')} exceeds regwidth "
                       f"{reg.get('regwidth')}", "property 'accesswidth'", "lower it")
    _check_field_overlaps(fields)
    _check_subwords(reg, fields)


def _check_field_overlaps(fields):
    open_fields = []  # sorted by low bit, so only those that still reach this far can overlap
    for field in fields:
        open_fields = [other for other in open_fields if other.high >= field.low]
        for other in open_fields:
            if not _read_write_pair(field, other):
                raise RdlError(field.token, f"field '{field.name}[{field.high}:{field.low}]' overlaps "
                               f"'{other.name}[{other.high}:{other.low}]'", f"field instance '{field.name}'",
                               "move it, or make one read-only and the other write-only")
        open_fields.append(field)


def _read_write_pair(one, other):
    return any(a.readable and not a.writable and b.writable and not b.readable
               for a, b in ((one, other), (other, one)))


def _check_subwords(reg, fields):
    step = reg.get("accesswidth")
    if step >= reg.get("regwidth"):
        return
    for field in fields:
        if field.low // step != field.high // step and (field.writable or field.get("onread") is not None):
            raise RdlError(field.token, f"field '{field.name}' crosses a {step}-bit access, so software cannot change "
                           "it at once", f"field instance '{field.name}'", "move it or widen accesswidth")


def _check_container(node):
    members = [child for child in node.children if child.kind in ADDRESSABLE]
    if not members:
        raise RdlError(node.token, f"{node.kind} '{node.name}' contains no registers", f"{node.kind} '{node.name}'",
                       "add one")
    _check_strides(members)
    if not node.get("bridge"):
        _check_overlaps(members)


def _check_addrmap(node):
    _check_container(node)
    if not node.get("bridge"):
        return
    if node.parent is not None:
        raise RdlError(node.place("bridge"), "a bridge must be the topmost address map", "property 'bridge'",
                       "remove it")
    members = [child for child in node.children if child.kind in ADDRESSABLE]
    for member in members:
        if member.kind != "addrmap":
            raise RdlError(member.token, f"a bridge holds address maps only, not {member.kind} '{member.name}'",
                           "bridge", "wrap it in an addrmap")
    if len(members) < 2:
        raise RdlError(node.place("bridge"), "a bridge needs at least two address maps", "property 'bridge'", "add one")


def _check_mem(mem):
    registers = [child for child in mem.children if child.kind == "reg"]
    _check_strides(registers)
    _check_overlaps(registers)
    for register in registers:
        if register.end > mem.length:
            raise RdlError(register.token, f"register '{register.name}' ends beyond memory '{mem.name}'",
                           f"reg instance '{register.name}'", "move it or enlarge the memory")


def _check_strides(members):
    for member in members:
        if member.dimensions is not None and member.stride < member.length and member.count > 1:
            raise RdlError(member.token, f"elements of '{member.name}' overlap: stride {member.stride} is below their "
                           f"size {member.length}", f"{member.kind} array '{member.name}'", "raise the stride")


def _check_overlaps(members):
    open_members = []
    for member in members:
        if not member.get("ispresent"):
            continue
        open_members = [other for other in open_members if other.end > member.address]
        for other in open_members:
            if not (_only(member, "readable") and _only(other, "writable") or
                    _only(member, "writable") and _only(other, "readable")):
                raise RdlError(member.token, f"'{member.name}' at {member.address:#x} overlaps '{other.name}' at "
                               f"{other.address:#x}..{other.end - 1:#x}",
                               f"{member.kind} instance '{member.name}'",
                               "move it, or make one read-only and the other write-only")
        open_members.append(member)


def _only(node, access):
    """Whether all fields of a register have just this access."""
    other = "writable" if access == "readable" else "readable"
    return node.kind == "reg" and not any(getattr(field, other) for field in node.children if field.kind == "field")


_STRUCTURE = {"reg": _check_reg, "regfile": _check_container, "addrmap": _check_addrmap, "mem": _check_mem}
