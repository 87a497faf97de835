import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, Prison, User
from tests import factories

pytestmark = pytest.mark.django_db


def create(capsys, *arguments):
    call_command("create_administrator", *arguments)
    return capsys.readouterr().out


def test_create_administrator_makes_the_prison_and_an_account_that_signs_in(client, capsys):
    out = create(capsys, "alex", "Alex Fictonby", "--prison=LPI", "--prison-name=Liverpool (HMP)")

    user = User.objects.get(username="alex")
    assert (user.role, user.prison, user.must_change_password) == (
        Role.ADMINISTRATOR,
        Prison.objects.get(code="LPI"),
        True,
    )
    assert AuditEntry.objects.filter(action="staff.made", target_key=str(user.pk)).count() == 1
    password = re.search(r"password (\S+)", out)[1]
    response = client.post(reverse("account_login"), {"login": "alex", "password": password})
    assert response.status_code == 302


def test_create_administrator_is_for_the_first_one_only(capsys):
    factories.user(Role.ADMINISTRATOR)

    with pytest.raises(CommandError, match="has an administrator already"):
        create(capsys, "alex", "Alex Fictonby", "--prison=LPI")


def test_create_administrator_asks_for_the_name_of_a_new_prison(capsys):
    with pytest.raises(CommandError, match="Say its name with --prison-name"):
        create(capsys, "alex", "Alex Fictonby", "--prison=ACI")


def test_create_administrator_says_what_is_wrong_with_a_code(capsys):
    with pytest.raises(CommandError, match="two capital letters and an I"):
        create(capsys, "alex", "Alex Fictonby", "--prison=XX", "--prison-name=Nowhere")
