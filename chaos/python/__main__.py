"""python3 -m reconverge [LINK] [--scale S]: a prompt with `chip`, a model or what LINK leads to.

Tab completes behind an index, too: chip.pll[3].ctrl.<tab>."""
from __future__ import annotations

import argparse
import code
import re
import sys
from typing import Any, Optional

from . import Board, Chip

PATH = re.compile(r"(\w+(?:\.\w+|\[\d+\])*)\.(\w*)")   # attributes and indices: looking at them calls nothing


class Completer:
    """For readline: the names that a text may go on with."""

    DELIMITERS = " \t\n`~!@#$%^&*()-=+{}\\|;:'\",<>/?"

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._found: list[str] = []

    def find(self, text: str) -> list[str]:
        path = PATH.fullmatch(text)
        if path is None:
            return sorted(name for name in self._names if name.startswith(text))
        try:
            owner = eval(path[1], {}, self._names)
        except Exception:
            return []
        hidden = () if path[2] else ("_",)
        return sorted(f"{path[1]}.{name}" for name in set(dir(owner))
                      if name.startswith(path[2]) and not name.startswith(hidden))

    def complete(self, text: str, state: int) -> Optional[str]:
        if state == 0:
            self._found = self.find(text)
        return self._found[state] if state < len(self._found) else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m reconverge", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("link", nargs="?", help="unix:PATH, spidev:..., pcie:... (default: a model, at cold reset)")
    parser.add_argument("--scale", default="1", help="size of the chip (default 1)")
    args = parser.parse_args()
    try:
        chip = Board(args.link, args.scale) if args.link else Chip(args.scale)
    except (ValueError, RuntimeError) as reason:
        print(f"reconverge: {reason}", file=sys.stderr)
        return 2
    names: dict[str, Any] = {"chip": chip, "reconverge": sys.modules[__package__ or "reconverge"]}
    try:
        import readline
        readline.set_completer(Completer(names).complete)
        readline.set_completer_delims(Completer.DELIMITERS)
        readline.parse_and_bind("tab: complete")
    except ImportError:   # a Python without it: a plain prompt
        pass
    code.interact(f"chip: {chip!r}", local=names, exitmsg="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
