#!/usr/bin/env python3
"""header.py PROPERTIES FILE.rdl OUT.hpp: the typed registers of one block that is not part of the chip."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from build import write  # noqa: E402
from generators import cpp, semantics  # noqa: E402
from rdl.compiler import Options, compile_files  # noqa: E402
from rdl.errors import RdlError  # noqa: E402


def main(properties, source, out):
    name = pathlib.Path(source).stem
    try:
        block = semantics.block(compile_files([properties, source], Options((), (), name, (), True, True)))
        write(pathlib.Path(out), cpp.header(block))
    except (RdlError, semantics.Unsupported) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
