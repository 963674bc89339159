#!/usr/bin/env python3
"""campaign_test.py CLUSTER RECONVERGE: campaigns of 1, 2, 4 and 16 shards on a Slurm of this machine, one shard killed
half way, come out as one process's.

Starts a cluster of its own; exits 77 where there is none to be had (not root, no Slurm)."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CLUSTER, RECONVERGE = Path(), Path()
MEASURED = ("seconds", "cpu_seconds", "shifted")   # as in tests/programs/shards_test.py
CLOSURE = ("chaos", "closure", "--claim", "A", "--scale", "1/8", "--link", "spi")
TALLY = ("chaos", "single", "--scale", "1/8", "--link", "pcie", "--faults", "load_ones,ecc_error")


def parsed(out):
    return json.loads(out, object_pairs_hook=lambda pairs: {k: v for k, v in pairs if k not in MEASURED})


def shard_at_work(folder, number):
    """The process of that shard, once it is half way: it has told of its progress, and has written no part."""
    told = folder / f"part-{number}-of-4.progress"
    while True:
        if told.exists():
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    words = (process / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue   # it has ended meanwhile
                if f"{number}/4".encode() in words and os.fsencode(folder / f"part-{number}-of-4") in words:
                    return int(process.name)
        if (folder / f"part-{number}-of-4").exists():
            return None


class Campaign(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.place = Path(cls.holder.name)
        cluster = cls.place / "slurm"
        cls.addClassCleanup(cls.holder.cleanup)
        cls.addClassCleanup(subprocess.run, [CLUSTER, "down", cluster], check=True)
        up = subprocess.run([CLUSTER, "up", cluster], capture_output=True, text=True, check=False)
        assert up.returncode == 0, up.stderr
        os.environ["SLURM_CONF"] = str(cluster / "slurm.conf")

    def alone(self, *mode):
        result = subprocess.run([RECONVERGE, *mode], capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def campaign(self, folder, mode, kill, *reports, shards=4):
        """What a campaign says when one of its shards is killed, if asked for."""
        command = [RECONVERGE, "campaign", "--slurm", "--shards", str(shards), "-o", folder, "--json", *reports, *mode]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as campaign:
            victim = shard_at_work(folder, kill) if kill else None
            if victim:
                os.kill(victim, signal.SIGKILL)
            out, err = campaign.communicate()
        self.assertEqual(campaign.returncode, 0, err)
        return out, victim

    def test_a_killed_shard_of_a_tally_changes_nothing(self):
        out, victim = self.campaign(self.place / "tally", TALLY, 2)
        self.assertIsNotNone(victim, "the shard was over before it could be killed")
        whole = parsed(self.alone(*TALLY, "--json"))
        self.assertEqual(parsed(out), whole)
        print(f"compared {whole['parts'][0]['counts']['runs']} runs in 4 shards, one killed")

    def test_a_closure_in_rounds_of_job_arrays_has_the_same_certificate_for_any_number_of_shards(self):
        alone = self.place / "alone.cert"
        self.alone(*CLOSURE, "--certificate", alone)
        for shards in (1, 2, 4, 16):
            with self.subTest(shards=shards):
                shared = self.place / f"{shards}.cert"
                out, _ = self.campaign(self.place / f"closure-{shards}", CLOSURE, None, "--certificate", shared,
                                       shards=shards)
                self.assertEqual(shared.read_bytes(), alone.read_bytes())
                counts = parsed(out)["parts"][0]["counts"]
                self.assertGreater(counts["states"], 100)
                print(f"compared certificates of {counts['states']} states, one process and {shards} shards")


if __name__ == "__main__":
    CLUSTER, RECONVERGE = (Path(p).resolve() for p in sys.argv[1:3])
    if os.geteuid() != 0 or shutil.which("slurmctld") is None:
        print("not measured: a cluster needs root and Slurm (./dev slurm up)")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
