"""The chip as data: block types, instances at every scale, their parents and their wave."""
from dataclasses import dataclass
from fractions import Fraction

from . import cpp
from . import semantics as s


def scale_name(scale):
    return f"{scale.numerator}_{scale.denominator}" if scale.denominator != 1 else str(scale.numerator)


BLOCK_BYTES = 0x1000   # as transports/model/layout.hpp has it


def instances(elaborated):
    """(type, index, base) of every block instance, in the order of addresses."""
    top = elaborated["top"]
    rows, seen = [], {}
    for node in sorted(elaborated["nodes"], key=lambda n: n["addr"]):
        path = node["path"][len(top) + 1:]
        if node["kind"] != "addrmap" or not path or "." in path:
            continue
        name = path.split("[")[0]
        if node["addr"] % BLOCK_BYTES or node["size"] > BLOCK_BYTES:
            raise s.Unsupported(f"{path}: {node['size']:#x} bytes at {node['addr']:#x}; give each block instance its "
                                f"own {BLOCK_BYTES:#x}, at a multiple of them")
        rows.append((name, seen.get(name, 0), node["addr"]))
        seen[name] = seen.get(name, 0) + 1
    return rows


def parents(rows, blocks):
    """For every row, the numbers of the rows it depends on; the gate, if any, stands first."""
    by_name = {}
    for number, (name, _, _) in enumerate(rows):
        by_name.setdefault(name, []).append(number)
    types = {b.name: b for b in blocks}
    result = []
    for name, index, _ in rows:
        block, mine = types[name], []
        for parent in ([block.gate] if block.gate else []) + [d for d in block.depends if d != block.gate]:
            if parent not in by_name:
                raise s.Unsupported(f"{name}: depends on {parent}, which the chip doesn't have; add it or drop it")
            mine.append(by_name[parent][index * len(by_name[parent]) // len(by_name[name])])
        result.append(mine)
    return result


def waves(all_parents):
    """The length of the longest way to a block without parents; refuses circles."""
    wave = [None] * len(all_parents)

    def depth(i, below):
        if i in below:
            raise s.Unsupported(f"instances {below[below.index(i):] + (i,)} depend on each other in a circle; cut it")
        if wave[i] is None:
            wave[i] = 1 + max((depth(p, below + (i,)) for p in all_parents[i]), default=-1)
        return wave[i]

    for i in range(len(all_parents)):
        depth(i, ())
    return wave


@dataclass
class Services:
    """What the engine itself works with in the system block: registers by hal_service, fields likewise."""
    registers: dict
    fields: dict             # name: (register, field)

    def identity(self, scale):
        """What the identity register reads on the chip at that scale."""
        word = self.registers["identity"].reset
        if "scale" in self.fields:
            word |= int(scale * 8) << self.fields["scale"][1].lsb
        return word


def services(block, instances):
    """Of the block with the chip's lowest address; `instances`: the most that the chip has at any scale."""
    registers = {r.service: r for r in block.registers if r.service}
    fields = {f.service: (r, f) for r in block.registers for f in r.fields if f.service}
    missing = [name for name in ("identity", "digest", "verdict") if name not in registers]
    missing += [name for name in ("traffic_open", "traffic_active") if name not in fields]
    if missing:
        raise s.Unsupported(f"{block.name}: it has the chip's lowest address, so the engine looks for its services "
                            f"there and misses {', '.join(missing)}; say hal_service at their registers and fields")
    if fields["traffic_open"][0] is not fields["traffic_active"][0]:
        raise s.Unsupported(f"{block.name}: traffic_open and traffic_active are in two registers; move them into one")
    verdict = registers["verdict"]
    if 32 * verdict.count < instances or verdict.stride != 4:
        raise s.Unsupported(f"{block.name}.{verdict.name}: {32 * verdict.count} bits for {instances} block instances; "
                            "give it a bit for each, in words side by side")
    return Services(registers, fields)


def header(blocks):
    names = [b.name for b in blocks]
    lines = ["// Generated from the chip's RDL: its block types.", "#pragma once", "", "#include <cstdint>", "",
             "namespace hal::chip {", "",
             f"inline constexpr std::uint32_t kTypes = {len(names)};",
             "enum class Type : std::uint8_t {", *[f"    {n}," for n in names], "};", "", "}  // namespace hal::chip",
             ""]
    return "\n".join(lines)


def source(blocks, chips):
    """`chips`: {scale: elaborated chip}. The instance tables and the driver table."""
    names = [b.name for b in blocks]
    chip_name = next(iter(chips.values()))["top"]
    system = services(blocks[0], max(len(instances(elaborated)) for elaborated in chips.values()))
    lines = [f"// Generated from {chip_name}.rdl.", '#include "hal/chip/chip.hpp"', ""]
    lines += [f'#include "hal/registers/{n}.hpp"' for n in names] + [""]
    lines += [f"namespace hal::blocks::{n} {{ extern const converge::Driver kDriver; }}" for n in names]
    lines += ["", "namespace hal::chip {", "namespace {", "",
              "using converge::Chip;", "using converge::InstanceRow;", "using converge::TypeRow;", "",
              "constexpr TypeRow kTypeRows[] = {"]
    for b in blocks:
        output_word, output_mask = b.output
        space = f"registers::{b.name}"
        lines.append(f'    {{"{b.name}", {space}::kWords, {space}::kObserve, {space}::kStatus, '
                     f"&blocks::{b.name}::kDriver, {str(b.gate is not None).lower()}, {str(b.workload).lower()}, "
                     f"{output_word}, {output_mask:#x}}},")
    lines += ["};", "", *_services(blocks[0].name, system), ""]
    for scale, elaborated in chips.items():
        rows = instances(elaborated)
        mine = parents(rows, blocks)
        wave = waves(mine)
        flat = [p for ps in mine for p in ps] or [0]
        name = scale_name(scale)
        counts = {}
        for type_name, _, _ in rows:
            counts[type_name] = counts.get(type_name, 0) + 1
        lines += [f"constexpr std::uint16_t kParents{name}[] = {{{', '.join(map(str, flat))}}};",
                  f"constexpr InstanceRow kInstances{name}[] = {{"]
        at = 0
        for (type_name, index, base), ps, w in zip(rows, mine, wave):
            lines.append(f"    {{{base:#x}, {names.index(type_name)}, {w}, {index}, {counts[type_name]}, {at}, "
                         f"{len(ps)}}},")
            at += len(ps)
        lines += ["};", f'constexpr Chip kChip{name}{{"{chip_name}", {scale.numerator}, {scale.denominator}, '
                  f"{system.identity(scale):#x}, {{kTypeRows}}, "
                  f"{{kInstances{name}}}, kParents{name}, {max(wave) + 1}, kServices}};", ""]
    lines += ["}  // namespace", "",
              "const converge::Chip* at_scale(std::uint32_t numerator, std::uint32_t denominator) {"]
    for scale in chips:
        lines.append(f"    if (numerator * {scale.denominator}u == denominator * {scale.numerator}u) "
                     f"return &kChip{scale_name(scale)};")
    lines += ["    return nullptr;", "}", "", "}  // namespace hal::chip", ""]
    return "\n".join(lines)


def _services(block, system):
    """The C++ constant that names them."""
    traffic = system.fields["traffic_open"][0]
    where = [f"registers::{block}::{cpp.camel(r.name)}" for r in
             (system.registers["identity"], traffic, system.registers["digest"], system.registers["verdict"])]
    rows = [f"{{{r}::kOffset, {r}::kIndex}}" for r in where]
    masks = [f"{system.fields[name][1].mask:#x}" for name in ("traffic_open", "traffic_active")]
    return ["constexpr converge::Services kServices{", *[f"    {row}," for row in rows[:2]],
            f"    {masks[0]}, {masks[1]},", *[f"    {row}," for row in rows[2:]], "};"]


SCALES = [Fraction(1), Fraction(1, 8), Fraction(1, 4), Fraction(1, 2), Fraction(2), Fraction(4)]
