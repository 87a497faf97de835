"""How long the pages take that everybody opens all day, at the size of a real prison, beside the smallest page of the same run.

400 open cases of ten workers, 60 people who wait for triage, one person with 300 sessions. The floor is a signed-in page that shows
nothing (no unfinished forms): session, locks, header and navigation; what a page takes beyond it is its own.

From the checkout, beside the test servers (bin/embedded.py start var/test):
WINGWALK_STATE=var/test/state.json WINGWALK_LOGIN=test .venv/bin/python -m benchmarks.pages [rounds] [name of a page, to profile it]
"""

import cProfile
import os
import pstats
import sys
from collections import defaultdict
from datetime import timedelta
from statistics import median, median_low
from time import perf_counter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import psycopg
from django.db import connection
from django.test import Client
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import User
from tests import crowd, factories
from tests.conftest import _copy_of_template

WORKERS, CASES, WAITING, EVENTS = 10, 40, 60, 300
FLOOR = "floor"


def main(rounds, profiled=None):
    with _copy_of_template("benchmark"):
        with context.acting(User.objects.system()):
            clients, person = fill()
        settle()
        pages = {
            FLOOR: ("keyworker", "/drafts/"),
            "Today": ("keyworker", "/"),
            "Today, manager": ("manager", "/"),
            "Caseload": ("keyworker", "/caseload/"),
            "Caseload of all": ("manager", "/caseload/?worker=all"),
            "Front door": ("keyworker", "/referrals/"),
            "Person": ("keyworker", f"/people/{person.pk}/"),
            "Due": ("keyworker", "/due/"),
            "Due, all": ("manager", "/due/?worker=all"),
            "Could leave": ("keyworker", "/leaving/"),
            "Could leave, all": ("manager", "/leaving/?worker=all"),
        }
        opened = {name: Page(clients[who], url) for name, (who, url) in pages.items()}
        if profiled:
            return profile(opened[profiled], rounds)
        for page in opened.values():
            page.open()
        taken = defaultdict(list)
        for _ in range(rounds):  # In turn, so that all see the same machine.
            for name, page in opened.items():
                taken[name].append(page.open())
    show(opened, taken, rounds)


class Page:
    """A page that somebody opens, with the ``statements`` that it asked the database the last time."""

    def __init__(self, client, url):
        self.client, self.url = client, url

    def open(self):
        """Seconds for the whole page, those spent in the database, and how many statements it took."""
        self.statements = []
        with connection.execute_wrapper(self.timed):
            began = perf_counter()
            response = self.client.get(self.url)
            taken = perf_counter() - began
        assert response.status_code == 200, (self.url, response.status_code)
        self.size = len(response.content)
        return taken, sum(seconds for seconds, _ in self.statements), len(self.statements)

    def timed(self, execute, sql, params, many, of):
        began = perf_counter()
        try:
            return execute(sql, params, many, of)
        finally:
            self.statements.append((perf_counter() - began, sql))


def fill():
    """The prison; one signed-in browser for each role, and the person with the long history."""
    now = timezone.now()
    workers = [factories.user() for _ in range(WORKERS)]
    cases = [crowd.fill(CASES, worker, now) for worker in workers]
    for number in range(WAITING):
        factories.referral(received_on=now.date() - timedelta(days=number % 20), made_by=workers[0])
    for _ in range(EVENTS):
        factories.contact(cases[0][0], worker=workers[0], note="Talked about sleep. " * 40)
    clients = {"keyworker": Client(), "manager": Client()}
    clients["keyworker"].force_login(workers[0])
    clients["manager"].force_login(factories.user(Role.MANAGER))
    return clients, cases[0][0].person


def settle():
    """Have the database know its rows, as one that lives does, and go on under the login of the web server."""
    where = connection.settings_dict
    connection.close()
    where["USER"] = "wingwalk_web"
    with psycopg.connect(
        host=where["HOST"], port=where["PORT"], user="postgres", dbname=where["NAME"], autocommit=True
    ) as db:
        db.execute("VACUUM ANALYZE")


def show(pages, taken, rounds):
    base = median(seconds for seconds, *_ in taken[FLOOR])
    print(
        f"{WORKERS * CASES} open cases, {WAITING} waiting, {EVENTS} sessions of one person; median of {rounds} rounds"
    )
    print(f"{'page':18}{'ms':>8}{'× floor':>9}{'queries':>9}{'database ms':>13}{'KB':>6}")
    for name, page in pages.items():
        whole, database, queries = (median_low(found) for found in zip(*taken[name], strict=True))
        print(
            f"{name:18}{whole * 1000:8.1f}{whole / base:9.1f}{queries:9}{database * 1000:13.1f}{page.size / 1024:6.0f}"
        )


def profile(page, rounds):
    """Where one page spends its time: the functions, then the slowest statements."""
    page.open()
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(rounds):
        page.open()
    profiler.disable()
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(70)
    for seconds, sql in sorted(page.statements, reverse=True)[:8]:
        print(f"{seconds * 1000:.1f} ms  {sql[:1500]}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, *sys.argv[2:3])
