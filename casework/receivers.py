"""Answers to what other packages announce."""

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
