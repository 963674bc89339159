#!/usr/bin/env python3
"""Seeded bugs: each patch is a realistic mistake that passes a plain boot and must be caught.

Each mutant first boots without any fault and is judged by all oracles: one that fails there is BROKEN, for a test on
the bench would have found it, too. Then it runs as its patch says, and the oracle that the patch names must report it.
With --matrix all ways to look are tried on it: which of them find it, by which oracles, where, at what cost.

What was tried before is not tried again while the patch, the files that it changes and the way to look are the same;
--again does.

Exit codes: 0 found, but for those whose patch says why they survive (with --matrix: at least 95 % of all), 1 some
missed, 2 usage or input, 3 some broken, none tried.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

import tables
from building import build_mutant
from methods import METHODS, Hunter
from patches import HERE, Broken, Mutant, rotated

SCORE = 95   # percent of the mutants that the harness has to find


def digest(*parts):
    mixed = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        mixed.update(len(data).to_bytes(8, "little") + data)
    return mixed.hexdigest()[:32]


def key_of(mutant, ways):
    """What is remembered of it is remembered by this."""
    return digest(mutant.text, *mutant.sources(), json.dumps(ways))


def try_mutant(mutant, hunter, build, matrix):
    result = {"name": mutant.name, "room": mutant.room, "bug": mutant.bug, "like": mutant.like, "run": mutant.run,
              "expected": mutant.oracle, "survives": mutant.survives}
    start = time.monotonic()
    link = "pcie" if "pcie" in mutant.run else "spi"
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        program, extra = build_mutant(mutant, build, pathlib.Path(folder))
        hunter.boots(program, extra, link)
        result["plain_boot"] = "ok"
        result["build_seconds"] = round(time.monotonic() - start, 1)
        named = hunter.hunt(program, extra, mutant.run)
        if named["note"]:
            raise Broken(f"'{mutant.run}': {named['note']}")
        result.update(fired=sorted(named["oracles"]), found=mutant.oracle in named["oracles"], cpu=named["cpu"],
                      example=example(named["oracles"], mutant.oracle))
        if matrix:
            result["methods"] = {name: hunter.method(program, extra, name, {mutant.run: named})
                                 for name in METHODS}
            result["found"] = result["found"] or any(m["oracles"] for m in result["methods"].values())
    return result


def example(oracles, wanted):
    """One loss in words and how to see it again; prefers the wanted oracle."""
    if not oracles:
        return None
    oracle = wanted if wanted in oracles else sorted(oracles)[0]
    return {"oracle": oracle, **oracles[oracle]}


class Memory:
    """What earlier runs found, in the build folder."""

    def __init__(self, build, matrix):
        self.path = build / "chaos/mutants" / ("matrix.json" if matrix else "named.json")
        try:
            self.known = json.loads(self.path.read_text())
        except (OSError, ValueError):
            self.known = {}

    def recall(self, key):
        return self.known.get(key)

    def keep(self, key, result):
        self.known[key] = result
        self.path.parent.mkdir(parents=True, exist_ok=True)
        whole = self.path.with_suffix(".new")
        whole.write_text(json.dumps(self.known, indent=1))
        whole.replace(self.path)


def try_all(paths, args, build, tell):
    """Results in the order of `paths`; `tell` sees each as soon as it is there."""
    hunter, memory = Hunter(build), Memory(build, args.matrix)
    ways = METHODS if args.matrix else {}

    def one(path):
        try:
            mutant = Mutant(path)
            key = key_of(mutant, ways)
            known = None if args.again else memory.recall(key)
            if known is not None:
                return {**known, "earlier": True}, None
            return try_mutant(mutant, hunter, build, args.matrix), key
        except Broken as reason:
            return {"name": path.stem, "broken": str(reason), "found": False}, None

    results = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for result, key in pool.map(one, paths):
            if key is not None:
                memory.keep(key, result)
            results.append(result)
            tell(results)
    return results


def chosen(args):
    """The patches asked for; a text for users if there is something wrong with the question."""
    paths = sorted(args.patches.resolve().glob("*.patch"))
    by_name = {p.stem: p for p in paths}
    unknown = [n for n in args.names if n not in by_name]
    if unknown:
        return f"no mutant '{unknown[0]}'; see mutate --list"
    if args.names:
        paths = [by_name[n] for n in args.names]
    if args.rotate:
        paths = rotated(paths, args.rotate)
        if paths is None:
            return f"--rotate {args.rotate}: use N/M as in 2/5, or HEAD/M to go round with the commits"
    return paths


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="reconverge mutate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Examples:\n  reconverge mutate --verbose noc_shadow_is_active\n  reconverge mutate --rotate HEAD/12\n"
               "  reconverge mutate --matrix --html kill-matrix.html")
    parser.add_argument("names", nargs="*", help="mutants (default: all)")
    parser.add_argument("--matrix", action="store_true", help="try every way to look on every mutant")
    parser.add_argument("--rotate", metavar="N/M", help="the N-th of M shares; HEAD/M goes round with the commits")
    parser.add_argument("--again", action="store_true", help="also those that an earlier run has tried unchanged")
    parser.add_argument("--list", action="store_true", help="show them, try nothing")
    parser.add_argument("--verbose", action="store_true", help="also say what the mistake is and one way it shows")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants at a time (default: all cores)")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--html", metavar="FILE", type=pathlib.Path, help="write the kill matrix as one page")
    parser.add_argument("--markdown", metavar="FILE", type=pathlib.Path, help="with --list: write docs/mutants.md")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a build folder with its reconverge")
    parser.add_argument("--patches", type=pathlib.Path, default=HERE, help="folder of other mutants")
    return parser.parse_args(arguments)


def fail(what, code):
    print(f"reconverge mutate: {what}", file=sys.stderr)
    return code


def show(paths, page):
    if page is None:
        tables.print_list(paths)
        return 0
    try:
        page.write_text(tables.markdown(paths))
    except Broken as reason:
        return fail(reason, 3)
    return 0


def main(arguments=None):
    args = parse(arguments)
    build = args.build.resolve()
    if not (build / "chaos/reconverge").exists():
        return fail(f"no {build}/chaos/reconverge; build the target reconverge first", 3)
    missing = next((tool for tool in ("patch", "prlimit", "ninja") if shutil.which(tool) is None), None)
    if missing is not None:
        return fail(f"no program '{missing}'; install it (Debian: patch, util-linux, ninja-build)", 3)
    paths = chosen(args)
    if isinstance(paths, str):
        return fail(paths, 2)
    for file in (args.html, args.markdown):
        if file is not None and not file.resolve().parent.is_dir():
            return fail(f"{file}: no such folder; create it or correct the path", 2)
    if args.markdown is not None and not args.list:
        return fail("--markdown is what --list shows as a page; add --list", 2)
    if args.list:
        return show(paths, args.markdown)
    progress = tables.Progress(len(paths), args)
    results = try_all(paths, args, build, progress.tell)
    progress.end()
    summary = tables.summary(results)
    if args.json:
        print(json.dumps({"mutants": results, **summary}, indent=1))
    else:
        tables.print_end(summary)
    if args.html is not None:
        args.html.write_text(tables.html(results, summary))
    if not results or summary["broken"]:
        return 3
    if args.matrix:
        return 0 if 100 * summary["found"] >= SCORE * summary["tried"] else 1
    return 1 if summary["missed"] else 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)   # `| head` ends it, without a word
    sys.exit(main())
