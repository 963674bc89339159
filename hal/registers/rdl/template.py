"""The small part of embedded Perl that SystemRDL files use: integer variables, `for` loops, values.

`<% $n = 4; %>`, `<% for ($i = 0; $i < $n; $i += 2) { %> ... <% } %>` and `<%= $i + 1 %>`. Anything
else is refused. The lexer calls it, so that a loop is a jump and every token keeps its place.
"""

import re

from .errors import RdlError

_WORD = re.compile(r"\s*(\$\w+|\d+|\+\+|--|\+=|-=|\*=|<=|>=|==|!=|&&|\|\||[-+*/%<>=!(){};]|for\b|my\b|#[^\n]*)")
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"))
_STEPS_LIMIT = 20_000


class Template:
    """Variables live as long as the compilation; loops as long as their file."""

    def __init__(self):
        self._variables = {}
        self._steps = 0

    def run(self, code, token, loops, after):
        """Executes one `<% %>`; gives the offset where reading goes on. `after` is the end of the block."""
        self._steps += 1
        if self._steps > _STEPS_LIMIT:
            raise _refuse(token, "it loops without end", "correct the loop's condition")
        reader = _Reader(code, token, self._variables)
        while not reader.at_end():
            if reader.accept("}"):
                if not loops:
                    raise _refuse(token, "'}' closes no loop", "remove it")
                resumed = self._repeat(token, loops)
                if resumed is not None:
                    return resumed
            elif reader.accept("for"):
                return self._loop(reader, token, loops, after)
            else:
                reader.assignment()
                reader.accept(";")
        return after

    def evaluate(self, code, token):
        """Text of a `<%= %>`."""
        reader = _Reader(code, token, self._variables)
        value = reader.expression(0)
        reader.accept(";")
        reader.require_end()
        return str(value)

    def _loop(self, reader, token, loops, after):
        reader.expect("(")
        reader.assignment()
        reader.expect(";")
        condition = reader.skip_to(";")
        step = reader.skip_to(")")
        reader.expect("{")
        reader.require_end()
        if not self._holds(condition, token):
            raise _refuse(token, "the loop never runs", "remove it")
        loops.append((condition, step, after, token))
        return after

    def _repeat(self, token, loops):
        condition, step, start, begin = loops[-1]
        reader = _Reader(step, begin, self._variables)
        reader.assignment()
        if self._holds(condition, begin):
            return start
        loops.pop()
        return None

    def _holds(self, condition, token):
        return bool(_Reader(condition, token, self._variables).expression(0))


class _Reader:
    """Words of one piece of code, with the variables at hand."""

    def __init__(self, code, token, variables):
        self.token = token
        self.variables = variables
        self.words = []
        at = 0
        while code[at:].strip():
            found = _WORD.match(code, at)
            if found is None:
                raise _refuse(token, f"'{code[at:].split()[0]}' is not supported", "use integers, = and for only")
            at = found.end()
            if not found.group(1).startswith("#"):
                self.words.append(found.group(1))
        self.at = 0

    def at_end(self):
        return self.at >= len(self.words)

    def peek(self):
        return "" if self.at_end() else self.words[self.at]

    def take(self):
        word = self.peek()
        self.at += 1
        return word

    def accept(self, word):
        if self.peek() == word:
            self.at += 1
            return True
        return False

    def expect(self, word):
        if not self.accept(word):
            raise _refuse(self.token, f"expected '{word}' but found '{self.peek()}'", "correct it")

    def require_end(self):
        if not self.at_end():
            raise _refuse(self.token, f"'{self.peek()}' is not supported here", "close the block before it")

    def skip_to(self, closing):
        words = []
        while self.peek() != closing:
            if self.at_end():
                self.expect(closing)
            words.append(self.take())
        self.take()
        return " ".join(words)

    def assignment(self):
        self.accept("my")
        name = self.take()
        if not name.startswith("$"):
            raise _refuse(self.token, f"'{name}' is not supported", "use integers, = and for only")
        operator = self.take()
        if operator in ("++", "--"):
            self.variables[name] = self._get(name) + (1 if operator == "++" else -1)
        elif operator == "=":
            self.variables[name] = self.expression(0)
        elif operator in ("+=", "-=", "*="):
            self.variables[name] = self._operate(operator[0], self._get(name), self.expression(0))
        else:
            raise _refuse(self.token, f"'{name} {operator}' is not supported", "assign an integer")

    def expression(self, level):
        if level == len(_LEVELS):
            return self._operand()
        value = self.expression(level + 1)
        while self.peek() in _LEVELS[level]:
            operator = self.take()
            value = self._operate(operator, value, self.expression(level + 1))
        return value

    def _operand(self):
        word = self.take()
        if word.isdigit():
            return int(word)
        if word.startswith("$"):
            return self._get(word)
        if word == "(":
            value = self.expression(0)
            self.expect(")")
            return value
        if word == "-":
            return -self._operand()
        if word == "!":
            return int(not self._operand())
        raise _refuse(self.token, f"'{word}' is not a value", "use an integer or a variable")

    def _get(self, name):
        if name not in self.variables:
            raise _refuse(self.token, f"variable '{name}' has no value", "assign it first")
        return self.variables[name]

    def _operate(self, operator, left, right):
        if operator in "/%" and (right == 0 or (operator == "/" and left % right)):
            raise _refuse(self.token, f"{left} {operator} {right} is not an integer", "use integers only")
        return int({"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right,
                    "/": lambda: left // right, "%": lambda: left % right, "<": lambda: left < right,
                    "<=": lambda: left <= right, ">": lambda: left > right, ">=": lambda: left >= right,
                    "==": lambda: left == right, "!=": lambda: left != right,
                    "&&": lambda: bool(left and right), "||": lambda: bool(left or right)}[operator]())


def _refuse(token, what, advice):
    return RdlError(token, "embedded Perl: " + what, "embedded Perl", advice)
