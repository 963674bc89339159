"""The elaborated tree as canonical JSON: arrays unrolled, keys sorted, the same bytes every time."""

import itertools
import json

from .errors import RdlError
from .properties import UserRule
from .strict import resolved_class
from .values import EnumMember, EnumType, PropertyRef, Ref, StructValue, Word

_REGISTERS_LIMIT = 1_000_000  # a mistyped array size must not exhaust the memory
_FLAGS = ("rclr", "rset", "woclr", "woset", "singlepulse", "sticky", "stickybit", "counter", "intr", "swmod", "swacc",
          "donttest", "dontcompare")
_INPUTS = ("we", "wel", "swwe", "swwel", "hwset", "hwclr")
_WORDS = ("sw", "hw", "onread", "onwrite", "precedence")
# Written by their own keys above or as part of the tree; everything else that is set goes to "props".
_SIGNAL_FLAGS = ("activelow", "activehigh", "async", "cpuif_reset", "field_reset")
_OWN_KEYS = frozenset(_FLAGS + _INPUTS + _WORDS + _SIGNAL_FLAGS + (
    "sync",
    "reset", "encode", "name", "desc", "ispresent", "fieldwidth", "signalwidth", "regwidth", "accesswidth",
    "memwidth", "mementries"))


def describe(top, root):
    """The whole description as plain dictionaries and lists; `root` holds the signals of the top level."""
    return _Exporter(root).run(top)


def to_text(description):
    return json.dumps(description, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


class _Exporter:
    def __init__(self, root):
        self._root = root
        self._regs = []
        self._nodes = []
        self._signals = []
        self._indices = {}  # array node → indices of the element being written
        self._varies = False  # the fields being written refer to the element they are in
        self._fields = {}   # id of a register node → its fields, if they are the same for every element

    def run(self, top):
        _count(top)
        self._add_signals(self._root, "")
        self._walk(top, top.name, 0)
        return {"top": top.name, "size": top.length, "regs": self._regs, "nodes": self._nodes,
                "signals": self._signals}

    def _walk(self, node, path, address):
        if node.kind == "reg":
            self._register(node, path, address)
            return
        entry = {"path": path, "kind": node.kind, "type": node.type_name, "addr": address, "size": node.length,
                 "external": bool(node.external)}
        if node.kind == "mem":
            entry.update(entries=node.get("mementries"), width=node.get("memwidth"), sw=node.word("sw"))
        self._text(node, entry)
        self._nodes.append(entry)
        self._add_signals(node, path)
        for child in node.children:
            if child.kind in ("signal", "field") or not child.get("ispresent"):
                continue
            for suffix, offset, at in _elements(child):
                if at is not None:
                    self._indices[child] = at
                self._walk(child, f"{path}.{child.name}{suffix}", address + child.address + offset)

    def _add_signals(self, node, path):
        for child in node.children:
            if child.kind == "signal" and child.get("ispresent"):
                entry = {"path": f"{path}.{child.name}" if path else child.name, "width": child.width}
                for name in _SIGNAL_FLAGS:
                    if child.get(name):
                        entry[name] = True
                self._text(child, entry)
                self._signals.append(entry)

    def _register(self, node, path, address):
        entry = {"path": path, "addr": address, "width": node.get("regwidth"),
                 "accesswidth": node.get("accesswidth"), "type": node.type_name,
                 "external": bool(node.external)}
        fields = self._fields.get(id(node))
        if fields is None:
            self._varies = False
            fields = [self._field(child) for child in node.children
                      if child.kind == "field" and child.get("ispresent")]
            if not self._varies:
                self._fields[id(node)] = fields
        entry["fields"] = fields
        if node.alias_of is not None:
            entry["alias"] = {"ref": self._path(Ref(node.alias_of, {}))}
        self._add_signals(node, path)
        self._text(node, entry)
        self._regs.append(entry)

    def _field(self, node):
        entry = {"name": node.name, "lsb": node.lsb, "msb": node.msb}
        for name in _WORDS:
            value = node.word(name)
            if value is not None:
                entry[name] = value
        reset = node.properties.get("reset")
        if reset is not None:
            entry["reset"] = self.plain(reset)
        for name in _FLAGS + _INPUTS:
            value = node.get(name)
            if value is not None and value is not False:
                entry[name] = self._input(value)
        encode = node.properties.get("encode")
        if encode is not None:
            entry["encode"] = {member.name: member.value for member in encode.members.values()}
        entry["storage"] = node.stores()
        if entry["storage"]:
            entry["class"] = resolved_class(node)
        self._text(node, entry)
        return entry

    def _input(self, value):
        if isinstance(value, PropertyRef):
            return value.name
        return self.plain(value)

    def _text(self, node, entry):
        """Name, description, user-defined properties, and built-in ones without a key of their own."""
        own, other = {}, {}
        for name, value in node.properties.items():
            if name in ("name", "desc"):
                entry["title" if name == "name" and node.kind == "field" else name] = value
            elif name not in _OWN_KEYS:
                rule = node.scope.rules.get(name)
                (own if isinstance(rule, UserRule) else other)[name] = self.plain(value)
        entry["udp"] = own
        if node.kind == "field" and "resetsignal" not in other:
            signal = self._default_reset(node)
            if signal is not None:
                other["resetsignal"] = self.plain(Ref(signal, {}))
        if other:
            entry["props"] = other

    def _default_reset(self, field):
        """The field_reset signal of the nearest enclosing component: it resets fields that name no other."""
        node = field
        while node is not None:
            for child in node.children:
                if child.kind == "signal" and child.get("field_reset"):
                    return child
            node = node.parent if node.parent is not None or node is self._root else self._root
        return None

    def plain(self, value):
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        if isinstance(value, (Word, EnumMember, EnumType)):
            return value.name
        if isinstance(value, StructValue):
            return {name: self.plain(item) for name, item in value.members.items()}
        if isinstance(value, Ref):
            return {"ref": self._path(value)}
        if isinstance(value, PropertyRef):
            return {"ref": self._path(value.ref), "property": value.name}
        return value

    def _path(self, ref):
        segments = []
        node = ref.node
        while node is not None:
            suffix = ""
            if node.dimensions is not None:
                at = ref.indices.get(node)
                if at is None:
                    at = self._indices.get(node, ())
                    self._varies = True
                suffix = "".join(f"[{index}]" for index in at)
            segments.append(node.name + suffix)
            node = node.parent
        return ".".join(segments[::-1])


def _count(node):
    """Register elements in one element of a node."""
    if node.kind == "reg":
        return 1
    total = 0
    for child in node.children:
        if child.kind not in ("signal", "field"):
            total += child.count * _count(child)
            if total > _REGISTERS_LIMIT:
                raise RdlError(child.token, f"there are more than {_REGISTERS_LIMIT} registers",
                               f"{child.kind} instance '{child.name}'", "shrink the arrays, or make it a mem")
    return total


def _elements(node):
    """(suffix, offset, indices) of every element of an instance, in address order."""
    if node.dimensions is None:
        yield "", 0, None
        return
    for number, at in enumerate(itertools.product(*(range(size) for size in node.dimensions))):
        yield "".join(f"[{index}]" for index in at), number * node.stride, at
