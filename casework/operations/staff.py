"""Accounts: made with a temporary password, changed, deactivated when somebody leaves; never deleted."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string

from casework import audit
from casework.access import Role
from casework.models import Absence, Notice, User, WingCover
from casework.operations import mail
from casework.queries import counts

PLAIN = "abcdefghjkmnpqrstuvwxyz23456789"  # Nothing that is mistaken for another when it is read off a screen.
TAKEN = "This user name is taken. Choose another."


@transaction.atomic
def make(*, by, wings=(), **values):
    """Make an account at the prison of ``by``; returns it with its temporary password, which is kept nowhere.

    ``by`` is an administrator, or the lead of the agency whose account it is.
    """
    user = User(prison_id=by.prison_id, must_change_password=True, **values)
    password = _temporary_password(user)
    user.full_clean(validate_unique=False)
    try:
        with transaction.atomic():  # Names at other prisons are hidden from us, but not free.
            user.save()
    except IntegrityError as error:
        raise ValidationError({"username": TAKEN}) from error
    if wings:
        _cover(user, wings)
    audit.record(by=by, action="staff.made", target=user, role=user.role, agency=user.agency_id)
    return user, password


@transaction.atomic
def change(*, user, version, by, wings=None, **values):
    """Change what an account says. Whoever's role changes is out at his next click; nobody changes his own."""
    user = _account(user)
    if values.get("role", user.role) != user.role:
        if user.pk == by.pk:
            raise ValidationError({"role": "Nobody can change their own role. Ask another administrator."})
        _must_not_be_the_last(user, "have another role")
        if values["role"] not in {Role.KEYWORKER, Role.MANAGER}:
            _must_hold_no_case(user, "role")
    changed = user.change(version, **values)
    user.full_clean(validate_unique=False)
    user.save(update_fields=[*changed, "version"])
    if wings is not None and _cover(user, wings):
        changed["wings"] = True
    audit.record(by=by, action="staff.changed", target=user, changed=sorted(changed), role=user.role)
    return user


@transaction.atomic
def deactivate(*, user, version, by):
    """Nobody signs in with this account any more, and who is signed in is out at his next click."""
    user = _account(user)
    if user.pk == by.pk:
        raise ValidationError("Nobody can deactivate their own account. Ask another administrator.")
    _must_not_be_the_last(user, "be deactivated")
    _must_hold_no_case(user)
    user.change(version, is_active=False)
    user.save(update_fields=["is_active", "version"])
    audit.record(by=by, action="staff.deactivated", target=user)
    return user


@transaction.atomic
def reactivate(*, user, version, by):
    """Somebody who left is back; his password still counts."""
    user = _account(user)
    if user.agency_id and user.agency.ended_on:
        raise ValidationError(f"{user.agency} has been ended, so nobody can sign in for it.")
    user.change(version, is_active=True)
    user.save(update_fields=["is_active", "version"])
    audit.record(by=by, action="staff.reactivated", target=user)
    return user


@transaction.atomic
def reset_password(*, user, version, by):
    """Replace a password by a temporary one; returns the account with it. Who is signed in is out at his next click."""
    user = _account(user)
    if user.pk == by.pk:
        raise ValidationError("Change your own password with “Change password” at the top of the page.")
    user.change(version, must_change_password=True)
    password = _temporary_password(user)
    user.save(update_fields=["password", "must_change_password", "version"])
    audit.record(by=by, action="staff.password_reset", target=user)
    return user, password


@transaction.atomic
def reset_second_factor(*, user, version, by):
    """Somebody has lost his telephone: he sets up his codes anew at his next sign-in, and is told by mail that somebody did this."""
    user = _account(user)
    if user.pk == by.pk:
        raise ValidationError("Nobody can reset their own codes. Ask another who keeps accounts.")
    if user.second_factor_at is None:
        raise ValidationError(f"{user} has not set up any codes.")
    user.change(version, second_factor_at=None)
    user.save(update_fields=["second_factor_at", "version"])
    audit.record(by=by, action="staff.second_factor_reset", target=user)
    if user.email:
        mail.ask(kind=Notice.ACCOUNT, path="/me/", about=f"account {user.pk} at {user.version}", by=by, user=user)
    return user


@transaction.atomic
def choose_password(*, password, by):
    """``by`` takes a password of his own; nothing else of his account is written, whatever an administrator does meanwhile."""
    by.set_password(password)
    by.must_change_password = False
    by.save(update_fields=["password", "must_change_password"])
    audit.account("password_changed", by=by, user=by)


@transaction.atomic
def add_absence(*, user, from_on, until_on, by):
    """``user`` is away on these days, both included."""
    user = _account(user)
    absence = Absence(user=user, prison_id=user.prison_id, from_on=from_on, until_on=until_on)
    absence.full_clean()
    if user.absences.filter(withdrawn_at=None, from_on__lte=until_on, until_on__gte=from_on).exists():
        raise ValidationError({"from_on": f"{user} is already away on some of these days."})
    absence.save()
    audit.record(by=by, action="staff.absence_added", target=user, from_on=from_on, until_on=until_on)
    return absence


@transaction.atomic
def withdraw_absence(*, absence, by):
    """The absence does not hold after all. Withdrawing it again changes nothing."""
    absence = Absence.objects.select_for_update().get(pk=absence.pk)
    if absence.withdrawn_at is None:
        absence.withdrawn_at = timezone.now()
        absence.save(update_fields=["withdrawn_at"])
        audit.record(by=by, action="staff.absence_withdrawn", target=absence.user, absence=absence.pk)
    return absence


def _account(user):
    """The account under lock, with every administrator of its prison, so that two who remove each other at once cannot both succeed."""
    administrators = Q(prison_id=user.prison_id, role=Role.ADMINISTRATOR)
    locked = User.objects.filter(administrators | Q(pk=user.pk)).order_by("pk").select_for_update()
    return next(account for account in locked if account.pk == user.pk)


def _temporary_password(user):
    password = "-".join(get_random_string(4, PLAIN) for _ in range(4))
    user.set_password(password)
    return password


def _must_not_be_the_last(user, what):
    administrators = User.objects.active().filter(prison_id=user.prison_id, role=Role.ADMINISTRATOR)
    if {administrator.pk for administrator in administrators} == {user.pk}:
        raise ValidationError(f"{user} is the only administrator of this prison and cannot {what}.")


def _must_hold_no_case(user, field=None):
    if held := counts.cases_held_by(user):
        cases = "open case" if held == 1 else "open cases"
        text = f"{user} holds {held} {cases}. A manager gives them to somebody else first, so that nobody is left without a worker."
        raise ValidationError({field: text} if field else text)


def _cover(user, wings):
    """Make the wings that ``user`` covers these; returns whether anything changed."""
    wanted, covers = {wing.pk for wing in wings}, user.wing_cover.filter(ended_on=None)
    left = covers.exclude(wing_id__in=wanted).update(ended_on=timezone.localdate())
    new = wanted - {cover.wing_id for cover in covers}
    for wing_id in sorted(new):
        WingCover.objects.create(user=user, prison_id=user.prison_id, wing_id=wing_id, from_on=timezone.localdate())
    return bool(left or new)


@transaction.atomic
def make_first(*, prison, username, full_name, by):
    """The first administrator of a prison, who makes everybody else; returns the account with its temporary password."""
    if User.objects.active().filter(prison=prison, role=Role.ADMINISTRATOR).exists():
        raise ValidationError(f"{prison} has an administrator already, who can make other accounts.")
    user = User(
        prison=prison,
        username=username,
        full_name=full_name,
        role=Role.ADMINISTRATOR,
        employer=User.Employer.CHARITY,
        must_change_password=True,
    )
    password = _temporary_password(user)
    user.full_clean()
    user.save()
    audit.record(by=by, action="staff.made", target=user, role=user.role)
    return user, password
