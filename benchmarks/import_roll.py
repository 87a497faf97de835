"""How long the roll of a prison takes, new and unchanged, beside one bare COPY of the rows that it makes, in the same run.

From the checkout, beside the test servers (bin/embedded.py start var/test):
WINGWALK_STATE=var/test/state.json WINGWALK_LOGIN=test .venv/bin/python -m benchmarks.import_roll [people] [rounds]
"""

import os
import sys
from statistics import median
from time import perf_counter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import psycopg
from django.db import connection
from django.utils import timezone

from casework import context
from casework.models import User
from casework.operations import roll
from tests import factories, rolls
from tests.conftest import _copy_of_template

TABLES = ["person", "custodyspell", "location", "legalstatus", "releasedate", "alert", "movement"]


def main(people, rounds):
    content = rolls.make_roll(people)
    new, unchanged, floor = [], [], []
    for _ in range(rounds):  # In turn, so that all see the same machine.
        with _copy_of_template("benchmark"):
            new.append(seconds(lambda: bring(content)))
            unchanged.append(seconds(lambda: bring(content)))
            copied, rows = copy()
            floor.append(copied)
    print(f"{people:,} people, {rows:,} rows, best of {rounds}")
    print(f"bare COPY of the same rows   {min(floor):6.2f} s")
    print(f"import, everybody new        {min(new):6.2f} s   {median(new) / median(floor):5.1f} times the COPY")
    print(f"import, nothing changed      {min(unchanged):6.2f} s   {median(unchanged) / median(floor):5.1f} times")


def bring(content):
    with context.acting(User.objects.system()):
        roll.bring(
            prison=factories.prison(),
            filename="roll.json",
            content=content,
            accept_shrink=False,
            at=timezone.now(),
            by=User.objects.system(),
        )


def copy():
    """Seconds for a COPY of what was imported into tables of the same shape and indexes, without row security and history."""
    where = connection.settings_dict
    with psycopg.connect(host=where["HOST"], port=where["PORT"], user="postgres", dbname=where["NAME"]) as db:
        data = {}
        for table in TABLES:
            with db.cursor().copy(f"COPY casework_{table} TO STDOUT") as source:
                data[table] = b"".join(source)
            db.execute(f"CREATE TABLE floor_{table} (LIKE casework_{table} INCLUDING ALL)")
        db.commit()
        began = perf_counter()
        for table in TABLES:
            with db.cursor().copy(f"COPY floor_{table} FROM STDIN") as target:
                target.write(data[table])
        db.commit()
        taken = perf_counter() - began
    return taken, sum(found.count(b"\n") for found in data.values())


def seconds(work):
    began = perf_counter()
    work()
    return perf_counter() - began


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*(given + [1300, 5][len(given) :]))
