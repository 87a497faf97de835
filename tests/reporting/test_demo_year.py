"""A whole invented year is written once, and then asked about: its figures, and every rule that real records keep."""

import itertools
from collections import Counter, defaultdict
from datetime import date, time, timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q
from django.utils import timezone

from casework import context
from casework.formats import deadlines, files, instruments, questions, reference
from casework.models import (
    Acknowledgement,
    Action,
    Agency,
    Alert,
    Allocation,
    Assessment,
    Attachment,
    AuditEntry,
    Case,
    Consent,
    CustodySpell,
    Draft,
    Goal,
    KeepApart,
    Location,
    Mail,
    Note,
    Notice,
    OutcomesProfile,
    Person,
    PersonMerge,
    Plan,
    RecordAccess,
    ReleaseDate,
    Restriction,
    RestrictionAccess,
    RollImport,
    Score,
    SubstanceUse,
    User,
    Wing,
)
from casework.queries import assessments, changes, openings, similar
from interventions.models import (
    Appointment,
    AppointmentMove,
    Certificate,
    Commitment,
    CompactTerms,
    Contact,
    DrugTest,
    DrugTestCorrection,
    Enrolment,
    EnrolmentMove,
    GoalTouched,
    GroupSession,
    Seat,
    Series,
    UnitStay,
    WingRound,
)
from interventions.queries import drug_test as drug_tests
from interventions.queries import peer as peer_queries
from interventions.queries import unit as unit_queries
from partners.formats import pack as formats
from partners.models import (
    Aftercare,
    Handover,
    HandoverAppointment,
    HandoverMove,
    HandoverReminder,
    Meeting,
    MeetingAction,
    MeetingItem,
    Pack,
    ReleaseMove,
    ReleasePlan,
)
from partners.queries import blocked
from partners.queries import handovers as handover_queries
from referrals.models import Attempt, Claim, Hold, KioskLink, Offer, Referral, Slip, Triage
from referrals.queries import offers, truth, waiting
from reporting.operations.demo import days, places, prison
from reporting.queries import due, facts, indicators, records
from reporting.queries.months import Month

TODAY = date(2026, 11, 12)
ASSESSED = [Triage.Outcome.OPEN, Triage.Outcome.REPEAT]
# What no invented year has, beside "other": it is too rare, of another kind of prison, made by the worker, or gone in a moment.
UNSEEN = {
    "Attempt.outcome": {"HOSPITAL"},
    "AuditEntry.kind": {"READ", "REFUSAL"},
    "Case.close_reason": {"MERGED"},
    "Consent.withdrawn_how": {"INTERPRETER", "TELEPHONE"},
    "CustodySpell.end": {"MERGED"},
    # What is over leads nowhere.
    "EnrolmentMove.before": {"COMPLETED", "NOT_COMPLETED", "NOT_STARTED", "RELEASED", "TRANSFERRED"},
    "Goal.area": {"MONEY"},
    "Hold.reason": {"ASKED", "ISOLATION"},
    # Nothing is sent from an invented year.
    "Mail.given_up_because": set(Mail.GivenUp.values),
    "Mail.kind": set(Notice.values),
    "NoticeOff.kind": set(Notice.values),
    "Person.sex": {"F", "NK", "NS"},
    "PersonMerge.state": {"ASKED", "REFUSED", "UNDO_ASKED", "TWO_PEOPLE"},
    "RollImport.state": set(RollImport.State.values),
}
APPS = ["casework", "referrals", "interventions"]
OPEN_DOORS = ["GROUP", "DROP_IN"]


@pytest.fixture(scope="module")
def lived(django_db_setup, django_db_blocker):
    """The first days of the closed months. Everything is rolled back when the module is done."""
    months, seed = 12, 1
    with django_db_blocker.unblock(), context.acting(User.objects.system()):
        prison.fill(code="LPI", months=months, seed=seed, today=TODAY, by=User.objects.system())
        _tell_the_planner()
        yield [days.months_before(TODAY, number) for number in range(months, 0, -1)]
        transaction.set_rollback(True)


def _tell_the_planner():
    """Nothing of this is committed, so nothing else looks at it: without it one query may take minutes."""
    with connection.cursor() as cursor:
        for statement in ["SET LOCAL ROLE pg_maintain", "ANALYZE", "SET LOCAL ROLE ww_system"]:
            cursor.execute(statement)


def figures(first):
    """The counters of one month, from the rows themselves."""
    until = days.next_month(first)
    month = Q(at__date__gte=first, at__date__lt=until)
    held = Contact.objects.filter(month, outcome=Contact.Outcome.TOOK_PLACE, type__counted=True)
    groups = held.filter(type__group=True)
    still = Q(closed_on=None) | Q(closed_on__gte=until)
    structured = held.filter(type__structured=True, minutes__gte=20, case__isnull=False)
    return {
        "referrals": Referral.objects.filter(received_on__gte=first, received_on__lt=until, repeat_of=None).count(),
        "assessments": Triage.objects.filter(done_on__gte=first, done_on__lt=until, outcome__in=ASSESSED).count(),
        "caseload": Case.objects.filter(still, opened_on__lt=until).values("person").distinct().count(),
        "interventions": held.count(),
        "structured": structured.count(),
        "in groups": groups.values("person").distinct().count(),
        "sessions": groups.values("at", "worker").distinct().count(),
    }


def test_year_has_every_figure_as_long_as_its_list(lived):
    liverpool = places.prison("LPI")

    for month, indicator in itertools.product(map(Month, lived[-3:]), indicators.ALL):
        figure = indicator.figure(liverpool, month)
        counts = {"all": figure.get("denominator", figure["value"]), "met": figure.get("numerator")}
        counts["missed"] = counts["all"] - (counts["met"] or 0)
        for which in indicator.parts:
            assert listed(indicator.part(which, liverpool, month)) == counts[which], (month, indicator.name, which)


def listed(chosen):
    """How many rows a list shows, page after page."""
    count, after = 0, ""
    while after is not None:
        page = records.page(chosen, str(after), size=400)
        count += len(page.rows)
        after = page.after
    return count


def test_year_has_the_figures_that_the_rows_themselves_give(lived):
    """The indicators against counts that were written independently of them."""
    liverpool = places.prison("LPI")

    for first in lived[-3:]:
        computed = {each.name: each.figure(liverpool, Month(first))["value"] for each in indicators.ALL}
        counted = figures(first)
        assert {name: computed[name] for name in SAME} == {name: counted[same] for name, same in SAME.items()}


SAME = {
    "new_referrals": "referrals",
    "initial_assessments": "assessments",
    "caseload": "caseload",
    "interventions": "interventions",
    "structured_one_to_ones": "structured",
    "people_in_groups": "in groups",
}


BANDS = {
    "referrals": (160, 200),
    "assessments": (135, 170),
    "caseload": (350, 400),
    "interventions": (1100, 1300),
    "structured": (200, 240),
    "in groups": (85, 115),
    "sessions": (9, 10),
}


def test_year_has_the_figures_of_the_team_in_every_closed_month(lived):
    found = {first: figures(first) for first in lived}

    strange = [
        (first, name, value)
        for first, counted in found.items()
        for name, value in counted.items()
        if not BANDS[name][0] <= value <= BANDS[name][1]
    ]
    assert strange == []


def test_year_has_its_sources_and_its_ends_in_proportion(lived):
    since = lived[0]
    groups = Counter(Referral.objects.filter(received_on__gte=since).values_list("source__code", flat=True))
    ends = Counter(CustodySpell.objects.filter(ended_at__date__gte=since).values_list("end", flat=True))
    referrals, ended = groups.total(), ends.total()

    assert round(groups["RECEPTION"] / referrals, 1) == pytest.approx(0.4, abs=0.11)
    assert groups["SELF"] / referrals == pytest.approx(0.25, abs=0.05)
    assert ends["RELEASED"] / ended == pytest.approx(0.45, abs=0.06)
    assert ends["RELEASED_COURT"] / ended == pytest.approx(0.25, abs=0.05)
    assert ends["TRANSFERRED"] / ended == pytest.approx(0.30, abs=0.05)


def test_year_leaves_1300_on_the_roll_and_something_for_everybody_to_do(lived):
    waiting = list(Referral.objects.untriaged().filter(urgency=Referral.Urgency.ORDINARY))
    held = Counter(Allocation.objects.filter(until_at=None).values_list("worker__username", flat=True))

    assert CustodySpell.objects.on_roll().count() == places.CAPACITY
    assert CustodySpell.objects.current().exclude(off_roll_on=None).count() in range(1, 4)
    assert 3 <= len(waiting) <= 30
    late = [row for row in waiting if days.working_after(row.received_on, 5) < TODAY and row.repeat_of_id is None]
    assert 1 <= len(late) <= 3
    assert 20 <= held["keyworker"] <= 28
    assert 20 <= held["officer"] <= 28
    assert Alert.objects.filter(code="HA", until_at=None).count() in range(10, 60)
    assert Alert.objects.filter(code="VOP", until_at=None).count() in range(80, 200)
    assert Case.objects.exclude(previous=None).count() > 5
    assert ReleaseDate.objects.exclude(superseded_at=None).count() > 10


def test_year_has_every_choice_that_staff_can_make(lived):
    """The demo shows each state of each record, but for those that are named here."""
    seen = {}
    for model in itertools.chain.from_iterable(apps.get_app_config(app).get_models() for app in APPS):
        for field in [field for field in model._meta.fields if field.choices and len(field.flatchoices) < 60]:
            found = set(model._base_manager.order_by().values_list(field.name, flat=True).distinct())
            if unseen := {code for code, _ in field.flatchoices} - found - {"OTHER"}:
                seen[f"{model.__name__}.{field.name}"] = unseen

    assert seen == UNSEEN


def test_year_leaves_a_note_unfinished(lived):
    keyworker = User.objects.get(username="keyworker")
    with context.acting(keyworker):
        draft = Draft.objects.visible_to(keyworker).get()

    assert draft.path == f"/people/{draft.person_id}/notes/write/"
    assert Allocation.objects.filter(worker=keyworker, until_at=None, case__person=draft.person_id).exists()


def test_year_leaves_a_queue_in_every_state(lived):
    manager = User.objects.get(username="manager")
    rows = waiting.rows(manager, today=TODAY)
    found = truth.of(manager, on=TODAY)

    assert {row.stage.value for row in rows} == {"RECEIVED", "CLAIMED", "CONTACTED"}
    assert {row.hold.reason for row in rows if row.hold} == {"COURT", "HOSPITAL"}
    assert any(len(row.tried) > 1 for row in rows)
    assert {row.priority for row in rows} == {True, False}
    assert {tuple(row.referral.wants) == () for row in rows} == {True, False}
    assert 1 <= offers.due(manager, today=TODAY).count() <= 15
    assert set(Offer.objects.values_list("answer", flat=True)) == set(Offer.Answer.values)
    assert set(Referral.objects.values_list("source__group", flat=True)) == {"SELF", "INTERNAL", "EXTERNAL"}
    assert Referral.objects.filter(signs__contains=["POSITIVE"], source__code="RECEPTION").count() > 20
    assert 80 <= found.share <= 100
    assert 0 <= found.median <= 2


def test_year_keeps_the_order_of_what_duty_did(lived):
    assert Attempt.objects.filter(on__lt=F("referral__received_on")).count() == 0
    assert Attempt.objects.filter(recorded_at__lte=F("referral__made_at")).count() == 0
    assert Claim.objects.filter(from_at__lte=F("referral__made_at")).count() == 0
    assert Claim.objects.filter(until_at=None, referral__triaged_at__isnull=False).count() == 0
    assert Hold.objects.filter(lifted_at=None, referral__triaged_at__isnull=False).count() == 0
    assert Offer.objects.filter(asked_on__lt=F("triage__done_on") + timedelta(days=28)).count() == 0
    assert Offer.objects.exclude(referral=None).exclude(referral__source__code="OFFERED_AGAIN").count() == 0


def test_year_has_accts_in_each_state_and_every_notice_by_hand(lived):
    forms = Alert.objects.open().acct()
    assert set(forms.values_list("code", flat=True)) == set(Alert.Acct.values)
    assert forms.filter(code="HA", source="HAND").count() == 1
    reviewed = forms.filter(code="HA", review_on__isnull=False)
    assert reviewed.filter(review_on=TODAY).count() > 2
    assert reviewed.filter(review_on__lt=TODAY).count() > 0
    assert reviewed.filter(said_by="").count() == 0
    by_hand = Alert.objects.filter(source="HAND").exclude(code__in=Alert.Acct.values)
    assert set(by_hand.open().values_list("code", flat=True)) == reference.notices().keys() - {"VOP"}
    assert by_hand.filter(until_at__isnull=False, end_why="").count() == 0
    assert by_hand.filter(until_at__isnull=False).count() > 3


def test_year_keeps_people_apart_who_are_here(lived):
    here = set(CustodySpell.objects.current().values_list("person", flat=True))
    pairs = KeepApart.objects.all()
    assert {pair.scope for pair in pairs} == set(KeepApart.Scope.values)
    assert {pair.reason for pair in pairs} == set(KeepApart.Reason.values)
    assert {key for pair in pairs for key in (pair.person_id, pair.other_id)} <= here
    assert [pairs.filter(ended_on=None).count() >= 8, pairs.exclude(ended_on=None).count()] == [True, 2]


def test_year_has_changes_that_some_have_acknowledged_and_some_have_not(lived, time_machine):
    time_machine.move_to(days.moment(TODAY, time(9)))
    keyworker, officer = User.objects.get(username="keyworker"), User.objects.get(username="officer")

    for worker in (keyworker, officer):
        noted = Acknowledgement.objects.filter(user=worker)
        assert noted.count() > 2
        assert changes.count(worker) > 0
    assert {kind for kind in Acknowledgement.objects.values_list("kind", flat=True)} == {
        "movement", "wing", "date", "alert",
    }  # fmt: skip


def test_year_is_of_people_who_are_plainly_invented(lived):
    assert Person.objects.exclude(number__regex=r"^A\d{4}A[A-Z]$").count() == 0
    assert Person.objects.exclude(pnc="", cro="").count() == 0
    assert Agency.objects.exclude(mailbox__endswith=".example").count() == 0
    assert User.objects.exclude(Q(email__endswith=".example") | Q(pk=User.objects.system().pk)).count() == 0


def test_year_keeps_its_dates_in_order(lived):
    adult = Q(spells__received_on__lt=F("date_of_birth") + timedelta(days=6574))
    assert Person.objects.filter(adult).count() == 0
    assert Referral.objects.filter(received_on__lt=F("spell__received_on")).count() == 0
    assert Triage.objects.filter(done_on__lt=F("referral__received_on")).count() == 0
    assert Triage.objects.filter(recorded_at__lte=F("referral__made_at")).count() == 0
    opened = Triage.objects.filter(outcome=Triage.Outcome.OPEN)
    assert opened.exclude(referral__case__opened_on=F("done_on")).count() == 0
    assert Case.objects.count() == opened.count()
    assert Contact.objects.filter(at__date__lt=F("case__opened_on")).count() == 0
    assert Contact.objects.filter(recorded_at__lte=F("at")).count() == 0
    assert (
        Allocation.objects.filter(Q(until_at__lt=F("from_at")) | Q(from_at__date__lt=F("case__opened_on"))).count() == 0
    )
    assert Case.objects.filter(previous__opened_on__gte=F("opened_on")).count() == 0
    assert Contact.objects.filter(recorded_at__gte=days.moment(TODAY, time())).count() == 0


def test_year_does_nothing_with_people_who_have_left(lived):
    ended = {key: at for key, at in CustodySpell.objects.filter(ended_at__isnull=False).values_list("pk", "ended_at")}
    late = [
        (model.__name__, pk)
        for model, spell, moment in [
            (Contact, "case__spell", "at"),
            (Location, "spell", "from_at"),
            (Referral, "spell", "made_at"),
            (ReleaseDate, "spell", "recorded_at"),
            (Handover, "case__spell", "made_at"),
            (Allocation, "case__spell", "from_at"),
        ]
        for pk, key, at in model.objects.values_list("pk", spell, moment)
        if key in ended and at > ended[key]
    ]

    assert late == []
    assert Case.objects.filter(closed_on__gt=F("spell__ended_at__date")).count() == 0
    assert Case.objects.filter(closed_on=None, spell__ended_at__isnull=False).count() == 0
    assert Location.objects.filter(until_at=None, spell__ended_at__isnull=False).count() == 0
    here = set(CustodySpell.objects.current().values_list("person", flat=True))
    assert set(Alert.objects.filter(until_at=None).values_list("person", flat=True)) <= here
    assert Triage.objects.filter(done_on__gt=F("referral__spell__ended_at__date")).count() == 0
    left = Triage.objects.filter(outcome=Triage.Outcome.LEFT)
    assert left.filter(referral__spell__ended_at=None).count() == 0
    assert left.count() > 3


def test_year_sees_only_people_who_are_here(lived):
    spells = defaultdict(list)
    for person, received, ended in CustodySpell.objects.values_list("person", "received_on", "ended_at"):
        spells[person].append((received, ended))
    outs = defaultdict(list)
    for person, first, last in Location.objects.exclude(whereabouts="IN").values_list(
        "spell__person", "from_at", "until_at"
    ):
        outs[person].append((first, last))
    rows = list(Contact.objects.values_list("pk", "person", "at"))

    gone = [
        pk
        for pk, person, at in rows
        if not any(received < at.date() and (not ended or at < ended) for received, ended in spells[person])
    ]
    out = [
        pk for pk, person, at in rows if any(first <= at and (not last or at < last) for first, last in outs[person])
    ]
    assert (gone, out) == ([], [])


def test_year_works_in_the_core_day_and_nobody_is_in_two_places(lived):
    slots = [(first, last) for _, first, last in places.REGIME]
    fields = ["pk", "at", "minutes", "worker", "person", "type__code", "round"]
    rows = Contact.objects.order_by("at").values_list(*fields)
    outside, free_of = [], {}
    clashes = []
    walks = set()  # Whoever goes along a wing writes one moment down for all whom he meets.
    for pk, at, minutes, worker, person, code, walk in rows:
        begins, ends = timezone.localtime(at), timezone.localtime(at) + timedelta(minutes=minutes)
        if not days.is_working(begins.date()) or not any(
            first <= begins.time() and ends.time() <= last for first, last in slots
        ):
            outside.append(pk)
        together = code in OPEN_DOORS or (walk, at) in walks
        walks |= {(walk, at)} if walk else set()
        for who in [("person", person)] if together else [("person", person), ("worker", worker)]:
            if free_of.get(who, begins) > begins:
                clashes.append(pk)
            free_of[who] = ends

    assert (outside, clashes) == ([], [])


def test_year_has_rounds_of_one_worker_along_one_wing(lived):
    sizes = []
    for walk in WingRound.objects.select_related("wing"):
        rows = walk.contacts.all()
        sizes.append(len(rows))
        assert {(row.worker_id, row.place, row.at.date(), row.type_id) for row in rows} == {
            (walk.worker_id, f"{walk.wing.code} wing", walk.at.date(), walk.type_id)
        }
    assert min(sizes) > 1
    assert sum(size >= 5 for size in sizes) >= 3


def test_year_has_structured_work_in_open_cases_only(lived):
    structured = Contact.objects.filter(type__structured=True)
    assert structured.filter(case=None).count() == 0
    assert Contact.objects.filter(at__date__gt=F("case__closed_on")).count() == 0
    alone = Alert.objects.filter(code="RNO121", person=F("person"))
    warned = {(person, first, last) for person, first, last in alone.values_list("person", "from_at", "until_at")}
    seen = [
        row.pk
        for person, first, last in warned
        for row in structured.filter(person=person, at__gte=first, outcome="TOOK_PLACE")
        if not last or row.at < last
    ]
    assert seen == []


def test_year_has_handovers_that_went_their_way_step_by_step(lived):
    paths = defaultdict(list)
    for move in HandoverMove.objects.order_by("at", "pk"):
        paths[move.handover_id].append(move)
    broken = [
        move.pk
        for moves in paths.values()
        for before, move in zip(moves, moves[1:], strict=False)
        if move.before != before.after or move.after not in Handover.MOVES[Handover.State(move.before)]
    ]
    ends = {key: moves[-1].after for key, moves in paths.items()}

    assert broken == []
    assert ends == dict(Handover.objects.values_list("pk", "state"))
    assert Handover.objects.filter(made_at__lt=F("consent__recorded_at")).count() == 0
    live = Handover.objects.filter(release_on__gte=TODAY)
    assert set(live.values_list("state", flat=True)) >= {"DRAFT", "READY", "SENT", "ACKNOWLEDGED"}
    assert Handover.objects.filter(state="QUERIED").exists() or HandoverMove.objects.filter(after="QUERIED").exists()
    for name in ["Liverpool DIP", "Wirral DIP"]:
        assert live.filter(agency__name=name, state__in=["SENT", "ACKNOWLEDGED", "QUERIED", "OFFERED"]).exists()


def test_year_has_handovers_whose_loop_closed_and_those_that_did_not(lived):
    offered = HandoverAppointment.objects.all()
    out = Handover.objects.filter(case__spell__end__in=["RELEASED", "RELEASED_COURT"], state__in=Handover.SHARED)

    assert set(offered.values_list("outcome", flat=True)) == {"", *HandoverAppointment.Outcome.values}
    assert set(Handover.objects.values_list("state", flat=True)) >= {"OFFERED", "KEPT", "MISSED", "CLOSED"}
    assert offered.filter(at__lte=F("offered_at")).count() == 0
    assert 0.3 <= offered.filter(outcome="KEPT").count() / out.count() <= 0.75
    kinds = set(HandoverReminder.objects.values_list("kind", flat=True))
    assert kinds >= {"ACKNOWLEDGE", "TELL_MANAGER", "OUTCOME"}
    assert set(Aftercare.objects.values_list("how", flat=True)) == set(Aftercare.How.values)
    assert set(Aftercare.objects.values_list("outcome", flat=True)) == set(Aftercare.Outcome.values)
    assert set(Handover.objects.values_list("closed_why", flat=True)) >= {"KEPT", "UNKNOWN", "MISSED"}
    assert HandoverMove.objects.exclude(reason="").count() >= 3
    assert ReleaseMove.objects.exists()


def test_year_has_packs_that_can_be_printed(lived):
    waiting = Pack.objects.filter(state=Pack.State.WAITING).order_by("pk")
    assert formats.typeset(waiting.first().content, made_at=waiting.first().asked_at).startswith(b"%PDF")
    built = Pack.objects.filter(state=Pack.State.BUILT)
    assert {bytes(pack.pdf[:4]) for pack in built} == {b"%PDF"}
    assert not built.filter(handover__state__in=["DRAFT", "RECALLED"]).exists()


def test_year_says_all_that_a_handover_must_say_before_it_is_ready(lived):
    ready = Handover.objects.exclude(state__in=["DRAFT", "RECALLED"]).select_related("person")

    assert [row.pk for row in ready if handover_queries.unanswered(row.content)] == []
    assert [row.pk for row in ready[:40] if blocked.marks(row)] == []


def test_year_plans_every_release_and_amends_some_packs(lived):
    assert Case.objects.filter(release_plan=None).count() == 0
    written = ReleasePlan.objects.filter(written_at__isnull=False, case__closed_on=None)
    assert written.count() > Case.objects.open().count() / 3
    assert written.filter(agency=None).exists()
    assert Handover.objects.filter(moves__after="READY", clinical_parts=None).count() == 0
    amended = Pack.objects.filter(number=2)
    assert {pack.state for pack in amended} == {"BUILT"}
    assert {pack.changed[:13] for pack in amended} == {"Release date:"}


def test_year_asks_before_it_tells(lived):
    assert Consent.objects.filter(given=False).count() > 10
    assert Consent.objects.exclude(withdrawn_at=None).count() > 1
    assert not Handover.objects.filter(consent__given=False).exists()
    assert not Handover.objects.exclude(consent__agency=F("agency")).exists()


def test_year_is_whole_in_the_database_and_in_the_trail(lived):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    trail = Counter(AuditEntry.objects.filter(target="interventions_contact").values_list("action", flat=True))

    assert trail == {"insert": Contact.everything.count()}
    written = AuditEntry.objects.filter(kind=AuditEntry.Kind.OPERATION, action="demo.written")
    assert sum(entry.detail["rows"] for entry in written if entry.detail["table"] == "interventions.contact") == (
        Contact.everything.count()
    )


def test_year_has_names_that_were_typed_wrong_and_taken_back(lived):
    taken_back = Contact.everything.exclude(withdrawn_at=None)

    assert taken_back.count() > len(lived) / 3
    assert not taken_back.filter(seat__removed_at=None).exists()
    assert not taken_back.exclude(withdrawn_at__gte=F("recorded_at")).exists()


def test_year_has_kiosks_and_slips_in_every_state(lived):
    links = KioskLink.objects.all()

    assert (links.live(TODAY).count(), links.exclude(revoked_at=None).count(), links.filter(used=0).count()) == (
        2,
        1,
        2,
    )
    assert set(Slip.objects.values_list("answer", flat=True)) == {"", "MATCHED", "NOT_FOR_US", "UNKNOWN"}
    assert Slip.objects.waiting().count() == 3
    assert sum(link.used for link in links) == Slip.objects.count()


def test_year_has_records_to_merge_merged_and_parted_again(lived):
    manager = User.objects.get(username="manager")
    states = dict(PersonMerge.objects.values_list("state", "removed__merged_into"))

    assert states.keys() == {"DONE", "UNDONE"}
    assert (states["DONE"] is None, states["UNDONE"]) == (False, None)
    assert len(similar.pairs(manager)) >= 2


def test_year_has_assessments_of_every_kind_and_state(lived):
    rows = Assessment.objects.all()
    kinds = Counter(rows.completed().values_list("kind", flat=True))

    assert min(kinds["TRIAGE"], kinds["COMPREHENSIVE"]) > 100
    assert kinds["REVIEW"] > 5
    assert rows.filter(completed_at=None).count() > 3
    assert rows.exclude(supersedes=None).exists()
    assert {name for name in rows.values_list("questions", flat=True)} >= {"TRIAGE-1", "COMPREHENSIVE-2"}
    for row in rows.completed().select_related("case")[:200]:
        asked = questions.named(row.questions)
        assert [missing.code for missing in asked.missing(row.answers) if missing.kind != "substances"] == []
        assert row.case.opened_on <= row.done_on < TODAY
    assert SubstanceUse.objects.filter(route="INJECTED").exists()
    assert not SubstanceUse.objects.exclude(assessment__completed_at__isnull=False).exists()


def test_year_has_scores_that_the_published_rules_give(lived):
    rows = list(Score.objects.all())

    assert {row.tool for row in rows} == set(instruments.ORDER)
    assert max(Counter((row.person_id, row.tool) for row in rows).values()) > 1
    for row in rows:
        instrument = instruments.get(row.tool, int(row.tool_version))
        result = instruments.score(instrument, row.items, row.about)
        assert (row.total, row.band) == (result.total, result.band)
        assert bool(instrument.alarms(row.items)) is bool(row.safer_custody)
    assert {row.safer_custody for row in rows} == {"", "TOLD", "NOT_TOLD"}


def test_year_has_outcomes_profiles_of_every_stage(lived):
    rows = OutcomesProfile.objects.all()

    assert set(rows.values_list("stage", flat=True)) >= {"START", "EXIT"}
    assert rows.exclude(outside_why="").exists()
    for row in rows.filter(stage="START").select_related("case__prison")[:200]:
        assert (row.done_on in assessments.window(row.case, row.stage, [])) is not bool(row.outside_why)
    assert not rows.filter(Q(done_on__lt=F("case__opened_on")) | Q(done_on__gte=TODAY)).exists()


def test_year_leaves_each_worker_a_day_that_can_be_worked(lived):
    """Some things are overdue, as anywhere; most work is in time."""
    manager = User.objects.get(username="manager")
    with time_machine.travel(days.moment(TODAY, time(9)), tick=False):
        cases = facts.of_cases(manager, today=TODAY)
        owed = due.owed(cases, manager.prison, today=TODAY)

    late = Counter(row.worker for row in owed if row.late)
    assert {row.due.kind for row in owed} >= set(due.PAGES) - {deadlines.Kind.TOP_REVIEW, deadlines.Kind.ANSWER}
    assert sum(late.values()) / len({case.worker for case in cases}) < 16


def test_year_has_plans_in_every_state(lived):
    states = Counter(plan.state for plan in Plan.objects.select_related("case"))
    late = Plan.objects.in_force().filter(agreed_on__lt=TODAY - timedelta(days=84))
    drafts = Plan.objects.drafts()

    assert {state: count > 5 for state, count in states.items()} == dict.fromkeys(
        ["DRAFT", "IN_FORCE", "REPLACED", "ENDED"], True
    )
    assert late.count() > 1
    assert Plan.objects.in_force().filter(number__gte=3).exists()
    assert drafts.filter(number=1).exists()
    assert drafts.filter(case__in=Plan.objects.in_force().values("case")).exists()
    assert set(Goal.objects.values_list("outcome", flat=True)) == set(Goal.Outcome.values)
    for owner in Action.Owner:
        steps = Action.objects.filter(owner=owner)
        assert steps.exclude(done_on=None).exists()
        assert steps.filter(done_on=None, due_on__lt=TODAY, goal__plan__in=Plan.objects.in_force()).exists()
        assert steps.filter(done_on=None, due_on__gte=TODAY).exists()


def test_year_has_plans_whose_days_are_in_order(lived):
    assert Plan.objects.filter(begun_on__lt=F("case__opened_on")).count() == 0
    assert Plan.objects.filter(Q(begun_on__gte=TODAY) | Q(agreed_on__gte=TODAY)).count() == 0
    assert (
        Plan.objects.filter(Q(agreed_on__gt=F("case__closed_on")) | Q(begun_on__gt=F("case__closed_on"))).count() == 0
    )
    assert Goal.objects.filter(Q(outcome_on__lt=F("plan__agreed_on")) | Q(outcome_on__gte=TODAY)).count() == 0
    assert Action.objects.filter(Q(done_on__lt=F("goal__plan__agreed_on")) | Q(done_on__gte=TODAY)).count() == 0
    assert Goal.objects.exclude(carried_from=None).exclude(carried_from__outcome="").count() == 0
    assert Action.objects.exclude(carried_from=None).exclude(carried_from__done_on=None).count() == 0
    assert (
        Note.objects.filter(
            Q(written_at__gte=days.moment(TODAY, time())) | Q(written_at__lte=F("amends__written_at"))
        ).count()
        == 0
    )
    assert Note.objects.filter(written_at__date__gt=F("case__closed_on")).count() == 0


def test_year_has_notes_at_each_level_and_files_of_each_kind(lived):
    notes = Counter(Note.objects.values_list("level", flat=True))
    assert {level: notes[level] > 3 for level in Note.Level} == dict.fromkeys(Note.Level, True)
    assert Note.objects.exclude(amends=None).exists()
    assert set(Note.objects.values_list("kind", flat=True)) == set(Note.Kind.values)
    assert [
        note.pk
        for note in Note.objects.select_related("written_by")
        if note.level not in Note.levels_of(note.written_by)
    ] == []
    kept = Attachment.objects.all()
    assert set(kept.values_list("kind", flat=True)) == set(Attachment.Kind.values)
    assert kept.exclude(withdrawn_at=None).exists()
    assert [row.pk for row in kept if files.read(bytes(row.content)).content_type != row.content_type] == []


def test_year_hides_two_people_of_whom_one_is_named_for_the_keyworker(lived):
    keyworker = User.objects.get(username="keyworker")
    named = RestrictionAccess.objects.filter(user=keyworker, restriction__lifted_at=None)

    assert (Restriction.objects.open().count(), Restriction.objects.exclude(lifted_at=None).count()) == (2, 1)
    assert named.count() == 1
    assert not RestrictionAccess.objects.exclude(until_at=None).exists()
    person = named.get().restriction.person
    with context.acting(keyworker):
        assert Case.objects.open().held_by(keyworker).filter(person=person).count() == 1


def test_year_has_openings_to_read_and_read_ones(lived):
    manager = User.objects.get(username="manager")
    yesterday = days.working_before(TODAY, 1)

    with time_machine.travel(days.moment(TODAY, time(9)), tick=False):
        unread = openings.unread(manager)
        assert unread.filter(from_at__date=yesterday).count() == 3
        assert unread.count() > 3
    assert RecordAccess.objects.exclude(read_at=None).count() > 3
    own = RecordAccess.objects.filter(
        person__cases__allocations__worker=F("user"), person__cases__allocations__until_at=None
    )
    assert own.count() == 0


def test_year_has_answers_of_every_purpose_and_state(lived):
    states = {(row.purpose, row.state_on(TODAY)) for row in Consent.objects.all()}

    assert {purpose for purpose, _ in states} == set(Consent.Purpose.values)
    assert {state for purpose, state in states if purpose == Consent.Purpose.NDTMS} >= {"GIVEN", "REFUSED", "WITHDRAWN"}
    assert {state for _, state in states} == set(Consent.State.values)
    assert not Consent.objects.filter(how="").exists()
    assert not Handover.objects.exclude(consent__purpose=Consent.Purpose.HANDOVER).exists()


def test_year_has_drug_tests_whose_positives_fall(lived):
    until = days.months_before(TODAY, 0)
    manager = User.objects.get(username="manager")
    months = [drug_tests.figures(manager, first)[0] for first in lived]
    rates = [each.positive / each.completed for each in months]

    assert {each.size for each in months} == {65}
    assert [each.sampled for each in months if not 55 <= each.sampled <= 80] == []
    assert sum(each.refused for each in months) > len(months)
    assert [each.promoted for each in months] == [min(each.unable, 20) for each in months]
    assert sum(each.weekend for each in months) / sum(each.sampled for each in months) == pytest.approx(0.16, abs=0.08)
    assert sum(rates[: len(rates) // 2 or 1]) / (len(rates) // 2 or 1) > rates[-1]
    assert drug_tests.figures(manager, until)[0].awaited > 0
    assert DrugTest.objects.filter(kind="SUSPICION", referred_at__isnull=False).count() > len(lived)
    reserves = DrugTest.objects.filter(part="RESERVE", sampled_at__isnull=False)
    assert not reserves.filter(Q(promoted_at=None) | Q(sampled_at__lt=F("promoted_at"))).exists()
    assert not DrugTest.objects.filter(sampled_at__isnull=False, person__spells__isnull=True).exists()


def test_year_has_tests_under_the_compact_that_make_the_next_due(lived):
    manager, living = User.objects.get(username="manager"), UnitStay.objects.filter(state="LIVING")
    sampled = living.annotate(last=Max("tests__sampled_at"))
    wrong = unit_queries.not_allowed(manager, living)

    assert {row.test_due for row in sampled.filter(last=None)} <= {row.joined_on + UnitStay.AGAIN for row in living}
    assert all(row.test_due == row.last.date() + UnitStay.AGAIN for row in sampled.exclude(last=None))
    with time_machine.travel(days.moment(TODAY, time(9)), tick=False):
        assert 1 <= unit_queries.late(manager)[1] <= 8
    assert len([test for test in wrong if test.answered]) > len([test for test in wrong if not test.answered])
    assert DrugTestCorrection.objects.filter(test__state="MISTAKE").count() == 1
    assert DrugTestCorrection.objects.filter(test__result="NEGATIVE").exists()


def test_year_has_programmes_whose_steps_follow_each_other(lived):
    paths = defaultdict(list)
    for move in EnrolmentMove.objects.order_by("pk"):
        paths[move.enrolment_id].append(move)
    rows = list(Enrolment.objects.select_related("programme", "series"))
    broken = [
        move.pk
        for moves in paths.values()
        for before, move in zip(moves, moves[1:], strict=False)
        if move.before != before.after or move.on < before.on
    ]

    assert broken == []
    assert {key: moves[-1].after for key, moves in paths.items()} == {row.pk: row.state for row in rows}
    assert {row.state for row in rows} >= {"WAITING", "ACTIVE", "COMPLETED", "NOT_COMPLETED", "NOT_STARTED", "RELEASED"}
    done = {row.pk for row in rows if row.state == "COMPLETED" and row.programme.certificate}
    assert set(Certificate.objects.values_list("enrolment", flat=True)) == done
    held = Counter(row.series for row in rows if row.series and row.state in {"ALLOCATED", "ACTIVE", "SUSPENDED"})
    assert [series for series, count in held.items() if count > series.capacity] == []
    assert {row.programme for row in Series.objects.filter(ended_on=None, programme__isnull=False)} <= {
        row.programme for row in rows
    }
    assert not EnrolmentMove.objects.filter(at__gte=days.moment(TODAY, time())).exists()


def test_year_has_certificates_for_those_who_were_there_often_enough(lived):
    came = Count("seats", filter=Q(seats__contact__outcome="TOOK_PLACE", seats__removed_at=None))
    done = Enrolment.objects.filter(state="COMPLETED").select_related("programme").annotate(came=came)
    begun = Enrolment.objects.filter(state__in=["COMPLETED", "NOT_COMPLETED"]).exclude(started_on=None)

    assert [row.pk for row in done if row.came < (row.programme.needed or 1)] == []
    assert done.count() > 2 * len(lived)
    assert 0.5 < done.count() / begun.count() < 0.9
    assert not begun.exclude(seats__contact__outcome="TOOK_PLACE").exists()
    assert not GroupSession.objects.filter(state="HELD", kind="GROUP", series=None).exists()


def test_year_expects_whoever_has_a_place_at_every_session_to_come(lived):
    held = Enrolment.objects.filter(state__in=["ALLOCATED", "ACTIVE"])
    coming = GroupSession.objects.open().filter(series__programme__isnull=False, period__startswith__date__gt=TODAY)
    coming = coming.filter(stands_for=None)
    expected = defaultdict(set)
    for session, row in Seat.objects.expected().filter(session__in=coming).values_list("session", "enrolment"):
        expected[session] |= {row} - {None}

    assert coming.values("series").distinct().count() >= 3
    assert {row.pk: set(held.filter(series=row.series).values_list("pk", flat=True)) for row in coming} == {
        row.pk: expected[row.pk] for row in coming
    }
    assert coming.filter(series__programme__code="SDP").count() == 20


def test_year_has_a_unit_with_people_on_it_and_peer_supporters(lived):
    manager = User.objects.get(username="manager")
    with time_machine.travel(days.moment(TODAY, time(9)), tick=False):
        unit = unit_queries.page(manager, Wing.objects.get(code=places.UNIT))
        peers = peer_queries.page(manager)
        late = unit.reviews_late, peers.late

    assert (len(unit.living), len(unit.waiting), unit.free, unit.offered) == (34, 6, 5, 1)
    assert sorted(row.lives_there for row in unit.differences) == [False, False, True]
    assert 0 < late[0] < 9
    assert (len(peers.rows), peers.active, late[1]) == (9, 6, 2)
    assert {wing.code for wing in peers.uncovered} >= {"E", "I"}
    assert CompactTerms.objects.count() == 2
    on_unit = Location.objects.filter(wing__code=places.UNIT, cell__in=places.CELLS, until_at=None)
    assert max(Counter(on_unit.values_list("cell", flat=True)).values()) <= 2
    assert not UnitStay.objects.filter(Q(joined_on__gte=TODAY) | Q(left_on__gte=TODAY)).exists()


def test_year_tells_what_sessions_were_about_and_what_was_moved(lived):
    held = Contact.objects.filter(outcome=Contact.Outcome.TOOK_PLACE, type__structured=True)
    planned, moved = Appointment.objects.filter(called_off_at=None), AppointmentMove.objects.all()

    assert 80 <= 100 * held.exclude(topics=[]).count() / held.count() <= 97
    assert not Contact.objects.exclude(outcome=Contact.Outcome.TOOK_PLACE).exclude(topics=[]).exists()
    assert GoalTouched.objects.exclude(goal__person=F("contact__person")).count() == 0
    assert GoalTouched.objects.values("contact").distinct().count() > 100
    assert 5 <= 100 * moved.values("appointment").distinct().count() / planned.count() <= 25
    assert moved.filter(at__lt=F("appointment__made_at")).count() == 0
    assert 0 < 100 * Commitment.objects.exclude(withdrawn_at=None).count() / Commitment.objects.count() < 20
    assert set(Commitment.objects.values_list("kind", flat=True)) == set(Commitment.Kind.values)
    assert planned.exclude(room=None).exists()


def test_year_has_meetings_every_other_week_with_what_came_of_them(lived):
    states = Counter(Meeting.objects.values_list("state", flat=True))
    left_open = MeetingAction.objects.open()
    told = Consent.objects.filter(person=OuterRef("person"), purpose=Consent.Purpose.MEETING, given=True)

    assert (set(states), states["PLANNED"]) == ({"PLANNED", "CLOSED", "CANCELLED"}, 1)
    assert states["CLOSED"] >= 1.5 * len(lived)
    assert MeetingItem.objects.filter(meeting__state="PLANNED").count() > 5
    assert not MeetingItem.objects.filter(~Exists(told)).exists()
    assert not MeetingItem.objects.filter(release_on__lt=F("meeting__starts_at__date")).exists()
    assert min(left_open.filter(due_on__lt=TODAY).count(), left_open.filter(due_on__gte=TODAY).count()) > 0
    assert {row.agency_id is None for row in left_open} == {True, False}
    assert MeetingAction.objects.exclude(done_on=None).count() > left_open.count()
    assert not MeetingAction.objects.filter(done_on__gte=TODAY).exists()
