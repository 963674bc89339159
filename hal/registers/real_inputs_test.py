#!/usr/bin/env python3
"""Compares the compiler with what the official one says about SystemRDL that nobody here wrote.

Every register, field and property of Caliptra and of every example with known facts; and the error
files must be refused. The inputs are not part of this project: RECONVERGE_DATA names their folder.
"""

import argparse
import glob
import gzip
import json
import os
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from rdl.compiler import Options, compile_files  # noqa: E402
from rdl.errors import RdlError  # noqa: E402

SKIPPED = 77
EXPECTED_REGISTERS, EXPECTED_FIELDS, ERROR_FILES = 2502, 3419, 15
_ADDITIONS = ("udp", "desc", "name", "props", "title", "storage", "class", "alias")


class Counts:
    def __init__(self):
        self.registers = self.fields = self.properties = self.set = self.memories = self.blocks = 0

    def add(self, other):
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def __str__(self):
        return (f"{self.registers} registers, {self.fields} fields, {self.properties} properties "
                f"({self.set} non-zero/set), {self.memories} memories, {self.blocks} blocks")


def compare_entries(where, actual, expected, keys, counts, differences):
    for key in keys:
        counts.properties += 1
        if expected.get(key) not in (None, False, 0):
            counts.set += 1
        if actual.get(key) != expected.get(key) or type(actual.get(key)) is not type(expected.get(key)):
            differences.append(f"{where}: {key} is {actual.get(key)!r}, should be {expected.get(key)!r}")


def compare_lists(what, actual, expected, label, differences):
    """Pairs entries by position; says so when the lists do not have the same members."""
    names, wanted = [entry[label] for entry in actual], [entry[label] for entry in expected]
    if names != wanted:
        missing = [name for name in wanted if name not in names][:3]
        extra = [name for name in names if name not in wanted][:3]
        differences.append(f"{what}: {len(names)} instead of {len(wanted)}; missing {missing}, extra {extra}")
        return []
    return list(zip(actual, expected))


def compare(actual, expected):
    """(counts, differences) of one compiled file."""
    counts, differences = Counts(), []
    compare_entries("top", actual, expected, ("top", "size"), counts, differences)
    for register, wanted in compare_lists("registers", actual["regs"], expected["regs"], "path", differences):
        counts.registers += 1
        keys = sorted((set(register) | set(wanted)) - {"fields", *_ADDITIONS})
        compare_entries(wanted["path"], register, wanted, keys, counts, differences)
        pairs = compare_lists(wanted["path"], register["fields"], wanted["fields"], "name", differences)
        for field, facts in pairs:
            counts.fields += 1
            keys = sorted((set(field) | set(facts)) - set(_ADDITIONS)) + ["name"]
            compare_entries(f"{wanted['path']}.{facts['name']}", field, facts, keys, counts, differences)
    memories = [node for node in actual["nodes"] if node["kind"] == "mem"]
    for memory, wanted in compare_lists("memories", memories, expected["mems"], "path", differences):
        counts.memories += 1
        compare_entries(wanted["path"], memory, wanted, sorted(wanted), counts, differences)
    blocks = [node for node in actual["nodes"] if node["kind"] in ("addrmap", "regfile")][1:]
    for block, wanted in compare_lists("blocks", blocks, expected["blocks"], "path", differences):
        counts.blocks += 1
        compare_entries(wanted["path"], block, wanted, sorted(wanted), counts, differences)
    return counts, differences


def load(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def run(title, files, expected, options):
    """Compiles and compares; prints one line, or the first differences."""
    start = time.perf_counter()
    try:
        counts, differences = compare(compile_files(files, options), expected)
    except RdlError as error:
        print(f"FAILED  {title}: refused: {error}")
        return Counts(), False
    seconds = time.perf_counter() - start
    verdict = "FAILED " if differences or not counts.registers + counts.memories else "ok     "
    print(f"{verdict} {title}: {counts} in {seconds:.2f} s")
    for line in differences[:8]:
        print(f"          {line}")
    if len(differences) > 8:
        print(f"          ... {len(differences)} differences in all")
    return counts, verdict == "ok     "


def caliptra(folder):
    base = os.path.join(folder, "caliptra-rtl")
    with open(os.path.join(folder, "caliptra-order.txt"), encoding="utf-8") as file:
        files = [os.path.join(base, line.strip()) for line in file if line.strip()]
    expected = load(os.path.join(folder, "expected_caliptra_clp.json.gz"))
    counts, good = run("caliptra", files, expected, Options(top="clp"))
    if (counts.registers, counts.fields) != (EXPECTED_REGISTERS, EXPECTED_FIELDS):
        print(f"FAILED  caliptra has {EXPECTED_REGISTERS} registers and {EXPECTED_FIELDS} fields")
        good = False
    return counts, good


def examples(folder):
    total, failed = Counts(), 0
    base = os.path.join(folder, "systemrdl-compiler")
    sources = {}
    for path in sorted(glob.glob(os.path.join(base, "examples", "*.rdl")) +
                       glob.glob(os.path.join(base, "test", "rdl_src", "*.rdl"))):
        sources[os.path.basename(path)[:-4]] = path
    facts = sorted(glob.glob(os.path.join(folder, "expected", "*.json.gz")))
    for path in facts:
        name = os.path.basename(path)[:-8]
        expected = load(path)
        counts, good = run(name, [sources[name]], expected, Options(top=expected["top"]))
        total.add(counts)
        failed += not good
    return total, len(facts), failed


def refusals(folder):
    paths = sorted(glob.glob(os.path.join(folder, "systemrdl-compiler", "test", "rdl_err_src", "*.rdl")))
    refused = 0
    for path in paths:
        try:
            compile_files([path])
            print(f"FAILED  {os.path.basename(path)}: compiled, should be refused")
        except RdlError as error:
            refused += 1
            print(f"refused {os.path.relpath(str(error), folder)}")
    return refused, len(paths)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--require-data", action="store_true", help="fail, do not skip, without the data folder")
    arguments = parser.parse_args()
    default = os.path.join(HERE, "..", "..", "..", "shared", "data")
    folder = os.path.join(os.environ.get("RECONVERGE_DATA", default), "rdl")
    if not os.path.isdir(folder):
        print(f"SKIPPED: no data at {os.path.normpath(folder)} (set RECONVERGE_DATA); not checked: Caliptra "
              f"({EXPECTED_REGISTERS} registers, {EXPECTED_FIELDS} fields), the examples, {ERROR_FILES} error files")
        return 1 if arguments.require_data or os.environ.get("RECONVERGE_REQUIRE_DATA") else SKIPPED
    counts, good = caliptra(folder)
    total, files, failed = examples(folder)
    refused, error_files = refusals(folder)
    print(f"caliptra: {counts}")
    print(f"examples: {files - failed} of {files} files match; {total}")
    print(f"error files: {refused} of {error_files} refused")
    complete = good and failed == 0 and refused == error_files and error_files >= ERROR_FILES
    measured = counts.properties and counts.set and total.properties and total.set and files
    return 0 if complete and measured else 1


if __name__ == "__main__":
    sys.exit(main())
