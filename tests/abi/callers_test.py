#!/usr/bin/env python3
"""callers_test.py LIBHAL.SO CC: what libhal.so exports, and that callers of other versions are served or told.

An older caller is compiled with hal.h as it was before the newest version's members, a newer one with a member more."""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LIBRARY, CC = Path(), ""   # set by main
ROOT = Path(__file__).resolve().parent.parent.parent
HEADER = (ROOT / "hal/api/hal.h").read_text()
LINK_DOWN, INVALID, WORKSPACE, OLD_LIBRARY = 4, 10, 11, 14
VERSION = int(re.search(r"#define HAL_ABI_VERSION (\d+)u", HEADER)[1])


def run(*command, **environment):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


class Exports(unittest.TestCase):
    def test_the_functions_of_the_header_each_with_its_version_and_nothing_else(self):
        declared = set(re.findall(r"^HAL_EXPORT [^;(]*?\b(hal_\w+)\(", HEADER, re.M))
        exported = re.findall(r" ([A-Z]) (\S+?)(@@\S+)?$", run("nm", "-D", "--defined-only", LIBRARY), re.M)
        functions = {name: version for kind, name, version in exported if kind == "T"}
        self.assertEqual(set(functions), declared)
        self.assertEqual(set(functions.values()), {"@@HAL_1"})
        others = {name for kind, name, _ in exported if kind != "T"}
        self.assertEqual(others, {"HAL_1"}, "the version's own symbol")
        self.assertGreaterEqual(len(declared), 9)
        print(f"{len(declared)} functions exported, each of them declared in hal.h")

    def test_the_name_is_that_of_the_interface(self):
        self.assertRegex(run("readelf", "-d", LIBRARY), r"SONAME.*\[libhal\.so\.1\]")
        self.assertTrue(LIBRARY.resolve().name.endswith(f".so.1.{VERSION}"), LIBRARY.resolve())


class Callers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def call(self, header):
        """What the caller that is compiled with `header` prints."""
        work = Path(self.folder.name)
        (work / "hal/api").mkdir(parents=True)
        (work / "hal/api/hal.h").write_text(header)
        program = work / "caller"
        run(CC, "-std=c11", "-Wall", "-Werror", f"-I{work}", f"-I{ROOT}", ROOT / "tests/abi/caller.c", "-o", program,
            LIBRARY, f"-Wl,-rpath,{LIBRARY.parent}")
        return [int(word) for word in run(program).split()]

    def test_one_of_the_same_version(self):
        self.assertEqual(self.call(HEADER), [VERSION, 1, LINK_DOWN, 0])

    def test_an_older_one_is_served(self):
        newest = r"    /\* Since version \d+\.(?:(?!\*/).)*\*/\n(?:    [^\n]*;\n)+"
        older, members = re.subn(newest, "", HEADER, flags=re.S)
        self.assertGreater(members, 0, "no member has come since version 1: nothing to test")
        self.assertEqual(self.call(older), [VERSION, 1, LINK_DOWN, 0])

    def test_a_newer_one_is_told_that_the_library_is_old(self):
        grown = 0
        for structure in ("hal_policy", "hal_intent", "hal_report", "hal_transport"):
            newer = re.sub(rf"(struct {structure} {{.*?)\n}};", r"\1\n    uint64_t later;\n};", HEADER, count=1,
                           flags=re.S)
            self.assertNotEqual(newer, HEADER)
            with self.subTest(structure):
                self.setUp()
                self.assertEqual(self.call(newer), [VERSION, 1, OLD_LIBRARY, VERSION])
                grown += 1
        print(f"{grown} structures grown by a member: each time one clear error")


class Misuse(unittest.TestCase):
    def test_each_mistake_is_one_error_and_the_chip_is_not_touched(self):
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder, "misuse")
            run(CC, "-std=c11", "-Wall", "-Werror", f"-I{ROOT}", ROOT / "tests/abi/misuse.c", "-o", program, LIBRARY,
                f"-Wl,-rpath,{LIBRARY.parent}")
            told = dict(line.split(" ", 1) for line in run(program).splitlines())
        touched = f"1 {LINK_DOWN} and the chip was touched"
        self.assertEqual(told.pop("right"), touched)
        self.assertEqual(told.pop("queries"), "0 0 0 1 1 1 1")
        self.assertEqual(told.pop("no-error"), "1 255", "there is nowhere to say why")
        self.assertEqual(told.pop("small-workspace"), f"1 {WORKSPACE}")
        sizes = {name: int(name[re.search(r"[+-]", name).start():]) for name in told if re.search(r"\w[+-]\d", name)}
        usable = {name for name in sizes if told[name] == touched}
        older = {"policy": 16}   # how much shorter it was in version 1
        self.assertEqual(usable, {f"{name}{-less:+d}" for name in ("chip", "transport", "intent", "policy", "listener",
                                                                   "report") for less in {0, older.get(name, 0)}})
        for name, what in told.items():
            if name not in usable:
                code = OLD_LIBRARY if sizes.get(name, 0) > 0 else INVALID
                self.assertEqual(what, f"1 {code}", name)
        self.assertGreater(len(told) - len(usable), 200)
        print(f"{len(told) - len(usable)} mistakes, each one error; {len(usable)} sizes are of some version")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: callers_test.py LIBHAL.SO CC")
    LIBRARY, CC = Path(sys.argv[1]).absolute(), sys.argv[2]
    del sys.argv[1:3]
    unittest.main()
