"""Makes mutants: what a patch touches is compiled, the rest is the product's own objects.

A patch of hal/ becomes a libhal.so that the unchanged harness drives; one of a link becomes a `reconverge` of its own,
as links are on the harness's side of the interface.
"""
import json
import pathlib
import shlex
import shutil
import subprocess

from patches import ROOT, Broken

PATCHABLE = ("hal", "transports", "chaos")   # the folders of the sources that are copied


def entries(build):
    return json.loads((build / "compile_commands.json").read_text())


def patched_sources(mutant, folder):
    source = folder / "source"
    for part in PATCHABLE:
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(["patch", "--fuzz=0", "-p1", "-s", "-d", str(source), "-i", str(mutant.path)],
                          capture_output=True, text=True)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise Broken(f"{mutant.path.name}: does not apply ({said[0] if said else '?'}); refresh it")
    return source


def compile_as(entry, source, relative, obj, name):
    """Compiles `relative` of `source` the way the build compiles it."""
    words = shlex.split(entry["command"])
    words = [w for w in words if not w.endswith("ccache") and not w.startswith(("-MF", "-MT")) and w != "-MD"]
    words = [w for i, w in enumerate(words) if not w.endswith(".o.d") and
             not (w.endswith(".cpp.o") and words[i - 1] != "-o")]
    words = [f"-I{source}" if w == f"-I{ROOT}" else w for w in words]
    words.append("-w")   # what a mistake leaves unused is no concern
    words[words.index("-o") + 1] = str(obj)
    words[words.index("-c") + 1] = str(source / relative)
    made = subprocess.run(words, capture_output=True, text=True, cwd=entry["directory"])
    if made.returncode:
        first = next((line for line in made.stderr.splitlines() if "error" in line), "?")
        raise Broken(f"{name}: does not compile ({first})")


def library(mutant, build, folder, source):
    """A libhal.so with the patch in it."""
    touched_header = any(not f.endswith(".cpp") for f in mutant.files)
    objects, compiler = [], None
    for entry in sorted(entries(build), key=lambda e: e["file"]):
        if "hal_objects" not in entry.get("output", entry["command"]):
            continue
        words = shlex.split(entry["command"])
        compiler = next(w for w in words if not w.endswith("ccache"))
        obj = pathlib.Path(entry["directory"]) / words[words.index("-o") + 1]
        file = pathlib.Path(entry["file"])
        relative = file.relative_to(ROOT) if file.is_relative_to(ROOT / "hal") else None
        if relative is not None and (touched_header or str(relative) in mutant.files):
            obj = folder / (str(relative).replace("/", "_") + ".o")
            compile_as(entry, source, relative, obj, mutant.path.name)
        objects.append(str(obj))
    if compiler is None:
        raise Broken(f"{build}: no compile commands of libhal there; build first")
    out = folder / "libhal.so"
    exports = source / "hal/api/libhal.map"
    subprocess.run([compiler, "-shared", "-Wl,-soname,libhal.so.1", f"-Wl,--version-script={exports}", "-o", str(out),
                    *objects], check=True)
    return out


def program(mutant, build, folder, source):
    """A `reconverge` with the patch in it: its objects come before the libraries that hold the originals."""
    objects, built = [], set()
    for entry in entries(build):
        file = pathlib.Path(entry["file"])
        relative = str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else None
        if relative not in mutant.files or relative in built:  # several targets may compile a file
            continue
        built.add(relative)
        obj = folder / (relative.replace("/", "_") + ".o")
        compile_as(entry, source, relative, obj, mutant.path.name)
        objects.append(str(obj))
    if len(objects) != len(mutant.files):
        raise Broken(f"{mutant.path.name}: not every file of it is compiled; a patch of a link takes .cpp files only")
    said = subprocess.run(["ninja", "-C", str(build), "-t", "commands", "chaos/reconverge"], capture_output=True,
                          text=True)
    command = said.stdout.strip().splitlines()[-1] if said.returncode == 0 and said.stdout.strip() else ""
    words = [w for w in shlex.split(command) if w not in (":", "&&") and
             not w.startswith("-Wl,-Map")]   # the map beside the product stays the product's
    if "-o" not in words:
        raise Broken(f"{build}: no command to link reconverge there; build with ninja")
    at = words.index("-o")
    out = folder / "reconverge"
    words[at + 1:at + 2] = [str(out), *objects]
    made = subprocess.run(words, capture_output=True, text=True, cwd=build)
    if made.returncode:
        raise Broken(f"{mutant.path.name}: does not link ({made.stderr.strip().splitlines()[-1]})")
    return out


def build_mutant(mutant, build, folder):
    """The program to run, and its arguments that put the mutant in."""
    source = patched_sources(mutant, folder)
    if all(f.startswith("hal/") for f in mutant.files):
        return [str(build / "chaos/reconverge")], ["--hal", str(library(mutant, build, folder, source))]
    return [str(program(mutant, build, folder, source))], []
