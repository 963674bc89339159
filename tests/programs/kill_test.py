#!/usr/bin/env python3
"""SIGKILL of the unmodified halctl at exact frames, and another one that takes over: a fresh one always converges."""
import json
import os
import subprocess
import threading

import bench

CONVERGE = ("converge", "--intent", "training")
MODES = ("before", "inside", "after")   # the frame arrived; the chip got half of it; it was executed, no reply came
MOST_POINTS = 12   # frames per mode; evenly spread over the run


class Kill(bench.ProgramTest):
    def undisturbed(self):
        """(number of frames, all registers) of a boot that nobody interrupts."""
        served = self.serve()
        proxy = self.proxy(lambda number, asked, forward: forward(asked))
        self.assertEqual(self.halctl(*CONVERGE, link=proxy.path)[0], 0)
        frames = proxy.frames
        registers = self.registers()
        served.stop()
        proxy.close()
        return frames, registers

    def registers(self):
        dump = self.json("dump")
        return {r["register"]: r["word"] for block in dump for r in block["registers"]
                if not r["register"].startswith("mgmt_port.e")}   # owner epoch and statistics differ

    def killed_at(self, frame, mode):
        """Runs halctl until it is killed at that frame. Answers its exit status."""
        process = []
        started = threading.Event()

        def tamper(number, asked, forward):
            if number != frame:
                return forward(asked)
            started.wait(bench.PATIENCE)
            if mode == "inside":
                forward(asked[:len(asked) // 2], partly=True)
            if mode == "after":
                forward(asked)
            process[0].kill()
            process[0].wait()
            return None
        proxy = self.proxy(tamper)
        process.append(subprocess.Popen([str(c) for c in self.command(*CONVERGE, link=proxy.path)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        started.set()
        status = process[0].wait(bench.PATIENCE)
        proxy.close()
        return status

    def proxy(self, tamper):
        self.number = getattr(self, "number", 0) + 1
        return bench.Proxy(os.path.join(self.folder.name, f"proxy{self.number}"), self.socket, tamper)

    def test_killed_at_frames_all_over_the_boot(self):
        frames, expected = self.undisturbed()
        self.assertGreater(frames, 10)
        points = sorted({1 + i * (frames - 1) // (MOST_POINTS - 1) for i in range(MOST_POINTS)})
        for mode in MODES:
            for frame in points:
                with self.subTest(mode=mode, frame=frame):
                    served = self.serve()
                    self.assertEqual(self.killed_at(frame, mode), -9)
                    status, out, err = self.halctl(*CONVERGE)
                    self.assertEqual((status, err), (0, ""), out)
                    self.assertEqual(self.registers(), expected)
                    summary = served.stop()
                    self.assertEqual((summary["disturbances"], summary["violations"]), (0, 0), summary)
        print(f"killed at {len(points)} of {frames} frames in {len(MODES)} ways; a fresh halctl converged each time")

    def test_an_instance_that_lost_the_port_stops(self):
        self.serve()
        frames = []

        def tamper(number, asked, forward):
            frames.append(number)
            if number == 8:   # identity, query, claim, and some accesses are done: now another one starts and finishes
                self.assertEqual(self.halctl(*CONVERGE)[0], 0)
            return forward(asked)
        proxy = self.proxy(tamper)
        status, out, err = self.halctl(*CONVERGE, link=proxy.path)
        self.assertEqual((status, out), (3, ""))
        self.assert_one_line(err, "another instance owns the management port now")
        self.assertEqual(frames[-1], 8, "after being fenced off nothing is sent any more")
        self.assertEqual(self.halctl("status")[0], 0)
        proxy.close()

    def test_killed_under_traffic_disturbs_nothing(self):
        served = self.serve(scenario="resume")
        for frame in range(1, 8):
            self.killed_at(frame, "after")
        self.assertEqual(self.json(*CONVERGE)["report"]["writes"], 0)
        summary = served.stop()
        self.assertEqual((summary["writes"], summary["disturbances"], summary["violations"]), (0, 0, 0), summary)

    def test_real_and_simulated_deaths_leave_the_same_chip(self):
        compared = {}
        for scenario in ("boot", "update", "resume"):
            status, out, err = bench.run(bench.RECONVERGE, "chaos", "single", "--real", "--halctl", bench.HALCTL,
                                         "--scale", "1/8", "--scenario", scenario, "--runs", "50", "--json")
            self.assertEqual((status, err), (0, ""), out)
            [part] = json.loads(out)["parts"]
            counts = part["counts"]
            self.assertEqual(counts["kills"], 50)
            self.assertEqual((counts["differ"], counts["lost"]), (0, 0), part["first_difference"])
            for what in ("inside", "before", "behind", "recovered", "paused", "fenced"):
                self.assertGreater(counts[what], 0, what)
            compared[scenario] = (counts["kills"], counts["states"])
        self.assertGreater(compared["boot"][1], 10, "most kills left the chip as it was")
        print(f"compared (kills, distinct states left): {compared}")

    def test_a_program_that_is_no_halctl_is_told(self):
        status, out, err = bench.run(bench.RECONVERGE, "chaos", "single", "--real", "--halctl", "/bin/false",
                                     "--scale", "1/8")
        self.assertEqual((status, out), (3, ""))
        self.assert_one_line(err, "/bin/false doesn't converge without any kill: exit code 1", "reconverge")


if __name__ == "__main__":
    bench.main(__name__)
