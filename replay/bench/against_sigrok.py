#!/usr/bin/env python3
"""against_sigrok.py RECONVERGE DATA [ARGS...]: importing SPI captures, beside sigrok-cli decoding the same files.

Twice: the captures as they are, where the start of the programs is most of it, and each one's samples repeated to
SAMPLES, which shows the decoding. Both programs take turns on each capture; medians. Other arguments are those of
Google Benchmark, and ignored. Exit codes: 0 within the goal for every capture, 1 not, 3 not measured."""
import glob
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

GOAL = 40
RUNS = {"as they are": 9, "repeated": 1}
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
OTHERS = "clk=CLK,mosi=MOSI,miso=MISO,cs=CS"


def seconds(command):
    """(passed, of the processor)"""
    start, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - start, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime


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


def measure(program, captures, scratch, runs):
    """Rows of name, and what passed and what the processor took: ours, theirs; medians."""
    rows = []
    for capture in captures:
        pins = PINS.get(os.path.basename(capture)[:-3], OTHERS)
        ours, theirs = [], []
        for _ in range(runs):
            ours.append(seconds([program, "convert", capture, "--pins", pins, "-o",
                                 os.path.join(scratch, "out.pcapng")]))
            theirs.append(seconds(["sigrok-cli", "-i", capture, "-P", "spi:" + pins.replace(",", ":"), "-A", "spi"]))
        medians = [statistics.median(each) for times in (ours, theirs) for each in zip(*times)]
        rows.append((os.path.basename(capture)[:-3], *medians))
    return rows


def report(what, rows):
    """Prints it; the least ratio."""
    ours, ours_cpu, theirs, theirs_cpu = (sum(row[i] for row in rows) for i in range(1, 5))
    ratios = sorted((row[3] / row[1], row[0]) for row in rows)
    print(f"importing {len(rows)} SPI captures, {what}: {ours * 1000:,.0f} ms; sigrok-cli: {theirs * 1000:,.0f} ms; "
          f"{theirs / ours:.1f} x faster in all ({theirs_cpu / ours_cpu:.1f} x of processor time)")
    print(f"  of one capture {ratios[0][0]:.1f} x ({ratios[0][1]}) to {ratios[-1][0]:.1f} x, "
          f"{statistics.median(ratio for ratio, _ in ratios):.1f} x in the median")
    return ratios[0][0]


def main():
    program, data = sys.argv[1:3]
    folder = os.path.join(os.environ.get("RECONVERGE_DATA", data), "sigrok")
    captures = sorted(glob.glob(os.path.join(folder, "decoded", "*.spi.txt")))
    why = ("no sigrok-cli (Debian: sigrok-cli)" if not shutil.which("sigrok-cli") else
           f"no captures in {folder}; set RECONVERGE_DATA" if not captures else "")
    if why:
        print(f"importing against sigrok-cli: not measured: {why}")
        sys.exit(3)
    captures = [os.path.join(folder, os.path.basename(text)[:-len(".spi.txt")] + ".sr") for text in captures]
    least = []
    with tempfile.TemporaryDirectory(prefix="reconverge-sigrok-") as scratch:
        for what, files in (("as they are", captures),
                            (f"repeated to {SAMPLES:,} bytes of samples", [repeated(c, scratch) for c in captures])):
            least.append(report(what, measure(program, files, scratch, RUNS[what.split(" to ")[0]])))
    kept = min(least) >= GOAL
    print(f"  goal {GOAL} x for every one: {'kept' if kept else 'missed'}")
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
