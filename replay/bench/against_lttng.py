#!/usr/bin/env python3
"""against_lttng.py PROGRAM DATA [ARGS...]: what recording an access costs, beside LTTng-UST in the same process.

Starts a session daemon of its own (userspace only) unless one runs, and stops it again. The accesses are those of a
graphics card's driver (DATA/mmiotrace). --json is for machines; other arguments are those of Google Benchmark, and
ignored. Exit codes: 0 within the goals (with --json: measured), 1 not, 3 not measured."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

GOAL_NS, GOAL_RATIO = 45, 2.5
SESSION = f"reconverge-{os.getpid()}"


def not_measured(why):
    print(f"recording against LTTng-UST: not measured: {why}")
    sys.exit(3)


def lttng(*arguments, check=True):
    result = subprocess.run(["lttng", "--no-sessiond", *arguments], capture_output=True, text=True, check=False)
    if check and result.returncode != 0:
        not_measured(f"lttng {arguments[0]}: {(result.stderr or result.stdout).strip().splitlines()[-1:]}")
    return result


def measure(program, trace, folder):
    lttng("create", SESSION, f"--output={folder}/lttng")
    try:
        lttng("enable-channel", "-u", "-s", SESSION, "--discard", "--subbuf-size=4M", "--num-subbuf=8", "accesses")
        lttng("enable-event", "-u", "-s", SESSION, "-c", "accesses", "reconverge:access")
        lttng("start", SESSION)
        environment = {**os.environ, "LTTNG_UST_REGISTER_TIMEOUT": "-1"}   # not before it is being recorded
        out = subprocess.run([program, trace, folder], env=environment, capture_output=True, text=True, check=True)
        stopped = lttng("stop", SESSION)
    finally:
        lttng("destroy", SESSION, check=False)
    result = json.loads(out.stdout)
    discarded = re.search(r"(\d+) events? (?:was|were) discarded", stopped.stdout + stopped.stderr)
    result["lttng_lost"] = int(discarded[1]) if discarded else 0
    size = sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(f"{folder}/lttng") for name in names
               if name.startswith("accesses"))
    result["lttng_bytes"] = size / max(result["accesses"] - result["lttng_lost"], 1)
    return result


def main():
    program, data = sys.argv[1:3]
    trace = os.path.join(os.environ.get("RECONVERGE_DATA", data), "mmiotrace", "nouveau_titanv_trace1.mmiotrace")
    if not shutil.which("lttng-sessiond") or not os.path.exists(program):
        not_measured("no LTTng (Debian: lttng-tools liblttng-ust-dev)")
    if not os.path.exists(trace):
        not_measured(f"{trace} is absent; set RECONVERGE_DATA")
    daemon = None
    with tempfile.TemporaryDirectory(prefix="reconverge-lttng-") as folder:
        os.environ["LTTNG_HOME"] = folder
        if lttng("list", check=False).returncode != 0:
            daemon = subprocess.Popen(["lttng-sessiond", "--no-kernel"], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                if lttng("list", check=False).returncode == 0:
                    break
                time.sleep(0.1)
            r = measure(program, trace, folder)
        finally:
            if daemon:
                daemon.terminate()
                daemon.wait()
    if r["lost"] or r["lttng_lost"] or r["lttng_bytes"] == 0:
        not_measured(f"{r['lost']} and {r['lttng_lost']} accesses were lost; is the machine busy?")
    ratio, ratio_alone = r["lttng_ns"] / r["writer_ns"], r["lttng_ns"] / r["alone_ns"]
    if "--json" in sys.argv:
        print(json.dumps({**r, "ratio": ratio, "ratio_alone": ratio_alone}))
        return
    print(f"recording one access ({r['accesses']:,} of them, medians of groups of 64, clock included):")
    print(f"  as the HAL does                {r['writer_ns']:6.1f} ns  {r['writer_bytes']:5.2f} bytes   "
          f"{ratio:.2f} x cheaper than LTTng-UST")
    print(f"  all on one thread, CRC, no zstd{r['alone_ns']:6.1f} ns  {r['alone_bytes']:5.2f} bytes   "
          f"{ratio_alone:.2f} x; {r['alone_mean_ns']:.1f} ns in the mean, with the writing")
    print(f"  LTTng-UST, same process        {r['lttng_ns']:6.1f} ns  {r['lttng_bytes']:5.2f} bytes")
    within = max(r["writer_ns"], r["alone_ns"]) <= GOAL_NS and min(ratio, ratio_alone) >= GOAL_RATIO
    print(f"  goals: {GOAL_NS} ns and {GOAL_RATIO} x: {'kept' if within else 'missed'}")
    sys.exit(0 if within else 1)


if __name__ == "__main__":
    main()
