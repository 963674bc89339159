#!/usr/bin/env python3
"""same_objects_test.py CC: self-test of same_objects.py on tiny libraries and programs linked well and badly."""
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import same_objects

CC = None   # set by main
LONG = "a_name_longer_than_sixteen_characters"


def run(*command):
    subprocess.run(command, check=True)


def link(output, *inputs):
    run(CC, "-o", output, *inputs, f"-Wl,-Map={output}.map")


def check(*arguments):
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        return same_objects.main(arguments), output.getvalue()


class SameObjects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.before = os.getcwd()
        os.chdir(cls.folder.name)
        # Two objects of one name, one with a long name: what a real build has.
        sources = {"p/x.c": "int px(void) { return 1; }", "q/x.c": "int qx(void) { return 2; }",
                   f"{LONG}.c": "int n(void) { return 3; }", "main.c": "int px(void); int main(void) { return px(); }"}
        for path, text in sources.items():
            Path(path).parent.mkdir(exist_ok=True)
            Path(path).write_text(text + "\n", encoding="utf-8")
            run(CC, "-fPIC", "-c", path, "-o", path[:-2] + ".o")
        cls.objects = ("p/x.o", "q/x.o", f"{LONG}.o")
        run("ar", "qcs", "libhal.a", *cls.objects)
        link("libhal.so", "-shared", *cls.objects)
        link("whole", "main.o", "-Wl,--whole-archive", "libhal.a", "-Wl,--no-whole-archive")

    @classmethod
    def tearDownClass(cls):
        os.chdir(cls.before)
        cls.folder.cleanup()

    def assert_problem(self, what, *arguments):
        status, output = check(*arguments)
        self.assertEqual(status, 1, output)
        self.assertIn(what, output)

    def test_well_linked(self):
        link("dynamic", "main.o", "libhal.so")
        status, output = check("libhal.a", "libhal.so", "whole", "dynamic")
        self.assertEqual(status, 0, output)
        self.assertIn("3 objects of libhal.a", output)
        self.assertIn("whole (libhal.a, whole), dynamic (libhal.so); 0 problems", output)

    def test_only_what_is_used(self):
        link("partly", "main.o", "libhal.a")
        self.assert_problem(f"lacks {LONG}.o", "libhal.a", "libhal.so", "partly")

    def test_object_beside_the_library(self):
        link("beside", "main.o", f"{LONG}.o", "libhal.a")
        self.assert_problem("directly", "libhal.a", "libhal.so", "beside")

    def test_another_library(self):
        Path("other").mkdir(exist_ok=True)
        run("ar", "qcs", "other/libhal.a", *self.objects[:2])
        link("stranger", "main.o", "-Wl,--whole-archive", "other/libhal.a", "-Wl,--no-whole-archive")
        self.assert_problem("another HAL", "libhal.a", "libhal.so", "stranger")

    def test_two_hals(self):
        link("two", "main.o", "libhal.so", "-Wl,--whole-archive", "libhal.a", "-Wl,--no-whole-archive")
        self.assert_problem("two HALs", "libhal.a", "libhal.so", "two")

    def test_no_hal(self):
        Path("alone.c").write_text("int main(void) { return 0; }\n", encoding="utf-8")
        run(CC, "-c", "alone.c")
        link("alone", "alone.o")
        self.assert_problem("links neither", "libhal.a", "libhal.so", "alone")

    def test_shared_library_of_other_objects(self):
        Path("r").mkdir(exist_ok=True)
        run(CC, "-fPIC", "-O2", "-DOTHER", "-g", "-c", "p/x.c", "-o", "r/x.o")
        link("changed.so", "-shared", "r/x.o", *self.objects[1:])
        self.assert_problem("other objects", "libhal.a", "changed.so", "whole")

    def test_unreadable(self):
        self.assertEqual(check("absent.a", "libhal.so", "whole")[0], 2)
        self.assertEqual(check("main.o", "libhal.so", "whole")[0], 2)
        self.assertEqual(check("libhal.a", "libhal.so", "main.o")[0], 2)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: same_objects_test.py CC")
    CC = sys.argv.pop(1)
    unittest.main()
