"""The archive that a Linux kernel starts from."""
import subprocess

from private_apt import Unavailable


def write_initramfs(tree, archive):
    """All files of a folder, as root's."""
    names = "\n".join(sorted(p.relative_to(tree).as_posix() for p in tree.rglob("*")))
    with archive.open("wb") as out:
        done = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=tree, input=names.encode(),
                              stdout=out, check=False)
    if done.returncode != 0:
        raise Unavailable("cpio failed; install cpio")
