"""Random worlds of people, consents, protocols and what passes, and what each agency may know of them.

``reach`` says it from the rules in words (docs and domain.md 5.4), and knows nothing of the product's own functions: two answers that
are found apart are compared. Days are counted from today.
"""

from dataclasses import dataclass, field

PURPOSES = ["HANDOVER", "MEETING", "WING_VISITS"]
# Of what somebody agreed to have told, and of what a handover holds: most agree to all that is asked.
PARTS = ["CUSTODY", "USE", "RISKS"]
CHOSEN = [PARTS, PARTS, PARTS, ["USE"], []]
OUT = ["OUT_HANDOVER", "OUT_REFERRAL", "OUT_MEETING", "OUT_VISITS"]
IN = ["IN_VISITS", "IN_ANSWER", "IN_POSITIVE", "IN_SEGREGATION", "IN_DETOX", "IN_ACCT"]
KINDS = ["POSITIVE", "SEGREGATION", "DETOX", "ACCT"]
# In which an agency was told, and has not been told that it was a mistake.
TOLD = ["SENT", "ACKNOWLEDGED", "QUERIED", "REFUSED", "OFFERED", "KEPT", "MISSED", "CLOSED"]
NOT_TOLD = ["DRAFT", "READY", "RECALLED"]
OWN_TEAM = ["FIRST", "SECOND"]
DEPARTMENT = "DEPARTMENT"
AGENCIES = [*OWN_TEAM, DEPARTMENT]


@dataclass(eq=False)
class Spec:
    """Something that will be a row. ``pk``: its key, once it is one."""

    pk: int = field(default=None, kw_only=True)


@dataclass(eq=False)
class Agreement(Spec):
    prison: str
    agency: str
    items: list
    starts: int
    review: int
    ended: int | None

    def lets_pass(self, item):
        return item in self.items and self.starts <= 0 <= self.review and self.ended is None


@dataclass(eq=False)
class Answer(Spec):
    agency: str
    purpose: str
    given: bool
    withdrawn: bool
    expires: int
    parts: list

    @property
    def holds(self):
        return self.given and not self.withdrawn and self.expires >= 0


@dataclass(eq=False)
class Somebody(Spec):
    prison: str
    number: str
    answers: list
    case: int = None


@dataclass(eq=False)
class Built(Spec):
    state: str


@dataclass(eq=False)
class Passing(Spec):
    person: Somebody
    agency: str
    state: str
    packs: list
    moved: bool
    offered: bool
    parts: list


@dataclass(eq=False)
class Asked(Spec):
    person: Somebody
    agency: str
    state: str


@dataclass(eq=False)
class Action(Spec):
    owner: str | None


@dataclass(eq=False)
class Item(Spec):
    person: Somebody
    removed: bool
    actions: list


@dataclass(eq=False)
class Paper(Spec):
    """Minutes of a meeting, for an agency or for the prison itself, with whom they hold."""

    owner: str | None
    state: str
    items: list


@dataclass(eq=False)
class Sitting(Spec):
    prison: str
    invited: dict
    items: list
    papers: list


@dataclass(eq=False)
class Line(Spec):
    person: Somebody | None


@dataclass(eq=False)
class Walk(Spec):
    prison: str
    agency: str
    lines: list


@dataclass(eq=False)
class Told(Spec):
    prison: str
    agency: str
    kind: str
    person: Somebody | None


@dataclass(eq=False)
class World:
    agreements: list
    people: list
    passings: list
    asked: list
    sittings: list
    walks: list
    told: list

    def lets_pass(self, prison, agency, item):
        return any(a.lets_pass(item) for a in self.agreements if (a.prison, a.agency) == (prison, agency))

    def agrees(self, person, agency, *purposes):
        return any(a.holds for a in person.answers if a.agency == agency and a.purpose in purposes)

    def specs(self):
        """Everything that there is about somebody, or that an agency wrote: table → specs."""
        items = [i for s in self.sittings for i in s.items]
        return {
            "partners_handover": self.passings,
            "partners_pack": [pack for p in self.passings for pack in p.packs],
            "partners_outwardreferral": self.asked,
            "partners_meeting": self.sittings,
            "partners_meetingitem": items,
            "partners_meetingaction": [a for i in items for a in i.actions],
            "partners_meetingminutes": [paper for s in self.sittings for paper in s.papers],
            "partners_wingvisit": self.walks,
            "partners_wingvisitline": [line for w in self.walks for line in w.lines],
            "partners_inwardnotice": self.told,
            "partners_protocol": self.agreements,
        }

    def reach(self, agency):
        """The specs that a session of ``agency`` may read: table → specs."""
        handovers = [
            p
            for p in self.passings
            if p.agency == agency
            and p.state in TOLD
            and self.lets_pass(p.person.prison, agency, "OUT_HANDOVER")
            and any(
                a.holds and a.agency == agency and a.purpose == "HANDOVER" and {*p.parts} <= {*a.parts}
                for a in p.person.answers
            )
        ]
        walks = [w for w in self.walks if w.agency == agency and self.lets_pass(w.prison, agency, "IN_VISITS")]
        meetings = [
            s
            for s in self.sittings
            if s.invited.get(agency) == "INVITED" and self.lets_pass(s.prison, agency, "OUT_MEETING")
        ]
        items = [i for s in meetings for i in s.items if not i.removed and self.agrees(i.person, agency, "MEETING")]
        return {
            "partners_handover": handovers,
            "partners_pack": [pack for p in handovers for pack in p.packs if pack.state == "BUILT"],
            "partners_outwardreferral": [
                a
                for a in self.asked
                if a.agency == agency
                and a.state != "WITHDRAWN"
                and self.lets_pass(a.person.prison, agency, "OUT_REFERRAL")
                and self.agrees(a.person, agency, "HANDOVER", "WING_VISITS")
            ],
            "partners_meeting": meetings,
            "partners_meetingitem": items,
            "partners_meetingaction": [a for i in items for a in i.actions if a.owner == agency],
            "partners_wingvisit": walks,
            "partners_wingvisitline": [line for w in walks for line in w.lines],
            "partners_meetingminutes": [
                paper
                for s in meetings
                for paper in s.papers
                if paper.owner == agency and paper.state == "BUILT" and all(i in items for i in paper.items)
            ],
            "partners_inwardnotice": [
                t for t in self.told if t.agency == agency and self.lets_pass(t.prison, agency, f"IN_{t.kind}")
            ],
            "partners_protocol": [a for a in self.agreements if a.agency == agency],
        }


def draw(dice, number):
    """A world made with ``dice`` (random.Random). ``number``: a prison number for each of its people."""
    prisons = ["LPI", "ACI"]
    people = [Somebody(dice.choice([*prisons, "LPI"]), next(number), _answers(dice)) for _ in range(dice.randint(1, 4))]
    return World(
        agreements=[a for prison in prisons for agency in AGENCIES for a in _agreements(dice, prison, agency)],
        people=people,
        passings=[p for person in people for p in _passings(dice, person)],
        asked=[
            Asked(person, agency, dice.choice(["MADE", "ACCEPTED", "REFUSED", "WITHDRAWN"]))
            for person in people
            for agency in OWN_TEAM
            if dice.random() < 0.5
        ],
        sittings=[_sitting(dice, prison, people) for prison in prisons],
        walks=[
            Walk(
                prison,
                agency,
                [Line(person) for person in [*people, None] if person is None or person.prison == prison],
            )
            for prison in prisons
            for agency in OWN_TEAM
            if dice.random() < 0.4
        ],
        told=[
            Told(prison, DEPARTMENT, kind, dice.choice([None, *(p for p in people if p.prison == prison)]))
            for prison in prisons
            for kind in KINDS
            if dice.random() < 0.4
        ],
    )


def _sitting(dice, prison, people):
    items = [
        Item(person, dice.random() < 0.2, [Action(owner) for owner in [*OWN_TEAM, None] if dice.random() < 0.5])
        for person in people
        if person.prison == prison
    ]
    papers = [
        Paper(owner, state, [item for item in items if dice.random() < 0.5])
        for owner in [*OWN_TEAM, None]
        for state in dice.choice([[], ["BUILT"], ["STALE", "BUILT"], ["STALE", "WAITING"], ["FAILED"]])
    ]
    return Sitting(prison, {agency: dice.choice(["INVITED", "WITHDRAWN", "NOT"]) for agency in OWN_TEAM}, items, papers)


def _agreements(dice, prison, agency):
    """One that was ended, perhaps, and one that was not, in every state."""
    if dice.random() < 0.3:
        yield Agreement(prison, agency, [*OUT, *IN], -400, dice.choice([-40, 40]), -50)
    if dice.random() < 0.85:
        items = [*OUT, *IN] if dice.random() < 0.6 else [item for item in [*OUT, *IN] if dice.random() < 0.5]
        starts, review = dice.choice([(-30, 300), (-30, 300), (-30, 300), (0, 1), (-1, 0), (1, 30), (-300, -1)])
        yield Agreement(prison, agency, items, starts, review, None)
        if dice.random() < 0.3:  # Renewed, perhaps to let other things pass.
            later = [item for item in items if dice.random() < 0.5]
            yield Agreement(prison, agency, later, review + 1, review + 300, None)


def _answers(dice):
    made = []
    for agency in OWN_TEAM:
        for purpose in PURPOSES:
            if dice.random() < 0.3:
                made.append(Answer(agency, purpose, True, True, 100, PARTS))
            if dice.random() < 0.2:
                made.append(Answer(agency, purpose, False, False, 100, []))
            if dice.random() < 0.7:
                made.append(
                    Answer(agency, purpose, True, False, dice.choice([200, 200, 1, 0, -1, -5]), dice.choice(CHOSEN))
                )
    return made


def _passings(dice, person):
    for agency in OWN_TEAM:
        if dice.random() < 0.75 and any(a.agency == agency and a.purpose == "HANDOVER" for a in person.answers):
            if dice.random() < 0.2:
                yield Passing(
                    person, agency, dice.choice(["RECALLED", "CLOSED"]), _packs(dice), True, True, dice.choice(CHOSEN)
                )
            state = dice.choice([*TOLD, *NOT_TOLD])
            moved, offered = dice.random() < 0.5, dice.random() < 0.5
            yield Passing(person, agency, state, _packs(dice), moved, offered, dice.choice(CHOSEN))


def _packs(dice):
    states = dice.choice([[], ["BUILT"], ["STALE", "BUILT"], ["STALE", "STALE", "WAITING"], ["FAILED"]])
    return [Built(state) for state in states]
