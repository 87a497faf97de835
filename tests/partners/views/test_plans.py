from datetime import timedelta

import pytest
from django.utils import timezone

from casework.access import Role
from partners.models import Handover, ReleasePlan
from partners.operations import plans as operations
from tests import factories
from tests.partners import contents
from tests.partners.pages import at, due, text, trail
from tests.partners.views.test_handovers import answers

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def filled(**given):
    return {name: value for name, value in answers(version=1, **given).items() if name != "release_on"}


def test_released_today_shows_what_would_go_and_what_is_missing(client, case):
    page = client.get(at("released_today", case.person_id))

    said = text(page)
    assert "No agency is chosen. Ask where the person is going to live." in said
    assert "Answer whether naloxone was given." in said
    assert "What would be handed over" in said
    assert trail() == [("release.opened", case.person_id)]


def test_released_today_says_that_there_is_no_case(client, worker):
    person = factories.spell().person

    assert "There is no open case" in text(client.get(at("released_today", person.pk)))
    assert client.get(at("release_plan", person.pk)).url == at("released_today", person.pk)


def test_release_plan_is_written_once_however_often_it_is_sent(client, case):
    given = filled(agency=factories.agency().pk)

    first, second = [client.post(at("release_plan", case.person_id), given) for _ in range(2)]

    plan = ReleasePlan.objects.get()
    assert (first.url, second.url) == (at("released_today", case.person_id),) * 2
    assert (plan.agency.name, plan.version, plan.content["overdose_risk"]) == ("Liverpool DIP", 2, "High")
    page = client.get(at("release_plan", case.person_id))
    assert page.context["form"]["overdose_risk"].value() == "High"
    assert "release_on" not in page.context["form"].fields


def test_release_plan_says_beside_the_field_what_is_wrong(client, case):
    page = client.post(at("release_plan", case.person_id), filled(before_2="Daily", agency="x"))

    assert page.context["form"].errors["substance_2"] == ["Name the substance."]
    assert "agency" in page.context["form"].errors
    assert ReleasePlan.objects.filter(written_at__isnull=False).count() == 0


def test_release_plan_marks_words_that_may_not_pass(client, case):
    factories.spell(factories.person("O’Brien", "Seán"))
    operations.write(
        case=case, content={**contents.FULL, "overdose_risk": "Uses with Sean OBrien"}, agency=None, by=case.opened_by
    )

    page = client.get(at("release_plan", case.person_id)).content.decode()

    assert "Uses with <mark>Sean OBrien</mark>" in page
    assert 'aria-describedby="id_overdose_risk_helptext id_overdose_risk_marks' in page


def test_make_begins_with_the_release_plan(client, case):
    factories.consent(case.person, agency=factories.agency("Wirral DIP"))
    factories.protocol(agency=factories.agency("Wirral DIP"))
    operations.write(case=case, content=contents.FULL, agency=factories.agency("Wirral DIP"), by=case.opened_by)

    form = client.get(at("make", case.person_id)).context["form"]

    assert form["overdose_risk"].value() == contents.FULL["overdose_risk"]
    assert form["substance_1"].value() == "Heroin"
    assert form["agency"].value() == str(factories.agency("Wirral DIP").pk)


def test_gaps_lists_and_narrows(client, case):
    sent = factories.case(worker=factories.user())
    due(sent, 5)
    factories.handover(sent)

    page = client.get(at("gaps"))
    assert [row.person_id for row in page.context["cases"]] == [sent.person_id, case.person_id]
    assert [row.person_id for row in client.get(at("gaps") + "?missing=handover").context["cases"]] == [case.person_id]
    assert len(client.get(at("gaps") + "?missing=nonsense&within=x&after=y").context["cases"]) == 2
    assert "Nothing is missing" in text(client.get(at("gaps") + "?within=1"))


@pytest.mark.parametrize("rows", [1, 3])
def test_gaps_asks_the_same_number_of_queries(client, case, rows, django_assert_num_queries):
    for days in range(1, rows):
        due(factories.case(worker=factories.user()), days)

    with django_assert_num_queries(19):
        client.get(at("gaps"))


@pytest.mark.parametrize("rows", [1, 3])
def test_gaps_begins_with_those_who_are_out_and_says_why(client, case, rows, django_assert_num_queries):
    cases = [factories.case(worker=factories.user()) for _ in range(rows)]
    for one in cases:
        factories.end(one.spell, ended_at=timezone.now(), end="RELEASED_COURT")
    why = "The person has not been asked for consent."

    with django_assert_num_queries(21):
        page = client.get(at("gaps"))

    assert text(page).count(why) == rows
    assert trail()[-1][0] == "release-gaps.listed"


def test_release_says_of_whom_nobody_was_told(client, case):
    factories.end(case.spell, ended_at=timezone.now(), end="RELEASED_COURT")

    page = text(client.get(at("release", case.person_id)))

    assert "Out, and no agency was told" in page
    assert "Nothing stands in the way, and none was made." in page


# On a handover


def test_confirm_clinical_is_for_who_writes_clinical_notes(client, case):
    made = factories.handover(case, state=Handover.State.DRAFT, content=contents.FULL)
    made.clinical_parts.update(digest="x")

    client.post(at("confirm_clinical", made.pk))
    assert made.clinical_parts.count() == 1
    client.force_login(factories.user(Role.MANAGER))
    assert "Confirm: nothing clinical to say" in text(client.get(at("handover", made.pk)))
    assert "The clinical part is confirmed" in text(client.post(at("confirm_clinical", made.pk), follow=True))
    assert made.clinical_parts.filter(nothing=True).count() == 2


def test_edit_shows_the_words_beside_the_field_and_takes_a_reason(client, case):
    factories.spell(factories.person("O’Brien", "Seán"))
    content = {**contents.FULL, "overdose_risk": "Uses with Sean OBrien"}
    made = factories.handover(case, state=Handover.State.DRAFT, content=content)
    page = client.get(at("edit", made.pk))
    assert "Uses with <mark>Sean OBrien</mark>" in page.content.decode()
    assert "is the name of somebody else in this prison" in text(client.get(at("handover", made.pk)))

    given = answers(version=1, overdose_risk="Uses with Sean OBrien", left_because="His uncle, outside.")
    client.post(at("edit", made.pk), given)

    assert made.words_left.get().reason == "His uncle, outside."
    assert "Still in the way" not in text(client.get(at("handover", made.pk)))


def test_amend_sends_another_pack_and_shows_what_is_wrong(client, case):
    factories.spell(factories.person("O’Brien", "Seán"))
    pack = factories.pack(factories.handover(case, content=contents.FULL))
    made = pack.handover
    client.get(at("amend", made.pk))

    page = client.post(at("amend", made.pk), answers(version=1, overdose_risk="Uses with Sean OBrien"))
    assert "Uses with <mark>Sean OBrien</mark>" in page.content.decode()
    assert made.packs.count() == 1

    given = answers(version=1, overdose_risk="Uses with Sean OBrien", left_because="His uncle, outside.")
    sent = client.post(at("amend", made.pk), given, follow=True)
    assert "The amendment is being built" in text(sent)
    assert made.packs.count() == 2
    assert "Release date:" in made.packs.first().changed


def test_amend_refuses_what_was_not_sent(client, case):
    made = factories.handover(case, state=Handover.State.DRAFT)

    assert "Only what was sent can be amended" in text(client.get(at("amend", made.pk), follow=True))


@pytest.mark.parametrize("name", ["released_today", "release_plan", "gaps", "confirm_clinical", "amend"])
def test_the_pages_are_for_the_prisons_team_alone(client, case, name):
    made = factories.handover(case)
    args = {"gaps": [], "released_today": [case.person_id], "release_plan": [case.person_id]}.get(name, [made.pk])
    method = client.post if name == "confirm_clinical" else client.get

    for role in [Role.PARTNER, Role.ADMINISTRATOR, Role.AUDITOR]:
        client.force_login(factories.user(role))
        assert method(at(name, *args)).status_code == 403
    if args:
        client.force_login(factories.user(prison=factories.prison("WTI", "Elsewhere (HMP)")))
        assert method(at(name, *args)).status_code == 404


def test_a_partner_sees_what_changed_and_the_pack_before(client, case):
    made = factories.handover(case)
    factories.pack(made, state="AMENDED", built_at=timezone.now(), pdf=b"%PDF-1")
    factories.pack(made, number=2, changed="Release date: moved.")
    client.force_login(factories.user(Role.PARTNER))

    page = text(client.get(at("received", made.pk)))

    assert "What changed" in page
    assert "Release date: moved." in page
    assert "Pack 1 (PDF)" in page
    assert made.release_on > TODAY - timedelta(days=1)
