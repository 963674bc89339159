"""What the elaborated RDL means for one block type: registers as 32-bit words with masks per kind of access.

Every generator starts from here, so that the typed headers, the model's tables and the reference can't disagree.
"""
import re
from dataclasses import dataclass, field

ONWRITE = {None: "plain", "woclr": "woclr", "woset": "woset", "wot": "wot", "wzc": "wzc", "wzs": "wzs",
           "wzt": "wzt", "wclr": "wclr", "wset": "wset"}
NOOP_ONES = {"wzc", "wzs", "wzt"}          # writing 1 does nothing
NOOP_ZEROS = {"woclr", "woset", "wot", "pulse"}  # writing 0 does nothing
NO_NOOP = {"wclr", "wset"}                 # any write acts
PREDICTED = {"plain", "none", "woset", "woclr", "pulse"}  # what such a field reads after a write is known beforehand


class Unsupported(Exception):
    """The RDL is legal, but these generators have no meaning for it: one line, PATH: WHAT; WHAT TO DO."""


@dataclass
class Field:
    name: str
    lsb: int
    width: int
    on_write: str            # one of ONWRITE's values, "pulse" or "none"
    readable: bool
    on_read: str | None      # rclr, rset or None
    reset: int
    owner: str
    timer: bool
    sticky: bool
    disruptive: bool
    left_out: bool
    output: bool             # while it reads 0 the blocks below get nothing
    hardware: bool           # hardware may change it
    locks: list              # per element of the register: None or (path of a field, True if it locks when set)
    klass: str
    reason: str
    upset: str | None        # what an upset takes to repair, where that is declared
    encode: dict
    desc: str
    service: str | None = None  # what the engine uses it for, in the system block

    @property
    def mask(self):
        return ((1 << self.width) - 1) << self.lsb


@dataclass
class Register:
    name: str                # as in C++: regfile and register joined by _
    offset: int
    count: int = 1
    stride: int = 4
    fields: list = field(default_factory=list)
    observe: bool = True
    firmware: bool = False
    event: bool = False      # hardware changes it by events only, never in answer to what management does
    latency: tuple = (0, 0)
    desc: str = ""
    service: str | None = None  # what the engine uses it for, in the system block
    paths: list = field(default_factory=list)  # of the elements
    index: int = 0           # of its first word among the block's words
    index_stride: int = 1

    def mask(self, wanted):
        """The union of the masks of the fields for which `wanted` holds."""
        bits = 0
        for f in self.fields:
            if wanted(f):
                bits |= f.mask
        return bits

    @property
    def reset(self):
        return sum(f.reset << f.lsb for f in self.fields)

    @property
    def internal(self):
        """Model-internal state: no software access at all."""
        return all(not f.readable and f.on_write == "none" for f in self.fields)

    @property
    def read_side_effect(self):
        return any(f.on_read for f in self.fields)

    @property
    def observed(self):
        return self.observe and not self.read_side_effect and any(f.readable for f in self.fields)

    @property
    def status(self):
        """It changes in ways that a write doesn't tell beforehand, so it is looked at again after writes and waits."""
        return self.observed and any(
            (f.hardware and f.readable and not self.event) or f.on_write not in PREDICTED for f in self.fields)

    def addresses(self):
        return [self.offset + i * self.stride for i in range(self.count)]


@dataclass
class Block:
    name: str
    title: str
    desc: str
    depends: list
    gate: str | None
    workload: bool
    sequence: int            # accesses beyond one write per register, as declared
    registers: list
    words: int               # addressable words; model-internal ones come behind them
    all_words: int

    @property
    def output(self):
        """(word number, mask) of the field that tells whether the blocks below get anything; mask 0 if none does."""
        found = [(r.index, f.mask) for r in self.registers for f in r.fields if f.output]
        if len(found) > 1:
            raise Unsupported(f"{self.name}: more than one field has hal_output")
        return found[0] if found else (0, 0)


def _refuse(where, what, advice):
    raise Unsupported(f"{where}: {what}; {advice}")


def _lock(json_field, where):
    """(path of the locking field, True if it locks when set), or None."""
    found = [(json_field[key], key == "swwel") for key in ("swwe", "swwel") if json_field.get(key)]
    if len(found) > 1:
        _refuse(where, "both swwe and swwel", "keep one")
    if not found:
        return None
    source, locks_when_set = found[0]
    if not isinstance(source, dict) or "property" in source:
        _refuse(where, f"{'swwel' if locks_when_set else 'swwe'} without a reference to a field", "refer to one")
    return source["ref"], locks_when_set


def _on_write(json_field, where):
    """One of ONWRITE's values, "pulse" or "none"."""
    sw, kind = json_field.get("sw", "rw"), json_field.get("onwrite")
    if sw in ("rw1", "w1"):
        _refuse(where, f"sw = {sw}", "use rw or w, with a lock (swwel)")
    if sw not in ("rw", "w"):
        return "none"
    if json_field.get("singlepulse"):
        if kind not in (None, "woset"):
            _refuse(where, f"singlepulse with onwrite = {kind}", "drop onwrite: writing 1 gives the pulse")
        return "pulse"
    if kind not in ONWRITE:
        _refuse(where, f"onwrite = {kind}", "use one that SystemRDL defines")
    return ONWRITE[kind]


def _one_line(text):
    """Descriptions become comments and table cells."""
    return " ".join((text or "").split())


def _field(json_field, where, locks):
    udp = json_field.get("udp", {})
    sw = json_field.get("sw", "rw")
    if json_field.get("onread") not in (None, "rclr", "rset"):
        _refuse(where, f"onread = {json_field['onread']}", "use rclr or rset")
    if not isinstance(json_field.get("reset") or 0, int):
        _refuse(where, "its reset is no number", "write the value")
    on_write = _on_write(json_field, where)
    if udp.get("hal_upset") not in (None, "live", "drain", "reset", "none"):
        _refuse(where, f"hal_upset = {udp['hal_upset']}", "use live, drain, reset or none")
    return Field(
        name=json_field["name"], lsb=json_field["lsb"], width=json_field["msb"] - json_field["lsb"] + 1,
        on_write=on_write, readable=sw in ("rw", "r"), on_read=json_field.get("onread"),
        reset=json_field.get("reset") or 0,
        owner=udp.get("hal_owner", "hardware" if on_write == "none" else "management"),
        timer=bool(udp.get("hal_timer")), sticky=bool(udp.get("hal_sticky")),
        disruptive=bool(udp.get("hal_disruptive")), left_out=bool(udp.get("hal_left_out")),
        output=bool(udp.get("hal_output")),
        hardware=json_field.get("hw") in ("w", "rw")
        or any(json_field.get(key) for key in ("hwset", "hwclr", "counter", "intr")),
        locks=locks, klass=udp.get("hal_class", "observable"), reason=udp.get("hal_reason", ""),
        upset=udp.get("hal_upset"), encode=json_field.get("encode") or {}, desc=_one_line(json_field.get("desc")),
        service=udp.get("hal_service"))


def _fields(group):
    """The fields of a register or of all elements of an array, which differ in their locks at most."""
    fields = []
    for number, first in enumerate(group[0]["fields"]):
        where = f"{group[0]['path']}.{first['name']}"
        locks = [_lock(reg["fields"][number], where) for reg in group]
        fields.append(_field(first, where, locks))
    return sorted(fields, key=lambda f: f.lsb)


def _fold(regs, top):
    """Registers of one array become one Register with a count and a stride."""
    folded = {}
    for reg in regs:
        if reg["width"] != 32:
            _refuse(reg["path"], f"a register of {reg['width']} bits", "use 32")
        if "alias" in reg:
            _refuse(reg["path"], "an alias", "name the register itself")
        folded.setdefault(re.sub(r"\[\d+\]", "", reg["path"][len(top) + 1:]), []).append(reg)
    names = {}
    for path, group in folded.items():
        name = path.replace(".", "_")
        if name in names:
            _refuse(group[0]["path"], f"it and {names[name]} get the same name, {name}", "rename one")
        names[name] = group[0]["path"]
        group.sort(key=lambda r: r["addr"])
        stride = group[1]["addr"] - group[0]["addr"] if len(group) > 1 else 4
        if any(b["addr"] - a["addr"] != stride for a, b in zip(group, group[1:])):
            _refuse(group[0]["path"], "array elements at unequal distances", "space them evenly")
        first = group[0]
        udp = first.get("udp", {})
        yield Register(
            name=name, offset=first["addr"], count=len(group), stride=stride, fields=_fields(group),
            observe=udp.get("hal_observe", True), event=bool(udp.get("hal_event")),
            firmware=bool(udp.get("hal_firmware")), desc=_one_line(first.get("desc")),
            latency=(udp.get("hal_latency", 0), udp.get("hal_latency_max", udp.get("hal_latency", 0))),
            service=udp.get("hal_service"), paths=[reg["path"] for reg in group])


def _number(registers):
    """Words are numbered by address, internal ones last: what is contiguous on the bus is contiguous in memory."""
    def order(item):
        return item[1].internal, item[0]
    words = sorted(((a, r, i) for r in registers for i, a in enumerate(r.addresses())), key=order)
    for number, (_, register, element) in enumerate(words):
        if element == 0:
            register.index = number
        elif element == 1:
            register.index_stride = number - register.index
    return sum(not r.internal for _, r, _ in words), len(words)


def block(elaborated):
    """The Block of one elaborated `addrmap`, with addresses relative to its base."""
    top = elaborated["top"]
    node = next(n for n in elaborated["nodes"] if n["path"] == top)
    udp = node.get("udp", {})
    for other in elaborated["nodes"]:
        if other["kind"] == "mem":
            _refuse(other["path"], "a memory", "give it a data register")
    registers = sorted(_fold(elaborated["regs"], top), key=lambda r: r.offset)
    words, all_words = _number(registers)
    return Block(
        name=top, title=node.get("name") or top, desc=_one_line(node.get("desc")),
        depends=udp.get("hal_depends", "").split(), gate=udp.get("hal_gate") or None,
        workload=bool(udp.get("hal_workload")), sequence=udp.get("hal_sequence_accesses", 0),
        registers=registers, words=words, all_words=all_words)


def runs(block_, wanted):
    """Maximal runs of contiguous words (offset, first word, count) of the registers for which `wanted` holds."""
    words = sorted((a, r.index + i * r.index_stride)
                   for r in block_.registers if wanted(r) for i, a in enumerate(r.addresses()))
    result = []
    for address, index in words:
        if result and result[-1][0] + 4 * result[-1][2] == address:
            result[-1][2] += 1
        else:
            result.append([address, index, 1])
    return [tuple(r) for r in result]
