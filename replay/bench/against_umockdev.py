#!/usr/bin/env python3
"""against_umockdev.py PROGRAM [--json] [ARGS...]: a recorded boot replayed below the SPI link, beside umockdev.

The same HAL and link boot the whole chip twice from the same frames: answered in their own process by ours, and by
umockdev-run through the ioctl of spidev. Both compare every byte that is sent. Other arguments are those of Google
Benchmark, and ignored. Exit codes: 0 measured, 3 not."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 9
DEVICE = """P: /devices/platform/heron.0/spi_master/spi0/spi0.0/spidev/spidev0.0
N: spidev0.0
E: DEVNAME=/dev/spidev0.0
E: SUBSYSTEM=spidev
"""


def not_measured(why):
    print(f"replaying against umockdev: not measured: {why}")
    sys.exit(3)


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        not_measured((done.stderr or done.stdout).strip().splitlines()[-1:])
    return json.loads(done.stdout)


def main():
    program = sys.argv[1]
    if not shutil.which("umockdev-run"):
        not_measured("no umockdev (Debian: umockdev)")
    with tempfile.TemporaryDirectory(prefix="reconverge-umockdev-") as folder:
        device, script = os.path.join(folder, "device"), os.path.join(folder, "script")
        with open(device, "w", encoding="utf-8") as file:
            file.write(DEVICE)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(run([program, script]))
            theirs.append(run(["umockdev-run", "-d", device, "-i", f"/dev/spidev0.0={script}", "--", program,
                               "--device", "/dev/spidev0.0"]))
    mine, its = (statistics.median(each["seconds"] for each in times) for times in (ours, theirs))
    words, transfers = ours[0]["words"], theirs[0]["transfers"]
    result = {"words": words, "transfers": transfers, "ours_ms": mine * 1e3, "umockdev_ms": its * 1e3,
              "ratio": its / mine, "ours_per_s": words / mine, "umockdev_per_s": words / its}
    if "--json" in sys.argv:
        print(json.dumps(result))
        return
    print(f"replaying a boot of {words:,} words in {transfers:,} transfers, the HAL's own work included; medians of "
          f"{ROUNDS}:")
    print(f"  ours, below the link {mine * 1e3:8.2f} ms  {words / mine / 1e6:6.2f} M words/s")
    print(f"  umockdev, spidev     {its * 1e3:8.2f} ms  {words / its / 1e6:6.2f} M words/s   {its / mine:.1f} x slower")


if __name__ == "__main__":
    main()
