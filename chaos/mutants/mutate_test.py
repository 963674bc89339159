#!/usr/bin/env python3
"""The runner must be able to fail: what changes nothing is missed, what fails on the bench is no find.

usage: mutate_test.py BUILD_FOLDER [unittest arguments]
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = None

SYSCTL = "hal/blocks/sysctl/sysctl.cpp"
RUN = "single --faults killed --link pcie --scale 1/8"


def patch(old, new, run=RUN, oracle="completes", file=SYSCTL):
    """A patch of the first line that holds `old`, made from the source as it is now."""
    lines = (HERE.parent.parent / file).read_text().splitlines(True)
    at = next(i for i, text in enumerate(lines) if old in text)
    return (f"# bug: none\n# like: none\n# run: {run}\n# oracle: {oracle}\n--- a/{file}\n+++ b/{file}\n"
            f"@@ -{at + 1},1 +{at + 1},1 @@\n-{lines[at]}+{lines[at].replace(old, new)}")


def run(*arguments):
    """As users do: through the program."""
    return subprocess.run([str(pathlib.Path(BUILD) / "chaos/reconverge"), "mutate", *arguments], capture_output=True,
                          text=True)


class Page(unittest.TestCase):
    def test_the_page_is_current(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "mutants.md"
            done = run("--list", "--markdown", str(page))
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
            self.assertEqual(page.read_text(), (HERE.parent.parent / "docs/mutants.md").read_text(),
                             "run: reconverge mutate --list --markdown docs/mutants.md")

    def test_it_is_of_the_list_alone(self):
        done = run("--markdown", "x.md")
        self.assertEqual((done.returncode, done.stderr),
                         (2, "reconverge mutate: --markdown is what --list shows as a page; add --list\n"))


class Runner(unittest.TestCase):
    def mutate(self, text, *options):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "one.patch").write_text(text)
            done = run("--patches", folder, "--json", "--again", *options)
        self.assertEqual(done.stderr, "")
        return done.returncode, json.loads(done.stdout)["mutants"][0]

    def test_a_change_of_a_comment_is_missed(self):
        code, mutant = self.mutate(patch("// Traffic gate", "// The traffic gate"))
        self.assertEqual(code, 1)
        self.assertEqual((mutant["plain_boot"], mutant["fired"], mutant["found"]), ("ok", [], False))

    def test_a_find_by_another_oracle_than_the_named_one_is_missed(self):
        text = (HERE / "noc_shadow_is_active.patch").read_text()
        code, mutant = self.mutate(text.replace("# oracle: delivers", "# oracle: planned"))
        self.assertEqual(code, 1)
        self.assertIn("delivers", mutant["fired"])
        self.assertFalse(mutant["found"])

    def test_what_fails_a_plain_boot_is_broken(self):
        code, mutant = self.mutate(patch("s.intent[kThermalLimit]", "60"))
        self.assertEqual(code, 3)
        self.assertIn("fails a plain boot", mutant["broken"])

    def test_what_does_not_compile_is_broken(self):
        code, mutant = self.mutate(patch("plan.converged();", "plan.converged()"))
        self.assertEqual(code, 3)
        self.assertIn("does not compile", mutant["broken"])

    def test_what_does_not_apply_is_broken(self):
        text = patch("plan.converged();", "plan.off();")
        code, mutant = self.mutate(text.replace("-    plan.converged();", "-    plan.gone();"))
        self.assertEqual(code, 3)
        self.assertIn("does not apply", mutant["broken"])

    def test_an_oracle_that_does_not_exist_is_broken(self):
        code, mutant = self.mutate(patch("// Traffic gate", "// The traffic gate", oracle="luck"))
        self.assertEqual(code, 3)
        self.assertIn("luck", mutant["broken"])

    def test_a_bug_of_a_link_makes_a_program_of_its_own(self):
        code, mutant = self.mutate(patch("// Only a reply", "// Only this reply", file="transports/spi/link.cpp",
                                         run="single --faults killed --link spi --scale 1/8"))
        self.assertEqual((code, mutant.get("broken"), mutant["fired"]), (1, None, []))

    def test_a_head_without_a_model_is_broken(self):
        code, mutant = self.mutate(patch("// Traffic gate", "// The traffic gate").replace("# like: none\n", ""))
        self.assertEqual(code, 3)
        self.assertIn("no '# like:' line", mutant["broken"])


class Selection(unittest.TestCase):
    def names(self, *arguments):
        done = run("--list", *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [line.split()[0] for line in done.stdout.splitlines()]

    def test_every_block_type_and_every_layer_has_a_mutant(self):
        rooms = {line.split()[1] for line in run("--list").stdout.splitlines()}
        blocks = {p.name for p in (HERE.parent.parent / "hal/blocks").iterdir() if p.is_dir()}
        self.assertEqual(len(blocks), 28)
        self.assertEqual((blocks | {"converge", "bus", "api", "spi", "pcie"}) - rooms, set())

    def test_every_one_applies_to_the_source_as_it_is(self):
        root = HERE.parent.parent
        patches = sorted([*(root / "chaos").rglob("*.patch"), *(root / "properties").rglob("*.patch")])
        self.assertGreater(len(list(HERE.glob("*.patch"))), 90)
        self.assertGreater(len(patches), 120)
        for path in patches:
            with self.subTest(path.name):
                command = ["patch", "--dry-run", "--fuzz=0", "-p1", "-s", "-d", str(root), "-i", str(path)]
                done = subprocess.run(command, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_shares_are_disjoint_and_cover_all(self):
        shares = [self.names("--rotate", f"{n}/7") for n in range(7)]
        self.assertEqual(sorted(sum(shares, [])), sorted(self.names()))
        self.assertLessEqual(max(map(len, shares)) - min(map(len, shares)), 1)
        self.assertEqual(self.names("--rotate", "9/7"), shares[2])

    def test_bad_input_is_one_line(self):
        for arguments, says in ((("nobody",), "no mutant 'nobody'; see mutate --list"),
                                (("--rotate", "5"), "--rotate 5: use N/M as in 2/5"),
                                (("--html", "/nowhere/page.html"), "/nowhere/page.html: no such folder")):
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), done.stderr)
            self.assertIn(says, done.stderr)

    def test_help_has_examples(self):
        self.assertIn("Examples:", run("--help").stdout)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    BUILD = sys.argv.pop(1)
    unittest.main()
