"""How mutants are hunted: the ways to look, and what counts as a find.

A find is what the untouched HAL does not show: its own losses, if it has any, are taken off.
"""
import json
import os
import re
import shlex
import subprocess
import tempfile
import threading

from patches import BENCH, Broken

CPU_LIMIT_S, MEMORY_LIMIT = 40, 8 << 30
SCALE = "1/8"
SCENARIOS = ("boot", "resume", "update", "repair", "brownout", "degraded", "deferred")

# One of each kind that kills don't stand for; the rest is left to random plans and pairs.
FAULTS = "reply_lost,block_reset"


def kills(scenario):
    return "single --faults killed --link pcie" + ("" if scenario == "boot" else f" --scenario {scenario}")


METHODS = {
    "plain": [f"--repro {s}@{SCALE}@{link}:-" for link in ("spi", "pcie") for s in SCENARIOS],
    "kills": [kills(scenario) for scenario in SCENARIOS],
    "closure": ["closure --claim A --link spi"],
    "faults": [f"single --faults {FAULTS} --link spi"],
    "seu": ["seu --every 5 --link spi"],
    "outage": ["outage --scenario resume --link spi"],
    "overlap": ["overlap --link spi"],
    "random": ["random --runs 500 --link spi", "random --runs 500 --link pcie"],
    "pairs": ["pairs --runs 1000 --link pcie"],
}
WHAT = {
    "plain": "every scenario once, without faults",
    "kills": "one kill at every access of every scenario",
    "closure": "any number of kills during a boot",
    "faults": "two other faults at every frame of a boot, then kills",
    "seu": "every fifth stored bit upset under traffic",
    "outage": "hardware's own events while the HAL is dead",
    "overlap": "two live instances, interleaved everywhere",
    "random": "1,000 random plans of many faults",
    "pairs": "1,000 random pairs of faults",
}


def chaos(program, arguments, extra=()):
    """(exit code, stdout, last line of stderr, CPU-seconds) of `reconverge chaos`."""
    words = shlex.split(arguments) if isinstance(arguments, str) else list(arguments)
    if "--repro" not in words:
        words += ["--json", "--threads", "1", "--losses", "100000"] + ([] if "--scale" in words else ["--scale", SCALE])
    command = ["prlimit", f"--cpu={CPU_LIMIT_S}", f"--as={MEMORY_LIMIT}", *program, "chaos", *words, *extra]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said = err.read().strip().splitlines()
        return process.returncode, out.read(), said[-1] if said else "", usage.ru_utime + usage.ru_stime


class Seen:
    """What one run showed: how often each cell was lost, which oracles fired there, and examples."""

    def __init__(self, document=None):
        self.lost, self.fired, self.examples = {}, set(), {}
        for part in (document or {}).get("parts", []):
            link = part.get("link", "")
            for cell in part.get("cells", []):
                if cell.get("lost"):
                    self.lost[link, *(cell[k] for k in ("block", "op", "phase", "fault"))] = cell["lost"]
            for loss in part.get("losses", []):
                cell = tuple(loss.get("cell", {}).get(k, "") for k in ("block", "op", "phase", "fault"))
                for finding in loss["findings"]:
                    self.fired.add((link, *cell, finding["oracle"]))
                    self.examples.setdefault(loss["id"], []).append((finding["oracle"], finding["what"], cell))

    def beyond(self, other):
        """{oracle: (id, what)} of what `other` does not show."""
        more = {cell for cell, n in self.lost.items() if n > other.lost.get(cell, 0)}
        found = {}
        for repro, findings in self.examples.items():
            if repro in other.examples:
                continue
            link = repro.split("@")[2].split(":")[0]
            for oracle, what, cell in findings:
                if (link, *cell) in more or (link, *cell, oracle) not in other.fired:
                    found.setdefault(oracle, (repro, what))
        return found


class Hunter:
    """Runs methods on mutants, against what the untouched HAL shows in the same runs."""

    def __init__(self, build):
        self.program = [str(build / "chaos/reconverge")]
        self.untouched, self.lock = {}, threading.Lock()

    def baseline(self, arguments):
        with self.lock:
            if arguments not in self.untouched:
                code, out, said, _ = chaos(self.program, arguments)
                if code not in (0, 1):
                    raise Broken(f"'{arguments}' fails without any mutant: {said or code}")
                self.untouched[arguments] = Seen(json.loads(out))
            return self.untouched[arguments]

    def boots(self, program, extra, link):
        """Raises if a boot without faults already shows the mistake."""
        code, out, said, _ = chaos(program, f"--repro boot@{SCALE}@{link}:-", extra)
        if code == 0:
            return
        lost = next((line for line in out.splitlines() if line.startswith("Lost")), said or out.strip())
        raise Broken(f"fails a plain boot: {lost}")

    def hunt(self, program, extra, arguments):
        """{"cpu", "oracles": {oracle: {"id", "what"}}, "note"} of one run."""
        code, out, said, cpu = chaos(program, arguments, extra)
        result = {"cpu": round(cpu, 2), "oracles": {}, "note": ""}
        if arguments.startswith("--repro"):
            if code != 0:
                lost = re.search(r"^Lost (\w+): (.*)$", out, re.M)
                oracle, what = lost.groups() if lost else (BENCH, said)
                result["oracles"] = {oracle: {"id": arguments.split()[1], "what": what}}
            return result
        if code not in (0, 1):
            result["note"] = said or f"stopped at {CPU_LIMIT_S} CPU-seconds"
            return result
        found = Seen(json.loads(out)).beyond(self.baseline(arguments))
        result["oracles"] = {oracle: {"id": repro, "what": what} for oracle, (repro, what) in sorted(found.items())}
        return result

    def method(self, program, extra, name, known):
        """All runs of one method as one; those of `known` have been made already."""
        total = {"cpu": 0.0, "oracles": {}, "note": ""}
        for arguments in METHODS[name]:
            one = known.get(arguments) or self.hunt(program, extra, arguments)
            total["cpu"] = round(total["cpu"] + one["cpu"], 2)
            for oracle, example in one["oracles"].items():
                total["oracles"].setdefault(oracle, example)
            total["note"] = total["note"] or one["note"]
        return total
