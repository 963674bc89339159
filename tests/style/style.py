#!/usr/bin/env python3
"""style.py ROOT: what a formatter cannot see: file and line length, tabs, guards, paths of one machine, the top level.

Prints what it checked; exits 1 on a finding, 2 when there was nothing to check."""
import re
import subprocess
import sys
from pathlib import Path

CODE = {".c", ".cpp", ".h", ".hpp", ".py", ".sh", ".cmake", ".rdl", ".sv", ".v"}
TEXT = CODE | {".md", ".json", ".txt", ".in", ".yml", ".toml"}
SKIPPED_FOLDERS = {".git", ".cache", "__pycache__", "corpora"}
TOP_LEVEL = set("""
    CMakeLists.txt CMakePresets.json README.md LICENSE CONTRIBUTING.md dev
    hal transports chaos properties fuzz replay tests docs
""".split())

MAX_LINES = 400
MAX_COLUMNS = 120
MAX_TABLE_COLUMNS = 200   # a Markdown table cannot be wrapped
REASON = re.compile(r"^\s*(//|#|\*) length: \S+")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:root|work|farm|home/\w+|Users/\w+)/|/tmp/(?:wt|research)\b")


def listed(root):
    """The project's files, relative to root: what git would commit; without git, what lies there."""
    git = subprocess.run(["git", "-C", str(root), "ls-files", "-coz", "--exclude-standard"], capture_output=True)
    if git.returncode == 0:
        names = [name for name in git.stdout.decode().split("\0") if name]
    else:
        names = [p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()]
        names = [n for n in names if not n.startswith("build")]
    return sorted({n for n in names if not SKIPPED_FOLDERS & set(n.split("/")) and (root / n).is_file()})


def is_code(name, text):
    return Path(name).suffix in CODE or name.endswith("CMakeLists.txt") or text.startswith("#!")


def check_file(name, text):
    """Yields (line number, problem)."""
    suffix = Path(name).suffix
    lines = text.split("\n")
    if text and not text.endswith("\n"):
        yield len(lines), "no newline at the end of the file; add one"
    elif text.endswith("\n\n"):
        yield len(lines) - 1, "blank lines at the end of the file; remove them"
    for number, line in enumerate(lines, 1):
        limit = MAX_TABLE_COLUMNS if suffix == ".md" and line.startswith("|") else MAX_COLUMNS
        if len(line) > limit and suffix != ".json" and "://" not in line:
            yield number, f"{len(line)} columns; break the line at {limit}"
        if "\t" in line:
            yield number, "a tab; use spaces"
        if line != line.rstrip():
            yield number, "space at the end of the line; remove it"
        if MACHINE_PATH.search(line):
            yield number, "a path of one particular machine; make it relative or configurable"
    if suffix == ".hpp" and "#pragma once" not in lines:
        yield 1, "no include guard; add #pragma once"
    if suffix == ".h" and "#pragma once" not in lines and "#ifndef" not in text:
        yield 1, "no include guard; add #pragma once"
    if is_code(name, text) and len(lines) - 1 > MAX_LINES and not any(REASON.match(l) for l in lines[:20]):
        yield MAX_LINES, f"{len(lines) - 1} lines; split it, or say why near its top: 'length: reason'"


def check(root):
    """Returns (findings, number of files, number of lines)."""
    found, files, count = [], 0, 0
    for name in listed(root):
        top = name.split("/")[0]
        if top not in TOP_LEVEL and not top.startswith("."):
            found.append(f"{name}:1: '{top}' does not belong at the top level; see docs/architecture.md")
        if name == "LICENSE" or (Path(name).suffix not in TEXT and name not in ("dev", ".ci/run")):
            continue
        text = (root / name).read_text(encoding="utf-8", errors="replace")
        files += 1
        count += text.count("\n")
        found += [f"{name}:{number}: {problem}" for number, problem in check_file(name, text)]
    return found, files, count


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    found, files, count = check(Path(arguments[0]).resolve())
    print("\n".join(found), end="\n" if found else "")
    print(f"style: {files} files, {count} lines, {len(found)} findings")
    if not count:
        print(f"style: {arguments[0]}: no text files found; is this the repository root?", file=sys.stderr)
        return 2
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
