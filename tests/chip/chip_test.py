#!/usr/bin/env python3
"""A chip that shares no block with Heron, through the same engine, programs and harness: whatever they know of a chip
comes from its RDL. Takes WREN-HALCTL WREN-RECONVERGE PLANTED-HAL.SO."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "programs"))
import bench  # noqa: E402

SCENARIOS = ("boot", "resume", "update", "repair", "brownout", "degraded", "deferred")
PLANTED = pathlib.Path()   # set by main


class Wren(bench.ProgramTest):
    SCALE = "1"

    def chaos(self, *arguments, expect=0):
        status, out, err = bench.run(bench.RECONVERGE, "chaos", *arguments, "--json")
        self.assertEqual((status, err), (expect, ""), out)
        return json.loads(out)

    def test_it_is_described_by_its_own_rdl(self):
        status, out, _ = bench.run(bench.HALCTL, "list", "--json")
        listed = json.loads(out)
        self.assertEqual((status, listed["chip"], listed["scale"]), (0, "wren", "1"))
        types = {row["type"] for row in listed["instances"]}
        rooms = {room.name for room in (pathlib.Path(__file__).parent / "wren/blocks").iterdir()}
        self.assertEqual(types, rooms)
        status, _, err = bench.run(bench.HALCTL, "list", "--scale", "1/8")
        self.assertEqual((status, err), (2, "halctl: '1/8' is no scale of this chip; use 1\n"))

    def test_production_boots_it_and_a_further_hal_writes_nothing(self):
        self.serve()
        reports = [self.json("converge", "--intent", "training")["report"] for _ in range(2)]
        self.assertGreater(reports[0]["writes"], 0)
        self.assertEqual(reports[1]["writes"], 0)
        seen = {check["check"]: check["seen"] for check in self.json("doctor")}
        self.assertEqual((seen["traffic"], seen["given up"]), ("gate open, idle", "none"))
        print(f"booted with {reports[0]['writes']} writes; again with {reports[1]['writes']}")

    def test_every_scenario_closes_with_a_certificate_on_both_links(self):
        for scenario in SCENARIOS:
            with self.subTest(scenario):
                for link in ("spi", "pcie"):
                    certificate = f"{self.folder.name}/{link}"
                    result = self.chaos("closure", "--claim", "A", "--scenario", scenario, "--link", link,
                                        "--certificate", certificate)
                    [part] = result["parts"]
                    self.assertEqual((part["verdict"], part["closed"]), ("Survived", True))
                    counts, whole = part["counts"], part["fault_free"]
                    self.assertGreater(whole["non_zero_measures"], 0)
                    status, out, err = bench.run(bench.RECONVERGE, "verify", certificate, "--all")
                    self.assertEqual((status, err), (0, ""), out)
                    print(f"{scenario} over {link}: {whole['non_zero_measures']} of {whole['measures']} measures not "
                          f"zero, killed at {counts['points']} points, {counts['states']} states, certificate verified")

    def test_every_cluster_survives_any_outage(self):
        [part] = self.chaos("closure", "--claim", "B", "--scenario", "boot")["parts"]
        clusters = part["clusters"]
        self.assertEqual([c["block"] for c in clusters if not c["closed"] or c["findings"]], [])
        moving = sum(c["moments"] != 0 for c in clusters)
        self.assertGreater(moving, len(clusters) // 2)
        states = sum(c["states"] for c in clusters)
        print(f"{len(clusters)} clusters, {moving} with hardware that moves, {states} states")

    def test_one_fault_at_every_point(self):
        result = self.chaos("single", "--scenario", "boot", "--link", "spi")
        self.assertEqual(result["verdict"], "Survived")

    def test_a_driver_that_believes_what_was_staged_is_found(self):
        result = self.chaos("closure", "--claim", "A", "--scenario", "update", "--link", "pcie", "--hal", PLANTED,
                            expect=1)
        [part] = result["parts"]
        self.assertGreater(part["fault_free"]["non_zero_measures"], 0, "without kills nobody notices")
        self.assertGreater(part["counts"]["lost"], 0)
        print(f"{part['counts']['lost']} of {part['counts']['runs']} recoveries lost: {part['losses'][0]}")

    def test_a_wrong_hash_is_noticed(self):
        result = self.chaos("closure", "--claim", "A", "--scenario", "update", "--plant", "wrong-hash",
                            "--audit", "100", expect=3)
        self.assertEqual(result["verdict"], "HarnessBroken")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    PLANTED = pathlib.Path(sys.argv[3]).resolve()
    sys.argv[1:4] = [sys.argv[1], sys.argv[1], sys.argv[2]]
    bench.main("__main__")
