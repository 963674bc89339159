#!/usr/bin/env python3
"""embed.py OUT FILE.json...: writes the standard intents into a C++ source file, so that programs work anywhere."""
import json
import sys
from pathlib import Path

OPEN, CLOSE = 'R"intent(', ')intent"'


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    out, *files = arguments
    rows = []
    for file in sorted(files):
        text = Path(file).read_text(encoding="utf-8")
        name = Path(file).stem
        try:
            named = json.loads(text).get("name")
        except ValueError as problem:
            print(f"{file}: {problem}", file=sys.stderr)
            return 1
        if named != name or CLOSE in text:
            print(f'{file}: "name" has to be "{name}", as the file', file=sys.stderr)
            return 1
        rows.append(f'        {{"{name}",\n         {OPEN}{text}{CLOSE}}},\n')
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    Path(out).write_text("".join([
        "// Generated from the chip's intents.\n",
        '#include "transports/intent/intent.hpp"\n\n',
        "namespace transports::intent {\n\n",
        "const std::vector<Standard>& standard() {\n",
        "    static const std::vector<Standard> rows = {\n", *rows, "    };\n    return rows;\n}\n\n",
        "}  // namespace transports::intent\n"]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
