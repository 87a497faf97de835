"""A caseload of any size, written in a few statements: for tests that count queries at the size of a real prison."""

from datetime import timedelta

from casework.models import (
    Alert,
    Allocation,
    Case,
    Consent,
    CustodySpell,
    LegalStatus,
    Location,
    Person,
    ReleaseDate,
    Strand,
)
from interventions.models import Appointment, Contact, ContactType
from partners.models import Handover
from partners.queries import handovers
from referrals.models import Referral, Source
from tests import factories


def fill(count, worker, now):
    """So many open cases of ``worker``, each with somewhat of everything that lists and first pages read at the moment ``now``."""
    prison, agency, day = factories.prison(), factories.agency(), now.date()
    one_to_one, oneself = ContactType.objects.get(code="ONE_TO_ONE"), Source.objects.get(code="SELF")
    first = next(factories.counter) * 1000
    people = Person.objects.bulk_create(
        Person(
            number=f"A{(first + n) % 10000:04d}{chr(65 + (first + n) // 10000 % 26)}Z",
            surname=f"Crowd{n:03d}",
            forenames="Sam",
            surname_key=f"crowd{n:03d}",
            forenames_key="sam",
            prison_ids=[prison.pk],
        )
        for n in range(count)
    )
    came = day - timedelta(days=40)
    spells = CustodySpell.objects.bulk_create(
        CustodySpell(person=person, prison=prison, received_on=came) for person in people
    )
    cases = Case.objects.bulk_create(
        Case(person=spell.person, prison=prison, spell=spell, opened_on=came, opened_by=worker) for spell in spells
    )
    its = {"prison": prison}
    rows = [
        [Location(spell=spell, cell="A-1-001", cell_key="A-0001-0001", from_at=now, **its) for spell in spells],
        [LegalStatus(spell=spell, status="REMAND", from_at=now, **its) for spell in spells],
        [
            ReleaseDate(
                spell=spell,
                kind="CONDITIONAL",
                on=day + timedelta(days=3),
                recorded_at=now,
                recorded_by=worker,
                **its,
            )
            for spell in spells
        ],
        [Alert(person=person, kind="H", code="HA", from_at=now, **its) for person in people],
        [Allocation(case=case, worker=worker, from_at=now, made_by=worker, **its) for case in cases],
        [
            Strand(
                case=case,
                person=case.person,
                kind="DETOX",
                started_on=came,
                said_by="IDTS nurse",
                said_on=came,
                recorded_by=worker,
                recorded_at=now,
                **its,
            )
            for case in cases
        ],
        [
            Contact(
                person=case.person,
                case=case,
                worker=worker,
                type=one_to_one,
                at=now,
                minutes=30,
                recorded_by=worker,
                recorded_at=now,
                **its,
            )
            for case in cases
        ],
        [
            Appointment(
                person=case.person,
                worker=worker,
                type=one_to_one,
                at=now - timedelta(hours=1),
                minutes=30,
                made_by=worker,
                made_at=now,
                **its,
            )
            for case in cases
        ],
        [
            Referral(
                person=case.person,
                spell=case.spell,
                case=case,
                source=oneself,
                received_on=came,
                reason="Spice",
                made_by=worker,
                made_at=now,
                triaged_at=now,
                **its,
            )
            for case in cases
        ],
    ]
    consents = Consent.objects.bulk_create(
        Consent(
            person=person,
            agency=agency,
            given=True,
            asked_on=came,
            expires_on=day + timedelta(days=2),
            recorded_at=now,
            recorded_by=worker,
            **its,
        )
        for person in people
    )
    rows.append(
        [
            Handover(
                person=case.person,
                case=case,
                agency=agency,
                consent=consent,
                state="SENT",
                sent_at=now - timedelta(days=9),
                release_on=day + timedelta(days=3),
                content={"person": handovers.identity(case.person)},
                made_by=worker,
                made_at=now,
                **its,
            )
            for case, consent in zip(cases, consents, strict=True)
        ]
    )
    for batch in rows:
        type(batch[0]).objects.bulk_create(batch)
    return cases
