"""The charts of the page, as SVG text: coloured by the page's style sheet, described for whoever does not see them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 520, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 40

Points = Sequence[tuple[float, float]]


def histogram(title: str, axis: str, arms: Mapping[str, Sequence[int]]) -> str:
    """Shares of the examples over [0, 1]: the last arm as bars, the ones before it as outlines.

    Args:
        title: Says what is shown, for a screen reader.
        axis: What the bins are of.
        arms: Counts by arm, of as many bins each.
    """
    shares = {name: [100 * count / max(sum(bins), 1) for count in bins] for name, bins in arms.items()}
    top = 1.05 * max((share for each in shares.values() for share in each), default=0) or 1
    x, y = _scale(0, 1, _LEFT, WIDTH - _RIGHT), _scale(0, top, HEIGHT - _BOTTOM, _TOP)
    marks: list[str] = []
    *outlines, bars = shares
    for place, share in enumerate(shares[bars]):
        low, high = place / len(shares[bars]), (place + 1) / len(shares[bars])
        count = arms[bars][place]
        if count:
            marks.append(
                f'<rect class="bar {_name(bars)}" x="{x(low) + 0.75:.1f}" y="{y(share):.1f}" '
                f'width="{x(high) - x(low) - 1.5:.1f}" height="{y(0) - y(share):.1f}">'
                f"<title>{escape(bars)}, {low:.2f} to {high:.2f}: {count:,} ({share:.1f} %)</title></rect>"
            )
    for name in outlines:
        corners = [
            (at / len(shares[name]), share) for place, share in enumerate(shares[name]) for at in (place, place + 1)
        ]
        marks.append(f'<path class="line {_name(name)}" d="{_path(corners, x, y)}"/>')
    ticks = [_tick_below(x(at), f"{at:g}") for at in (0, 0.25, 0.5, 0.75, 1)]
    rows = [_tick_left(y(at), f"{at:.0f} %") for at in _nice(0, top)]
    return _frame(title, axis, [*rows, *ticks, *marks])


def curve(title: str, axis: str, lines: Mapping[str, Points]) -> str:
    """Lines over a common axis.

    Args:
        title: Says what is shown.
        axis: What the points are over.
        lines: By name, their points from left to right.
    """
    every = [point for points in lines.values() for point in points]
    left, right = min(x for x, _ in every), max(x for x, _ in every)
    low, high = min(y for _, y in every), max(y for _, y in every)
    if high == low:
        low, high = low - 0.5, high + 0.5
    margin = 0.06 * (high - low)
    x = _scale(left, right if right > left else left + 1, _LEFT + 8, WIDTH - _RIGHT - 8)
    y = _scale(low - margin, high + margin, HEIGHT - _BOTTOM, _TOP)
    marks: list[str] = []
    for name, points in lines.items():
        marks.append(f'<path class="line {_name(name)}" d="{_path(points, x, y)}"/>')
        if len(points) <= 30:
            marks += [
                f'<circle class="dot {_name(name)}" cx="{x(a):.1f}" cy="{y(b):.1f}" r="3"><title>{escape(name)}, {a:g}: '
                f"{b:.4g}</title></circle>"
                for a, b in points
            ]
    ticks = [_tick_below(x(at), f"{at:,g}") for at in _nice(left, right) if left <= at <= right]
    rows = [_tick_left(y(at), f"{at:.3g}") for at in _nice(low, high) if low - margin <= at <= high + margin]
    return _frame(title, axis, [*rows, *ticks, *marks])


def bar(value: float, whole: float, kind: str = "") -> str:
    """A bar as wide as its cell where `value` is `whole`; the figure stands beside it, so it is hidden from readers."""
    share = 100 * value / whole if whole else 0
    return (
        f'<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="rail" width="100" height="6"/><rect class="fill {kind}" width="{share:.2f}" height="6"/></svg>'
    )


def _frame(title: str, axis: str, marks: Sequence[str]) -> str:
    base = HEIGHT - _BOTTOM
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<line class="axis" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{base}" y2="{base}"/>'
        + "".join(marks)
        + f'<text class="label" x="{(WIDTH + _LEFT - _RIGHT) / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle">'
        f"{escape(axis)}</text></svg>"
    )


def _tick_below(x: float, text: str) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{HEIGHT - _BOTTOM + 15}" text-anchor="middle">{text}</text>'


def _tick_left(y: float, text: str) -> str:
    return (
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="tick" x="{_LEFT - 6}" y="{y + 3.5:.1f}" text-anchor="end">{text}</text>'
    )


def _path(points: Points, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    return "M" + "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in points)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _nice(low: float, high: float) -> Iterator[float]:
    """About four round numbers from `low` to `high`."""
    span = (high - low) or 1.0
    size = 10.0 ** len(str(int(span))) if span >= 1 else 1.0
    step = next(size * part for part in _STEPS if span / (size * part) >= 3)
    at = math.ceil(low / step - 1e-9) * step
    while at <= high + 1e-9:
        yield round(at, 9)
        at += step


_STEPS = [part / 10**power for power in range(12) for part in (1, 0.5, 0.25, 0.2)]


def _name(arm: str) -> str:
    """A class of the style sheet; arms have names like `v1`, `valid loss`."""
    return "".join(letter if letter.isalnum() else "-" for letter in arm)
