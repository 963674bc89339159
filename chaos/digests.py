#!/usr/bin/env python3
"""Writes a C++ file with the SHA-256 of files: what a certificate is about.

usage: digests.py OUT NAME=FILE[,FILE...]...; of several files it is that of one after the other."""
import hashlib
import pathlib
import sys


def main():
    out = pathlib.Path(sys.argv[1])
    lines = ['#include "chaos/identity.hpp"', "", "namespace chaos {", ""]
    for argument in sys.argv[2:]:
        name, files = argument.split("=", 1)
        content = b"".join(pathlib.Path(file).read_bytes() for file in files.split(","))
        lines.append(f'const char* const {name} = "{hashlib.sha256(content).hexdigest()}";')
    text = "\n".join([*lines, "", "}  // namespace chaos", ""])
    if not out.exists() or out.read_text() != text:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text)


if __name__ == "__main__":
    main()
