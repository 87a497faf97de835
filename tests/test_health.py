import pytest
from django.core.cache import cache
from django.urls import reverse
from redis.exceptions import ConnectionError as BrokerAway

from config import health


def test_live_answers_without_a_database(client):
    assert client.get(reverse("live")).json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_says_what_holds(client):
    response = client.get(reverse("ready"))

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": True, "broker": True, "migrations": True}


@pytest.mark.django_db
def test_ready_is_503_without_the_broker(client, monkeypatch):
    def away(*args):
        raise BrokerAway

    monkeypatch.setattr(cache, "set", away)

    response = client.get(reverse("ready"))

    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "database": True, "broker": False, "migrations": True}


@pytest.mark.django_db
def test_ready_is_503_while_a_migration_waits(client, monkeypatch):
    monkeypatch.setattr(health, "_migrations", lambda: False)

    assert client.get(reverse("ready")).json()["migrations"] is False
