#!/usr/bin/env python3
"""audit.py LIBHAL.A: no heap, exceptions, RTTI, streams, threads, mutable globals or static initialisers, and imports
from a short list only. For an archive without sanitizers, coverage and LTO.

Prints every finding with its member, and what was counted; exits 1 on a finding, 2 when it cannot audit."""
import re
import subprocess
import sys
from collections import namedtuple

Finding = namedtuple("Finding", "member category detail")

# What compilers call on their own account: copies and fills, and GCC's and clang's own position-independent code.
ALLOWED_IMPORTS = {"memcpy", "memmove", "memset", "memcmp", "bcmp", "strlen", "__stack_chk_fail",
                   "_GLOBAL_OFFSET_TABLE_"}

# Symbol -> category, first match wins; imports that match nothing and are not allowed are "import".
SYMBOLS = [
    ("instrumentation", r"__(asan|tsan|ubsan|msan|sanitizer|gcov|llvm_profile|gcc_profile)_|__afl_"),
    ("rtti", r"_ZT[IS]|__dynamic_cast$|_ZTVN10__cxxabiv1"),
    ("exceptions", r"__cxa_(throw|rethrow|begin_catch|end_catch|allocate_exception|free_exception|call_unexpected)|"
                   r"__gxx_personality|_Unwind_|_ZSt\d+__throw_|_ZSt9terminatev$|__clang_call_terminate$|DW\.ref\."),
    ("heap", r"_Zn[wa]|_Zd[la]|(malloc|calloc|realloc|reallocarray|free|memalign|aligned_alloc|posix_memalign|valloc|"
             r"strn?dup|v?asprintf)$"),
    ("streams", r"_ZNK?S[oi]|_ZNK?St8ios_base|_ZSt(3cin|4cout|4cerr|4clog)$|_ZNK?St.*(stream|streambuf|locale)|"
                r"(f|s|d|v|sn|vf|vs|vsn)?(printf|scanf)$|f?put[sc]$|putchar$|fwrite$|fflush$|std(in|out|err)$"),
    ("threads", r"pthread_|thrd_|mtx_|cnd_|call_once$|_ZNK?St(6thread|5mutex|18condition_variable|15recursive_mutex)|"
                r"__tls_get_addr$|_ZTH|_ZTW|__emutls"),
    ("static initialiser", r"__cxa_(thread_)?atexit$|atexit$|_GLOBAL__sub_I_|__dso_handle$|__cxx_global_var_init"),
    ("mutable global", r"__cxa_guard_|_ZGV"),
    ("environment", r"(secure_)?getenv$|setenv$|putenv$|open(at)?(64)?$|fopen(64)?$|read$|write$|close$|mmap(64)?$|"
                    r"ioctl$|socket$|dl(open|sym)$|time$|clock(_gettime)?$|gettimeofday$|nanosleep$|usleep$|sleep$|"
                    r"s?rand(om)?$|getrandom$|signal$|sigaction$|fork$|exec[vl]|_?exit$|abort$|__errno_location$"),
]
SYMBOLS = [(category, re.compile(pattern)) for category, pattern in SYMBOLS]

# [number] NAME type address offset SIZE entry-size FLAGS
SECTION = re.compile(r"\s*\[\s*\d+\]\s+(\S+)\s+\S+\s+[0-9a-f]{8,16}\s+[0-9a-f]+\s+([0-9a-f]+)\s+[0-9a-f]+\s+([A-Z]*)\s")


class CannotAudit(Exception):
    pass


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise CannotAudit(result.stderr.strip().splitlines()[-1] if result.stderr.strip() else f"{command[0]} failed")
    return result.stdout.splitlines()


def sections(archive):
    """Yields (member, name, size, flags)."""
    member = "?"
    for line in run("readelf", "-SW", archive):
        if line.startswith("File: "):
            member = line[line.rindex("(") + 1:line.rindex(")")] if line.endswith(")") else line[6:]
        match = SECTION.match(line)
        if match:
            yield member, match[1], int(match[2], 16), match[3]


def symbols(archive):
    """Yields (member, name, type as in nm)."""
    for line in run("nm", "-A", "-P", archive):
        place, name, kind = line.split(": ", 1)[0], *line.split(": ", 1)[1].split()[:2]
        yield place[place.rindex("[") + 1:-1], name, kind


def section_category(name, flags):
    """The category of a non-empty section, or None if it may be there."""
    if name.startswith(".gnu.lto_"):
        return "instrumentation"
    if name.startswith(".gcc_except_table"):
        return "exceptions"
    if "A" not in flags:
        return None
    if name.startswith((".init_array", ".preinit_array", ".fini_array", ".ctors", ".dtors")):
        return "static initialiser"
    if "T" in flags:
        return "threads"
    if "W" not in flags or name.startswith(".data.rel.ro"):   # relocated once by the loader, then read-only
        return None
    return "exceptions" if ".DW.ref." in name else "mutable global"


def symbol_category(name):
    return next((category for category, pattern in SYMBOLS if pattern.match(name)), None)


def audit(archive):
    """Returns (findings, counts); raises CannotAudit."""
    found, counted = [], {"members": len(run("ar", "t", archive)), "sections": 0, "symbols": 0}
    for member, name, size, flags in sections(archive):
        counted["sections"] += 1
        category = section_category(name, flags) if size else None
        if category:
            found.append(Finding(member, category, f"section {name}, {size} bytes"))
    defined, wanted = set(), []
    for member, name, kind in symbols(archive):
        counted["symbols"] += 1
        if kind in "Uwv":
            wanted.append((member, name))
            continue
        defined.add(name)
        category = "mutable global" if kind == "C" else symbol_category(name)
        if category:
            found.append(Finding(member, category, f"symbol {name}"))
    imports = sorted({(member, name) for member, name in wanted if name not in defined})
    for member, name in imports:
        if name not in ALLOWED_IMPORTS:
            found.append(Finding(member, symbol_category(name) or "import", f"import of {name}"))
    if not counted["members"] or not counted["symbols"]:
        raise CannotAudit("no object files with symbols in it")
    counted["imports"] = sorted({name for _, name in imports})
    return sorted(set(found)), counted


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        found, counted = audit(arguments[0])
    except CannotAudit as problem:
        print(f"audit: {arguments[0]}: {problem}; give the release archive libhal.a", file=sys.stderr)
        return 2
    for finding in found:
        print(f"{finding.member}: {finding.category}: {finding.detail}")
    print(f"audit: {counted['members']} members, {counted['sections']} sections, {counted['symbols']} symbols, "
          f"imports: {' '.join(counted['imports']) or 'none'}; {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
