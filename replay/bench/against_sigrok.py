#!/usr/bin/env python3
"""against_sigrok.py RECONVERGE DATA [ARGS...]: importing SPI captures, beside sigrok-cli decoding the same files.

Twice: the captures as they are, where the start of the programs is most of it, and each one's samples repeated to
SAMPLES, which shows the decoding. Other arguments are those of Google Benchmark, and ignored. Exit codes: 0 within the
goal (for decoding), 1 not, 3 not measured."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

GOAL = 40
RUNS = 1
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


def best(command):
    """Seconds of the fastest of RUNS runs: what else the machine does only ever adds."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - start)
    return min(times)


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


def measure(program, captures, scratch):
    """Seconds of ours and theirs for all captures."""
    ours = theirs = 0.0
    for capture in captures:
        pins = PINS.get(os.path.basename(capture)[:-3], OTHERS)
        ours += best([program, "convert", capture, "--pins", pins, "-o", os.path.join(scratch, "out.pcapng")])
        theirs += best(["sigrok-cli", "-i", capture, "-P", "spi:" + pins.replace(",", ":"), "-A", "spi"])
    return ours, theirs


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
    with tempfile.TemporaryDirectory(prefix="reconverge-sigrok-") as scratch:
        for what, files in (("as they are", captures),
                            (f"repeated to {SAMPLES:,} bytes of samples", [repeated(c, scratch) for c in captures])):
            ours, theirs = measure(program, files, scratch)
            print(f"importing {len(files)} SPI captures, {what}: {ours * 1000:,.0f} ms; sigrok-cli: "
                  f"{theirs * 1000:,.0f} ms; {theirs / ours:.1f} x faster")
    kept = theirs / ours >= GOAL
    print(f"  goal {GOAL} x: {'kept' if kept else 'missed'}")
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
