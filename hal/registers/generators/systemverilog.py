"""Synthesizable SystemVerilog: one module per block type, which holds all instances of the type.

A type's module keeps the registers of its instances in arrays, decodes and answers accesses and counts timers down.
What a block does beyond that is `blocks/NAME.svh` of the RTL folder: tasks and functions with the names in HOOKS
(systemverilog_text.py), of which a block defines those that it needs. It is written for one instance; here its
registers become those of instance `me`. So a simulator compiles every type once, however many instances there are.
"""
import re

from . import systemverilog_planted as planted
from . import systemverilog_registers as registers
from .systemverilog_text import call, hooks_in, name_of, own_state, per_instance

EXTRA_PORTS = {"sysctl": ["  output logic         traffic_open,", "  output logic         gate_moved,"]}


def inputs(block):
    """How many inputs a block has: the gate's output and those of the blocks that it depends on; at least one."""
    return max(1, len(set(([block.gate] if block.gate else []) + block.depends)))


def _ports(block):
    return ['`include "planted.svh"', f"module heron_{block.name}", "  import heron_pkg::*;", "#(",
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
    effects = registers.consumes(block)
    if not effects and "consumed" not in hooks:
        return []
    lines = ["  task automatic take_consume(number_t k);"]
    lines += ["    case (k) inside", *effects, "      default: ;", "    endcase"] if effects else []
    lines += [f"    {call(hooks, 'consumed')};"] if "consumed" in hooks else []
    return lines + ["  endtask", ""]


def _events(block, hooks):
    """The statements for whatever happens to instance `me` in a clock."""
    reachable = "parents[0]" if block.gate else "1'b1"
    lines = []
    if block.gate:
        lines.append(f"if (env.warm || (moved && seen[me][0] && !parents[0])) {_resetcall(block, 0)}")
    else:
        lines.append(f"if (env.warm) {_resetcall(block, 0)}")
    if "inputs_changed" in hooks:
        lines.append("if (moved) inputs_changed();")
    if registers.timers(block):
        lines.append("if (env.step_us != 0) pass_time(env.step_us);")
    if "claimed" in hooks:
        lines.append("if (env.claimed) claimed();")
    if "host_writes" in hooks:
        lines.append(f"if (env.host_writes && {reachable}) {call(hooks, 'host_writes', phase='env.phase')};")
    if "work" in hooks:
        lines.append("if (working()) work();")
    lines.append("if (meant) take_access();")
    works = reachable + (" && works()" if "works" in hooks else "")
    lines.append(f"is_good[me] = {works};")
    if block.workload:
        used = " && !switched_off()" if "switched_off" in hooks else ""
        lines.append(f"lacking[me] = !({works}){used};")
    lines.append(f"soon[me] = {_soonest(registers.timers(block))};")
    if "working" in hooks:
        lines.append("toiling[me] = working();")
    if block.name in EXTRA_PORTS:
        lines.append("traffic_open <= traffic.open;")
    return lines


def _access(block, hooks):
    """The task that answers an access."""
    reachable = "parents[0]" if block.gate else "1'b1"
    reachable = planted.gate(block.name, reachable)
    shown = call(hooks, "shown", k="at_word", content="stored(at_word)") if "shown" in hooks else "stored(at_word)"
    gate = ["      gate_moved <= at_word == W_TRAFFIC;"] if block.name in EXTRA_PORTS else []
    consume = ["      take_consume(at_word);"] if _consumes(block, hooks) else []
    return ["  task automatic take_access();",
            "    apb_reply.ready <= 1'b1;",
            "    if (request.scan) begin",
            "      apb_reply.data <= request.addr[11:2] == '1 ? {31'd0, good[me]} : stored(request.addr[11:2]);",
            f"    end else if (at_word == '1 || !{reachable}) begin",
            "      apb_reply.refused <= 1'b1;",
            "    end else if (!(request.write ? writable(at_word) : request.consume ? readable(at_word) != 0",
            "                   : reads_freely(at_word))) begin",
            "      apb_reply.refused <= 1'b1;", "      apb_reply.protect <= 1'b1;",
            "    end else if (request.write) begin",
            "      take_write(at_word, request.wdata);", *gate,
            "    end else if (request.consume) begin",
            "      apb_reply.data <= stored(at_word) & readable(at_word);", *consume,
            "    end else begin",
            f"      apb_reply.data <= {shown} & readable(at_word);",
            "    end", "  endtask", ""]


def _resetcall(block, cold):
    return "take_reset(" + (f"1'b{cold}" if registers.has_sticky(block) else "") + ");"


def _process(block, hooks):
    extra = block.name in EXTRA_PORTS
    timers, busy = registers.timers(block), "working" in hooks
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
        f"        {_resetcall(block, 1)}", *(["        cold();"] if "cold" in hooks else []),
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
            "  wire number_t at_word = word_at(request.addr[11:2]);",
            f"  assign pending = any_moved{' || busy' if busy else ''};", "",
            "  // Of the process below alone. Of one instance, `me`:",
            "  int me;", "  place_t place;", f"  logic [{p}:0] parents;", "  logic moved, meant;",
            "  // and of all:",
            f"  logic [N-1:0] is_good{', lacking' if block.workload else ''}{', toiling' if busy else ''};",
            "  logic [31:0] soon [N], first;"]


def module(block, behaviour):
    """The text of heron_NAME.sv. `behaviour`: the text of blocks/NAME.svh, or "" where there is none."""
    hooks, own = hooks_in(behaviour), own_state(behaviour)
    lines = [f"// Generated from {block.name}.rdl. {block.title}.", *_ports(block), ""]
    for r in block.registers:
        lines += registers.struct(r)
    lines += [f"  {kind} {name} [N];" for kind, name in own]
    lines += ["", *registers.constants(block, behaviour), "", *_variables(block, hooks), "",
              "  // There blocking assignments are in order.", "  /* verilator lint_off BLKSEQ */"]
    mine = re.sub(r"^logic(?: \[[^]]*\])? [\w, ]+;\n", "", behaviour, flags=re.M)
    mine = "\n".join("  " + line if line else "" for line in mine.split("\n"))
    tasks = [mine, *registers.functions(block), *registers.resets(block, hooks), *registers.writes(block, hooks),
             *_consumes(block, hooks), *registers.pass_time(block, hooks), *_access(block, hooks),
             *_process(block, hooks)]
    names = [name_of(r.name) for r in block.registers] + [name for _, name in own]
    lines.append(per_instance("\n".join(tasks), names))
    lines += ["  // What this type doesn't look at.",
              "  wire unused = &{1'b0, env, place, parents, moved, request.addr};", "endmodule", ""]
    return "\n".join(lines)
