#!/usr/bin/env python3
"""manpage.py PROGRAM SECTION OUT.gz: a manual page from what the program's own --help says, its commands included.

Prints how many commands it describes; fails if there are none."""
import gzip
import re
import subprocess
import sys
from pathlib import Path


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.rstrip()


def commands(text):
    """Names below 'Subcommands:' of a help text."""
    block = re.search(r"^Subcommands:\n((?: +\S.*\n?)+)", text, re.MULTILINE)
    return re.findall(r"^  (\S+)", block[1], re.MULTILINE) if block else []


def escaped(line):
    line = line.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + line if line[:1] in (".", "'") else line


def literal(text):
    return [".nf", *map(escaped, text.split("\n")), ".fi"]


def described(program, path):
    """(command, help text) of a command and those below it. One that another program takes over has none."""
    try:
        text = said(program, *path, "--help")
    except subprocess.CalledProcessError:
        return
    yield " ".join(path), text
    for name in commands(text):
        if name != "mutate":   # for developers: needs the source tree
            yield from described(program, [*path, name])


def main(program, section, out):
    name, version = Path(program).name, said(program, "--version")
    pages = list(described(program, []))
    summary = pages[0][1].split("\n")[0].rstrip(".")
    lines = [f'.TH {name.upper()} {section} "" "{name} {version}"', ".SH NAME", f"{name} \\- {escaped(summary)}",
             ".SH SYNOPSIS", f".B {name}", "COMMAND [OPTIONS]", ".SH DESCRIPTION", *literal(pages[0][1])]
    for command, text in pages[1:]:
        lines += [f'.SH "{name} {command}"', *literal(text)]
    if len(pages) < 2:
        sys.exit(f"manpage: {program} --help lists no commands")
    with open(out, "wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        packed.write(("\n".join(lines) + "\n").encode())
    print(f"{out}: {len(pages) - 1} commands")


if __name__ == "__main__":
    main(*sys.argv[1:])
