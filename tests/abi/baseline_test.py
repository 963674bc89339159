#!/usr/bin/env python3
"""baseline_test.py LIBHAL.SO CXX...: the interface of libhal.so is the one in libhal.abi (libabigail's text), and its
numbers, which no function's type leads to, are those in numbers.txt.

CXX... is how the build compiles hal/api/hal.cpp: the self-tests break the interface on purpose, in copies, and every
break must be seen. After a change that is meant (hal.h says when one may be made): baseline_test.py --refresh LIBHAL.SO
"""
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BASELINE, NUMBERS = HERE / "libhal.abi", HERE / "numbers.txt"
LIBRARY, COMPILE = "", []   # set by main

# What must not happen to an interface that others rely on: where, what becomes of it.
BREAKS = {
    "a member moves": (r"(    uint64_t deadline_ns;[^\n]*\n)(    uint32_t drain_us;[^\n]*\n)", r"\2\1"),
    "a member becomes wider": (r"uint32_t reads, writes, batches", "uint64_t reads, writes, batches"),
    "a function is gone": (r"HAL_EXPORT (uint32_t hal_instances)", r"\1"),
    "a function wants more": (r"(hal_intent_words\(const struct hal_chip\* chip)\)", r"\1, int more)"),
}


def describe(library, out):
    subprocess.run(["abidw", "--exported-interfaces-only", "--headers-dir", ROOT / "hal/api", "--no-show-locs",
                    "--no-corpus-path", "--no-comp-dir-path", "--drop-undefined-syms", "--no-elf-needed",
                    "--type-id-style", "hash", "--out-file", out, library], check=True)


def numbers(header):
    """Every enumerator of hal.h, with its number: "HAL_FENCED 2"."""
    names = re.findall(r"\b(HAL_[A-Z_]+)(?: = \d+)?[,\n }]", " ".join(re.findall(r"enum \w+ {(.*?)}", header, re.S)))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "hal.h").write_text(header)
        program = Path(folder, "numbers.c")
        prints = "".join(f'printf("{name} %d\\n", (int){name});' for name in names)
        program.write_text(f'#include "hal.h"\n#include <stdio.h>\nint main(void) {{ {prints} return 0; }}\n')
        subprocess.run(["cc", program, "-o", Path(folder, "numbers")], check=True)
        return subprocess.run([Path(folder, "numbers")], capture_output=True, text=True, check=True).stdout


def difference(before, after):
    done = subprocess.run(["abidiff", before, after], capture_output=True, text=True, check=False)
    if done.returncode & 3:
        raise AssertionError(f"abidiff fails: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip() if done.returncode else ""


class Baseline(unittest.TestCase):
    def test_the_interface_is_the_one_that_callers_rely_on(self):
        with tempfile.TemporaryDirectory() as folder:
            now = Path(folder, "now.abi")
            describe(LIBRARY, now)
            functions = now.read_text().count("<function-decl")
            self.assertGreaterEqual(functions, 9, "nothing to compare")
            told = difference(BASELINE, now)
            self.assertEqual(told, "", "libhal.so.1 has changed:\n" + told + "\nIf it was meant, HAL_ABI_VERSION grows "
                                       "and `tests/abi/baseline_test.py --refresh LIBHAL.SO` makes it the new baseline")
            print(f"{functions} functions compared with the baseline: equal")


    def test_numbers_keep_their_meaning(self):
        header = (ROOT / "hal/api/hal.h").read_text()
        now = numbers(header)
        self.assertEqual(now, NUMBERS.read_text(), "a number of hal.h has changed; see above for what to do")
        self.assertNotEqual(numbers(header.replace("HAL_FENCED = 2,", "HAL_FENCED = 15,")), now, "planted")
        print(f"{now.count(chr(10))} numbers as they were")


class Breaks(unittest.TestCase):
    """The check can fail."""

    def library(self, folder, header):
        source = Path(folder, "source")
        shutil.copytree(ROOT / "hal", source / "hal", ignore=shutil.ignore_patterns("__pycache__"))
        (source / "hal/api/hal.h").write_text(header)
        code = source / "hal/api/hal.cpp"
        code.write_text(re.sub(r"^static_assert.*?;$", "", code.read_text(), flags=re.S | re.M).replace(
            "uint32_t hal_intent_words(const hal_chip* chip) {",
            "uint32_t hal_intent_words(const hal_chip* chip, int) {" if "int more" in header else
            "uint32_t hal_intent_words(const hal_chip* chip) {"))
        out = Path(folder, "libhal.so")
        made = subprocess.run([*COMPILE, f"-I{source}", "-g", "-fPIC", "-shared", "-fvisibility=hidden", "-w",
                               "-Wno-narrowing", code, "-o", out], capture_output=True, text=True, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)
        return out

    def test_every_planted_break_is_seen(self):
        header = (ROOT / "hal/api/hal.h").read_text()
        with tempfile.TemporaryDirectory() as folder:
            before = self.library(Path(folder, "before"), header)
            again = self.library(Path(folder, "again"), header)
            self.assertEqual(difference(before, again), "", "nothing changed")
            for name, (where, becomes) in BREAKS.items():
                broken, changes = re.subn(where, becomes, header)
                self.assertEqual(changes, 1, name)
                told = difference(before, self.library(Path(folder, name.replace(" ", "-")), broken))
                self.assertNotEqual(told, "", f"not seen: {name}")
            print(f"{len(BREAKS)} planted breaks, all seen")


if __name__ == "__main__":
    if shutil.which("abidw") is None or shutil.which("abidiff") is None:
        print("SKIPPED: no abidw and abidiff here; install abigail-tools")
        sys.exit(77)
    if sys.argv[1:2] == ["--refresh"] and len(sys.argv) == 3:
        describe(sys.argv[2], BASELINE)
        NUMBERS.write_text(numbers((ROOT / "hal/api/hal.h").read_text()))
        sys.exit(0)
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    LIBRARY, COMPILE = sys.argv[1], sys.argv[2:]
    unittest.main(argv=sys.argv[:1])
