"""How costs grow with the chip: Heron at 1/8 to 4 times its size."""
import json
from fractions import Fraction

from plots import line_plot

SCALES = ("1/8", "1/4", "1/2", "1", "2", "4")
# What is explored, and the largest chip on which one core does so in about a minute.
EXPLORED = {
    "claim A, SPI": ("closure --claim A --link spi", 4),
    "claim A, PCIe": ("closure --claim A --link pcie", 1),
    "claim B": ("closure --claim B", 2),
    "single faults, SPI": ("single --link spi", 1),
}


def runs_in(document):
    """Of all that was explored, however the mode tells it."""
    parts = [part for whole in document["parts"] for part in whole.get("clusters", [whole])]
    return sum(part.get("counts", part)["runs"] for part in parts)


def growth(programs):
    """One row of figures for each scale."""
    rows = []
    for scale in SCALES:
        cost = json.loads(programs.reconverge("cost", "--scale", scale, "--json").out)
        row = {"scale": scale, "blocks": cost["blocks"], "boot": cost["boot"]["accesses"],
               "resume": cost["resume"]["accesses"]}
        for name, (arguments, limit) in EXPLORED.items():
            if Fraction(scale) <= limit:
                document, done = programs.chaos(f"{arguments} --threads 1 --scale {scale}")
                row[name] = {"runs": runs_in(document), "cpu": done.cpu, "memory": done.memory}
        rows.append(row)
    return rows


def beyond_linear(rows, y, x):
    """How many times more y grows than x, at most, between any two scales: 1 is proportional."""
    there = [row for row in rows if y(row)]
    return max((y(b) / y(a)) / (x(b) / x(a)) for i, a in enumerate(there) for b in there[i + 1:])


def table(rows):
    lines = ["| scale | blocks | boot, accesses | a block | resume, accesses | a block |", "|---|---|---|---|---|---|"]
    for r in rows:
        lines.append(f"| {r['scale']} | {r['blocks']:,} | {r['boot']:,} | {r['boot'] / r['blocks']:.1f} | "
                     f"{r['resume']:,} | {r['resume'] / r['blocks']:.1f} |")
    lines += ["", "| scale | explored | runs | for each boot access | CPU | memory |",
              "|---|---|---|---|---|---|"]
    for name in EXPLORED:
        for r in rows:
            if name in r:
                e = r[name]
                lines.append(f"| {r['scale']} | {name} | {e['runs']:,} | {e['runs'] / r['boot']:.2f} | "
                             f"{e['cpu']:.1f} s | {e['memory'] / 2**20:,.0f} MiB |")
    return lines


def plots(rows):
    """{file name: SVG}"""
    def curve(y):
        return [(row["blocks"], y(row)) for row in rows if y(row)]

    scales = {row["blocks"]: row["scale"] for row in rows}
    x_title = "scale of the chip (45 to 1,141 blocks; dashed: linear)"
    explored = {name: curve(lambda row, n=name: row.get(n, {}).get("runs")) for name in EXPLORED}
    cpu = {name: curve(lambda row, n=name: row.get(n, {}).get("cpu")) for name in EXPLORED}
    return {
        "growth-accesses.svg": line_plot({"boot": curve(lambda row: row["boot"]),
                                          "resume": curve(lambda row: row["resume"])}, x_title, "accesses", scales),
        "growth-runs.svg": line_plot(explored, x_title, "runs until nothing is new", scales),
        "growth-cpu.svg": line_plot(cpu, x_title, "CPU-seconds", scales),
    }
