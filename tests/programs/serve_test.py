#!/usr/bin/env python3
"""reconverge serve: one line when ready, a summary at the end, and what it refuses."""
import os
import signal
import socket
import struct
import subprocess

import bench


class Serve(bench.ProgramTest):
    def refused(self, says, *arguments):
        status, out, err = bench.run(bench.RECONVERGE, "serve", *arguments)
        self.assertEqual((status, out), (2, ""), err)
        self.assert_one_line(err, says, "reconverge")

    def test_ends_cleanly_on_both_signals(self):
        for how in (signal.SIGINT, signal.SIGTERM):
            served = self.serve()
            self.assertEqual(served.ready["serving"], f"unix:{self.socket}")
            self.assertTrue(os.path.exists(self.socket))
            self.assertEqual(served.stop(how)["frames"], 0)
            self.assertEqual(served.process.returncode, 0)
            self.assertFalse(os.path.exists(self.socket), "the socket is removed")

    def test_people_get_a_line_before_and_a_line_after(self):
        with subprocess.Popen([bench.RECONVERGE, "serve", "--link", f"unix:{self.socket}", "--scale", "1/8"],
                              stdout=subprocess.PIPE, text=True) as process:
            self.assertRegex(process.stdout.readline(), r"^serving Heron 1/8 \(\d+ blocks, scenario boot\) on unix:")
            self.halctl("status")
            process.terminate()
            self.assertRegex(process.communicate(timeout=bench.PATIENCE)[0],
                             r"^served \d+ frames: \d+ accesses, 0 of them writes; 0 disturbances, 0 violations\n$")

    def test_a_live_socket_is_refused_and_a_dead_one_taken_over(self):
        served = self.serve()
        self.refused("is already being served; stop that process or choose another path", "--link",
                     f"unix:{self.socket}")
        self.assertEqual(self.halctl("status")[0], 1, "the first one still serves")
        served.process.kill()
        served.process.wait()
        self.assertTrue(os.path.exists(self.socket))
        status, _, err = self.halctl("status")
        self.assertEqual(status, 3)
        self.assert_one_line(err, "nobody serves this socket any more")
        self.assertEqual(self.serve().stop()["frames"], 0)

    def machine_path(self, name):
        path = os.path.join(self.folder.name, name)
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(client.close)
        return client, path

    def test_a_virtual_machine_reaches_the_same_chip_over_both_paths(self):
        (pci, pci_path), (spi, spi_path) = self.machine_path("pci"), self.machine_path("spi")
        with subprocess.Popen([bench.RECONVERGE, "serve", "--link", f"unix:{self.socket}", "--scale", "1/8",
                               "--pci-proxy", f"unix:{pci_path}", "--spi-forward", f"unix:{spi_path}"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            process.stdout.readline()
            pci.connect(pci_path)
            pci.sendall(struct.pack("<iiQ", 0, 0, 192) + bytes(192))                # QEMU's greeting
            pci.sendall(struct.pack("<iiQIIi", 3, 0, 12, 0, 0, 4))                  # its configuration, word 0
            self.assertEqual(struct.unpack("<iiQQ", pci.recv(24, socket.MSG_WAITALL)), (1, 0, 8, 0xC41B1234))
            spi.connect(spi_path)
            message = struct.pack("<4sII", b"SPIF", 7, 64)
            spi.sendall(message + bytes(64))
            self.assertEqual(spi.recv(76, socket.MSG_WAITALL), message + bytes(64), "no frame: the chip is silent")
            self.assertEqual(self.halctl("converge", "--intent", "training")[0], 0, "and over its socket as ever")
            pci.sendall(struct.pack("<iiQ", 9, 0, 8))
            self.assertEqual(pci.recv(1), b"", "hung up on")
            process.terminate()
            out, err = process.communicate(timeout=bench.PATIENCE)
            self.assertRegex(out, r"^served \d+ frames: ")
            self.assert_one_line(err, "QEMU speaks another PCI proxy protocol (command 9 of 8 bytes)", "reconverge")
            self.assertFalse(os.path.exists(pci_path) or os.path.exists(spi_path), "the sockets are removed")

    def test_bad_arguments(self):
        path = os.path.join(self.folder.name, "file")
        with open(path, "w", encoding="utf-8"):
            pass
        self.refused("--link is required")
        self.refused("link 'tcp:80' cannot be served; use unix:PATH", "--link", "tcp:80")
        self.refused("exists and is not a socket; choose another path", "--link", f"unix:{path}")
        self.refused("No such file or directory; choose a path in a directory you can write to", "--link",
                     f"unix:{self.folder.name}/no/such")
        self.refused("'5' is no scale", "--link", f"unix:{self.socket}", "--scale", "5")
        self.refused("no scenario 'picnic'; use one of boot", "--link", f"unix:{self.socket}", "--scenario", "picnic")
        self.assertFalse(os.path.exists(self.socket))


if __name__ == "__main__":
    bench.main(__name__)
