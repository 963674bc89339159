"""Expressions and their values. Integers follow Verilog: the widest operand sets the width."""

from .errors import RdlError
from .lexer import MAX_WIDTH
from .values import EnumMember, EnumType, PropertyRef, Ref, StructType, StructValue


class Expression:
    __slots__ = ("token",)

    def width(self, scope):
        """Bits this operand asks for in its context."""
        return 64

    def value(self, scope, width=64):
        raise NotImplementedError

    def integer(self, scope, width=None):
        """The value as an unsigned integer of `width` bits (its own width by default)."""
        if width is None:
            width = self.width(scope)
        value = self.value(scope, width)
        if isinstance(value, EnumMember):
            value = value.value
        if not isinstance(value, int):
            raise RdlError(self.token, "a number is needed here", "expression", "use an integer value")
        return int(value)


class Literal(Expression):
    __slots__ = ("_value", "_width")

    def __init__(self, token, value, width):
        self.token, self._value, self._width = token, value, width

    def width(self, scope):
        return self._width or 64

    def value(self, scope, width=64):
        return self._value


class EnumLiteral(Expression):
    __slots__ = ("enum", "member")

    def __init__(self, token, enum, member):
        self.token, self.enum, self.member = token, enum, member

    def value(self, scope, width=64):
        enum = scope.type(self.enum)
        if not isinstance(enum, EnumType):
            raise RdlError(self.token, f"enum '{self.enum}' is not declared", "enum", "declare it first")
        if self.member.text not in enum.members:
            raise RdlError(self.member, f"enum '{self.enum}' has no member '{self.member.text}'", "enum",
                           "use one of " + ", ".join(enum.members))
        return enum.members[self.member.text]


class ArrayLiteral(Expression):
    __slots__ = ("items",)

    def __init__(self, token, items):
        self.token, self.items = token, items

    def value(self, scope, width=64):
        return [item.value(scope, max(64, item.width(scope))) for item in self.items]


class StructLiteral(Expression):
    __slots__ = ("struct", "members")

    def __init__(self, token, struct, members):
        self.token, self.struct, self.members = token, struct, members

    def value(self, scope, width=64):
        struct = scope.type(self.struct)
        if not isinstance(struct, StructType):
            raise RdlError(self.token, f"struct '{self.struct}' is not declared", "struct", "declare it first")
        if struct.abstract:
            raise RdlError(self.token, f"struct '{self.struct}' is abstract", "struct", "use a struct derived from it")
        values = {}
        for name, expression in self.members:
            if name.text not in struct.members or name.text in values:
                raise RdlError(name, f"member '{name.text}' is unknown or repeated in struct '{self.struct}'",
                               "struct", "use each of " + ", ".join(struct.members) + " once")
            value_type, is_array = struct.members[name.text]
            value = expression.value(scope, max(64, expression.width(scope)))
            values[name.text] = scope.cast(value, value_type, is_array, expression.token,
                                           f"struct member '{name.text}'")
        missing = [name for name in struct.members if name not in values]
        if missing and values:
            raise RdlError(self.token, f"struct '{self.struct}' is missing {', '.join(missing)}", "struct literal",
                           "give every member a value")
        return StructValue(struct, {name: values[name] for name in struct.members if name in values})


class WidthCast(Expression):
    __slots__ = ("bits", "inside")

    def __init__(self, token, bits, inside):
        self.token, self.bits, self.inside = token, bits, inside

    def width(self, scope):
        bits = self.bits.integer(scope)
        if not 0 < bits <= MAX_WIDTH:
            raise RdlError(self.token, f"a cast to {bits} bits is not possible", "cast", "use a width of at least 1")
        return bits

    def value(self, scope, width=64):
        bits = self.width(scope)
        return self.inside.integer(scope, max(bits, self.inside.width(scope))) & ((1 << bits) - 1)


class TypeCast(Expression):
    __slots__ = ("target", "inside")

    def __init__(self, token, target, inside):
        self.token, self.target, self.inside = token, target, inside

    def width(self, scope):
        return 64 if self.target == "longint" else 1

    def value(self, scope, width=64):
        value = self.inside.integer(scope)
        if self.target == "boolean":
            return value != 0
        return value & ((1 << self.width(scope)) - 1)


class Concatenation(Expression):
    __slots__ = ("parts",)

    def __init__(self, token, parts):
        self.token, self.parts = token, parts

    def width(self, scope):
        if not self.parts:
            raise RdlError(self.token, "nothing to concatenate", "concatenation", "add a value")
        return sum(part.width(scope) for part in self.parts)

    def value(self, scope, width=64):
        texts = [part for part in self.parts if isinstance(part, Literal) and isinstance(part.value(scope), str)]
        if texts:
            values = [part.value(scope) for part in self.parts]
            if not all(isinstance(value, str) for value in values):
                raise RdlError(self.token, "strings and numbers cannot be joined", "concatenation", "use one kind")
            return "".join(values)
        result = 0
        for part in self.parts:
            bits = part.width(scope)
            result = (result << bits) | (part.integer(scope, bits) & ((1 << bits) - 1))
        return result


class Replication(Expression):
    __slots__ = ("count", "inside")

    def __init__(self, token, count, inside):
        self.token, self.count, self.inside = token, count, inside

    def width(self, scope):
        bits = self.count.integer(scope) * self.inside.width(scope)
        if bits > MAX_WIDTH:
            raise RdlError(self.token, "the replication is too wide", "replication", "repeat it less often")
        return bits

    def value(self, scope, width=64):
        self.width(scope)
        result, bits = 0, self.inside.width(scope)
        piece = self.inside.integer(scope)
        for _ in range(self.count.integer(scope)):
            result = (result << bits) | piece
        return result


class Conditional(Expression):
    __slots__ = ("condition", "yes", "no")

    def __init__(self, token, condition, yes, no):
        self.token, self.condition, self.yes, self.no = token, condition, yes, no

    def width(self, scope):
        return max(self.yes.width(scope), self.no.width(scope))

    def value(self, scope, width=64):
        return (self.yes if self.condition.integer(scope) else self.no).value(scope, width)


class Unary(Expression):
    __slots__ = ("operand",)

    def __init__(self, token, operand):
        self.token, self.operand = token, operand

    def width(self, scope):
        return self.operand.width(scope)

    def value(self, scope, width=64):
        value, mask = self.operand.integer(scope, width), (1 << width) - 1
        return {"+": value, "-": -value & mask, "~": ~value & mask}[self.token.text]


class Reduction(Expression):
    """Unary & | ^ and their negations: one bit out of all bits of the operand."""

    __slots__ = ("operand",)

    def __init__(self, token, operand):
        self.token, self.operand = token, operand

    def width(self, scope):
        return 1

    def value(self, scope, width=64):
        bits = self.operand.width(scope)
        value = self.operand.integer(scope)
        operator = self.token.text
        if operator == "!":
            return value == 0
        plain = operator.replace("~", "")
        result = {"&": value == (1 << bits) - 1, "|": value != 0, "^": bin(value).count("1") % 2 == 1}[plain]
        return int(result != ("~" in operator))


class Arithmetic(Expression):
    __slots__ = ("left", "right")

    def __init__(self, token, left, right):
        self.token, self.left, self.right = token, left, right

    def width(self, scope):
        return max(self.left.width(scope), self.right.width(scope))

    def value(self, scope, width=64):
        left, right = self.left.integer(scope, width), self.right.integer(scope, width)
        operator, mask = self.token.text, (1 << width) - 1
        if operator in "/%" and right == 0:
            raise RdlError(self.token, "division by zero", "expression", "correct the divisor")
        if operator == "+":
            result = left + right
        elif operator == "-":
            result = left - right
        elif operator == "*":
            result = left * right
        elif operator == "/":
            result = left // right
        elif operator == "%":
            result = left % right
        elif operator == "&":
            result = left & right
        elif operator == "|":
            result = left | right
        elif operator == "^":
            result = left ^ right
        else:
            result = ~(left ^ right)
        return result & mask


class Shift(Expression):
    """Shifts and powers: only the left operand takes part in the width."""

    __slots__ = ("left", "right")

    def __init__(self, token, left, right):
        self.token, self.left, self.right = token, left, right

    def width(self, scope):
        return self.left.width(scope)

    def value(self, scope, width=64):
        left, right, mask = self.left.integer(scope, width), self.right.integer(scope), (1 << width) - 1
        if self.token.text == ">>":
            return left >> min(right, width)
        if self.token.text == "<<":
            return (left << right) & mask if right < width else 0
        return pow(left, right, mask + 1)


class Comparison(Expression):
    __slots__ = ("left", "right")

    def __init__(self, token, left, right):
        self.token, self.left, self.right = token, left, right

    def width(self, scope):
        return 1

    def value(self, scope, width=64):
        operator = self.token.text
        if operator == "&&":
            return self.left.integer(scope) != 0 and self.right.integer(scope) != 0
        if operator == "||":
            return self.left.integer(scope) != 0 or self.right.integer(scope) != 0
        bits = max(self.left.width(scope), self.right.width(scope))
        left, right = self.left.value(scope, bits), self.right.value(scope, bits)
        left = left.value if isinstance(left, EnumMember) else left
        right = right.value if isinstance(right, EnumMember) else right
        if operator in ("==", "!="):
            return (left == right) == (operator == "==")
        if not isinstance(left, int) or not isinstance(right, int):
            raise RdlError(self.token, "only numbers have an order", "expression", "compare numbers")
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


class Reference(Expression):
    """A parameter (with members and indices), an instance, or a property of an instance."""

    __slots__ = ("path", "property")

    def __init__(self, token, path, property_token):
        self.token, self.path, self.property = token, path, property_token

    def width(self, scope):
        found = scope.element(self.token.text)
        if found is not None and found.is_parameter and len(self.path) == 1 and not self.path[0][1]:
            return found.width
        return 64

    def value(self, scope, width=64):
        found = scope.element(self.token.text)
        if found is None:
            raise RdlError(self.token, f"'{self.token.text}' is not declared", "reference", "declare it before its use")
        if found.is_parameter:
            return self._parameter(scope, found.value)
        ref = self._instance(scope, found.value)
        if self.property is None:
            return ref
        scope.check_property_reference(ref, self.property)
        return PropertyRef(ref, self.property.text)

    def _parameter(self, scope, value):
        if self.property is not None:
            raise RdlError(self.property, "a parameter has no properties", "property reference", "name an instance")
        for position, (name, indices) in enumerate(self.path):
            if position:
                if not isinstance(value, StructValue) or name.text not in value.members:
                    raise RdlError(name, f"there is no struct member '{name.text}'", "reference", "correct the name")
                value = value.members[name.text]
            for index in indices:
                at = index.integer(scope)
                if not isinstance(value, list) or at >= len(value):
                    raise RdlError(index.token, f"index {at} is out of range", "array index", "correct the index")
                value = value[at]
        return value

    def _instance(self, scope, node):
        chosen = {}
        for position, (name, indices) in enumerate(self.path):
            if position:
                child = node.child(name.text)
                if child is None:
                    raise RdlError(name, f"'{node.name}' has no instance '{name.text}'", "reference",
                                   "correct the name")
                node = child
            numbers = tuple(index.integer(scope) for index in indices)
            expected = node.dimensions or ()
            if len(numbers) != len(expected):
                raise RdlError(name, f"'{name.text}' needs {len(expected)} array indices, not {len(numbers)}",
                               "reference", "correct the indices")
            if any(at >= size for at, size in zip(numbers, expected)):
                raise RdlError(name, f"an index of '{name.text}' is out of range", "reference", "correct the index")
            if numbers:
                chosen[node] = numbers
        return Ref(node, chosen)


def binary(token, left, right):
    if token.text in ("<<", ">>", "**"):
        return Shift(token, left, right)
    if token.text in ("+", "-", "*", "/", "%", "&", "|", "^", "~^", "^~"):
        return Arithmetic(token, left, right)
    return Comparison(token, left, right)


def unary(token, operand):
    return (Unary if token.text in ("+", "-", "~") else Reduction)(token, operand)
