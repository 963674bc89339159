"""Recursive descent over the tokens of one file: components, instances, assignments, types."""

from . import syntax
from .errors import RdlError
from .expression_parser import ExpressionParser
from .lexer import END, IDENTIFIER, KEYWORDS, STRING, string_value
from .values import INTERRUPTS

COMPONENTS = ("field", "reg", "regfile", "addrmap", "signal", "mem")
# What may be declared inside what (SystemRDL 2.0, 8.1 to 13.3).
CHILDREN = {
    "field": ("signal",),
    "signal": (),
    "reg": ("field", "signal"),
    "regfile": ("field", "reg", "regfile", "signal"),
    "mem": ("field", "reg"),
    "addrmap": COMPONENTS,
    None: COMPONENTS,
}
_PROPERTY_KEYWORDS = ("sw", "hw", "rclr", "rset", "woclr", "woset", "encode")
_NESTING_LIMIT = 64
_MODIFIERS = tuple(INTERRUPTS) + ("nonsticky",)
_NOT_SUPPORTED = {"constraint": "constraint", "bind": "bind"}
_BASIC_TYPES = ("boolean", "string", "bit", "longint", "accesstype", "addressingtype", "onreadtype",
                "onwritetype", "number", "ref") + COMPONENTS


class Parser(ExpressionParser):
    """Gives the list of top-level statements of one token list."""

    _nested = 0

    def parse(self):
        statements = []
        while self.token.kind != END:
            statements.append(self._statement(None))
        return statements

    # ---- statements -------------------------------------------------------------------------

    def _statement(self, kind):
        word = self.token.text if self.token.kind == IDENTIFIER else ""
        if word in COMPONENTS or word in ("external", "internal"):
            return self._component_statement(kind)
        if word == "alias":
            return self._explicit_instances(None)
        if word == "enum":
            return self._enum()
        if word in ("struct", "abstract"):
            return self._struct()
        if word == "property":
            if kind is not None:
                raise self._error("properties are declared at the top level only", "property", "move it out")
            return self._property()
        if word in _NOT_SUPPORTED:
            raise self._error(f"'{word}' is not part of the supported subset", word, "remove it")
        if word == "default" or word in _MODIFIERS:
            return self._assignment()
        if self.token.kind != IDENTIFIER:
            raise self._error(f"unexpected '{self.token.text}'", kind or "top level",
                              "start a declaration, an instance or an assignment here")
        after = self.peek()
        if after.kind == IDENTIFIER or after.text == "#":
            return self._explicit_instances(None)
        if after.text in (".", "->", "["):
            return self._dynamic_assignment()
        if kind is None:
            raise self._error(f"'{word}' cannot stand at the top level", "property assignment",
                              "put it into a component, or write 'default' before it")
        return self._assignment()

    def _component_statement(self, kind):
        start = self.token
        mode = self._mode()
        if self.token.text not in COMPONENTS:
            return self._explicit_instances(mode)
        definition = self._component(kind)
        if mode is None:
            mode = self._mode()
        if self.token.text == ";":
            if mode is not None or definition.name is None:
                raise self._error(f"{definition.kind} is declared but has neither name nor instance",
                                  definition.kind, "give it a name or an instance")
            self.advance()
            return definition
        return self._instances(start, definition, None, mode, None, kind)

    def _mode(self):
        if self.token.text in ("external", "internal") and self.token.kind == IDENTIFIER:
            return self.advance()
        return None

    def _component(self, outer):
        token = self.advance()
        kind = token.text
        self._nested += 1
        if self._nested > _NESTING_LIMIT:
            raise RdlError(token, "components nest too deeply", kind, "flatten them")
        if kind not in CHILDREN[outer]:
            raise RdlError(token, f"{kind} cannot be declared inside {outer}", kind, "move it out")
        name, parameters = None, []
        if self.token.kind == IDENTIFIER:
            name = self.identifier("component type name").text
            if self.token.text == "#":
                parameters = self._parameters()
        self.expect("{", kind)
        body = []
        while self.token.text != "}" or self.token.kind == STRING:
            if self.token.kind == END:
                raise self._error(f"{kind} is never closed", kind, "add '}'")
            body.append(self._statement(kind))
        self.advance()
        self._nested -= 1
        return syntax.ComponentDef(token, kind, name, parameters, body)

    def _parameters(self):
        self.advance()
        self.expect("(", "parameter list")
        parameters = []
        while True:
            type_name = self._type_name()
            name = self.identifier("parameter name")
            is_array = self._array_mark()
            default = self.expression() if self.accept("=") else None
            parameters.append(syntax.ParameterDef(name, type_name, is_array, name.text, default))
            if not self.accept(","):
                break
        self.expect(")", "parameter list")
        return parameters

    def _type_name(self):
        token = self.token
        if token.kind != IDENTIFIER or (token.text in KEYWORDS and token.text not in _BASIC_TYPES):
            raise self._error(f"'{token.text}' is not a type", "type", "name a type")
        self.advance()
        if token.text in ("bit", "longint"):
            self.accept("unsigned")
        return syntax.TypeName(token, token.text)

    def _array_mark(self):
        if not self.accept("["):
            return False
        self.expect("]", "array type")
        return True

    # ---- instances --------------------------------------------------------------------------

    def _explicit_instances(self, mode):
        start = self.token
        alias = None
        if self.accept("alias"):
            alias = self.identifier("aliased register")
        type_token = self.identifier("component type")
        return self._instances(start, None, type_token, mode, alias, None)

    def _instances(self, start, definition, type_token, mode, alias, outer):
        overrides = self._overrides() if self.token.text == "#" else []
        instances = [self._instance(definition)]
        while self.accept(","):
            instances.append(self._instance(definition))
        self.expect(";", "instance")
        return syntax.Instances(start, definition, type_token, mode, alias, overrides, instances)

    def _overrides(self):
        self.advance()
        self.expect("(", "parameter assignment")
        overrides = []
        while True:
            self.expect(".", "parameter assignment")
            name = self.identifier("parameter name")
            if any(name.text == other.text for other, _ in overrides):
                raise RdlError(name, f"parameter '{name.text}' is assigned twice", "parameter assignment", "keep one")
            self.expect("(", "parameter assignment")
            overrides.append((name, self.expression()))
            self.expect(")", "parameter assignment")
            if not self.accept(","):
                break
        self.expect(")", "parameter assignment")
        return overrides

    def _instance(self, definition):
        name = self.identifier("instance name")
        dimensions, bit_range = [], None
        while self.token.text == "[":
            token = self.advance()
            first = self.expression()
            if self.accept(":"):
                if dimensions or bit_range:
                    raise RdlError(token, "a bit range cannot follow another suffix", "bit range", "keep one")
                bit_range = (token, first, self.expression())
            elif bit_range:
                raise RdlError(token, "an array size cannot follow a bit range", "array", "keep one")
            else:
                dimensions.append((token, first))
            self.expect("]", "instance suffix")
        parts = {"=": None, "@": None, "+=": None, "%=": None}
        order = list(parts)
        has_address = definition is None or definition.kind not in ("field", "signal")
        while self.token.text in parts and self.token.kind != STRING:
            token = self.advance()
            if token.text != "=" and not has_address:
                raise RdlError(token, f"a {definition.kind} has no address", f"'{token.text}'", "remove it")
            if parts[token.text] or any(parts[o] for o in order[order.index(token.text):]):
                raise RdlError(token, f"'{token.text}' is repeated or out of order", f"'{token.text}'",
                               "write = @ += %= once each, in this order")
            parts[token.text] = (token, self.expression())
        return syntax.Instance(name, name.text, dimensions, bit_range, parts["="], parts["@"], parts["+="], parts["%="])

    # ---- property assignments ---------------------------------------------------------------

    def _assignment(self):
        is_default = bool(self.accept("default"))
        modifier = self.advance() if self.token.text in _MODIFIERS else None
        name = self._property_name()
        if modifier:
            if name.text != "intr":
                raise RdlError(name, f"'{modifier.text}' goes before 'intr', not '{name.text}'",
                               "interrupt modifier", "write 'intr'")
            if self.token.text == "=":
                raise self._error("a modified 'intr' takes no value", "interrupt modifier", "remove the value")
        value = self._property_value(name)
        self.expect(";", "property assignment")
        return syntax.Assignment(name, name.text, value, is_default, modifier)

    def _property_name(self):
        if self.token.text in _PROPERTY_KEYWORDS and self.token.kind == IDENTIFIER:
            return self.advance()
        return self.identifier("property name")

    def _property_value(self, name):
        if not self.accept("="):
            return None
        if name.text == "encode":
            token = self.identifier("enum name")
            return syntax.EnumName(token, token.text)
        return self.expression()

    def _dynamic_assignment(self):
        path = [self.identifier("instance name")]
        while True:
            if self.token.text == "[":
                raise self._error("an assignment to single elements of an array is not supported",
                                  "dynamic assignment", "assign to the whole array")
            if not self.accept("."):
                break
            path.append(self.identifier("instance name"))
        self.expect("->", "dynamic assignment")
        name = self._property_name()
        value = self._property_value(name)
        self.expect(";", "dynamic assignment")
        return syntax.DynamicAssignment(name, path, name.text, value)

    # ---- types ------------------------------------------------------------------------------

    def _enum(self):
        self.advance()
        name = self.identifier("enum name")
        self.expect("{", "enum")
        entries = []
        while not self.accept("}"):
            entry = self.identifier("enum member")
            value = self.expression() if self.accept("=") else None
            entries.append((entry, value, self._enum_labels()))
            self.expect(";", "enum")
        self.expect(";", "enum")
        if not entries:
            raise RdlError(name, f"enum '{name.text}' has no members", "enum", "add members")
        return syntax.EnumDef(name, name.text, entries)

    def _enum_labels(self):
        labels = {}
        if not self.accept("{"):
            return labels
        while not self.accept("}"):
            label = self.identifier("enum member property")
            if label.text not in ("name", "desc"):
                raise RdlError(label, f"an enum member has no property '{label.text}'", "enum", "use name or desc")
            self.expect("=", "enum member property")
            if self.token.kind != STRING:
                raise self._error("a string is needed here", "enum member property", "write it in quotes")
            labels[label.text] = string_value(self.advance())
            self.expect(";", "enum member property")
        return labels

    def _struct(self):
        abstract = bool(self.accept("abstract"))
        self.expect("struct", "struct")
        name = self.identifier("struct name")
        base = self.identifier("base struct") if self.accept(":") else None
        self.expect("{", "struct")
        members = []
        while not self.accept("}"):
            type_name = self._type_name()
            member = self.identifier("struct member")
            members.append((type_name, self._array_mark(), member))
            self.expect(";", "struct")
        self.expect(";", "struct")
        return syntax.StructDef(name, name.text, abstract, base, members)

    def _property(self):
        self.advance()
        name = self.identifier("property name")
        self.expect("{", "property")
        parts = {}
        while not self.accept("}"):
            attribute = self.advance()
            if attribute.text not in ("type", "component", "default", "constraint") or attribute.text in parts:
                raise RdlError(attribute, f"'{attribute.text}' is unknown or repeated in a property declaration",
                               "property", "use type, component and default once each")
            self.expect("=", "property")
            parts[attribute.text] = self._property_attribute(attribute)
            self.expect(";", "property")
        self.expect(";", "property")
        for needed in ("type", "component"):
            if needed not in parts:
                raise RdlError(name, f"property '{name.text}' has no '{needed}'", "property", f"add '{needed} = ...;'")
        type_name, is_array = parts["type"]
        return syntax.PropertyDef(name, name.text, type_name, is_array, parts["component"],
                                  parts.get("default"), parts.get("constraint"))

    def _property_attribute(self, attribute):
        if attribute.text == "type":
            return self._type_name(), self._array_mark()
        if attribute.text == "default":
            return self.expression()
        if attribute.text == "constraint":
            if self.token.text != "componentwidth":
                raise self._error("the only constraint is 'componentwidth'", "property", "remove it")
            return self.advance()
        components = []
        while True:
            token = self.advance()
            if token.text not in COMPONENTS + ("all",):
                raise RdlError(token, f"'{token.text}' is not a component", "property",
                               "use " + ", ".join(COMPONENTS) + " or all")
            components.append(token.text)
            if not self.accept("|"):
                return components
