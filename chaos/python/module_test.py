#!/usr/bin/env python3
"""module_test.py SOURCE: the Python module from outside: what it does, its lab view, and that its stub says what it
has."""
import ast
import inspect
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import reconverge
from reconverge import _core
from reconverge.__main__ import Completer

SOURCE = Path(sys.argv.pop(1))
RECONVERGE = Path(reconverge.__file__).parents[2] / "chaos/reconverge"


class Benches(unittest.TestCase):
    def test_a_fresh_hal_gets_there_from_every_moment_at_which_one_died(self):
        chip = reconverge.Chip()
        cold = chip.save()
        moments = chip.moments()
        for moment in range(0, moments, 3):
            chip.restore(cold)
            died = chip.converge(kill_at=moment)
            self.assertTrue(died.died and not died.complete and not died.blocks)
            self.assertTrue(chip.converge().complete)
            chip.expect_rest()
        self.assertGreater(moments, 100)
        self.assertEqual((chip.violations, chip.disturbances), (0, 0))

    def test_faults_strike_and_are_counted(self):
        chip = reconverge.Chip()
        run = chip.converge(faults="reply_lost-9,request_lost-12")
        self.assertTrue(run.complete)
        self.assertEqual(run.faults, 1, "9 is no moment before a frame: a fault that doesn't strike isn't counted")
        self.assertIn("reply_lost", [f.name for f in reconverge.faults()])
        for nonsense in ("no_such-1", "1.2"):
            with self.assertRaises(ValueError):
                chip.converge(faults=nonsense)

    def test_another_hal_may_take_over_meanwhile_and_the_first_is_fenced(self):
        for link in ("spi", "pcie"):
            chip = reconverge.Chip(link=link)
            taken = []
            first = chip.converge(at=lambda now, _: taken.append(chip.converge()) if now == 40 else None)
            self.assertTrue(taken[0].complete)
            self.assertEqual(first.error, "fenced", link)
            chip.expect_rest()

    def test_what_a_script_throws_goes_through_and_the_hal_is_dead(self):
        chip = reconverge.Chip()

        def at(now, what):
            if now == 30:
                raise KeyError(what)

        with self.assertRaises(KeyError):
            chip.converge(at=at)
        self.assertTrue(chip.converge().complete)

    def test_an_intent_may_be_data_and_what_differs_is_told_in_its_units(self):
        chip = reconverge.Chip()
        slow = {"name": "slow", "defaults": {"pll": {"output_khz": 1200000}}, "firmware": {"odc": 258}}
        self.assertTrue(chip.converge(slow).complete)
        chip.expect(slow)
        with self.assertRaisesRegex(AssertionError, "pll.* output_khz is 1200000 kHz, intended 1600000"):
            chip.expect()
        with self.assertRaisesRegex(ValueError, "/defaults/pll"):
            chip.converge({"defaults": {"pll": {"volume": 11}}})

    def test_disturbances_are_noticed(self):
        chip = reconverge.Chip()
        chip.converge()
        chip.run_workload()
        self.assertTrue(chip.traffic)
        with self.assertRaisesRegex(AssertionError, r"^\d+ disturbances, 0 forbidden accesses, the first: \w"):
            with chip.undisturbed():
                self.assertTrue(chip.upset("pll.ctrl.enable"))
        with chip.undisturbed():
            chip.advance(10)

    def test_two_versions_are_loaded_side_by_side(self):
        chip, old = reconverge.Chip(), reconverge.previous_release()
        self.assertTrue(chip.converge(hal=old).complete)
        before = chip.pll.trim.charge_pump
        self.assertTrue(chip.converge(drain=True).complete)
        self.assertNotEqual(chip.pll.trim.charge_pump, before)
        with self.assertRaisesRegex(ValueError, "cannot load"):
            reconverge.Hal("no/such/libhal.so")

    def test_a_served_chip_is_looked_at_and_taken_over(self):
        with tempfile.TemporaryDirectory() as folder:
            link = f"unix:{folder}/chip"
            server = subprocess.Popen([RECONVERGE, "serve", "--link", link, "--scale", "1/8"], stdout=subprocess.PIPE)
            try:
                server.stdout.readline()
                board = reconverge.Board(link, "1/8")
                self.assertEqual(board.pll.ctrl.enable, 0)
                self.assertTrue(board.converge().complete)
                looking = reconverge.Board(link, "1/8")
                self.assertEqual(looking.pll.ctrl.enable, 1)
                with self.assertRaisesRegex(AttributeError, "halctl poke"):
                    looking.pll.ctrl.enable = 0
            finally:
                server.terminate()
                server.communicate()


class LabView(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chip = reconverge.Chip("1/4")
        cls.chip.converge()

    def test_every_register_and_field_of_the_chip_can_be_reached_and_shown(self):
        blocks = registers = fields = 0
        before = (self.chip.save(), self.chip.violations)
        kinds = [name for name in dir(self.chip) if isinstance(getattr(self.chip, name), reconverge.chip.Lab) or
                 type(getattr(self.chip, name)).__name__ == "Blocks"]
        self.assertEqual(len(kinds), 28)
        for kind in kinds:
            for block in getattr(self.chip, kind):
                blocks += 1
                self.assertIn(block._row[0], repr(block))
                for name in dir(block):
                    view = getattr(block, name)
                    for register in view if hasattr(view, "__len__") else [view]:
                        registers += 1
                        self.assertIn("field", repr(register))
                        for field in dir(register):
                            fields += 1
                            self.assertEqual(int(register), self.rebuilt(register, field, getattr(register, field)))
        self.assertEqual(blocks, len(self.chip.blocks))
        self.assertGreater(fields, registers)
        self.assertEqual((self.chip.save(), self.chip.violations), before, "nobody has noticed")
        print(f"looked at {fields:,} fields of {registers:,} registers of {blocks} blocks")

    @staticmethod
    def rebuilt(register, field, content):
        return register._fields[field].with_content(int(register), content)

    def test_a_field_is_a_number_and_tables_name_it(self):
        self.assertEqual(self.chip.pll[1].ctrl.enable, 1)
        self.assertIn("enable", dir(self.chip.pll[1].ctrl))
        self.assertIn("ctrl", dir(self.chip.pll[1]))
        self.assertIn("pll", dir(self.chip))
        self.assertRegex(repr(self.chip.pll[1].ctrl), r"^pll\[1\]\.ctrl = 0x\w{8} at 0x\w{8}\n  bits +field")
        self.assertRegex(repr(self.chip.pll), r"^pll\[0\.\.1\]: ")

    def test_a_write_changes_one_field_as_software_would(self):
        chip = reconverge.Chip()
        chip.converge()
        limits, amperes = int(chip.vr.limits), chip.vr.limits.trip_a
        chip.vr.limits.trip_a = 100
        self.assertEqual(chip.vr.limits.trip_a, 100)
        chip.vr.limits.trip_a = amperes
        self.assertEqual(int(chip.vr.limits), limits)

    def test_mistakes_are_told(self):
        for wrong, says in ((lambda c: c.pal, "no block or method 'pal'"), (lambda c: c.pll.ctrl, "there are 2"),
                            (lambda c: c.pll[0].control, "no register 'control'"),
                            (lambda c: c.pll[0].ctrl.enabled, "no field 'enabled'; it has enable")):
            with self.assertRaisesRegex(AttributeError, says):
                wrong(self.chip)
        with self.assertRaisesRegex(AttributeError, "can't be written"):
            self.chip.pll[0].status.locked = 1
        with self.assertRaisesRegex(ValueError, "1 bits"):
            self.chip.pll[0].ctrl.enable = 2
        with self.assertRaisesRegex(IndexError, r"no pll\[2\]; there is pll\[0\.\.1\]"):
            self.chip.pll[2]
        with self.assertRaises(IndexError):
            self.chip.peek(0, 1 << 20)

    def test_what_is_no_field_cannot_be_set_as_if_it_were_one(self):
        chip = reconverge.Chip()
        array = chip.sysctl.given_up
        for owner, name in ((chip, "pll"), (chip.pll, "ctrl"), (chip.cru[0], "clock"), (chip.cru[0], "clocks"),
                            (array, "given_up")):
            with self.assertRaisesRegex(AttributeError, "only fields can"):
                setattr(owner, name, 1)
        chip.remark = "names of one's own are free"
        self.assertEqual(chip.pll.ctrl.enable, 0)

    def test_tab_completes_behind_an_index_too(self):
        names = Completer({"chip": self.chip, "chips": []})
        for text, finds in (("chip", ["chip", "chips"]), ("chip.pl", ["chip.pll"]),
                            ("chip.pll[1].ct", ["chip.pll[1].ctrl"]),
                            ("chip.pll[1].ctrl.", [f"chip.pll[1].ctrl.{f}" for f in ("bypass", "enable", "spread")]),
                            ("chip.pll[9].", []), ("chip.nosuch.", []), ("nosuch", []), ("chip.save().", [])):
            self.assertEqual(names.find(text), finds, text)
        self.assertIn("chip.converge", names.find("chip."))
        self.assertEqual([names.complete("chip", k) for k in range(3)], ["chip", "chips", None])

    def test_the_prompt_shows_the_chip_and_refuses_what_is_none(self):
        for arguments, code, says in (((), 0, "pll[3].ctrl = 0x"), (("--scale", "1/8"), 0, "there is pll[0..0]"),
                                      (("--scale", "3"), 2, "no scale"), (("unix:/nosuch",), 2, "no such socket")):
            done = subprocess.run([sys.executable, "-m", "reconverge", *arguments], input="chip.pll[3].ctrl\n",
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(says, done.stdout + done.stderr)


def of_stub(node):
    """{name: parameters} of a class or a module, special methods left out."""
    return {n.name: [a.arg for a in n.args.args + n.args.kwonlyargs] for n in node.body
            if isinstance(n, ast.FunctionDef) and not n.name.startswith("__")}


def of_module(thing):
    found = {}
    for name, member in vars(thing).items():
        if name.startswith("__") or inspect.isclass(member):
            continue
        # pybind11 writes the signature into the first line of the docstring.
        text = (member.fget if isinstance(member, property) else member).__doc__ or ""
        inside = text.split("\n")[0].partition("(")[2].rpartition(")")[0]
        found[name] = inside.count(": ") - inside.count("Callable[")   # how many parameters
    return found


class Stub(unittest.TestCase):
    def test_it_names_what_the_module_has_and_nothing_else(self):
        stub = ast.parse((SOURCE / "_core.pyi").read_text())
        classes = {n.name: n for n in stub.body if isinstance(n, ast.ClassDef)}
        real = {name for name, member in vars(_core).items() if inspect.isclass(member)}
        self.assertEqual(set(classes), real)
        self.assertEqual(set(of_stub(stub)), set(of_module(_core)))
        compared = 0
        for name, node in classes.items():
            said, has = of_stub(node), of_module(getattr(_core, name))
            self.assertEqual(set(said), set(has), name)
            for method in said:
                self.assertEqual(len(said[method]), has[method], f"{name}.{method}")
            compared += len(said)
        self.assertGreater(compared, 50)
        print(f"compared {compared} members of {len(real)} classes")

    def test_the_package_in_use_is_the_one_of_this_tree(self):
        files = [f for f in sorted(SOURCE.glob("*.py*")) if not f.name.endswith("_test.py")]
        self.assertGreaterEqual(len(files), 4)
        for file in files:
            self.assertEqual(file.read_bytes(), (Path(reconverge.__file__).parent / file.name).read_bytes(), file.name)


if __name__ == "__main__":
    unittest.main()
