"""The values that expressions and properties can have, besides bool, int, str and list."""


class Word:
    """A literal of a built-in enumeration: an access, a read or write side effect, ..."""

    __slots__ = ("type", "name")

    def __init__(self, type_name, name):
        self.type = type_name
        self.name = name

    def __eq__(self, other):
        return isinstance(other, Word) and self.type == other.type and self.name == other.name

    def __hash__(self):
        return hash((self.type, self.name))

    def __repr__(self):
        return self.name


ACCESS, ON_READ, ON_WRITE = "accesstype", "onreadtype", "onwritetype"
ADDRESSING, PRECEDENCE, INTERRUPT = "addressingtype", "precedencetype", "interrupttype"

WORDS = {}
for _type, _names in ((ACCESS, "rw r w rw1 w1 na"), (ON_READ, "rclr rset ruser"),
                      (ON_WRITE, "woset woclr wot wzs wzc wzt wclr wset wuser"),
                      (ADDRESSING, "compact regalign fullalign"), (PRECEDENCE, "hw sw")):
    for _name in _names.split():
        WORDS[_name] = Word(_type, _name)
WORDS["wr"] = WORDS["rw"]
INTERRUPTS = {name: Word(INTERRUPT, name) for name in ("level", "posedge", "negedge", "bothedge")}


class EnumType:
    __slots__ = ("name", "members", "labels")

    def __init__(self, name):
        self.name = name
        self.members = {}  # name → EnumMember, in order of declaration
        self.labels = {}


class EnumMember:
    __slots__ = ("type", "name", "value", "width")

    def __init__(self, enum_type, name, value, width):
        self.type = enum_type
        self.name = name
        self.value = value
        self.width = width


class StructType:
    __slots__ = ("name", "abstract", "base", "members")

    def __init__(self, name, abstract, base, members):
        self.name = name
        self.abstract = abstract
        self.base = base
        self.members = members  # name → (type, is_array), inherited ones first

    def derives_from(self, other):
        at = self
        while at is not None:
            if at is other:
                return True
            at = at.base
        return False


class StructValue:
    __slots__ = ("type", "members")

    def __init__(self, struct_type, members):
        self.type = struct_type
        self.members = members


class Ref:
    """A reference to an instance; `indices` holds the array indices the source wrote."""

    __slots__ = ("node", "indices")

    def __init__(self, node, indices):
        self.node = node
        self.indices = indices  # node → tuple of int


class PropertyRef:
    """A reference to the output that a property of an instance stands for: `a->anded`."""

    __slots__ = ("ref", "name")

    def __init__(self, ref, name):
        self.ref = ref
        self.name = name


def same(one, other):
    """Equality of two values as the language sees it (True is not 1)."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other))
    if isinstance(one, StructValue) and isinstance(other, StructValue):
        return one.type is other.type and all(same(v, other.members.get(k)) for k, v in one.members.items())
    return one == other
