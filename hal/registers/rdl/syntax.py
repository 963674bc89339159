"""The syntax tree: what was written, nothing resolved. Expressions have their own file."""


class Node:
    """Base with a constructor from its slots, to keep the classes below readable."""

    __slots__ = ("token",)

    def __init__(self, token, *values):
        self.token = token
        for name, value in zip(self.__slots__, values):
            setattr(self, name, value)


class ComponentDef(Node):
    __slots__ = ("kind", "name", "parameters", "body")


class ParameterDef(Node):
    __slots__ = ("type", "is_array", "name", "default")


class TypeName(Node):
    """`longint unsigned`, `boolean`, `reg`, or the name of an enum or struct."""

    __slots__ = ("name",)


class Instances(Node):
    """One or more instances of one type; `definition` is set when it is written in place."""

    __slots__ = ("definition", "type_token", "mode", "alias", "overrides", "instances")


class Instance(Node):
    __slots__ = ("name", "dimensions", "range", "reset", "at", "stride", "align")


class Assignment(Node):
    """`name = value;`, also with `default` or an interrupt modifier before it."""

    __slots__ = ("name", "value", "is_default", "modifier")


class DynamicAssignment(Node):
    """`a.b->name = value;`"""

    __slots__ = ("path", "name", "value")


class EnumName(Node):
    """Right side of `encode = name;`"""

    __slots__ = ("name",)


class EnumDef(Node):
    __slots__ = ("name", "entries")  # entries: (name token, value expression or None, {label: text})


class StructDef(Node):
    __slots__ = ("name", "abstract", "base", "members")  # members: (type, is_array, name token)


class PropertyDef(Node):
    __slots__ = ("name", "type", "is_array", "components", "default", "constraint")
