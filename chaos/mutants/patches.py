"""The seeded bugs: a patch each, with head lines that say what it is and who has to find it.

    # bug: what the mistake is
    # like: the real bug that it is modelled on
    # run: arguments of `reconverge chaos` that find it
    # oracle: the oracle that must report it
    # survives: what the harness lacks; only of those that nothing finds yet. They count against the score.
"""
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BENCH = "bench"   # the judge refuses a scenario whose run without faults already fails
ORACLES = ("completes", "delivers", "same_end", "undisturbed", "lawful", "planned", "idempotent", "bounded", "isolated",
           BENCH)
HEAD = ("bug", "like", "run", "oracle")


class Broken(Exception):
    """The mutant could not be tried: that is no find."""


class Mutant:
    def __init__(self, path):
        self.path, self.name = path, path.stem
        self.text = path.read_text()
        head = dict(re.findall(rf"^# ({'|'.join(HEAD)}|survives): (.*)$", self.text, re.M))
        missing = [key for key in HEAD if key not in head]
        if missing:
            raise Broken(f"{path.name}: no '# {missing[0]}:' line at its head; add one")
        if head["oracle"] not in ORACLES:
            raise Broken(f"{path.name}: no oracle '{head['oracle']}'; one of {', '.join(ORACLES)}")
        self.bug, self.like, self.run, self.oracle = (head[key] for key in HEAD)
        self.survives = head.get("survives", "")
        self.files = re.findall(r"^\+\+\+ b/(\S+)", self.text, re.M)

    @property
    def room(self):
        """What it is a bug of: a block type, "converge", "bus", "api", or a transport."""
        parts = self.files[0].split("/")
        return parts[2] if parts[1] == "blocks" else parts[1]

    def sources(self):
        """The files that it changes, as they are now."""
        return [(ROOT / file).read_bytes() if (ROOT / file).exists() else b"" for file in self.files]


def commits():
    """How many commits lead to HEAD: a number that goes round with the work. 0 outside of a repository."""
    done = subprocess.run(["git", "-C", str(ROOT), "rev-list", "--count", "HEAD"], capture_output=True, text=True)
    return int(done.stdout) if done.returncode == 0 else 0


def rotated(paths, rotation):
    """The N-th of M shares of equal size, spread over all; N counts on beyond M. None if `rotation` is no N/M."""
    match = re.fullmatch(r"(\d+|HEAD)/([1-9]\d*)", rotation)
    if match is None:
        return None
    shares = int(match[2])
    number = commits() if match[1] == "HEAD" else int(match[1])
    return paths[number % shares::shares]
