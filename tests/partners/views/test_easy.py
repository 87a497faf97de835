import io
from datetime import timedelta

import pytest
from django.utils import timezone
from pypdf import PdfReader

from casework.access import Role
from partners.models import Handover
from partners.queries import handovers as queries
from tests import factories
from tests.partners import contents, steps
from tests.partners.formats.test_pack import words
from tests.partners.pages import at, text, trail

pytestmark = pytest.mark.django_db


def read(response):
    return words(PdfReader(io.BytesIO(response.content)))


def test_easy_read_has_the_appointment_that_the_agency_offered(client, case):
    made = factories.handover(case, content=contents.FULL)
    assert "You have no appointment yet" in read(client.get(at("easy_read", made.pk)))
    when = timezone.now() + timedelta(days=20)
    made.appointments.create(
        prison=made.prison, agency=made.agency, at=when, where="High Street 1", whom="Robin", offered_by=case.opened_by,
        offered_at=timezone.now(),
    )  # fmt: skip

    response = client.get(at("easy_read", made.pk))

    assert "Ask for Robin. High Street 1" in read(response)
    assert response.headers["Content-Disposition"] == 'inline; filename="plan.pdf"'
    assert trail() == [("easy-read.opened", case.person_id)] * 2


def test_easy_read_is_there_before_any_handover(client, case):
    assert "Naloxone" in read(client.get(at("easy_read_today", case.person_id)))
    person = factories.spell().person
    assert client.get(at("easy_read_today", person.pk)).url == at("released_today", person.pk)


def test_easy_read_is_made_for_nobody_who_died_and_of_nothing_recalled(client, case):
    recalled = factories.handover(case, state=Handover.State.RECALLED)
    assert "nothing to take along" in text(client.get(at("easy_read", recalled.pk), follow=True))

    made = factories.handover(case)
    steps.died(case)
    assert queries.DIED in text(client.get(at("easy_read", made.pk), follow=True))
    assert client.get(at("easy_read_today", case.person_id)).status_code == 302


def test_print_pack_says_what_the_pack_says_on_both_sides(client, case):
    pack = factories.pack(factories.handover(case, content=contents.FULL))

    for user in [case.opened_by, factories.user(Role.PARTNER)]:
        client.force_login(user)
        page = text(client.get(at("print_pack", pack.pk)))
        assert "Confidential: health information. For Liverpool DIP only" in page
        assert pack.handover.reference in page
        assert "High. No opioids since January." in page
    pack.handover.consent.withdrawn_at = timezone.now()
    pack.handover.consent.save()
    assert client.get(at("print_pack", pack.pk)).status_code == 404


@pytest.mark.parametrize("name", ["easy_read", "easy_read_today"])
def test_the_page_to_keep_is_for_the_prisons_team_alone(client, case, name):
    made = factories.handover(case)
    key = case.person_id if name == "easy_read_today" else made.pk

    for role in [Role.PARTNER, Role.ADMINISTRATOR, Role.AUDITOR]:
        client.force_login(factories.user(role))
        assert client.get(at(name, key)).status_code == 403
    client.force_login(factories.user(prison=factories.prison("WTI", "Elsewhere (HMP)")))
    assert client.get(at(name, key)).status_code == 404
