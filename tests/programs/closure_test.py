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


if __name__ == "__main__":
    bench.main(__name__)
