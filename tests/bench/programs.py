"""Runs what is measured, each thing once: its answer, its time, its memory."""
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Done = namedtuple("Done", "out wall cpu memory")  # seconds; bytes at its largest


class NotMeasured(Exception):
    """One line: why not, and what would help."""


def in_memory():
    """A folder for a while, where a disk's time isn't counted; an ordinary one where there is no such file system."""
    return tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


def say(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="" if text else "\r", file=sys.stderr, flush=True)


def start(command):
    """(process, its output's file, its errors' file, when)"""
    words = [str(word) for word in command]
    say(" ".join([Path(words[0]).name] + words[1:])[:100])
    out, err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
    began = time.perf_counter()
    try:
        return subprocess.Popen(words, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=ROOT), out, err, began
    except OSError as reason:
        raise NotMeasured(f"{words[0]}: {reason.strerror}; build it") from reason


def finish(started, codes=(0,)):
    process, out, err, began = started
    _, status, usage = os.wait4(process.pid, 0)
    wall, process.returncode = time.perf_counter() - began, os.waitstatus_to_exitcode(status)
    with out, err:
        out.seek(0)
        err.seek(0)
        text, said = out.read(), err.read().strip().splitlines()
    say("")
    if process.returncode not in codes:
        last = (said or text.strip().splitlines() or ["it said nothing"])[-1]
        raise NotMeasured(f"{Path(process.args[0]).name} exits with {process.returncode}: {last}")
    return Done(text, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def run(*command, codes=(0,)):
    """A program's output and cost. NotMeasured if it exits otherwise."""
    return finish(start(command), codes)


def run_together(commands):
    """The same of several that run at the same time."""
    return [finish(each) for each in [start(command) for command in commands]]


class Programs:
    """The programs of one build folder. What was asked once is not run again."""

    def __init__(self, build):
        self.build = Path(build)
        self.known = {}

    def once(self, key, make):
        if key not in self.known:
            try:
                self.known[key] = make()
            except NotMeasured as reason:
                self.known[key] = reason
        if isinstance(self.known[key], NotMeasured):
            raise self.known[key]
        return self.known[key]

    def reconverge(self, *arguments, codes=(0,)):
        return self.once(arguments, lambda: run(self.build / "chaos" / "reconverge", *arguments, codes=codes))

    def chaos(self, arguments, codes=(0,)):
        """(document, Done) of `reconverge chaos ARGUMENTS --json`."""
        done = self.reconverge("chaos", *arguments.split(), "--json", codes=codes)
        return json.loads(done.out), done

    def google(self, name, benchmark):
        """One benchmark of a Google Benchmark program: its entry in the JSON."""
        program = self.build / "bench" / f"{name}_bench"
        done = self.once(program, lambda: run(program, "--benchmark_format=json"))
        for entry in json.loads(done.out)["benchmarks"]:
            if entry["name"].split("/iterations")[0] == benchmark:
                if entry.get("error_occurred"):
                    raise NotMeasured(f"{benchmark}: {entry['error_message']}")
                return entry
        raise NotMeasured(f"{name}_bench has no {benchmark}")

    def script(self, name):
        """A benchmark beside another program."""
        program = self.build / "bench" / f"{name}_bench"
        return json.loads(self.once(program, lambda: run(program, "--json", codes=(0, 1))).out)

    def bounds(self):
        test = ROOT / "tests" / "bounds" / "bounds_test.py"
        command = (sys.executable, "-B", test, self.build / "chaos" / "reconverge", "--json")
        return json.loads(self.once(test, lambda: run(*command, codes=(0, 1))).out)
