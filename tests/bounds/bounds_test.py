#!/usr/bin/env python3
"""What a boot and a look at a healthy chip cost, against lower bounds computed here from the RDL alone.

Accesses of a boot: two reads per state register (on arrival, and in the final look), one write per register whose
intended content differs from reset, the declared sequences, two reads per hardware transition. Firmware words apart.
Bytes of a look: four per word and four per run of contiguous registers.
Time of a boot: the longest chain of declared latencies, plus the bound's bytes at the link's speed.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "hal/registers"))
sys.dont_write_bytecode = True

from rdl.compiler import Options, compile_files  # noqa: E402

HZ = 25_000_000


def describe():
    """Registers and blocks of the chip at scale 1, as the RDL says."""
    files = [ROOT / "hal/registers/hal_properties.rdl", ROOT / "hal/chip/heron.rdl"]
    return compile_files(files, Options([ROOT / "hal/blocks"], (), "heron", ["EIGHTHS=8"], True, True))


def udp(thing, name, otherwise=None):
    return thing.get("udp", {}).get(name, otherwise)


def is_state(reg):
    fields = reg["fields"]
    readable = any(f.get("sw") in ("r", "rw", "rw1") for f in fields)
    return readable and not any(f.get("onread") for f in fields) and udp(reg, "hal_observe", True)


def settable(reg):
    """Bits that management sets by storing or by write-one-to-set."""
    mask = 0
    for f in reg["fields"]:
        if f.get("sw") in ("rw", "w", "rw1") and f.get("onwrite") in (None, "woset") and not f.get("singlepulse") \
                and udp(f, "hal_owner", "management") == "management":
            mask |= ((1 << (f["msb"] - f["lsb"] + 1)) - 1) << f["lsb"]
    return mask


def reset_of(reg):
    return sum((f.get("reset") or 0) << f["lsb"] for f in reg["fields"])


def runs(addresses):
    ordered = sorted(addresses)
    return sum(1 for i, a in enumerate(ordered) if i == 0 or a != ordered[i - 1] + 4)


def longest_chain(chip, blocks):
    """Microseconds of declared latencies along the longest way through the dependencies."""
    latency = {}
    for reg in chip["regs"]:
        name = reg["path"].split(".")[1]
        latency[name] = latency.get(name, 0) + (udp(reg, "hal_latency", 0) or 0)
    groups = {}
    for node in blocks:
        groups.setdefault(node["path"].split(".")[1].split("[")[0], []).append(node["path"].split(".")[1])
    done = {}

    def finish(name):
        if name not in done:
            node = next(n for n in blocks if n["path"].split(".")[1] == name)
            kind = name.split("[")[0]
            index = groups[kind].index(name)
            parents = (udp(node, "hal_gate", "") + " " + udp(node, "hal_depends", "")).split()
            mine = [groups[p][index * len(groups[p]) // len(groups[kind])] for p in parents]
            done[name] = latency.get(name, 0) + max((finish(m) for m in mine), default=0)
        return done[name]

    return max(finish(n["path"].split(".")[1]) for n in blocks)


def bounds(final):
    chip = describe()
    blocks = [n for n in chip["nodes"] if n["kind"] == "addrmap" and n["path"].count(".") == 1]
    state = [r for r in chip["regs"] if is_state(r)]
    written = [r for r in chip["regs"] if r["addr"] in final and not udp(r, "hal_firmware", False)
               and (final[r["addr"]] ^ reset_of(r)) & settable(r)]
    transitions = sum(1 for r in chip["regs"] if udp(r, "hal_latency", 0))
    sequences = sum(udp(n, "hal_sequence_accesses", 0) for n in blocks)
    data = 2 * len(state) + len(written) + sequences + 2 * transitions
    bytes_look = 4 * len(state) + 4 * runs([r["addr"] for r in state])
    bytes_boot = 2 * bytes_look + 4 * len(written) + 4 * runs([r["addr"] for r in written]) \
        + 8 * (sequences + 2 * transitions)
    return {"state": len(state), "written": len(written), "sequences": sequences, "transitions": transitions,
            "accesses": data, "look_bytes": bytes_look, "boot_bytes": bytes_boot,
            "chain_us": longest_chain(chip, blocks), "registers": len([r for r in chip["regs"] if r["addr"] in final]),
            "fields": sum(len(r["fields"]) for r in chip["regs"] if r["addr"] in final),
            "firmware": sum(1 for r in chip["regs"] if udp(r, "hal_firmware", False) and final.get(r["addr"], 0))}


def main():
    reconverge = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "registers"
        done = subprocess.run([reconverge, "cost", "--json", "--hz", str(HZ), "--registers", str(file)],
                              capture_output=True, text=True, check=True)
        cost = json.loads(done.stdout)
        final = {int(a): int(v) for a, v in (line.split() for line in file.read_text().splitlines())}
    b = bounds(final)
    boot = cost["boot"]["accesses"] - b["firmware"]
    # what, measured, bound, the ratio that is allowed
    rows = [
        ("boot, accesses", boot, b["accesses"], 1.10),
        ("resume, bytes on the wire", cost["resume"]["wire_bytes"], b["look_bytes"], 1.25),
        ("boot, microseconds at 25 MHz", cost["boot_timed"]["elapsed_us"],
         b["chain_us"] + b["boot_bytes"] * 8 * 1_000_000 // HZ, 1.30),
    ]
    if "--json" in sys.argv:
        print(json.dumps({**b, **{what: measured / bound for what, measured, bound, _ in rows},
                          "resume, words written": cost["resume"]["writes"]}))
        return 0
    print(f"chip: {cost['blocks']} blocks, {b['registers']} registers, {b['fields']} fields; "
          f"{b['written']} registers intended otherwise than at reset")
    print(f"bound: 2 x {b['state']} reads + {b['written']} writes + {b['sequences']} of sequences + "
          f"2 x {b['transitions']} reads of transitions; {b['firmware']} firmware words apart; "
          f"longest chain {b['chain_us']} us")
    failed = False
    for what, measured, bound, allowed in rows:
        ratio = measured / bound
        failed |= ratio > allowed
        verdict = "ok  " if ratio <= allowed else "FAIL"
        print(f"{verdict} {what}: {measured} against {bound}, ratio {ratio:.3f} (at most {allowed})")
    checks = [("at least 4,000 registers", b["registers"] >= 4000), ("at least 12,000 fields", b["fields"] >= 12000),
              ("at least 2,500 registers written", b["written"] >= 2500),
              ("resume writes nothing", cost["resume"]["writes"] == 0),
              ("resume disturbs nothing", cost["resume_undisturbed"])]
    for what, holds in checks:
        failed |= not holds
        print(f"{'ok  ' if holds else 'FAIL'} {what}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
