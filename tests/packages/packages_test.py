#!/usr/bin/env python3
"""packages_test.py BUILD CPACK VERSION: makes the Debian packages, looks into them, and runs what a scratch root has
once they are unpacked there."""
import gzip
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD, CPACK, VERSION = "", "", ""   # set by main
NAMES = {"libreconverge-hal", "libreconverge-hal-dev", "reconverge", "halctl"}


def run(*command, **environment):
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False,
                            env={**os.environ, **environment})
    if result.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.work = Path(holder.name)
        run(CPACK, "--config", f"{BUILD}/CPackConfig.cmake", "-B", cls.work / "made", "-D", "CPACK_THREADS=1")
        cls.packages = {}
        for file in (cls.work / "made").glob("*.deb"):
            cls.packages[file.name.split("_")[0]] = file
        cls.root = cls.work / "root"
        for file in cls.packages.values():
            run("dpkg-deb", "-x", file, cls.root)
        cls.libraries = str(next(cls.root.rglob("libhal.so.1")).parent)

    def fields(self, name):
        return dict(re.findall(r"^(\S+): (.*)", run("dpkg-deb", "-f", self.packages[name]), re.MULTILINE))

    def files(self, name):
        listed = run("dpkg-deb", "-c", self.packages[name]).splitlines()
        return {line.split()[5].removeprefix("./") for line in listed if not line.startswith("d")}

    def test_there_are_four_and_no_file_is_in_two(self):
        self.assertEqual(set(self.packages), NAMES)
        seen = {}
        for name in NAMES:
            files = self.files(name)
            self.assertTrue(files, name)
            for file in files:
                self.assertNotIn(file, seen)
                seen[file] = name
            self.assertEqual(self.fields(name)["Version"], VERSION)
            self.assertFalse([f for f in files if not f.startswith("usr/")], name)
        print(f"looked at {len(seen)} files of {len(NAMES)} packages")

    def test_each_has_what_it_is_for(self):
        def has(name, pattern):
            self.assertTrue([f for f in self.files(name) if re.search(pattern, f)], f"{name}: {pattern}")
        has("libreconverge-hal", r"/libhal\.so\.1$")
        has("libreconverge-hal-dev", r"/libhal\.so$")
        for pattern in (r"/libhal\.a$", r"/hal/api/hal\.h$", r"reconvergeConfig\.cmake$", r"/reconverge\.pc$"):
            has("libreconverge-hal-dev", pattern)
        for name in ("reconverge", "halctl"):
            for pattern in (rf"usr/bin/{name}$", rf"man1/{name}\.1\.gz$", rf"bash-completion/completions/{name}$"):
                has(name, pattern)

    def test_they_need_each_other_and_the_c_library(self):
        self.assertIn(f"libreconverge-hal (= {VERSION})", self.fields("halctl")["Depends"])
        self.assertIn(f"libreconverge-hal (= {VERSION})", self.fields("libreconverge-hal-dev")["Depends"])
        for name in ("reconverge", "halctl"):
            self.assertRegex(self.fields(name)["Depends"], r"libc6 \(>= ")

    def test_what_is_unpacked_runs(self):
        for name in ("reconverge", "halctl"):
            said = run(self.root / f"usr/bin/{name}", "--version", LD_LIBRARY_PATH=self.libraries)
            self.assertEqual(said.strip(), VERSION)

    def test_manual_pages_describe_every_command(self):
        looked_at = 0
        for name, commands in (("reconverge", ("chaos closure", "merge", "campaign", "verify")),
                               ("halctl", ("converge", "poke"))):
            page = gzip.decompress((self.root / f"usr/share/man/man1/{name}.1.gz").read_bytes()).decode()
            for command in commands:
                self.assertIn(f'.SH "{name} {command}"', page)
                looked_at += 1
            self.assertNotIn(self.work.as_posix(), page)
        print(f"looked for {looked_at} commands")

    def test_completion_asks_the_program(self):
        completions = self.root / "usr/share/bash-completion/completions/reconverge"
        script = f"""source {completions}
            COMP_WORDS=(reconverge chaos clo); COMP_CWORD=2; _reconverge {self.root}/usr/bin/reconverge
            echo ${{COMPREPLY[@]}}
            COMP_WORDS=(reconverge chaos closure --cert); COMP_CWORD=3; _reconverge {self.root}/usr/bin/reconverge
            echo ${{COMPREPLY[@]}}"""
        said = run("bash", "-c", script, LD_LIBRARY_PATH=self.libraries)
        self.assertEqual(said.split(), ["closure", "--certificate"])


if __name__ == "__main__":
    BUILD, CPACK, VERSION = sys.argv[1:4]
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
