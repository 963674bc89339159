#!/usr/bin/env python3
"""zero_cost_test.py [--include DIR[:DIR]]... COMPILER

Typed registers cost no instruction: every function of typed.cpp, compiled with -O2, against its twin in plain.cpp.
Prints both counts of every pair. Exits 77 if the compiler or objdump is not there."""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def run(command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}:\n{result.stderr}")
    return result.stdout


def functions(compiler, includes, source, folder):
    """name → instructions, jump targets relative to the function's start."""
    made = str(pathlib.Path(folder) / f"{source.stem}.o")
    run([compiler, "-std=c++17", "-O2", "-fno-exceptions", "-fno-rtti", "-ffunction-sections", f"-I{ROOT}",
         *[f"-I{name}" for name in includes], "-c", str(source), "-o", made])
    found, name = {}, None
    for line in run(["objdump", "-d", "--no-show-raw-insn", "--no-addresses", made]).splitlines():
        label = re.match(r"^<(\w+)>:$", line)
        if label:
            name = label[1]
            found[name] = []
        elif name and line.startswith("\t"):
            found[name].append(re.sub(r"\s+", " ", line.split("#")[0].strip()))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("compiler")
    arguments = parser.parse_args()
    missing = [tool for tool in (arguments.compiler, "objdump") if not shutil.which(tool)]
    if missing:
        print(f"SKIPPED: no {missing[0]} here; the instructions of typed registers were not counted")
        return 77
    includes = [folder for folders in arguments.include for folder in folders.split(":") if folder]
    with tempfile.TemporaryDirectory() as folder:
        typed = functions(arguments.compiler, includes, HERE / "typed.cpp", folder)
        plain = functions(arguments.compiler, includes, HERE / "plain.cpp", folder)
    if not typed or typed.keys() != plain.keys():
        print(f"not the same functions: {sorted(typed.keys() ^ plain.keys()) or 'none at all'}")
        return 1
    identical, more = 0, []
    print(f"{arguments.compiler}: {'function':20} {'typed':>6} {'plain':>6}")
    for name, instructions in typed.items():
        same = instructions == plain[name]
        identical += same
        print(f"{'':{len(arguments.compiler) + 1}} {name:20} {len(instructions):6} {len(plain[name]):6}  "
              f"{'identical' if same else 'differs'}")
        if len(instructions) > len(plain[name]):
            more.append(name)
    total = [sum(map(len, each.values())) for each in (typed, plain)]
    print(f"{arguments.compiler}: {len(typed)} pairs, {identical} identical; {total[0]} instructions typed, "
          f"{total[1]} by hand; more than by hand: {', '.join(more) or 'none'}")
    return 1 if more or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
