"""Synthesizable SystemVerilog: one module per block type, which holds all instances of the type.

A type's module keeps the registers of its instances in arrays, decodes and answers accesses and counts timers down. What
a block does beyond that is `blocks/NAME.svh` of the RTL folder: tasks and functions with the names in HOOKS, of which a
block defines those that it needs. It is written for one instance; here its registers become those of instance `me`. So
a simulator compiles every type once, however many instances there are.
"""
import re

from . import semantics as s

HOOKS = ("written", "consumed", "expired", "shown", "inputs_changed", "cold", "claimed", "host_writes", "works",
         "switched_off", "working", "work", "cleared")

# Its own, those of its standard package, and those that simulators which compile to C++ warn of.
KEYWORDS = set("""alias always and assert assign assume automatic before begin bind bins binsof bit break buf bufif0
bufif1 byte case casex casez cell chandle checker class clocking cmos config const constraint context continue cover
covergroup coverpoint cross deassign default defparam design disable dist do edge else end endcase enum event
eventually expect export extends extern final first_match for force foreach forever fork forkjoin function generate
genvar global highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies import incdir include initial
inout input inside instance int integer interconnect interface intersect join large let liblist library local
localparam logic longint macromodule matches medium modport module nand negedge nettype new nexttime nmos nor not
notif0 notif1 null or output package packed parameter pmos posedge primitive priority program property protected pull0
pull1 pulldown pullup pure rand randc randcase randsequence rcmos real realtime ref reg reject_on release repeat
restrict return rnmos rpmos rtran s_always scalared sequence shortint shortreal showcancelled signed small soft solve
specify specparam static string strong strong0 strong1 struct super supply0 supply1 table tagged task this throughout
time timeprecision timeunit tran tri tri0 tri1 triand trior trireg type typedef union unique unique0 unsigned until
untyped use uwire var vectored virtual void wait wait_order wand weak weak0 weak1 while wildcard wire with within wor
xnor xor""".split()) | {"reference", "abort", "vector", "interrupt", "stack", "near", "far"} | {"process", "semaphore", "mailbox"}


def name_of(name):
    """A name that SystemVerilog keeps for itself gets an underscore."""
    return name + "_" if name in KEYWORDS else name


def hooks_in(text):
    """The hooks that a block's hand-written half defines, each with the names of the arguments that it wants."""
    found = re.findall(r"^(?:task|function) automatic (?:logic(?: \[[^]]*\])? )?(\w+)\(([^)]*)\)", text, re.M)
    return {name: re.findall(r"(\w+)(?:,|$)", arguments) for name, arguments in found if name in HOOKS}


def _call(hooks, name, **values):
    """A call of the hook with what it wants of what there is."""
    return f"{name}(" + ", ".join(values.get(argument, argument) for argument in hooks[name]) + ")"


def hand_written(blocks, behaviours):
    """The text of hand_written.hpp: the registers that hand-written halves look at or change. `behaviours`: {name: text}.

    What happens to the others comes from the RDL alone.
    """
    rows = []
    for block in blocks:
        words = set(re.findall(r"\w+", re.sub(r"//.*", "", behaviours[block.name])))
        rows += [f'    "{block.name}.{r.name}",' for r in block.registers
                 if words & {name_of(r.name), f"W_{r.name.upper()}"}]
    return "\n".join(["// Generated: registers that the hand-written halves of the RTL name; the rest is generated alone.",
                      "#pragma once", "", "namespace transports::dpi {", "",
                      "inline constexpr const char* kHandWritten[] = {", *rows, "};", "",
                      "}  // namespace transports::dpi", ""])


def _own_state(behaviour):
    """Storage that the hand-written half declares beyond registers: (type, name)."""
    found = re.findall(r"^(logic(?: \[[^]]*\])?) ([\w, ]+);", behaviour, re.M)
    return [(kind, name) for kind, names in found for name in names.split(", ")]


def _per_instance(text, names):
    """`text` with the elements of `me` in place of what has one of these names, comments and members apart."""
    pattern = re.compile(r"(?<![\w.`'])(" + "|".join(sorted(names, key=len, reverse=True)) + r")\b(?!\s*\()")
    lines = []
    for line in text.split("\n"):
        code, comment = line.split("//", 1) if "//" in line else (line, None)
        lines.append(pattern.sub(r"\1[me]", code) + ("" if comment is None else "//" + comment))
    return "\n".join(lines)


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


def _struct(r):
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


def _constants(block, behaviour):
    """Word numbers; and of masks, enumerations and latencies those that the hand-written half names."""
    lines, named = [], set(re.findall(r"\w+", behaviour))
    for r in block.registers:
        upper = r.name.upper()
        lines.append(f"  localparam word_t W_{upper} = 10'd{r.index};")
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
             "  function automatic word_t word_at(logic [9:0] offset);", "    word_at = '1;"]
    for offset, index, count in s.runs(block, lambda r: not r.internal):
        first = offset // 4
        above = f"offset >= 10'h{first:03x} && " if first else ""
        lines.append(f"    if ({above}offset < 10'h{first + count:03x}) "
                     f"word_at = offset + 10'h{(index - first) & 0x3FF:03x};")
    return lines + ["  endfunction"]


def _by_word(head, rows, default):
    """A function of the word number `k`, from (items, value) rows; those that are the default are left out."""
    lines = [f"  function automatic {head}(word_t k);", "    case (k) inside"]
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


def _write(block, hooks):
    locks = {r.name: _locked(block, r) for r in block.registers}
    wants_old = any(locks.values()) or "old" in hooks.get("written", [])
    lines = ["  // Software writes: what each field's access kind makes of the old content and the value. What a lock",
             "  // suppresses happens neither to storage nor to pulses.",
             "  task automatic take_write(word_t k, logic [31:0] sent);",
             f"    logic [31:0] {'old, ' if wants_old else ''}next, value;", "    next = stored(k);",
             *(["    old = next;"] if wants_old else []), "    value = sent;", "    case (k) inside"]
    for r in block.registers:
        if all(f.on_write == "none" for f in r.fields):
            continue
        lines.append(f"      {_items(r)}: begin")
        lines += [f"        {statement}" for statement in _next_value(r)]
        if locks[r.name]:
            condition, mask = locks[r.name]
            pulses = r.mask(lambda f: f.on_write == "pulse") & mask
            lines.append(f"        if ({condition}) begin")
            lines.append(f"          next = (next & ~{_hex(mask)}) | (old & {_hex(mask)});")
            if pulses:
                lines.append(f"          value = value & ~{_hex(pulses)};")
            lines.append("        end")
        lines += [f"        {_variable(r)} = next;", "      end"]
    lines += ["      default: ;", "    endcase"]
    if "written" in hooks:
        lines.append(f"    {_call(hooks, 'written')};")
    return lines + ["  endtask", ""]


def _sticky(block):
    return any(f.sticky for r in block.registers for f in r.fields)


def _reset(block, hooks):
    lines = ["  // A warm reset leaves sticky bits alone.",
             f"  task automatic take_reset({'logic is_cold' if _sticky(block) else ''});"]
    for r in block.registers:
        sticky = r.mask(lambda f: f.sticky)
        name, value = name_of(r.name), _hex(r.reset)
        element = f"{name}[n]" if r.count > 1 else name
        text = f"{element} = {value};"
        if sticky:
            keep = _hex(sticky)
            text = f"{element} = is_cold ? {value} : ({element} & {keep}) | ({value} & ~{keep});"
        lines.append("    " + (f"for (int n = 0; n < {r.count}; n++) {text}" if r.count > 1 else text))
    lines += ["    cleared();"] if "cleared" in hooks else []
    return lines + ["  endtask", ""]


def _timers(block):
    return [r for r in block.registers if any(f.timer for f in r.fields)]


def _pass_time(block, hooks):
    timers = _timers(block)
    lines = ["  // All countdowns first: one that a due one starts begins now.",
             "  task automatic pass_time(logic [31:0] us);"]
    if not timers:
        return []
    lines.append(f"    logic [{len(timers) - 1}:0] due;")
    for n, r in enumerate(timers):
        t = name_of(r.name)
        lines += [f"    due[{n}] = {t} != 0 && {t} <= us;", f"    {t} = {t} <= us ? 32'd0 : {t} - us;"]
    if "expired" in hooks:
        lines += [f"    if (due[{n}] && {name_of(r.name)} == 0) {_call(hooks, 'expired', k=f'W_{r.name.upper()}')};"
                  for n, r in enumerate(timers)]
    return lines + ["  endtask", ""]


def _consume(block):
    """Statements for a read with side effects."""
    rows = []
    for r in block.registers:
        clear, put = (r.mask(lambda f, kind=kind: f.on_read == kind) for kind in ("rclr", "rset"))
        if clear or put:
            rows.append(f"      {_items(r)}: {_variable(r)} = ({_variable(r)} & ~{_hex(clear)}) | {_hex(put)};")
    return rows


def _functions(block):
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


EXTRA_PORTS = {"sysctl": ["  output logic         traffic_open,", "  output logic         gate_moved,"]}


def inputs(block):
    """How many inputs a block has: the gate's output and those of the blocks that it depends on; at least one."""
    return max(1, len(set(([block.gate] if block.gate else []) + block.depends)))


def _ports(block):
    return [f"module heron_{block.name}", "  import heron_pkg::*;", "#(",
            "  parameter int N = 1,        // instances of this type,",
            "  parameter int FIRST = 0,    // the first one's number among all",
            "  parameter int EIGHTHS = 8   // the chip's size", ") (",
            "  input  logic         clk,", "  input  logic         rst_n,", "  input  env_t         env,",
            f"  input  logic [N-1:0][{inputs(block) - 1}:0] all_parents,  // of each, its gate first",
            "  input  logic         psel,", "  input  logic [15:0]  index,         // whose access",
            "  input  apb_request_t request,", "  output apb_reply_t   apb_reply,",
            *EXTRA_PORTS.get(block.name, []),
            "  output logic [N-1:0] good,          // what those below get: voltage, clock, access",
            "  output logic         missed,        // traffic can't go on without one of them",
            "  output logic [31:0]  soonest,       // microseconds to the next event; 0: none",
            "  output logic         pending        // something is still to be done about what has happened", ");"]


def _consumes(block, hooks):
    """The task for a read with side effects; none if reads of this block have none."""
    effects = _consume(block)
    if not effects and "consumed" not in hooks:
        return []
    lines = ["  task automatic take_consume(word_t k);"]
    lines += ["    case (k) inside", *effects, "      default: ;", "    endcase"] if effects else []
    lines += [f"    {_call(hooks, 'consumed')};"] if "consumed" in hooks else []
    return lines + ["  endtask", ""]


def _events(block, hooks):
    """The statements for whatever happens to instance `me` in a clock."""
    reachable = "parents[0]" if block.gate else "1'b1"
    lines = []
    if block.gate:
        lines.append(f"if (env.warm || (moved && seen[me][0] && !parents[0])) {_reset_call(block, 0)}")
    else:
        lines.append(f"if (env.warm) {_reset_call(block, 0)}")
    if "inputs_changed" in hooks:
        lines.append("if (moved) inputs_changed();")
    if _timers(block):
        lines.append("if (env.step_us != 0) pass_time(env.step_us);")
    if "claimed" in hooks:
        lines.append("if (env.claimed) claimed();")
    if "host_writes" in hooks:
        lines.append(f"if (env.host_writes && {reachable}) {_call(hooks, 'host_writes', phase='env.phase')};")
    if "work" in hooks:
        lines.append("if (working()) work();")
    lines.append("if (meant) take_access();")
    works = reachable + (" && works()" if "works" in hooks else "")
    lines.append(f"is_good[me] = {works};")
    if block.workload:
        used = " && !switched_off()" if "switched_off" in hooks else ""
        lines.append(f"lacking[me] = !({works}){used};")
    lines.append(f"soon[me] = {_soonest(_timers(block))};")
    if "working" in hooks:
        lines.append("toiling[me] = working();")
    return lines


def _access(block, hooks):
    """The task that answers an access."""
    reachable = "parents[0]" if block.gate else "1'b1"
    shown = _call(hooks, "shown", k="word", content="stored(word)") if "shown" in hooks else "stored(word)"
    gate = ["      gate_moved <= word == W_TRAFFIC;"] if block.name in EXTRA_PORTS else []
    consume = ["      take_consume(word);"] if _consumes(block, hooks) else []
    return ["  task automatic take_access();",
            "    apb_reply.ready <= 1'b1;",
            "    if (request.scan) begin",
            "      apb_reply.data <= request.addr[11:2] == '1 ? {31'd0, good[me]} : stored(request.addr[11:2]);",
            f"    end else if (word == '1 || !{reachable}) begin",
            "      apb_reply.refused <= 1'b1;",
            "    end else if (!(request.write ? writable(word) : request.consume ? readable(word) != 0",
            "                   : reads_freely(word))) begin",
            "      apb_reply.refused <= 1'b1;", "      apb_reply.protect <= 1'b1;",
            "    end else if (request.write) begin",
            "      take_write(word, request.wdata);", *gate,
            "    end else if (request.consume) begin",
            "      apb_reply.data <= stored(word) & readable(word);", *consume,
            "    end else begin",
            f"      apb_reply.data <= {shown} & readable(word);",
            "    end", "  endtask", ""]


def _reset_call(block, cold):
    return "take_reset(" + (f"1'b{cold}" if _sticky(block) else "") + ");"


def _process(block, hooks):
    extra = block.name in EXTRA_PORTS
    timers, busy = _timers(block), "working" in hooks
    one = ("moved || env.warm || env.claimed || env.host_writes || meant"
           + (" || (env.step_us != 0 && soon[me] != 0)" if timers else "") + (" || working()" if busy else ""))
    some = ("any_moved || env.warm || env.claimed || env.host_writes || accessed || apb_reply.ready"
            + (" || (env.step_us != 0 && soonest != 0)" if timers else "") + (" || busy" if busy else ""))
    return [
        "  // Everything that can happen, in the order in which it would: reset, inputs, time, fence, host, access.",
        "  // The registers are this process's alone; all that others see is assigned without blocking.",
        "  always_ff @(posedge clk) begin",
        "    if (!rst_n) begin",
        "      for (me = 0; me < N; me = me + 1) begin",
        "        place = '{number: 16'(FIRST + me), index: 16'(me), count: 16'(N), eighths: 7'(EIGHTHS)};",
        f"        {_reset_call(block, 1)}", *(["        cold();"] if "cold" in hooks else []),
        "        soon[me] = 0;",
        "      end",
        "      is_good = '0;", *(["      lacking = '0;"] if block.workload else []),
        *(["      toiling = '0;", "      busy <= 1'b0;"] if busy else []),
        "      good <= '0;", "      missed <= 1'b0;", "      soonest <= 0;",
        "      seen <= '0;", "      woken <= '1;", "      apb_reply <= '0;",
        *(["      gate_moved <= 1'b0;", "      traffic_open <= 1'b0;"] if extra else []),
        f"    end else if ({some}) begin",
        "      apb_reply <= '0;", *(["      gate_moved <= 1'b0;"] if extra else []), "      first = 0;",
        "      for (me = 0; me < N; me = me + 1) begin",
        "        place = '{number: 16'(FIRST + me), index: 16'(me), count: 16'(N), eighths: 7'(EIGHTHS)};",
        "        parents = all_parents[me];",
        "        moved = woken[me] || parents != seen[me];",
        "        meant = accessed && 32'(index) == me;",
        f"        if ({one}) begin",
        *(f"          {line}" for line in _events(block, hooks)),
        "        end",
        "        first = sooner(first, soon[me]);",
        "      end",
        "      woken <= env.warm ? '1 : '0;", "      seen <= all_parents;",
        "      good <= is_good;", f"      missed <= {'|lacking' if block.workload else chr(49) + chr(39) + 'b0'};",
        "      soonest <= first;", *(["      busy <= |toiling;"] if busy else []),
        *(["      traffic_open <= traffic[0].open;"] if extra else []),
        "    end", "  end", "  /* verilator lint_on BLKSEQ */", ""]


def _soonest(timers):
    text = ""
    for r in timers:
        text = f"sooner({text}, {name_of(r.name)})" if text else name_of(r.name)
    return text or "0"


def _variables(block, hooks):
    """What the process keeps beside the registers."""
    p, busy = inputs(block) - 1, "working" in hooks
    return [f"  logic [N-1:0][{p}:0] seen;    // the inputs as last acted upon",
            "  logic [N-1:0] woken;          // out of reset: the inputs count as moved",
            *(["  logic busy;                   // some instance works on"] if busy else []),
            "  wire any_moved = woken != 0 || all_parents != seen;",
            "  wire accessed = psel && request.enable && !apb_reply.ready;",
            "  wire word_t word = word_at(request.addr[11:2]);",
            f"  assign pending = any_moved{' || busy' if busy else ''};", "",
            "  // Of the process below alone. Of one instance, `me`:",
            "  int me;", "  place_t place;", f"  logic [{p}:0] parents;", "  logic moved, meant;",
            "  // and of all:",
            f"  logic [N-1:0] is_good{', lacking' if block.workload else ''}{', toiling' if busy else ''};",
            "  logic [31:0] soon [N], first;"]


def module(block, behaviour):
    """The text of heron_NAME.sv. `behaviour`: the text of blocks/NAME.svh, or "" where there is none."""
    hooks, own = hooks_in(behaviour), _own_state(behaviour)
    lines = [f"// Generated from {block.name}.rdl. {block.title}.", *_ports(block), ""]
    for r in block.registers:
        lines += _struct(r)
    lines += [f"  {kind} {name} [N];" for kind, name in own]
    lines += ["", *_constants(block, behaviour), "", *_variables(block, hooks), "",
              "  // There blocking assignments are in order.", "  /* verilator lint_off BLKSEQ */"]
    mine = re.sub(r"^logic(?: \[[^]]*\])? [\w, ]+;\n", "", behaviour, flags=re.M)
    mine = "\n".join("  " + line if line else "" for line in mine.split("\n"))
    tasks = [mine, *_functions(block), *_reset(block, hooks), *_write(block, hooks), *_consumes(block, hooks),
             *_pass_time(block, hooks), *_access(block, hooks), *_process(block, hooks)]
    text = "\n".join(tasks).replace("traffic[0].open", "\0")
    lines.append(_per_instance(text, [name_of(r.name) for r in block.registers] + [name for _, name in own])
                 .replace("\0", "traffic[0].open"))
    lines += ["  // What this type doesn't look at.",
              "  wire unused = &{1'b0, env, place, parents, moved, request.addr};", "endmodule", ""]
    return "\n".join(lines)
