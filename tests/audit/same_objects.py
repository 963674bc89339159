#!/usr/bin/env python3
"""same_objects.py ARCHIVE SHARED PROGRAM...: libhal.so and every program carry exactly the objects of one libhal.a.

Reads the linker's map beside each file (FILE.map). Run it in the folder that the linker ran in. Prints each object's
hash; exits 1 on a difference, 2 when something cannot be read."""
import hashlib
import re
import sys
from collections import Counter
from pathlib import Path


class CannotRead(Exception):
    pass


def digest(content):
    return hashlib.sha256(content).hexdigest()[:16]


def members(archive):
    """[(name, content)] of a GNU ar archive: two members may have the same name, which `ar x` cannot tell apart."""
    data = Path(archive).read_bytes()
    if not data.startswith(b"!<arch>\n"):
        raise CannotRead(f"{archive}: not an archive")
    found, long_names, at = [], b"", 8
    while at + 60 <= len(data):
        name = data[at:at + 16].decode().rstrip()
        size = int(data[at + 48:at + 58])
        content = data[at + 60:at + 60 + size]
        at += 60 + size + size % 2
        if name == "//":
            long_names = content
        elif name not in ("/", "/SYM64/"):
            if name.startswith("/"):
                start = int(name[1:])
                name = long_names[start:long_names.index(b"/\n", start)].decode() + "/"
            found.append((name.rstrip("/"), content))
    return found


def linked(file):
    """(loaded files, {(archive, member)}) of the map of a linked file."""
    path = Path(f"{file}.map")
    # The linker writes both; a minute is more than a link takes.
    if path.stat().st_mtime + 60 < Path(file).stat().st_mtime:
        raise CannotRead(f"{path}: older than the program; build again")
    memory = path.read_text(errors="replace").split("\nLinker script and memory map\n", 1)
    if len(memory) != 2:
        raise CannotRead(f"{path}: not a map of the GNU linker")
    loads = re.findall(r"^LOAD (.+)$", memory[1], re.MULTILINE)
    parts = set(re.findall(r"(\S+)\((\S+\.o(?:bj)?)\)$", memory[1], re.MULTILINE))
    return loads, parts


def check_shared(objects, shared):
    """Problems of a libhal.so: it is linked from the very files whose copies are in the archive."""
    loads, _ = linked(shared)
    names = {name for name, _ in objects}   # leaves out the compiler's own start files
    used = Counter(digest(Path(f).read_bytes()) for f in loads if Path(f).name in names)
    same = used == Counter(value for _, value in objects)
    return [] if same else [f"{shared}: linked from other objects than libhal.a holds; build again"]


def check_program(objects, archive, shared, program):
    """(problems, how it is linked) of one program."""
    loads, parts = linked(program)
    hashes = {d for _, d in objects}
    problems = [f"{program}: links HAL object {f} directly, besides the library"
                for f in loads if f.endswith((".o", ".obj")) and digest(Path(f).read_bytes()) in hashes]
    archives = [f for f in loads if Path(f).resolve() == Path(archive).resolve()]
    strangers = [f for f in loads if Path(f).name == Path(archive).name and f not in archives]
    problems += [f"{program}: links another HAL, {f}" for f in strangers]
    if any(Path(f).resolve() == Path(shared).resolve() for f in loads):
        if archives:
            problems.append(f"{program}: carries two HALs, {archive} and {shared}; link one of them")
        return problems, "libhal.so"
    if not archives:
        return problems + [f"{program}: links neither {archive} nor {shared}; use reconverge_link_hal"], "nothing"
    present = {member for path, member in parts if Path(path).resolve() == Path(archive).resolve()}
    problems += [f"{program}: lacks {name}; link libhal.a whole (reconverge_link_hal)"
                 for name in sorted({name for name, _ in objects} - present)]
    return problems, "libhal.a, whole"


def main(arguments):
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    archive, shared, *programs = arguments
    try:
        objects = [(name, digest(content)) for name, content in members(archive)]
        if not objects:
            raise CannotRead(f"{archive}: empty")
        problems = check_shared(objects, shared)
        ways = []
        for program in programs:
            found, way = check_program(objects, archive, shared, program)
            problems += found
            ways.append(f"{program} ({way})")
        whole = digest(Path(archive).read_bytes())
    except (CannotRead, OSError, ValueError) as problem:
        print(f"same_objects: {problem}", file=sys.stderr)
        return 2
    for name, value in objects:
        print(f"{value}  {name}")
    print("\n".join(problems), end="\n" if problems else "")
    print(f"same_objects: {len(objects)} objects of {archive} ({whole}), {len(programs)} programs: {', '.join(ways)}; "
          f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
