"""What a merge of two records changed, row by row, so that it can be put back exactly, or refused where work has gone on since."""

import json
from collections import defaultdict
from datetime import UTC, date, datetime

from django.core.exceptions import ValidationError
from django.db.models import F, ForeignKey

GONE_ON = "Work has gone on since the merge, so it cannot be undone"


class Journal:
    """Changes in the order in which they were made. ``entries`` is what a JSON column keeps.

    An entry: ``table``, ``keys`` of the rows, and for each column what it said ``before`` and ``after``.
    """

    def __init__(self, entries=()):
        self.entries = list(entries)

    def change(self, rows, **values):
        """Give these rows these values and note what they said before; returns how many there are."""
        model = rows.model
        columns = [model._meta.get_field(name).attname for name in values]
        after = [_plain(value) for value in values.values()]
        groups = defaultdict(list)
        for key, *before in rows.order_by("pk").values_list("pk", *columns):
            groups[json.dumps([_plain(value) for value in before])].append(key)
        for before, keys in groups.items():
            self.entries.append(
                {
                    "table": model._meta.label_lower,
                    "keys": keys,
                    "before": dict(zip(columns, json.loads(before), strict=True)),
                    "after": dict(zip(columns, after, strict=True)),
                }
            )
        keys = [key for group in groups.values() for key in group]
        return model._base_manager.filter(pk__in=keys).update(**values)

    def put_back(self, models):
        """Give the rows of ``models`` their former values, the last change first; refuse if one says something else by now."""
        models = {model._meta.label_lower: model for model in models}
        for entry in reversed(self.entries):
            if model := models.get(entry["table"]):
                _put_back(model, entry)

    def check(self, models, people):
        """Refuse if a row of ``models`` belongs to one of ``people`` and hangs on a row of another (work done since)."""
        for model in models:
            for field in model._meta.concrete_fields:
                if isinstance(field, ForeignKey) and _has_person(field.related_model):
                    rows = model._base_manager.filter(person__in=people, **{f"{field.name}__isnull": False})
                    if count := rows.exclude(**{f"{field.name}__person": F("person")}).count():
                        raise ValidationError(f"{GONE_ON}: {_so_many(model, count)}.", code="gone_on")


def _has_person(model):
    """Whether rows of ``model`` belong to a person."""
    return any(field.name == "person" for field in model._meta.concrete_fields)


def _put_back(model, entry):
    rows = model._base_manager.select_for_update(no_key=True).filter(pk__in=entry["keys"])
    now = list(rows.order_by("pk").values_list(*entry["after"]))
    changed = sum([_plain(value) for value in row] != list(entry["after"].values()) for row in now)
    if changed or len(now) != len(entry["keys"]):
        raise ValidationError(f"{GONE_ON}: {_so_many(model, changed)} changed.", code="gone_on")
    fields = {column: model._meta.get_field(column) for column in entry["before"]}
    rows.update(**{column: fields[column].to_python(value) for column, value in entry["before"].items()})


def _so_many(model, count):
    return f"{count} {model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural}"


def _plain(value):
    """A value as JSON keeps it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return getattr(value, "pk", value)
