#!/usr/bin/env python3
"""must_not_compile_test.py [--include DIR[:DIR]]... COMPILER...

Every rule of typed registers, broken on purpose: each planted mistake (BAD == N) must be refused with its own text and
no other error, and the twin without it must compile. Exits 77 if none of the compilers is there."""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def compile_rule(compiler, includes, path, bad):
    command = [compiler, "-std=c++17", "-fsyntax-only", "-fno-exceptions", "-fno-rtti", "-Wall", "-Werror", f"-I{ROOT}",
               *[f"-I{folder}" for folder in includes], f"-DBAD={bad}", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def check(compiler, includes, path):
    """(mistakes refused, what is wrong) of one rule."""
    texts = dict(re.findall(r"^// BAD (\d+): (.*)$", path.read_text(encoding="utf-8"), re.M))
    wrong, refused = [], 0
    twin = compile_rule(compiler, includes, path, 0)
    if twin.returncode != 0:
        wrong.append(f"the twin does not compile:\n{twin.stderr}")
    for bad, text in texts.items():
        result = compile_rule(compiler, includes, path, bad)
        errors = [line for line in result.stderr.splitlines() if re.search(r"\berror:", line)]
        if result.returncode == 0:
            wrong.append(f"BAD == {bad} compiles")
        elif not errors or not all(text in line for line in errors):
            wrong.append(f"BAD == {bad} fails otherwise than with '{text}':\n{result.stderr}")
        else:
            refused += 1
    if not texts:
        wrong.append("it plants no mistake")
    return refused, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("compilers", nargs="+")
    arguments = parser.parse_args()
    includes = [folder for folders in arguments.include for folder in folders.split(":") if folder]
    found = list(dict.fromkeys(path for path in map(shutil.which, arguments.compilers) if path))
    rules, failed = sorted(HERE.glob("*.cpp")), 0
    for compiler in found:
        refused = 0
        for path in rules:
            count, wrong = check(compiler, includes, path)
            refused += count
            failed += len(wrong)
            for what in wrong:
                print(f"{path.name}, {compiler}: {what}")
        print(f"{compiler}: {refused} mistakes refused, {len(rules)} twins")
    if not found:
        print(f"SKIPPED: none of {', '.join(arguments.compilers)} is here; {len(rules)} rules not checked")
        return 77
    return 1 if failed or not rules else 0


if __name__ == "__main__":
    sys.exit(main())
