"""Consent by parts: what goes out, what comes back out of it, and what a pack that waits may still say."""

import json
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from pypdf import PdfReader

from casework import context
from casework.access import Role
from casework.models import Consent, User
from casework.operations import consent as consents
from partners.models import Handover, Pack, Protocol
from partners.operations import handovers, packs
from tests import factories
from tests.partners import contents
from tests.partners.steps import build

pytestmark = pytest.mark.django_db
SECTIONS = ["CUSTODY", "RISKS", "TREATMENT", "NALOXONE"]
SECRETS = ["Heroin", "Daily"]  # of the part on use


def ready(sections):
    case = factories.case(worker=factories.user())
    factories.protocol()
    factories.consent(case.person, sections=sections)
    made = handovers.make(
        case=case, agency=factories.agency(), release_on=timezone.localdate(), content=contents.FULL, by=case.opened_by
    )
    return handovers.ready(handover=factories.clinical_part(made).handover, by=case.opened_by)


def sent(sections=SECTIONS):
    pack = build(ready(sections))
    handovers.send(handover=pack.handover, by=pack.asked_by)
    return Handover.objects.get()


def raw(statement, *given):
    """What somebody of the agency reads by his own statement."""
    with context.acting(factories.user(Role.PARTNER)), connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchall()


def readable():
    return json.dumps(raw("SELECT content FROM partners_handover UNION ALL SELECT content FROM partners_pack"))


def text(pack):
    pages = PdfReader(BytesIO(bytes(pack.pdf))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_handover_that_is_sent_holds_no_part_that_is_not_shared(client):
    handover = sent()

    assert handover.sections == SECTIONS
    assert len(raw("SELECT id FROM partners_handover")) == len(raw("SELECT id FROM partners_pack")) == 1
    assert [secret for secret in SECRETS if secret in readable()] == []
    pack = Pack.objects.get()
    assert pack.content["not_shared"] == ["USE", "CLINICAL", "BLOOD_BORNE"]
    client.force_login(factories.user(Role.PARTNER))
    page = client.get(f"/coming/{handover.pk}/").content.decode()
    assert [secret for secret in [*SECRETS, "Lost"] if secret in page] == []
    assert page.count("Not shared") == 2  # the page has no part on blood-borne viruses


def test_the_writer_keeps_his_words_until_it_is_sent():
    pack = ready(SECTIONS)

    assert pack.handover.content["use"]["tolerance"] == "Lost"
    handovers.reopen(handover=pack.handover, by=pack.asked_by)
    assert Handover.objects.get().content["use"]["tolerance"] == "Lost"


def test_sharing_fewer_parts_takes_them_out_of_what_was_sent_at_once():
    handover = sent([*SECTIONS, "USE"])
    assert "Heroin" in readable()
    before = Pack.objects.get()

    consents.share_fewer(consent=Consent.objects.get(), sections=SECTIONS, by=handover.made_by)

    assert raw("SELECT id FROM partners_pack") == []
    assert "Heroin" not in readable()
    assert raw("SELECT sections FROM partners_handover") == [(SECTIONS,)]
    pack = build(Pack.objects.current().get())
    assert (pack.state, pack.number, pack.content["pack"]["amendment"]) == (Pack.State.BUILT, before.number + 1, 1)
    assert pack.content["amendments"][0]["changed"] == "Parts that are no longer shared were taken out."
    assert raw("SELECT number FROM partners_pack") == [(2,)]
    assert "Heroin" not in readable()


def test_withdrawing_and_agreeing_to_fewer_parts_comes_to_the_same():
    handover = sent([*SECTIONS, "USE"])
    consents.withdraw(consent=Consent.objects.get(), by=handover.made_by)
    assert raw("SELECT id FROM partners_handover") == []

    consents.record(
        person=handover.person, agency=handover.agency, given=True, asked_on=timezone.localdate(), sections=SECTIONS, by=handover.made_by
    )  # fmt: skip

    assert len(raw("SELECT id FROM partners_handover")) == 1
    assert "Heroin" not in readable()


def test_a_narrower_consent_that_nobody_acted_on_shows_nothing_at_all():
    sent([*SECTIONS, "USE"])

    Consent.objects.update(sections=SECTIONS)

    assert raw("SELECT id FROM partners_handover") == raw("SELECT id FROM partners_pack") == []
    assert list(Handover.objects.visible_to(factories.user(Role.PARTNER))) == []


def test_more_parts_than_before_put_nothing_into_what_was_sent():
    handover = sent()
    consents.withdraw(consent=Consent.objects.get(), by=handover.made_by)
    consents.record(
        person=handover.person, agency=handover.agency, given=True, asked_on=timezone.localdate(), by=handover.made_by
    )

    assert Pack.objects.get().state == Pack.State.BUILT
    assert "Heroin" not in readable()


def test_a_handover_made_ready_under_more_parts_is_not_sent():
    pack = build(ready([*SECTIONS, "USE"]))
    Consent.objects.update(sections=SECTIONS)

    with pytest.raises(ValidationError, match="agrees to fewer parts"):
        handovers.send(handover=pack.handover, by=pack.asked_by)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda: consents.withdraw(consent=Consent.objects.get(), by=factories.user()), "withdrew consent"),
        (lambda: Consent.objects.update(sections=SECTIONS), "agrees to fewer parts"),
        (lambda: Protocol.objects.update(ended_on=timezone.localdate()), "was ended"),
        (lambda: Protocol.objects.update(items=["IN_ANSWER"]), "lets no handovers pass"),
    ],
    ids=["withdrawn", "narrowed", "ended", "not named"],
)
def test_a_pack_that_was_queued_before_is_not_built(change, words):
    pack = ready([*SECTIONS, "USE"])
    change()

    packs.build(pack_id=pack.pk, by=User.objects.system())

    pack.refresh_from_db()
    assert (pack.state, bytes(pack.pdf)) == (Pack.State.FAILED, b"")
    assert words in pack.failure


def test_the_database_lets_nothing_be_put_into_what_is_over():
    handover = factories.handover(state=Handover.State.KEPT)

    with pytest.raises(Exception, match="while it is a draft, or by an amendment"):
        Handover.objects.filter(pk=handover.pk).update(content=contents.FULL)


def test_the_pack_says_what_is_not_shared_and_never_what_it_was():
    pack = build(ready(["NALOXONE"]))

    said = text(pack)
    assert said.count("Not shared") >= 5
    assert [word for word in ["Heroin", "Withdrawal fit", "To stay well", "No opioids", "Lost"] if word in said] == []
    assert "Trained on 8 June" in said


def test_share_fewer_refuses_more_parts_all_parts_and_an_answer_that_is_over():
    consent = factories.consent(sections=SECTIONS)

    for wrong in [SECTIONS, [*SECTIONS, "USE"]]:
        with pytest.raises(ValidationError, match="Untick at least one part"):
            consents.share_fewer(consent=consent, sections=wrong, by=factories.user())
    consents.withdraw(consent=consent, by=factories.user())
    with pytest.raises(ValidationError, match="no longer in force"):
        consents.share_fewer(consent=consent, sections=["USE"], by=factories.user())
