"""Answers to what other packages announce."""

import time

from allauth.account.signals import authentication_step_completed
from allauth.mfa.signals import authentication_failed
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_migrate
from django.dispatch import receiver

from casework import audit
from casework.operations import keys


@receiver(post_migrate)
def teach_signing_key(sender, **kwargs):
    """After each migration the database knows the key that contexts are signed with."""
    if sender.name == "casework":
        keys.teach()


@receiver(user_logged_in)
def record_sign_in(sender, user, **kwargs):
    audit.account("signed_in", by=user, user=user)


@receiver(user_logged_out)
def record_sign_out(sender, user, **kwargs):
    if user:
        audit.account("signed_out", by=user, user=user)


@receiver(authentication_step_completed)
def unlock_session(sender, request, reauthenticated=False, **kwargs):
    """The password was given: the clocks of the middleware start. If it was given again, the lock is off, under a new key."""
    request.session["seen_at"] = request.session["proved_at"] = time.time()
    if reauthenticated:
        request.session.pop("locked_at", None)
        request.session.cycle_key()


@receiver(authentication_failed)
def record_wrong_code(sender, user, **kwargs):
    """Against the account that was tried; the password had been right."""
    audit.account("code_refused", user=user)
