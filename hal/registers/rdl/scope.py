"""Lexical scopes while elaborating. A name is visible from its declaration on, not before."""

from . import properties
from .errors import RdlError

_EVERYTHING = 1 << 60


class Element:
    """What a name in an expression stands for: a parameter's value or an instance."""

    __slots__ = ("order", "value", "is_parameter", "width")

    def __init__(self, order, value, is_parameter, width):
        self.order = order
        self.value = value
        self.is_parameter = is_parameter
        self.width = width


class Closure:
    """A component definition together with the scope it was written in."""

    __slots__ = ("definition", "scope", "limit", "defaults", "type_name")

    def __init__(self, definition, scope):
        self.definition = definition
        self.scope = scope
        self.limit = scope.order
        self.defaults = scope.defaults
        self.type_name = definition.name


class Scope:
    __slots__ = ("parent", "limit", "order", "elements", "types", "defaults", "own_defaults", "rules")

    def __init__(self, parent, limit, defaults, rules):
        self.parent = parent
        self.limit = limit      # names of the parent declared later than this are not visible
        self.order = 0
        self.elements = {}
        self.types = {}
        self.defaults = defaults  # property → (value, token); never changed in place
        self.own_defaults = set()
        self.rules = rules      # user-defined properties, shared by all scopes

    # ---- lookup -----------------------------------------------------------------------------

    def element(self, name):
        scope, limit = self, _EVERYTHING
        while scope is not None:
            found = scope.elements.get(name)
            if found is not None and found.order < limit:
                return found
            scope, limit = scope.parent, scope.limit
        return None

    def type(self, name):
        scope, limit = self, _EVERYTHING
        while scope is not None:
            found = scope.types.get(name)
            if found is not None and found[0] < limit:
                return found[1]
            scope, limit = scope.parent, scope.limit
        return None

    def rule(self, name, token):
        found = properties.BUILT_IN.get(name) or self.rules.get(name)
        if found is None:
            raise properties.unknown(name, token)
        return found

    # ---- declaration ------------------------------------------------------------------------

    def declare_element(self, name, value, token, is_parameter=False, width=64):
        if name in self.elements:
            raise RdlError(token, f"'{name}' is already declared in this scope", f"'{name}'", "choose another name")
        self.elements[name] = Element(self.order, value, is_parameter, width)
        self.order += 1

    def declare_type(self, name, value, token):
        if name in self.types:
            raise RdlError(token, f"type '{name}' is already declared in this scope", f"type '{name}'",
                           "choose another name")
        self.types[name] = (self.order, value)
        self.order += 1

    def set_default(self, name, value, token, again_is_fine=False):
        if name in self.own_defaults and not again_is_fine:
            raise RdlError(token, f"default '{name}' is already given in this scope", "default", "keep one")
        self.own_defaults.add(name)
        self.defaults = {**self.defaults, name: (value, token)}

    # ---- services for expressions -----------------------------------------------------------

    @staticmethod
    def cast(value, wanted, is_array, token, construct):
        return properties.cast(value, wanted, is_array, token, construct)

    @staticmethod
    def check_property_reference(ref, token):
        outputs = {"field": properties.FIELD_OUTPUTS, "reg": properties.REGISTER_OUTPUTS}.get(ref.node.kind, ())
        if token.text not in outputs:
            raise RdlError(token, f"'{token.text}' of {ref.node.kind} '{ref.node.name}' cannot be referred to",
                           "property reference", "refer to an output property of a field")
