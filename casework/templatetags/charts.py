"""Charts drawn here as SVG: shapes and classes only, so that they pass the policy against styles and scripts inside a page."""

from django import template

register = template.Library()

WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 32, 14, 12, 26


@register.inclusion_tag("components/line_chart.html")
def line_chart(id, title, points, most, marks=()):
    """``points``: (day, number) from the oldest on; ``most``: the top of the scale; ``marks``: numbers with a line across.

    Points of the same day stand side by side. A table with the same numbers belongs beside it.
    """
    places = [{"x": x, "y": _y(number, most), "day": day, "number": number} for x, (day, number) in _spread(points)]
    lines = [{"y": _y(number, most), "number": number} for number in sorted({0, most, *marks})]
    first, last = (points[0], points[-1]) if points else (None, None)
    return {
        "id": id,
        "title": title,
        "places": places,
        "line": " ".join(f"{place['x']},{place['y']}" for place in places),
        "lines": lines,
        "first": first,
        "last": last,
        "most": most,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "foot": HEIGHT - 6,
        "width": WIDTH,
        "height": HEIGHT,
    }


def _y(number, most):
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * number / most, 1)


def _spread(points):
    """Each point with its place from left to right: by its day, but never upon the one before."""
    days = [day.toordinal() for day, _ in points]
    width, span = WIDTH - LEFT - RIGHT - 12, (days[-1] - days[0]) if days else 0
    if not span:
        step = width / (len(points) + 1)
        return [(round(LEFT + 6 + step * place, 1), point) for place, point in enumerate(points, start=1)]
    same = [days[:place].count(day) for place, day in enumerate(days)]
    return [
        (round(min(LEFT + 6 + width * (day - days[0]) / span + 5 * before, WIDTH - RIGHT), 1), point)
        for day, before, point in zip(days, same, points, strict=True)
    ]
