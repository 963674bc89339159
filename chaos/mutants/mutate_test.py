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
    return (f"# bug: none\n# run: {run}\n# oracle: {oracle}\n--- a/{file}\n+++ b/{file}\n"
            f"@@ -{at + 1},1 +{at + 1},1 @@\n-{lines[at]}+{lines[at].replace(old, new)}")


class Runner(unittest.TestCase):
    def mutate(self, text):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "one.patch").write_text(text)
            done = subprocess.run([sys.executable, str(HERE / "mutate.py"), "--build", BUILD, "--patches", folder,
                                   "--json"], capture_output=True, text=True)
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


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    BUILD = sys.argv.pop(1)
    unittest.main()
