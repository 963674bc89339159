"""Plots as SVG, light and dark by the viewer's choice: step_plot() counts what was found within which time, line_plot()
shows how something grows."""
import html
import math

COLOURS = ("#0b6e4f", "#c1440e", "#3366cc", "#8a5a00", "#8e44ad", "#5f6b73")
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 60, 20, 170, 50
PLOT_W, PLOT_H = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM


def frame(x_ticks, y_ticks, x_title, y_title):
    """The opening of a picture: axes, whose ticks are (place in pixels, label)."""
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
           'font-size="12" role="img">',
           "<style>text{fill:#222}.grid{stroke:#ddd}rect.back{fill:#fff}@media (prefers-color-scheme:dark)"
           "{text{fill:#ddd}.grid{stroke:#444}rect.back{fill:#16191c}}</style>",
           f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>']
    for x, label in x_ticks:
        out.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + PLOT_H}"/>'
                   f'<text x="{x:.1f}" y="{TOP + PLOT_H + 18}" text-anchor="middle">{label}</text>')
    for y, label in y_ticks:
        out.append(f'<line class="grid" x1="{LEFT}" x2="{LEFT + PLOT_W}" y1="{y:.1f}" y2="{y:.1f}"/>'
                   f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    out.append(f'<text x="{LEFT + PLOT_W / 2}" y="{HEIGHT - 12}" text-anchor="middle">{html.escape(x_title)}</text>'
               f'<text transform="translate(14 {TOP + PLOT_H / 2}) rotate(-90)" text-anchor="middle">'
               f"{html.escape(y_title)}</text>")
    return out


def labels(ends):
    """Names stand where their curves end, (height, name, colour); those that would overlap move down."""
    out, lowest = [], -math.inf
    for height, name, colour in sorted(ends):
        lowest = max(height + 4, lowest + 15)
        out.append(f'<text x="{LEFT + PLOT_W + 8}" y="{lowest:.1f}" style="fill:{colour}">{html.escape(name)}</text>')
    return out


def step_plot(curves, most, limit, x_title, y_title, first=0.05):
    """SVG of {name: sorted times}; times on a logarithmic axis from `first` to `limit`."""

    def x(t):
        return LEFT + PLOT_W * math.log(min(max(t, first), limit) / first) / math.log(limit / first)

    def y(n):
        return TOP + PLOT_H * (1 - n / max(most, 1))

    out = frame([(x(t), f"{t:g}") for t in (0.05, 0.1, 0.3, 1, 3, 10, 30, 100) if first <= t <= limit],
                [(y(round(most * k / 4)), str(round(most * k / 4))) for k in range(5)], x_title, y_title)
    ends = []
    for number, (name, times) in enumerate(curves.items()):
        path, colour = [f"M{x(first):.1f} {y(0):.1f}"], COLOURS[number % len(COLOURS)]
        for n, t in enumerate(times):
            path.append(f"H{x(t):.1f} V{y(n + 1):.1f}")
        path.append(f"H{x(limit):.1f}")
        out.append(f'<path d="{" ".join(path)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        ends.append((y(len(times)), f"{name} ({len(times)})", colour))
    return "\n".join(out + labels(ends)) + "</svg>\n"


def decades(low, high):
    return [10.0 ** k for k in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def short(value):
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g} {letter}"
    return f"{value:g}"


def line_plot(curves, x_title, y_title, x_labels=None):
    """SVG of {name: [(x, y)]}, both logarithmic; `x_labels`: {x: text} instead of decades. A thin line behind each
    curve goes on linearly from its first point: what rises above it grows faster."""
    points = [p for curve in curves.values() for p in curve]
    xs, ys = [p[0] for p in points], decades(min(p[1] for p in points), max(p[1] for p in points))

    def x(value):
        return LEFT + PLOT_W * math.log(value / min(xs)) / math.log(max(xs) / min(xs))

    def y(value):
        return TOP + PLOT_H * (1 - math.log(value / ys[0]) / math.log(max(ys[-1], 10 * ys[0]) / ys[0]))

    ticks = x_labels or {t: short(t) for t in decades(min(xs), max(xs)) if min(xs) <= t <= max(xs)}
    out = frame([(x(t), label) for t, label in ticks.items()], [(y(t), short(t)) for t in ys], x_title, y_title)
    ends = []
    for number, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        (x0, y0), (x1, y1) = curve[0], curve[-1]
        linear = y0 * x1 / x0
        out.append(f'<line x1="{x(x0):.1f}" y1="{y(y0):.1f}" x2="{x(x1):.1f}" y2="{y(linear):.1f}" stroke="{colour}" '
                   'stroke-opacity="0.4" stroke-dasharray="4 4"/>')
        path = " ".join(f"{'L' if i else 'M'}{x(a):.1f} {y(b):.1f}" for i, (a, b) in enumerate(curve))
        out.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{colour}"/>' for a, b in curve]
        ends.append((y(y1), name, colour))
    return "\n".join(out + labels(ends)) + "</svg>\n"
