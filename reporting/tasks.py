"""Scheduled work: the figures of months. A row in the state WAITING is the work; the broker only carries hints."""

from celery import shared_task

from casework import context, gateways
from casework.models import Prison, User
from reporting.models import MonthlyFigures
from reporting.operations import figures
from reporting.queries import indicators
from reporting.queries.months import Month, today


@shared_task
def ask_for_last_month():
    """On the first of a month, London time, have every prison's last month computed."""
    month = Month.containing(today()).previous
    system = User.objects.system()
    with context.acting(system):
        for prison in Prison.objects.all():
            figures.ask(prison=prison, month=month, by=system)


@shared_task
def compute_waiting_months():
    """Queue every month that waits. Runs every five seconds."""
    system = User.objects.system()
    with context.acting(system):
        waiting = list(MonthlyFigures.objects.waiting().values_list("pk", flat=True))
        for figures_id in MonthlyFigures.objects.exhausted().values_list("pk", flat=True):
            figures.give_up(figures_id=figures_id, by=system)
    for figures_id in waiting:
        compute_month.delay(figures_id=figures_id)


@shared_task
def compute_month(*, figures_id):
    """Compute one month, a figure at a time, so that who waits sees how far it has got."""
    system = User.objects.system()
    with context.acting(system):
        row = figures.claim(figures_id=figures_id, by=system)
    if not row:
        return
    computed, people = {}, {}
    for done, indicator in enumerate(indicators.ALL, start=1):
        with context.acting(system):
            computed[indicator.name] = indicator.figure(row.prison, Month(row.month))
            people[indicator.name] = indicator.people(row.prison, Month(row.month))
            figures.advance(figures_id=figures_id, progress=100 * done // len(indicators.ALL), by=system)
    with context.acting(system):
        figures.keep(figures_id=figures_id, figures=computed, people=people, by=system)


def nudge(row):
    """Have a month computed at once: somebody waits for it."""
    gateways.nudge(compute_month, figures_id=row.pk)
