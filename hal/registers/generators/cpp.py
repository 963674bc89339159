"""Typed C++ headers: one per block type, the registers and fields as types (see hal/bus/registers.hpp)."""
from . import semantics as s


def camel(name):
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _refuse_twins(where, names):
    """a_1 and a1 are different in RDL and the same in C++."""
    seen = {}
    for name in names:
        if camel(name) in seen:
            raise s.Unsupported(f"{where}: {name} and {seen[camel(name)]} are both {camel(name)} in C++; rename one")
        seen[camel(name)] = name


def _register(block, r):
    where = f"{block.name}.{r.name}"
    _refuse_twins(where, [f.name for f in r.fields])
    preserve = r.mask(lambda f: f.on_write == "plain" and f.readable) | (~r.mask(lambda f: True) & 0xFFFFFFFF)
    noop_ones = r.mask(lambda f: f.on_write in s.NOOP_ONES)
    modifiable = not r.read_side_effect and not any(
        f.on_write in s.NO_NOOP or (f.on_write == "plain" and not f.readable) for f in r.fields)
    writable = any(f.on_write != "none" for f in r.fields)
    # A bit that hardware changes may have changed between two writes: the second one would clear or start anew.
    idempotent = not any(f.on_write in ("wot", "wzt", "pulse") or (f.on_write != "none" and f.hardware)
                         for f in r.fields)
    lines = []
    if r.desc:
        lines.append(f"/// {r.desc}")
    lines += [
        f"struct {camel(r.name)} {{",
        f"    static constexpr std::uint32_t kOffset = {r.offset:#05x}, kCount = {r.count}, kStride = {r.stride};",
        f"    static constexpr std::uint32_t kIndex = {r.index}, kIndexStride = {r.index_stride};",
        f"    static constexpr std::uint32_t kReset = {r.reset:#010x};",
        f"    static constexpr std::uint32_t kPreserve = {preserve:#010x}, kNoopOnes = {noop_ones:#010x};",
        "    static constexpr std::uint32_t " + ", ".join(
            f"k{name} = {r.mask(lambda f, kind=kind: f.on_write == kind):#010x}"
            for name, kind in (("Plain", "plain"), ("Sets", "woset"), ("Clears", "woclr"))) + ";",
        f"    static constexpr bool kReadable = {str(any(f.readable for f in r.fields)).lower()}, "
        f"kWritable = {str(writable).lower()}, kModifiable = {str(modifiable).lower()};",
        f"    static constexpr bool kReadSideEffect = {str(r.read_side_effect).lower()}, "
        f"kWriteIdempotent = {str(idempotent).lower()}, kObserved = {str(r.observed).lower()};",
        f"    static constexpr std::uint32_t kLatencyUs = {r.latency[0]}, kLatencyMaxUs = {r.latency[1]};",
    ]
    for f in r.fields:
        if camel(f.name) == camel(r.name):
            raise s.Unsupported(f"{where}: its field {f.name} has the same name; rename one (C++ needs it)")
        readable = str(f.readable and not f.on_read).lower()
        if f.desc:
            lines.append(f"    /// {f.desc}")
        lines.append(f"    struct {camel(f.name)} : hal::bus::Field<{camel(r.name)}, {f.lsb}, {f.width}, "
                     f"hal::bus::OnWrite::{f.on_write}, {readable}> {{")
        for name, value in sorted(f.encode.items(), key=lambda item: item[1]):
            lines.append(f"        static constexpr std::uint32_t k{camel(name)} = {value};")
        lines[-1:] = [lines[-1] + "};"] if not f.encode else [lines[-1], "    };"]
    lines.append("};")
    return lines


def _runs(name, runs):
    if not runs:
        return [f"inline constexpr hal::bus::Span<const hal::bus::Run> {name}{{}};"]
    body = ", ".join(f"{{{offset:#x}, {index}, {count}}}" for offset, index, count in runs)
    return [f"inline constexpr hal::bus::Run {name}Runs[] = {{{body}}};",
            f"inline constexpr hal::bus::Span<const hal::bus::Run> {name}{{{name}Runs}};"]


def header(block):
    """The text of hal/registers/NAME.hpp."""
    _refuse_twins(block.name, [r.name for r in block.registers])
    lines = [f"// Generated from {block.name}.rdl. {block.title}.", "#pragma once", "",
             '#include "hal/bus/registers.hpp"', '#include "hal/bus/run.hpp"', "",
             f"namespace hal::registers::{block.name} {{", "",
             f"inline constexpr std::uint32_t kWords = {block.words};     // addressable ones",
             f"inline constexpr std::uint32_t kAllWords = {block.all_words};  // with model-internal state behind them",
             ""]
    for register in block.registers:
        lines += _register(block, register) + [""]
    lines += ["// What is observed on arrival and in the final sweep, and what is looked at again after a wait."]
    lines += _runs("kObserve", s.runs(block, lambda r: r.observed))
    lines += _runs("kStatus", s.runs(block, lambda r: r.status))
    lines += ["", f"}}  // namespace hal::registers::{block.name}", ""]
    return "\n".join(lines)
