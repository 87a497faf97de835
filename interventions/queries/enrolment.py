"""Who is in a programme or waits for it, what speaks for a place, and how far somebody has come."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from casework.models import CustodySpell, LegalStatus, Location, ReleaseDate, Wing
from interventions.formats import reasons
from interventions.models import Audience, Contact, Coverage, Enrolment, GroupSession, Seat, Series
from interventions.queries import separation

PAGE = 50
State = Enrolment.State
HOLDING = [State.ALLOCATED, State.ACTIVE, State.SUSPENDED]  # who has a place in a series
# What a list may show → the states in it.
SHOWN = {
    "waiting": [State.PROPOSED, State.WAITING],
    "taking-part": HOLDING,
    "completed": [State.COMPLETED],
    "ended": [State.NOT_COMPLETED, State.NOT_STARTED, State.RELEASED, State.TRANSFERRED],
}
COLOURS = {
    State.PROPOSED: "yellow",
    State.WAITING: "blue",
    State.ALLOCATED: "teal",
    State.ACTIVE: "green",
    State.SUSPENDED: "orange",
    State.COMPLETED: "green",
}
# What may be done in each state, in the order of the buttons: names of ``views.enrolment.STEPS``.
STEPS = {
    State.PROPOSED: ["accept", "stop"],
    State.WAITING: ["allocate", "stop"],
    State.ALLOCATED: ["start", "give-back", "stop"],
    State.ACTIVE: ["complete", "suspend", "stop"],
    State.SUSPENDED: ["resume", "complete", "stop"],
}


@dataclass
class Page:
    """Enrolments that fit on one page, oldest first, and the key of the last if there are more."""

    rows: list
    next_key: int | None


@dataclass(frozen=True)
class Check:
    """Something that speaks against a place, in words."""

    code: str
    text: str


@dataclass
class Progress:
    """How far somebody has come. ``needed``: how many sessions complete the programme, None where none are asked for.

    ``sessions``: the sessions of his series with what came of each; ``attended`` counts one that was caught up with once.
    """

    attended: int
    needed: int | None
    sessions: list = field(default_factory=list)

    @property
    def short(self):
        """How many sessions are missing."""
        return max(0, (self.needed or 0) - self.attended)

    @property
    def said(self):
        if not self.needed:
            return f"{self.attended} session{'' if self.attended == 1 else 's'} attended"
        missing = f", {self.short} more to attend or catch up with" if self.short else ""
        return f"{self.attended} of the {self.needed} sessions needed{missing}"

    @property
    def missed(self):
        """Sessions of the past that he was not at and has not caught up with."""
        return [line for line in self.sessions if line["missed"]]


def listed(user, programme, *, today, show="waiting", wing=None, after=None):
    """A page of the enrolments in ``programme`` that ``user`` may see, those proposed first above; one query and one for the edge."""
    rows = Enrolment.objects.visible_to(user).filter(programme=programme)
    edge = rows.filter(pk=after).values_list("proposed_on", "pk").first() if after else None
    rows = rows.filter(state__in=SHOWN[show])
    if wing:
        there = Location.objects.filter(prison_id=user.prison_id, wing=wing, until_at=None).values("spell__person")
        rows = rows.filter(person__in=there)
    if edge:
        rows = rows.filter(Q(proposed_on__gt=edge[0]) | Q(proposed_on=edge[0], pk__gt=edge[1]))
    rows = list(_described(rows).order_by("proposed_on", "pk")[: PAGE + 1])
    found = [_told(row, today) for row in rows[:PAGE]]
    return Page(found, found[-1].pk if len(rows) > PAGE else None)


def in_series(series, user, *, today):
    """Who has a place in ``series``, as far as ``user`` may see them, in order of name; one query."""
    rows = _described(Enrolment.objects.visible_to(user).filter(series=series, state__in=HOLDING))
    rows = rows.order_by("person__surname_key", "person__forenames_key", "pk")
    return [_told(row, today) for row in rows]


def of_person(person, user, *, today):
    """The enrolments of ``person`` that ``user`` may see, those that go on first, then the newest; one query."""
    rows = _described(Enrolment.objects.visible_to(user).filter(person=person))
    rows = [_told(row, today) for row in rows.order_by("-proposed_on", "-pk")]
    return sorted(rows, key=lambda row: not row.is_live)


def is_work_of(user, person):
    """Whether ``user`` is the link worker of a programme that ``person`` is in or waits for, or usually runs his series."""
    runs = Q(series__workers__worker=user, series__workers__until_at=None)
    rows = Enrolment.objects.visible_to(user).live().filter(person=person)
    return rows.filter(Q(programme__link_worker=user) | runs).exists()


def one(enrolments):
    """Of a queryset of enrolments, each with what its page says."""
    return enrolments.select_related("person", "programme", "series", "proposed_by", "case", "certificate")


def _described(rows):
    place = Location.objects.filter(spell__person=OuterRef("person"), prison=OuterRef("prison"), until_at=None)
    attended = _attended(Seat.objects.filter(enrolment=OuterRef("pk"))).order_by().values("enrolment")
    counted = attended.annotate(count=Count(Coalesce("session__stands_for", "session"), distinct=True)).values("count")
    return rows.select_related("person", "programme", "series", "proposed_by").annotate(
        cell=Subquery(place.values("cell")[:1]), attended=Coalesce(Subquery(counted), 0)
    )


def _told(row, today):
    row.days = ((row.ended_on or today) - row.proposed_on).days
    row.colour = COLOURS.get(row.state, "grey")
    row.why = reasons.label(row.reason) if row.reason else ""
    row.needed = row.programme.needed or row.programme.sessions
    return row


def _attended(seats):
    return seats.filter(removed_at=None, contact__outcome=Contact.Outcome.TOOK_PLACE)


def progress(enrolment, *, now):
    """The ``Progress`` of ``enrolment``; two queries."""
    seats = Seat.objects.filter(enrolment=enrolment, removed_at=None).select_related("session", "contact")
    seats = {seat.session_id: seat for seat in seats}
    came = {key for key, seat in seats.items() if seat.contact and seat.contact.outcome == Contact.Outcome.TOOK_PLACE}
    caught_up = {
        seats[key].session.stands_for_id: seats[key].session for key in came if seats[key].session.stands_for_id
    }
    attended = {seats[key].session.stands_for_id or key for key in came}
    planned = GroupSession.objects.filter(series=enrolment.series_id, stands_for=None).exclude(state="CANCELLED")
    planned = planned.order_by("period", "pk") if enrolment.series_id else planned.none()
    programme = enrolment.programme
    return Progress(
        attended=len(attended),
        needed=programme.needed or programme.sessions,
        sessions=[_line(session, seats.get(session.pk), caught_up.get(session.pk), now) for session in planned],
    )


def _line(session, seat, caught_up, now):
    contact = seat.contact if seat else None
    came = bool(contact and contact.outcome == Contact.Outcome.TOOK_PLACE)
    over = session.period.upper <= now
    if came:
        text = "Attended, late" if contact.late else "Attended"
    elif caught_up:
        text = "Caught up with"
    elif contact:
        text = contact.get_outcome_display()
    elif over:
        text = "Not marked yet" if seat else "Was not expected"
    else:
        text = "To come" if seat else "Not expected"
    return {
        "session": session,
        "text": text,
        "colour": "green" if came or caught_up else "orange" if over else "grey",
        "caught_up": caught_up,
        "missed": over and not came and not caught_up,
    }


def against(enrolment, *, today):
    """What speaks against a place for the person of ``enrolment``: a list of ``Check``, empty if nothing does."""
    return against_person(enrolment.person, enrolment.programme, enrolment.prison_id, today=today)


def against_person(person, programme, prison_id, *, today):
    """What speaks against ``person`` in ``programme``: custody, time left, wing, and that he had it before."""
    return against_each(person, [programme], prison_id, today=today)[programme.pk]


def against_each(person, programmes, prison_id, *, today):
    """Key of each of ``programmes`` → what speaks against ``person`` in it: six queries, however many there are."""
    spell = CustodySpell.objects.current().filter(person=person, prison=prison_id).first()
    if spell is None:
        return {each.pk: [Check("GONE", "The person is not in this prison now.")] for each in programmes}
    remand = LegalStatus.objects.filter(spell=spell, until_at=None, status="REMAND").exists()
    soonest = ReleaseDate.objects.ahead(today).filter(spell=spell).values_list("on", flat=True).first()
    wing = Wing.objects.filter(locations__spell=spell, locations__until_at=None).first()
    covered = defaultdict(set)
    for key, code in Coverage.objects.filter(programme__in=programmes, until_on=None).values_list("programme", "wing"):
        covered[key].add(code)
    done = Enrolment.objects.filter(person=person, programme__in=programmes, prison=prison_id, state=State.COMPLETED)
    done = dict(done.order_by("ended_on").values_list("programme", "ended_on"))
    found = {
        each.pk: [
            remand and _remand(each),
            _too_short(soonest, each, today),
            _elsewhere(wing, covered[each.pk]),
            _before(done.get(each.pk)),
        ]
        for each in programmes
    }
    return {key: [check for check in checks if check] for key, checks in found.items()}


def new_against(enrolment, *, today):
    """What speaks against a place by now, but for what was set aside in an earlier step."""
    known = {code for codes in enrolment.moves.values_list("overruled", flat=True) for code in codes}
    return [check for check in against(enrolment, today=today) if check.code not in known]


def _remand(programme):
    if programme.remand:
        return None
    return Check("REMAND", "On remand, and this programme is not for people on remand.")


def _too_short(soonest, programme, today):
    if soonest and programme.weeks and soonest < today + timedelta(weeks=programme.weeks):
        weeks = f"{programme.weeks} week{'' if programme.weeks == 1 else 's'}"
        return Check("SHORT", f"May be released on {soonest:%-d %B %Y}, and the programme takes {weeks}.")
    return None


def _elsewhere(wing, covered):
    if wing and covered and wing.pk not in covered:
        return Check("WING", f"{wing} does not have this programme.")
    return None


def _before(on):
    return Check("BEFORE", f"Completed it already, on {on:%-d %B %Y}.") if on else None


def with_places(programme, user):
    """The series of ``programme`` that go on, each with how many places are ``free``; one query."""
    held = Enrolment.objects.filter(series=OuterRef("pk"), state__in=HOLDING).order_by().values("series")
    taken = Coalesce(Subquery(held.annotate(count=Count("pk")).values("count")), 0)
    rows = Series.objects.visible_to(user).filter(programme=programme, ended_on=None).annotate(taken=taken)
    found = list(rows.select_related("wing", "room", "regime_time").order_by("from_on", "pk"))
    for row in found:
        row.free = max(0, row.capacity - row.taken)
    return found


def why_no_place(enrolment, series):
    """Why the person of ``enrolment`` cannot have a place in ``series``, or nothing."""
    if series.programme_id != enrolment.programme_id or series.prison_id != enrolment.prison_id or series.ended_on:
        return "Choose a series of this programme that goes on."
    if Enrolment.objects.filter(series=series, state__in=HOLDING).count() >= series.capacity:
        return f"{series} is full. Choose another."
    vulnerable = separation.is_vulnerable(enrolment.person_id, enrolment.prison_id)
    if vulnerable == (series.audience == Audience.VULNERABLE):
        return ""
    if series.audience == Audience.VULNERABLE:
        return "This series is for vulnerable prisoners only."
    return "The person is a vulnerable prisoner, and this series is for everybody else."
