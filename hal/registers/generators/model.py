"""Tables of the behavioural model: what each access does to each word of each block type."""
from . import semantics as s


def _words(block):
    """(address, register, element) in the order of the word numbers."""
    words = [None] * block.all_words
    for r in block.registers:
        for i, address in enumerate(r.addresses()):
            words[r.index + i * r.index_stride] = (address, r, i)
    return words


def _lock(block, register, element):
    """(word, mask, locks when set, bits it locks) of the one lock that an element of a register may have."""
    where = register.paths[element]
    locks = {f.locks[element] for f in register.fields if f.locks[element]}
    if not locks:
        return 0, 0, False, 0
    if len(locks) > 1:
        raise s.Unsupported(f"{where}: fields with different locks; split the register")
    (path, locks_when_set), = locks
    owner, name = path.rsplit(".", 1)
    for r in block.registers:
        for i, candidate in enumerate(r.paths):
            field = next((f for f in r.fields if f.name == name), None) if candidate == owner else None
            if field is not None:
                locked = register.mask(lambda f: f.locks[element] is not None)
                return r.index + i * r.index_stride, field.mask, locks_when_set, locked
    raise s.Unsupported(f"{where}: its lock {path} is no field of this block; lock with one that is")


def _stored(f):
    """A flip-flop holds it: neither a constant nor a mere pulse."""
    return f.on_write not in ("none", "pulse") or f.hardware


def _row(block, register, element):
    kinds = {kind: register.mask(lambda f, k=kind: f.on_write == k)
             for kind in ("plain", "woclr", "woset", "wot", "wzc", "wzs", "wzt", "wclr", "wset", "pulse")}
    lock_word, lock_mask, locks_when_set, locked = _lock(block, register, element)
    timer = any(f.timer for f in register.fields)
    reads = {kind: register.mask(lambda f, k=kind: f.on_read == k) for kind in ("rclr", "rset")}
    hex32 = "{:#x}".format
    values = [
        hex32(register.reset), hex32(register.mask(lambda f: f.readable)),
        hex32(kinds["plain"]), hex32(kinds["woclr"]), hex32(kinds["woset"]), hex32(kinds["wot"]), hex32(kinds["wzc"]),
        hex32(kinds["wzs"]), hex32(kinds["wzt"]), hex32(kinds["wclr"]), hex32(kinds["wset"]), hex32(kinds["pulse"]),
        hex32(reads["rclr"]), hex32(reads["rset"]), hex32(register.mask(lambda f: f.sticky)),
        hex32(register.mask(lambda f: f.disruptive)), hex32(register.mask(lambda f: f.left_out)),
        hex32(register.mask(lambda f: f.owner == "host")), hex32(register.mask(lambda f: f.klass == "observable")),
        # What only the model knows of the world is in no flip-flop of the chip.
        hex32(register.mask(lambda f: _stored(f) and not (register.internal and f.klass == "irrelevant"))),
        *(hex32(register.mask(lambda f, kind=kind: f.upset == kind)) for kind in ("live", "drain", "reset", "none")),
        hex32(locked), hex32(lock_mask), str(lock_word), str(locks_when_set).lower(),
        str(register.internal).lower(), str(timer).lower(), hex32(register.addresses()[element])]
    return "{" + ", ".join(values) + "}"


def tables(blocks):
    """The text of transports/model/tables.cpp for the block types in the chip's order."""
    lines = ["// Generated from the RDL of every block type.", '#include "transports/model/tables.hpp"', "",
             '#include "transports/model/behaviour.hpp"', "",
             "namespace transports::model {", "namespace {", ""]
    for block in blocks:
        words = _words(block)
        lines.append(f"constexpr WordRow k_{block.name}[] = {{")
        lines += [f"    {_row(block, r, i)},  // {r.name}" for _, r, i in words]
        lines += ["};", ""]
        top = max((a for a, r, _ in words if not r.internal), default=0)
        by_offset = [0xFFFF] * (top // 4 + 1)
        for number, (address, r, _) in enumerate(words):
            if r.internal:
                continue
            if by_offset[address // 4] != 0xFFFF:
                raise s.Unsupported(f"{block.name}: two registers at {address:#x}; move one")
            by_offset[address // 4] = number
        lines.append(f"constexpr std::uint16_t k_{block.name}_offsets[] = {{{', '.join(map(str, by_offset))}}};")
        lines.append("")
    lines += ["constexpr TypeRow kRows[] = {"]
    for b in blocks:
        lines.append(f'    {{"{b.name}", {{k_{b.name}}}, {{k_{b.name}_offsets}}, {b.words}, '
                     f"{str(b.workload).lower()}, {b.sequence + sum(r.count for r in b.registers if r.firmware)}}},")
    lines += ["};", "", "}  // namespace", "", "namespace blocks {", ""]
    lines += [f"extern const Behaviour k_{b.name};" for b in blocks]
    lines += ["", "}  // namespace blocks", "",
              "hal::bus::Span<const TypeRow> type_rows() { return {kRows}; }", "",
              "const Behaviour& behaviour(std::uint8_t type) {",
              "    static const Behaviour* const kBehaviours[] = {",
              *[f"        &blocks::k_{b.name}," for b in blocks], "    };",
              "    return *kBehaviours[type];", "}", "",
              "}  // namespace transports::model", ""]
    return "\n".join(lines)
