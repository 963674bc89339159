#!/usr/bin/env python3
"""against_sigrok.py RECONVERGE DATA NOTHING [--json] [ARGS...]: importing SPI captures, beside sigrok-cli.

The captures as they are, where the start of the programs is most of it (NOTHING, a program that does nothing, shows
the least that can be): one by one, and as people import a folder, with as few commands as do. Then each one's samples
repeated to SAMPLES, which shows the decoding. The programs take turns on each capture; medians. Verdicts are by
processor time, which other work on the machine disturbs less. --json is for machines (the tables go to standard error
then); other arguments are those of Google Benchmark, and ignored.
Exit codes: 0 within the goal for every capture (with --json: measured), 1 not, 3 not measured."""
import glob
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import zipfile

GOAL = 40
QUIET = [(os.POSIX_SPAWN_OPEN, output, os.devnull, os.O_WRONLY, 0) for output in (1, 2)]
RUNS = 9
TABLES = sys.stderr if "--json" in sys.argv else sys.stdout
SAMPLES = 1_000_000
# Captures whose channels' names don't say which line is which.
PINS = {
    "152bit_spi": "clk=CLK,mosi=MOSI,miso=MISO,cs=CS#,wordsize=152",
    "adxl345_registers": "clk=0,mosi=1,miso=2,cs=3,cpol=1,cpha=1",
    "mrf24j40-wake-tx-ack": "clk=SCK,mosi=SDI,miso=SDO,cs=nCS",
    "nrf24l01-communication": "clk=rpi_CLK,mosi=rpi_MOSI,miso=rpi_MISO,cs=rpi_CSN",
    "set-4000mhz": "clk=CLK,mosi=MOSI,cs=CS#",
    "spi-count-msb": "clk=0,mosi=1,cs=2",
    "mx25l1605d_probe": "clk=SCLK,mosi=MOSI,miso=MISO,cs=CS#",
}
UNUSUAL = ("152bit_spi", "adxl345_registers", "spi-count-msb")   # nobody can guess their lines or words
OTHERS = "clk=CLK,mosi=MOSI,miso=MISO,cs=CS"


def milliseconds(command):
    """(passed, of the processor)"""
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=QUIET)
    _, status, used = os.wait4(child, 0)
    passed = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(command)}: exit code {os.waitstatus_to_exitcode(status)}")
    return passed * 1000, (used.ru_utime + used.ru_stime) * 1000


def medians(commands, runs, output):
    """Of each name's command, they take turns: (passed, of the processor). What they write is new each time: to write
    over a file, a file system may wait for the disk."""
    times = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            times[name].append(milliseconds(command))
            shutil.rmtree(output, ignore_errors=True)
    return {name: tuple(map(statistics.median, zip(*all))) for name, all in times.items()}


def repeated(capture, folder):
    """The same session with its samples over and over."""
    longer = os.path.join(folder, os.path.basename(capture))
    with zipfile.ZipFile(capture) as old, zipfile.ZipFile(longer, "w", zipfile.ZIP_DEFLATED) as new:
        logic = sorted(name for name in old.namelist() if name.startswith("logic-1"))
        samples = b"".join(old.read(name) for name in logic)
        for name in old.namelist():
            if name not in logic:
                new.writestr(name, old.read(name))
        chunk = samples * max(1, -(-SAMPLES // 16 // len(samples)))
        for part in range(1, max(2, -(-SAMPLES // len(chunk)) + 1)):
            new.writestr(f"logic-1-{part}", chunk)
    return longer


def pins_of(capture):
    return PINS.get(name_of(capture), OTHERS)


def name_of(capture):
    return os.path.basename(capture)[:-len(".sr")]


def decoded_by_sigrok(capture):
    return ["sigrok-cli", "-i", capture, "-P", "spi:" + pins_of(capture).replace(",", ":"), "-A", "spi"]


def add(*pairs):
    return tuple(map(sum, zip(*pairs)))


def show(what, ours, theirs):
    """A row; the ratio of processor time."""
    print(f"  {what:<32}{theirs[0]:>9,.1f} {theirs[1]:>9,.1f}{ours[0]:>10,.2f} {ours[1]:>9,.2f}"
          f"{theirs[0] / ours[0]:>8.1f} {theirs[1] / ours[1]:>8.1f}", file=TABLES, flush=True)
    return theirs[1] / ours[1]


def one_by_one(what, runs, program, nothing, captures, output):
    """A command for each capture. The ratios, and what sigrok-cli took for each."""
    print(f"importing SPI captures, {what}; ms passed and of the processor\n"
          f"  {'':<32}{'sigrok-cli':>19}{'reconverge':>20}{'times':>17}", file=TABLES)
    all, least = [], float("inf")
    for capture in captures:
        got = medians({"ours": [program, "convert", capture, "--pins", pins_of(capture), "-o", output + "/"],
                       "theirs": decoded_by_sigrok(capture), "nothing": [nothing]}, runs, output)
        least = min(least, show(name_of(capture), got["ours"], got["theirs"]))
        all.append(got)
    theirs = [got["theirs"] for got in all]
    ratios = {"least": least, "all": show("all", add(*(got["ours"] for got in all)), add(*theirs)),
              "nothing": show("a program that does nothing", add(*(got["nothing"] for got in all)), add(*theirs))}
    return ratios, dict(zip(captures, theirs))


def in_few_commands(program, theirs, output):
    """One command for all captures whose lines have their usual names, one for each of the others. The ratio."""
    usual = [capture for capture in theirs if name_of(capture) not in UNUSUAL]
    commands = {"usual": [program, "convert", *usual, "-o", output + "/"]}
    for capture in theirs:
        if capture not in usual:
            commands[capture] = [program, "convert", capture, "--pins", pins_of(capture), "-o", output + "/"]
    ours = medians(commands, RUNS, output)
    show(f"{len(usual)} of them with one command", ours["usual"], add(*(theirs[capture] for capture in usual)))
    return show(f"all {len(theirs)} with {len(commands)} commands", add(*ours.values()), add(*theirs.values()))


def main():
    program, data, nothing = sys.argv[1:4]
    folder = os.path.join(os.environ.get("RECONVERGE_DATA", data), "sigrok")
    captures = sorted(glob.glob(os.path.join(folder, "decoded", "*.spi.txt")))
    why = ("no sigrok-cli (Debian: sigrok-cli)" if not shutil.which("sigrok-cli") else
           f"no captures in {folder}; set RECONVERGE_DATA" if not captures else "")
    if why:
        print(f"importing against sigrok-cli: not measured: {why}")
        sys.exit(3)
    captures = [os.path.join(folder, os.path.basename(text)[:-len(".spi.txt")] + ".sr") for text in captures]
    # In memory where there is a file system for that: sigrok-cli writes no file, and to make one takes a disk's longer
    # than to import a capture.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="reconverge-sigrok-", dir=memory) as scratch:
        output = os.path.join(scratch, "out")
        short, theirs = one_by_one("as they are", RUNS, program, nothing, captures, output)
        together = in_few_commands(program, theirs, output)
        long, _ = one_by_one(f"repeated to {SAMPLES:,} bytes of samples", 3, program, nothing,
                             [repeated(capture, scratch) for capture in captures], output)
    if "--json" in sys.argv:
        print(json.dumps({"short": short, "together": together, "long": long}))
        sys.exit(0)
    kept = True
    for what, ratio in (("all with few commands", together), ("one by one, at least", short["least"]),
                        ("one by one, repeated, at least", long["least"])):
        kept = kept and ratio >= GOAL
        print(f"  {what}: {ratio:.1f} x in processor time; goal {GOAL} x: {'kept' if ratio >= GOAL else 'missed'}")
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
