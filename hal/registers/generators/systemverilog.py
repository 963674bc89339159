"""Synthesizable SystemVerilog: one module per block type, and one that instantiates a chip's blocks.

A type's module holds its registers, decodes and answers accesses and counts its timers down. What the block does beyond
that is `blocks/NAME.svh` of the RTL folder, included in the module: tasks and functions with the names in HOOKS, of
which a block defines those that it needs.
"""
import re

from . import chip
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


def named_in(text, block):
    """The registers whose content the hand-written half looks at or changes: the rest is generated alone."""
    words = set(re.findall(r"\w+", re.sub(r"//.*", "", text)))
    return [r for r in block.registers if words & {name_of(r.name), f"W_{r.name.upper()}"}]


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
    array = f" [{r.count}]" if r.count > 1 else ""
    return lines + [f"  {r.name}_t {name_of(r.name)}{array};"]


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


EXTRA_PORTS = {"sysctl": ["  output logic      traffic_open,", "  output logic      gate_moved,"]}


def _inputs(block):
    """How many parents a block has: the gate and those that it depends on."""
    return len(set(([block.gate] if block.gate else []) + block.depends))


def _ports(block):
    return [f"module heron_{block.name}", "  import heron_pkg::*;", "(",
            "  input  logic      clk,", "  input  logic      rst_n,", "  input  env_t      env,",
            "  input  place_t    place,", f"  input  logic [{max(_inputs(block), 1) - 1}:0] parents,  // the gate first",
            "  input  logic      psel,", "  input  apb_request_t request,", "  output apb_reply_t   apb_reply,",
            *EXTRA_PORTS.get(block.name, []),
            "  output report_t   report,", "  output logic      pending   // parents moved, or work goes on", ");",
            "  /* verilator no_inline_module */"]


def _consumes(block, hooks):
    """The task for a read with side effects; none if reads of this block have none."""
    effects = _consume(block)
    if not effects and "consumed" not in hooks:
        return []
    lines = ["  task automatic take_consume(word_t k);"]
    lines += ["    case (k) inside", *effects, "      default: ;", "    endcase"] if effects else []
    lines += [f"    {_call(hooks, 'consumed')};"] if "consumed" in hooks else []
    return lines + ["  endtask", ""]


def _process(block, hooks):
    gated = block.gate is not None
    timers = _timers(block)
    reachable = "parents[0]" if gated else "1'b1"
    works = "works()" if "works" in hooks else "1'b1"
    reset = lambda cold: "take_reset(" + (f"1'b{cold}" if _sticky(block) else "") + ");"  # noqa: E731
    lines = [
        "  // Everything that can happen, in the order in which it would: reset, inputs, time, fence, host, access.",
        "  // The registers are this process's alone; all that others see is assigned without blocking.",
        "  always_ff @(posedge clk) begin",
        "    if (!rst_n) begin",
        f"      {reset(1)}", *(["      cold();"] if "cold" in hooks else []),
        "      seen <= '0;", "      woken <= 1'b1;", "      apb_reply <= '0;", "      report <= '0;",
        *(["      gate_moved <= 1'b0;", "      traffic_open <= 1'b0;"] if block.name in EXTRA_PORTS else []),
        "    end else if (moved || env.warm || env.claimed || env.host_writes || accessed || apb_reply.ready"
        + (" || working()" if "working" in hooks else "")
        + (" || (env.step_us != 0 && report.soonest != 0)" if timers else "") + ") begin",
        "      woken <= env.warm;", "      apb_reply <= '0;", "      seen <= parents;",
        *(["      gate_moved <= 1'b0;"] if block.name in EXTRA_PORTS else []),
        f"      if (env.warm) {reset(0)}",
    ]
    if gated:
        lines += [f"      if (moved && seen[0] && !parents[0]) {reset(0)}"]
    if "inputs_changed" in hooks:
        lines += ["      if (moved) inputs_changed();"]
    if timers:
        lines += ["      if (env.step_us != 0) pass_time(env.step_us);"]
    if "claimed" in hooks:
        lines += ["      if (env.claimed) claimed();"]
    if "host_writes" in hooks:
        lines += [f"      if (env.host_writes && {reachable}) {_call(hooks, 'host_writes', phase='env.phase')};"]
    if "work" in hooks:
        lines += ["      if (working()) work();"]
    moved = ["            gate_moved <= word == W_TRAFFIC;"] if block.name in EXTRA_PORTS else []
    lines += [
        "      if (accessed) begin",
        "        apb_reply.ready <= 1'b1;",
        "        if (request.scan) begin",
        "          apb_reply.data <= request.addr[11:2] == '1 ? {31'd0, report.good} : stored(request.addr[11:2]);",
        f"        end else if (word == '1 || !({reachable})) begin",
        "          apb_reply.refused <= 1'b1;",
        "        end else if (request.write) begin",
        "          if (writable(word)) begin",
        "            take_write(word, request.wdata);", *moved,
        "          end else begin",
        "            apb_reply.refused <= 1'b1;", "            apb_reply.protect <= 1'b1;",
        "          end",
        "        end else if (request.consume ? readable(word) == 0 : !reads_freely(word)) begin",
        "          apb_reply.refused <= 1'b1;", "          apb_reply.protect <= 1'b1;",
        "        end else if (request.consume) begin",
        "          apb_reply.data <= stored(word) & readable(word);",
        *(["          take_consume(word);"] if _consumes(block, hooks) else []),
        "        end else begin",
        "          apb_reply.data <= " + (_call(hooks, "shown", k="word", content="stored(word)") if "shown" in hooks else "stored(word)")
        + " & readable(word);",
        "        end", "      end",
        f"      report.good <= {reachable} && {works};",
        f"      report.missed <= {_missed(block, hooks, reachable, works)};",
        f"      report.soonest <= {_soonest(timers)};",
        f"      report.wakes <= {'1' if not _background(block) else '0'}'b1;".replace("0'b1", "1'b0"),
        *(["      traffic_open <= traffic.open;"] if block.name in EXTRA_PORTS else []),
        "    end", "  end", "  /* verilator lint_on BLKSEQ */", ""]
    return lines


def _background(block):
    return block.name == "watchdog"


def _missed(block, hooks, reachable, works):
    if not block.workload:
        return "1'b0"
    return f"!({reachable} && {works})" + (" && !switched_off()" if "switched_off" in hooks else "")


def _soonest(timers):
    text = "32'd0"
    for r in timers:
        text = f"sooner({text}, {name_of(r.name)})" if text != "32'd0" else name_of(r.name)
    return text


def module(block, behaviour):
    """The text of heron_NAME.sv. `behaviour`: the text of blocks/NAME.svh, or "" where there is none."""
    hooks = hooks_in(behaviour)
    lines = [f"// Generated from {block.name}.rdl. {block.title}.", *_ports(block), ""]
    for r in block.registers:
        lines += _struct(r)
    lines.append("")
    lines += _constants(block, behaviour)
    lines += ["", "  logic woken;                       // out of reset: the inputs count as moved",
              f"  logic [{max(_inputs(block), 1) - 1}:0] seen;  // the inputs as last acted upon",
              "  wire moved = woken || parents != seen;",
              "  wire accessed = psel && request.enable && !apb_reply.ready" + (
                  " && !working()" if "working" in hooks else "") + ";",
              "  wire word_t word = word_at(request.addr[11:2]);",
              "  assign pending = moved" + (" || working()" if "working" in hooks else "") + ";", ""]
    lines += ["  // Tasks work on what belongs to the process below alone: there blocking assignments are in order.",
              "  /* verilator lint_off BLKSEQ */"]
    if behaviour:
        lines += [f'  `include "blocks/{block.name}.svh"', ""]
    lines += _functions(block) + _reset(block, hooks) + _write(block, hooks) + _consumes(block, hooks)
    lines += _pass_time(block, hooks)
    lines += _process(block, hooks)
    lines += ["  // What this type doesn't look at.",
              "  wire unused = &{1'b0, env, place, parents, request.addr};", "endmodule", ""]
    return "\n".join(lines)


def blocks_module(blocks, elaborated, scale):
    """The text of heron_blocks.sv: all instances of the chip at one scale, and the decoder before them."""
    rows = chip.instances(elaborated)
    parents = chip.parents(rows, blocks)
    counts = {}
    for name, _, _ in rows:
        counts[name] = counts.get(name, 0) + 1
    n = len(rows)
    width = _bits(n)
    lines = [f"// Generated from heron.rdl at scale {scale}: every block instance, and the decoder before them.",
             "module heron_blocks", "  import heron_pkg::*;", "(",
             "  input  logic         clk,", "  input  logic         rst_n,", "  input  env_t         env,",
             "  input  logic         psel,", "  input  logic [19:0]  page,", "  input  apb_request_t     request,",
             "  output apb_reply_t       reply,", "  output logic         traffic_open,",
             "  output logic         gate_moved,", "  output logic         pending,",
             "  output logic         missed,", "  output logic [31:0]  soonest,   // any event",
             "  output logic [31:0]  waking     // one that software may wait for", ");",
             f"  localparam int unsigned N = {n};", "", "  apb_reply_t  replies [N];", "  report_t reports [N];",
             "  logic [N-1:0] pendings, selects;", f"  logic [{width - 1}:0] number;", "  logic hit;", "",
             "  always_comb begin", "    hit = 1'b1;", "    case (page) inside"]
    start = 0
    while start < n:
        end = start
        while end + 1 < n and rows[end + 1][2] == rows[end][2] + 0x1000:
            end += 1
        first, last = rows[start][2] >> 12, rows[end][2] >> 12
        lines.append(f"      [20'h{first:05x}:20'h{last:05x}]: number = {width}'(page - 20'h{first:05x}) + "
                     f"{width}'d{start};")
        start = end + 1
    lines += ["      default: begin number = '0; hit = 1'b0; end", "    endcase", "    selects = '0;",
              "    selects[number] = psel && hit;", "  end", "",
              "  // Nobody at home: an error without a wait state.",
              "  assign reply = hit ? replies[number] : '{ready: request.enable, refused: 1'b1, default: '0};",
              "  assign pending = |pendings;", "",
              "  always_comb begin", "    missed = 1'b0;", "    soonest = 0;", "    waking = 0;",
              "    for (int i = 0; i < int'(N); i++) begin",
              "      missed |= reports[i].missed;",
              "      soonest = sooner(soonest, reports[i].soonest);",
              "      if (reports[i].wakes) waking = sooner(waking, reports[i].soonest);",
              "    end", "  end", ""]
    for i, ((name, index, _), mine) in enumerate(zip(rows, parents)):
        inputs = "{" + ", ".join(f"reports[{p}].good" for p in reversed(mine)) + "}" if mine else "1'b1"
        extra = ", .traffic_open, .gate_moved" if name in EXTRA_PORTS else ""
        strap = (f"'{{number: 16'd{i}, index: 16'd{index}, count: 16'd{counts[name]}, "
                 f"eighths: 7'd{int(scale * 8)}}}")
        lines.append(f"  heron_{name} {name}_{index} (.clk, .rst_n, .env, .place({strap}), .parents({inputs}), "
                     f".psel(selects[{i}]), .request, .apb_reply(replies[{i}]){extra}, .report(reports[{i}]), "
                     f".pending(pendings[{i}]));")
    return "\n".join(lines + ["endmodule", ""])
