"""What the unit tests share: compiling a text, and refusals with the place marked in the text."""

import os
import tempfile

from .compiler import Options, compile_files
from .errors import RdlError

PLACE = "«"

CLASSES = """
property hal_class { type = string; component = field; };
property hal_reason { type = string; component = field; };
"""


def compile_text(text, **options):
    """The description of a text, compiled as one file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "test.rdl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return compile_files([path], Options(**options))


def compile_field(body, instance="f", **options):
    """The description of one field, given its properties."""
    return fields_of(f"reg {{ field {{ {body} }} {instance}; }} x;", **options)[0]


def fields_of(body, **options):
    """The fields of the first register of an address map with this body."""
    return compile_text(f"addrmap top {{ {body} }};", **options)["regs"][0]["fields"]


def addresses(body):
    """name → address of all registers of an address map with this body."""
    return {entry["path"][4:]: entry["addr"] for entry in compile_text(f"addrmap top {{ {body} }};")["regs"]}


def expect_refusal(test, text, construct, **options):
    """The text must be refused at the marked place, naming the construct; gives the error."""
    test.assertEqual(text.count(PLACE), 1, "mark one place")
    before, after = text.split(PLACE)
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    with test.assertRaises(RdlError) as caught:
        compile_text(before + after, **options)
    error = caught.exception
    test.assertEqual((error.line, error.column), (line, column), str(error))
    test.assertEqual(error.construct, construct, str(error))
    test.assertRegex(str(error), r"^[^\n]+:\d+:\d+: error: [^\n]+ \([^\n]+\); [^\n]+$")
    return error
