"""Long runs in slices: each slice is one `reconverge` command, its counts are kept, and a later call goes on behind it.

State: STATE/NAME.jsonl, one line per slice that was done. Exit code: 0 the goal is reached and nothing was found,
1 something was found, 2 wrong arguments, 3 not there yet, or a slice could not be measured.
"""
import argparse
import itertools
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCENARIOS = ("boot", "update", "repair", "brownout", "degraded", "resume")


def closures(*more):
    """Closures from cheap to dear."""
    for scale, link, scenario in itertools.product(("1/8", "1/4", "1/2", "1"), ("spi", "pcie"), SCENARIOS):
        yield ["closure", "--claim", "A", "--scale", scale, "--link", link, "--scenario", scenario, *more]


def paired_kills():
    for scenario, first in itertools.chain((("boot", n) for n in range(0, 12_000, 1_000)),
                                           (("update", n) for n in range(0, 2_000, 1_000)),
                                           (("resume", n) for n in range(0, 1_000, 1_000))):
        yield ["single", "--real", "--scale", "1/8", "--scenario", scenario, "--first", str(first), "--runs", "1000"]


def machine_deaths():
    for seed in itertools.count(1):
        yield ["--deaths", "20", "--seed", str(seed)]


def random_runs():
    for seed in itertools.count(1):
        yield ["random", "--scale", "1/8", "--link", ("spi", "pcie")[seed % 2], "--scenario",
               SCENARIOS[seed % len(SCENARIOS)], "--runs", "2000", "--seed", str(seed), "--recoverable"]


def twice_counts(part):
    return {"runs_repeated": part["counts"]["runs_repeated"], "writes": part["repeated"]["writes"],
            "differ": part["repeated"]["differ"]}


def audit_counts(part):
    return {"merges": part["audited"]["runs"], "words_changed": part["audited"]["shifted"],
            "differ": part["audited"]["differ"]}


def kill_counts(part):
    keys = ("kills", "before", "inside", "behind", "waiting", "recovered", "paused", "fenced", "lost", "differ")
    return {key: part["counts"][key] for key in keys}


def machine_counts(part):
    keys = ("deaths", "survived", "lost", "not_measured", "broken", "boots", "disturbances")
    mix = {f"{kind} over {path}": n for path, kinds in part["deaths"].items() for kind, n in kinds.items()}
    return {**{key: part["counts"][key] for key in keys}, **mix}


def random_counts(part):
    keys = {"runs": "runs", "Survived": "survived", "Lost": "lost", "Excluded": "excluded", "NotMeasured": "unfired"}
    return {ours: part["counts"][theirs] for theirs, ours in keys.items()}


class Soak:
    def __init__(self, what, slices, counts, goal, bad=("lost", "differ"), compilers=1, command=("chaos",)):
        self.what, self.slices, self.counts, self.goal = what, slices, counts, goal
        self.bad, self.compilers, self.command = bad, compilers, command


SOAKS = {
    "paired-kills": Soak("real kills against simulated ones", paired_kills, kill_counts, ("kills", 15_000)),
    "twice": Soak("runs repeated, by the builds of two compilers", lambda: closures("--twice", "--audit", "0"),
                  twice_counts, ("runs_repeated", 100_000), compilers=2),
    "false-alarms": Soak("random plans of recoverable faults", random_runs, random_counts, ("survived", 100_000)),
    "machine": Soak("machines that die under a working halctl", machine_deaths, machine_counts, ("survived", 200),
                    bad=("lost", "broken", "disturbances"), command=("rehearse", "machine", "qemu")),
    "audited-merges": Soak("merges audited", lambda: closures("--audit", "100"), audit_counts, ("merges", 10_000)),
}


class Broken(Exception):
    """A slice that could not be measured."""


def measure(program, words, arguments):
    """The document of one slice."""
    command = [str(program), *words, *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout.startswith("{"):
        raise Broken(f"{' '.join(command)}: {done.stderr.strip() or f'exit code {done.returncode}'}")
    return json.loads(done.stdout)


def one_slice(soak, programs, arguments):
    """A line of the state file."""
    start, counts, digests, found = time.monotonic(), {}, [], []
    for program in programs:
        parts = measure(program, soak.command, arguments)["parts"]
        if not parts:
            raise Broken(f"{' '.join(arguments)}: nothing was measured")
        for part in parts:
            for key, n in soak.counts(part).items():
                counts[key] = counts.get(key, 0) + n
        digests.append([part.get("digest") for part in parts])
        found += [part["first_difference"] for part in parts if part.get("first_difference")]
    if len(programs) > 1:
        counts["digests_compared"] = len(digests[0])
        counts["differ"] += sum(other != digests[0] for other in digests[1:])
    line = {"slice": " ".join(arguments), "counts": counts, "seconds": round(time.monotonic() - start, 1)}
    return {**line, "found": found} if found else line


def done_before(path):
    """Whole lines only: the last one may have been cut by a kill."""
    if not path.exists():
        return []
    lines = path.read_text().split("\n")
    path.write_text("".join(line + "\n" for line in lines[:-1]))
    return [json.loads(line) for line in lines[:-1]]


def total(done):
    counts = {}
    for line in done:
        for key, n in line["counts"].items():
            counts[key] = counts.get(key, 0) + n
    return counts


def run(soak, name, programs, state, minutes, say=print):
    """Exit code."""
    state.mkdir(parents=True, exist_ok=True)
    path = state / f"{name}.jsonl"
    done = done_before(path)
    known = {line["slice"] for line in done}
    end = time.monotonic() + 60 * minutes
    key, goal = soak.goal
    for arguments in soak.slices():
        if total(done).get(key, 0) >= goal or time.monotonic() > end:
            break
        if " ".join(arguments) in known:
            continue
        try:
            line = one_slice(soak, programs, arguments)
        except Broken as reason:
            print(f"soak: {reason}", file=sys.stderr)
            return 3
        done.append(line)
        with path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        say(f"{line['slice']}: {told(line['counts'])} ({line['seconds']} s)")
        for what in line.get("found", []):
            say(f"  {what}")
    counts = total(done)
    found = sum(counts.get(bad, 0) for bad in soak.bad)
    say(f"{name}: {soak.what}: {told(counts)}; {len(done)} slices, {sum(line['seconds'] for line in done):.0f} s")
    if found:
        return 1
    if counts.get(key, 0) < goal:
        say(f"{counts.get(key, 0):,} of {goal:,} {key}: run it again, it goes on here")
        return 3
    return 0


def told(counts):
    return ", ".join(f"{n:,} {key.replace('_', ' ')}" for key, n in counts.items())


def main(name):
    soak = SOAKS[name]
    presets = ("release", "clang")[:soak.compilers]
    parser = argparse.ArgumentParser(prog=f"./dev soak {name}", description=f"{soak.what}: {__doc__}",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30, help="no slice begins later (default 30)")
    parser.add_argument("--programs", type=pathlib.Path, nargs=soak.compilers, help="reconverge, of each compiler",
                        default=[ROOT / "build" / preset / "chaos" / "reconverge" for preset in presets])
    parser.add_argument("--state", type=pathlib.Path, default=ROOT / "build" / "soak", help="folder for what is done")
    args = parser.parse_args()
    for preset, program in zip(presets, args.programs):
        if not program.exists():
            print(f"soak: no {program}; ./dev build {preset}", file=sys.stderr)
            return 3
    return run(soak, name, args.programs, args.state, args.minutes, lambda text: print(text, flush=True))
