"""Bugs that the generated RTL has when it is told to (planted.svh of the RTL folder): one per class of mistake, each in
one register. The others, and the list of all with where each must show, stand with the hand-written RTL.
"""

WRITES = {("ucie", "error_status"): (1, "next = value & {woclr};"), ("cru", "guard"): (3, "next[11] = 1'b0;")}
LOCKS = {("pll", "divider"): 2}
RESETS = {("hbm_phy", "lane"): (4, 0x1000)}
STICKY = {("sysctl", "scratch"): 14}
GATES = {"hbm_channel": 12}


def write(block, register):
    """Statements behind those that make `next` of a write."""
    if (block, register.name) not in WRITES:
        return []
    number, statement = WRITES[block, register.name]
    statement = statement.format(woclr=f"32'h{register.mask(lambda f: f.on_write == 'woclr'):08x}")
    return [f"if (`PLANTED({number})) {statement}"]


def lock(block, register, condition):
    """The condition under which the register is locked."""
    number = LOCKS.get((block, register.name))
    return condition if number is None else f"({condition}) != `PLANTED({number})"


def reset(block, register, value):
    """The reset value."""
    if (block, register.name) not in RESETS:
        return value
    number, change = RESETS[block, register.name]
    return f"(`PLANTED({number}) ? 32'h{register.reset ^ change:08x} : {value})"


def sticky(block, register, mask):
    """The bits that survive a warm reset."""
    number = STICKY.get((block, register.name))
    return mask if number is None else f"(`PLANTED({number}) ? 32'd0 : {mask})"


def gate(block, reachable):
    """Whether software can reach the block."""
    number = GATES.get(block)
    return reachable if number is None else f"({reachable} || `PLANTED({number}))"
