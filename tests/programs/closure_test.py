#!/usr/bin/env python3
"""reconverge chaos closure at a small scale: it closes, loses nothing, and the number of workers changes no result."""
import json

import bench

MEASURED_TIMES = ("seconds", "cpu_seconds")


def close(threads):
    status, out, err = bench.run(bench.RECONVERGE, "chaos", "closure", "--scenario", "boot", "--scale", "1/8",
                                 "--threads", str(threads), "--json", patience=None)
    result = json.loads(out, object_pairs_hook=lambda pairs: {k: v for k, v in pairs if k not in MEASURED_TIMES})
    return status, err, result


class Closure(bench.ProgramTest):
    def test_two_workers_reach_the_same_fixpoint_as_one(self):
        one, two = close(1), close(2)
        self.assertEqual(one[:2], (0, ""))
        self.assertEqual(one[2]["verdict"], "Survived")
        self.assertEqual(one, two)
        kills = [part for part in one[2]["parts"] if part["claim"] == "A"]
        self.assertEqual([part["link"] for part in kills], ["spi", "pcie"])
        for part in kills:
            self.assertTrue(part["closed"])
            self.assertGreater(part["fault_free"]["non_zero_measures"], 0)
            self.assertGreater(part["counts"]["states"], part["fault_free"]["writes"] // 2,
                               "hardly any write was a kill point")
        clusters = [cluster for part in one[2]["parts"] for cluster in part.get("clusters", ())]
        self.assertEqual(len(clusters), one[2]["blocks"])
        states, points = (sum(part["counts"][what] for part in kills) for what in ("states", "points"))
        print(f"compared {len(kills)} links ({states} states, {points} kill points) and {len(clusters)} clusters, "
              f"{sum(c['moments'] != 0 for c in clusters)} of them with hardware that moves")

    def chaos(self, *arguments):
        return bench.run(bench.RECONVERGE, "chaos", *arguments)

    def test_what_was_not_asked_is_not_claimed(self):
        for mode in (("closure", "--link", "spi"), ("single", "--link", "spi", "--faults", "request_lost")):
            status, out, _ = self.chaos(*mode, "--scale", "1/8", "--without", "same_end")
            self.assertEqual(status, 3)
            self.assertIn("NotMeasured", out)
            self.assertIn("but same_end was not asked", out)
            self.assertNotIn("Survived:", out)

    def test_claim_b_is_about_the_scenario(self):
        states = {}
        for scenario in ("boot", "resume", "update", "repair", "brownout", "degraded"):
            status, out, err = self.chaos("closure", "--claim", "B", "--scale", "1/8", "--scenario", scenario, "--json")
            self.assertEqual((status, err), (0, ""))
            [part] = json.loads(out)["parts"]
            self.assertIn(f"'{scenario}'", part["statement"])
            states[scenario] = sum(cluster["states"] for cluster in part["clusters"])
        self.assertEqual(len(set(states.values())), len(states), states)
        print(f"compared {len(states)} scenarios, states of all clusters: {states}")

    def test_refuses_what_makes_no_sense(self):
        for says, arguments in (
                ("--threads: Value 100000 not in range", ("closure", "--threads", "100000")),
                ("--without: nonsense not in {completes", ("single", "--without", "nonsense")),
                ("leave one of them out", ("--repro", "boot@1/8@spi:12", "closure")),
                ("leave one of them out", ("closure", "--repro", "boot@1/8@spi:12")),
                ("add --repro ID", ("closure", "--shrink"))):
            status, out, err = self.chaos(*arguments)
            self.assertEqual((status, out), (2, ""), arguments)
            self.assert_one_line(err, says, "reconverge")


if __name__ == "__main__":
    bench.main(__name__)
