#!/usr/bin/env python3
"""skew.py --build BUILD [NAME...]: seeded bugs of a new version, each of which a rehearsal has to find.

A patch of skew/ says at its head what the mistake is (`bug`), what else the rehearsal is told (`run`), which oracle has
to report it (`plain`: the update fails without any trouble) and what it has to say (`says`). The old version is always
the previous release (previous.patch), the new one is the library as it is with the patch in it. First each update is
rehearsed without any patch: that has to survive.

    skew.py --build BUILD --release previous.patch -o FILE      only builds a library

Exit codes: 0 all found, 1 some missed, 2 usage, 3 some can't be tried.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "mutants"))
from building import library, patched_sources   # noqa: E402
from patches import Broken   # noqa: E402


class Patch:
    def __init__(self, path):
        self.path, self.name, text = path, path.stem, path.read_text()
        head = dict(re.findall(r"^# (\w+): ?(.*)$", text, re.M))
        self.bug, self.run = head.get("bug", ""), head.get("run", "")
        self.oracle, self.says = head.get("oracle", ""), head.get("says", "")
        self.files = re.findall(r"^\+\+\+ b/(\S+)", text, re.M)


def build_library(path, build, folder):
    patch = Patch(path)
    folder.mkdir(parents=True, exist_ok=True)
    return library(patch, build, folder, patched_sources(patch, folder))


def rehearse(build, old, new, *more):
    """(exit code, takeovers and recoveries judged, {oracle: (id, what)}) of a rehearsal at 1/8."""
    command = [build / "chaos/reconverge", "rehearse", "update", "--old", old, "--scale", "1/8", "--threads", "1",
               "--json", *(more if "--only" in more else ("--only", "matrix", "--every", "16", *more))]
    done = subprocess.run([str(c) for c in command] + (["--new", str(new)] if new else []), capture_output=True,
                          text=True, check=False)
    if done.returncode not in (0, 1):
        raise Broken(f"the rehearsal fails: {done.stderr.strip() or done.returncode}")
    found, runs = {}, 0
    for part in json.loads(done.stdout)["parts"]:
        runs += part.get("counts", {}).get("runs", 0)
        for loss in part["losses"]:
            for finding in loss["findings"]:
                found.setdefault(finding["oracle"], (loss["id"], finding["what"]))
    return done.returncode, runs, found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="patches of skew/ (default: all)")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--release", type=pathlib.Path, help="build a library with this patch, and nothing else")
    parser.add_argument("-o", dest="out", type=pathlib.Path, help="with --release: the file to write")
    args = parser.parse_args()
    build = args.build.resolve()
    with tempfile.TemporaryDirectory(prefix="skew-") as folder:
        folder = pathlib.Path(folder)
        if args.release:
            made = build_library(args.release.resolve(), build, folder)
            args.out.parent.mkdir(parents=True, exist_ok=True)
            whole = args.out.with_suffix(".new")
            whole.write_bytes(made.read_bytes())
            whole.replace(args.out)
            return 0
        return hunt(args, build, folder)


def hunt(args, build, folder):
    paths = {p.stem: p for p in sorted((HERE / "skew").glob("*.patch"))}
    unknown = [name for name in args.names if name not in paths]
    if unknown:
        print(f"skew: no patch '{unknown[0]}'; there are: {', '.join(paths)}", file=sys.stderr)
        return 2
    previous = build_library(HERE / "previous.patch", build, folder / "previous")
    patches = [Patch(paths[name]) for name in args.names or paths]
    print(f"{'version bug':28} {'':7} {'oracle':12} where: what it says")
    for more in sorted({p.run for p in patches}):
        code, runs, found = rehearse(build, previous, None, *more.split())
        print(f"{'(none)':28} {'':7} {'-':12} {runs:,} takeovers and recoveries survive {more}".rstrip(), flush=True)
        if code != 0 or runs == 0:
            print(f"skew: the update without any bug ({more or 'one intent'}) is lost: {found}", file=sys.stderr)
            return 3
    missed = 0
    for patch in patches:
        try:
            new = build_library(patch.path, build, folder / patch.name)
            _, _, found = rehearse(build, previous, new, *patch.run.split())
        except Broken as reason:
            print(f"{patch.name:28} BROKEN {reason}")
            return 3
        where, says = found.get(patch.oracle, ("", ""))
        hit = bool(patch.says) and patch.says in says
        missed += 0 if hit else 1
        print(f"{patch.name:28} {'found' if hit else 'MISSED':7} {patch.oracle:12} {where}: {says if hit else found}",
              flush=True)
    print(f"{len(patches) - missed} of {len(patches)} version bugs found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
