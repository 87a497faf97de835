"""The team of seventeen and the accounts that a visitor may sign in with."""

import time
from datetime import timedelta

from allauth.mfa import app_settings as mfa
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.auth.hashers import make_password

from casework.access import Role
from casework.models import Absence, User, WingCover
from casework.operations import second_factor
from reporting.operations.demo import address_book, days

PASSWORD = settings.DEMO_PASSWORD
Employer = User.Employer
# The accounts that people sign in with: user name, full name, role, employer, agency.
ACCOUNTS = [
    ("keyworker", "Kerry Testwright", Role.KEYWORKER, Employer.CHARITY, None),
    ("officer", "Officer Olu Mockingham", Role.KEYWORKER, Employer.PRISON, None),
    ("manager", "Morgan Exampleby", Role.MANAGER, Employer.CHARITY, None),
    ("admin", "Ade Templateman", Role.ADMINISTRATOR, Employer.CHARITY, None),
    ("auditor", "Ash Specimenson", Role.AUDITOR, Employer.PRISON, None),
    ("partner.liverpool", "Lou Fictwell", Role.PARTNER, Employer.AGENCY, "Liverpool DIP"),
    ("partner.wirral", "Win Draftwell", Role.PARTNER, Employer.AGENCY, "Wirral DIP"),
    ("partner.testing", "Officer Rae Sampletaker", Role.PARTNER, Employer.AGENCY, "Drug testing, HMP Liverpool"),
]
LEADS = {"partner.liverpool"}
# People of his agency, who sign in with nothing that anybody knows; the last has left.
OF_LIVERPOOL = ["Quinn Specimenby", "Rory Examplewell", "Sal Formerley"]
# Colleagues, whose accounts have no password: nobody signs in with them.
CHARITY = [
    "Alex O'Sample",
    "Bernie Fableton",
    "Chris Trialby",
    "Dana McDraft",
    "Eli Patternby",
    "Frankie Voidley",
    "Gwen Ap-Enghraifft",
    "Hari Notionby",
    "Indra de Testa",
]
OFFICERS = [
    "Officer Jo Pilotby",
    "Officer Kit Stencilworth",
    "Officer Lee Nobodyson",
    "Officer Max Demoworth",
    "Officer Nik Rehearsley",
    "Officer Pat Widgetby",
]
UNUSABLE = "!demo"
# How many cases somebody can hold, in turn; the manager holds none. What some do beside their role; managers have every duty.
CAPACITIES = [26, 24, 28, 25, 22, 26, 18]
DUTIES = {
    "officer": [User.Duty.SCHEDULE, User.Duty.TESTS],
    "Kerry Testwright": [User.Duty.SCHEDULE],
    "Alex O'Sample": [User.Duty.CLINICAL],
    "Gwen Ap-Enghraifft": [User.Duty.CLINICAL, User.Duty.SCHEDULE],
}


def build_manager(world):
    """Write the manager's account, who signs the protocols."""
    world.taken = set(User.objects.values_list("username", flat=True))
    world.hash = make_password(PASSWORD, salt=f"{world.rng.getrandbits(96):024x}")
    username, full_name, role, employer, _ = next(row for row in ACCOUNTS if row[0] == "manager")
    world.manager = _account(world, username, full_name, role, employer, password=world.hash)
    world.manager.save()


def build(world):
    """Write everybody else, which wings they cover and when they are away."""
    agencies = {agency.name: agency for agency in [*world.agencies, *world.departments]}
    users = [
        _account(world, username, full_name, role, employer, agency=agencies.get(agency), password=world.hash)
        for username, full_name, role, employer, agency in ACCOUNTS
        if username != "manager"
    ]
    users += [_colleague(world, name, Employer.CHARITY) for name in CHARITY]
    users += [_colleague(world, name, Employer.PRISON) for name in OFFICERS]
    liverpool = agencies["Liverpool DIP"]
    users += [
        _account(world, _username(name), name, Role.PARTNER, Employer.AGENCY, agency=liverpool) for name in OF_LIVERPOOL
    ]
    users[-1].is_active = False
    with_account = {user.agency_id for user in users}
    users += [
        _account(
            world,
            f"contact.{address_book.word(agency.name)}",
            f"{agency.name} duty worker",
            Role.PARTNER,
            Employer.AGENCY,
            agency=agency,
        )
        for agency in [*world.agencies, *world.departments]
        if agency.pk not in with_account
    ]
    User.objects.bulk_create(users)
    for user in users:
        if user.is_partner and user.password != UNUSABLE:
            second_factor.enrol(secret=settings.DEMO_TOTP_SECRET, by=user)
    world.workers = [user for user in users if user.role == Role.KEYWORKER]
    world.importer = next(user for user in users if user.role == Role.ADMINISTRATOR)
    world.partners = {user.agency_id: user for user in reversed(users) if user.agency_id}
    _cover_wings(world)
    absences = [absence for worker in world.workers for absence in _absences(world, worker)]
    Absence.objects.bulk_create([*absences, _away_today(world, absences)])


def accounts():
    """User name, role and the one password of the demo accounts that are here."""
    names = [row[0] for row in ACCOUNTS]
    found = {user.username: user for user in User.objects.filter(username__in=names, is_active=True)}
    return [
        {"username": name, "role": found[name].get_role_display(), "name": found[name].full_name, "password": PASSWORD}
        for name in names
        if name in found and found[name].check_password(PASSWORD)
    ]


def code():
    """The code that the demo's partners sign in with now, beside the password."""
    counter = int(time.time()) // mfa.TOTP_PERIOD
    return totp.format_hotp_value(totp.hotp_value(settings.DEMO_TOTP_SECRET, counter))


def _account(world, username, full_name, role, employer, *, agency=None, password=UNUSABLE):
    """An account; in a second prison the user name carries its code, because user names are unique in the house."""
    if username in world.taken:
        username = f"{username}.{world.prison.code.lower()}"
    return User(
        username=username,
        full_name=full_name,
        email=f"{username}@team.example",
        role=role,
        employer=employer,
        prison=world.prison,
        agency=agency,
        password=password,
        capacity=0 if role != Role.KEYWORKER else CAPACITIES[len(full_name) % len(CAPACITIES)],
        is_lead=username.removesuffix(f".{world.prison.code.lower()}") in LEADS,
        duties=DUTIES.get(full_name) or DUTIES.get(username.partition(".")[0], []),
    )


def _colleague(world, full_name, employer):
    return _account(world, _username(full_name), full_name, Role.KEYWORKER, employer)


def _username(full_name):
    *_, forename, surname = full_name.replace("de Testa", "deTesta").split()
    return f"{forename[0]}.{surname}".lower().replace("'", "").replace("-", "")


def _cover_wings(world):
    """Every wing has a first and a second."""
    people = world.workers * 2
    wings = list(world.wings.values()) * 2
    WingCover.objects.bulk_create(
        WingCover(user=user, prison=world.prison, wing=wing, from_on=world.start)
        for user, wing in zip(people, wings, strict=False)
    )


def _away_today(world, absences):
    """One of the team fell ill this morning: his cases wait to be given to others."""
    until = world.today + timedelta(days=18)
    busy = {row.user.pk for row in absences if row.from_on <= until and row.until_on >= world.today}
    ill = next(worker for worker in reversed(world.workers) if worker.pk not in busy)
    return Absence(user=ill, prison=world.prison, from_on=world.today, until_on=until)


def _absences(world, worker):
    """A week or two of leave each quarter; those who sign in are here today."""
    world.away[worker.pk] = set()
    day = world.start + timedelta(days=world.rng.randrange(80))
    signs_in = worker.password != UNUSABLE
    while day < world.today + timedelta(days=60):
        first = days.working_after(day, 0)
        until = first + timedelta(days=world.rng.choice([3, 4, 4, 11]))
        day = until + timedelta(days=world.rng.randint(50, 95))
        if signs_in and until >= world.today - timedelta(days=3) and first <= world.today + timedelta(days=7):
            continue
        world.away[worker.pk].update(days.every(first, until + days.DAY))
        yield Absence(user=worker, prison=world.prison, from_on=first, until_on=until)
