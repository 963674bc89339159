"""The rules for our own chip, on top of SystemRDL's: no lost updates, every storage bit classified.

A fresh HAL can only rebuild what it can find out. So each storage bit says how: `observable`
(software reads it without side effects), `re-established` (an abort sequence brings it back) or
`irrelevant`; the last two with a reason.
"""

from .errors import RdlError

CLASSES = ("observable", "re-established", "irrelevant")
_GUARDS = ("we", "wel", "hwset", "hwclr", "intr", "counter")


def check_policy(node, guarded, classified):
    for child in node.children:
        if child.kind == "field":
            if guarded:
                _check_guard(child)
            if classified:
                _check_class(child)
        elif child.kind != "signal":
            check_policy(child, guarded, classified)


def _check_guard(field):
    """Software and hardware both write it: who wins must be said."""
    if field.writable and field.hw_writable and not any(field.get(name) for name in _GUARDS):
        raise RdlError(field.token, f"field '{field.name}' has sw={field.word('sw')} and hw={field.word('hw')}, so one "
                       "side's update can be lost", f"field instance '{field.name}'",
                       "add we, wel, hwset, hwclr, intr or counter, or let one side write only")


def resolved_class(field):
    """The class of a storage field, or None where it must be written but is not."""
    written = field.properties.get("hal_class")
    if written is not None:
        return written
    if field.readable and field.get("onread") is None:
        return "observable"
    return None


def _check_class(field):
    written = field.properties.get("hal_class")
    if written is not None and written not in CLASSES:
        raise RdlError(field.place("hal_class"), f"hal_class '{written}' of field '{field.name}' is unknown",
                       "property 'hal_class'", "use " + ", ".join(CLASSES))
    if field.stores() and resolved_class(field) is None:
        raise RdlError(field.token, f"storage field '{field.name}' has no class: software cannot read it without side "
                       "effects", f"field instance '{field.name}'", "add hal_class and hal_reason")
    if written in ("re-established", "irrelevant"):
        reason = field.properties.get("hal_reason")
        if not isinstance(reason, str) or not reason.strip():
            raise RdlError(field.place("hal_class"), f"hal_class '{written}' of field '{field.name}' has no reason",
                           "property 'hal_class'", "add hal_reason")
