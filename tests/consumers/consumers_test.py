#!/usr/bin/env python3
"""consumers_test.py BUILD CMAKE CC CXX: installs the built HAL and uses it as a stranger would, in C++ and in C.

Everything happens in a temporary folder; the programs must run and agree on the HAL's ABI version."""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD, CMAKE, CC, CXX = "", "", "", ""   # set by main
HERE = Path(__file__).resolve().parent


def run(*command, **environment):
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False,
                            env={**os.environ, **environment})
    if result.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout


def needs_libhal_so(program):
    return bool(re.search(r"NEEDED.*\[libhal\.so", run("readelf", "-d", program)))


class Consumers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.work = Path(cls.folder.name)
        cls.prefix = cls.work / "prefix"
        run(CMAKE, "--install", BUILD, "--prefix", cls.prefix)
        cls.library = next(cls.prefix.rglob("libhal.a")).parent
        cls.include = cls.prefix / "include" / "reconverge"

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def assert_works(self, program, shared):
        version = run(program).strip()
        self.assertRegex(version, r"^[1-9]\d*$")
        declared = re.search(r"#define HAL_ABI_VERSION\s+(\d+)", (self.include / "hal/api/hal.h").read_text())
        if declared:
            self.assertEqual(version, declared[1])
        self.assertEqual(needs_libhal_so(program), shared)

    def test_cmake_package(self):
        build = self.work / "cmake"
        run(CMAKE, "-S", HERE / "cmake_package", "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_C_COMPILER={CC}", f"-DCMAKE_CXX_COMPILER={CXX}")
        run(CMAKE, "--build", build)
        self.assert_works(build / "consumer_static", shared=False)
        self.assert_works(build / "consumer_shared", shared=True)

    def pkg_config(self, what):
        return run("pkg-config", what, "reconverge", PKG_CONFIG_PATH=str(self.library / "pkgconfig")).split()

    def compile_c(self, output, *link):
        run(CC, "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wstrict-prototypes", "-Werror",
            *self.pkg_config("--cflags"), HERE / "plain_c/main.c", "-o", output, *link)
        return output

    def test_plain_c_shared(self):
        program = self.compile_c(self.work / "c_shared", *self.pkg_config("--libs"), f"-Wl,-rpath,{self.library}")
        self.assert_works(program, shared=True)

    def test_plain_c_static_without_the_cxx_runtime(self):
        program = self.compile_c(self.work / "c_static", "-Wl,--whole-archive", self.library / "libhal.a",
                                 "-Wl,--no-whole-archive")
        self.assert_works(program, shared=False)
        self.assertNotIn("libstdc++", run("readelf", "-d", program))

    def test_every_installed_header_stands_alone(self):
        headers = sorted(p.relative_to(self.include).as_posix() for p in self.include.rglob("*.h*"))
        self.assertTrue(headers)
        source = self.work / "header.cpp"
        for header in headers:
            source.write_text(f'#include "{header}"\n', encoding="utf-8")
            run(CXX, "-std=c++17", "-fno-exceptions", "-fno-rtti", "-fsyntax-only", f"-I{self.include}", source)
        print(f"{len(headers)} installed headers compile alone")


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit("usage: consumers_test.py BUILD CMAKE CC CXX")
    BUILD, CMAKE, CC, CXX = sys.argv[1:5]
    del sys.argv[1:5]
    unittest.main()
