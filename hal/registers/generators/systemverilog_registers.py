"""The registers of a block type in SystemVerilog: storage, and what accesses and resets do to it."""
import re

from . import semantics as s
from . import systemverilog_planted as planted
from .systemverilog_text import call, name_of

def _hex(value):
    return f"32'h{value & 0xFFFFFFFF:08x}"


def _bits(count):
    return max(1, (count - 1).bit_length())


def _numbers(r):
    return [r.index + i * r.index_stride for i in range(r.count)]


def _items(r):
    """The case items of a register's words."""
    if r.count == 1:
        return f"W_{r.name.upper()}"
    if r.index_stride == 1:
        return f"[10'd{r.index}:10'd{r.index + r.count - 1}]"
    return ", ".join(f"10'd{n}" for n in _numbers(r))


def _variable(r, k="k"):
    """The element of word `k`."""
    if r.count == 1:
        return name_of(r.name)
    element = f"({k} - W_{r.name.upper()})" + (f" / 10'd{r.index_stride}" if r.index_stride != 1 else "")
    return f"{name_of(r.name)}[{_bits(r.count)}'({element})]"


def struct(r):
    """A packed struct, most significant bit first; what isn't implemented is a constant 0."""
    lines, top = ["  typedef struct packed {"], 31

    def gap(msb, lsb):
        if msb >= lsb:
            lines.append(f"    logic [{msb - lsb}:0] none_{lsb};")

    for f in sorted(r.fields, key=lambda f: -f.lsb):
        gap(top, f.lsb + f.width)
        size = f" [{f.width - 1}:0]" if f.width > 1 else ""
        lines.append(f"    logic{size} {name_of(f.name)};")
        top = f.lsb - 1
    gap(top, 0)
    lines.append(f"  }} {r.name}_t;")
    array = f"[{r.count}]" if r.count > 1 else ""
    return lines + [f"  {r.name}_t {name_of(r.name)} [N]{array};"]


def constants(block, behaviour):
    """Word numbers; and of masks, enumerations and latencies those that the hand-written half names."""
    lines, named = [], set(re.findall(r"\w+", behaviour))
    for r in block.registers:
        upper = r.name.upper()
        lines.append(f"  localparam number_t W_{upper} = 10'd{r.index};")
        wanted = [(f"{upper}_US", "[31:0]", f"32'd{r.latency[0]}")] if r.latency[0] else []
        for f in r.fields:
            wanted.append((f"M_{upper}_{f.name.upper()}", "[31:0]", _hex(f.mask)))
            wanted += [(f"{upper}_{f.name.upper()}_{name.upper()}", f"[{f.width - 1}:0]", f"{f.width}'d{value}")
                       for name, value in sorted(f.encode.items(), key=lambda item: item[1])]
        lines += [f"  localparam logic {size} {name} = {value};" for name, size, value in wanted if name in named]
    return lines


def _word_at(block):
    """Runs of contiguous addresses are runs of word numbers."""
    lines = ["  // The word at an offset (in words); all ones where nothing is.",
             "  function automatic number_t word_at(logic [9:0] offset);", "    word_at = '1;"]
    for offset, index, count in s.runs(block, lambda r: not r.internal):
        first = offset // 4
        above = f"offset >= 10'h{first:03x} && " if first else ""
        lines.append(f"    if ({above}offset < 10'h{first + count:03x}) "
                     f"word_at = offset + 10'h{(index - first) & 0x3FF:03x};")
    return lines + ["  endfunction"]


def _by_word(head, rows, default):
    """A function of the word number `k`, from (items, value) rows; those that are the default are left out."""
    lines = [f"  function automatic {head}(number_t k);", "    case (k) inside"]
    name = head.split()[-1]
    lines += [f"      {items}: {name} = {value};" for items, value in rows if value != default]
    return lines + [f"      default: {name} = {default};", "    endcase", "  endfunction"]


def _lock_of(block, path):
    owner, field_name = path.rsplit(".", 1)
    for r in block.registers:
        for i, candidate in enumerate(r.paths):
            if candidate == owner and any(f.name == field_name for f in r.fields):
                return r, i, field_name
    raise s.Unsupported(f"{path}: locks, but is no field of this block; lock with one that is")


def _locked(block, r):
    """(expression that holds while the register's locked bits are locked, those bits), or None."""
    mask = r.mask(lambda f: f.locks[0] is not None)
    if not mask:
        return None
    terms = []
    for element in range(r.count):
        locks = {f.locks[element] for f in r.fields if f.locks[element]}
        if len(locks) > 1:
            raise s.Unsupported(f"{r.paths[element]}: fields with different locks; split the register")
        (path, when_set), = locks
        owner, index, field_name = _lock_of(block, path)
        where = name_of(owner.name) + (f"[{index}]" if owner.count > 1 else "")
        terms.append(("" if when_set else "!") + f"{where}.{name_of(field_name)}")
    if len(set(terms)) == 1:
        return terms[0], mask
    number = _variable(r).split("[", 1)[1][:-1]
    if all(term.endswith(f"[{i}].{name_of(field_name)}") for i, term in enumerate(terms)):
        return terms[0].replace("[0]", f"[{number}]"), mask
    choices = " || ".join(f"({number} == {_bits(r.count)}'d{i} && {term})" for i, term in enumerate(terms))
    return choices, mask


def _next_value(r):
    """Statements that turn `next` from the old content into that after software has written `value`."""
    kinds = {kind: r.mask(lambda f, kind=kind: f.on_write == kind)
             for kind in ("plain", "woclr", "woset", "wot", "wzc", "wzs", "wzt", "wclr", "wset")}
    rules = {"plain": "next = (next & ~{m}) | (value & {m});", "woclr": "next = next & ~(value & {m});",
             "woset": "next = next | (value & {m});", "wot": "next = next ^ (value & {m});",
             "wzc": "next = next & ~(~value & {m});", "wzs": "next = next | (~value & {m});",
             "wzt": "next = next ^ (~value & {m});", "wclr": "next = next & ~{m};", "wset": "next = next | {m};"}
    return [rules[kind].format(m=_hex(mask)) for kind, mask in kinds.items() if mask]


def writes(block, hooks):
    locks = {r.name: _locked(block, r) for r in block.registers}
    wants_old = any(locks.values()) or "old" in hooks.get("written", [])
    lines = ["  // Software writes: what each field's access kind makes of the old content and the value. What a lock",
             "  // suppresses happens neither to storage nor to pulses.",
             "  task automatic take_write(number_t k, logic [31:0] sent);",
             f"    logic [31:0] {'old, ' if wants_old else ''}next, value;", "    next = stored(k);",
             *(["    old = next;"] if wants_old else []), "    value = sent;", "    case (k) inside"]
    for r in block.registers:
        if all(f.on_write == "none" for f in r.fields):
            continue
        lines.append(f"      {_items(r)}: begin")
        lines += [f"        {statement}" for statement in _next_value(r)]
        lines += [f"        {statement}" for statement in planted.write(block.name, r)]
        if locks[r.name]:
            condition, mask = planted.lock(block.name, r, locks[r.name][0]), locks[r.name][1]
            pulses = r.mask(lambda f: f.on_write == "pulse") & mask
            lines.append(f"        if ({condition}) begin")
            lines.append(f"          next = (next & ~{_hex(mask)}) | (old & {_hex(mask)});")
            if pulses:
                lines.append(f"          value = value & ~{_hex(pulses)};")
            lines.append("        end")
        lines += [f"        {_variable(r)} = next;", "      end"]
    lines += ["      default: ;", "    endcase"]
    if "written" in hooks:
        lines.append(f"    {call(hooks, 'written')};")
    return lines + ["  endtask", ""]


def has_sticky(block):
    return any(f.sticky for r in block.registers for f in r.fields)


def resets(block, hooks):
    lines = ["  // A warm reset leaves sticky bits alone.",
             f"  task automatic take_reset({'logic is_cold' if has_sticky(block) else ''});"]
    for r in block.registers:
        sticky = r.mask(lambda f: f.sticky)
        name, value = name_of(r.name), planted.reset(block.name, r, _hex(r.reset))
        element = f"{name}[n]" if r.count > 1 else name
        text = f"{element} = {value};"
        if sticky:
            keep = planted.sticky(block.name, r, _hex(sticky))
            text = f"{element} = is_cold ? {value} : ({element} & {keep}) | ({value} & ~{keep});"
        lines.append("    " + (f"for (int n = 0; n < {r.count}; n++) {text}" if r.count > 1 else text))
    lines += ["    cleared();"] if "cleared" in hooks else []
    return lines + ["  endtask", ""]


def timers(block):
    return [r for r in block.registers if any(f.timer for f in r.fields)]


def pass_time(block, hooks):
    countdowns = timers(block)
    lines = ["  // All countdowns first: one that a due one starts begins now.",
             "  task automatic pass_time(logic [31:0] us);"]
    if not countdowns:
        return []
    lines.append(f"    logic [{len(countdowns) - 1}:0] due;")
    for n, r in enumerate(countdowns):
        t = name_of(r.name)
        lines += [f"    due[{n}] = {t} != 0 && {t} <= us;", f"    {t} = {t} <= us ? 32'd0 : {t} - us;"]
    if "expired" in hooks:
        lines += [f"    if (due[{n}] && {name_of(r.name)} == 0) {call(hooks, 'expired', k=f'W_{r.name.upper()}')};"
                  for n, r in enumerate(countdowns)]
    return lines + ["  endtask", ""]


def consumes(block):
    """Statements for a read with side effects."""
    rows = []
    for r in block.registers:
        clear, put = (r.mask(lambda f, kind=kind: f.on_read == kind) for kind in ("rclr", "rset"))
        if clear or put:
            rows.append(f"      {_items(r)}: {_variable(r)} = ({_variable(r)} & ~{_hex(clear)}) | {_hex(put)};")
    return rows


def functions(block):
    registers = block.registers
    rights = lambda wanted: [(_items(r), "1'b1" if wanted(r) else "1'b0") for r in registers]  # noqa: E731
    lines = _word_at(block) + [""]
    lines += _by_word("logic [31:0] stored", [(_items(r), _variable(r)) for r in registers], "32'd0") + [""]
    lines += _by_word("logic [31:0] readable", [(_items(r), _hex(r.mask(lambda f: f.readable))) for r in registers],
                      _hex(0)) + [""]
    lines += _by_word("logic reads_freely", rights(
        lambda r: any(f.readable for f in r.fields) and not r.read_side_effect), "1'b0") + [""]
    lines += _by_word("logic writable", rights(lambda r: any(f.on_write != "none" for f in r.fields)), "1'b0") + [""]
    return lines
