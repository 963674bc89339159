#!/usr/bin/env python3
"""Writes a C++ file with the SHA-256 of files: what a certificate is about. usage: digests.py OUT NAME=FILE..."""
import hashlib
import pathlib
import sys


def main():
    out = pathlib.Path(sys.argv[1])
    lines = ['#include "chaos/identity.hpp"', "", "namespace chaos {", ""]
    for argument in sys.argv[2:]:
        name, file = argument.split("=", 1)
        lines.append(f'const char* const {name} = "{hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()}";')
    text = "\n".join([*lines, "", "}  // namespace chaos", ""])
    if not out.exists() or out.read_text() != text:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text)


if __name__ == "__main__":
    main()
