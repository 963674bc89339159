#!/usr/bin/env python3
"""reconverge rehearse update as a user meets it: what it refuses, what a loss tells, what machines get."""
import json
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import bench

OTHER_INTERFACE = "int hal_abi_version(void) { return 9; } int hal_converge(void) { return 0; }"


class Rehearsed(bench.ProgramTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        built = bench.RECONVERGE.parents[1]
        self.library = built / "hal/libhal.so.1"

    def rehearse(self, *arguments):
        return bench.run(bench.RECONVERGE, "rehearse", "update", "--scale", "1/8", *arguments)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


class Refusals(Rehearsed):
    def test_what_cannot_be_rehearsed_is_one_line_and_exit_code_2(self):
        whole = self.library.read_bytes()
        low = '{"name": "low", "defaults": {"pll": {"output_khz": 1}}}'
        cases = [("--intent", "nosuch", "no intent 'nosuch'"), ("--old-intent", "nosuch", "no intent 'nosuch'"),
                 ("--intent", self.file("cut.json", '{"name":'), "cut.json:1"),
                 ("--intent", self.file("low.json", low), "/defaults/pll/output_khz"),
                 ("--old", self.folder / "nowhere.so", "nowhere.so"),
                 ("--old", self.file("text.so", "no library" * 100), "cannot load the HAL"),
                 ("--without", "nonsense", "--without: nonsense"), ("--link", "usb", "--link usb"),
                 ("--every", "0", "--every"), ("--html", self.folder / "no" / "page.html", "cannot write"),
                 ("--id", "old>new/keeps/killed/9999", "no such run")]
        cases += [("--new", self.file(f"cut{size}.so", whole[:size]), "cut short") for size in
                  (100, 1000, 20_000, len(whole) // 2)]
        if shutil.which("cc"):
            script = self.file("map", "HAL_2 { global: hal_*; local: *; };")
            other = self.folder / "other.so"
            subprocess.run(["cc", "-shared", "-fPIC", f"-Wl,--version-script={script}", "-o", other, "-x", "c", "-"],
                           input=OTHER_INTERFACE, text=True, check=True)
            cases.append(("--new", other, "is no libhal.so.1"))
        for option, value, says in cases:
            with self.subTest(f"{option} {value}"):
                status, out, err = self.rehearse(option, str(value))
                self.assertEqual((status, out), (2, ""), err)
                self.assert_one_line(err, says, "reconverge")
        print(f"{len(cases)} refused")

    def test_what_was_not_asked_is_not_claimed(self):
        status, out, err = self.rehearse("--only", "matrix", "--without", "share,fenced", "--json")
        self.assertEqual((status, err), (3, ""))
        document = json.loads(out)
        self.assertEqual([document["verdict"], *(part["verdict"] for part in document["parts"])], ["NotMeasured"] * 2)


class Losses(Rehearsed):
    def test_each_comes_with_a_command_that_shows_it_again(self):
        page = self.folder / "page.html"
        status, out, err = self.rehearse("--intent", "inference", "--old-intent", "training", "--only", "matrix",
                                         "--share", "99.5", "--html", str(page))
        self.assertEqual((status, err), (1, ""))
        commands = re.findall(r"^ +(reconverge rehearse update .*)$", out, re.M)
        self.assertGreater(len(commands), 3)
        document = json.loads(re.search(r'<script id="document"[^>]*>(.*?)</script>', page.read_text(), re.S)[1])
        [part] = document["parts"]
        self.assertEqual([loss["command"] for loss in part["losses"]][:len(commands)], commands)
        self.assertTrue(all(loss["cell"]["fault"] in row["ends"] for loss in part["losses"] for row in part["rows"]))
        for command in commands[:2]:
            status, out, err = bench.run(bench.RECONVERGE, *shlex.split(command)[1:])
            self.assertEqual((status, err), (1, ""))
            self.assertIn("Lost share: the workload stood still", out)

    def test_an_update_that_fails_without_any_trouble_is_a_finding(self):
        locked = self.file("wider.json", json.dumps({"name": "wider", "defaults": {"firewall": {"window_mib": 256}},
                                                     "firmware": {"odc": 258}}))
        status, out, err = self.rehearse("--old-intent", "training", "--intent", str(locked), "--json")
        self.assertEqual((status, err), (1, ""))
        [part] = json.loads(out)["parts"]
        self.assertEqual(part["verdict"], "Lost")
        self.assertIn("2 need a reset", part["losses"][0]["findings"][0]["what"])


class Report(Rehearsed):
    def test_the_matrix_covers_every_moment_in_both_directions(self):
        status, out, err = self.rehearse("--intent", "inference", "--old-intent", "training", "--only", "matrix",
                                         "--json")
        self.assertEqual((status, err), (0, ""))
        document = json.loads(out)
        self.assertEqual(document["subject"], "from the HAL of this program with 'training' to the HAL of this program "
                                              "with 'inference', and back")
        [part] = document["parts"]
        self.assertEqual([(row["from"], row["work"]) for row in part["rows"]],
                         [(side, work) for side in ("old", "new") for work in ("keeps", "repairs", "applies", "boots")])
        fenced = 0
        for row in part["rows"]:
            self.assertEqual(row["ends"]["overlapped"]["runs"], row["moments"], "the other one starts at every moment")
            self.assertGreater(row["ends"]["overlapped"]["fenced"], row["moments"] // 2)
            fenced += row["ends"]["overlapped"]["fenced"]
            for end in row["ends"].values():
                self.assertEqual(end["survived"], end["runs"])
                self.assertGreater(end["runs"], 0)
        self.assertEqual(sum(end["runs"] for row in part["rows"] for end in row["ends"].values()),
                         part["counts"]["runs"])
        print(f"{part['counts']['runs']} takeovers, {fenced} of them fenced the outgoing one off")


if __name__ == "__main__":
    bench.main(__name__)
