"""Release plans: what a handover would say if somebody walked free today, and who is due out with something missing."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from casework.formats import reference
from casework.models import Agency, Alert, Assessment, Case, Consent, CustodySpell, Goal, Plan, SubstanceUse
from partners.formats import pack as formats
from partners.models import Handover, ReleasePlan
from partners.queries import aftercare, blocked, content, handovers, packs, protocols

CAUTION = "Not assessed yet. Take it as high: after weeks in custody the body has lost its tolerance, and the old dose can kill."
# Alerts that whoever meets somebody has to know, and may (domain.md 5.2): what they ask of us is for use in here only.
RISKS = ["MEP", "RNO121", "RSS", "MHT", "MSI", "MSP", "PEEP"]
NO_AGENCY = "No agency is chosen"
MISSING = {"plan": Q(planned=False), "consent": Q(agreed=False), "handover": Q(sent=False)}


@dataclass
class Minimum:
    """What can be handed over for somebody at this moment: ``content`` as a pack takes it, and what is ``missing`` (``Obstacle``).

    ``handover``: a draft that is not kept, to the agency of the ``plan`` where one is chosen.
    """

    plan: ReleasePlan | None
    handover: Handover
    content: dict
    missing: list

    @property
    def readable(self):
        """The content as pages and packs print it."""
        return formats.readable(self.content)


def of_case(case):
    """The release plan of ``case``, or None."""
    return ReleasePlan.objects.filter(case=case).select_related("agency", "written_by").first()


def said(case, plan=None):
    """What would be said of somebody today: what his plan says, and what the records know where it says nothing. Five queries."""
    plan = plan or of_case(case)
    return _filled(plan.content if plan else {}, _records(case))


def minimum(case, *, by):
    """A minimum handover of the person of ``case``, as it would be sent by ``by`` today: there is one at every moment."""
    plan = of_case(case)
    agency = plan.agency if plan and plan.agency else Agency(name=NO_AGENCY)
    today = timezone.localdate()
    handover = Handover(
        person=case.person,
        prison=case.prison,
        case=case,
        agency=agency,
        consent=Consent.objects.for_handover().live(today).filter(person=case.person_id, agency=agency.pk).first(),
        release_on=today,
        content=content.whole(said(case, plan), case.person),
        made_by=by,
        made_at=timezone.now(),
    )
    return Minimum(plan, handover, packs.compose(handover, sender=by), _missing(handover))


def gaps(user, *, within=handovers.HORIZON, mine=False, missing=""):
    """Those due out (``handovers.due_out``) for whom a written plan, a live consent or a handover that was sent is missing.

    ``missing``: only those without this one (a key of ``MISSING``).
    """
    today = timezone.localdate()
    live = Consent.objects.for_handover().live(today).filter(person=OuterRef("person"), prison=OuterRef("prison"))
    rows = handovers.due_out(user, within=within, mine=mine).annotate(
        planned=Exists(ReleasePlan.objects.filter(case=OuterRef("pk"), written_at__isnull=False)),
        agreed=Exists(live),
        sent=Exists(Handover.objects.filter(case=OuterRef("pk"), state__in=Handover.SHARED)),
    )
    every = MISSING["plan"] | MISSING["consent"] | MISSING["handover"]
    return rows.filter(MISSING.get(missing, every))


def left_unsent(user):
    """Handovers of people who are out already and that were never sent, the longest out first."""
    rows = Handover.objects.visible_to(user).filter(state__in=[Handover.State.DRAFT, Handover.State.READY])
    rows = rows.filter(case__closed_on=None, case__spell__ended_at__isnull=False)
    return rows.select_related("person", "agency", "case__spell").order_by("case__spell__ended_at", "pk")


def left_without(user, *, person=None):
    """Open cases of people (or of one ``person``) who were released, of whom no agency has a handover and for whom none waits to be
    sent, the longest out first: a list, each with ``why`` (``protocols.why_none``). Three queries."""
    told = Handover.objects.filter(case=OuterRef("pk")).exclude(state=Handover.State.RECALLED)
    told = told.exclude(state=Handover.State.CLOSED, closed_why__in=[Handover.Closed.REFUSED, Handover.Closed.NOT_OUT])
    back = CustodySpell.objects.current().filter(person=OuterRef("person"), prison=OuterRef("prison"))
    rows = aftercare.with_need(Case.objects.visible_to(user)).filter(closed_on=None)
    rows = rows.exclude(Exists(told)).exclude(Exists(back)).select_related("person", "spell", "release_plan")
    if person:
        rows = rows.filter(person=person)
    rows = list(rows.order_by("spell__ended_at", "pk"))
    return protocols.why_none(rows) if rows else []


def _missing(handover):
    if handover.agency.pk:
        return handovers.stands_in_the_way(handover)
    first = (
        handovers.DIED
        if handovers.has_died(handover.person_id)
        else f"{NO_AGENCY}. Ask where the person is going to live."
    )
    return [
        handovers.Obstacle(first, "agency"),
        *handovers.unanswered(handover.content),
        *handovers.unconfirmed(handover),
        *(handovers.Obstacle(mark.text, mark.field) for mark in blocked.marks(handover)),
    ]


def _filled(said, known):
    """``said``, with what is ``known`` wherever it says nothing."""
    whole = dict(said)
    for name, value in known.items():
        mine = whole.get(name)
        if isinstance(value, dict) and mine:
            whole[name] = {**value, **{key: part for key, part in mine.items() if part}}
        elif not mine:
            whole[name] = value
    return whole


def _records(case):
    """What the records know of what a handover says."""
    return {
        "use": {"substances": _substances(case) or None},
        "overdose_risk": CAUTION,
        "risks": _risks(case) or None,
        "treatment": {"goals": _goals(case) or None, "assessed_on": _assessed(case)},
    }


def _substances(case):
    known = reference.substances()
    uses = SubstanceUse.objects.filter(assessment__case=case, ended_at=None).order_by("-assessment", "rank")
    rows, seen = [], set()
    for use in uses:
        if use.substance not in seen:
            seen.add(use.substance)
            row = {
                "substance": known.get(use.substance, use.substance),
                "before": use.get_before_custody_display(),
                "now": use.get_now_display(),
                "route": use.get_route_display(),
            }
            rows.append(row)
    return rows or [{"substance": name} for name in handovers.substances(case)]


def _risks(case):
    known = reference.alerts()
    codes = Alert.objects.open().filter(person=case.person_id, prison=case.prison_id, code__in=RISKS)
    return [{"risk": known[code].label} for code in codes.order_by("code").values_list("code", flat=True).distinct()]


def _goals(case):
    goals = Goal.objects.filter(plan__in=Plan.objects.in_force().filter(case=case), removed_at=None)
    return [{"goal": goal.words, "progress": goal.get_outcome_display() if goal.outcome else None} for goal in goals]


def _assessed(case):
    done = Assessment.objects.filter(case=case, kind=Assessment.Kind.COMPREHENSIVE).completed().current()
    on = done.order_by("-done_on").values_list("done_on", flat=True).first()
    return on.isoformat() if on else None
