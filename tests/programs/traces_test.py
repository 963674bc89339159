"""The traces commands as a user runs them: record, look, replay, compare, convert."""
import csv
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import bench

LUA = os.path.join(os.path.dirname(__file__), "..", "..", "replay", "wireshark", "reconverge.lua")


class Traces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.boot = cls.path("boot.pcapng")
        status, _, err = cls.run_it("record", "--scenario", "boot", "--scale", "1/8", "-o", cls.boot)
        assert (status, err) == (0, ""), err

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    @staticmethod
    def run_it(*arguments):
        return bench.run(bench.RECONVERGE, *arguments)

    def ok(self, *arguments, expected=0):
        status, out, err = self.run_it(*arguments)
        self.assertEqual((status, err), (expected, ""), out)
        return out

    def test_show_filters_by_block_and_kind(self):
        lines = [json.loads(line) for line in self.ok("show", self.boot, "--json", "--block", "hbm*", "--op",
                                                      "write").splitlines()]
        self.assertGreater(len(lines), 10)
        for line in lines:
            self.assertTrue(line["name"].startswith("hbm"))
            self.assertTrue(line["op"].startswith("write"))
        self.assertIn(" -> ", self.ok("show", self.boot, "--changed", "--op", "write"))

    def test_replay_is_equal_and_tells_another_intent_apart(self):
        equal = json.loads(self.ok("replay", self.boot, "--json"))
        self.assertEqual(equal["verdict"], "equal")
        self.assertGreater(equal["accesses"], 500)
        other = json.loads(self.ok("replay", self.boot, "--intent", "inference", "--json", expected=1))
        self.assertTrue(other["divergences"][0]["field"])
        self.assertIn("never used", self.ok("replay", self.boot, "--rule", "value:pll.nothing", expected=1))

    def test_frames_replay_and_become_the_accesses_that_they_carry(self):
        frames, accesses = self.path("frames.pcapng"), self.path("accesses.pcapng")
        self.ok("record", "--scale", "1/8", "--level", "wire", "-o", frames)
        equal = json.loads(self.ok("replay", frames, "--json"))
        self.assertEqual(equal["verdict"], "equal")
        self.assertGreater(equal["frames"], 50)
        other = json.loads(self.ok("replay", frames, "--intent", "inference", "--json", expected=1))
        self.assertTrue(other["divergences"][0]["register"])
        status, _, err = self.run_it("convert", frames, "--device", "heron", "-o", accesses)
        self.assertEqual((status, len(err.splitlines())), (0, 1), err)   # the claims carry no access
        self.assertIn(bench.ALL_EQUAL, self.ok("correlate", self.boot, accesses))
        words = [[(r["op"], r["address"], r["words"]) for r in map(json.loads, self.ok(
            "show", trace, "--json", "--op", "read,write,guard,consume,write_fixed").splitlines())]
                 for trace in (self.boot, accesses)]
        self.assertGreater(len(words[0]), 500)
        self.assertEqual(*words)
        self.assertTrue(json.loads(self.ok("resume-at", "1s", accesses, "--json"))["as_intended"])
        for command in (["overlay", frames], ["resume-at", "1s", frames], ["replay", frames, "--after", "model"]):
            status, _, err = self.run_it(*command)
            self.assertEqual((status, len(err.splitlines())), (2, 1), err)
        self.assertIn("nothing compared", self.ok("diff", frames, frames, expected=3))
        self.assertIn("nothing compared", self.ok("correlate", frames, frames, expected=3))

    def test_seeking_finds_what_show_shows(self):
        shown = [json.loads(line) for line in self.ok("show", self.boot, "--json", "--op",
                                                      "read,write,guard,consume,write_fixed,wait,clock").splitlines()]
        for record in shown[::len(shown) // 7]:
            found = json.loads(self.ok("seek", self.boot, "--index", str(record["index"]), "--json"))
            self.assertEqual(found["index"], record["index"])
            found = json.loads(self.ok("seek", self.boot, "--time", f"{record['t_ns']}ns", "--json"))
            first = min(r["index"] for r in shown if r["t_ns"] >= record["t_ns"])
            self.assertEqual(found["index"], first)

    def test_minimising_keeps_what_a_command_finds(self):
        small = self.path("small.pcapng")
        check = f"test $({bench.RECONVERGE} show {{}} --json --register 'fuse.*' --op read | wc -l) -eq 0"
        done = json.loads(self.ok("minimise", self.boot, "-o", small, "--run", check, "--json"))
        self.assertEqual(done["after"], 1)
        left = self.ok("show", small, "--json").splitlines()
        self.assertEqual(len(left), 1)
        self.assertTrue(json.loads(left[0])["name"].startswith("fuse"))

    def test_both_links_write_the_same_to_every_block(self):
        pcie = self.path("pcie.pcapng")
        self.ok("record", "--scale", "1/8", "--link", "pcie", "-o", pcie)
        self.assertIn(bench.ALL_EQUAL, self.ok("correlate", self.boot, pcie))
        self.ok("diff", self.boot, self.boot)
        page = self.path("diff.html")
        self.ok("diff", self.boot, pcie, "--html", page, expected=1)
        with open(page, encoding="utf-8") as file:
            self.assertIn("<svg", file.read())

    def test_chips_are_compared_as_recordings_are(self):
        socket, kept = self.path("chip"), self.path("kept")
        served = bench.Served(socket)
        try:
            out = self.ok("correlate", "model:", f"unix:{socket}", "--scale", "1/8", "--random", "500", "--keep", kept)
            self.assertIn(bench.ALL_EQUAL, out)
            recorded = os.path.join(kept, "a.pcapng")
            self.assertEqual(out, self.ok("correlate", recorded, os.path.join(kept, "b.pcapng")))
            self.assertEqual(out, self.ok("correlate", recorded, "model:", "--random", "500"))
            other = json.loads(self.ok("correlate", recorded, "model:", "--random", "500", "--seed", "2", "--json",
                                       expected=1))
            self.assertTrue(other["findings"][0]["where"])
            self.assertIn(bench.ALL_EQUAL, self.ok("correlate", self.boot, "model:"))
            # What is served has been booted and spoilt: it isn't as it was when the recording began.
            self.assertIn("different", self.ok("correlate", self.boot, f"unix:{socket}", expected=1))
            for command, says in ((["model:", f"unix:{socket}", "--scale", "1/4"], "correct --scale"),
                                  ([self.boot, self.boot, "--random", "5"], "--random"),
                                  (["model:", "unix:/nowhere/chip"], "/nowhere/chip")):
                status, _, err = self.run_it("correlate", *command)
                self.assertIn(status, (2, 3), err)
                self.assertEqual(len(err.splitlines()), 1, err)
                self.assertIn(says, err)
        finally:
            served.process.kill()
            served.process.communicate()

    def test_resuming_anywhere_converges(self):
        for time in ("0us", "60us", "1ms", "1s"):
            done = json.loads(self.ok("resume-at", time, self.boot, "--json"))
            self.assertTrue(done["as_intended"], time)
            self.assertEqual(done["corrected"], 0)
        self.assertEqual(done["writes"], 0, "at the end there is nothing left to write")

    def test_a_cut_trace_is_shown_and_its_loss_is_told(self):
        with open(self.boot, "rb") as file:
            whole = file.read()
        cut = self.path("cut.pcapng")
        with open(cut, "wb") as file:
            file.write(whole[:len(whole) // 2])
        status, out, err = self.run_it("show", cut)
        self.assertEqual(status, 1)
        self.assertIn("no end mark", err)

    def test_a_growing_trace_is_followed_to_its_end(self):
        with open(self.boot, "rb") as file:
            whole = file.read()
        expected = self.ok("show", self.boot, "--json").splitlines()
        growing = self.path("growing.pcapng")
        # The first half, and as soon as that has been shown the rest, in pieces that no block ends with.
        part = len(whole) // 2
        with open(growing, "wb", buffering=0) as out:
            out.write(whole[:part])
            there = len(bench.run(bench.RECONVERGE, "show", growing, "--json")[1].splitlines())
            self.assertTrue(0 < there < len(expected))
            with subprocess.Popen([bench.RECONVERGE, "show", growing, "--json", "--follow"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) as show:
                shown = [show.stdout.readline().rstrip("\n") for _ in range(there)]
                for at in range(part, len(whole), 777):
                    out.write(whole[at:at + 777])
                rest, err = show.communicate(timeout=bench.PATIENCE)
        self.assertEqual((show.returncode, err), (0, ""))
        self.assertEqual(shown + rest.splitlines(), expected)

    def test_redacted_values_are_gone_and_it_still_replays(self):
        out = self.path("redacted.pcapng")
        self.assertIn("still replays", self.ok("redact", self.boot, "-o", out, "--hide", "fuse.serial*"))
        self.assertEqual(json.loads(self.ok("replay", out, "--json"))["verdict"], "equal")
        for line in self.ok("show", out, "--json", "--register", "fuse.serial_low").splitlines():
            self.assertNotEqual(json.loads(line)["words"], [])
        self.ok("redact", self.boot, "-o", out, "--hide", "no.such", expected=3)

    def test_every_export_is_what_its_readers_read(self):
        trace = json.loads(self.ok("convert", self.boot, "--to", "perfetto"))
        self.assertGreater(len(trace["traceEvents"]), 500)
        rows = list(csv.reader(self.ok("convert", self.boot, "--to", "csv").splitlines()))
        self.assertEqual({len(row) for row in rows}, {10})
        shown = [json.loads(line) for line in self.ok("show", self.boot, "--json").splitlines()]
        words = [(str(r["index"]), int(word, 16)) for r in shown for word in r.get("words", [])]
        self.assertEqual([(row[0], int(row[8], 16)) for row in rows[1:] if row[8]], words)
        self.assertGreater(len(words), 1000)
        self.assert_waveforms_end_as_the_registers(self.ok("convert", self.boot, "--to", "vcd"), rows[1:])
        test = self.path("replay_recorded.cpp")
        self.ok("convert", self.boot, "--to", "gtest", "-o", test)
        with open(test, encoding="utf-8") as file:
            self.assertIn("kSteps[] = {", file.read())   # tests/recorded builds and runs it
        folder = self.path("corpus")
        self.ok("convert", self.boot, "--to", "corpus", "-o", folder)
        pieces = [self.ok("show", os.path.join(folder, name), "--json", "--op", "read,write,guard,consume,write_fixed")
                  for name in sorted(os.listdir(folder))]
        words = [json.loads(line)["words"] for piece in pieces for line in piece.splitlines()]
        self.assertGreater(len(pieces), 2)
        self.assertEqual(words, [r["words"] for r in shown if "words" in r])

    def assert_waveforms_end_as_the_registers(self, vcd, rows):
        """Every variable's last change is the last word that was seen at that register."""
        names, seen, block = {}, {}, ""
        head, _, changes = vcd.partition("$enddefinitions $end")
        for line in head.splitlines():
            words = line.split()
            if words[0] == "$scope":
                block = words[2]
            elif words[0] == "$var":
                names[words[3]] = f"{block}.{words[4]}"
        for value, name in re.findall(r"^b([01]+) (\S+)$", changes, re.MULTILINE):
            seen[names[name]] = int(value, 2)
        last = {row[6]: int(row[8], 16) for row in rows if row[8] and row[2] != "guard"}
        self.assertEqual(seen, last)
        self.assertGreater(sum(value != 0 for value in seen.values()), 300)

    @unittest.skipUnless(shutil.which("tshark"), "no tshark: 1 test of the Wireshark dissector not run")
    def test_wireshark_decodes_every_access(self):
        packets = self.path("packets.pcapng")
        self.ok("convert", self.boot, "--to", "packets", "-o", packets)
        tshark = ["tshark", "-X", f"lua_script:{LUA}", "-r", packets, "-T", "fields", "-e", "reconverge.op", "-e",
                  "reconverge.address", "-e", "reconverge.value"]
        out = subprocess.run(tshark, capture_output=True, text=True, check=True).stdout.split("\n")[:-1]
        kinds = {"read": 0, "write": 1, "guard": 2, "consume": 3, "write_fixed": 4}
        shown = [json.loads(line) for line in self.ok("show", self.boot, "--json", "--op",
                                                      "read,write,guard,consume,write_fixed").splitlines()]
        self.assertEqual(len(out), len(shown))
        self.assertGreater(len(out), 500)
        for line, record in zip(out, shown):
            kind, address, values = line.split("\t")
            self.assertEqual((int(kind), int(address, 16)), (kinds[record["op"]], int(record["address"], 16)))
            self.assertEqual([int(v, 16) for v in values.split(",") if v], [int(w, 16) for w in record["words"]])

    def test_several_files_become_files_of_a_folder(self):
        other, folder = self.path("other.pcapng"), self.path("several/")
        shutil.copy(self.boot, other)
        said = [json.loads(line) for line in self.ok("convert", self.boot, other, "--to", "csv", "-o", folder,
                                                     "--json").splitlines()]
        alone = self.ok("convert", self.boot, "--to", "csv")
        self.assertEqual([row["input"] for row in said], [self.boot, other])
        for row, name in zip(said, ("boot.csv", "other.csv")):
            self.assertEqual(row["output"], os.path.join(folder, name))
            with open(row["output"], encoding="utf-8") as file:
                self.assertEqual(file.read(), alone)
        # One that can't be read is told; the others are converted.
        self.ok("convert", other, "-o", folder)   # of one file, too, where a folder is there
        os.remove(folder + "boot.csv")
        status, out, err = self.run_it("convert", LUA, self.boot, "--to", "csv", "-o", folder)
        self.assertEqual((status, len(out.splitlines()), len(err.splitlines())), (2, 1, 1), err)
        self.assertTrue(os.path.exists(folder + "boot.csv"))
        for arguments in ([other, folder + "other.pcapng", "-o", self.path("clash")], [self.boot, other],
                          [self.boot, other, "-o", self.folder.name]):   # two of a name, no folder, over itself
            status, out, err = self.run_it("convert", *arguments)
            self.assertEqual((status, out, len(err.splitlines())), (2, "", 1), err)
        self.assertFalse(os.path.exists(self.path("clash")))

    def test_every_command_that_is_listed_is_there_when_it_is_asked_for(self):
        listed = re.findall(r"^  ([a-z-]+) ", self.ok("--help").split("Subcommands:\n")[1], re.MULTILINE)
        self.assertGreater(len(listed), 20)
        for command in listed:
            self.assertIn(f"sage: reconverge {command} ", self.ok(command, "--help"))

    def test_mistakes_are_told_in_one_line(self):
        for arguments in (["show", "/nowhere"], ["seek", self.boot], ["seek", self.boot, "--time", "soon"],
                          ["convert", LUA, "-o", self.path("x")], ["convert", self.boot, "--to", "nothing"],
                          ["replay", self.boot, "--rule", "all"], ["minimise", self.boot, "-o", self.path("x")],
                          ["resume-at", "never", self.boot]):
            status, out, err = self.run_it(*arguments)
            self.assertEqual((status, out), (2, ""), arguments)
            self.assertEqual(len(err.splitlines()), 1, err)


if __name__ == "__main__":
    bench.main(__name__)
