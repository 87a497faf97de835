"""How many, for those who may not know who: each asks a function of the database that counts past row security."""

from django.db import connection


def people_on(wing):
    """How many people are located on ``wing`` now."""
    return _count("people_on_wing", wing)


def cases_held_by(worker):
    """How many open cases ``worker`` holds."""
    return _count("cases_held", worker)


def accounts_of(agency):
    """How many people can sign in for ``agency``, whichever prison made their accounts."""
    return _count("accounts_of_agency", agency)


def _count(function, row):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ww.{function}(%s)", [row.pk])
        return cursor.fetchone()[0]
