#!/usr/bin/env python3
"""sysroot.py ARCHITECTURE FOLDER PACKAGE...: unpacks Debian packages of another architecture below FOLDER.

What a cross build links besides the compiler's own C and C++ libraries; the system's packages are left alone. What is
there already isn't fetched again. Exits 77 where the packages can't be had."""
import fcntl
import shutil
import sys
from pathlib import Path

from private_apt import Apt, Unavailable, run

NOT_HERE = 77


def main(architecture, folder, packages):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stamp, wanted = folder / "packages", " ".join(packages)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return 0
        try:
            shutil.rmtree(folder / "usr", ignore_errors=True)
            apt = Apt(folder / "apt", architecture)
            apt.update()
            for package in apt.fetch(packages):
                run("dpkg-deb", "-x", package, folder)
        except (Unavailable, OSError) as problem:
            print(f"sysroot: {problem}", file=sys.stderr)
            return NOT_HERE
        stamp.write_text(wanted)
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
