"""The register reference for people."""
from . import names


def reference(title, blocks, instances):
    """`title`: of the chip. One Markdown page: an overview of the types, then every register and field."""
    counts = {}
    for name, _, _ in instances:
        counts[name] = counts.get(name, 0) + 1
    lines = [f"# {title} register reference", "", "Generated from the RDL.", "",
             "| block | instances | registers | fields | what |", "|---|---:|---:|---:|---|"]
    for b in blocks:
        shown = [r for r in b.registers if not r.internal]
        registers = sum(r.count for r in shown)
        fields = sum(r.count * len(r.fields) for r in shown)
        lines.append(f"| [{b.name}](#{b.name}) | {counts[b.name]} | {registers} | {fields} | {b.title} |")
    for b in blocks:
        lines += ["", f"## {b.name}", "", b.desc or b.title, ""]
        if b.gate or b.depends:
            lines += [f"Depends on {', '.join(([b.gate] if b.gate else []) + b.depends)}"
                      + (f"; accessible only while its {b.gate} runs." if b.gate else "."), ""]
        lines += ["| offset | register | field | bits | access | reset | owner | what |",
                  "|---|---|---|---|---|---|---|---|"]
        for r in b.registers:
            if r.internal:
                continue
            array = f"[{r.count}]" if r.count > 1 else ""
            lines.append(f"| {r.offset:#05x} | **{r.name}{array}** | | | | {r.reset:#x} | | {r.desc} |")
            for f in r.fields:
                bits = f"{f.lsb + f.width - 1}:{f.lsb}" if f.width > 1 else str(f.lsb)
                lines.append(f"| | | {f.name} | {bits} | {names.access(f)} | {f.reset:#x} | {f.owner} | {f.desc} |")
    return "\n".join(lines) + "\n"
