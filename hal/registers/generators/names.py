"""Decoder tables: name <-> offset <-> field, for tools that show or take register paths."""


def tables(blocks, name, title, system):
    """The text of hal/registers/names.cpp: the registers and fields of every block type in the chip's order.

    `name`, `title`: of the chip; `system`: its chip.Services.
    """
    lines = ["// Generated from the RDL of every block type.", '#include "hal/registers/names.hpp"', "",
             "namespace hal::registers {", "namespace {", ""]
    for block in blocks:
        shown = [r for r in block.registers]
        for r in shown:
            rows = []
            for f in r.fields:
                enums = "".join(f"{name}={value};" for name, value in sorted(f.encode.items(), key=lambda e: e[1]))
                rows.append(f'{{"{f.name}", {f.lsb}, {f.width}, "{access(f)}", "{f.owner}", "{enums}", '
                            f'{str(f.readable).lower()}, {str(f.on_write != "none").lower()}, '
                            f'"{f.reason if f.left_out else ""}"}}')
            lines.append(f"constexpr FieldName k_{block.name}_{r.name}[] = {{{', '.join(rows)}}};")
        lines.append(f"constexpr RegisterName k_{block.name}[] = {{")
        for r in shown:
            flags = f"{str(r.internal).lower()}, {str(r.read_side_effect).lower()}"
            lines.append(f'    {{"{r.name}", {r.offset:#x}, {r.count}, {r.stride}, {r.index}, {r.index_stride}, '
                         f"{flags}, {{k_{block.name}_{r.name}}}}},")
        lines += ["};", ""]
    traffic, active = system.fields["traffic_active"]
    digest = system.registers["digest"]
    service_names = [blocks[0].name, traffic.name, system.fields["traffic_open"][1].name, active.name, digest.name,
                     digest.fields[0].name, system.registers["verdict"].name]
    services = [f'"{service}"' for service in service_names] + [f"{traffic.offset:#x}", f"{active.mask:#x}"]
    lines.append("constexpr TypeName kTypes[] = {")
    lines += [f'    {{"{b.name}", "{b.title}", {{k_{b.name}}}}},' for b in blocks]
    lines += ["};", "", "}  // namespace", "", "bus::Span<const TypeName> type_names() { return {kTypes}; }", "",
              "const ChipName& chip_name() {",
              f'    static constexpr ChipName kChip{{"{name}", "{title}"}};',
              "    return kChip;", "}", "",
              "const ServiceNames& service_names() {",
              f"    static constexpr ServiceNames kServices{{{', '.join(services)}}};",
              "    return kServices;", "}", "",
              "}  // namespace hal::registers", ""]
    return "\n".join(lines)


def access(field):
    """The short word for a field's access, as register manuals print it."""
    if field.on_write == "none":
        return ("ro" if field.readable else "internal") if not field.on_read else field.on_read
    kind = {"plain": "rw" if field.readable else "wo", "woclr": "w1c", "woset": "w1s", "wot": "w1t", "wzc": "w0c",
            "wzs": "w0s", "wzt": "w0t"}.get(field.on_write, field.on_write)
    return f"{kind}/{field.on_read}" if field.on_read else kind
