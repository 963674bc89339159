#!/usr/bin/env python3
"""Seeded bugs: each patch is a realistic mistake in the HAL that passes a plain boot and must be caught.

A patch is applied to a copy of the sources, only what it touches is compiled, and the result is linked with the
untouched objects into a mutant libhal.so, which the unchanged harness then drives. Head lines of a patch:
    # bug: what the mistake is and who made it in real life
    # run: arguments of `reconverge chaos` that find it
    # oracle: the oracle that must report it
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

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Broken(Exception):
    """The mutant could not be tried: that is no find."""


def read_patch(path):
    text = path.read_text()
    head = dict(re.findall(r"^# (bug|run|oracle): (.*)$", text, re.M))
    missing = {"bug", "run", "oracle"} - head.keys()
    if missing:
        raise Broken(f"{path.name}: no '# {sorted(missing)[0]}:' line at its head; add one")
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


def run(reconverge, arguments, library):
    words = [str(reconverge), "chaos", *arguments, "--json"] + (["--hal", str(library)] if library else [])
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise Broken((done.stderr.strip() or "no message").splitlines()[-1])
    return json.loads(done.stdout)


def oracles_that_fired(result):
    return sorted({f["oracle"] for part in result["parts"] for loss in part["losses"] for f in loss["findings"]})


def try_mutant(patch, build):
    head = read_patch(patch)
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        library = build_mutant(patch, head["files"], build, pathlib.Path(folder))
        result = run(build / "chaos/reconverge", shlex.split(head["run"]), library)
    fired = oracles_that_fired(result)
    return {"name": patch.stem, "bug": head["bug"], "expected": head["oracle"], "fired": fired,
            "found": head["oracle"] in fired}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="example: mutate.py --build build/default pll_locked_is_enough")
    parser.add_argument("names", nargs="*", help="mutants (default: all)")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a build folder with its reconverge")
    parser.add_argument("--some", metavar="K/N", help="every N-th mutant from the K-th on, to spread them over runs")
    parser.add_argument("--json", action="store_true", help="for machines")
    args = parser.parse_args()
    build = args.build.resolve()
    patches = sorted(HERE.glob("*.patch"))
    if args.names:
        by_name = {p.stem: p for p in patches}
        unknown = [n for n in args.names if n not in by_name]
        if unknown:
            print(f"mutate: no mutant '{unknown[0]}'; see {HERE.name}/*.patch", file=sys.stderr)
            return 2
        patches = [by_name[n] for n in args.names]
    if args.some:
        first, step = map(int, args.some.split("/"))
        patches = patches[first % step::step]
    results, broken = [], 0
    for patch in patches:
        try:
            results.append(try_mutant(patch, build))
            r = results[-1]
            if not args.json:
                print(f"{'found' if r['found'] else 'MISSED':7} {r['name']:44} expected {r['expected']:12} "
                      f"fired: {', '.join(r['fired']) or '-'}", flush=True)
        except Broken as reason:
            broken += 1
            results.append({"name": patch.stem, "broken": str(reason), "found": False})
            if not args.json:
                print(f"BROKEN  {patch.stem:44} {reason}", flush=True)
    found = sum(r["found"] for r in results)
    if args.json:
        print(json.dumps({"mutants": results, "found": found, "tried": len(results), "broken": broken}, indent=1))
    else:
        print(f"{found} of {len(results)} mutants found, {len(results) - found - broken} missed, {broken} broken")
    if not results or broken:
        return 3
    return 0 if found == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
