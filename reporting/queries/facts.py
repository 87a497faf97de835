"""The facts of open cases, gathered for many at a time: fifteen queries, whether there is one case or four hundred."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Exists, F, FilteredRelation, Max, Min, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from casework.formats.deadlines import Clinical, Facts, Handed
from casework.models import (
    Action,
    Assessment,
    Case,
    Consent,
    Location,
    OutcomesProfile,
    Person,
    Plan,
    ReleaseDate,
    Strand,
    Suspension,
)
from interventions.models import Contact
from partners.models import Handover, HandoverAppointment, OutwardReferral
from referrals.models import Referral

ANSWERED = {*Handover.SHARED} - {Handover.State.SENT}
# The agency asked, or said no: the answer is ours.
OURS = {Handover.State.QUERIED, Handover.State.REFUSED}
# Closed for these reasons it handed nobody over: somebody else is told, or the same again.
CAME_TO_NOTHING = [Handover.Closed.REFUSED, Handover.Closed.NOT_OUT]


@dataclass
class Open:
    """An open case with who it is about, where he is and who holds the case. ``owners``: action → who is to do it (key, name)."""

    pk: int
    spell: int
    person: Person
    cell: str
    worker: int | None
    worker_name: str
    facts: Facts
    owners: dict = field(default_factory=dict)


def of_cases(user, *, today, worker=None, person=None, people=None):
    """Open cases that ``user`` may see: of one ``person``, of ``people`` (keys), of those that ``worker`` holds or has an action in."""
    chosen = _chosen(user, worker, person, people)
    keys, spells, persons = (among(row[name] for row in chosen) for name in ["pk", "spell_id", "person_id"])
    people = {person.pk: person for person in Person.objects.filter(pk__in=persons)}
    gathered = {name: gather(keys) for name, gather in BY_CASE.items()}
    releases = _releases(spells, today)
    consents = _consents(user, persons, today)
    outward = _by_case(_outward(user, persons))
    actions = _by_case(_actions(user, keys))
    return [
        _open(row, people[row["person_id"]], gathered, releases, consents, outward, actions)
        for row in chosen
        if row["person_id"] in people
    ]


def among(keys):
    """Many keys as one parameter of a query: to write out hundreds of them one by one takes longer than to look the rows up."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])


def _chosen(user, worker, person, people):
    place = FilteredRelation("spell__locations", condition=Q(spell__locations__until_at=None))
    holding = FilteredRelation("allocations", condition=Q(allocations__until_at=None))
    cases = Case.objects.visible_to(user).open().with_treatment_start().alias(holding=holding, place=place)
    if person:
        cases = cases.filter(person=person)
    if people is not None:
        cases = cases.filter(person__in=among(people))
    if worker:
        his = _standing_actions(user).filter(worker=worker).values("goal__plan__case")
        cases = cases.filter(Q(holding__worker=worker) | Q(pk__in=his))
    return list(
        cases.values(
            "pk",
            "person_id",
            "spell_id",
            "opened_on",
            "closing_from",
            "treated_from",
            worker=F("holding__worker"),
            worker_name=F("holding__worker__full_name"),
            cell=F("place__cell"),
            whereabouts=F("place__whereabouts"),
        )
    )


def _open(row, person, gathered, releases, consents, outward, actions):
    key = row["pk"]
    away = row["whereabouts"] not in {None, Location.Whereabouts.IN}
    release_on, known_on = releases.get(row["spell_id"], (None, None))
    asked, consented, running_out = consents.get(row["person_id"], (False, False, []))
    profile_on, exits = gathered["profiles"].get(key, (None, 0))
    handovers = gathered["handovers"].get(key, [])
    facts = Facts(
        opened_on=row["opened_on"],
        referred_on=gathered["referrals"].get(key),
        suspended=away or key in gathered["suspensions"],
        treated_from=row["treated_from"],
        first_contact_on=gathered["contacts"].get(key),
        comprehensive_on=gathered["comprehensives"].get(key),
        plan_agreed_on=gathered["plans"].get(key),
        profile_on=profile_on,
        exit_profile=bool(exits),
        closing_from=row["closing_from"],
        release_on=release_on,
        release_known_on=known_on,
        asked=asked,
        consented=consented,
        clinical=gathered["strands"].get(key, []),
        handovers=handovers,
        outward=outward.get(row["person_id"], []),
        consents=running_out,
        actions=[(what, due_on, action) for what, due_on, action, _, _ in actions.get(key, [])],
    )
    return Open(
        pk=key,
        spell=row["spell_id"],
        person=person,
        cell=Location.Whereabouts(row["whereabouts"]).label if away else row["cell"] or "",
        worker=row["worker"],
        worker_name=row["worker_name"] or "",
        facts=facts,
        owners={action: (owner, name) for _, _, action, owner, name in actions.get(key, [])},
    )


def _by_case(rows):
    """Rows whose first value is the case, or the person → that: the rest of its rows."""
    found = defaultdict(list)
    for case, *rest in rows:
        found[case].append(rest)
    return found


def _referrals(keys):
    counted = Referral.objects.filter(case__in=keys, repeat_of=None)
    return dict(counted.order_by().values_list("case").annotate(Min("received_on")))


def _contacts(keys):
    """The day of the first intervention, or of the first that was offered: whose reason it was that it did not happen is no matter."""
    offered = Contact.objects.filter(case__in=keys, type__counted=True).exclude(type__code="ASSESSMENT")
    first = offered.order_by().values_list("case").annotate(Min("at"))
    return {case: timezone.localdate(at) for case, at in first}


def _comprehensives(keys):
    done = Assessment.objects.completed().filter(case__in=keys, kind=Assessment.Kind.COMPREHENSIVE)
    return dict(done.order_by().values_list("case").annotate(Min("done_on")))


def _plans(keys):
    return dict(Plan.objects.in_force().filter(case__in=keys).values_list("case", "agreed_on"))


def _profiles(keys):
    """case → (day of the last start or review profile, how many exit profiles)."""
    stages = OutcomesProfile.Stage
    last = Max("done_on", filter=Q(stage__in=[stages.START, stages.REVIEW]))
    exits = Count("pk", filter=Q(stage=stages.EXIT))
    rows = OutcomesProfile.objects.filter(case__in=keys).order_by().values_list("case").annotate(last=last, exits=exits)
    return {case: (last_on, exits) for case, last_on, exits in rows}


def _strands(keys):
    clinical = Strand.objects.filter(case__in=keys, kind__in=Strand.CLINICAL, ended_on=None).order_by()
    rows = clinical.values_list("case", "kind", "started_on", "pk").annotate(Count("reviews"), Max("reviews__done_on"))
    found = defaultdict(list)
    for case, kind, started_on, key, reviews, last_on in rows:
        name = Strand.Kind(kind).short
        found[case].append(Clinical(name, started_on, reviews, last_on, key))
    return found


def _suspensions(keys):
    return set(Suspension.objects.filter(case__in=keys, until_on=None).values_list("case", flat=True))


def _handovers(keys):
    live = Handover.objects.filter(case__in=keys).exclude(state=Handover.State.RECALLED).order_by("pk")
    live = live.exclude(closed_why__in=CAME_TO_NOTHING).with_asked_at()
    offered = HandoverAppointment.objects.filter(handover=OuterRef("pk"), outcome__in=["", "KEPT"])
    said = ["content__appointment", "content__no_appointment_because", "content__naloxone", "content__harm_reduction"]
    rows = live.values_list("case", "agency__name", "asked_at", "answered_at", "state", "pk", Exists(offered), *said)
    found = defaultdict(list)
    for case, agency, sent_at, answered_at, state, key, booked, appointment, why_none, naloxone, advice in rows:
        found[case].append(
            Handed(
                agency=agency,
                sent_on=sent_at and timezone.localdate(sent_at),
                answered=state in ANSWERED,
                asked_on=timezone.localdate(answered_at) if state in OURS and answered_at else None,
                appointment=bool(appointment or why_none or booked),
                naloxone=bool((naloxone or {}).get("answer")),
                advice=bool(advice),
                key=key,
            )
        )
    return found


BY_CASE = {
    "referrals": _referrals,
    "contacts": _contacts,
    "comprehensives": _comprehensives,
    "plans": _plans,
    "profiles": _profiles,
    "strands": _strands,
    "suspensions": _suspensions,
    "handovers": _handovers,
}


def _releases(spells, today):
    """spell → (the soonest day on which the stay may end, the day on which that became known)."""
    found = {}
    rows = ReleaseDate.objects.ahead(today).filter(spell__in=spells).values_list("spell", "on", "recorded_at")
    for spell, on, recorded_at in rows:
        found.setdefault(spell, (on, timezone.localdate(recorded_at)))
    return found


def _consents(user, people, today):
    """person → (whether he was asked, whether any agency may be told, the last answers that were yes as (what for, last day, key)).

    Only the answer about a handover says whether an agency may be told of his release; every consent runs out.
    """
    said = ["given", "withdrawn_at", "expires_on", "pk", "agency__name"]
    rows = Consent.objects.visible_to(user).filter(person__in=people).order_by("recorded_at", "pk")
    last = {}
    for person, agency, purpose, *answer in rows.values_list("person", "agency", "purpose", *said):
        last[person, agency, purpose] = answer
    found = {}
    for (person, _, purpose), (yes, withdrawn_at, expires_on, key, agency) in last.items():
        asked, consented, given = found.get(person, (False, False, []))
        about_release = purpose == Consent.Purpose.HANDOVER
        if yes and withdrawn_at is None:
            consented = consented or (about_release and expires_on >= today)
            given = [*given, (_joined(agency, Consent.Purpose(purpose).label), expires_on, key)]
        found[person] = (asked or about_release, consented, given)
    return found


def _outward(user, people):
    """Referrals to agencies that wait for an answer, or whose answer nobody of the team has seen."""
    rows = OutwardReferral.objects.visible_to(user).filter(person__in=people, seen_at=None)
    rows = rows.exclude(state=OutwardReferral.State.WITHDRAWN)
    found = rows.order_by("pk").values_list("person", "agency__name", "made_at", "answered_at", "pk")
    for person, agency, made_at, answered_at, key in found:
        yield person, agency, timezone.localdate(made_at), answered_at and timezone.localdate(answered_at), key


def _joined(agency, purpose):
    """The agency and what it may be told for; the statistics have no agency."""
    return f"{agency}, {purpose[0].lower()}{purpose[1:]}" if agency else purpose


def _standing_actions(user):
    """What somebody of the team is to do under a plan in force, and has not done."""
    standing = Action.objects.visible_to(user).filter(owner=Action.Owner.WORKER, done_on=None, removed_at=None)
    standing = standing.filter(goal__outcome="", goal__removed_at=None, goal__plan__ended_on=None)
    return standing.filter(goal__plan__agreed_on__isnull=False)


def _actions(user, keys):
    rows = _standing_actions(user).filter(goal__plan__case__in=keys)
    return rows.values_list("goal__plan__case", "what", "due_on", "pk", "worker", "worker__full_name")
