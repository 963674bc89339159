"""Where something stands in the source, and the one error type of the compiler."""

from bisect import bisect_right


class Source:
    """One input file; turns offsets into line and column only when somebody asks."""

    __slots__ = ("path", "text", "_starts")

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self._starts = None

    def line_column(self, offset):
        if self._starts is None:
            starts = [0]
            find = self.text.find
            at = find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = find("\n", at + 1)
            self._starts = starts
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


class RdlError(Exception):
    """A refusal: where, what is wrong, which construct it is, what to do about it."""

    def __init__(self, token, what, construct, advice):
        super().__init__(what)
        self.path, self.line, self.column = locate(token)
        self.what = what
        self.construct = construct
        self.advice = advice

    def __str__(self):
        text = (f"{self.path}:{self.line}:{self.column}: error: "
                f"{self.what} ({self.construct}); {self.advice}")
        return " ".join(text.split())


def locate(token):
    """(path, line, column) of a token; None stands for the command line."""
    if token is None:
        return "<command line>", 1, 1
    line, column = token.source.line_column(token.offset)
    return token.source.path, line, column
