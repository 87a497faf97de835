"""What was computed, made ready to be shown: in order, beside the month before and beside what the records say now."""

from dataclasses import dataclass

from django.db import connection

from reporting.models import MonthlyFigures
from reporting.queries import indicators
from reporting.queries.months import Month

SIZE = 24


@dataclass(frozen=True)
class Card:
    """One figure of a month. ``number``: as it is shown; ``remark``: against the month before, and against now."""

    name: str
    title: str
    number: str
    definition: str
    remark: str


@dataclass(frozen=True)
class Line:
    """One month in the list of months, with title and number of every indicator."""

    month: Month
    row: MonthlyFigures
    numbers: list

    @property
    def tag(self):
        """What has to be said beside the month: a text and a colour, or nothing."""
        if self.row.state != MonthlyFigures.State.COMPUTED:
            return {"text": self.row.get_state_display(), "colour": "yellow" if self.row.is_awaited else "red"}
        return {"text": "Part of the month", "colour": "blue"} if is_partial(self.row) else None


def lines(user, before=None):
    """Up to ``SIZE`` months that were asked for, newest first, and the month to go on behind, if there are more."""
    rows = MonthlyFigures.objects.visible_to(user)
    if before:
        rows = rows.filter(month__lt=before.first)
    rows = list(rows.order_by("-month")[: SIZE + 1])
    shown = [_line(row) for row in rows[:SIZE]]
    return shown, shown[-1].month if len(rows) > SIZE else None


def _line(row):
    figures = [(each.title, row.figures.get(each.name)) for each in indicators.ALL]
    return Line(Month(row.month), row, [(title, number(figure) if figure else "–") for title, figure in figures])


def is_partial(row):
    """Whether the month was not over when it was computed."""
    return row.computed_at is not None and row.computed_at < Month(row.month).ends_at


def of(user, month):
    """The row of ``month``, or None if nobody asked for it yet."""
    return MonthlyFigures.objects.visible_to(user).filter(month=month.first).first()


def computed(user, month, name, which, *, now):
    """How many records one part of a figure had when it was computed, and when; nothing if it never was.

    ``hidden``: how many of them are about restricted people whom ``user`` is not shown; ``agrees``: whether these and the ``now`` records
    that he is shown make the number.
    """
    row = of(user, month)
    figure = row and row.figures.get(name)
    if not figure:
        return None
    count = _part(figure.get("denominator", figure["value"]), figure.get("numerator"), which)
    unseen = hidden(row)
    unseen = _part(unseen.get((name, "all"), 0), unseen.get((name, "met")), which)
    return {"at": row.computed_at, "count": count, "hidden": unseen, "agrees": count == now + unseen}


def _part(whole, met, which):
    return {"all": whole, "met": met or 0, "missed": whole - (met or 0)}[which]


def hidden(row):
    """(indicator, part) → how many records behind the figures of ``row`` are about restricted people hidden from who asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, part, records FROM ww.hidden_records(%s)", [row.pk])
        return {(name, part): int(records) for name, part, records in cursor.fetchall()}


def live(prison, month, row=None):
    """The figures as the records give them now, with those that ``row`` counted and that are hidden from who asks.

    Nothing is hidden from the system, which needs no ``row``.
    """
    unseen = hidden(row) if row else {}
    return {
        indicator.name: _with(indicator.figure(prison, month), unseen, indicator.name) for indicator in indicators.ALL
    }


def _with(figure, unseen, name):
    whole, met = unseen.get((name, "all"), 0), unseen.get((name, "met"), 0)
    if not whole:
        return figure
    if "denominator" not in figure:
        return {**figure, "value": figure["value"] + whole}
    numerator, denominator = figure["numerator"] + met, figure["denominator"] + whole
    return {**figure, **indicators.share(numerator, denominator)}


def cards(row, before, now):
    """The figures of ``row`` in order. ``before``: the row of the month before, or None; ``now``: live figures, or nothing."""
    earlier = before.figures if before else {}
    return [
        Card(
            name,
            figure["title"],
            number(figure),
            figure["definition"],
            _remark(figure, earlier.get(name), now.get(name), Month(row.month).previous.name),
        )
        for name in indicators.BY_NAME
        if (figure := row.figures.get(name))
    ]


def number(figure):
    """The value as text: 1,204, or 93.5 %, or a dash where there was nothing to take a share of."""
    if figure["value"] is None:
        return "–"
    if "denominator" in figure:
        return f"{figure['value']:g} %"
    return f"{figure['value']:,}"


def _remark(figure, earlier, now, month_before):
    said = [_share(figure), _change(figure, earlier, month_before), _late(figure, now)]
    return " ".join(filter(None, said))


def _share(figure):
    return f"{figure['numerator']:,} of {figure['denominator']:,}." if "denominator" in figure else ""


def _change(figure, earlier, month_before):
    if not earlier or earlier["value"] is None or figure["value"] is None:
        return ""
    more = round(figure["value"] - earlier["value"], 1)
    if not more:
        return f"As in {month_before}."
    points = " points" if "denominator" in figure else ""
    return f"{abs(more):,g}{points} {'more' if more > 0 else 'fewer'} than in {month_before}."


def _late(figure, now):
    """What the records give now, if that is not what was computed."""
    if now is None or now["value"] == figure["value"] and now.get("numerator") == figure.get("numerator"):
        return ""
    share = f" ({now['numerator']:,} of {now['denominator']:,})" if "denominator" in now else ""
    return f"{number(now)} now{share}."
