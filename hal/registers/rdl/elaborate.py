"""Runs the syntax tree: definitions become closures, instances become nodes with their properties."""

from . import properties, syntax
from .errors import RdlError
from .properties import UserRule
from .scope import Closure, Scope
from .tree import ADDRESSABLE, Node
from .values import INTERRUPTS, EnumMember, EnumType, PropertyRef, Ref, StructType, StructValue

_INSTANCES = {
    "field": ("signal",), "signal": (),
    "reg": ("field", "signal"),
    "regfile": ("reg", "regfile", "signal"),
    "mem": ("reg",),
    "addrmap": ("reg", "regfile", "mem", "addrmap", "signal"),
    None: ("signal",),
}
_BASIC = ("boolean", "string", "bit", "longint", "number", "ref", "accesstype", "addressingtype", "onreadtype",
          "onwritetype", "field", "reg", "regfile", "addrmap", "signal", "mem")
_DEPTH_LIMIT = 64


class Elaborator:
    """Holds the root scope; `top` elaborates one address map of it."""

    def __init__(self):
        self.root = Scope(None, 0, {}, {})
        self.root_node = Node(None, "", None, None)
        self.root_node.scope = self.root
        self.address_maps = []  # closures, in order
        self._unused = {}  # id of the syntax tree of a definition → its first closure, while nothing uses it
        self._used = set()
        self._depth = 0

    def add_file(self, statements):
        _, dynamic = self._body(self.root_node, statements)
        for target, assignments in _by_target(dynamic):
            _apply(target, assignments)

    def top(self, closure, overrides=None):
        """Elaborates an address map that nothing contains."""
        definition = closure.definition
        self._mark_used(closure)
        node = Node(definition.kind, definition.name, None, definition.token)
        node.external = definition.kind in ("addrmap", "mem")
        self._fill(node, closure, overrides or {})
        _coerce_external(node, None)
        return node

    def unused(self):
        """Elaborates, one after the other, the definitions that nothing instantiates, so that mistakes in
        them are found, too; those that wait for a parameter's value are left out."""
        while self._unused:
            closure = next(iter(self._unused.values()))
            self._mark_used(closure)
            if all(parameter.default is not None for parameter in closure.definition.parameters):
                yield self.top(closure)

    def _mark_used(self, closure):
        self._used.add(id(closure.definition))
        self._unused.pop(id(closure.definition), None)

    # ---- statements -------------------------------------------------------------------------

    def _body(self, node, statements):
        """Runs all statements; the component's own properties count once the body is complete."""
        local = []
        dynamic = []
        for statement in statements:
            handler = _HANDLERS[type(statement)]
            handler(self, node, statement, local, dynamic)
        return local, dynamic

    def _declare_component(self, node, statement, local, dynamic):
        closure = Closure(statement, node.scope)
        if id(statement) not in self._used:
            self._unused.setdefault(id(statement), closure)
        node.scope.declare_type(statement.name, closure, statement.token)
        if node.kind is None and statement.kind == "addrmap":
            self.address_maps.append(closure)
        return closure

    def _instantiate(self, node, statement, local, dynamic):
        scope = node.scope
        if statement.definition is None:
            closure = scope.type(statement.type_token.text)
            if not isinstance(closure, Closure):
                raise RdlError(statement.type_token, f"component type '{statement.type_token.text}' is not declared",
                               "instance", "declare it before its use")
        elif statement.definition.name is not None:
            closure = self._declare_component(node, statement.definition, None, None)
        else:
            closure = Closure(statement.definition, scope)
        kind = closure.definition.kind
        if kind not in _INSTANCES[node.kind]:
            where = f"a {node.kind}" if node.kind else "the top level"
            raise RdlError(statement.instances[0].token, f"a {kind} cannot be instantiated in {where}",
                           f"{kind} instance", "move it out")
        overrides = {}
        for name, expression in statement.overrides:
            overrides[name.text] = (name, expression, scope)
        self._mark_used(closure)
        type_name = closure.type_name or statement.instances[0].name
        for instance in statement.instances:
            child = self._instance(node, closure, instance, statement, overrides)
            child.type_name = type_name

    def _instance(self, node, closure, instance, statement, overrides):
        definition = closure.definition
        child = Node(definition.kind, instance.name, node if node.kind else None, instance.token)
        child.external = _external(definition.kind, statement)
        child.alias_of = self._alias(node, definition.kind, statement)
        _suffixes(child, instance, node.scope)
        self._fill(child, closure, overrides)
        if instance.reset is not None:
            if child.kind != "field":
                raise RdlError(instance.reset[0], f"a {child.kind} has no reset value", "'='", "remove it")
            value = instance.reset[1].value(node.scope, max(64, instance.reset[1].width(node.scope)))
            rule, place = properties.BUILT_IN["reset"], instance.reset[0]
            properties.assign(child, rule, properties.convert(rule, value, "field", place), place)
        node.scope.declare_element(instance.name, child, instance.token)
        node.add(child)
        return child

    def _fill(self, node, closure, overrides):
        """Parameters, body, then properties: inherited defaults, own ones, dynamic ones."""
        definition = closure.definition
        self._depth += 1
        if self._depth > _DEPTH_LIMIT:
            raise RdlError(node.token, "components nest too deeply", definition.kind, "flatten them")
        scope = node.scope = Scope(closure.scope, closure.limit, closure.defaults, self.root.rules)
        node.definition = definition
        self._parameters(node, definition, scope, overrides)
        local, dynamic = self._body(node, definition.body)
        for name, (value, token) in closure.defaults.items():
            rule = scope.rule(name, token)
            if node.kind in rule.components:
                properties.assign(node, rule, properties.convert(rule, value, node.kind, token), token)
        _apply(node, local)
        for target, assignments in _by_target(dynamic):
            _apply(target, assignments)
        self._depth -= 1

    def _parameters(self, node, definition, scope, overrides):
        known = {parameter.name for parameter in definition.parameters}
        for name, (token, _, _) in overrides.items():
            if name not in known:
                raise RdlError(token, f"{definition.kind} '{definition.name}' has no parameter '{name}'",
                               "parameter assignment", "use one of " + (", ".join(sorted(known)) or "none"))
        for parameter in definition.parameters:
            value_type = self._type(parameter.type, scope)
            if parameter.name in overrides:
                token, expression, where = overrides[parameter.name]
            elif parameter.default is not None:
                token, expression, where = parameter.token, parameter.default, scope
            else:
                raise RdlError(node.token, f"parameter '{parameter.name}' has no value", f"{node.kind} instance",
                               f"pass #(.{parameter.name}(...))")
            width = expression.width(where)
            value = expression.value(where, max(64, width))
            value = properties.cast(value, value_type, parameter.is_array, token, f"parameter '{parameter.name}'")
            if _holds_reference(value):
                raise RdlError(token, f"parameter '{parameter.name}' would hold a reference to an instance",
                               "parameter", "refer to the instance where the property is assigned")
            scope.declare_element(parameter.name, value, parameter.token, True, width if value_type == "bit" else 64)
            node.parameters.append((parameter, value))

    def _alias(self, node, kind, statement):
        if statement.alias is None:
            return None
        primary = node.child(statement.alias.text)
        if primary is None or primary.kind != "reg" or primary.alias_of is not None or kind != "reg":
            raise RdlError(statement.alias, f"'{statement.alias.text}' is not a register of this scope that "
                           "can have an alias", "alias", "alias a register, with a register")
        return primary

    # ---- property assignments ---------------------------------------------------------------

    def _assignment(self, node, statement, local, dynamic):
        scope, token = node.scope, statement.token
        if statement.modifier is not None:
            modifier = statement.modifier
            word = ("stickybit", False) if modifier.text == "nonsticky" else ("intr type", INTERRUPTS[modifier.text])
            pairs = [("intr", True, modifier), word + (modifier,)]
        else:
            pairs = [(statement.name, _right_side(statement.value, scope), token)]
        for name, value, place in pairs:
            scope.rule(name, place)
            if statement.is_default:
                scope.set_default(name, value, place, statement.modifier is not None)
            else:
                local.append((name, value, place))

    def _dynamic_assignment(self, node, statement, local, dynamic):
        scope, target = node.scope, node
        for position, name in enumerate(statement.path):
            child = target.child(name.text)
            if child is None:
                raise RdlError(name, f"there is no instance '{name.text}' here", "dynamic assignment",
                               "correct the path")
            if position:
                target.dynamic_children.add(name.text)
            target = child
        rule = scope.rule(statement.name, statement.token)
        if not rule.dynamic:
            raise RdlError(statement.token, f"property '{statement.name}' cannot be assigned dynamically",
                           "dynamic assignment", "assign it inside the component")
        target.dynamic_properties.add(statement.name)
        dynamic.append((target, (statement.name, _right_side(statement.value, scope), statement.token)))

    # ---- types ------------------------------------------------------------------------------

    def _type(self, type_name, scope):
        if type_name.name in _BASIC:
            return type_name.name
        found = scope.type(type_name.name)
        if not isinstance(found, (EnumType, StructType)):
            raise RdlError(type_name.token, f"type '{type_name.name}' is not declared", "type", "declare it first")
        return found

    def _enum(self, node, statement, local, dynamic):
        enum, following, used = EnumType(statement.name), 0, set()
        for entry, expression, labels in statement.entries:
            width = 64
            if expression is not None:
                width = expression.width(node.scope)
                following = expression.integer(node.scope)
            if entry.text in enum.members or following in used:
                raise RdlError(entry, f"member '{entry.text}' repeats a name or value", "enum", "make it unique")
            used.add(following)
            enum.members[entry.text] = EnumMember(enum, entry.text, following, width)
            enum.labels[entry.text] = labels
            following += 1
        node.scope.declare_type(statement.name, enum, statement.token)

    def _struct(self, node, statement, local, dynamic):
        base, members = None, {}
        if statement.base is not None:
            base = node.scope.type(statement.base.text)
            if not isinstance(base, StructType):
                raise RdlError(statement.base, f"struct '{statement.base.text}' is not declared", "struct",
                               "declare it first")
            members.update(base.members)
        for type_name, is_array, name in statement.members:
            if name.text in members:
                raise RdlError(name, f"member '{name.text}' is already declared", "struct", "choose another name")
            members[name.text] = (self._type(type_name, node.scope), is_array)
        struct = StructType(statement.name, statement.abstract, base, members)
        node.scope.declare_type(statement.name, struct, statement.token)

    def _property(self, node, statement, local, dynamic):
        rules = self.root.rules
        if statement.name in rules or statement.name in properties.BUILT_IN:
            raise RdlError(statement.token, f"property '{statement.name}' already exists", "property",
                           "choose another name")
        value_type, default = self._type(statement.type, self.root), None
        if statement.default is not None:
            expression = statement.default
            value = expression.value(self.root, max(64, expression.width(self.root)))
            default = properties.cast(value, value_type, statement.is_array, expression.token, "property default")
        rules[statement.name] = UserRule(statement.name, statement.components, value_type, statement.is_array,
                                         default, statement.token)


_HANDLERS = {
    syntax.ComponentDef: Elaborator._declare_component,
    syntax.Instances: Elaborator._instantiate,
    syntax.Assignment: Elaborator._assignment,
    syntax.DynamicAssignment: Elaborator._dynamic_assignment,
    syntax.EnumDef: Elaborator._enum,
    syntax.StructDef: Elaborator._struct,
    syntax.PropertyDef: Elaborator._property,
}


def _holds_reference(value):
    if isinstance(value, StructValue):
        return any(map(_holds_reference, value.members.values()))
    if isinstance(value, list):
        return any(map(_holds_reference, value))
    return isinstance(value, (Ref, PropertyRef))


def _right_side(value, scope):
    if value is None:
        return None
    if isinstance(value, syntax.EnumName):
        enum = scope.type(value.name)
        if not isinstance(enum, EnumType):
            raise RdlError(value.token, f"enum '{value.name}' is not declared", "encode", "declare it first")
        return enum
    return value.value(scope, max(64, value.width(scope)))


def _by_target(dynamic):
    targets = {}
    for target, assignment in dynamic:
        targets.setdefault(id(target), (target, []))[1].append(assignment)
    return targets.values()


def _apply(node, assignments):
    """Assigns properties written in one scope: each once, no two that exclude each other."""
    seen, groups = set(), {}
    for name, value, token in assignments:
        rule = node.scope.rule(name, token)
        if name in seen and name != "intr":
            raise RdlError(token, f"property '{name}' is already assigned in this scope", f"property '{name}'",
                           "keep one")
        seen.add(name)
        if rule.group:
            other = groups.setdefault(rule.group, name)
            if other != name:
                raise RdlError(token, f"properties '{other}' and '{name}' exclude each other", f"property '{name}'",
                               "keep one")
        properties.check_target(rule, node.kind, token)
        properties.assign(node, rule, properties.convert(rule, value, node.kind, token), token)


def _coerce_external(node, coerced):
    """A regfile that says internal or external says it for everything in it (12.2-f)."""
    if node.kind in ("reg", "regfile") and coerced is not None:
        node.external = coerced
    elif node.kind == "regfile":
        coerced = node.external
    elif node.kind != "reg":
        coerced = None
    for child in node.children:
        _coerce_external(child, coerced)


def _external(kind, statement):
    mode = statement.mode.text if statement.mode is not None else None
    if kind in ("field", "signal"):
        if mode is not None:
            raise RdlError(statement.mode, f"a {kind} cannot be {mode}", f"{kind} instance", "remove the word")
        return None
    if kind == "mem":
        if mode != "external":
            raise RdlError(statement.token, "a mem must be external", "mem instance", "write 'external' before it")
        return True
    if kind == "addrmap":
        if mode == "internal":
            raise RdlError(statement.mode, "an addrmap is always external", "addrmap instance", "remove the word")
        return True
    if kind == "regfile":
        return None if mode is None else mode == "external"
    return mode == "external"


def _suffixes(node, instance, scope):
    """Array size, bit range and address operators of one instance."""
    def number(part, least, what):
        token, expression = part
        value = expression.integer(scope)
        if value < least or value >= 1 << 63:
            raise RdlError(token, f"{what} of {value} is not possible", f"{node.kind} instance '{node.name}'",
                           f"use at least {least}")
        return value

    addressable = node.kind in ADDRESSABLE
    for part, name in ((instance.at, "@"), (instance.stride, "+="), (instance.align, "%=")):
        if part is not None and not addressable:
            raise RdlError(part[0], f"a {node.kind} has no address", f"'{name}'", "remove it")
    if not addressable:
        if len(instance.dimensions) > 1:
            raise RdlError(instance.dimensions[1][0], f"a {node.kind} has one size only", "array", "keep one")
        if instance.dimensions:
            node.width = number(instance.dimensions[0], 1, "a width")
        if instance.range is not None:
            token, first, second = instance.range
            if node.kind == "signal":
                raise RdlError(token, "a signal takes a size, not a bit range", "bit range", "write [size]")
            node.msb = number((token, first), 0, "a bit position")
            node.lsb = number((token, second), 0, "a bit position")
        return
    if instance.range is not None:
        raise RdlError(instance.range[0], f"a {node.kind} has no bit range", "bit range", "write an array size")
    if instance.at is not None and instance.align is not None:
        raise RdlError(instance.align[0], "'@' and '%=' exclude each other", "'%='", "keep one")
    if instance.stride is not None and not instance.dimensions:
        raise RdlError(instance.stride[0], "'+=' needs an array", "'+='", "remove it or add an array size")
    if instance.at is not None:
        node.address = number(instance.at, 0, "an address")
    if instance.align is not None:
        node.align = number(instance.align, 1, "an alignment")
    if instance.dimensions:
        node.dimensions = [number(part, 1, "an array size") for part in instance.dimensions]
    if instance.stride is not None:
        node.stride = number(instance.stride, 1, "a stride")
