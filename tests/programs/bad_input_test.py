#!/usr/bin/env python3
"""Bad input, one line each: what is wrong, where, what to do; the right exit code; and nothing is written."""
import os
import socket
import struct
import subprocess
import threading
import zlib

import bench


class Arguments(bench.ProgramTest):
    """Everything that is refused before or while connecting, against a chip whose writes are counted."""

    CASES = [   # arguments, exit code, what the line says
        ((), 2, "no command; use one of converge, plan, status, list, dump, doctor, peek, poke"),
        (("fly",), 2, "fly"),
        (("status", "--fast"), 2, "--fast"),
        (("status", "extra"), 2, "extra"),
        (("converge",), 2, "--intent is required"),
        (("peek",), 2, "path is required"),
        (("poke", "pll.ctrl"), 2, "value is required"),
        (("status", "--scale", "3"), 2, "'3' is no scale of this chip; use 1/8, 1/4, 1/2, 1, 2 or 4"),
        (("status", "--scale", "x\ny"), 2, "'x?y' is no scale"),
        (("converge", "--intent", "trainign"), 2,
         "no intent 'trainign'; use deferred, degraded, inference, training or"),
        (("converge", "--intent", "/nowhere.json"), 2, "/nowhere.json: cannot be read; give the path"),
        (("plan", "--intent", "."), 2, ".: cannot be read"),
        (("converge", "--intent", "training", "--record", "/nowhere/r"), 2, "/nowhere/r: No such file or directory;"),
        (("peek", "pl.ctrl"), 2, "no block 'pl'; did you mean 'pll'?"),
        (("peek", "pll[7].ctrl"), 2, "there is no pll[7]; there is pll[0..0]"),
        (("peek", "pll.crtl"), 2, "pll has no register 'crtl'; did you mean 'ctrl'?"),
        (("peek", "pll.ctrl.x"), 2, "pll.ctrl has no field 'x'; use one of enable, bypass, spread"),
        (("peek", "pll.lock_timer"), 2, "pll.lock_timer has no address"),
        (("peek", "a.b.c.d.e"), 2, "'a.b.c.d.e' is no path"),
        (("poke", "pll", "1"), 2, "pll is a block; name a register or a field of it"),
        (("poke", "sysctl.identity", "1"), 2, "sysctl.identity is read-only; nothing was written"),
        (("poke", "pll.status.locked", "1"), 2, "pll.status.locked is read-only; nothing was written"),
        (("poke", "pll.ctrl.enable", "2"), 2, "2 is too large; the most is 0x1"),
        (("poke", "pll.ctrl", "0x100000000"), 2, "is too large; the most is 0xffffffff"),
        (("poke", "pll.ctrl", "-1"), 2, "-1"),
        (("poke", "pll.ctrl", "one"), 2, "'one' is no value; write a number like 5 or 0x1f"),
        (("poke", "pll.ctrl", "010"), 2, "010 could be decimal or octal; write it without the zero, or as 0x.."),
        (("poke", "pll.ctrl", "0x"), 2, "'0x' is no value"),
        (("poke", "pll.ctrl", "5z"), 2, "'5z' is no value"),
        (("poke", "pll.ctrl", "99999999999999999999"), 2, "is too large; the most is 0xffffffff"),
        (("list", "pl"), 2, "no block 'pl'; did you mean 'pll'?"),
    ]

    def test_each_is_one_line(self):
        served = self.serve()
        for arguments, code, says in self.CASES:
            with self.subTest(arguments):
                status, out, err = self.halctl(*arguments)
                self.assertEqual((status, out), (code, ""), err)
                self.assert_one_line(err, says)
        summary = served.stop()
        self.assertEqual((summary["writes"], summary["violations"]), (0, 0), summary)

    def test_links_that_are_none(self):
        cases = [
            ("spidev:/nowhere/spidev0.0", 2, "spidev:/nowhere/spidev0.0: no such device; is the controller enabled"),
            ("spidev:/dev/null", 2, "spidev:/dev/null: not an SPI device; name one like /dev/spidev0.0"),
            ("spidev:spidev0.0", 2, "link 'spidev:spidev0.0': no device; write spidev:/dev/spidev0.0"),
            ("spidev:/dev/spidev0.0?hz=fast", 2, "hz is a whole number from 1"),
            ("spidev:/dev/spidev0.0?speed=1", 2, "the only option is hz"),
            ("pcie:ffff:1f:1e.7/bar0", 2, "pcie:ffff:1f:1e.7/bar0: no such function; `lspci -d 1234:c41b` lists"),
            ("pcie:01:00.0/bar0", 2, "no such function; write pcie:0000:01:00.0/bar0"),
            ("pcie:0000:01:00.0", 2, "no such BAR; write pcie:0000:01:00.0/bar0"),
            ("pcie:0000:01:00.0/bar7", 2, "no such BAR; write pcie:0000:01:00.0/bar0"),
            ("model:", 2, "link 'model:': programs for production have no model in them; `reconverge serve"),
            ("carrier-pigeon", 2, "link 'carrier-pigeon' is none; use one of unix:PATH, spidev:"),
            ("unix:", 2, "unix:: no path given; write unix:/path/of/the/socket"),
            (f"unix:{self.socket}", 2, "no such socket; start `reconverge serve` or correct the path"),
            (f"unix:{self.folder.name}/{'x' * 200}", 2, "path is longer than 107 bytes"),
        ]
        for link, code, says in cases:
            with self.subTest(link):
                status, out, err = bench.run(bench.HALCTL, "--link", link, "converge", "--intent", "training")
                self.assertEqual((status, out), (code, ""), err)
                self.assert_one_line(err, says)
        status, _, err = bench.run(bench.HALCTL, "status")
        self.assertEqual(status, 2)
        self.assert_one_line(err, "no link; add --link with one of unix:PATH, spidev:")

    def test_a_device_without_permission(self):
        device = f"{self.folder.name}/spidev0.0"
        with open(device, "wb"):
            os.chmod(device, 0)
        os.chmod(self.folder.name, 0o755)
        nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        try:
            done = subprocess.run([bench.HALCTL, "--link", f"spidev:{device}", "converge", "--intent", "training"],
                                  capture_output=True, text=True, check=False, **nobody)
        except PermissionError:
            self.skipTest("somebody else can't run the program from this folder")
        self.assertEqual((done.returncode, done.stdout), (3, ""), done.stderr)
        self.assert_one_line(done.stderr, f"spidev:{device}: permission denied; you need read and write permission")

    def test_reads_that_would_change_the_chip_are_refused(self):
        served = self.serve()
        refused = 0
        for block in sorted({b["type"] for b in self.json("list")["instances"]}):
            for reg in self.json("list", block):
                if not reg["read_side_effect"]:
                    continue
                index = "[0]" if reg["count"] > 1 else ""
                status, out, err = self.halctl("peek", f"{block}[0].{reg['name']}{index}")
                self.assertEqual((status, out), (2, ""), err)
                self.assert_one_line(err, "reading it changes the chip")
                refused += 1
        summary = served.stop()
        self.assertEqual((summary["writes"], summary["accesses"]), (0, 0), summary)
        if not refused:
            self.skipTest("this chip has no register whose read has side effects")


class Intents(bench.ProgramTest):
    CASES = [
        ('{"defaults": {"pll": {"output_khz": 5000000}}}',
         "mine.json: /defaults/pll/output_khz: 5000000 kHz is outside 12800..4000000; "),
        ('{"defaults": {"pll": {"output": 1}}}', "mine.json: /defaults/pll/output: pll has no field 'output'; "),
        ('{"defaults": {"oven": {}}}', "mine.json: /defaults/oven: no block type 'oven'; "),
        ('{"instances": {"pll[4]": {"output_khz": 800000}}}',
         "mine.json: /instances/pll[4]: this chip has no pll[4]; "),
        ('{"defaults": {"pll": {"output_khz": "fast"}}}',
         "mine.json: /defaults/pll/output_khz: expected a whole number, found a text"),
        ('{"defaults": {"pll": {"output_khz": 800000, "output_khz": 900000}}}',
         "mine.json: /defaults/pll/output_khz: this key is there twice"),
        ('{"defaults": {"pll"', "mine.json:1:20: "),
        ("", "mine.json:1:1: "),
        ("\x00\x01", "mine.json:1:1: "),
        ("[" * 100000, "mine.json: nested too deeply"),
    ]

    def test_each_is_one_line(self):
        served = self.serve()
        path = os.path.join(self.folder.name, "mine.json")
        for text, says in self.CASES:
            for command in ("converge", "plan", "status"):
                with self.subTest(text[:50]):
                    with open(path, "w", encoding="utf-8") as file:
                        file.write(text)
                    status, out, err = self.halctl(command, "--intent", path)
                    self.assertEqual((status, out), (2, ""), err)
                    self.assert_one_line(err, says)
        summary = served.stop()
        self.assertEqual((summary["frames"], summary["writes"]), (0, 0), "checked before the chip is asked")


def another_identity(number, asked, forward):
    """The first frame's reply shows another chip, with a CRC that is right."""
    answer = bytearray(forward(asked))
    if number == 1:
        reply = 5 + 10 + 24 + 4   # behind message header, outcome, request of one item, turnaround
        answer[reply + 8:reply + 12] = struct.pack("<I", 0x0BADC41B)
        answer[reply + 12:reply + 16] = struct.pack("<I", zlib.crc32(bytes(answer[reply:reply + 12])))
    return bytes(answer)


class Peers(bench.ProgramTest):
    COMMANDS = [("converge", "--intent", "training"), ("status",), ("doctor",), ("poke", "pll[0].ctrl.spread", "1")]

    def check(self, tamper, says, commands=None):
        served = self.serve()
        proxy = self.proxy(tamper)
        for command in commands or self.COMMANDS:
            with self.subTest(command):
                proxy.frames = 0
                status, out, err = self.halctl(*command, link=proxy.path)
                self.assertEqual((status, out), (3, ""), err)
                self.assert_one_line(err, says)
        return served.stop()

    def test_a_chip_with_another_identity(self):
        summary = self.check(another_identity, "another chip: sysctl.identity reads 0x0badc41b; nothing was written")
        self.assertEqual(summary["writes"], 0)
        self.assertEqual(summary["frames"], len(self.COMMANDS), "nobody claims a chip that isn't theirs")

    def test_a_chip_of_another_scale(self):
        served = self.serve()
        for command in self.COMMANDS:
            with self.subTest(command):
                status, out, err = self.halctl(*command, scale="1/4")
                self.assertEqual((status, out), (2, ""), err)
                self.assert_one_line(err, "its scale is 1/8, not 1/4; nothing was written, correct --scale")
        self.assertEqual(served.stop()["writes"], 0)

    def test_a_peer_that_goes_away_before_the_first_reply(self):
        summary = self.check(lambda number, asked, forward: None, "peer closed the link")
        self.assertEqual(summary["writes"], 0)

    def test_a_peer_that_goes_away_within_a_frame(self):
        self.check(lambda number, asked, forward: forward(asked) if number < 2 else bench.Part(forward(asked)[:20]),
                   "peer closed the link")

    def test_a_peer_that_talks_nonsense(self):
        self.check(lambda number, asked, forward: b"\x00" * 5, "peer answers out of protocol")

    def check_stuck(self, line, says):
        def stuck(number, asked, forward):
            size = 10 + len(asked) - 5   # the first ten are the server's own
            return bytes([bench.TRANSFER | 0x80]) + struct.pack("<I", size) + bytes(10) + bytes([line]) * (size - 10)
        summary = self.check(stuck, f"no valid reply in 8 attempts, last {says}; check the link")
        self.assertEqual(summary["frames"], 0)

    def test_a_link_that_carries_only_zeros(self):
        self.check_stuck(0x00, "0x00000000")

    def test_a_link_that_carries_only_ones(self):
        self.check_stuck(0xFF, "0xffffffff")

    def test_a_text_server_instead_of_a_chip(self):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(self.socket)
        listener.listen()

        def answer():
            client, _ = listener.accept()
            with client:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        status, out, err = self.halctl("status")
        thread.join(bench.PATIENCE)
        listener.close()
        self.assertEqual((status, out), (3, ""))
        self.assert_one_line(err, "is it served by `reconverge serve`?")


if __name__ == "__main__":
    bench.main(__name__)
