#!/usr/bin/env python3
"""The account of what was run: one line is one line, whoever runs it; what none runs needs a reason."""
import pathlib
import tempfile
import unittest

import coverage

FILE = "hal/blocks/pll/pll.cpp"


def told(root, lines, name=FILE):
    """gcov's account: (line, times, times of each branch)."""
    return {"current_working_directory": str(root / "build"), "files": [{"file": f"../{name}", "lines": [
        {"line_number": number, "count": count,
         "branches": [{"count": times, "throw": False} for times in branches]} for number, count, branches in lines]}]}


class CoverageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.counts = coverage.Counts()

    def add(self, *lines, name=FILE):
        self.counts.add(told(self.root, lines, name), self.root)

    def test_a_line_of_several_objects_is_one_line(self):
        self.add((1, 0, [0, 2]), (2, 0, []))
        self.add((1, 5, [1, 0]), (2, 0, []))
        self.assertEqual(coverage.table(self.counts)[-1], ("hal", 1, 2, 2, 2))
        self.assertEqual(self.counts.never(FILE), [2])

    def test_only_what_ships_counts(self):
        self.add((1, 1, []), name="chaos/rig.cpp")
        self.add((1, 1, []), name="hal/bus/registers_test.cpp")
        self.assertEqual(coverage.table(self.counts), [("hal", 0, 0, 0, 0)])

    def test_blocks_are_told_apart(self):
        self.add((1, 1, []))
        self.add((1, 0, []), name="hal/bus/run.hpp")
        self.assertEqual([row[0] for row in coverage.table(self.counts)], ["hal/blocks/pll", "hal/bus", "hal"])

    def test_a_line_that_is_never_run_needs_a_reason_and_a_reason_such_a_line(self):
        self.add((1, 0, []), (2, 0, []), (3, 1, []))
        page = (f"| `{FILE}` | `` return x | y; `` | no caller passes it |\n"
                f"| `{FILE}` | `` return 3; `` | out of date |\n")
        left, idle = coverage.unexplained(self.counts, page, lambda name: ["  return x | y;", "  return 2;",
                                                                             "  return 3;"])
        self.assertEqual(left, [(FILE, 2, "return 2;")])
        self.assertEqual(idle, [(FILE, "return 3;")])

    def test_nothing_counted_is_not_a_success(self):
        with self.assertRaises(FileNotFoundError):
            coverage.gcov(self.root)


if __name__ == "__main__":
    unittest.main()
