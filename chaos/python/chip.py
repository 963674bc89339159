"""A chip to rehearse on, and one that something else is."""
from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any, Callable, Iterator, NamedTuple, Optional, Union

from . import _core
from .lab import Lab

Intent = Union[str, dict[str, Any]]   # a standard one, a JSON file, or its content


def _text(intent: Intent) -> str:
    return json.dumps(intent) if isinstance(intent, dict) else intent


class Chip(Lab, _core.Bench):
    """A model of the chip at some scale, at cold reset; HALs reach it over `link`, "spi" or "pcie".

    converge() runs a fresh HAL on it. The rest is what happens to the chip meanwhile, and what it is worth."""

    def __init__(self, scale: str = "1/8", link: str = "spi") -> None:
        _core.Bench.__init__(self, scale, link)

    def converge(self, intent: Intent = "training", hal: Optional[_core.Hal] = None, *, drain: bool = False,
                 retry: bool = False, plan: bool = False, kill_at: Optional[int] = None, faults: str = "-",
                 at: Optional[Callable[[int, str], Optional[bool]]] = None) -> _core.Outcome:
        """Runs a fresh HAL to its end, or until it dies at moment `kill_at`.

        `faults` strike it ("reply_lost-7,busy-9-3": names of faults(), moments, arguments). `at(moment, what)` is
        asked at every moment; False kills it there. It may call converge() itself: then that HAL owns the chip, and
        this one is fenced. drain: may shut traffic out; retry: tries again what was given up; plan: only looks."""
        return self._run(_text(intent), hal or _core.Hal(), drain, retry, plan, kill_at, faults, at)

    def moments(self, intent: Intent = "training", hal: Optional[_core.Hal] = None, **how: Any) -> int:
        """How many moments that run has at which it could die; the chip stays as it is."""
        before = self.save()
        try:
            return self.converge(intent, hal, **how).moments
        finally:
            self.restore(before)

    def differs(self, intent: Intent = "training") -> str:
        """What the hardware does otherwise than intended, in the intent's own units; "" if nothing."""
        return self._differs(_text(intent))

    def expect(self, intent: Intent = "training") -> None:
        """Fails unless the hardware does what the intent says."""
        what = self.differs(intent)
        if what:
            raise AssertionError(what)

    def expect_rest(self, intent: Intent = "training", hal: Optional[_core.Hal] = None) -> None:
        """expect(), and a further HAL finds nothing to do."""
        self.expect(intent)
        before = self.save()
        again = self.converge(intent, hal)
        self.restore(before)
        if not again.complete or again.writes:
            raise AssertionError(f"a further HAL writes {again.writes} words: {again.explanation}")

    def run_workload(self, us: int = 10_000) -> None:
        """Lets traffic start, if it may, and run."""
        self.advance(us)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Fails if what happens inside disturbs the workload or breaks a rule of the chip's manual."""
        disturbances, violations = self.disturbances, self.violations
        yield
        if (self.disturbances, self.violations) != (disturbances, violations):
            raise AssertionError(f"{self.disturbances - disturbances} disturbances, "
                                 f"{self.violations - violations} forbidden accesses, the first: {self.trouble}")

    def _word(self, block: int, register: _core.Register, element: int) -> int:
        return self.peek(block, register.word + element * register.word_stride)

    def _store(self, block: int, register: _core.Register, element: int, word: int) -> None:
        if register.internal:
            raise AttributeError(f"{register.name} exists in the model only: no address answers")
        self.write(self.blocks[block][4] + register.offset + element * register.stride, word)

    def __repr__(self) -> str:
        return (f"<Heron at scale {self.scale} over {self.link}: {len(self.blocks)} blocks, "
                f"traffic {'runs' if self.traffic else 'is off'}>")


class Board(Lab, _core.Board):
    """A chip behind a link: unix:PATH (`reconverge serve`), spidev:..., pcie:...; only converge() claims it."""

    def __init__(self, uri: str, scale: str = "1") -> None:
        _core.Board.__init__(self, uri, scale)

    def converge(self, intent: Intent = "training", hal: Optional[_core.Hal] = None, *, drain: bool = False,
                 retry: bool = False, plan: bool = False) -> _core.Outcome:
        """Claims the chip and runs a fresh HAL on it. Whoever had it is fenced."""
        return self._run(_text(intent), hal or _core.Hal(), drain, retry, plan)

    def _word(self, block: int, register: _core.Register, element: int) -> int:
        if register.internal or register.read_side_effect:
            raise AttributeError(f"{register.name} can't be looked at: " +
                                 ("no address answers" if register.internal else "reading it changes it"))
        return self.read(self.blocks[block][4] + register.offset + element * register.stride)

    def _store(self, block: int, register: _core.Register, element: int, word: int) -> None:
        raise AttributeError("an observer doesn't write; halctl poke claims the chip and does")

    def __repr__(self) -> str:
        return f"<Heron at scale {self.scale} behind {self.uri}: {len(self.blocks)} blocks>"


class Fault(NamedTuple):
    name: str
    level: str
    contract: str
    what: str
    promise: str


def faults() -> list[Fault]:
    """Every fault of the contract, as docs/faults.md has them."""
    return [Fault(*row) for row in _core.faults()]
