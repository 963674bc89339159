"""The command: exit codes, one line per refusal, nothing half-written, the same bytes every time."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

_COMMAND = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rdlc.py")
_GOOD = "addrmap top #(longint N = 1) { reg { field { hw = r; } f[N]; } x; };"


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.output = self.path("out.json")

    def path(self, name, text=None):
        path = os.path.join(self.folder.name, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def run_command(self, *arguments):
        return subprocess.run([sys.executable, _COMMAND, *arguments], capture_output=True, text=True, check=False)

    def refuse(self, *arguments, line):
        result = self.run_command(*arguments, "-o", self.output)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(line, result.stderr)
        self.assertFalse(os.path.exists(self.output))
        self.assertEqual([name for name in os.listdir(self.folder.name) if name.startswith(".")], [])

    def test_writes_canonical_json(self):
        source = self.path("a.rdl", _GOOD)
        self.assertEqual(self.run_command(source, "-o", self.output).returncode, 0)
        with open(self.output, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(text, json.dumps(json.loads(text), sort_keys=True, indent=1) + "\n")
        self.assertEqual(self.run_command(source, "-o", "-").stdout, text)

    def test_options(self):
        source = self.path("a.rdl", "`ifdef WIDE\n`include \"b.rdl\"\n`endif\n" + _GOOD)
        os.mkdir(self.path("inc"))
        self.path("inc/b.rdl", "addrmap wide { reg { field { hw = r; } f[8]; } x; };")
        arguments = ("--include", self.path("inc"), "--define", "WIDE", "--top", "wide")
        self.assertEqual(json.loads(self.run_command(source, *arguments, "-o", "-").stdout)["top"], "wide")
        found = json.loads(self.run_command(source, "--param", "N=3", "-o", "-").stdout)
        self.assertEqual(found["regs"][0]["fields"][0]["msb"], 2)

    def test_several_files_share_their_declarations(self):
        one = self.path("a.rdl", "reg t { field { hw = r; } f; };")
        two = self.path("b.rdl", "addrmap top { t x; };")
        self.assertEqual(self.run_command(one, two, "-o", self.output).returncode, 0)

    def test_strict_flags(self):
        source = self.path("a.rdl", "addrmap top { reg { field { sw = w; hw = r; } f; } x; };")
        self.assertEqual(self.run_command(source, "-o", "-").returncode, 0)
        self.assertEqual(self.run_command(source, "--strict", "--no-classification-check", "-o", "-").returncode, 0)
        self.refuse(source, "--strict", line="has no class")
        self.refuse(source, "--require-classification", line="has no class")

    def test_refusals(self):
        bad = self.path("bad.rdl", "addrmap top {\n  reg { field {} f = 2; } x;\n};")
        self.refuse(bad, line=f"{bad}:2:20: error: field 'f': reset 0x2 does not fit in 1 bits (property 'reset'); ")
        self.refuse(self.path("none.rdl"), line="cannot read")
        self.refuse(self.path("empty.rdl", ""), line="declares no address map (addrmap)")
        self.refuse(self.path("a.rdl", _GOOD), "--top", "other", line="no address map 'other' (--top); use one of top")
        self.refuse(self.path("a.rdl"), "--param", "M=3", line="has no parameter 'M'")
        self.refuse(self.path("a.rdl"), "--param", "N", line="is not NAME=VALUE (--param)")
        self.refuse(self.path("a.rdl"), "--param", "N=", line="<command line>")
        self.refuse(self.path("a.rdl"), "--define", "5", line="is not a macro name (--define)")

    def test_refusal_leaves_the_old_output_alone(self):
        self.path("out.json", "old")
        self.assertEqual(self.run_command(self.path("bad.rdl", "addrmap"), "-o", self.output).returncode, 2)
        with open(self.output, encoding="utf-8") as file:
            self.assertEqual(file.read(), "old")

    def test_output_folder_that_does_not_exist(self):
        result = self.run_command(self.path("a.rdl", _GOOD), "-o", self.path("no/out.json"))
        self.assertEqual((result.returncode, result.stderr.count("\n")), (2, 1))
        self.assertIn("cannot write", result.stderr)

    def test_help_has_examples(self):
        self.assertIn("examples:", self.run_command("--help").stdout)


if __name__ == "__main__":
    unittest.main()
