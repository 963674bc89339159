#!/usr/bin/env python3
"""Pages of docs/ that `reconverge` generates are what it prints today. usage: docs_test.py RECONVERGE"""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = {"left-out.md": ["left-out", "--markdown"]}


def main():
    program = sys.argv[1]
    stale = 0
    for page, arguments in PAGES.items():
        printed = subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout
        rows = printed.count("\n|")
        if rows < 3:
            sys.exit(f"{page}: the program prints no table: nothing to compare")
        kept = (ROOT / "docs" / page).read_text() if (ROOT / "docs" / page).exists() else ""
        if kept == printed:
            print(f"docs/{page}: current, {rows} rows")
            continue
        stale += 1
        print(f"docs/{page}: not current; run: reconverge {' '.join(arguments)} > docs/{page}")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
