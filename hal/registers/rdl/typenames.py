"""Names of the types that parameters and dynamic assignments create (SystemRDL 2.0, 5.1.1.4)."""

import hashlib

from . import properties
from .expressions import Expression
from .tree import ADDRESSABLE
from .values import EnumMember, EnumType, PropertyRef, Ref, StructValue, Word, same


def name_types(top):
    _Namer().run(top)


class _Namer:
    def __init__(self):
        # Default of a parameter as the first instance of its type sees it: what others are compared to.
        self._defaults = {}

    def run(self, node):
        for child in node.children:
            self.run(child)
        parts = []
        for parameter, value in node.parameters:
            if not same(value, self._default(node, parameter)):
                parts.append(f"{parameter.name}_{normal(value, node)}")
        for name in sorted(node.dynamic_children):
            parts.append(f"{name}_{_digest(node.child(name).type_name)}")
        for name in sorted(node.dynamic_properties):
            value = node.properties.get(name)
            if value is None:
                value = node.get(name)
            parts.append(f"{name}_{normal(value, node)}")
        if parts:
            node.type_name = "_".join([node.type_name] + parts)

    def _default(self, node, parameter):
        key = id(parameter)
        if key not in self._defaults:
            value = None
            if isinstance(parameter.default, Expression):
                scope = node.scope
                value = parameter.default.value(scope, max(64, parameter.default.width(scope)))
                value_type = scope.type(parameter.type.name) or parameter.type.name
                value = properties.cast(value, value_type, parameter.is_array, parameter.token, "parameter")
            self._defaults[key] = value
        return self._defaults[key]


def _digest(text):
    return hashlib.md5(text.encode("utf-8"), usedforsecurity=False).hexdigest()[:8]


def normal(value, owner):
    """A value as part of a name."""
    if isinstance(value, bool) or value is None:
        return "t" if value else "f"
    if isinstance(value, int):
        return f"{value:x}"
    if isinstance(value, str):
        return _digest(value)
    if isinstance(value, list):
        return _digest("_".join(normal(item, owner) for item in value))
    if isinstance(value, (Word, EnumMember, EnumType)):
        return value.name
    if isinstance(value, StructValue):
        return _digest("_".join(f"{name}_{normal(item, owner)}" for name, item in value.members.items()))
    if isinstance(value, Ref):
        return _digest(relative_path(value, owner))
    if isinstance(value, PropertyRef):
        return _digest(f"{relative_path(value.ref, owner)}->{value.name}")
    raise TypeError(f"no normal form of {value!r}")


def relative_path(ref, owner):
    """Path from one node to another: `^` goes up, unknown array indices stay empty."""
    to, start = _segments(ref.node, ref.indices), _segments(owner, {})
    while to and start and to[0] == start[0]:
        to.pop(0)
        start.pop(0)
    return ".".join(["^"] * len(start) + to)


def _segments(node, indices):
    segments = []
    while node is not None:
        suffix = ""
        if node.dimensions is not None and node.kind in ADDRESSABLE:
            if node in indices:
                suffix = "".join(f"[{at}]" for at in indices[node])
            else:
                suffix = "[]" * len(node.dimensions)
        segments.append(node.name + suffix)
        node = node.parent
    return segments[::-1]
