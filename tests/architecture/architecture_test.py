#!/usr/bin/env python3
"""Self-test of architecture.py: each planted violation is found, and clean code is not accused."""
import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import architecture


def check(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return architecture.check(Path(folder))


class Planted(unittest.TestCase):
    def assert_found(self, file, line, what):
        found, files, includes = check({file: f"// first line\n{line}\n"})
        self.assertEqual((files, includes), (1, 1))
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{file}:2: "), found[0])
        self.assertIn(what, found[0])

    def test_every_upward_include(self):
        layers = architecture.LAYERS
        pairs = 0
        for lower, folder in enumerate(layers):
            for target in layers[lower + 1:]:
                self.assert_found(f"{folder}/a.cpp", f'#include "{target}/x.hpp"', "may not include")
                pairs += 1
        self.assertEqual(pairs, 21)

    def test_angle_brackets_are_no_way_round(self):
        self.assert_found("hal/a.hpp", "#include <transports/model/chip.hpp>", "may not include")

    def test_spaced_include(self):
        self.assert_found("hal/a.hpp", '  #  include   "chaos/x.hpp"', "may not include")

    def test_relative_paths(self):
        self.assert_found("hal/bus/a.cpp", '#include "../../transports/x.hpp"', "repository root")
        self.assert_found("hal/bus/a.cpp", '#include "wire.hpp"', "repository root")
        self.assert_found("hal/bus/a.cpp", "#include <../../transports/x.hpp>", "repository root")

    def test_macro(self):
        self.assert_found("replay/a.cpp", "#include HEADER", "macro")

    def test_headers_not_for_libhal(self):
        for name in ("iostream thread mutex vector string map memory functional fstream cstdio cstdlib chrono atomic "
                     "unistd.h stdio.h stdlib.h gtest/gtest.h fmt/core.h").split():
            self.assert_found("hal/blocks/pll/pll.cpp", f"#include <{name}>", "not for libhal")

    def test_a_hal_test_may_not_look_upward_either(self):
        self.assert_found("hal/bus/wire_test.cpp", '#include "transports/model/chip.hpp"', "may not include")


class Clean(unittest.TestCase):
    def test_downward_includes_and_hal_headers(self):
        found, files, includes = check({
            "hal/bus/a.hpp": '#pragma once\n#include <cstdint>\n#include <tl/expected.hpp>\n#include "hal/bus/b.hpp"\n',
            "hal/bus/a_test.cpp": '#include <gtest/gtest.h>\n#include <vector>\n#include "hal/bus/a.hpp"\n',
            "transports/spi/s.cpp": '#include <vector>\n#include "hal/bus/a.hpp"\n',
            "chaos/c.cpp": '#include "replay/r.hpp"\n#include "transports/t.hpp"\n#include "chaos/c.hpp"\n',
            "hal/README.md": '#include "chaos/x.hpp"\n',
        })
        self.assertEqual(found, [])
        self.assertEqual((files, includes), (4, 11))


class Program(unittest.TestCase):
    def test_nothing_to_check_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()) as errors:
            self.assertEqual(architecture.main([folder]), 2)
        self.assertIn("no includes found", errors.getvalue())


if __name__ == "__main__":
    unittest.main()
