"""One picture: how many were found within which time, a step curve per way. Light and dark by the viewer's choice."""
import html
import math

COLOURS = ("#0b6e4f", "#c1440e", "#3366cc", "#8a5a00", "#8e44ad", "#5f6b73")
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 60, 20, 150, 50


def step_plot(curves, most, limit, x_title, y_title, first=0.05):
    """SVG of {name: sorted times}; times on a logarithmic axis from `first` to `limit`."""
    plot_w, plot_h = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(t):
        return LEFT + plot_w * math.log(min(max(t, first), limit) / first) / math.log(limit / first)

    def y(n):
        return TOP + plot_h * (1 - n / max(most, 1))

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
           'font-size="12" role="img">',
           "<style>text{fill:#222}.grid{stroke:#ddd}rect.back{fill:#fff}@media (prefers-color-scheme:dark)"
           "{text{fill:#ddd}.grid{stroke:#444}rect.back{fill:#16191c}}</style>",
           f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>']
    for t in [t for t in (0.05, 0.1, 0.3, 1, 3, 10, 30, 100) if first <= t <= limit]:
        out.append(f'<line class="grid" x1="{x(t):.1f}" x2="{x(t):.1f}" y1="{TOP}" y2="{TOP + plot_h}"/>'
                   f'<text x="{x(t):.1f}" y="{TOP + plot_h + 18}" text-anchor="middle">{t:g}</text>')
    for k in range(5):
        n = round(most * k / 4)
        out.append(f'<line class="grid" x1="{LEFT}" x2="{LEFT + plot_w}" y1="{y(n):.1f}" y2="{y(n):.1f}"/>'
                   f'<text x="{LEFT - 8}" y="{y(n) + 4:.1f}" text-anchor="end">{n}</text>')
    # Labels stand where their curves end; those that would overlap move down.
    lowest = -math.inf
    for number, (name, times) in sorted(enumerate(curves.items()), key=lambda c: -len(c[1][1])):
        path, colour = [f"M{x(first):.1f} {y(0):.1f}"], COLOURS[number % len(COLOURS)]
        for n, t in enumerate(times):
            path.append(f"H{x(t):.1f} V{y(n + 1):.1f}")
        path.append(f"H{x(limit):.1f}")
        lowest = max(y(len(times)) + 4, lowest + 15)
        out.append(f'<path d="{" ".join(path)}" fill="none" stroke="{colour}" stroke-width="2"/>'
                   f'<text x="{LEFT + plot_w + 8}" y="{lowest:.1f}" style="fill:{colour}">{html.escape(name)} '
                   f'({len(times)})</text>')
    out.append(f'<text x="{LEFT + plot_w / 2}" y="{HEIGHT - 12}" text-anchor="middle">{html.escape(x_title)}</text>'
               f'<text transform="translate(16 {TOP + plot_h / 2}) rotate(-90)" text-anchor="middle">'
               f"{html.escape(y_title)}</text></svg>\n")
    return "\n".join(out)
