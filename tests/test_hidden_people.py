"""A restricted record, looked for everywhere: in every table that names a person, and on every page."""

import itertools
import re
import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, models
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import (
    Action,
    Agency,
    Alert,
    Assessment,
    Attachment,
    AuditEntry,
    Case,
    CourtDate,
    CoWorker,
    CustodySpell,
    Draft,
    Goal,
    KeepApart,
    Location,
    Mail,
    Note,
    OutcomesProfile,
    Person,
    PersonMerge,
    Plan,
    Prison,
    ReleaseDate,
    Restriction,
    RestrictionAccess,
    RollImport,
    Score,
    Strand,
    Suspension,
    User,
)
from interventions.models import Appointment, Certificate, Commitment, DrugTest, PeerSupporter, UnitStay
from partners.models import (
    Handover,
    HandoverLink,
    InwardNotice,
    MeetingAction,
    MeetingItem,
    OutwardReferral,
    Pack,
    WingVisitLine,
)
from referrals.models import Referral, Slip, Triage
from reporting.operations import figures
from reporting.queries import indicators
from reporting.queries.months import Month
from reporting.tasks import compute_month
from tests import factories

pytestmark = pytest.mark.django_db
APPS = ["casework", "referrals", "interventions", "partners", "reporting"]
# Managers keep these and see them: a number and who is named. Of a trail entry a manager reads what the next test says.
KEPT_BY_MANAGERS = {Restriction, RestrictionAccess}
ANCHORS = [Person, CustodySpell, Case, Handover]
counter = itertools.count(1)


def owners(model):
    """The fields of ``model`` that lead to a person, directly or by a spell, a case, a handover."""
    return [field for field in model._meta.concrete_fields if field.is_relation and field.related_model in ANCHORS]


MODELS = [Person, *(m for app in APPS for m in apps.get_app_config(app).get_models() if owners(m) and m is not Person)]
# A draft is read by nobody but whoever typed it: a test of its own. The queue of mails is read by nobody who works with people.
MODELS = [model for model in MODELS if model not in KEPT_BY_MANAGERS | {Draft, Mail}]
# What the plain filling of a row would break a rule of the table with.
SPECIAL = {
    "casework_keepapart": lambda told: {"other": factories.person()},
    "casework_consent": lambda told: {"expires_on": timezone.localdate() + timedelta(days=30)},
    "casework_suspension": lambda told: {},
    "casework_recordaccess": lambda told: {},
    "casework_formernumber": lambda told: {"number": "Z5555ZZ", "prison_ids": [factories.prison().pk]},
    "casework_personmerge": lambda told: {"kept": factories.person()},
    "interventions_drugtest": lambda told: {"kind": "SUSPICION", "state": "UNABLE", "unable_why": "VISIT"},
    "partners_wordsleft": lambda told: {"kind": "NAME"},
    "partners_handovermove": lambda told: {"by": told["named"][0]},
    "partners_inwardnotice": lambda told: {"person": told[Person]},
    "partners_wingvisitline": lambda told: {"person": told[Person]},
    "partners_meetingaction": lambda told: {"agency": factories.agency()},
    "referrals_hold": lambda told: {"until_on": timezone.localdate() + timedelta(days=7)},
    "referrals_offer": lambda told: {"answer": "DECLINED"},
    "referrals_slip": lambda told: {
        "person": told[Person],
        "referral": related(Referral, told),
        "answer": "MATCHED",
        "answered_at": timezone.now(),
        "answered_by": told["named"][0],
    },
}


@pytest.fixture
def told():
    """A restricted person with everything that other rows hang on, and who is named."""
    duties = list(User.Duty.values)
    told = {"named": [factories.user(duties=duties), factories.user(Role.MANAGER)]}
    told["others"] = [factories.user(duties=duties), factories.user(Role.MANAGER)]
    person = factories.person("Hiddenby", "Zebedee", number="Z9876ZZ")
    case = factories.case(spell=factories.spell(person), worker=told["named"][0])
    handover = factories.handover(case)
    told |= {Person: person, CustodySpell: case.spell, Case: case, Handover: handover}
    restriction = Restriction.objects.create(
        person=person, prison=factories.prison(), number=person.number, kind="OTHER", reason="Known to staff",
        made_at=timezone.now(), made_by=told["named"][1],
    )  # fmt: skip
    for user in told["named"]:
        RestrictionAccess.objects.create(
            restriction=restriction, prison=restriction.prison, user=user, from_at=timezone.now(), given_by=user
        )
    return {**told, "restriction": restriction}


def filled(model, told):
    """A row of ``model`` about the restricted person: the one that is there, or one with something in each field that must have it."""
    if row := model._base_manager.filter(**{owners(model)[0].name: told[owners(model)[0].related_model]}).first():
        return row
    given = SPECIAL.get(model._meta.db_table, lambda told: {})(told)
    for field in model._meta.concrete_fields:
        if field.name in given or field.primary_key or field.has_default() or field.null:
            continue
        if not field.is_relation and field.blank:
            continue
        given[field.name] = value(field, told)
    return model._base_manager.create(**given)


def value(field, told):
    if field.is_relation:
        return related(field.related_model, told)
    if field.choices:
        return field.flatchoices[0][0]
    now = timezone.now()
    return {
        "DateTimeField": now,
        "DateField": now.date(),
        "TimeField": now.time(),
        "BooleanField": True,
        "UUIDField": uuid.uuid4(),
        "BinaryField": b"x",
        "JSONField": {},
        "ArrayField": [],
        "DateTimeRangeField": (timezone.now(), timezone.now() + timedelta(hours=1)),
    }.get(
        field.get_internal_type(), f"x{next(counter)}" if isinstance(field, models.CharField | models.TextField) else 1
    )


def related(model, told):
    if model in told:
        return told[model]
    simple = {Prison: factories.prison, User: lambda: told["named"][0], Agency: factories.agency}
    if model in simple:
        return simple[model]()
    if owners(model):
        return filled(model, told)
    if found := model._base_manager.first():
        return found
    required = [f for f in model._meta.concrete_fields if not (f.primary_key or f.has_default() or f.null or f.blank)]
    return model._base_manager.create(**{f.name: value(f, told) for f in required})


def readers(model):
    """The kinds of caseworker who may read the table at all."""
    with connection.cursor() as cursor:
        for role in [Role.KEYWORKER, Role.MANAGER]:
            cursor.execute("SELECT has_table_privilege(%s, %s, 'SELECT')", [f"ww_{role.lower()}", model._meta.db_table])
            if cursor.fetchone()[0]:
                yield role


def count(model, user, row):
    with context.acting(user), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {model._meta.db_table} WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.db_table)
def test_a_row_of_a_restricted_person_is_hidden_in_every_table(told, model):
    row = told[Person] if model is Person else filled(model, told)
    roles = list(readers(model))
    seen = {user.role: count(model, user, row) for user in told["named"] if user.role in roles}
    hidden = {user.role: count(model, user, row) for user in told["others"] if user.role in roles}

    assert roles
    assert seen == dict.fromkeys(roles, 1)
    assert hidden == dict.fromkeys(roles, 0)


def draft(user, person):
    return Draft.objects.create(
        user=user, prison=user.prison, person=person, key=uuid.uuid4(), path="/", called="Note", fields=[], saved_at=timezone.now()
    )  # fmt: skip


def test_a_draft_about_a_restricted_person_is_hidden_from_whoever_typed_it_before(told):
    for users, seen in [("named", [1, 1]), ("others", [0, 0])]:
        assert [count(Draft, user, draft(user, told[Person])) for user in told[users]] == seen


@pytest.mark.parametrize(("hidden", "other"), [("kept", "removed"), ("removed", "kept")])
def test_a_merge_with_a_restricted_person_is_hidden_whichever_of_the_two_he_is(told, hidden, other):
    people = {hidden: told[Person], other: factories.person()}
    merge = PersonMerge.objects.create(
        **people, prison=factories.prison(), reason="Alike", asked_by=told["named"][1], asked_at=timezone.now()
    )

    assert [count(PersonMerge, users[1], merge) for users in [told["named"], told["others"]]] == [1, 0]


def test_a_manager_reads_in_the_trail_who_opened_a_record_that_he_may_see_and_nothing_else(told, client):
    named, other = told["named"][1], told["others"][1]
    client.force_login(named)
    client.get(reverse("reporting:person", args=[told[Person].pk]))
    client.get(reverse("casework:caseload"))

    def seen(user):
        with context.acting(user):
            return set(AuditEntry.objects.values_list("kind", "person_id"))

    assert seen(named) == {("READ", told[Person].pk)}
    assert seen(other) == set()


def test_a_number_that_was_merged_into_a_restricted_record_is_hidden_with_it(told):
    merged = factories.person("Formerby", merged_into=told[Person])
    earlier = factories.person("Beforeby", merged_into=merged)

    for row in [merged, earlier]:
        assert [count(Person, user, row) for user in [*told["named"], *told["others"]]] == [1, 1, 0, 0]


# Pages


@pytest.fixture
def everywhere(told):
    """The restricted person stands in every list that the product has, and somebody else beside him."""
    case, person, worker = told[Case], told[Person], told["named"][0]
    factories.contact(case, at=timezone.now() - timedelta(minutes=5), worker=told["others"][0])
    factories.referral(spell=case.spell, received_on=timezone.localdate())
    ReleaseDate.objects.create(
        spell=case.spell, prison=case.prison, kind="CONDITIONAL", on=timezone.localdate() + timedelta(days=7),
        recorded_at=timezone.now(), recorded_by=worker,
    )  # fmt: skip
    factories.pack(told[Handover])
    Alert.objects.create(person=person, prison=case.prison, kind="H", code="HA", from_at=timezone.now())
    agency, sender = factories.agency("Testing", kind="TESTING"), {"sent_by": worker, "sent_at": timezone.now()}
    InwardNotice.objects.create(
        prison=case.prison, agency=agency, kind="POSITIVE", number=person.number, on=timezone.localdate(), **sender
    )
    for number in ["Z9876ZZ", "A0000ZZ"]:
        filled_report(case.prison, number, worker)
    Case.objects.filter(pk=case.pk).update(opened_on=timezone.localdate().replace(day=1))
    return told


def filled_report(prison, number, by):
    movements = {"RELEASED": {"count": 1, "numbers": [number]}}
    told = {"number": number, "fields": ["surname"]}
    report = {
        "shape": "x", "skipped": {}, "on_file": 1, "here_before": 1, "unchanged": 0, "movements": movements, "counts": {},
        "changed": [told], "changed_count": 1, "kept": [told], "kept_count": 1, "merges": [[number, "A0000ZY"]],
        "unknown_wings": {}, "problem_count": 1,
        "problems": [{"row": 1, "text": f"{number} changed surname and forenames. Please check.", "skipped": False}],
    }  # fmt: skip
    return RollImport.objects.create(
        prison=prison, state="DONE", report=report, uploaded_by=by, uploaded_at=timezone.now(), filename="roll.csv"
    )  # fmt: skip


def patterns(resolver, prefix=""):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield prefix, entry
        else:
            yield from patterns(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)


LISTS = sorted(
    f"{prefix}{pattern.name}"
    for prefix, pattern in patterns(get_resolver())
    if not pattern.pattern.converters
    and hasattr(pattern.callback, "permission")
    and not str(pattern.pattern).startswith("account/")
)


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_no_list_names_a_restricted_person_to_whom_it_does_not_name(client, everywhere, role):
    reader = next((user for user in everywhere["others"] if user.role == role), None) or factories.user(role)
    client.force_login(reader)
    shown = {name: page for name in LISTS if (page := client.get(address(name))).status_code == 200}

    assert "home" in shown
    leaks = {name: leak for name, page in shown.items() if (leak := leaked(page, name))}
    assert leaks == {}


def test_the_cases_of_a_worker_name_no_restricted_person_to_whom_it_does_not_name(client, everywhere):
    client.force_login(everywhere["others"][1])

    page = client.get(reverse("casework:reallocate", args=[everywhere["named"][0].pk]))

    assert (page.status_code, leaked(page, "")) == (200, set())


def address(name):
    return reverse(name) + ("?worker=all" if name == "casework:caseload" else "")


def leaked(page, name):
    """What a page says of the restricted person. The list of restrictions shows a manager the number, and that is all."""
    found = set(re.findall("Hiddenby|Zebedee|Z9876ZZ", page.content.decode()))
    return found - ({"Z9876ZZ"} if name == "casework:restrictions" else set())


def test_lists_name_the_restricted_person_to_whom_the_restriction_names(client, everywhere):
    client.force_login(everywhere["named"][1])

    seen = {name for name in LISTS if leaked(client.get(address(name)), name)}

    assert seen >= {"casework:caseload", "partners:releases", "referrals:queue", "casework:restrictions"}


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER])
def test_a_restricted_person_is_found_by_no_name_and_no_number(client, everywhere, role):
    client.force_login(next(user for user in everywhere["others"] if user.role == role))
    former = factories.person("Formerby", number="Z1111ZZ", merged_into=everywhere[Person])
    everywhere[Person].former_numbers.create(number=former.number, prison_ids=former.prison_ids, since=timezone.now())

    for typed in ["Hiddenby", "zeb hidd", "Z9876ZZ", "z9876zz", "Z1111ZZ", "Formerby"]:
        page = client.post(reverse("casework:find"), {"text": typed}, follow=True)
        assert page.context["page"].rows == [], typed


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.ADMINISTRATOR])
def test_a_roll_report_counts_a_restricted_person_without_a_number(client, everywhere, role):
    client.force_login(factories.user(role))
    hidden, shown = RollImport.objects.order_by("pk")

    pages = {row: client.get(reverse("casework:roll", args=[row.pk])) for row in [hidden, shown]}

    if role == Role.KEYWORKER:
        assert {page.status_code for page in pages.values()} == {403}
        return
    assert leaked(pages[hidden], "") == set()
    assert pages[hidden].content.decode().count("1 restricted record is not shown") == 4
    assert "1 line about restricted records is not shown" in pages[hidden].content.decode()
    assert "A0000ZZ" in pages[shown].content.decode()
    assert "restricted" not in pages[shown].content.decode()


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER])
def test_a_figure_and_its_list_agree_though_a_restricted_person_is_not_shown(client, everywhere, role):
    factories.referral(received_on=timezone.localdate())
    month = Month.containing(timezone.localdate())
    row = figures.ask(prison=factories.prison(), month=month, by=everywhere["named"][1])
    compute_month(figures_id=row.pk)
    client.force_login(next(user for user in everywhere["others"] if user.role == role))

    counted = {}
    for indicator in indicators.ALL:
        for which in indicator.parts:
            page = client.get(reverse("reporting:records", args=[month, indicator.name]), {"which": which})
            assert leaked(page, "") == set()
            computed, text = page.context["computed"], page.content.decode()
            assert computed["agrees"], indicator.name
            assert len(page.context["page"].rows) + computed["hidden"] == computed["count"]
            assert ("restricted record is not shown" in text) == (computed["hidden"] == 1)
            counted[indicator.name, which] = computed["hidden"]

    assert counted["new_referrals", "all"] == counted["caseload", "all"] == counted["interventions", "all"] == 1
    month_page = client.get(reverse("reporting:month", args=[month])).content.decode()
    assert re.findall(r"\d[\d,]* now", month_page) == []


# Keys in addresses: every page about one row. A new kind of key has to be taught here.


ROWS = {
    "action_id": Action,
    "alert_id": Alert,
    "appointment_id": Appointment,
    "assessment_id": Assessment,
    "co_worker_id": CoWorker,
    "commitment_id": Commitment,
    "court_date_id": CourtDate,
    "file_id": Attachment,
    "agreed_id": MeetingAction,
    "goal_id": Goal,
    "handover_link_id": HandoverLink,
    "item_id": MeetingItem,
    "keep_apart_id": KeepApart,
    "line_id": WingVisitLine,
    "merge_id": PersonMerge,
    "note_id": Note,
    "outward_id": OutwardReferral,
    "notice_id": InwardNotice,
    "peer_id": PeerSupporter,
    "plan_id": Plan,
    "profile_id": OutcomesProfile,
    "score_id": Score,
    "slip_id": Slip,
    "stay_id": UnitStay,
    "strand_id": Strand,
    "suspension_id": Suspension,
    "test_id": DrugTest,
    "triage_id": Triage,
}


def keyed(told, keys):
    case = told[Case]
    kept = {key: filled(model, told).pk for key, model in ROWS.items() if key in keys}
    if "draft_id" in keys:
        kept["draft_id"] = draft(told["named"][0], told[Person]).pk
    if "enrolment_id" in keys:
        kept["enrolment_id"] = filled(Certificate, told).enrolment_id
    return kept | {
        "tool": "audit-c",
        "step": "accept",
        "name": "refuse",
        "section": "x",
        "one_id": told[Person].pk,
        "other_id": factories.person().pk if "other_id" in keys else 0,
        "person_id": told[Person].pk,
        "case_id": case.pk,
        "spell_id": case.spell_id,
        "handover_id": told[Handover].pk,
        "pack_id": Pack.objects.get().pk,
        "referral_id": case.spell.referrals.get().pk,
        "session_id": case.contacts.get().pk,
        "consent_id": told[Handover].consent_id,
        "restriction_id": told["restriction"].pk if "restriction" in told else 0,
        "kind": "session",
        "event_id": case.contacts.get().pk,
    }


NO_PERSON = {
    "place_id", "account_id", "absence_id", "agency_id", "area_id", "protocol_id", "prison_id", "import_id", "month", "name",
    "version", "entry_id", "link_id", "token", "worker_id", "sort", "purpose", "group_id", "guest_id", "sheet_id",
    "row_id", "series_id", "programme_id", "round_id", "holder_id", "visit_id", "meeting_id", "minutes_id",
}  # fmt: skip
# Theirs to open without a record: the partner's own pages, and what says no more than a number and who is named.
APART = {
    "partners:received",
    "partners:acknowledge",
    "partners:agency_step",
    "partners:answer_referral",
    "partners:our_meeting_action",
    "reporting:released",
}
ABOUT_ONE = [
    (f"{prefix}{pattern.name}", sorted(pattern.pattern.converters))
    for prefix, pattern in patterns(get_resolver())
    if set(pattern.pattern.converters) - NO_PERSON and f"{prefix}{pattern.name}" not in APART
]


def visit(client, name, keys, told):
    """What a page about one row answers: asked for if it may be, else posted to."""
    known = keyed(told, keys)
    assert not set(keys) - known.keys(), f"teach {__name__}.keyed about {set(keys) - known.keys()}"
    url = reverse(name, kwargs={key: known[key] for key in keys})
    answer = client.get(url)
    return client.post(url) if answer.status_code == 405 else answer


@pytest.mark.parametrize(("name", "keys"), ABOUT_ONE, ids=lambda value: value if isinstance(value, str) else "")
def test_every_page_about_a_restricted_person_is_not_there(client, everywhere, name, keys):
    for user in everywhere["others"]:
        client.force_login(user)
        answer = visit(client, name, keys, everywhere)
        if name == "casework:name_oneself" and user.role == Role.MANAGER:
            assert leaked(answer, "casework:restrictions") == set()
        else:
            assert answer.status_code in {403, 404}
            assert user.role == Role.KEYWORKER or answer.status_code == 404


ASKED_FIRST = [
    (name, keys)
    for name, keys in ABOUT_ONE
    if not any(part in name for part in ["restrict", "change_named", "name_oneself", "viewers", "casework:reason"])
    and "meeting"
    not in name  # what a meeting says of somebody on its list is shown at the meeting, and no more of his record
    and name != "casework:discard_draft"  # throws away what somebody typed himself, and opens nothing
]


@pytest.mark.parametrize(("name", "keys"), ASKED_FIRST, ids=lambda value: value if isinstance(value, str) else "")
def test_every_page_about_somebody_elses_work_asks_for_a_reason_first(client, everywhere, name, keys):
    Restriction.objects.update(lifted_at=timezone.now(), lifted_by=everywhere["named"][1], lifted_why="Over")
    Location.objects.update(wing=None)
    InwardNotice.objects.update(
        outcome="NOTED", outcome_at=timezone.now(), outcome_by=everywhere["named"][0], seen_at=timezone.now(),
        seen_by=everywhere["named"][0],
    )  # fmt: skip
    everywhere[Case].spell.referrals.update(triaged_at=timezone.now())
    client.force_login(everywhere["others"][0])

    answer = visit(client, name, keys, everywhere)

    if answer.status_code != 403:  # for managers only
        assert answer.status_code == 302, name
        assert answer.url.startswith(reverse("casework:reason", args=[everywhere[Person].pk])), name
