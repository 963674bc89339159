#!/usr/bin/env python3
"""matrix.py [MUTANT...]: every property against every seeded bug: those of chaos/mutants, and a few here of what only
properties look at. Each mutant is a properties_test of its own: the touched files compiled again, the rest as built.

What was found out is kept in BUILD/properties/matrix.jsonl, by mutant; a later call goes on. Exit code: 0 every
property fails on some mutant, 1 one of them fails on none, 3 not all was tried, or a mutant can't be built."""
import argparse
import hashlib
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
sys.path.insert(0, str(ROOT / "chaos/mutants"))
import building  # noqa: E402
from patches import Broken  # noqa: E402

building.PATCHABLE = ("hal", "transports", "replay", "chaos", "properties")
TEST = "properties/properties_test"
SECONDS = 300   # for one run; a hang is a find, but not of a property


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
    front, archive = [], None
    for entry in building.entries(build):
        file = pathlib.Path(entry["file"])
        relative = str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else ""
        in_hal = "hal_objects" in entry["command"]
        if relative not in mutant.compiled and not (mutant.all_of_hal and in_hal and relative.startswith("hal/")):
            continue
        obj = folder / (file.name + ".o" if in_hal else relative.replace("/", "_") + ".o")
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
        raise Broken(f"{mutant.path.name}: does not link ({made.stderr.strip().splitlines()[-1]})")
    return out


def failing(test):
    """Names of the properties that don't hold, and whether it ran to its end. Where a scenario doesn't even work
    without faults, nothing has been shown about the property."""
    try:
        done = subprocess.run([str(test), "--gtest_filter=-Table.*"], capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as late:
        done, out = None, (late.stdout or b"").decode(errors="replace")
    else:
        out = done.stdout
    told = re.split(r"^([a-z-]+): (?=[A-Z])", out, flags=re.M)
    names = {name for name, text in zip(told[1::2], told[2::2]) if "Exception thrown" not in text.split("\n[ ")[0]}
    return sorted(names), done is not None and done.returncode in (0, 1)


def properties(build):
    page = subprocess.run([str(build / TEST), "--page"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^\*\*([a-z-]+)\.\*\*", page, re.M)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mutants", nargs="*", help="only these; default: all")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/default")
    args = parser.parse_args()
    if not (args.build / TEST).exists():
        print(f"matrix: no {args.build / TEST}; ./dev build", file=sys.stderr)
        return 3
    all_of_them = [Mutant(p) for folder in (HERE, ROOT / "chaos/mutants") for p in sorted(folder.glob("*.patch"))]
    state = args.build / "properties/matrix.jsonl"
    known = {}
    if state.exists():
        known = {d["mutant"]: d for d in map(json.loads, state.read_text().splitlines())}
    broken = 0
    for mutant in all_of_them:
        if args.mutants and mutant.name not in args.mutants:
            continue
        if known.get(mutant.name, {}).get("digest") == mutant.digest and not args.mutants:
            continue
        with tempfile.TemporaryDirectory(prefix="property-mutant-") as folder:
            try:
                names, ended = failing(program(mutant, args.build, pathlib.Path(folder)))
            except Broken as reason:
                print(f"matrix: {reason}", file=sys.stderr)
                broken += 1
                continue
        known[mutant.name] = {"mutant": mutant.name, "digest": mutant.digest, "fails": names, "ended": ended}
        with state.open("a") as file:
            file.write(json.dumps(known[mutant.name]) + "\n")
        print(f"{mutant.name}: {', '.join(names) or 'none'}{'' if ended else ' (did not end)'}", flush=True)
    return told(args, all_of_them, known, broken)


def told(args, mutants, known, broken):
    tried = [known[m.name] for m in mutants if known.get(m.name, {}).get("digest") == m.digest]
    unbroken = 0
    print(f"\n{len(tried)} of {len(mutants)} mutants tried; by property, those that it fails on:")
    for name in properties(args.build):
        on = [d["mutant"] for d in tried if name in d["fails"]]
        unbroken += not on
        print(f"  {name}: {len(on)}{' (' + ', '.join(on[:3]) + (', ...' if len(on) > 3 else '') + ')' if on else ''}")
    blind = [d["mutant"] for d in tried if not d["fails"]]
    print(f"mutants that no property fails on: {len(blind)}{': ' + ', '.join(blind) if blind else ''}")
    if broken or len(tried) < len(mutants):
        return 3
    return 1 if unbroken else 0


if __name__ == "__main__":
    sys.exit(main())
