"""A Linux guest that runs what it is told, beside whatever devices a test wants: the rehearsal's image, without the
rehearsal."""
import contextlib
import os
import socket
import subprocess
import time

PATIENCE_S = 300


class Guest(contextlib.AbstractContextManager):
    """`pci` and `spi` are paths of a served chip's sockets (`reconverge serve`); `devices` are arguments for QEMU."""

    def __init__(self, image, pci, spi, devices=()):
        self.image, self.devices, self.number, self.received = image, devices, 0, b""
        self.chip = [connected(pci), connected(spi)]
        self.control, self.its_end = socket.socketpair()

    def __enter__(self):
        pci, spi, control = (s.fileno() for s in (*self.chip, self.its_end))
        # pylint: disable-next=consider-using-with
        self.qemu = subprocess.Popen(
            ["qemu-system-x86_64", "-M", "q35,memory-backend=ram", "-accel", "tcg", "-cpu", "qemu64,+rdrand",
             "-m", "256M", "-object", "memory-backend-memfd,id=ram,share=on,size=256M", "-nodefaults",
             "-no-user-config", "-display", "none", "-serial", "null", "-kernel", self.image / "vmlinux",
             "-initrd", self.image / "initramfs.cpio",
             "-append", "console=ttyS0 quiet panic=-1 no_timer_check mitigations=off random.trust_cpu=on",
             "-device", f"x-pci-proxy-dev,id=chip,addr=0x10,fd={pci}", "-device", "virtio-serial-pci",
             "-chardev", f"socket,id=spi,fd={spi}", "-device", "virtserialport,chardev=spi,nr=1",
             "-chardev", f"socket,id=control,fd={control}", "-device", "virtserialport,chardev=control,nr=2",
             *self.devices], pass_fds=(pci, spi, control), stderr=subprocess.DEVNULL)
        for end in (*self.chip, self.its_end):
            end.close()
        self.control.settimeout(PATIENCE_S)
        while self.line() != "READY":
            pass
        return self

    def __exit__(self, *_):
        self.qemu.kill()
        self.qemu.wait()
        self.control.close()

    def line(self):
        while b"\n" not in self.received:
            part = self.control.recv(4096)
            if not part:
                raise EOFError("the guest is gone")
            self.received += part
        text, self.received = self.received.split(b"\n", 1)
        return text.decode().rstrip("\r")

    def run(self, command):
        """(exit code, what it printed)"""
        self.number += 1
        self.control.sendall(f"run {self.number} {command}\n".encode())
        out, end, said = f"OUT {self.number} ", f"END {self.number} ", []
        while not (line := self.line()).startswith(end):
            if line.startswith(out):
                said.append(line.removeprefix(out))
        return int(line.removeprefix(end)), said


def connected(path):
    """To a server that may still be starting."""
    end = time.monotonic() + PATIENCE_S
    while True:
        stream = socket.socket(socket.AF_UNIX)
        try:
            stream.connect(os.fspath(path))
            return stream
        except OSError:
            stream.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
