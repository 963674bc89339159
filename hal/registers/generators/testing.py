"""What the generators' tests share."""
from rdl.testing import compile_text

from . import semantics as s

PROPERTIES = """
property hal_class { component = field; type = string; };
property hal_reason { component = field; type = string; };
property hal_owner { component = field; type = string; };
property hal_disruptive { component = field; type = boolean; };
property hal_sticky { component = field; type = boolean; };
property hal_left_out { component = field; type = boolean; };
property hal_timer { component = field; type = boolean; };
property hal_observe { component = reg; type = boolean; };
property hal_event { component = reg; type = boolean; };
property hal_latency { component = reg; type = longint unsigned; };
property hal_latency_max { component = reg; type = longint unsigned; };
property hal_service { component = reg | field; type = string; };
property hal_depends { component = addrmap; type = string; };
property hal_gate { component = addrmap; type = string; };
property hal_workload { component = addrmap; type = boolean; };
"""


def block(body, name="b"):
    """The Block of an address map with this body; fields are sw=rw, hw=r unless they say so."""
    return s.block(compile_text(f"{PROPERTIES} addrmap {name} {{ default sw = rw; default hw = r; {body} }};"))


def register(body):
    """The one register of a block, given its fields."""
    return block(f"reg {{ {body} }} c;").registers[0]


def field(properties, instance="f = 0"):
    """The one field of a register, given its properties."""
    return register(f"field {{ {properties} }} {instance};").fields[0]
