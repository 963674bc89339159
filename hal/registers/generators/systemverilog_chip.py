"""The module that holds a whole chip's blocks: one instance per type, wired along the dependencies."""
from . import chip
from . import systemverilog as sv

BACKGROUND = {"watchdog"}  # their countdowns never rest: software doesn't wait for them


def _by_type(rows):
    """{type: numbers of its instances}, which follow each other in numbers and addresses."""
    found = {}
    for number, (name, _, _) in enumerate(rows):
        found.setdefault(name, []).append(number)
    return found


def _decoder(rows, types):
    """Pages of a type follow each other."""
    lines = ["  always_comb begin", "    selects = '0;", "    index = 0;", "    case (page) inside"]
    for k, (_, numbers) in enumerate(types.items()):
        first, last = rows[numbers[0]][2] >> 12, rows[numbers[-1]][2] >> 12
        lines.append(f"      [20'h{first:05x}:20'h{last:05x}]: begin selects[{k}] = psel; "
                     f"index = 16'(page - 20'h{first:05x}); end")
    return lines + ["      default: ;", "    endcase", "  end", ""]


def _instance(k, name, numbers, rows, parents, count_of, scale):
    def good(p):
        parent, index, _ = rows[p]
        return f"good_{parent}[{index}]"

    inputs = ", ".join("{" + (", ".join(good(p) for p in reversed(parents[n])) or "1'b1") + "}"
                       for n in reversed(numbers))
    extra = ".traffic_open, .gate_moved, " if name in sv.EXTRA_PORTS else ""
    return [f"  wire [{count_of[name] - 1}:0] good_{name};",
            f"  heron_{name} #(.N({count_of[name]}), .FIRST({numbers[0]}), .EIGHTHS({int(scale * 8)})) all_{name} (",
            "    .clk, .rst_n, .env,", f"    .all_parents({{{inputs}}}),",
            f"    .psel(selects[{k}]), .index, .request, .apb_reply(replies[{k}]), {extra}",
            f"    .good(good_{name}), .missed(misses[{k}]), .soonest(times[{k}]), .pending(pendings[{k}]));"]


def module(blocks, elaborated, scale):
    """The text of heron_blocks.sv at one scale."""
    rows = chip.instances(elaborated)
    parents = chip.parents(rows, blocks)
    types = _by_type(rows)
    count_of = {name: len(numbers) for name, numbers in types.items()}
    background = [str(k) for k, name in enumerate(types) if name in BACKGROUND]
    lines = [f"// Generated from heron.rdl at scale {scale}: every block, and the decoder before them.",
             "module heron_blocks", "  import heron_pkg::*;", "(",
             "  input  logic         clk,", "  input  logic         rst_n,", "  input  env_t         env,",
             "  input  logic         psel,", "  input  logic [19:0]  page,", "  input  apb_request_t request,",
             "  output apb_reply_t   reply,", "  output logic         traffic_open,",
             "  output logic         gate_moved,", "  output logic         pending,",
             "  output logic         missed,", "  output logic [31:0]  soonest,   // microseconds to any event,",
             "  output logic [31:0]  waking     // and to one that software may wait for", ");",
             f"  localparam int TYPES = {len(types)};", "", "  apb_reply_t  replies [TYPES];",
             "  logic [31:0] times [TYPES];", "  logic [TYPES-1:0] selects, pendings, misses;",
             "  logic [15:0] index;", "", *_decoder(rows, types),
             "  assign pending = |pendings;", "  assign missed = |misses;", "",
             "  // Completers that aren't meant answer zeros. Nobody at home: an error without a wait state.",
             "  always_comb begin",
             "    reply = selects == 0 ? '{ready: request.enable, refused: 1'b1, default: '0} : '0;",
             "    soonest = 0;", "    waking = 0;",
             "    for (int k = 0; k < TYPES; k++) begin",
             "      reply |= replies[k];",
             "      soonest = sooner(soonest, times[k]);",
             f"      if (!(k inside {{{', '.join(background)}}})) waking = sooner(waking, times[k]);",
             "    end", "  end", ""]
    for k, (name, numbers) in enumerate(types.items()):
        lines += _instance(k, name, numbers, rows, parents, count_of, scale)
    leaves = ", ".join(f"good_{name}" for name in types)
    return "\n".join(lines + ["", "  // Nothing depends on the last ones.", f"  wire unused = &{{1'b0, {leaves}}};",
                              "endmodule", ""])
