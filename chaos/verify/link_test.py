#!/usr/bin/env python3
"""The checker of certificates uses nothing of the explorer: no symbol that libchaos.a or libfaults.a defines is used in
its libraries.
usage: link_test.py LIBCHAOS LIBFAULTS LIBRARY..."""
import subprocess
import sys


def main():
    chaos, faults, *checked = sys.argv[1:]
    # "T" only: weak ones are inline functions of shared headers, of which each library has its own copy.
    nm = ["nm", "-C", "--defined-only", chaos, faults]
    own = subprocess.run(nm, capture_output=True, text=True, check=True).stdout
    explorer = {row[19:] for row in own.splitlines() if row[17:18] == "T" and "chaos::" in row}
    for file, known in ((chaos, "chaos::close("), (faults, "chaos::faults::rows(")):
        if not any(s.startswith(known) for s in explorer):
            sys.exit(f"{file}: no {known}) in it: nothing to compare with")
    if not used(chaos) & explorer:
        sys.exit("the explorer seems to use nothing of itself: this test can't fail")
    bad = 0
    for library in checked:
        found = used(library) & explorer
        bad += len(found)
        for symbol in sorted(found):
            print(f"{library}: uses the explorer's {symbol}")
        print(f"{library}: {len(used(library))} symbols used, {len(found)} of the explorer's {len(explorer)}")
    return 1 if bad else 0


def used(library):
    out = subprocess.run(["nm", "-C", "--undefined-only", library], capture_output=True, text=True, check=True).stdout
    return {row[19:] for row in out.splitlines() if row[17:18] == "U"}


if __name__ == "__main__":
    sys.exit(main())
