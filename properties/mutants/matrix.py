#!/usr/bin/env python3
"""matrix.py [MUTANT...]: every property against every seeded bug: those of chaos/mutants, and a few here of what only
properties look at. Each mutant is a properties_test of its own: the touched files compiled again, the rest as built.

What was found out is kept in matrix.jsonl beside this file, by mutant: a later call goes on, and the page of the
properties shows it. Exit code: 0 every property fails on some mutant, 1 one of them fails on none, 2 usage, 3 not all
was tried, or a mutant can't be built."""
import argparse
import hashlib
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "chaos/mutants"))
import building  # noqa: E402
from patches import Broken  # noqa: E402

building.PATCHABLE = ("hal", "transports", "replay", "chaos", "properties")
TEST = "properties/properties_test"
STATE = HERE / "matrix.jsonl"
SECONDS = 120   # of the processor, for one run that takes 10; a hang is a find, but not of a property


class Mutant:
    def __init__(self, path):
        self.path, self.name, text = path, path.stem, path.read_text()
        self.files = re.findall(r"^\+\+\+ b/(\S+)", text, re.M)
        self.bug = re.search(r"^# bug: (.*)$", text, re.M)[1]
        more = re.search(r"^# compile: (.*)$", text, re.M)
        self.compiled = [f for f in self.files if f.endswith(".cpp")] + (more[1].split() if more else [])
        self.all_of_hal = not self.compiled and all(f.startswith("hal/") for f in self.files)
        self.digest = hashlib.sha256(text.encode()).hexdigest()[:12]


def link_command(build):
    said = subprocess.run(["ninja", "-C", str(build), "-t", "commands", TEST], capture_output=True, text=True,
                          check=True)
    return [w for w in shlex.split(said.stdout.strip().splitlines()[-1])
            if w not in (":", "&&") and not w.startswith("-Wl,-Map")]


def program(mutant, build, folder):
    """A properties_test with the patch in it. Objects of libhal replace those in a copy of its archive, which is linked
    as a whole; others come before the libraries that hold the originals."""
    source = building.patched_sources(mutant, folder)
    words = link_command(build)
    front, archive, made_of = [], None, set()
    for entry in building.entries(build):
        file = pathlib.Path(entry["file"])
        relative = str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else ""
        in_hal = "hal_objects" in entry["command"]
        if relative.startswith("hal/") and not in_hal:   # that of another chip
            continue
        if relative not in mutant.compiled and not (mutant.all_of_hal and relative.startswith("hal/")):
            continue
        obj = folder / (file.name + ".o" if in_hal else relative.replace("/", "_") + ".o")
        if obj in made_of:   # several targets may compile a file
            continue
        made_of.add(obj)
        building.compile_as(entry, source, relative, obj, mutant.path.name)
        if in_hal:
            archive = archive or shutil.copy(build / "hal/libhal.a", folder / "libhal.a")
            subprocess.run(["ar", "r", archive, obj], check=True, capture_output=True)
        else:
            front.append(str(obj))
    if archive is None and not front:
        raise Broken(f"{mutant.path.name}: nothing of it is compiled")
    out = folder / "properties_test"
    words = [str(archive) if archive and w.endswith("libhal.a") else w for w in words]
    own = [w for w in words if w.endswith(".cpp.o") and
           any(w.endswith(f"{c}.o") for c in (f.removeprefix("properties/") for f in mutant.compiled))]
    at = words.index("-o")
    words = words[:at + 1] + [str(out), *front] + [w for w in words[at + 2:] if w not in own]
    made = subprocess.run(words, capture_output=True, text=True, cwd=build)
    if made.returncode:
        first = next((line for line in made.stderr.splitlines() if "ld:" in line), "?")
        raise Broken(f"{mutant.path.name}: does not link ({first})")
    return out


def failing(test):
    """Names of the properties that don't hold, and whether it ran to its end. Where a scenario doesn't even work
    without faults, nothing has been shown about the property."""
    done = subprocess.run([str(test), "--gtest_filter=-Table.*"], capture_output=True, text=True, errors="replace",
                          env={**os.environ, "RC_PARAMS": "noshrink=1"},   # that it fails is all that is asked
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS)))
    told = re.split(r"^([a-z-]+): (?=[A-Z])", done.stdout, flags=re.M)
    names = {name for name, text in zip(told[1::2], told[2::2]) if "Exception thrown" not in text.split("\n[ ")[0]}
    return sorted(names), done.returncode in (0, 1)


def properties(build):
    page = subprocess.run([str(build / TEST), "--page"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^\*\*([a-z-]+)\.\*\*", page, re.M)


def remembered():
    if not STATE.exists():
        return {}
    return {line["mutant"]: line for line in map(json.loads, STATE.read_text().splitlines())}


def remember(known):
    """In one step: a run that is stopped here has lost nothing."""
    new = STATE.with_suffix(".new")
    new.write_text("".join(json.dumps(known[name]) + "\n" for name in sorted(known)))
    new.replace(STATE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mutants", nargs="*", help="only these, and again; default: all that were not tried yet")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no mutant later (default: no end)")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/default")
    args = parser.parse_args()
    if not (args.build / TEST).exists():
        print(f"matrix: no {args.build / TEST}; ./dev build", file=sys.stderr)
        return 3
    all_of_them = [Mutant(p) for folder in (HERE, ROOT / "chaos/mutants") for p in sorted(folder.glob("*.patch"))]
    strange = set(args.mutants) - {mutant.name for mutant in all_of_them}
    if strange:
        print(f"matrix: no mutant '{min(strange)}'; see chaos/mutants and properties/mutants", file=sys.stderr)
        return 2
    digests = {mutant.name: mutant.digest for mutant in all_of_them}
    known = {name: line for name, line in remembered().items() if line["digest"] == digests.get(name)}
    wanted = [m for m in all_of_them if (m.name in args.mutants if args.mutants else m.name not in known)]
    end, broken = time.monotonic() + 60 * args.minutes, 0
    for number, mutant in enumerate(wanted, 1):
        if time.monotonic() > end:
            break
        with tempfile.TemporaryDirectory(prefix="property-mutant-") as folder:
            try:
                names, ended = failing(program(mutant, args.build, pathlib.Path(folder)))
            except Broken as reason:
                print(f"matrix: {reason}", file=sys.stderr)
                broken += 1
                continue
        known[mutant.name] = {"mutant": mutant.name, "digest": mutant.digest, "fails": names, "ended": ended}
        remember(known)
        print(f"{number}/{len(wanted)} {mutant.name}: {', '.join(names) or 'none'}{'' if ended else ' (did not end)'}",
              flush=True)
    return told(args, all_of_them, known, broken)


def told(args, mutants, known, broken):
    tried = [known[m.name] for m in mutants if m.name in known]
    unbroken = [name for name in properties(args.build) if not any(name in line["fails"] for line in tried)]
    blind = [line["mutant"] for line in tried if not line["fails"]]
    print(f"{len(tried)} of {len(mutants)} mutants tried; {len(blind)} on which no property fails"
          f"{': ' + ', '.join(blind) if blind else ''}; properties that fail on none: {', '.join(unbroken) or 'none'}")
    print("docs/properties.md shows all of it: properties_test --page > docs/properties.md")
    if broken or len(tried) < len(mutants):
        return 3
    return 1 if unbroken else 0


if __name__ == "__main__":
    sys.exit(main())
