"""Gives every field its bits and every register its address."""

from .errors import RdlError
from .lexer import MAX_WIDTH
from .tree import ADDRESSABLE

_MAX_ADDRESS = 1 << 64


def place(top):
    _Placement().run(top, False, "regalign", 1)


def power_of_two_above(number):
    return 1 << (number - 1).bit_length() if number > 1 else 1


def require_power_of_two(node, name, least, most):
    value = node.properties.get(name)
    if value is not None and (not least <= value <= most or value & (value - 1)):
        raise RdlError(node.place(name), f"{name} of {value} is not possible", f"property '{name}'",
                       f"use a power of two from {least} to {most}")


class _Placement:
    def run(self, node, msb0, mode, alignment):
        if node.kind in ("addrmap", "regfile"):
            require_power_of_two(node, "alignment", 1, 1 << 62)
        if node.kind == "addrmap":
            # Bit order and addressing mode start anew in every address map.
            msb0 = node.get("msb0")
            mode = node.get("addressing").name
            alignment = 1
        alignment = node.properties.get("alignment", alignment)
        for child in node.children:
            if child.kind in ("field", "signal"):
                _vector_width(child)
            else:
                self.run(child, msb0, mode, alignment)
        if node.kind == "reg":
            _place_fields(node, msb0)
            node.length = node.get("regwidth") // 8
        elif node.kind == "mem":
            _place_memory(node)
        else:
            _place_children(node, mode, alignment, node.get("bridge"))
        if node.dimensions is not None and node.stride is None:
            node.stride = node.length


def _vector_width(node):
    name = "fieldwidth" if node.kind == "field" else "signalwidth"
    declared = node.properties.get(name)
    if declared is not None and declared < 1:
        raise RdlError(node.place(name), f"{name} of {declared} is not possible", f"property '{name}'",
                       "use at least 1")
    if node.msb is not None:
        node.width = abs(node.msb - node.lsb) + 1
    elif node.width is None:
        node.width = declared or 1
    if declared is not None and declared != node.width:
        raise RdlError(node.token, f"{node.kind} '{node.name}' is {node.width} bits wide, its {name} says {declared}",
                       f"{node.kind} instance '{node.name}'", "make them equal")
    if node.kind == "signal":
        node.lsb, node.msb = 0, node.width - 1


def _place_fields(reg, msb0):
    require_power_of_two(reg, "regwidth", 8, MAX_WIDTH)
    require_power_of_two(reg, "accesswidth", 8, MAX_WIDTH)
    fields = [child for child in reg.children if child.kind == "field"]
    orders = [(field.msb < field.lsb, field) for field in fields if field.msb is not None and field.msb != field.lsb]
    for order, field in orders:
        msb0 = orders[0][0]  # a written bit range says the order for the whole register
        if order != msb0:
            raise RdlError(field.token, "[low:high] and [high:low] are mixed in one register", "bit range",
                           "use one order")
    previous = None
    for field in fields:
        if field.msb is None:
            if msb0:
                field.lsb = reg.get("regwidth") - 1 if previous is None else previous.msb - 1
                field.msb = field.lsb - field.width + 1
            else:
                field.lsb = 0 if previous is None else previous.msb + 1
                field.msb = field.lsb + field.width - 1
        field.low, field.high = min(field.lsb, field.msb), max(field.lsb, field.msb)
        if field.low < 0 or field.high >= reg.get("regwidth"):
            raise RdlError(field.token, f"bits {field.high}:{field.low} of field '{field.name}' lie outside the "
                           f"{reg.get('regwidth')}-bit register '{reg.name}'", f"field instance '{field.name}'",
                           "move it or widen the register")
        previous = field
    reg.children.sort(key=lambda child: child.low if child.kind == "field" else -1)


def _place_memory(mem):
    for name in ("mementries", "memwidth"):
        if mem.properties.get(name, 1) < 1:
            raise RdlError(mem.place(name), f"{name} of {mem.properties[name]} is not possible", f"property '{name}'",
                           "use at least 1")
    registers = [child for child in mem.children if child.kind == "reg"]
    if "memwidth" not in mem.properties and registers:
        mem.properties["memwidth"] = max(child.get("regwidth") for child in registers)
    mem.length = mem.get("mementries") * power_of_two_above((mem.get("memwidth") + 7) // 8)
    _place_children(mem, "regalign", 1)


def _place_children(node, mode, alignment, all_at_zero=False):
    end = 0
    extent = 0
    for child in node.children:
        if child.kind not in ADDRESSABLE:
            continue
        if child.address is None:
            step = max(alignment, child.align or 1, _mode_alignment(child, mode))
            child.address = 0 if all_at_zero else -(-end // step) * step
        end = child.address + child.total
        extent = max(extent, end)
        if end > _MAX_ADDRESS:
            raise RdlError(child.token, f"'{child.name}' ends beyond 64-bit addresses", f"{child.kind} instance",
                           "move it down")
    if node.kind != "mem":
        node.length = extent
    node.children.sort(key=lambda child: child.address if child.kind in ADDRESSABLE else -1)


def _mode_alignment(child, mode):
    if mode == "compact":
        return child.get("accesswidth") // 8 if child.kind == "reg" else 1
    return power_of_two_above(child.length if mode == "regalign" else child.total)
