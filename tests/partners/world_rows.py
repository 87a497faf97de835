"""Turns worlds (``tests.partners.worlds``) into rows, many at once."""

import itertools
from datetime import timedelta

from django.utils import timezone

from casework.access import Role
from casework.models import Agency, Case, Consent, CustodySpell, Person, User
from partners.models import (
    Handover,
    HandoverAppointment,
    HandoverMove,
    InwardNotice,
    KeyHolder,
    Meeting,
    MeetingAction,
    MeetingAgency,
    MeetingItem,
    MeetingMinutes,
    OutwardReferral,
    Pack,
    Protocol,
    ReleaseMove,
    WingVisit,
    WingVisitLine,
)
from tests import factories
from tests.partners.worlds import AGENCIES, DEPARTMENT

counter = itertools.count(1)


class Rows:
    """Rows of some worlds. ``agencies`` and ``users``: those of each world, by the name that the world gives them."""

    def __init__(self, worlds):
        self.today, self.now = timezone.localdate(), timezone.now()
        self.prisons = {"LPI": factories.prison(), "ACI": factories.prison("ACI", "Altcourse")}
        self.by = factories.user(Role.MANAGER)
        self.agencies, self.users = {}, {}
        for world in worlds:
            self._agencies(world)
        self._insert(worlds)

    def _agencies(self, world):
        made = [
            Agency(name=f"{name} {next(counter)}", kind="TESTING" if name == DEPARTMENT else "DIP") for name in AGENCIES
        ]
        self.agencies[world] = dict(zip(AGENCIES, Agency.objects.bulk_create(made), strict=True))

    def _insert(self, worlds):
        self._people(worlds)
        users = [
            (world, name, User(username=f"p{next(counter)}", full_name="Pat", role=Role.PARTNER, employer="AGENCY",
                               prison=self.prisons["LPI"], agency=agency, password="!", second_factor_at=self.now))
            for world in worlds for name, agency in self.agencies[world].items()
        ]  # fmt: skip
        User.objects.bulk_create([user for *_, user in users])
        for world, name, user in users:
            self.users[world, name] = user
        self._save([(a, self._protocol(w, a)) for w in worlds for a in w.agreements])
        self._save([(a, self._consent(w, p, a)) for w in worlds for p in w.people for a in p.answers])
        self._handovers(worlds)
        self._save([(a, self._asked(w, a)) for w in worlds for a in w.asked])
        self._meetings(worlds)
        self._walks(worlds)
        self._save([(t, self._notice(w, t)) for w in worlds for t in w.told])

    def _save(self, pairs):
        """Insert rows and tell each spec its key."""
        rows = [row for _, row in pairs]
        if rows:
            type(rows[0]).objects.bulk_create(rows)
        for spec, row in pairs:
            spec.pk = row.pk

    def _people(self, worlds):
        people = [person for world in worlds for person in world.people]
        self._save([(p, Person(number=p.number, surname="Testerton", forenames="Sam", surname_key="testerton",
                               forenames_key="sam", prison_ids=[self.prisons[p.prison].pk])) for p in people])  # fmt: skip
        spells = CustodySpell.objects.bulk_create(
            [CustodySpell(person_id=p.pk, prison=self.prisons[p.prison], received_on=self.today) for p in people]
        )
        cases = Case.objects.bulk_create(
            [
                Case(
                    person_id=p.pk, prison=self.prisons[p.prison], spell=spell, opened_on=self.today, opened_by=self.by
                )
                for p, spell in zip(people, spells, strict=True)
            ]
        )
        for person, case in zip(people, cases, strict=True):
            person.case = case.pk

    def _day(self, days):
        return self.today + timedelta(days=days)

    def _where(self, world, prison, agency):
        return {"prison": self.prisons[prison], "agency": self.agencies[world][agency]}

    def _protocol(self, world, a):
        ended = self._day(a.ended) if a.ended is not None else None
        return Protocol(**self._where(world, a.prison, a.agency), purpose="Care", items=a.items, starts_on=self._day(a.starts),
                        review_on=self._day(a.review), ended_on=ended, made_by=self.by)  # fmt: skip

    def _consent(self, world, person, a):
        return Consent(**self._where(world, person.prison, a.agency), person_id=person.pk, purpose=a.purpose, given=a.given,
                       asked_on=self._day(-30), expires_on=self._day(a.expires), recorded_at=self.now, recorded_by=self.by,
                       withdrawn_at=self.now if a.withdrawn else None, sections=a.parts)  # fmt: skip

    def _handovers(self, worlds):
        passings = [(world, p) for world in worlds for p in world.passings]
        self._save([(p, self._handover(world, p)) for world, p in passings])
        hangs = {model: [] for model in [HandoverMove, HandoverAppointment, ReleaseMove]}
        for world, p in passings:
            common = {**self._where(world, p.person.prison, p.agency), "handover_id": p.pk}
            hangs[HandoverMove].append(HandoverMove(**common, after="DRAFT", by=self.by, at=self.now))
            if p.offered:
                hangs[HandoverAppointment].append(
                    HandoverAppointment(**common, at=self.now, where="Here", offered_by=self.by, offered_at=self.now)
                )
            if p.moved:
                hangs[ReleaseMove].append(ReleaseMove(**common, before_on=self.today, at=self.now))
        for model, rows in hangs.items():
            model.objects.bulk_create(rows)
        self._save([(pack, self._pack(w, p, pack, n)) for w, p in passings for n, pack in enumerate(p.packs, 1)])

    def _pack(self, world, p, pack, number):
        return Pack(**self._where(world, p.person.prison, p.agency), handover_id=p.pk, number=number, state=pack.state,
                    asked_by=self.by, asked_at=self.now,
                    content={"pack": {"number": "1"}, "recipient": {"agency": "1"}, "person": {"name": "Sam", "number": p.person.number}},
                    built_at=self.now if pack.state in {"BUILT", "STALE"} else None)  # fmt: skip

    def _handover(self, world, p):
        answer = next(a for a in p.person.answers if a.agency == p.agency and a.purpose == "HANDOVER")
        return Handover(**self._where(world, p.person.prison, p.agency), person_id=p.person.pk, case_id=p.person.case,
                        consent_id=answer.pk, state=p.state, release_on=self._day(10), made_by=self.by, made_at=self.now,
                        content={"person": {"name": "Sam Testerton", "number": p.person.number}},
                        sent_at=None if p.state in {"DRAFT", "READY"} else self.now,
                        closed_why="KEPT" if p.state == "CLOSED" else "", sections=p.parts)  # fmt: skip

    def _asked(self, world, a):
        answered = None if a.state == "MADE" else self.now
        return OutwardReferral(**self._where(world, a.person.prison, a.agency), person_id=a.person.pk, case_id=a.person.case,
                               identity={"number": a.person.number}, why="Wants to", state=a.state, made_by=self.by,
                               made_at=self.now, answered_at=answered)  # fmt: skip

    def _meetings(self, worlds):
        sittings = [(world, s) for world in worlds for s in world.sittings]
        self._save([(s, Meeting(prison=self.prisons[s.prison], starts_at=self.now + timedelta(minutes=next(counter)),
                                made_by=self.by, made_at=self.now)) for _, s in sittings])  # fmt: skip
        MeetingAgency.objects.bulk_create(
            MeetingAgency(**self._where(world, s.prison, agency), meeting_id=s.pk, invited_at=self.now,
                          withdrawn_at=self.now if state == "WITHDRAWN" else None)
            for world, s in sittings for agency, state in s.invited.items() if state != "NOT"
        )  # fmt: skip
        items = [(world, s, item) for world, s in sittings for item in s.items]
        self._save([(item, MeetingItem(meeting_id=s.pk, person_id=item.person.pk, prison=self.prisons[s.prison],
                                       case_id=item.person.case, listed_by=self.by, listed_at=self.now,
                                       identity={"number": item.person.number},
                                       removed_at=self.now if item.removed else None)) for _, s, item in items])  # fmt: skip
        self._save(
            [(a, MeetingAction(item_id=item.pk, person_id=item.person.pk, prison=self.prisons[s.prison], what="Ask",
                               agency=self.agencies[world].get(a.owner), worker=None if a.owner else self.by,
                               due_on=self.today, made_by=self.by, made_at=self.now))
             for world, s, item in items for a in item.actions]
        )  # fmt: skip

        self._save([(paper, self._paper(world, s, paper, number)) for world, s in sittings
                    for number, paper in enumerate(s.papers, 1)])  # fmt: skip

    def _paper(self, world, sitting, paper, number):
        return MeetingMinutes(prison=self.prisons[sitting.prison], meeting_id=sitting.pk, number=number, state=paper.state,
                              agency=self.agencies[world].get(paper.owner), asked_by=self.by, asked_at=self.now,
                              items=[item.pk for item in paper.items] if paper.state in {"BUILT", "STALE"} else [],
                              built_at=self.now if paper.state in {"BUILT", "STALE"} else None)  # fmt: skip

    def _walks(self, worlds):
        for world in worlds:
            for walk in world.walks:
                where = self._where(world, walk.prison, walk.agency)
                visitor = KeyHolder(
                    **where, name=f"V {next(counter)}", vetted_until=self.today, key_talk_until=self.today
                )
                visitor.save()
                row = WingVisit(**where, visitor=visitor, on=self.today, recorded_by=self.by, recorded_at=self.now)
                row.save()
                walk.pk = row.pk
        self._save(
            [(line, WingVisitLine(**self._where(world, walk.prison, walk.agency), visit_id=walk.pk, what="ADVICE",
                                  person_id=line.person and line.person.pk,
                                  number=line.person.number if line.person else "A0000ZZ"))
             for world in worlds for walk in world.walks for line in walk.lines]
        )  # fmt: skip

    def _notice(self, world, t):
        return InwardNotice(**self._where(world, t.prison, t.agency), kind=t.kind, person_id=t.person and t.person.pk,
                            number=t.person.number if t.person else "A0000ZZ", on=self.today,
                            sent_by=self.users[world, t.agency], sent_at=self.now)  # fmt: skip
