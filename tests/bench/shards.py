"""What sharing work among processes brings: one process against shards that run at the same time, and their merge.

The speed-up is told by the time of the processor, for others use the cores, too: that of one process, over that of the
longest shard and the merge."""
import json
import tempfile

from programs import run, run_together

SHARDS = (2, 4)
SHORT = 20   # what takes fewer seconds is measured three times
MODES = {
    "pairs": "pairs --scale 1/8 --link spi",
    "random": "random --runs 50000 --scale 1/8 --link spi",
    "seu": "seu --scale 1/4 --link spi",
    "single": "single --link spi",
    "closure": "closure --claim A --scale 1/2 --link pcie",
}


def told(document):
    """What the merged result must have in common with that of one process: counts, cells and losses."""
    return [{key: part.get(key) for key in ("counts", "cells", "losses", "verdict")} for part in document["parts"]]


def alone(reconverge, arguments):
    """One process; its losses are no failure here: the shards must find the same."""
    return run(reconverge, "chaos", *arguments.split(), "--threads", "1", "--json", codes=(0, 1))


def shared(reconverge, arguments, number):
    """(shards, merge)"""
    with tempfile.TemporaryDirectory(prefix="reconverge-shards-") as folder:
        parts = run_together([[reconverge, "chaos", *arguments.split(), "--threads", "1", "--shard", f"{i}/{number}",
                               "-o", f"{folder}/"] for i in range(1, number + 1)])
        files = [f"{folder}/part-{i}-of-{number}" for i in range(1, number + 1)]
        return parts, run(reconverge, "merge", *files, "--json", codes=(0, 1))


def row(mode, number, one, parts, merge):
    longest = max(p.cpu for p in parts)
    return {"mode": mode, "shards": number, "alone": one.cpu, "shard": longest, "merge": merge.cpu,
            "same": told(json.loads(merge.out)) == told(json.loads(one.out)),
            "speedup": one.cpu / (longest + merge.cpu), "memory": one.memory,
            "shard_memory": max(p.memory for p in parts), "merge_memory": merge.memory}


def shards(programs):
    """A row for each mode and number of shards: of several measurements the one in the middle."""
    reconverge = programs.build / "chaos" / "reconverge"
    rows = []
    for mode, arguments in MODES.items():
        ones = [alone(reconverge, arguments)]
        if ones[0].cpu < SHORT:
            ones += [alone(reconverge, arguments) for _ in range(2)]
        for number in SHARDS:
            measured = [row(mode, number, one, *shared(reconverge, arguments, number)) for one in ones]
            middle = sorted(measured, key=lambda each: each["speedup"])[len(measured) // 2]
            rows.append({**middle, "same": all(each["same"] for each in measured)})
    return rows


def table(rows):
    lines = ["| mode | shards | one process | longest shard | merge | speed-up | memory: one, shard, merge | result |",
             "|---|---|---|---|---|---|---|---|"]
    for r in rows:
        memory = " / ".join(f"{r[key] / 2**20:,.0f}" for key in ("memory", "shard_memory", "merge_memory"))
        lines.append(f"| {r['mode']} | {r['shards']} | {r['alone']:.1f} s | {r['shard']:.1f} s | {r['merge']:.1f} s | "
                     f"{r['speedup']:.2f} | {memory} MiB | {'the same' if r['same'] else '**another**'} |")
    return lines
