#!/usr/bin/env python3
"""image.py --halctl FILE --out FOLDER: kernel and initramfs of the rehearsal machine.

Debian's stock kernel and the headers that belong to it are downloaded with apt into FOLDER and unpacked there; the
system's own apt state and packages are left alone. Into the initramfs go busybox-static, halctl, the kernel's virtio
modules and our SPI controller (spi_forward/), and intents whose watchdog has the patience that an emulated machine
needs. What is there already and current isn't made again. Prints the paths; exits 77 where the packages can't be had.
"""
import argparse
import fcntl
import hashlib
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / ".cmake"))
from initramfs import write_initramfs  # noqa: E402
from private_apt import Apt, Unavailable, run  # noqa: E402

INTENTS = HERE.parent.parent / "hal" / "chip" / "intents"
KERNEL = "linux-image-amd64"          # Debian's name for its current stock kernel
HEADERS = "linux-headers-amd64"
DRIVERS = ("virtio_pci", "virtio_console")
WATCHDOG_MS = 600_000                 # an emulated machine boots in seconds to minutes; 4 s is for a real one
NOT_HERE = 77


def unpack(package, root):
    """Kernel images hold hundreds of megabytes of drivers; only what is needed is written."""
    wanted = ["--wildcards", "./boot/vmlinuz-*", "*/drivers/virtio/*", "*/drivers/char/virtio_console.ko"]
    image = package.name.startswith("linux-image")
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as tar:
        run("tar", "-x", "-C", root, *(wanted if image else []), stdin=tar.stdout)


def elf_kernel(packed):
    """The ELF file within a vmlinuz: booted directly, it saves the emulated decompression."""
    data = packed.read_bytes()
    at = -1
    while (at := data.find(b"\xfd7zXZ\x00", at + 1)) >= 0:
        try:
            elf = lzma.LZMADecompressor().decompress(data[at:])
        except lzma.LZMAError:
            continue
        if elf.startswith(b"\x7fELF"):
            return elf
    raise Unavailable(f"{packed}: no ELF kernel compressed with xz in it")


def kernel(folder):
    """(release, root of what was unpacked); fetched once."""
    root = folder / "root"
    stamp = folder / "kernel.json"
    if stamp.exists():
        return json.loads(stamp.read_text())["release"], root
    for tool in ("apt-get", "dpkg-deb"):
        if not shutil.which(tool):
            raise Unavailable(f"no {tool}: not a Debian machine")
    apt = Apt(folder / "apt")
    apt.update()
    [image] = apt.depends(KERNEL)
    release = image.removeprefix("linux-image-")
    headers = f"linux-headers-{release}"
    more = [p for p in apt.depends(headers) if p.startswith(("linux-headers-", "linux-kbuild-"))]
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for package in apt.fetch([image, headers, *more]):
        unpack(package, root)
    makefile = root / "usr/src" / headers / "Makefile"
    makefile.write_text(makefile.read_text().replace("/usr/src/", f"{root}/usr/src/"))
    (folder / "vmlinux").write_bytes(elf_kernel(root / f"boot/vmlinuz-{release}"))
    stamp.write_text(json.dumps({"release": release}))
    return release, root


def spi_forward(folder, release, root):
    """Our module, built against the headers of that kernel."""
    source = HERE / "spi_forward"
    module = folder / "spi_forward" / "spi_forward.ko"
    digest = hashlib.sha256((source / "spi_forward.c").read_bytes() + release.encode()).hexdigest()
    stamp = folder / "spi_forward" / "digest"
    if not module.exists() or not stamp.exists() or stamp.read_text() != digest:
        shutil.rmtree(module.parent, ignore_errors=True)
        shutil.copytree(source, module.parent)
        run("make", "-C", root / "usr/src" / f"linux-headers-{release}", f"M={module.parent}", "CC=gcc", "modules")
        stamp.write_text(digest)
    return module


def drivers(root, release):
    """Files of the stock modules, each behind those that it needs."""
    files = {f.stem.replace("-", "_"): f for f in (root / "lib/modules" / release).rglob("*.ko")}
    order = []

    def add(name):
        if name not in files or files[name] in order:
            return   # built in, or there already
        needs = re.search(rb"\0depends=([^\0]*)\0", files[name].read_bytes())[1].decode()
        for other in filter(None, needs.split(",")):
            add(other.replace("-", "_"))
        order.append(files[name])
    for name in DRIVERS:
        add(name)
    return order


def patient(intent):
    document = json.loads(intent.read_text())
    document.setdefault("defaults", {}).setdefault("watchdog", {})["timeout_ms"] = WATCHDOG_MS
    return json.dumps(document, indent=1)


def initramfs(folder, halctl, modules):
    """Made anew when something that goes into it is another one."""
    archive, stamp = folder / "initramfs.cpio", folder / "initramfs.digest"
    content = [Path(__file__), HERE / "guest/init", halctl, *modules, *sorted(INTENTS.glob("*.json"))]
    digest = hashlib.sha256(b"".join(hashlib.sha256(f.read_bytes()).digest() for f in content)).hexdigest()
    if not (archive.exists() and stamp.exists() and stamp.read_text() == digest):
        stamp.unlink(missing_ok=True)
        pack(folder / "tree", archive, halctl, modules)
        stamp.write_text(digest)
    return archive


def pack(tree, archive, halctl, modules):
    busybox = shutil.which("busybox", path="/usr/lib/busybox:/bin:/usr/bin")
    if not busybox:
        raise Unavailable("no busybox; install busybox-static")
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("bin", "proc", "sys", "dev", "tmp", "modules", "intents"):
        (tree / name).mkdir(parents=True)
    shutil.copy(busybox, tree / "bin/busybox")
    os.symlink("busybox", tree / "bin/sh")
    shutil.copy(HERE / "guest/init", tree / "init")
    shutil.copy(halctl, tree / "bin/halctl")
    run("strip", tree / "bin/halctl")
    for module in modules:
        shutil.copy(module, tree / "modules")
    (tree / "modules/order").write_text("".join(f"{m.name}\n" for m in modules))
    for intent in INTENTS.glob("*.json"):
        (tree / "intents" / intent.name).write_text(patient(intent))
    write_initramfs(tree, archive)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--halctl", type=Path, required=True, help="the static program that goes into the machine")
    parser.add_argument("--out", type=Path, required=True, help="a folder of the build")
    args = parser.parse_args()
    folder = args.out.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)   # one at a time; whoever comes later finds it made
    try:
        release, root = kernel(folder)
        modules = drivers(root, release) + [spi_forward(folder, release, root)]
        archive = initramfs(folder, args.halctl.resolve(), modules)
    except (Unavailable, OSError) as problem:
        print(f"image: {problem}", file=sys.stderr)
        return NOT_HERE
    size = (folder / "tree/bin/halctl").stat().st_size
    print(f"kernel     {folder / 'vmlinux'} ({release})\ninitramfs  {archive} ({archive.stat().st_size:,} bytes)\n"
          f"halctl     {size:,} bytes, stripped\nintents    {folder / 'tree/intents'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
