#!/usr/bin/env python3
"""against_sigrok.py RECONVERGE DATA [ARGS...]: importing SPI captures, beside sigrok-cli decoding the same files.

Each program is started for each capture, as a user would. Other arguments are those of Google Benchmark, and ignored.
Exit codes: 0 within the goal, 1 not, 3 not measured."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time

GOAL = 40
RUNS = 5
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


def best(command):
    """Seconds of the fastest of RUNS runs: what else the machine does only ever adds."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    program, data = sys.argv[1:3]
    folder = os.path.join(os.environ.get("RECONVERGE_DATA", data), "sigrok")
    captures = sorted(glob.glob(os.path.join(folder, "decoded", "*.spi.txt")))
    why = ("no sigrok-cli (Debian: sigrok-cli)" if not shutil.which("sigrok-cli") else
           f"no captures in {folder}; set RECONVERGE_DATA" if not captures else "")
    if why:
        print(f"importing against sigrok-cli: not measured: {why}")
        sys.exit(3)
    ours = theirs = 0.0
    with tempfile.TemporaryDirectory(prefix="reconverge-sigrok-") as scratch:
        for text in captures:
            name = os.path.basename(text)[:-len(".spi.txt")]
            capture, pins = os.path.join(folder, name + ".sr"), PINS.get(name, OTHERS)
            ours += best([program, "convert", capture, "--pins", pins, "-o", os.path.join(scratch, "out.pcapng")])
            theirs += best(["sigrok-cli", "-i", capture, "-P", "spi:" + pins.replace(",", ":"), "-A", "spi"])
    ratio = theirs / ours
    print(f"importing {len(captures)} SPI captures: {ours * 1000:.0f} ms; sigrok-cli: {theirs * 1000:.0f} ms; "
          f"{ratio:.0f} x faster (goal {GOAL} x: {'kept' if ratio >= GOAL else 'missed'})")
    sys.exit(0 if ratio >= GOAL else 1)


if __name__ == "__main__":
    main()
