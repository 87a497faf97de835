"""The catalogues of sessions: their kinds, and what is talked about. They hold nothing about anybody."""

from casework.formats import reference
from interventions.models import ContactType, Topic


def types():
    """The kinds of session that may be chosen today, each with ``returned``: what the national return calls it."""
    rows = list(ContactType.objects.current())
    for row in rows:
        row.returned = reference.interventions().get(row.ndtms, row.ndtms)
    return rows


def topics():
    """Code and name of the topics that may be chosen today."""
    return list(Topic.objects.current().values_list("code", "name"))


def topic_names(codes):
    """The names of topics, ended ones too; a code that is in no catalogue stands for itself."""
    names = dict(Topic.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
    return [names.get(code, code) for code in codes]
