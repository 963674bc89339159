"""Chips, transports, faults and HAL versions for rehearsals, and a bench to look at registers. docs/python.md.

    >>> import reconverge
    >>> chip = reconverge.Chip()
    >>> chip.converge("training")
    >>> chip.pll[0].ctrl.enable
    1
"""
from pathlib import Path

from ._core import BlockState, Hal, Outcome, State
from .chip import Board, Chip, Fault, faults

__all__ = ["Board", "BlockState", "Chip", "Fault", "Hal", "Outcome", "State", "faults", "previous_release"]


def previous_release() -> Hal:
    """The release before this one, which the build tree of this module has made."""
    file = Path(__file__).resolve().parents[2] / "previous" / "libhal.so.1"
    if not file.exists():
        raise FileNotFoundError(f"no {file}: build it (target previous_release), or load yours with Hal(FILE)")
    return Hal(str(file))
