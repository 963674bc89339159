#!/usr/bin/env python3
"""audit_test.py PLANTED.A: self-test of audit.py on objects compiled from planted/, each with one known fault."""
import re
import sys
import tempfile
import unittest
from pathlib import Path

import audit

ARCHIVE = None   # set by main

# The first word of a planted file's name says which category it must be found in.
CATEGORIES = {"heap": "heap", "exceptions": "exceptions", "rtti": "rtti", "streams": "streams", "threads": "threads",
              "mutable": "mutable global", "initialiser": "static initialiser", "environment": "environment",
              "import": "import", "clean": None}


def planted():
    return sorted(p.name for p in (Path(__file__).parent / "planted").iterdir())


class Planted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.found, cls.counted = audit.audit(ARCHIVE)

    def categories(self, source):
        return {f.category for f in self.found if re.match(re.escape(source) + r"\.o(bj)?$", f.member)}

    def test_each_is_found_in_its_category(self):
        seen = set()
        for source in planted():
            with self.subTest(source):
                category = CATEGORIES[re.split(r"[_.]", source)[0]]
                seen.add(category)
                if category is None:
                    self.assertEqual(self.categories(source), set(), [f for f in self.found if source in f.member])
                else:
                    self.assertIn(category, self.categories(source))
        self.assertEqual(seen, set(CATEGORIES.values()))

    def test_every_planted_file_is_in_the_archive(self):
        self.assertEqual(self.counted["members"], len(planted()))
        self.assertGreaterEqual(self.counted["members"], 15)

    def test_an_import_that_another_member_defines_is_none(self):
        self.assertNotIn("planted_tentative", self.counted["imports"])


class CannotAudit(unittest.TestCase):
    def assert_refused(self, content):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "x.a")
            if content is not None:
                path.write_bytes(content)
            with self.assertRaises(audit.CannotAudit):
                audit.audit(str(path))

    def test_absent_empty_or_not_an_archive(self):
        self.assert_refused(None)
        self.assert_refused(b"!<arch>\n")
        self.assert_refused(b"hello\n")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: audit_test.py PLANTED.A")
    ARCHIVE = sys.argv.pop(1)
    unittest.main()
