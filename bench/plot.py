"""Draw reports as bars, one panel each; needs matplotlib."""

from pathlib import Path
from typing import Any

from bench.apps import INSTALL
from bench.report import OURS, CannotMeasureError, Report, number

COLOURS = {
    OURS: "#4f46e5",
    "Flask": "#94a3b8",
    "Falcon": "#d97706",
    "Bottle": "#0d9488",
    "Django": "#be185d",
}
OTHER = "#64748b"


def draw(reports: list[Report], file: Path) -> None:
    """Draw the reports one below the other.

    Args:
        reports: What to draw; those without rows are left out.
        file: Where to; the ending chooses the format.

    Raises:
        CannotMeasureError: Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        raise CannotMeasureError(f"--plot needs matplotlib: {INSTALL}") from missing
    drawn = [report for report in reports if report.rows]
    bars = [sum(len(row) for row in report.rows.values()) + len(report.rows) for report in drawn]
    figure = Figure(figsize=(9, 0.16 * sum(bars) + 1.1 * len(drawn)), layout="constrained")
    panels = figure.subplots(len(drawn), 1, squeeze=False, height_ratios=bars)[:, 0]
    for panel, report in zip(panels, drawn, strict=True):
        draw_panel(panel, report)
    figure.savefig(file, dpi=150)


def draw_panel(panel: Any, report: Report) -> None:
    """Draw one report: a group of bars for each row, each bar with its number."""
    place, ticks, named = 0.0, [], set()
    for row, numbers in report.rows.items():
        ticks.append((place + (len(numbers) - 1) / 2, row))
        for column, value in numbers.items():
            label = None if column in named else column
            bar = panel.barh(
                place, value, height=0.85, color=COLOURS.get(column, OTHER), label=label
            )
            panel.bar_label(bar, [number(value)], padding=3, fontsize=7)
            named.add(column)
            place += 1
        place += 0.8
    panel.set_yticks(*zip(*ticks, strict=True))
    panel.invert_yaxis()
    better = "more" if report.more_is_better else "less"
    panel.set_title(f"{report.title} ({report.unit}, {better} is better)", loc="left", fontsize=11)
    panel.spines[["top", "right"]].set_visible(False)
    panel.margins(x=0.09)
    panel.legend(frameon=False, fontsize=8)
