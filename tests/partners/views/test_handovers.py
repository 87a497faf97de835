from datetime import date, timedelta

import pytest
from django.utils import timezone

from casework.access import Role
from casework.models import AuditEntry, User
from partners.models import Handover, HandoverMove, Pack
from partners.operations import handovers as operations
from partners.operations import packs
from tests import factories
from tests.partners import contents
from tests.partners.pages import at, built, due, ready, text, trail

pytestmark = pytest.mark.django_db
State = Handover.State
TODAY = timezone.localdate()


def answers(**given):
    """A form filled in so that nothing stands in the way."""
    return {
        "release_on": "27/3/2030",
        "release_time": "09:30",
        "clinical": "NO",
        "overdose_risk": "High",
        "substance_1": "Heroin",
        "before_1": "Daily",
        "risks": "Withdrawal fit: one in January\nSee in pairs",
        "naloxone": "Given",
        "harm_reduction": ["Overdose and lost tolerance"],
        "harm_other": "Told of the drop-in",
        "no_appointment_because": "The team telephones on Monday",
        **given,
    }


# Releases


def test_releases_lists_who_is_due_out_soonest_first(client, case):
    other = factories.case(worker=factories.user(full_name="Olly Other"))
    due(other, 3)
    due(other, 1, kind="LICENCE_EXPIRY")
    due(other, 2, superseded_at=timezone.now())
    due(factories.case(), 85)
    due(factories.case(closed_on=TODAY + timedelta(days=3650), close_reason="DIED"), 5)
    factories.handover(case, agency=factories.agency("Wirral DIP"), state=State.DRAFT)

    response = client.get(at("releases"))

    listed = [(row.person_id, row.release_on) for row in response.context["cases"]]
    assert listed == [(other.person_id, TODAY + timedelta(days=3)), (case.person_id, TODAY + timedelta(days=10))]
    assert "Wirral DIP Draft" in text(response)
    entry = AuditEntry.objects.get(kind="READ")
    assert (entry.action, entry.detail) == ("releases.listed", {"people": [case.person_id, other.person_id]})


@pytest.mark.parametrize(("query", "count"), [("?within=14", 1), ("?within=84&whose=mine", 2), ("?within=x", 3)])
def test_releases_can_be_narrowed(client, worker, case, query, count):
    due(factories.case(worker=worker), 20)
    due(factories.case(worker=factories.user()), 30)

    assert len(client.get(at("releases") + query).context["cases"]) == count


@pytest.mark.parametrize("rows", [1, 3])
def test_releases_asks_the_same_number_of_queries(client, case, rows, django_assert_num_queries):
    factories.handover(case, state=State.DRAFT)
    for days in range(1, rows):
        another = factories.case(worker=factories.user())
        due(another, days)
        factories.handover(another, state=State.DRAFT)

    with django_assert_num_queries(18):
        client.get(at("releases"))


def test_releases_pages_by_key(client, case):
    for _ in range(26):
        due(factories.case(), 4)

    first = client.get(at("releases") + "?within=42")
    second = client.get(at("releases") + first.context["older_url"])

    assert (len(first.context["cases"]), len(second.context["cases"])) == (25, 2)
    assert second.context["cases"][-1] == case
    assert len(client.get(at("releases") + "?after=2026-99-99_1").context["cases"]) == 25


def test_releases_says_that_nobody_is_due(client, worker):
    assert "Nobody is due out in this time" in text(client.get(at("releases")))


# The release tab


def test_release_shows_handovers_with_moves_and_packs(client, case):
    made = ready(case)
    built(made)

    page = client.get(at("release", case.person_id))

    assert "Made ready by Kit Keyworker" in text(page)
    assert "Pack 1 (PDF)" in text(page)
    assert trail() == [("release.opened", case.person_id)]


def test_release_says_that_there_is_no_case(client, worker):
    person = factories.spell().person

    assert "There is no open case" in text(client.get(at("release", person.pk)))
    assert "There is no open case" in text(client.get(at("make", person.pk)))


# Make


def test_make_begins_with_what_the_records_know(client, case):
    referral = factories.referral(spell=case.spell)
    factories.triage(referral, substances="Heroin, crack")
    factories.agency("Wirral DIP")

    page = client.get(at("make", case.person_id))

    form = page.context["form"]
    assert (form["release_on"].value(), form["substance_2"].value()) == (TODAY + timedelta(days=10), "crack")
    assert [label for _, label in form["agency"].field.widget.choices] == ["Liverpool DIP"]
    assert "Wirral DIP The person has not been asked for consent." in text(page)


def test_make_makes_a_draft_from_the_answers(client, case):
    page = client.get(at("make", case.person_id))
    nonce = page.context["form"]["nonce"].value()
    given = answers(agency=factories.agency().pk, nonce=nonce)

    first = client.post(at("make", case.person_id), given)
    second = client.post(at("make", case.person_id), given)

    made = Handover.objects.get()
    assert (first.url, second.url) == (at("handover", made.pk), at("handover", made.pk))
    assert made.release_on == date(2030, 3, 27)
    assert made.content["risks"] == [{"risk": "Withdrawal fit", "detail": "one in January"}, {"risk": "See in pairs"}]
    assert made.content["harm_reduction"] == ["Overdose and lost tolerance", "Told of the drop-in"]
    assert made.content["custody"]["release_time"] == "09:30"
    assert made.content["use"]["substances"][0]["substance"] == "Heroin"
    assert "Still in the way" in text(client.get(first.url)), "nobody of the clinical side confirmed"
    factories.clinical_part(made)
    assert "Still in the way" not in text(client.get(first.url))


def test_make_refuses_an_agency_whose_consent_was_withdrawn_meanwhile(client, case):
    given = answers(agency=factories.agency().pk, nonce="8a3f6f0e-6b0e-4f2a-9a53-0d6f3f6f1c11")
    case.person.consents.update(withdrawn_at=timezone.now())

    page = client.post(at("make", case.person_id), given)

    assert page.context["form"].errors["agency"][0].startswith("The person withdrew consent on")
    assert Handover.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"release_on": ""}, "release_on", "This field is required."),
        ({"before_2": "Daily"}, "substance_2", "Name the substance."),
        ({"clinical": "YES"}, "clinical_author", "Say who wrote it."),
        ({"clinical": "YES"}, "clinical_on", "Say when they wrote it."),
        (
            {"clinical_summary": "Methadone"},
            "clinical",
            "Say that the clinical team wrote the summary, or take it out.",
        ),
        ({"appointment_person": "Robin"}, "appointment_on", "Give the date of the appointment."),
        ({"appointment_on": "26/3/2030"}, "appointment_on", "The appointment is before the release date."),
        (
            {"appointment_on": "29/3/2030"},
            "no_appointment_because",
            "Give an appointment or the reason why there is none, not both.",
        ),
    ],
)
def test_make_says_beside_the_field_what_is_wrong(client, case, change, field, words):
    given = answers(agency=factories.agency().pk, nonce="8a3f6f0e-6b0e-4f2a-9a53-0d6f3f6f1c11", **change)

    page = client.post(at("make", case.person_id), given)

    assert page.context["form"].errors[field] == [words]
    assert Handover.objects.count() == 0


# One handover


def test_handover_shows_what_stands_in_the_way_with_the_words(client, case):
    made = factories.handover(case, state=State.DRAFT, content={"overdose_risk": "Shared with B9876CD"})

    page = client.get(at("handover", made.pk))

    assert "“B9876CD” in the overdose risk is another person’s prison number. Take it out." in text(page)
    assert "Make it ready" not in text(page)
    assert trail() == [("handover.opened", case.person_id)]


def test_handover_warns_that_the_release_date_moved(client, case):
    made = factories.handover(case, release_on=TODAY + timedelta(days=12))

    assert "The release date moved" in text(client.get(at("handover", made.pk)))


def test_handover_shows_staff_who_acknowledged(client, case):
    made = built(ready(case)).handover
    operations.send(handover=made, by=case.opened_by)
    operations.query(handover=made, words="Who meets him?", by=factories.user(Role.PARTNER))
    operations.acknowledge(handover=made, by=factories.user(Role.PARTNER, full_name="Pat Pretend"))

    page = text(client.get(at("handover", made.pk)))

    assert "Acknowledged by Pat Pretend" in page
    assert "“Who meets him?”" in page


def test_edit_keeps_what_the_form_does_not_ask(client, case):
    goals = {**contents.FULL, "treatment": {"goals": [{"goal": "Work"}], "wants": "Rest"}}
    goals["use"] = {"substances": [{"substance": name} for name in ["One", "Two", "Three", "Four"]]}
    goals["appointment"] = {"agency": "Mill", "on": "2030-03-29", "time": "14:00"}
    goals["no_appointment_because"] = ""
    made = factories.handover(case, state=State.DRAFT, content=goals)
    form = client.get(at("edit", made.pk)).context["form"]
    given = {bound.name: bound.value() or "" for bound in form} | {"wants": "To stay well", "release_on": "27/3/2030"}

    response = client.post(at("edit", made.pk), given)

    made.refresh_from_db()
    assert response.url == at("handover", made.pk)
    assert made.content["treatment"]["goals"] == [{"goal": "Work"}]
    assert made.content["treatment"]["wants"] == "To stay well"
    assert [row["substance"] for row in made.content["use"]["substances"]] == ["One", "Two", "Three", "Four"]
    assert (made.content["appointment"]["on"], made.content["appointment"]["time"]) == ("2030-03-29", "14:00")
    assert made.content["risks"] == contents.FULL["risks"]
    assert made.content["harm_reduction"] == contents.FULL["harm_reduction"]


def test_edit_refuses_an_older_version_and_changes_nothing(client, case):
    made = factories.handover(case, state=State.DRAFT, content=contents.FULL)

    page = client.post(at("edit", made.pk), answers(version=7))

    form = page.context["form"]
    assert form.non_field_errors()[0].startswith("Somebody else changed this")
    made.refresh_from_db()
    assert made.content["overdose_risk"] == contents.FULL["overdose_risk"]
    assert form.theirs["overdose_risk"] == contents.FULL["overdose_risk"]
    assert (form["overdose_risk"].value(), form["version"].value()) == (answers()["overdose_risk"], made.version)
    assert "release_time" not in form.theirs or form.theirs["release_time"] != form["release_time"].value()


def test_edit_says_that_only_drafts_change(client, case):
    made = factories.handover(case)

    page = client.get(at("edit", made.pk), follow=True)

    assert "Only a draft can be changed." in text(page)


def test_ready_leaves_a_pack_to_be_built_and_nudges(client, case, django_capture_on_commit_callbacks, monkeypatch):
    made = factories.handover(case, state=State.DRAFT, content=contents.FULL)
    sent = []
    monkeypatch.setattr("partners.tasks.build_pack.apply_async", lambda **given: sent.append(given["kwargs"]))

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(at("ready", made.pk))

    pack = made.packs.get()
    assert response.url == at("handover", made.pk)
    assert sent == [{"pack_id": pack.pk}]
    assert "The pack waits for its turn." in text(client.get(response.url))


def test_ready_shows_its_refusal(client, case):
    made = factories.handover(case, state=State.DRAFT, content={})

    page = client.post(at("ready", made.pk), follow=True)

    assert "There is a problem Answer whether naloxone was given." in text(page)
    assert Pack.objects.count() == 0


def test_send_reopen_and_recall_move_it_on(client, case):
    made = ready(case)
    built(made)
    assert "Send it to the agency" in text(client.get(at("handover", made.pk)))

    client.post(at("reopen", made.pk))
    made.refresh_from_db()
    assert made.state == State.DRAFT

    operations.ready(handover=made, by=case.opened_by)
    packs.build(pack_id=made.packs.current().get().pk, by=User.objects.system())
    assert "Sent: the agency sees it now" in text(client.post(at("send", made.pk), follow=True))
    assert "already" not in text(client.post(at("send", made.pk), follow=True))
    assert "Answer “Why is it recalled?”" in text(client.post(at("recall", made.pk), {"reason": ""}))

    page = client.post(at("recall", made.pk), {"reason": "Release fell through"}, follow=True)
    assert "“Release fell through”" in text(page)
    assert list(HandoverMove.objects.values_list("after", flat=True)) == [
        "DRAFT",
        "READY",
        "DRAFT",
        "READY",
        "SENT",
        "RECALLED",
    ]
    page = client.post(at("recall", made.pk), {"reason": "Once more"})
    assert page.status_code == 302, "the same person, twice"
    client.force_login(factories.user(Role.MANAGER))
    page = client.post(at("recall", made.pk), {"reason": "Once more"})
    assert page.context["form"].non_field_errors()[0].startswith("This handover was recalled by Kit Keyworker")


def test_send_without_a_pack_says_so(client, case):
    page = client.post(at("send", ready(case).pk), follow=True)

    assert operations.NOT_BUILT in text(page)
