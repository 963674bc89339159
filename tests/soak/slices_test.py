#!/usr/bin/env python3
"""Soaks go on where they stopped, count every slice once, and notice what they look for."""
import contextlib
import io
import json
import pathlib
import stat
import tempfile
import unittest

import slices

PROGRAM = """#!/bin/sh
echo "$@" >> {calls}
echo '{document}'
"""


class SoakTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.calls = self.folder / "calls"
        self.soak = slices.Soak("tries", lambda: (["slice", str(n)] for n in range(10)),
                                lambda part: dict(part["counts"]),
                                ("runs", 30))

    def program(self, name="reconverge", digest="d", **counts):
        path = self.folder / name
        document = {"parts": [{"digest": digest, "counts": {"runs": 10, "differ": 0, **counts}}]}
        path.write_text(PROGRAM.format(calls=self.calls, document=json.dumps(document)))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def run_soak(self, *programs, minutes=1):
        self.said = []
        with contextlib.redirect_stderr(io.StringIO()) as self.errors:
            return slices.run(self.soak, "tries", programs, self.folder / "state", minutes, self.said.append)

    def called(self):
        return len(self.calls.read_text().splitlines()) if self.calls.exists() else 0

    def test_it_stops_at_its_goal(self):
        self.assertEqual(self.run_soak(self.program()), 0)
        self.assertEqual(self.called(), 3)

    def test_it_goes_on_behind_what_was_done_and_a_cut_line_counts_as_nothing(self):
        state = self.folder / "state"
        state.mkdir()
        (state / "tries.jsonl").write_text('{"slice": "slice 0", "counts": {"runs": 10, "differ": 0}, "seconds": 1}\n'
                                           '{"slice": "slice 1", "cou')
        self.assertEqual(self.run_soak(self.program()), 0)
        self.assertEqual([line.split()[2] for line in self.calls.read_text().splitlines()], ["1", "2"])

    def test_what_was_found_in_an_earlier_call_is_not_forgotten(self):
        self.assertEqual(self.run_soak(self.program(differ=1)), 1)
        self.assertEqual(self.run_soak(self.program()), 1)

    def test_time_that_is_over_is_no_success(self):
        self.assertEqual(self.run_soak(self.program(), minutes=-1), 3)
        self.assertEqual(self.called(), 0)
        self.assertIn("0 of 30 runs", self.said[-1])

    def test_builds_that_disagree_are_noticed(self):
        self.assertEqual(self.run_soak(self.program("gcc"), self.program("clang")), 0)
        different = self.program("clang", digest="e")
        self.assertEqual(self.run_soak(self.program("gcc"), different), 0, "the goal is reached")
        (self.folder / "state" / "tries.jsonl").unlink()
        self.assertEqual(self.run_soak(self.program("gcc"), self.program("clang", digest="e")), 1)

    def test_a_program_that_says_nothing_breaks_the_soak(self):
        program = self.folder / "reconverge"
        program.write_text("#!/bin/sh\necho no such option >&2\nexit 2\n")
        program.chmod(0o755)
        self.assertEqual(self.run_soak(program), 3)
        self.assertIn("no such option", self.errors.getvalue())


if __name__ == "__main__":
    unittest.main()
