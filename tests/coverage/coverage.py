#!/usr/bin/env python3
"""coverage.py BUILD [--json]: which lines and branches of hal/ the tests of a build of preset coverage have run, by
folder, and every line that none has run. docs/coverage.md says why those that are left can't be.

Exit code: 0 done, 1 less than the goals or a line without a reason, 3 nothing was counted."""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
REASONS = ROOT / "docs/coverage.md"
GOAL_LINES, GOAL_BRANCHES = 95, 85   # percent
REASON = re.compile(r"^\| `(hal/[^`]+)` \| `` ?(.+?) ?`` \| (.+) \|$", re.M)


class Counts:
    """What was run, by file of hal/: times by line, and times by (line, number of the branch)."""

    def __init__(self):
        self.lines = collections.defaultdict(collections.Counter)
        self.branches = collections.defaultdict(collections.Counter)

    def add(self, told, root=ROOT):
        """One object's account as gcov gives it. The same line of several objects, and of several instances of a
        template, is one line."""
        for entry in told["files"]:
            path = (pathlib.Path(told["current_working_directory"]) / entry["file"]).resolve()
            if not path.is_relative_to(root / "hal") or path.name.endswith("_test.cpp") or "_test." in path.name:
                continue
            name = str(path.relative_to(root))
            for line in entry["lines"]:
                number = line["line_number"]
                self.lines[name][number] += line["count"]
                ways = [b for b in line["branches"] if not b["throw"]]
                for k, branch in enumerate(ways):
                    self.branches[name][number, k] += branch["count"]

    def never(self, name):
        return sorted(number for number, times in self.lines[name].items() if times == 0)


def share(counter):
    """How many were run, and of how many."""
    return sum(1 for times in counter.values() if times), len(counter)


def gcov(build):
    notes = sorted((build / "hal/CMakeFiles").rglob("*.gcno"))
    if not any(note.with_suffix(".gcda").exists() for note in notes):
        raise FileNotFoundError(f"{build}: no test of preset coverage was run there; ./dev test --preset coverage")
    counts = Counts()
    for note in notes:
        said = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", str(note)],
                              capture_output=True, text=True, check=True, cwd=build)
        for line in said.stdout.splitlines():
            counts.add(json.loads(line))
    return counts


def folder(name):
    parts = pathlib.Path(name).parts
    return "/".join(parts[:3] if parts[1] == "blocks" else parts[:2])


def table(counts):
    """(folder, lines run, lines, branches taken, branches), the sum last."""
    rows = collections.defaultdict(lambda: [0, 0, 0, 0], hal=[0, 0, 0, 0])
    for name, lines in counts.lines.items():
        part = [*share(lines), *share(counts.branches[name])]
        for row in (rows[folder(name)], rows["hal"]):
            row[:] = [a + b for a, b in zip(row, part)]
    whole = rows.pop("hal")
    return [*((name, *row) for name, row in sorted(rows.items())), ("hal", *whole)]


def percent(part, whole):
    return 100 * part / whole if whole else 100.0


def unexplained(counts, reasons, source=lambda name: (ROOT / name).read_text().splitlines()):
    """Lines never run without a reason, as (file, line, text), and reasons for lines that are run or gone."""
    given = {(name, text) for name, text, _ in REASON.findall(reasons)}
    used, left = set(), []
    for name in sorted(counts.lines):
        text = source(name)
        for number in counts.never(name):
            line = text[number - 1].strip()
            if (name, line) in given:
                used.add((name, line))
            else:
                left.append((name, number, line))
    return left, sorted(given - used)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="build/coverage")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        counts = gcov(args.build.resolve())
    except FileNotFoundError as reason:
        print(f"coverage: {reason}", file=sys.stderr)
        return 3
    rows = table(counts)
    left, idle = unexplained(counts, REASONS.read_text() if REASONS.exists() else "")
    _, run, lines, taken, branches = rows[-1]
    low = percent(run, lines) < GOAL_LINES or percent(taken, branches) < GOAL_BRANCHES
    if args.json:
        keys = ("folder", "lines_run", "lines", "branches_taken", "branches")
        print(json.dumps({"folders": [dict(zip(keys, row)) for row in rows], "never_run": left, "idle_reasons": idle}))
        return int(low or bool(left))
    print(f"{'':24} {'lines run':>16} {'':>6} {'branches taken':>16}")
    for name, run, lines, taken, branches in rows:
        print(f"{name:24} {run:>7,} of {lines:>5,} {percent(run, lines):>5.1f} % {taken:>7,} of {branches:>5,} "
              f"{percent(taken, branches):>5.1f} %")
    for name, number, text in left:
        print(f"{name}:{number}: never run: {text}")
    for name, text in idle:
        print(f"docs/coverage.md: gives a reason for a line that is run, or gone; remove it: {name}: {text}")
    if low:
        print(f"coverage: below the goals ({GOAL_LINES} % of lines, {GOAL_BRANCHES} % of branches)", file=sys.stderr)
    return int(low or bool(left))


if __name__ == "__main__":
    sys.exit(main())
