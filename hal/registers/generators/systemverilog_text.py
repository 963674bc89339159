"""Names in SystemVerilog, and the hand-written halves of the block types as text."""
import re

HOOKS = ("written", "consumed", "expired", "shown", "inputs_changed", "cold", "claimed", "host_writes", "works",
         "switched_off", "working", "work", "cleared")

# Its own, those of its standard package, and those that Verilator warns of because C++ has them.
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
xnor xor""".split()) | set(
    "process semaphore mailbox".split() + "reference abort vector interrupt stack near far".split())


def name_of(name):
    """A name that SystemVerilog keeps for itself gets an underscore."""
    return name + "_" if name in KEYWORDS else name


def hooks_in(text):
    """The hooks that a block's hand-written half defines, each with the names of the arguments that it wants."""
    found = re.findall(r"^(?:task|function) automatic (?:logic(?: \[[^]]*\])? )?(\w+)\(([^)]*)\)", text, re.M)
    return {name: re.findall(r"(\w+)(?:,|$)", arguments) for name, arguments in found if name in HOOKS}


def hand_written(blocks, behaviours):
    """The text of hand_written.hpp: the registers that the hand-written halves ({type: text}) look at or change.

    What happens to the others comes from the RDL alone.
    """
    rows = []
    for block in blocks:
        words = set(re.findall(r"\w+", re.sub(r"//.*", "", behaviours[block.name])))
        rows += [f'    "{block.name}.{r.name}",' for r in block.registers
                 if words & {name_of(r.name), f"W_{r.name.upper()}"}]
    return "\n".join(["// Generated: the registers that the RTL's hand-written halves name.", "#pragma once", "",
                      "namespace transports::dpi {", "", "inline constexpr const char* kHandWritten[] = {", *rows, "};",
                      "", "}  // namespace transports::dpi", ""])


def own_state(behaviour):
    """Storage that the hand-written half declares beyond registers: (type, name)."""
    found = re.findall(r"^(logic(?: \[[^]]*\])?) ([\w, ]+);", behaviour, re.M)
    return [(kind, name) for kind, names in found for name in names.split(", ")]


def per_instance(text, names):
    """`text` with the elements of `me` in place of what has one of these names, comments and members apart."""
    pattern = re.compile(r"(?<![\w.`'])(" + "|".join(sorted(names, key=len, reverse=True)) + r")\b(?!\s*\()")
    lines = []
    for line in text.split("\n"):
        code, comment = line.split("//", 1) if "//" in line else (line, None)
        lines.append(pattern.sub(r"\1[me]", code) + ("" if comment is None else "//" + comment))
    return "\n".join(lines)


def call(hooks, name, **values):
    """A call of the hook with what it wants of what there is."""
    return f"{name}(" + ", ".join(values.get(argument, argument) for argument in hooks[name]) + ")"
