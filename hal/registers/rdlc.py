#!/usr/bin/env python3
"""SystemRDL compiler: register descriptions in, one canonical JSON file out."""

import argparse
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from rdl.compiler import Options, compile_files  # noqa: E402
from rdl.errors import RdlError  # noqa: E402
from rdl.export import to_text  # noqa: E402

_EXAMPLES = """examples:
  rdlc.py heron.rdl --strict -o heron.json          compile a chip under the full rule set
  rdlc.py a.rdl b.rdl --top soc -o soc.json         several files, later ones last
  rdlc.py heron.rdl --param SCALE=8 -o small.json   override a parameter of the top
  rdlc.py foreign.rdl --include inc -D FAST=1 -o -  write to standard output

A refusal is one line, FILE:LINE:COLUMN: error: WHAT (CONSTRUCT); WHAT TO DO, with exit code 2.
"""


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="rdlc.py", description=__doc__, epilog=_EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", help="SystemRDL source, in order of dependence")
    parser.add_argument("--include", "-I", action="append", default=[], metavar="DIR", help="search here for includes")
    parser.add_argument("--define", "-D", action="append", default=[], metavar="NAME[=V]", help="define a macro")
    parser.add_argument("--top", metavar="NAME", help="the address map to elaborate (default: the last one)")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="parameter of the top")
    parser.add_argument("--strict", action="store_true",
                        help="the rules of our own chip: no unguarded shared fields, every storage bit classified")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--require-classification", action="store_true", help="classification also without --strict")
    group.add_argument("--no-classification-check", action="store_true", help="no classification, even with --strict")
    parser.add_argument("-o", "--output", required=True, metavar="OUT.json", help="the result ('-': standard output)")
    return parser.parse_args(arguments)


def write_whole(path, text):
    """Writes beside the target and renames: nobody ever sees half a file."""
    if path == "-":
        sys.stdout.write(text)
        return
    folder = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(prefix=".rdlc-", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def main(arguments=None):
    options = parse_arguments(arguments)
    classification = options.require_classification or (options.strict and not options.no_classification_check)
    try:
        description = compile_files(options.files, Options(options.include, options.define, options.top,
                                                           options.param, options.strict, classification))
        write_whole(options.output, to_text(description))
    except RdlError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{options.output}:1:1: error: cannot write: {error.strerror} (output file); "
              "choose a folder that exists and is writable", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
