import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from config.access_log import Logger
from config.logs import hidden
from tests.conftest import ROOT

KEY = "3td3Jl25jaUB6merz3uM42_0LRsf5xuR"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"GET /kiosk/{KEY}/ HTTP/1.1", "GET /kiosk/…/ HTTP/1.1"),
        (f"POST /kiosk/{KEY}?handed=in HTTP/1.1", "POST /kiosk/…?handed=in HTTP/1.1"),
        (f"http://house.example/kiosk/{KEY}/", "http://house.example/kiosk/…/"),
        (f"GET /link/{KEY}/handover/ HTTP/1.1", "GET /link/…/handover/ HTTP/1.1"),
        (f"http://house.example/link/{KEY}/", "http://house.example/link/…/"),
        ("GET /handovers/7/links/ HTTP/1.1", "GET /handovers/7/links/ HTTP/1.1"),
        ("GET /settings/kiosks/7/revoke/ HTTP/1.1", "GET /settings/kiosks/7/revoke/ HTTP/1.1"),
        ("GET /people/7/ HTTP/1.1", "GET /people/7/ HTTP/1.1"),
    ],
)
def test_hidden_leaves_out_the_key_of_a_kiosk_or_link_and_nothing_else(text, shown):
    assert hidden(text) == shown


def test_no_part_of_a_line_has_the_key_of_a_kiosk():
    path = f"/kiosk/{KEY}/"
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": path,
        "PATH_INFO": path,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"http://house.example{path}",
    }
    answer = SimpleNamespace(status="200 OK", sent=1, response_length=1, headers=[])
    asked = SimpleNamespace(headers=[("REFERER", environ["HTTP_REFERER"])])

    atoms = Logger(Config()).atoms(answer, asked, environ, timedelta(seconds=1))

    assert atoms["r"] == "GET /kiosk/…/ HTTP/1.1"
    assert [name for name, value in atoms.items() if KEY in str(value)] == []


def test_what_django_says_of_a_refused_page_has_no_key():
    handler = next(each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler)
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (f"/kiosk/{KEY}/",), None)

    assert handler.format(record).endswith("django.request Not Found: /kiosk/…/")


@pytest.mark.parametrize("file", ["Dockerfile", "bin/demo.py"])
def test_whoever_keeps_a_log_keeps_it_without_keys(file):
    text = (ROOT / file).read_text()

    assert "--access-logfile=-" in text
    assert "--logger-class=config.access_log.Logger" in text
