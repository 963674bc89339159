#!/usr/bin/env python3
"""Every command of halctl against a served chip: what it prints, how it ends, and that only two of them write."""
import json
import os
import unittest

import bench

LOOKING = [("status",), ("plan", "--intent", "inference"), ("dump",), ("doctor",), ("peek", "sysctl.identity"),
           ("list",)]


def words_of(record):
    """(address, word) of each word that a planned or recorded write carries."""
    step = 0 if record["op"] == "write_fixed" else 4
    return [(int(str(record["address"]), 0) + step * k, word) for k, word in enumerate(record["words"])]


class Halctl(bench.ProgramTest):
    def test_a_boot_from_cold_reset(self):
        served = self.serve()
        blocks = served.ready["blocks"]
        status, out, _ = self.halctl("status")
        self.assertEqual(status, 1)
        self.assertIn(f"0 of {blocks} blocks as 'training' says", out)
        status, out, err = self.halctl("converge", "--intent", "training")
        self.assertEqual((status, err), (0, ""), out)
        self.assertIn(f"done: {blocks} of {blocks} blocks as 'training' says", out)
        for command in ("status", "plan", "doctor", "dump"):
            self.assertEqual(self.halctl(command)[0], 0, command)
        writes = self.json("converge", "--intent", "training")["report"]["writes"]
        self.assertEqual(writes, 0, "a converged chip needs no write")
        summary = served.stop()
        self.assertEqual((summary["disturbances"], summary["violations"]), (0, 0), summary)
        self.assertEqual(served.process.returncode, 0)

    def test_all_of_it_at_full_scale_with_the_static_program(self):
        self.SCALE = "1"
        served = self.serve(scale="1")
        status, out, err = self.halctl("converge", "--intent", "training", program=bench.HALCTL_STATIC)
        self.assertEqual((status, err), (0, ""), out)
        states = self.json("status")["states"]
        self.assertEqual(len(states), served.ready["blocks"])
        self.assertEqual({s["state"] for s in states} - {"converged", "off"}, set())

    def test_looking_never_writes_and_never_claims(self):
        served = self.serve(scenario="resume")
        for command in LOOKING:
            for form in ((), ("--json",)):
                status, out, err = self.halctl(*command, *form)
                self.assertIn(status, (0, 1), err)
                self.assertEqual(err, "")
                self.assertTrue(out)
                self.assertNotIn("\x1b", out, "colour only on a terminal")
                if form:
                    json.loads(out)
        epoch = self.json("peek", "mgmt_port.epoch.value")["value"]
        summary = served.stop()
        self.assertEqual((summary["writes"], summary["disturbances"], summary["violations"]), (0, 0, 0), summary)
        self.assertEqual(epoch, 1, "the scenario's own HAL claimed once, nobody since")

    def test_looking_at_a_cold_chip_touches_nothing_that_has_no_clock(self):
        served = self.serve()
        for command in LOOKING:
            self.assertIn(self.halctl(*command)[0], (0, 1))
        summary = served.stop()
        self.assertEqual((summary["writes"], summary["violations"]), (0, 0), summary)

    def test_what_would_disturb_is_deferred_until_a_drain_is_allowed(self):
        served = self.serve(scenario="resume")
        report = self.json("converge", "--intent", "inference", expected=1)["report"]
        self.assertGreater(report["deferred"], 0)
        self.assertEqual(report["writes"], 0)
        status, out, _ = self.halctl("converge", "--intent", "inference")
        self.assertEqual(status, 1)
        self.assertIn("converge --drain", out)
        self.assertEqual(self.json("converge", "--intent", "inference", "--drain")["as_intended"], True)
        self.assertEqual(self.halctl("status", "--intent", "inference")[0], 0)
        self.assertEqual(self.halctl("status", "--intent", "training")[0], 1)
        self.assertEqual(served.stop()["disturbances"], 0)

    def test_a_plan_says_what_is_then_written(self):
        served = self.serve()
        items = self.json("plan", expected=1)["items"]
        self.assertTrue(items)
        recording = os.path.join(self.folder.name, "r.pcapng")
        self.json("converge", "--intent", "training", "--record", recording)
        status, out, err = bench.run(bench.RECONVERGE, "show", recording, "--op", "write", "--json")
        self.assertEqual((status, err), (0, ""))
        records = [json.loads(line) for line in out.splitlines()]
        written = [each for record in records for each in words_of(record)]
        rest = iter(written)  # neighbours are joined to bursts, and further acts lie between: the order stays
        for planned in (each for item in items for each in words_of(item)):
            self.assertIn(planned, rest)
        self.assertEqual(served.stop()["writes"], len(written), "the recording has every word written")

    def test_a_file_is_an_intent_like_the_others(self):
        self.serve()
        path = os.path.join(self.folder.name, "mine.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"name": "mine", "defaults": {"pll": {"output_khz": 1000000}}}, file)
        self.assertTrue(self.json("converge", "--intent", path)["as_intended"])
        self.assertEqual(self.json("peek", "pll.divider.feedback")["value"], 10)

    def test_poking_a_field_keeps_its_neighbours(self):
        self.serve()
        self.json("converge", "--intent", "training")
        before = self.json("peek", "pll.ctrl")["fields"]
        poked = self.json("poke", "pll.ctrl.spread", "0x5")
        self.assertEqual(self.json("peek", "pll.ctrl")["fields"], {**before, "spread": 5})
        self.assertEqual(poked["path"], "pll.ctrl.spread")
        self.assertEqual(self.halctl("status")[0], 1)
        self.json("converge", "--intent", "training", "--drain")
        self.assertEqual(self.json("peek", "pll.ctrl")["fields"], before)

    def test_a_poke_that_does_not_read_back_is_a_finding(self):
        self.serve()
        self.json("converge", "--intent", "training")
        path, value = "hbm_ctrl.trcd.read", "1"   # locked while the DRAM is clocked
        status, out, err = self.halctl("poke", path, value)
        self.assertEqual(status, 1, out)
        self.assert_one_line(err, f"{path}: read not as written")
        self.assertIn("wrote", out)
        status, out, _ = self.halctl("poke", path, value, "--json")
        self.assertEqual((status, json.loads(out)["differs"]), (1, "read not as written"))

    def test_numbers_are_decimal_or_hexadecimal(self):
        self.serve()
        for text, value in (("0", 0), ("7", 7), ("0x0a", 10), ("0X0B", 11)):
            self.json("poke", "sysctl.scratch.value", text)
            self.assertEqual(self.json("peek", "sysctl.scratch.value")["value"], value)

    def test_nothing_is_poked_under_traffic_unless_forced(self):
        served = self.serve(scenario="resume")
        status, out, err = self.halctl("poke", "pvt[0].sampling.average", "4")
        self.assertEqual((status, out), (2, ""))
        self.assert_one_line(err, "traffic runs and may rely on it, nothing was written; drain it, or add --force")
        self.assertEqual(self.json("peek", "mgmt_port.epoch.value")["value"], 1, "who may not write does not claim")
        self.json("poke", "--force", "pvt[0].sampling.average", "4")
        self.assertEqual(self.json("peek", "pvt[0].sampling.average")["value"], 4)
        self.assertEqual(served.stop()["writes"], 1)

    def test_what_belongs_to_others_is_poked_only_by_force(self):
        served = self.serve()
        self.json("converge", "--intent", "training")
        writes = 0
        foreign = [f"{block}[0].{reg['name']}.{field['name']}" for block in ("dma", "pcie_ctrl", "mailbox", "intagg")
                   for reg in self.json("list", block) if reg["count"] == 1 and not reg["read_side_effect"]
                   for field in reg["fields"] if field["owner"] == "host" and field["access"] == "rw"]
        self.assertTrue(foreign, "this chip has no field of the host's")
        for path in foreign[:3]:
            status, out, err = self.halctl("poke", path, "1")
            self.assertEqual((status, out), (2, ""))
            self.assert_one_line(err, "belongs to the host, nothing was written; add --force to write it anyway")
            self.assertIn(self.halctl("poke", "--force", path, "1")[0], (0, 1))
            writes += 1
        self.assertEqual(writes, len(foreign[:3]))
        served.stop()

    def test_a_recording_that_cannot_be_kept_is_told_and_stops_nothing(self):
        self.serve()
        status, out, err = self.halctl("converge", "--intent", "training", "--record", "/dev/full")
        self.assertEqual(status, 3)
        self.assert_one_line(err, "/dev/full: No space left on device; the recording is incomplete")
        self.assertIn("done:", out)
        self.assertEqual(self.halctl("status")[0], 0)

    def test_peeking_where_there_is_no_clock_is_a_finding(self):
        self.serve()
        gated = [b for b in self.json("list")["instances"] if b["wave"] > 4]
        if not gated:
            self.skipTest("this chip has no gated blocks")
        status, out, err = self.halctl("peek", gated[-1]["instance"])
        self.assertEqual((status, out), (1, ""))
        self.assert_one_line(err, "no answer; its clock or reset doesn't stand")

    def test_list_needs_no_link(self):
        status, out, err = bench.run(bench.HALCTL, "list")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("training", out)
        self.assertEqual(bench.run(bench.HALCTL_STATIC, "list")[1], out, "both programs know the same chip")
        self.assertIn("ctrl.enable", bench.run(bench.HALCTL, "list", "pll")[1])

    def test_help_has_examples(self):
        for command in ("", "converge", "plan", "status", "list", "dump", "doctor", "peek", "poke"):
            status, out, _ = bench.run(bench.HALCTL, *([command] if command else []), "--help")
            self.assertEqual(status, 0)
            self.assertIn("Examples:", out, command)


if __name__ == "__main__":
    bench.main(__name__)
