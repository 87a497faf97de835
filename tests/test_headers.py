"""What every answer carries, whoever asks and whatever comes of it."""

import re
from pathlib import Path

import pytest
from django.urls import reverse

from casework.access import Role
from tests import factories

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STRICT = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
    "connect-src": "'self'",
}


def policy_of(response):
    directives = (part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in directives}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/audit/", 403), ("/nowhere/", 404), ("/account/password/", 200)]
)
def test_every_answer_is_private_and_strict(client, path, status):
    client.force_login(factories.user())

    response = client.get(path)

    assert response.status_code == status
    assert STRICT.items() <= policy_of(response).items()
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store, private"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
def test_the_nonce_is_new_for_each_answer(client):
    client.force_login(factories.user(Role.MANAGER))

    nonces = {
        re.search(r"'nonce-([^']+)'", client.get(reverse("home")).headers["Content-Security-Policy"])[1]
        for _ in range(3)
    }

    assert len(nonces) == 3


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_has_script_or_style_in_line(path):
    source = path.read_text()

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
