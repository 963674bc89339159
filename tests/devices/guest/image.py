#!/usr/bin/env python3
"""image.py arm64|armhf --program FILE --out FOLDER: kernel and initramfs of a guest with a device that QEMU has.

Debian's stock kernel for that architecture is downloaded with apt into FOLDER and unpacked there; the system's own apt
state and packages are left alone. The initramfs holds FILE, which is the guest's only process, and the kernel's own
drivers for the board. What is there already isn't fetched again. Exits 77 where the packages can't be had."""
import argparse
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / ".cmake"))
from initramfs import write_initramfs  # noqa: E402
from private_apt import Apt, Unavailable, run  # noqa: E402

KERNELS = {"arm64": "linux-image-arm64", "armhf": "linux-image-armmp"}   # Debian's names for its current stock kernels
DRIVERS = {"arm64": (), "armhf": ("gpio-mxc", "spi-imx")}                # what isn't built in, in this order
BOARD = "imx6q-sabrelite.dtb"
CONTROLLER = "/soc/bus@2000000/spba-bus@2000000/spi@2008000"             # of the board's flash
NOT_HERE = 77


def kernel(folder, architecture):
    """Unpacked once."""
    root = folder / "root"
    if (root / "done").exists():
        return root
    for tool in ("apt-get", "dpkg-deb"):
        if not shutil.which(tool):
            raise Unavailable(f"no {tool}: not a Debian machine")
    apt = Apt(folder / "apt", architecture)
    apt.update()
    [image] = [p for p in apt.depends(KERNELS[architecture]) if p.startswith("linux-image-")]
    [package] = apt.fetch([image])
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    wanted = ["./boot/vmlinuz-*", *(f"*/{name}.ko" for name in DRIVERS[architecture])]
    if architecture == "armhf":
        wanted.append(f"*/{BOARD}")
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as tar:
        run("tar", "-x", "-C", root, "--wildcards", *wanted, stdin=tar.stdout)
    (root / "done").touch()
    return root


def one(root, name):
    found = list(root.rglob(name))
    if len(found) != 1:
        raise Unavailable(f"{root}: {len(found)} files {name} instead of one; the kernel's package has changed")
    return found[0]


def board(folder, root):
    """The board's own device tree, but for the DMA engine of its SPI controller: QEMU has none, and the driver would
    wait for it for ever."""
    if not shutil.which("fdtput"):
        raise Unavailable("no fdtput; install device-tree-compiler")
    tree = folder / "board.dtb"
    shutil.copy(one(root, BOARD), tree)
    for name in ("dmas", "dma-names"):
        run("fdtput", "-d", tree, CONTROLLER, name)


def initramfs(folder, root, architecture, program):
    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "modules").mkdir(parents=True)
    shutil.copy(program, tree / "init")
    names = [f"{name}.ko" for name in DRIVERS[architecture]]
    for name in names:
        shutil.copy(one(root, name), tree / "modules")
    (tree / "modules/order").write_text("".join(f"{name}\n" for name in names))
    write_initramfs(tree, folder / "initramfs.cpio")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("architecture", choices=sorted(KERNELS))
    parser.add_argument("--program", type=Path, required=True, help="static, for that architecture")
    parser.add_argument("--out", type=Path, required=True, help="a folder of the build")
    args = parser.parse_args()
    folder = args.out.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        root = kernel(folder, args.architecture)
        shutil.copy(one(root, "vmlinuz-*"), folder / "kernel")
        if args.architecture == "armhf":
            board(folder, root)
        initramfs(folder, root, args.architecture, args.program.resolve())
    except (Unavailable, OSError) as problem:
        print(f"image: {problem}", file=sys.stderr)
        return NOT_HERE
    return 0


if __name__ == "__main__":
    sys.exit(main())
