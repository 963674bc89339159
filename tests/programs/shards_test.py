#!/usr/bin/env python3
"""reconverge campaign and merge: work that was shared comes out as one process's, to the last count and the last byte;
parts that are damaged, missing, there twice or of another campaign never pass."""
import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path

import bench

# Times are measured; what an audit shifts is left out of the states, so a state that was written hasn't it.
MEASURED = ("seconds", "cpu_seconds", "shifted")
CLOSURE = ("chaos", "closure", "--claim", "A", "--scale", "1/8", "--link", "spi")
FEW = ("chaos", "single", "--scale", "1/8", "--link", "pcie", "--faults", "load_ones,ecc_error")


def parsed(out):
    return json.loads(out, object_pairs_hook=lambda pairs: {k: v for k, v in pairs if k not in MEASURED})


class Shards(bench.ProgramTest):
    def setUp(self):
        super().setUp()
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.place = Path(holder.name)

    def reconverge(self, *arguments):
        return bench.run(bench.RECONVERGE, *map(str, arguments), patience=None)

    def done(self, *arguments):
        status, out, err = self.reconverge(*arguments)
        self.assertEqual((status, err), (0, ""), arguments)
        return out

    def parts(self, shards, *mode):
        """The files of a mode's shards, one process after the other."""
        for number in range(1, shards + 1):
            self.done(*mode, "--shard", f"{number}/{shards}", "-o", self.place / f"part-{number}", "--threads", "1")
        return sorted(self.place.glob("part-*"))

    def test_a_closure_is_the_same_by_any_number_of_shards(self):
        alone = self.place / "alone.cert"
        whole = parsed(self.done(*CLOSURE, "--json", "--certificate", alone))
        certified = whole["parts"][0].pop("certificate")
        for shards in (1, 2, 4, 16):
            folder, shared = self.place / str(shards), self.place / f"{shards}.cert"
            merged = parsed(self.done("campaign", "-o", folder, "--shards", shards, "--json", "--certificate", shared,
                                      *CLOSURE))
            self.assertEqual(merged["parts"][0].pop("certificate")["root"], certified["root"])
            self.assertEqual(merged, whole)
            self.assertEqual(shared.read_bytes(), alone.read_bytes())
        print(f"compared 4 campaigns of {sum((1, 2, 4, 16))} shards: {whole['parts'][0]['counts']['states']} states, "
              f"certificates of {alone.stat().st_size} bytes")

    def test_a_tally_is_the_same_in_any_order_of_its_parts(self):
        whole = parsed(self.done(*FEW, "--json"))
        parts = self.parts(3, *FEW)
        self.assertEqual(parsed(self.done("merge", "--json", *parts)), whole)
        told = [self.done("merge", *order).splitlines()[-1] for order in (parts, parts[::-1])]
        self.assertIn("3 parts, digest", told[0])
        self.assertEqual(told[0], told[1])
        counts = whole["parts"][0]["counts"]
        self.assertGreater(counts["recoveries"], counts["runs"] // 100, "hardly any state was shared")
        print(f"compared {counts['runs']} runs, {counts['recoveries']} recoveries, "
              f"{len(whole['parts'][0]['cells'])} cells")

    def test_what_is_no_whole_campaign_is_refused_by_name(self):
        parts = self.parts(2, *FEW[:-1], "load_ones")
        foreign, damaged, short = (self.place / name for name in ("foreign", "damaged", "short"))
        self.done(*FEW[:-1], "load_ones", "--scenario", "resume", "--shard", "2/2", "-o", foreign)
        whole = parts[1].read_bytes()
        short.write_bytes(whole[:-1])
        refused = [
            ((parts[0],), "shard 2/2 is missing"),
            ((parts[1],), "shard 1/2 is missing"),
            ((parts[0], *parts), "shard 1/2 is there twice"),
            ((parts[0], foreign), "foreign are of different campaigns: they differ in"),
            ((parts[0], short), "short is damaged"),
            ((parts[0], Path(__file__)), "is no part"),
            ((parts[0], self.place / "nothing"), "cannot read"),
        ]
        for given, says in refused:
            status, out, err = self.reconverge("merge", *given)
            self.assertEqual((status, out), (2, ""), given)
            self.assert_one_line(err, says, "reconverge")
        flips = range(0, 8 * len(whole), max(1, 8 * len(whole) // 40))
        for bit in flips:
            flipped = bytearray(whole)
            flipped[bit // 8] ^= 1 << bit % 8
            damaged.write_bytes(flipped)
            status, out, err = self.reconverge("merge", parts[0], damaged)
            self.assertEqual((status, out), (2, ""), bit)
            self.assertIn("damaged", err)   # by name
        print(f"refused {len(refused)} sets of parts, and {len(flips)} parts with one bit flipped")

    def test_a_certificate_needs_parts_with_all_edges(self):
        parts = self.parts(1, *CLOSURE)
        status, out, err = self.reconverge("merge", "--certificate", self.place / "cert", *parts)
        self.assertEqual((status, out), (2, ""))
        self.assert_one_line(err, "run the shards with --edges", "reconverge")
        self.assertFalse((self.place / "cert").exists())

    def test_a_shard_that_is_killed_is_started_again(self):
        whole = parsed(self.done(*CLOSURE, "--json"))
        command = [bench.RECONVERGE, "campaign", "-o", str(self.place / "c"), "--shards", "3", "--json", *CLOSURE]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as campaign:
            children = []
            while not children:
                children = Path(f"/proc/{campaign.pid}/task/{campaign.pid}/children").read_text().split()
            os.kill(int(children[-1]), signal.SIGKILL)
            out, err = campaign.communicate()
        self.assertEqual(campaign.returncode, 0, err)
        self.assertIn("ended without its part; it is started again", err)
        self.assertEqual(parsed(out), whole)

    def test_what_makes_no_sense_is_refused(self):
        for says, arguments in (
                ("--shard 3/2 is no shard", (*FEW, "--shard", "3/2", "-o", "p")),
                ("add -o FILE or FOLDER", (*FEW, "--shard", "1/2")),
                ("add --shard i/n", (*FEW, "-o", "p")),
                ("add --link spi or pcie", ("chaos", "seu", "--shard", "1/2", "-o", "p")),
                ("add --claim A", ("chaos", "closure", "--link", "spi", "--shard", "1/2", "-o", "p")),
                ("leave out --real, --plant and reports", (*FEW, "--json", "--shard", "1/2", "-o", "p")),
                ("end with: chaos MODE", ("campaign", "-o", self.place / "x"))):
            status, out, err = self.reconverge(*arguments)
            self.assertEqual((status, out), (2, ""), arguments)
            self.assert_one_line(err, says, "reconverge")


if __name__ == "__main__":
    bench.main(__name__)
