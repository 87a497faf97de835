"""The prison's places and the organisations around it."""

from datetime import time, timedelta

from casework.models import Agency, AgencyArea, Prison, RegimeTime, Room, User, Wing
from partners.models import Protocol, ProtocolEvent
from reporting.operations.demo import address_book, days, inward

NAMES = {"LPI": "HMP Liverpool"}
CAPACITY = 1300
Kind = Wing.Kind
# code, name, kind, landings, cells on each landing (two beds in each)
WINGS = [
    ("A", "A wing: first night centre", Kind.FIRST_NIGHT, 3, 20),
    ("B", "B wing", Kind.GENERAL, 4, 26),
    ("C", "C wing", Kind.GENERAL, 4, 25),
    ("D", "D wing, with the 3D unit", Kind.DRUG_FREE, 3, 14),
    ("E", "E wing: segregation", Kind.SEGREGATION, 1, 14),
    ("F", "F wing", Kind.GENERAL, 4, 26),
    ("G", "G wing", Kind.GENERAL, 4, 26),
    ("H", "H wing", Kind.GENERAL, 4, 25),
    ("I", "I wing: healthcare", Kind.HEALTHCARE, 1, 12),
    ("J", "J wing", Kind.GENERAL, 4, 24),
    ("K", "K wing: vulnerable prisoners", Kind.VULNERABLE, 4, 21),
]
UNIT = "D"
# The 3D unit: twenty cells on the third landing, of which the last six stand empty until the unit fills them.
LANDING, PLACES, CELLS = "3", 40, [f"D-3-{number:03d}" for number in range(1, 21)]
ROOMS = [
    ("A1 interview room", "A", 2),
    ("B1 interview room", "B", 2),
    ("C2 interview room", "C", 2),
    ("3D association area", "D", 40),
    ("3D interview room", "D", 2),
    ("F1 interview room", "F", 2),
    ("G2 interview room", "G", 2),
    ("H1 interview room", "H", 2),
    ("J1 interview room", "J", 2),
    ("K association area", "K", 30),
    ("K1 interview room", "K", 2),
    ("Healthcare consulting room", "I", 3),
    ("Recovery group room 1", None, 24),
    ("Recovery group room 2", None, 22),
]
REGIME = [
    ("AM", time(8, 30), time(11, 30)),
    ("PM", time(13, 30), time(16, 30)),
    ("ED", time(18, 30), time(19, 30)),
]
# name, kind, areas, share of the people who go there (of 100)
AGENCIES = [
    ("Liverpool DIP", Agency.Kind.DIP, ["Liverpool"], 42),
    ("Wirral DIP", Agency.Kind.DIP, ["Wirral"], 20),
    ("Sefton Recovery Service", Agency.Kind.VOLUNTARY, ["Sefton"], 12),
    ("Knowsley DIP", Agency.Kind.DIP, ["Knowsley"], 9),
    ("St Helens DIP", Agency.Kind.DIP, ["St Helens"], 7),
    ("Wigan DIP", Agency.Kind.DIP, ["Wigan"], 5),
    ("Blackburn DIP", Agency.Kind.DIP, ["Blackburn with Darwen"], 5),
    ("Merseyside Probation (fictional)", Agency.Kind.PROBATION, ["Merseyside"], 0),
]
LAPSED, LAPSING, RENEWED = "Blackburn DIP", "Sefton Recovery Service", "Wirral DIP"


def build(world):
    """Write the wings, rooms, regime times, agencies and protocols of ``world.prison``."""
    prison, opened = world.prison, world.start - timedelta(days=400)
    for code, name, kind, landings, cells in WINGS:
        unit = {"landing": LANDING, "places": PLACES} if code == UNIT else {}
        world.wings[code] = Wing.objects.create(prison=prison, code=code, name=name, kind=kind, **unit)
        world.beds[code] = [
            f"{code}-{floor}-{c:03d}" for floor in range(1, landings + 1) for c in range(1, cells + 1)
        ] * 2
        world.rng.shuffle(world.beds[code])
    world.rooms = Room.objects.bulk_create(
        Room(prison=prison, wing=world.wings.get(wing), name=name, capacity=seats) for name, wing, seats in ROOMS
    )
    RegimeTime.objects.bulk_create(
        RegimeTime(prison=prison, name=name, starts_at=first, ends_at=last) for name, first, last in REGIME
    )
    world.agencies = [_agency(world, opened, *values) for values in AGENCIES]
    address_book.fill(world, opened)
    agreed = [*world.protocols.values(), *(_with_department(world, opened, agency) for agency in world.departments)]
    Protocol.objects.bulk_create([row.renews for row in agreed if row.renews])
    Protocol.objects.bulk_create(agreed)
    ProtocolEvent.objects.bulk_create(event for row in agreed for event in _events(world, row))


def prison(code):
    """The prison with this code, made if nobody has."""
    return Prison.objects.get_or_create(code=code, defaults={"name": NAMES.get(code, f"Prison {code}")})[0]


def _agency(world, opened, name, kind, areas, share):
    """One agency with its areas, and the protocol that this prison has with it."""
    details = {"kind": kind, "mailbox": f"handover@{address_book.word(name)}.example", "phone": "0151 496 0000"}
    found, new = Agency.objects.get_or_create(name=name, defaults=details)
    if new:
        AgencyArea.objects.bulk_create(AgencyArea(agency=found, area=area, from_on=opened) for area in areas)
    found.share = share
    ahead = {LAPSED: -20, LAPSING: 20}.get(name, 60 + 25 * len(world.protocols))
    says = {"purpose": "Continuity of care on release, with consent", "items": Protocol.SHARED}
    review_on = world.today + timedelta(days=ahead)
    world.protocols[found.pk] = made = _protocol(world, found, starts_on=opened, review_on=review_on, **says)
    if name == RENEWED:
        before = {"starts_on": opened - timedelta(days=365), "review_on": opened - timedelta(days=1)}
        made.renews = _protocol(world, found, **before, **says)
    return found


def _with_department(world, opened, agency):
    purpose = "What the team needs to know to see somebody in time"
    until = world.today + timedelta(days=200)
    return _protocol(world, agency, starts_on=opened, review_on=until, purpose=purpose, items=inward.items(agency))


def _protocol(world, agency, **says):
    signed = {"signed_by_us": "Head of reducing reoffending", "signed_by_them": "Service manager"}
    return Protocol(prison=world.prison, agency=agency, made_by=world.manager, **signed, **says)


def _events(world, row):
    """What happened to a protocol: it was agreed, and told to lapse where that was so."""
    told = {"protocol": row, "prison": world.prison, "review_on": row.review_on}
    yield ProtocolEvent(kind="AGREED", at=days.moment(row.starts_on, time(10)), by=world.manager, **told)
    for kind, ahead in [("WARNED_28", 28), ("WARNED_7", 7)]:
        if (on := row.review_on - timedelta(days=ahead)) < world.today:
            yield ProtocolEvent(kind=kind, at=days.moment(on, time(6, 10)), by=User.objects.system(), **told)
