from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from reporting.queries.months import Month


def test_month_knows_its_days_and_neighbours():
    february = Month.read("2028-02")

    assert february.days == (date(2028, 2, 1), date(2028, 2, 29))
    assert (str(february.previous), str(february), str(february.following)) == ("2028-01", "2028-02", "2028-03")
    assert february.name == "February 2028"
    assert Month.containing(date(2026, 12, 31)).following == Month.read("2027-01")


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-00", "2026-13", "2026-1", "1999-01", "2026-10-01", "Oct 2026", "２０２６-10"]
)
def test_month_reads_nothing_else(text):
    with pytest.raises(ValueError, match="is not a month"):
        Month.read(text)


@pytest.mark.parametrize(
    ("month", "begins", "ends"),
    [
        ("2026-01", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 31, 23, tzinfo=UTC)),
        ("2026-07", datetime(2026, 6, 30, 23, tzinfo=UTC), datetime(2026, 7, 31, 23, tzinfo=UTC)),
        ("2026-10", datetime(2026, 9, 30, 23, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
    ],
)
def test_month_begins_and_ends_at_midnight_in_london(month, begins, ends):
    assert (Month.read(month).starts_at, Month.read(month).ends_at) == (begins, ends)


def test_month_of_the_clock_change_is_an_hour_short_or_long():
    march, october = Month.read("2026-03"), Month.read("2026-10")

    assert march.ends_at.astimezone(UTC) - march.starts_at.astimezone(UTC) == timedelta(days=31, hours=-1)
    assert october.ends_at.astimezone(UTC) - october.starts_at.astimezone(UTC) == timedelta(days=31, hours=1)


@time_machine.travel(datetime(2026, 6, 30, 23, 30, tzinfo=UTC), tick=False)
def test_month_begins_an_hour_before_the_one_of_utc_in_summer():
    june, july = Month.read("2026-06"), Month.read("2026-07")

    assert (june.is_running, july.has_begun, july.is_running) == (False, True, True)
    assert (june.reached, june.completed) == (date(2026, 6, 30), date(2026, 6, 30))
    assert (july.reached, july.completed) == (date(2026, 7, 1), date(2026, 6, 30))
