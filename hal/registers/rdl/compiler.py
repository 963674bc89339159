"""The whole way from files to a description."""

from . import check, export, placement, strict, typenames
from .elaborate import Elaborator
from .errors import RdlError, Source
from .lexer import END, Token
from .parser import Parser
from .preprocessor import Preprocessor


class Options:
    """What the command line can say."""

    def __init__(self, includes=(), defines=(), top=None, parameters=(), strict=False, classification=False):
        self.includes = includes
        self.defines = defines
        self.top = top
        self.parameters = parameters  # "NAME=VALUE" texts
        self.strict = strict
        self.classification = classification


def compile_files(paths, options=None):
    """The description of the top address map; raises RdlError at the first mistake."""
    try:
        return _compile(paths, options or Options())
    except RecursionError:
        raise RdlError(_start_of(paths[-1]), "the input nests too deeply", "input",
                       "flatten its expressions or components") from None


def _compile(paths, options):
    elaborator = Elaborator()
    preprocessor = Preprocessor(options.includes, options.defines)
    for path in paths:
        preprocessor.read_file(path)
        elaborator.add_file(Parser(preprocessor.tokens()).parse())
    closure = _choose_top(elaborator, options.top, paths[-1])
    top = elaborator.top(closure, _overrides(options.parameters, elaborator.root))
    placement.place(top)
    typenames.name_types(top)
    check.check_root(elaborator.root_node)
    check.check(top)
    strict.check_policy(top, options.strict, options.classification)
    _check_unused(elaborator, options)
    return export.describe(top, elaborator.root_node)


def _check_unused(elaborator, options):
    """Definitions without an instance have to be right, too."""
    for node in elaborator.unused():
        if node.kind in ("field", "signal"):
            continue  # nothing says how wide it will be
        placement.place(node)
        check.check(node)
        strict.check_policy(node, options.strict, options.classification)


def _start_of(path):
    return Token(END, "", Source(path, ""), 0)


def _choose_top(elaborator, name, last_path):
    maps = elaborator.address_maps
    if not maps:
        raise RdlError(_start_of(last_path), "the input declares no address map", "addrmap",
                       "declare one at the top level")
    if name is None:
        return maps[-1]
    for closure in maps:
        if closure.definition.name == name:
            return closure
    known = ", ".join(closure.definition.name for closure in maps)
    raise RdlError(None, f"there is no address map '{name}'", "--top", f"use one of {known}")


def _overrides(texts, scope):
    """Parameters from the command line; their values are SystemRDL expressions."""
    overrides = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise RdlError(None, f"'{text}' is not NAME=VALUE", "--param", "write --param NAME=VALUE")
        preprocessor = Preprocessor()
        preprocessor.read_text("<command line>", value)
        expression = Parser(preprocessor.tokens()).expression()
        overrides[name] = (None, expression, scope)
    return overrides
