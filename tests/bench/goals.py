"""Every figure that the project has set itself as a goal, in one table: what it is, and how it is measured here.

What only a soak shows is read from what the soak has left; what isn't built is not measured, and says so."""
import json
import re
import statistics
import tempfile
from collections import namedtuple

import growth
import shards
from programs import ROOT, NotMeasured, run

# figure(programs) is held against `goal`: "<=" it, or ">=". `rival`: whom a ratio is taken of.
Goal = namedtuple("Goal", "room what holds goal unit rival figure")


def lost(programs, arguments):
    """Runs that didn't keep their contract; nothing judged is nothing measured."""
    counts = [part["counts"] for part in programs.chaos(arguments)[0]["parts"]]
    if not sum(c.get("Survived", 0) for c in counts):
        raise NotMeasured(f"{arguments}: nothing was judged")
    return sum(c["Lost"] for c in counts)


def fewer_runs(programs):
    """How many times fewer than two kills take without merging; the worse link."""
    counts = [part["counts"] for part in programs.chaos("closure --claim A")[0]["parts"]]
    return min(c["unmerged_pairs"] / c["runs"] for c in counts)


def seek_soak(programs):
    """The median of what `./dev soak seek` has measured."""
    state = programs.build / "soak" / "seek" / "100000000.json"
    if not state.exists():
        raise NotMeasured("./dev soak seek has not been run here")
    return statistics.median(json.loads(state.read_text())["ms"])


def fuzzed(programs, target, runs):
    """Executions for each second of the processor, under mutation, from the committed inputs on; without the start."""
    program = ROOT / "build" / "fuzz" / "fuzzers" / f"{target}_fuzz"
    options = ["-seed=1", "-entropic=0", "-reduce_inputs=0", "-detect_leaks=0"]
    committed = ROOT / "fuzz" / "corpora" / target
    inputs = sum(1 for _ in committed.iterdir())

    def fuzz(number):
        with tempfile.TemporaryDirectory() as found:   # what is found goes into the first folder
            return run(program, f"-runs={number}", *options, found, committed)

    def cpu(number):
        return programs.once((target, number), lambda: fuzz(number)).cpu

    return (runs - inputs) / max(cpu(runs) - cpu(inputs), 1e-3)


def rtl(programs, pattern):
    """What the test of a boot on RTL prints."""
    program = programs.build / "tests" / "dpi" / "rtl_full_test"
    done = programs.once(program, lambda: run(program, "--gtest_filter=RtlBoot.TheSame*:RtlBoot.OneAccess*"))
    found = re.search(pattern, done.out)
    if not found:
        raise NotMeasured(f"{program.name} doesn't print '{pattern}'")
    return float(found[1])


def grown(programs, y, x):
    return growth.beyond_linear(programs.once("growth", lambda: growth.growth(programs)), y, x)


def speed_up(programs, mode):
    rows = programs.once("shards", lambda: shards.shards(programs))
    return next(row["speedup"] for row in rows if row["mode"] == mode and row["shards"] == 2)


def runs_of(name):
    return lambda row: row.get(name, {}).get("runs")


GOALS = [
    Goal("the chip", "registers", ">=", 4000, "", "", lambda p: p.bounds()["registers"]),
    Goal("the chip", "fields", ">=", 12000, "", "", lambda p: p.bounds()["fields"]),
    Goal("the chip", "registers intended otherwise than at reset", ">=", 2500, "", "",
         lambda p: p.bounds()["written"]),
    Goal("the HAL", "boot, accesses", "<=", 1.10, "x", "lower bound", lambda p: p.bounds()["boot, accesses"]),
    Goal("the HAL", "boot, time at 25 MHz", "<=", 1.30, "x", "lower bound",
         lambda p: p.bounds()["boot, microseconds at 25 MHz"]),
    Goal("the HAL", "resume, bytes on the wire", "<=", 1.25, "x", "lower bound",
         lambda p: p.bounds()["resume, bytes on the wire"]),
    Goal("the HAL", "resume, words written", "<=", 0, "", "", lambda p: p.bounds()["resume, words written"]),
    Goal("the HAL", "modelled accesses, boot over SPI frames", ">=", 1e6, "/CPU-s", "",
         lambda p: p.google("main_speed", "through_link/boot_spi")["accesses"]),
    Goal("explorer", "the main job, after the build", "<=", 120, "s", "",
         lambda p: p.reconverge("chaos", "closure").wall),
    Goal("explorer", "single faults of a boot, whole chip, SPI: lost", "<=", 0, "", "",
         lambda p: lost(p, "single --link spi")),
    Goal("explorer", "the same: time", "<=", 600, "s", "", lambda p: p.chaos("single --link spi")[1].wall),
    Goal("explorer", "closure, fewer runs by merging", ">=", 10, "x", "two kills without it", fewer_runs),
    Goal("explorer", "SIGKILL and recovery, whole chip", "<=", 1.5, "x", "its parts by themselves",
         lambda p: p.google("main_recovery", "Recovery/1/1")["ratio"]),
    Goal("explorer", "SIGKILL and recovery, 1/8", "<=", 1.5, "x", "its parts by themselves",
         lambda p: p.google("main_recovery", "Recovery/1/8")["ratio"]),
    Goal("traces", "recording an access, clock included", "<=", 45, "ns", "",
         lambda p: p.script("against_lttng")["writer_ns"]),
    Goal("traces", "the same", ">=", 2.5, "x", "LTTng-UST", lambda p: p.script("against_lttng")["ratio"]),
    Goal("traces", "bytes per access", "<=", 6.5, "", "LTTng-UST: 23.0",
         lambda p: p.script("against_lttng")["alone_bytes"]),
    Goal("traces", "bytes per access, zstd", "<=", 1.5, "", "LTTng-UST: 23.0",
         lambda p: p.script("against_lttng")["writer_bytes"]),
    Goal("traces", "replaying accesses", ">=", 1e6, "/CPU-s", "",
         lambda p: p.google("traces", "replay_a_boot")["items_per_second"]),
    Goal("traces", "replaying a boot's frames", ">=", 1, "x", "umockdev",
         lambda p: p.script("against_umockdev")["ratio"]),
    Goal("traces", "diff of two traces of 1 M accesses", "<=", 2, "s", "",
         lambda p: p.google("traces", "diff_two_millions")["real_time"] / 1e3),
    Goal("traces", "seek in 100 M accesses, cold", "<=", 50, "ms", "", seek_soak),
    Goal("traces", "importing SPI captures of 1 MB, in all", ">=", 40, "x", "sigrok-cli",
         lambda p: p.script("against_sigrok")["long"]["all"]),
    Goal("traces", "the slowest of them", ">=", 40, "x", "sigrok-cli",
         lambda p: p.script("against_sigrok")["long"]["least"]),
    Goal("traces", "importing a folder of them, with as few commands as do", ">=", 40, "x", "sigrok-cli",
         lambda p: p.script("against_sigrok")["together"]),
    Goal("traces", "importing them as they are, the slowest", ">=", 40, "x", "sigrok-cli",
         lambda p: p.script("against_sigrok")["short"]["least"]),
    Goal("fuzzing", "frame", ">=", 50000, "/CPU-s", "", lambda p: fuzzed(p, "frame", 400_000)),
    Goal("fuzzing", "trace", ">=", 50000, "/CPU-s", "", lambda p: fuzzed(p, "trace", 200_000)),
    Goal("fuzzing", "converge, scale 1/8", ">=", 1000, "/CPU-s", "", lambda p: fuzzed(p, "converge", 5_000)),
    Goal("fuzzing", "converge, whole chip", ">=", 300, "/CPU-s", "", lambda p: fuzzed(p, "converge_whole", 1_000)),
    Goal("RTL", "boot of the whole chip", "<=", 60, "CPU-s", "", lambda p: rtl(p, r"boot: ([\d.]+) s of CPU")),
    Goal("RTL", "accesses, one in each frame", ">=", 900, "/CPU-s", "", lambda p: rtl(p, r"(\d+) frames a second")),
    Goal("growth", "boot accesses by blocks", "<=", 1.05, "x linear", "",
         lambda p: grown(p, lambda row: row["boot"], lambda row: row["blocks"])),
    Goal("growth", "resume accesses by blocks", "<=", 1.05, "x linear", "",
         lambda p: grown(p, lambda row: row["resume"], lambda row: row["blocks"])),
    Goal("growth", "closure runs, claim A, SPI, by boot accesses", "<=", 1.5, "x linear", "",
         lambda p: grown(p, runs_of("claim A, SPI"), lambda row: row["boot"])),
    Goal("growth", "closure runs, claim A, PCIe, by boot accesses", "<=", 1.5, "x linear", "",
         lambda p: grown(p, runs_of("claim A, PCIe"), lambda row: row["boot"])),
    *(Goal("shards", f"two of {mode}, with their merge", ">=", 1.8, "x", "one process",
           lambda p, mode=mode: speed_up(p, mode)) for mode in shards.MODES),
]


def kept(goal, figure):
    return figure <= goal.goal if goal.holds == "<=" else figure >= goal.goal
