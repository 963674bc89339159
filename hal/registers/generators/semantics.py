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


class Unsupported(Exception):
    """The RDL is legal, but these generators have no meaning for it."""


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
    hardware: bool           # hardware may change it
    lock: tuple | None       # (path of the locking field inside the block, True if it locks when set)
    klass: str
    reason: str
    encode: dict
    desc: str

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
    latency: tuple = (0, 0)
    desc: str = ""
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
        """It changes otherwise than by storing what was written, so it is looked at again after writes and waits."""
        return self.observed and any(
            (f.hardware and f.readable) or f.on_write not in ("plain", "none") for f in self.fields)

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
    registers: list
    words: int               # addressable words; model-internal ones come behind them
    all_words: int


def _one_line(text):
    """Descriptions become comments and table cells, where a line break would end them."""
    return " ".join(text.split())


def _field(json_field, where):
    udp = json_field.get("udp", {})
    sw = json_field.get("sw", "rw")
    writable = sw in ("rw", "w", "rw1", "w1")
    on_write = json_field.get("onwrite")
    if on_write not in ONWRITE:
        raise Unsupported(f"{where}.{json_field['name']}: onwrite = {on_write}")
    if json_field.get("onread") not in (None, "rclr", "rset"):
        raise Unsupported(f"{where}.{json_field['name']}: onread = {json_field['onread']}")
    kind = ("pulse" if json_field.get("singlepulse") else ONWRITE[on_write]) if writable else "none"
    lock = None
    for key, locks_when_set in (("swwe", False), ("swwel", True)):
        if isinstance(json_field.get(key), dict):
            lock = (json_field[key]["ref"], locks_when_set)
        elif json_field.get(key):
            raise Unsupported(f"{where}.{json_field['name']}: {key} without a reference to a field")
    return Field(
        name=json_field["name"], lsb=json_field["lsb"], width=json_field["msb"] - json_field["lsb"] + 1,
        on_write=kind, readable=sw in ("rw", "r", "rw1"), on_read=json_field.get("onread"),
        reset=json_field.get("reset") or 0, owner=udp.get("hal_owner", "management" if writable else "hardware"),
        timer=bool(udp.get("hal_timer")), sticky=bool(udp.get("hal_sticky")),
        disruptive=bool(udp.get("hal_disruptive")), left_out=bool(udp.get("hal_left_out")),
        hardware=json_field.get("hw") in ("w", "rw") or bool(json_field.get("hwset") or json_field.get("hwclr")),
        lock=lock, klass=udp.get("hal_class", "observable"), reason=udp.get("hal_reason", ""),
        encode=json_field.get("encode") or {}, desc=_one_line(json_field.get("desc", "")))


def _fold(regs, top):
    """Registers of one array become one Register with a count and a stride."""
    folded = {}
    for reg in regs:
        if reg["width"] != 32:
            raise Unsupported(f"{reg['path']}: only 32-bit registers")
        path = reg["path"][len(top) + 1:]
        name = re.sub(r"\[\d+\]", "", path).replace(".", "_")
        folded.setdefault(name, []).append(reg)
    for name, group in folded.items():
        group.sort(key=lambda r: r["addr"])
        stride = group[1]["addr"] - group[0]["addr"] if len(group) > 1 else 4
        if any(b["addr"] - a["addr"] != stride for a, b in zip(group, group[1:])):
            raise Unsupported(f"{group[0]['path']}: array elements at unequal distances")
        first = group[0]
        udp = first.get("udp", {})
        yield Register(
            name=name, offset=first["addr"], count=len(group), stride=stride,
            fields=sorted((_field(f, first["path"]) for f in first["fields"]), key=lambda f: f.lsb),
            observe=udp.get("hal_observe", True), desc=_one_line(first.get("desc", "")),
            latency=(udp.get("hal_latency", 0), udp.get("hal_latency_max", udp.get("hal_latency", 0))))


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
    registers = sorted(_fold(elaborated["regs"], top), key=lambda r: r.offset)
    words, all_words = _number(registers)
    return Block(
        name=top, title=node.get("name") or top, desc=node.get("desc", ""),
        depends=udp.get("hal_depends", "").split(), gate=udp.get("hal_gate") or None,
        workload=bool(udp.get("hal_workload")), registers=registers, words=words, all_words=all_words)


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
