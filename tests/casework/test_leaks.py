"""Requests of several people at once, through the pool of connections, some of them failing: nobody ever sees another's rows."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django.test import RequestFactory

from casework import context
from casework.middleware import Locks
from casework.models import Person, User
from tests import factories

PAGE = engines["django"].from_string("{% for person in people %}{{ person.pk }} {% endfor %}")


@pytest.fixture
def pool(fresh_database):
    options = connection.settings_dict["OPTIONS"]
    connection.close()
    options["pool"] = {"min_size": 1, "max_size": 4, "timeout": 30}
    yield
    connections.close_all()
    connection.close_pool()
    del options["pool"]


def careless(request):
    """A view that forgets ``visible_to``, renders late or at once, and sometimes fails."""
    people = Person.objects.order_by("pk")
    if request.GET["mood"] == "fail":
        list(people)
        raise ValueError("failed half-way")
    if request.GET["mood"] == "late":
        return SimpleTemplateResponse(PAGE, {"people": people})
    return HttpResponse(" ".join(str(person.pk) for person in people))


def test_a_careless_view_shows_nothing_of_another_prison_through_the_pool(pool):
    users, expected = people_of_four_prisons()
    answer = Locks(careless)
    factory = RequestFactory()
    wrong = []

    def visit(seed):
        chance = random.Random(seed)
        user, mood = chance.choice(users), chance.choice(["late", "late", "at once", "fail"])
        request = factory.get("/", {"mood": mood})
        request.user = user
        try:
            shown = {int(key) for key in answer(request).content.decode().split()}
            if shown != expected[user.pk]:
                wrong.append((user.pk, shown))
        except ValueError:
            pass
        if Person.objects.count():
            wrong.append((user.pk, "rows outside any context"))
        connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(visit, range(2000)))

    assert wrong == []


def people_of_four_prisons():
    users, expected = [], {}
    with context.acting(User.objects.system()):
        for code in ["LPI", "ACI", "RSI", "HII"]:
            place = factories.prison(code, f"Prison {code}")
            user = factories.user(prison=place)
            users.append(user)
            expected[user.pk] = {factories.person(prison_ids=[place.pk]).pk for _ in range(3)}
    connection.close()
    return users, expected


def test_two_open_allocations_are_refused_by_the_database_under_two_threads(fresh_database):
    with context.acting(User.objects.system()):
        worker = factories.user()
        case = factories.case(spell=factories.spell())
    barrier, outcomes = threading.Barrier(2), []

    def allocate():
        try:
            with context.acting(User.objects.system()):
                barrier.wait()
                case.allocations.create(prison=case.prison, worker=worker, from_at=factories.at(), made_by=worker)
            outcomes.append("allocated")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=allocate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["IntegrityError", "allocated"]
