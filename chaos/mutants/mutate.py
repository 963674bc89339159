#!/usr/bin/env python3
"""Seeded bugs: each patch is a realistic mistake in the HAL that passes a plain boot and must be caught.

A patch is applied to a copy of the sources, only what it touches is compiled, and the result is linked with the
untouched objects into a mutant libhal.so, which the unchanged harness then drives. Head lines of a patch:
    # bug: what the mistake is and who made it in real life
    # run: arguments of `reconverge chaos` that find it
    # oracle: the oracle that must report it
Each mutant first boots without any fault and is judged by all oracles: one that fails there is BROKEN, for a test on
the bench would have found it, too.
Exit code: 0 all found, 1 some missed, 2 wrong arguments, 3 some broken or none tried.
"""
import argparse
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PLAIN_BOOT = "boot@1/8@{}:-"  # the run that no kill precedes, replayed with all oracles
LONGEST_S = 600
ORACLES = ("completes", "delivers", "same_end", "undisturbed", "lawful", "planned", "idempotent", "bounded")


class Broken(Exception):
    """The mutant could not be tried: that is no find."""


def read_patch(path):
    text = path.read_text()
    head = dict(re.findall(r"^# (bug|run|oracle): (.*)$", text, re.M))
    missing = {"bug", "run", "oracle"} - head.keys()
    if missing:
        raise Broken(f"{path.name}: no '# {sorted(missing)[0]}:' line at its head; add one")
    if head["oracle"] not in ORACLES:
        raise Broken(f"{path.name}: no oracle '{head['oracle']}'; one of {', '.join(ORACLES)}")
    head["files"] = re.findall(r"^\+\+\+ b/(\S+)", text, re.M)
    return head


def compile_commands(build):
    entries = json.loads((build / "compile_commands.json").read_text())
    return {str(pathlib.Path(e["file"])): e for e in entries if "hal_objects" in e.get("output", e["command"])}


def build_mutant(patch, files, build, folder):
    """A libhal.so with the patch in it; unpatched objects are the product's own."""
    source = folder / "source"
    shutil.copytree(ROOT / "hal", source / "hal", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(["patch", "-p1", "-s", "-d", str(source), "-i", str(patch)], capture_output=True, text=True)
    if done.returncode:
        raise Broken(f"{patch.name}: does not apply ({done.stdout.strip().splitlines()[0]}); refresh it")
    commands = compile_commands(build)
    if not commands:
        raise Broken(f"{build}: no compile commands of libhal there; build first")
    touched_header = any(not f.endswith(".cpp") for f in files)
    objects = []
    for file, entry in sorted(commands.items()):
        words = shlex.split(entry["command"])
        at = words.index("-o")
        obj = pathlib.Path(entry["directory"]) / words[at + 1]
        relative = pathlib.Path(file).relative_to(ROOT) if file.startswith(str(ROOT / "hal")) else None
        if relative is not None and (touched_header or str(relative) in files):
            obj = folder / (str(relative).replace("/", "_") + ".o")
            words = [w for w in words if not w.startswith(("-MF", "-MT")) and w not in ("-MD",)
                     and not w.endswith(".o.d") and not w.endswith("ccache")]
            words = [str(source) if w == str(ROOT) else w.replace(f"-I{ROOT}", f"-I{source}", 1)
                     if w == f"-I{ROOT}" else w for w in words]
            words = [w for i, w in enumerate(words) if not (w.endswith(".cpp.o") and words[i - 1] != "-o")]
            at = words.index("-o")
            words[at + 1] = str(obj)
            words[words.index("-c") + 1] = str(source / relative)
            made = subprocess.run(words, capture_output=True, text=True, cwd=entry["directory"])
            if made.returncode:
                first = next((line for line in made.stderr.splitlines() if "error" in line), "?")
                raise Broken(f"{patch.name}: does not compile ({first})")
        objects.append(str(obj))
    library = folder / "libhal.so"
    compiler = shlex.split(next(iter(commands.values()))["command"])
    compiler = next(w for w in compiler if not w.endswith("ccache"))
    subprocess.run([compiler, "-shared", "-o", str(library), *objects], check=True)
    return library


def chaos(build, arguments, library):
    """Exit code and output of `reconverge chaos`; a harness that can't measure is no find."""
    words = [str(build / "chaos/reconverge"), "chaos", *arguments, "--hal", str(library)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        raise Broken(f"'{shlex.join(arguments)}' takes more than {LONGEST_S} s; give it a smaller run") from None
    if done.returncode not in (0, 1):
        raise Broken((done.stderr.strip() or f"exit code {done.returncode} without a message").splitlines()[-1])
    return done


def boots_plainly(build, arguments, library):
    """Raises if a boot without faults, over the link that the run uses, already shows the mistake."""
    link = arguments[arguments.index("--link") + 1] if "--link" in arguments else "spi"
    try:
        done = chaos(build, ["--repro", PLAIN_BOOT.format(link)], library)
    except Broken as reason:
        raise Broken(f"fails a plain boot: {reason}") from None
    if done.returncode:
        lost = next((line for line in done.stdout.splitlines() if line.startswith("Lost")), done.stdout.strip())
        raise Broken(f"fails a plain boot: {lost}")


def oracles_that_fired(result):
    return sorted({f["oracle"] for part in result["parts"] for loss in part["losses"] for f in loss["findings"]})


def example(result, oracle):
    """One loss in words and how to see it again; prefers the expected oracle."""
    losses = [(f["oracle"] != oracle, loss["id"], f) for part in result["parts"] for loss in part["losses"]
              for f in loss["findings"]]
    if not losses:
        return None
    _, repro, finding = min(losses, key=lambda entry: entry[0])
    return {"id": repro, "oracle": finding["oracle"], "what": finding["what"]}


def try_mutant(patch, build):
    head = read_patch(patch)
    arguments = shlex.split(head["run"])
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        library = build_mutant(patch, head["files"], build, pathlib.Path(folder))
        boots_plainly(build, arguments, library)
        built = time.monotonic()
        result = json.loads(chaos(build, [*arguments, "--json"], library).stdout)
    fired = oracles_that_fired(result)
    return {"name": patch.stem, "bug": head["bug"], "run": head["run"], "plain_boot": "ok", "expected": head["oracle"],
            "fired": fired, "found": head["oracle"] in fired, "example": example(result, head["oracle"]),
            "build_seconds": round(built - start, 1), "run_seconds": round(time.monotonic() - built, 1)}


def worth(results):
    """Of each oracle: how many mutants it reports, and how many nobody else does."""
    fired = [r["fired"] for r in results if r["found"]]
    return {o: {"reports": sum(o in f for f in fired), "alone": sum(f == [o] for f in fired)} for o in ORACLES}


def line(r):
    if "broken" in r:
        return f"BROKEN  {r['name']:34} {r['broken']}"
    return (f"{'found' if r['found'] else 'MISSED':7} {r['name']:34} boot ok, expected {r['expected']:11} fired: "
            f"{', '.join(r['fired']) or 'none'} ({r['build_seconds']} + {r['run_seconds']} s)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="example: mutate.py --build build/default noc_shadow_is_active --verbose")
    parser.add_argument("names", nargs="*", help="mutants (default: all)")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a build folder with its reconverge")
    parser.add_argument("--patches", type=pathlib.Path, default=HERE, help="folder of other mutants")
    parser.add_argument("--some", metavar="K/N", help="every N-th mutant from the K-th on, to spread them over runs")
    parser.add_argument("--verbose", action="store_true", help="also say what the mistake is and one way it shows")
    parser.add_argument("--json", action="store_true", help="for machines")
    args = parser.parse_args()
    build = args.build.resolve()
    if not (build / "chaos/reconverge").exists():
        print(f"mutate: no {build}/chaos/reconverge; build the target reconverge first", file=sys.stderr)
        return 3
    if shutil.which("patch") is None:
        print("mutate: no program 'patch'; install it (Debian: apt-get install patch)", file=sys.stderr)
        return 3
    patches = sorted(args.patches.resolve().glob("*.patch"))
    if args.names:
        by_name = {p.stem: p for p in patches}
        unknown = [n for n in args.names if n not in by_name]
        if unknown:
            print(f"mutate: no mutant '{unknown[0]}'; see {args.patches}/*.patch", file=sys.stderr)
            return 2
        patches = [by_name[n] for n in args.names]
    if args.some:
        if not re.fullmatch(r"\d+/[1-9]\d*", args.some):
            print(f"mutate: --some {args.some}: use K/N, as in 2/5", file=sys.stderr)
            return 2
        first, step = map(int, args.some.split("/"))
        patches = patches[first % step::step]
    results = []
    for patch in patches:
        try:
            results.append(try_mutant(patch, build))
        except Broken as reason:
            results.append({"name": patch.stem, "broken": str(reason), "found": False})
        if not args.json:
            print(line(results[-1]), flush=True)
            if args.verbose and results[-1].get("example"):
                e = results[-1]["example"]
                print(f"        {e['oracle']}: {e['what']}\n        {results[-1]['bug']}")
    broken = sum("broken" in r for r in results)
    found = sum(r["found"] for r in results)
    if args.json:
        print(json.dumps({"mutants": results, "found": found, "tried": len(results), "broken": broken,
                          "oracles": worth(results)}, indent=1))
    else:
        print("reported by " + ", ".join(f"{o} {w['reports']}" + (f" ({w['alone']} by it alone)" if w["alone"] else "")
                                         for o, w in worth(results).items()))
        print(f"{found} of {len(results)} mutants found, {len(results) - found - broken} missed, {broken} broken")
    if not results or broken:
        return 3
    return 0 if found == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
