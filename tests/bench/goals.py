"""Every figure that the project has set itself as a goal, in one table: what it is, and how it is measured here.

What only a soak shows is read from what the soak has left; what isn't built is not measured, and says so."""
import re
from collections import namedtuple

import growth
import shards
import soaked
from programs import ROOT, NotMeasured, in_memory, run

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


def fuzzed(programs, target, runs):
    """Executions for each second of the processor, under mutation, from the committed inputs on; without the start."""
    program = ROOT / "build" / "fuzz" / "fuzzers" / f"{target}_fuzz"
    options = ["-seed=1", "-entropic=0", "-reduce_inputs=0", "-detect_leaks=0"]
    committed = ROOT / "fuzz" / "corpora" / target
    inputs = sum(1 for _ in committed.iterdir())

    def fuzz(number):
        with in_memory() as found:   # what is found goes into the first folder
            return run(program, f"-runs={number}", *options, found, committed)

    def cpu(number):
        return programs.once((target, number), lambda: fuzz(number)).cpu

    return (runs - inputs) / max(cpu(runs) - cpu(inputs), 1e-3)


def told(programs, program, tests, pattern):
    """What a test that holds prints, as a number; with real inputs it prints nothing where there are none."""
    file = programs.build / program
    done = programs.once((program, tests), lambda: run(file, f"--gtest_filter={tests}"))
    found = re.search(pattern, done.out)
    if not found:
        raise NotMeasured(f"{file.name} --gtest_filter={tests} doesn't print '{pattern}'")
    return float(found[1])


def rtl(programs, pattern):
    return told(programs, "tests/dpi/rtl_full_test", "RtlBoot.TheSame*:RtlBoot.OneAccess*", pattern)


def traces(tests, pattern):
    return lambda programs: told(programs, "replay/replay_test", tests, pattern)


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
    Goal("traces", "seek in 100 M accesses, cold", "<=", 50, "ms", "", soaked.seek),
    Goal("traces", "injected divergences, all told where they are", ">=", 1000, "", "",
         traces("*EveryInjectedDivergence*", r"(\d+) divergences injected, all at the right")),
    Goal("traces", "32,001 accesses with a mistake, minimised", "<=", 10, "accesses", "",
         traces("*AMistakeAmong*", r"accesses to (\d+) in")),
    Goal("traces", "a Titan V's start against another, without rules", "<=", 7, "hunks", "",
         traces("RealTest.*", r"(\d+) hunks")),
    Goal("traces", "their differing values in registers proposed as volatile", ">=", 90, "%", "",
         traces("RealTest.*", r"values differ, ([\d.]+) % of them")),
    Goal("traces", "a Titan V's access", "<=", 6.5, "bytes", "as text 44.0",
         traces("RealTest.*", r"accesses: ([\d.]+) bytes each")),
    Goal("traces", "the same, zstd", "<=", 1.5, "bytes", "a packet each 72.8",
         traces("RealTest.*", r"bytes each, ([\d.]+) with zstd")),
    Goal("traces", "sigrok's captures, decoded to the same bytes", ">=", 16, "", "",
         traces("*Sigrok*", r"(\d+) captures, \d+ lines of \d+ bytes equal")),
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
    Goal("fuzzing", "converge, whole chip", ">=", 300, "/CPU-s", "", lambda p: fuzzed(p, "converge_whole", 3_000)),
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


GOALS += [
    Goal("soaks", "seeded bugs found by the oracle they name", ">=", 95, "%", "", lambda p: soaked.mutation_score()),
    Goal("soaks", "seeded bugs found by the explorer", ">=", 1, "x", "the best of five rivals",
         lambda p: soaked.bugs_found()),
    Goal("soaks", "random recoverable plans that survived", ">=", 100_000, "", "",
         lambda p: soaked.counted("false-alarms", "survived")),
    Goal("soaks", "of them lost", "<=", 0, "", "", lambda p: soaked.counted("false-alarms", "lost")),
    Goal("soaks", "merges audited", ">=", 10_000, "", "", lambda p: soaked.counted("audited-merges", "merges")),
    Goal("soaks", "of them that differ", "<=", 0, "", "", lambda p: soaked.counted("audited-merges", "differ")),
    Goal("soaks", "runs repeated, by two compilers' builds", ">=", 100_000, "", "",
         lambda p: soaked.counted("twice", "runs_repeated")),
    Goal("soaks", "of them that differ", "<=", 0, "", "", lambda p: soaked.counted("twice", "differ")),
    Goal("soaks", "real kills beside simulated ones", ">=", 15_000, "", "",
         lambda p: soaked.counted("paired-kills", "kills")),
    Goal("soaks", "of them lost, or different", "<=", 0, "", "",
         lambda p: soaked.counted("paired-kills", "lost", "differ")),
    Goal("soaks", "updates of live processes", ">=", 1000, "", "", lambda p: soaked.updates(p, False)),
    Goal("soaks", "of them lost", "<=", 0, "", "", lambda p: soaked.updates(p, True)),
    Goal("soaks", "cuts and flips of a trace", ">=", 2000, "", "", lambda p: len(soaked.damage(p))),
    Goal("soaks", "of them undetected, or shown wrong", "<=", 0, "", "",
         lambda p: sum(not detected or wrong != 0 for detected, wrong, _ in soaked.damage(p))),
    Goal("soaks", "fuzzing, of the target that has had the least", ">=", 60, "CPU-minutes", "",
         lambda p: soaked.least_fuzzed()),
]


def kept(goal, figure):
    return figure <= goal.goal if goal.holds == "<=" else figure >= goal.goal
