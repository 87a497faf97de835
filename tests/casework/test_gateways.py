import socket
import time

import pytest
from celery import current_app

from casework import gateways
from casework.tasks import seal_audit


@pytest.fixture
def hung(monkeypatch):
    """A broker that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(current_app.conf, "broker_write_url", f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        yield


@pytest.fixture
def away(monkeypatch):
    """A broker that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
    monkeypatch.setattr(current_app.conf, "broker_write_url", url)


@pytest.mark.parametrize("broker", ["hung", "away"])
@pytest.mark.django_db
def test_nudge_never_fails_nor_waits_long(broker, request, django_capture_on_commit_callbacks, caplog):
    request.getfixturevalue(broker)
    began = time.monotonic()

    with django_capture_on_commit_callbacks(execute=True):
        gateways.nudge(seal_audit)

    assert time.monotonic() - began < 4
    assert [record.message for record in caplog.records] == [
        "No nudge for casework.tasks.seal_audit {}; the sweep will find it."
    ]


@pytest.mark.django_db
def test_nudge_is_sent_after_the_commit(monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(seal_audit, "apply_async", lambda **given: sent.append(given["kwargs"]))

    with django_capture_on_commit_callbacks(execute=True):
        gateways.nudge(seal_audit)
        assert sent == []

    assert sent == [{}]
