#!/usr/bin/env python3
"""architecture.py ROOT: includes point one way, and libhal's code includes only what needs no heap, threads or streams.

Prints what it checked; exits 1 on a violation, 2 when there was nothing to check."""
import re
import sys
from pathlib import Path

# A folder may include itself and those before it.
LAYERS = ["hal", "transports", "replay", "chaos", "properties", "fuzz", "tests"]
SUFFIXES = {".c", ".cpp", ".h", ".hpp", ".inc"}

# What code in hal/ may include besides hal/ itself. Longer only with a reason: the audit of libhal.a has the last word.
HAL_HEADERS = set("""
    algorithm array climits cstddef cstdint cstring initializer_list iterator limits new numeric optional string_view
    tuple type_traits utility variant stdbool.h stddef.h stdint.h tl/expected.hpp
""".split())

INCLUDE = re.compile(r'^\s*#\s*include\b\s*(?:([<"])([^>"]+)[>"])?')
TEST_CODE = re.compile(r"_(test|bench)\.(cpp|hpp|c|h)$|(^|/)must_not_compile/")


def includes(path):
    """Yields (line number, bracket, name); name is None for an include through a macro."""
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1], match[2]


def violation(file, bracket, name):
    """What is wrong with `#include name` in file (relative to the root), or None."""
    if name is None:
        return "an include through a macro cannot be checked; name the header"
    layer = file.split("/")[0]
    target = name.split("/")[0]
    if target in LAYERS:
        if LAYERS.index(target) > LAYERS.index(layer):
            return f'{layer}/ may not include "{name}": includes point {" <- ".join(LAYERS)}'
        return None
    if bracket == '"' or name.startswith("."):
        return f'"{name}" is not written from the repository root; start with one of {", ".join(LAYERS)}'
    if layer == "hal" and not TEST_CODE.search(file) and name not in HAL_HEADERS:
        allowed = " ".join(sorted(HAL_HEADERS))
        return f"<{name}> is not for libhal (no heap, threads, streams, exceptions); allowed: {allowed}"
    return None


def check(root):
    """Returns (violations, number of files, number of includes)."""
    found, files, count = [], 0, 0
    for layer in LAYERS:
        for path in sorted((root / layer).rglob("*")):
            if path.suffix not in SUFFIXES or not path.is_file():
                continue
            files += 1
            file = path.relative_to(root).as_posix()
            for number, bracket, name in includes(path):
                count += 1
                problem = violation(file, bracket, name)
                if problem:
                    found.append(f"{file}:{number}: {problem}")
    return found, files, count


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    found, files, count = check(Path(arguments[0]))
    print("\n".join(found), end="\n" if found else "")
    print(f"architecture: {files} files, {count} includes, {len(found)} violations")
    if not count:
        print(f"architecture: {arguments[0]}: no includes found; is this the repository root?", file=sys.stderr)
        return 2
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
