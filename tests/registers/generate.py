#!/usr/bin/env python3
"""generate.py: what the tests of the register tables need: the kinds block as production code would see it, and the
compiler's JSON of every block for the naive interpreter."""
import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "hal/registers"))

import build  # noqa: E402
from generators import cpp, model, semantics, systemverilog  # noqa: E402
from rdl.compiler import Options, compile_files  # noqa: E402
from rdl.export import to_text  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where the generated tree goes")
    out = parser.parse_args().out / "tests/registers"
    properties = ROOT / "hal/registers/hal_properties.rdl"
    sources = {"kinds": ROOT / "tests/registers/kinds.rdl"}
    sources.update((room.name, room / f"{room.name}.rdl") for room in sorted((ROOT / "hal/blocks").iterdir()))
    for name, path in sources.items():
        described = compile_files([properties, path], Options((), (), name, (), True, True))
        folder = "kinds_json" if name == "kinds" else "heron_json"
        build.write(out / folder / f"{name}.json", to_text(described))
        if name == "kinds":
            block = semantics.block(described)
            build.write(out / "kinds.hpp", cpp.header(block))
            build.write(out / "kinds_tables.cpp", model.tables([block]))
            build.write(out / "heron_kinds.sv", systemverilog.module(block, ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
