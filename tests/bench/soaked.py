"""What long runs have left in their build folders: too long to be repeated for a table, and resumable. Each tells which
command makes it."""
import json
import sys
from statistics import median

from programs import ROOT, NotMeasured

sys.path[:0] = [str(ROOT / "chaos" / "mutants"), str(ROOT / "tests" / "soak")]
# pylint: disable=wrong-import-position
import mutate  # noqa: E402
from patches import HERE, Mutant  # noqa: E402
from slices import total  # noqa: E402

SOAKS = ROOT / "build" / "soak"


def read(path, command):
    if not path.exists():
        raise NotMeasured(f"{command} has not been run here")
    return path.read_text()


def lines(name, folder=SOAKS):
    """Of a file to which each slice adds one; the last one may have been cut by a kill."""
    text = read(folder / f"{name}.jsonl", f"./dev soak {name}")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def counted(name, *keys):
    """The sum of these counts over all slices."""
    counts = total(lines(name))
    return sum(counts.get(key, 0) for key in keys)


def updates(programs, lost):
    done = lines("updates", programs.build / "soak")
    return sum(("lost" in line) == lost for line in done)


def seek(programs):
    """The median."""
    state = read(programs.build / "soak" / "seek" / "100000000.json", "./dev soak seek")
    return median(json.loads(state)["ms"])


def damage(programs):
    """What was tried on a trace: (detected, shows wrong accesses, share that is lost) each."""
    state = json.loads(read(programs.build / "soak" / "damage" / "state.json", "./dev soak damage"))
    return [each for kind in state["trace"].values() for each in kind]


def bugs_found():
    """By way to look, of those that all ways have tried: the explorer's, over the best of the others."""
    ways = {}
    for line in lines("rivals"):
        ways.setdefault(line["way"], {})[line["mutant"], line["digest"]] = line.get("found", False)
    plain = ways.pop("plain", {})
    tried = set.intersection(*(set(found) for found in ways.values())) - set(plain)
    if "explorer" not in ways or len(ways) < 2 or not tried:
        raise NotMeasured("./dev soak rivals has tried no seeded bug in all ways")
    found = {way: sum(by[bug] for bug in tried) for way, by in ways.items()}
    return found.pop("explorer") / max(*found.values(), 1)


def mutation_score():
    """Percent of the seeded bugs, as they and the files that they change are now."""
    memory = mutate.Memory(ROOT / "build" / "default", False)
    known = [memory.recall(mutate.key_of(Mutant(path), {})) for path in sorted(HERE.glob("*.patch"))]
    if None in known:
        raise NotMeasured(f"reconverge mutate has not tried {known.count(None)} of {len(known)} as they are now")
    return 100 * sum(result["found"] for result in known) / len(known)


def least_fuzzed():
    """CPU-minutes of the target that has had the least."""
    minutes = []
    for target in sorted(path.name for path in (ROOT / "fuzz" / "corpora").iterdir()):
        account = read(ROOT / "build" / "fuzz" / f"{target}.spent", f"./dev fuzz {target}")
        minutes.append(sum(float(cpu) for line in account.splitlines() for cpu in line.split()[3:5]) / 60)
    return min(minutes)
