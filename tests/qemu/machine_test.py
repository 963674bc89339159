#!/usr/bin/env python3
"""The unmodified halctl-static in a Linux guest: over both paths, as in process; killed with its machine; told no lies.

Arguments: RECONVERGE HALCTL_STATIC [TEST...]. Exits 77 where the machine's packages can't be had."""
import hashlib
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from guest import Guest

RECONVERGE, HALCTL = Path(), Path()   # set below
NOT_HERE = 77
ROOT, NOBODY = "/bin/halctl", "start-stop-daemon -S -c nobody -x /bin/halctl --"
# link, as whom, exit code, what is said
BAD_PATHS = (
    ("spidev:/dev/spidev0.0", ROOT, 2, "its scale is 1/4, not 1/8; nothing was written, correct --scale"),
    ("pcie:0000:00:10.0/bar0", ROOT, 2, "its scale is 1/4, not 1/8; nothing was written, correct --scale"),
    ("pcie:0000:00:1e.7/bar0", ROOT, 2, "no such function"),
    ("pcie:0000:00:11.0/bar0", ROOT, 3, "another device, 1234:11e8 instead of 1234:c41b; nothing was written"),
    ("pcie:0000:00:10.0/bar2", ROOT, 2, "no such BAR"),
    ("pcie:0000:00:10.0/bar0", NOBODY, 3, "permission denied"),
    ("spidev:/dev/spidev0.0", NOBODY, 3, "permission denied"),
    ("spidev:/dev/spidev7.0", ROOT, 2, "no such device"),
    ("spidev:/dev/null", ROOT, 2, "not an SPI device"),
)
DEATHS = 6   # five, and a run over a link that disturbs


def rehearse(*arguments, patience=900):
    """(exit code, stdout, stderr)"""
    done = subprocess.run([RECONVERGE, "rehearse", "machine", "qemu", *arguments], capture_output=True, text=True,
                          timeout=patience, check=False)
    return done.returncode, done.stdout, done.stderr


class Machine(unittest.TestCase):
    def test_every_kind_of_death_is_survived_over_both_paths(self):
        status, out, err = rehearse("--deaths", str(DEATHS), "--scenario", "boot", "--json")
        self.assertEqual(status, 0, out + err)
        [part] = json.loads(out)["parts"]
        counts = part["counts"]
        self.assertEqual((counts["lost"], counts["broken"], counts["disturbances"]), (0, 0, 0), part)
        self.assertEqual(counts["survived"], DEATHS)
        self.assertEqual(set(part["deaths"]), {"spi", "pcie"})
        self.assertGreater(part["deaths"]["spi"]["noise"], 0)
        self.assertGreater(counts["struck"], 5, "frames")
        self.assertLessEqual(counts["dearest"], counts["bound"] + 2)
        self.compare_with_the_run_in_process(part["undisturbed"])
        print(f"{counts}; {part['deaths']}")

    def test_all_blocks_boot_resume_and_are_repaired_and_updated_as_in_process(self):
        status, out, err = rehearse("--deaths", "0", "--scale", "1", "--json")
        self.assertEqual(status, 0, out + err)
        runs = json.loads(out)["parts"][0]["undisturbed"]
        self.assertEqual({(r["scenario"], r["link"]) for r in runs},
                         {(s, link) for s in ("boot", "resume", "repair", "update") for link in ("spi", "pcie")})
        self.assertEqual({r["blocks"] for r in runs if r["scenario"] == "boot"}, {289})
        self.assertEqual({r["writes"] for r in runs if r["scenario"] == "resume"}, {0})
        self.compare_with_the_run_in_process([r for r in runs if r["scenario"] != "resume"])

    def compare_with_the_run_in_process(self, runs):
        self.assertGreater(len(runs), 0)
        for run in runs:
            where = f"{run['scenario']} over {run['link']}"
            self.assertEqual(run["differ"], 0, f"{where}: the real halctl writes what the HAL in process writes")
            self.assertEqual(run["edges_otherwise"], 0, f"{where}: parents before their children")
            self.assertGreater(run["writes"], 20, where)
            self.assertGreater(run["edges"], 10, where)
            print(f"{where}: {run['writes']} words to {run['blocks']} blocks, {run['edges']} dependencies")

    def test_the_guest_carries_the_halctl_that_was_audited(self):
        tree = RECONVERGE.parent.parent / "qemu" / "tree"
        with tempfile.NamedTemporaryFile() as stripped:
            subprocess.run(["strip", "-o", stripped.name, HALCTL], check=True)
            expected = hashlib.sha256(Path(stripped.name).read_bytes()).hexdigest()
        carried = hashlib.sha256((tree / "bin" / "halctl").read_bytes()).hexdigest()
        self.assertEqual(carried, expected, "audit.same_objects looks at this program's map")
        programs = [p.name for p in (tree / "bin").iterdir()]
        self.assertEqual(sorted(programs), ["busybox", "halctl", "sh"], "nothing else of ours goes into the guest")

    def test_what_is_in_the_way_is_one_line_and_nothing_is_written(self):
        """On a real kernel: a chip of another scale on both paths, and devices that are none."""
        edu = ("-device", "edu,addr=0x11")
        with tempfile.TemporaryDirectory() as folder:
            served = {name: Path(folder) / name for name in ("chip", "pci", "spi")}
            # pylint: disable-next=consider-using-with
            chip = subprocess.Popen([RECONVERGE, "serve", "--json", "--scale", "1/4",
                                     "--link", f"unix:{served['chip']}", "--pci-proxy", f"unix:{served['pci']}",
                                     "--spi-forward", f"unix:{served['spi']}"], stdout=subprocess.PIPE, text=True)
            with Guest(RECONVERGE.parent.parent / "qemu", served["pci"], served["spi"], edu) as guest:
                guest.run("sh -c 'mkdir /etc; echo nobody:x:65534:65534::/:/bin/sh >/etc/passwd'")
                for link, user, status, says in BAD_PATHS:
                    self.refused(guest, link, user, status, says)
                chip.terminate()
                summary = json.loads(chip.communicate()[0].splitlines()[-1])
                self.assertEqual(summary["writes"], 0, summary)
                self.assertGreater(summary["frames"], 0, "the chip was asked who it is")
                # Its process has gone: all-ones.
                self.refused(guest, "pcie:0000:00:10.0/bar0", ROOT, 3, "the function doesn't answer")
        print(f"{len(BAD_PATHS) + 1} bad paths: one line each; {summary}")

    def refused(self, guest, link, user, status, says):
        with self.subTest(link=link, user=user):
            command = f"{user} --link {link} --scale 1/8 converge --intent /intents/training.json"
            code, said = guest.run(command)
            self.assertEqual(code, status, said)
            self.assertEqual(len(said), 1, said)
            self.assertRegex(said[0], "^halctl: ")
            self.assertIn(says, said[0])
            print(f"exit code {code}{'' if user == ROOT else ' (not root)'}: {said[0]}")

    def test_bad_arguments_are_one_line(self):
        for arguments, says in ((("--repro", "boot"), "'boot' is no id; one looks like boot@1/8@spi:power-120"),
                                (("--repro", "boot@1@spi:power-1"), "is no id"),
                                (("--link", "i2c"), "no link 'i2c'; use spi, pcie or both"),
                                (("--scale", "3"), "'3' is no scale")):
            with self.subTest(arguments):
                status, out, err = rehearse(*arguments)
                self.assertEqual((status, out), (2, ""), err)
                self.assertIn(says, err.splitlines()[-1])


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(f"{sys.argv[0]} RECONVERGE HALCTL_STATIC [TEST...]")
    RECONVERGE, HALCTL = (Path(p).resolve() for p in sys.argv[1:3])
    image = subprocess.run([sys.executable, "-B", Path(__file__).resolve().parents[2] / "transports/qemu/image.py",
                            "--halctl", HALCTL, "--out", RECONVERGE.parent.parent / "qemu"], check=False)
    if image.returncode == NOT_HERE:
        sys.exit(NOT_HERE)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
