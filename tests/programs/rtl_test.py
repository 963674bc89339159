"""The RTL behind a socket, for programs that know nothing of simulators: halctl manages it, correlate compares it."""
import json
import os
import re
import signal
import subprocess
import sys

import bench

HERON_RTL = os.path.realpath(sys.argv.pop())


class ServedRtl(bench.ProgramTest):
    def start(self, *arguments):
        """A chip after cold reset."""
        process = subprocess.Popen([HERON_RTL, "--link", f"unix:{self.socket}", *arguments], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        for done in (process.stdout.close, process.stderr.close, process.wait, process.kill):
            self.addCleanup(done)
        self.assertIn("serving the RTL of Heron 1/8", process.stdout.readline())
        return process

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=bench.PATIENCE)
        self.assertEqual((process.returncode, err), (0, ""))
        return out

    def correlate(self, *arguments, expected=0):
        status, out, err = bench.run(bench.RECONVERGE, "correlate", *arguments)
        self.assertEqual((status, err), (expected, ""), out)
        return out

    def test_halctl_boots_looks_and_updates(self):
        process = self.start()
        booted = self.json("converge", "--intent", "training")
        self.assertTrue(booted["as_intended"])
        self.assertGreater(booted["report"]["writes"], 500)
        self.assertEqual(self.json("converge", "--intent", "training")["report"]["writes"], 0)
        self.assertEqual(self.json("status", expected=0)["as_intended"], True)
        self.assertGreater(self.json("converge", "--intent", "inference", "--drain")["report"]["writes"], 100)
        frames, clocks = map(int, re.search(r"served (\d+) frames in (\d+) clocks", self.stop(process)).groups())
        self.assertGreater(frames, 100)
        self.assertGreater(clocks, 10_000 * 10)

    def test_correlate_takes_the_model_and_the_rtl_as_they_are(self):
        self.start()
        kept = os.path.join(self.folder.name, "kept")
        out = self.correlate("model:", f"unix:{self.socket}", "--scale", "1/8", "--random", "300", "--seed", "5",
                             "--keep", kept)
        print(out.strip())
        self.assertIn(bench.ALL_EQUAL + " alike", out)
        self.assertEqual(sorted(os.listdir(kept)), ["a.pcapng", "b.pcapng"])
        self.assertEqual(out, self.correlate(os.path.join(kept, "a.pcapng"), os.path.join(kept, "b.pcapng")))

    def test_correlate_runs_on_the_rtl_what_a_recording_tells(self):
        boot = os.path.join(self.folder.name, "boot.pcapng")
        status, _, err = bench.run(bench.RECONVERGE, "record", "--scale", "1/8", "-o", boot)
        self.assertEqual((status, err), (0, ""))
        self.start()
        rows = json.loads(self.correlate(boot, f"unix:{self.socket}", "--json"))["blocks"]
        self.assertEqual((len(rows), all(row["alike"] for row in rows)), (45, True))
        # The same again finds a chip that is booted already: another story.
        self.assertIn("different", self.correlate(boot, f"unix:{self.socket}", expected=1))

    def test_another_scale_is_refused_before_anything_is_written(self):
        self.start()
        status, _, err = bench.run(bench.RECONVERGE, "correlate", "model:", f"unix:{self.socket}", "--scale", "1/4")
        self.assertEqual(status, 2)
        self.assert_one_line(err, "correct --scale", program="reconverge")

    def test_a_waveform_on_request(self):
        wave = os.path.join(self.folder.name, "boot.vcd")
        process = self.start("--dump", wave)
        self.assertTrue(self.json("converge", "--intent", "training")["as_intended"])
        self.stop(process)
        imported = os.path.join(self.folder.name, "bus.pcapng")
        status, _, err = bench.run(bench.RECONVERGE, "convert", wave, "--bus", "apb:m_", "-o", imported)
        self.assertEqual(status, 0, err)


if __name__ == "__main__":
    bench.main("__main__")
