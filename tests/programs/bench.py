"""A bench for the programs: a served chip, halctl against it, and a proxy on the wire between them.

Every test program takes HALCTL HALCTL_STATIC RECONVERGE as arguments."""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

HALCTL, HALCTL_STATIC, RECONVERGE = Path(), Path(), Path()   # set by main
TRANSFER = 2   # message kind, transports/unix/protocol.hpp
PATIENCE = 60
ALL_EQUAL = "equal: 45 of 45 blocks"   # what `correlate` says at scale 1/8


def main(name):
    global HALCTL, HALCTL_STATIC, RECONVERGE
    if len(sys.argv) < 4:
        sys.exit(f"{sys.argv[0]} HALCTL HALCTL_STATIC RECONVERGE [TEST...]")
    HALCTL, HALCTL_STATIC, RECONVERGE = (Path(p).resolve() for p in sys.argv[1:4])
    unittest.main(name, argv=[sys.argv[0], *sys.argv[4:]])


def run(*command, patience=PATIENCE):
    """(exit code, stdout, stderr)"""
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=patience, check=False)
    return result.returncode, result.stdout, result.stderr


class Served:
    """`reconverge serve` in a process of its own. `summary` is there once it has been stopped."""

    def __init__(self, path, scale="1/8", scenario="boot"):
        self.path, self.summary = str(path), None
        self.process = subprocess.Popen(
            [RECONVERGE, "serve", "--json", "--link", f"unix:{path}", "--scale", scale, "--scenario", scenario],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"serve did not start: {self.process.communicate()[1]}")
        self.ready = json.loads(line)

    def stop(self, how=signal.SIGTERM):
        if self.summary is None:
            self.process.send_signal(how)
            out, err = self.process.communicate(timeout=PATIENCE)
            if err:
                raise AssertionError(err)
            self.summary = json.loads(out)
        return self.summary


class Part(bytes):
    """Part of an answer: sent, and then the proxy hangs up."""


class Proxy:
    """Sits on a socket of its own and hands every message through, to the server and back.

    `tamper(number, message, forward)` is called for every frame (TRANSFER), numbered from 1, and answers what goes
    back to the client: a whole answer, a Part, or None to hang up. `forward(bytes)` gives a message to the server and
    answers its answer; `forward(bytes, partly=True)` gives a part of one and answers nothing."""

    def __init__(self, path, server, tamper):
        self.path, self.server, self.tamper, self.frames = str(path), server, tamper, 0
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        # shutdown() wakes the thread; close() alone wouldn't.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(PATIENCE)
        self.listener.close()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
                server.connect(self.server)
                self.pass_on(client, server)

    def pass_on(self, client, server):
        def forward(data, partly=False):
            server.sendall(data)
            return b"" if partly else message(server)
        try:
            while (asked := message(client)) is not None:
                if asked[0] == TRANSFER:
                    self.frames += 1
                    answer = self.tamper(self.frames, asked, forward)
                else:
                    answer = forward(asked)
                part = isinstance(answer, Part)
                if answer is not None:
                    client.sendall(answer)
                if answer is None or part:
                    return
        except OSError:
            return   # one of the two is gone


def message(stream):
    """One whole message of kind, length and payload, or None at the end."""
    def exactly(size):
        data = b""
        while len(data) < size:
            part = stream.recv(size - len(data))
            if not part:
                return None
            data += part
        return data
    header = exactly(5)
    if header is None:
        return None
    payload = exactly(struct.unpack("<I", header[1:])[0])
    return None if payload is None else header + payload


class ProgramTest(unittest.TestCase):
    SCALE = "1/8"

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="programs-")
        self.addCleanup(self.folder.cleanup)
        self.socket = os.path.join(self.folder.name, "chip")

    def serve(self, scenario="boot", scale=None):
        served = Served(self.socket, scale or self.SCALE, scenario)
        self.addCleanup(served.process.stdout.close)
        self.addCleanup(served.process.stderr.close)
        self.addCleanup(served.process.wait)
        self.addCleanup(served.process.kill)
        return served

    def proxy(self, tamper):
        path = os.path.join(self.folder.name, "proxy")
        proxy = Proxy(path, self.socket, tamper)
        self.addCleanup(proxy.close)
        return proxy

    def command(self, *arguments, link=None, program=None, scale=None):
        return [program or HALCTL, "--link", f"unix:{link or self.socket}", "--scale", scale or self.SCALE, *arguments]

    def halctl(self, *arguments, **options):
        return run(*self.command(*arguments, **options))

    def json(self, *arguments, expected=0):
        status, out, err = self.halctl(*arguments, "--json")
        self.assertEqual((status, err), (expected, ""), out)
        return json.loads(out)

    def assert_one_line(self, err, says, program="halctl"):
        self.assertEqual(err.count("\n"), 1, err)
        self.assertTrue(err.startswith(f"{program}: ") and err[:-1].isprintable(), err)
        self.assertIn(says, err)
