"""The second factor: codes that an app on somebody's telephone makes, and ten recovery codes for the day without it."""

import secrets

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import User

Type = Authenticator.Type


@transaction.atomic
def enrol(*, secret, by):
    """From now on ``by`` signs in with codes made of ``secret`` too; returns the ten recovery codes, which are shown this once."""
    if _own(by).second_factor_at:
        raise ValidationError("Your codes are set up already.")
    Authenticator.objects.create(user_id=by.pk, type=Type.TOTP, data={"secret": encrypt(secret)})
    codes = Authenticator.objects.create(user_id=by.pk, type=Type.RECOVERY_CODES, data=_seed())
    by.second_factor_at = timezone.now()
    by.save(update_fields=["second_factor_at"])
    audit.account("second_factor_enrolled", by=by, user=by)
    return codes.wrap().generate_codes()


@transaction.atomic
def renew(*, by):
    """Ten new recovery codes for ``by``, shown this once; the old ones stop working."""
    if not _own(by).second_factor_at:
        raise ValidationError("Your codes are not set up.")
    codes = Authenticator.objects.get(user_id=by.pk, type=Type.RECOVERY_CODES)
    codes.data = _seed()
    codes.save(update_fields=["data"])
    audit.account("recovery_codes_renewed", by=by, user=by)
    return codes.wrap().generate_codes()


@transaction.atomic
def leave(*, by):
    """``by`` signs in with his password alone again, which partners may not."""
    if _own(by).is_partner:
        raise ValidationError("People of partner agencies sign in with codes.")
    by.second_factor_at = None  # With it the database forgets the secret.
    by.save(update_fields=["second_factor_at"])
    audit.account("second_factor_left", by=by, user=by)


def _own(by):
    return User.objects.select_for_update().get(pk=by.pk)


def _seed():
    return {"seed": encrypt(secrets.token_hex(40)), "used_mask": 0}
