#!/usr/bin/env python3
"""embed.py OUT PAGE: writes the page into a C++ source file, in pieces that every compiler takes."""
import pathlib
import sys


def main():
    out, page = map(pathlib.Path, sys.argv[1:3])
    text = page.read_text(encoding="utf-8")
    assert ')page"' not in text and text.count('"@DOCUMENT@"') == 1
    pieces = "\n".join(f'    R"page({text[at:at + 8000]})page"' for at in range(0, len(text), 8000))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(f'#include "chaos/report/page.hpp"\n\nnamespace chaos::report {{\n\n'
                   f"const std::string kPage =\n{pieces};\n\n}}  // namespace chaos::report\n", encoding="utf-8")


if __name__ == "__main__":
    main()
