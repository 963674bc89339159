#!/usr/bin/env python3
"""Generates everything that comes from the RDL: typed headers, model tables, decoder tables, the chip, the reference.

One call does it all; files whose content stays the same keep their time, so that only what changed is built again.
"""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from generators import chip, cpp, markdown, model, names, semantics  # noqa: E402
from generators import systemverilog, systemverilog_chip, systemverilog_text  # noqa: E402
from rdl.compiler import Options, compile_files  # noqa: E402
from rdl.errors import RdlError  # noqa: E402


def write(path, text):
    """Whole files only, and only when they change."""
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(text)
    part.replace(path)


def elaborate_chip(args):
    """{scale: the elaborated chip}; one whose address map has no parameter EIGHTHS exists as it is only."""
    name = args.chip.stem
    scales = chip.SCALES if "EIGHTHS" in args.chip.read_text() else chip.SCALES[:1]
    elaborated = {}
    for scale in scales:
        eighths = [f"EIGHTHS={int(scale * 8)}"] if len(scales) > 1 else []
        try:
            elaborated[scale] = compile_files([args.properties, args.chip],
                                              Options([args.blocks], (), name, eighths, True, True))
        except RdlError as error:
            error.what += f" (at scale {scale})" if eighths else ""   # at others there may be room enough
            raise
    return elaborated


def title_of(elaborated):
    """What people call the chip: the `name` of its address map."""
    top = next(node for node in elaborated["nodes"] if node["path"] == elaborated["top"])
    return top.get("name") or elaborated["top"]


def write_rtl(out, folder, blocks, chips):
    """One module per block type and one per scale of the chip."""
    missing = [b.name for b in blocks if not (folder / f"{b.name}.svh").exists()]
    if missing:
        raise semantics.Unsupported(f"{folder / missing[0]}.svh: not there; write the RTL's half of {missing[0]}, or "
                                    "leave it empty while its registers do nothing by themselves")
    behaviours = {b.name: (folder / f"{b.name}.svh").read_text() for b in blocks}
    for block in blocks:
        write(out / f"heron_{block.name}.sv", systemverilog.module(block, behaviours[block.name]))
    for scale, elaborated in chips.items():
        write(out / f"scale_{chip.scale_name(scale)}/heron_blocks.sv",
              systemverilog_chip.module(blocks, elaborated, scale))
    write(out / "hand_written.hpp", systemverilog_text.hand_written(blocks, behaviours))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--properties", type=pathlib.Path, required=True, help="hal_properties.rdl")
    parser.add_argument("--blocks", type=pathlib.Path, required=True, help="the folder of the blocks' rooms")
    parser.add_argument("--chip", type=pathlib.Path, required=True, help="the chip, NAME.rdl")
    parser.add_argument("--behaviours", type=pathlib.Path,
                        help="the folder of the RTL's hand-written halves, NAME.svh; without it no RTL")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where the generated tree goes")
    args = parser.parse_args()
    try:
        chips = elaborate_chip(args)
        whole = chips[chip.SCALES[0]]
        instances, title = chip.instances(whole), title_of(whole)
        order = list(dict.fromkeys(name for name, _, _ in instances))
        blocks = [semantics.block(compile_files([args.properties, args.blocks / name / f"{name}.rdl"],
                                                Options((), (), name, (), True, True))) for name in order]
        system = chip.services(blocks[0], len(instances))
        for block in blocks:
            write(args.out / "hal/registers" / f"{block.name}.hpp", cpp.header(block))
        write(args.out / "hal/chip/types.hpp", chip.header(blocks))
        write(args.out / "hal/chip/chip.cpp", chip.source(blocks, chips))
        write(args.out / "hal/registers/names.cpp", names.tables(blocks, whole["top"], title, system))
        write(args.out / "transports/model/tables.cpp", model.tables(blocks))
        if args.behaviours:
            write_rtl(args.out / "transports/dpi/rtl", args.behaviours, blocks, chips)
        write(args.out / "docs/registers.md", markdown.reference(title, blocks, instances))
    except (RdlError, semantics.Unsupported) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
