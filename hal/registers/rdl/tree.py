"""The elaborated tree: one node per instance; an array is one node with dimensions."""

from .values import WORDS

_KEEPS = ("hwset", "hwclr", "counter", "intr", "sticky", "stickybit", "we", "wel")
ADDRESSABLE = frozenset(("addrmap", "regfile", "reg", "mem"))


class Node:
    __slots__ = ("kind", "name", "type_name", "parent", "children", "by_name", "properties", "property_tokens",
                 "scope", "definition", "token", "dimensions", "stride", "address", "align", "width", "msb", "lsb",
                 "low", "high", "external", "alias_of", "dynamic_properties", "dynamic_children", "parameters",
                 "length")

    def __init__(self, kind, name, parent, token):
        self.kind = kind
        self.name = name
        self.parent = parent
        self.token = token
        self.type_name = name
        self.children = []
        self.by_name = {}
        self.properties = {}
        self.property_tokens = {}
        self.scope = self.definition = None
        self.dimensions = None  # list of sizes of an array of registers, blocks, ...
        self.stride = self.address = self.align = None
        self.width = self.msb = self.lsb = self.low = self.high = None  # of fields and signals
        self.external = None
        self.alias_of = None
        self.dynamic_properties = set()
        self.dynamic_children = set()
        self.parameters = []  # (ParameterDef, value)
        self.length = None  # bytes of one element, known after placement

    def add(self, child):
        self.children.append(child)
        self.by_name[child.name] = child

    def child(self, name):
        return self.by_name.get(name)

    def place(self, name):
        """The token to blame for a property: where it was assigned, else the instance."""
        return self.property_tokens.get(name) or self.token

    def get(self, name):
        """Value of a built-in property with its default, as the language defines it."""
        value = self.properties.get(name)
        if value is not None:
            return value
        derived = _DERIVED.get(name)
        return derived(self.properties, self) if derived else _DEFAULTS.get(name)

    @property
    def count(self):
        count = 1
        for size in self.dimensions or ():
            count *= size
        return count

    @property
    def total(self):
        """Bytes that all elements take up in their parent, the gap after the last one included."""
        return self.length if self.dimensions is None else self.stride * self.count

    @property
    def end(self):
        """Where the last element really ends."""
        return self.address + self.length + (self.stride * (self.count - 1) if self.dimensions else 0)

    def word(self, name):
        value = self.get(name)
        return None if value is None else value.name

    @property
    def readable(self):
        return self.word("sw") in ("rw", "r", "rw1")

    @property
    def writable(self):
        return self.word("sw") in ("rw", "w", "rw1", "w1")

    @property
    def hw_readable(self):
        return self.word("hw") in ("rw", "r")

    @property
    def hw_writable(self):
        return self.word("hw") in ("rw", "w")

    def stores(self):
        """Whether the field keeps a value: has a flip-flop (SystemRDL 2.0, table 12) and is no mere pulse."""
        if self.get("singlepulse"):
            return False
        if self.writable or self.word("sw") == "na" or self.get("onread") is not None:
            return True
        if any(self.get(name) for name in _KEEPS):
            return True
        return self.hw_writable and self.hw_readable


def _read_effect(properties, node):
    for name in ("rset", "rclr"):
        if properties.get(name):
            return WORDS[name]
    return None


def _write_effect(properties, node):
    for name in ("woset", "woclr"):
        if properties.get(name):
            return WORDS[name]
    return None


def _implied(effect, name):
    def value(properties, node):
        set_to = properties.get(effect)
        return set_to is not None and set_to.name == name
    return value


def _opposite(name, default):
    def value(properties, node):
        return not properties[name] if name in properties else default
    return value


_DERIVED = {
    "onread": _read_effect,
    "onwrite": _write_effect,
    "rclr": _implied("onread", "rclr"),
    "rset": _implied("onread", "rset"),
    "woclr": _implied("onwrite", "woclr"),
    "woset": _implied("onwrite", "woset"),
    "stickybit": lambda p, n: bool(p.get("intr")) and not p.get("sticky"),
    "accesswidth": lambda p, n: n.get("regwidth"),
    "sync": _opposite("async", True),
    "async": _opposite("sync", False),
    "msb0": _opposite("lsb0", False),
    "lsb0": _opposite("msb0", True),
    "bigendian": _opposite("littleendian", False),
    "littleendian": _opposite("bigendian", False),
}


_DEFAULTS = {"sw": WORDS["rw"], "hw": WORDS["rw"], "precedence": WORDS["sw"], "addressing": WORDS["regalign"],
             "regwidth": 32, "memwidth": 32, "mementries": 1, "ispresent": True}
