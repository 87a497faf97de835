from django.urls import path, register_converter
from django.urls.converters import StringConverter

from reporting.queries.months import Month
from reporting.views import continuity, due, months, people


class MonthConverter(StringConverter):
    """A month in an address, such as 2026-10."""

    regex = "20[0-9]{2}-[0-9]{2}"

    def to_python(self, value):
        return Month.read(value)

    def to_url(self, value):
        return str(value)


register_converter(MonthConverter, "month")

app_name = "reporting"
urlpatterns = [
    path("today/sessions/", due.sessions, name="sessions"),
    path("today/unwritten/", due.unwritten, name="unwritten"),
    path("today/late/<slug:name>/", due.late, name="late"),
    path("due/", due.due, name="due"),
    path("leaving/", due.leaving, name="leaving"),
    path("people/<int:person_id>/", people.person, name="person"),
    path("people/<int:person_id>/timeline/<slug:kind>/<int:event_id>/", people.event, name="event"),
    path("months/", months.months, name="months"),
    path("months/continuity/", continuity.continuity, name="continuity"),
    path("months/continuity/<month:month>/<slug:step>/", continuity.released, name="released"),
    path("months/ask/", months.ask, name="ask"),
    path("months/<month:month>/", months.month, name="month"),
    path("months/<month:month>/progress/", months.month_progress, name="month_progress"),
    path("months/<month:month>/<slug:name>/", months.records, name="records"),
]
