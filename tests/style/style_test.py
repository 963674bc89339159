#!/usr/bin/env python3
"""Self-test of style.py: each planted fault is found once, with its line, and clean text is not accused."""
import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import style


class Planted(unittest.TestCase):
    def assert_found(self, name, text, line, what):
        found = list(style.check_file(name, text))
        self.assertEqual(len(found), 1, found)
        self.assertEqual(found[0][0], line)
        self.assertIn(what, found[0][1])

    def test_long_file(self):
        self.assert_found("a.cpp", "int a;\n" * 401, 400, "401 lines")
        self.assert_found("a.py", "# length:\n" + "a = 1\n" * 400, 400, "401 lines")
        self.assert_found("dev", "#!/bin/sh\n" + "true\n" * 400, 400, "401 lines")

    def test_long_line(self):
        self.assert_found("a.cpp", "\n" + "x" * 121 + "\n", 2, "121 columns")
        self.assert_found("a.md", "|" + "x" * 200 + "\n", 1, "201 columns")

    def test_whitespace(self):
        self.assert_found("a.py", "if x:\n\ty\n", 2, "tab")
        self.assert_found("a.py", "x \n", 1, "space at the end")
        self.assert_found("a.py", "x", 1, "no newline")
        self.assert_found("a.py", "x\n\n", 2, "blank lines")

    def test_include_guard(self):
        self.assert_found("a.hpp", "int a;\n", 1, "guard")
        self.assert_found("a.hpp", "#ifndef A\n#endif\n", 1, "guard")
        self.assert_found("a.h", "int a;\n", 1, "guard")

    def test_machine_paths(self):
        for path in ("root/x", "home/" + "me/x", "work/" + "main", "tmp/" + "wt/x", "Users/" + "me/x"):
            self.assert_found("a.md", "see /" + path + "\n", 1, "machine")

    def test_top_level(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "notes.md").write_text("x\n", encoding="utf-8")
            Path(folder, "README.md").write_text("x\n", encoding="utf-8")
            found, files, lines = style.check(Path(folder))
        self.assertEqual((files, lines, len(found)), (2, 2, 1), found)
        self.assertIn("notes.md:1: 'notes.md' does not belong", found[0])


class Clean(unittest.TestCase):
    def test_clean_text(self):
        for name, text in {
            "a.hpp": "#pragma once\n",
            "a.h": "#ifndef A\n#endif\n",
            "a.cpp": "// length: one table, in one place\n" + "int a;\n" * 400,
            "b.cpp": "int a;\n" * 400,
            "a.md": "|" + "x" * 199 + "\n" + "x\n" * 500,
            "a.json": "1" * 300 + "\n",
            "b.md": "https://example.org/" + "x" * 120 + " and src/work/x\n",
        }.items():
            self.assertEqual(list(style.check_file(name, text)), [], name)


class Program(unittest.TestCase):
    def test_nothing_to_check_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()) as errors:
            self.assertEqual(style.main([folder]), 2)
        self.assertIn("no text files found", errors.getvalue())


if __name__ == "__main__":
    unittest.main()
