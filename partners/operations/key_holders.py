"""Who of an agency carries keys here, and until when."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from casework import audit
from casework.access import Role
from casework.models import Notice, User
from casework.operations import mail
from partners.models import KeyHolder
from partners.queries import key_holders as queries


@transaction.atomic
def add(*, agency, name, keys, vetted_until, key_talk_until, by, user=None, nonce=None):
    """Somebody of ``agency`` carries keys in the prison of ``by``; ``user``: his account, where he has one."""
    nonce = nonce or uuid.uuid4()
    if made := KeyHolder.objects.made_once(nonce):
        return made
    holder = KeyHolder(
        prison_id=by.prison_id,
        agency=agency,
        name=name,
        user=user,
        keys=keys,
        vetted_until=vetted_until,
        key_talk_until=key_talk_until,
        nonce=nonce,
    )
    _check_account(holder)
    holder.full_clean()
    holder.save()
    audit.record(by=by, action="key_holder.added", target=holder, agency=agency, until=holder.until)
    return holder


@transaction.atomic
def edit(*, holder, version, by, **says):
    """Change what is said of a key-holder: name, user, keys, vetted_until, key_talk_until."""
    holder = _open(holder)
    changed = holder.change(version, **says)
    _check_account(holder)
    holder.full_clean()
    holder.save()
    audit.record(by=by, action="key_holder.edited", target=holder, changed=sorted(changed), until=holder.until)
    return holder


@transaction.atomic
def end(*, holder, version, by):
    """The keys were given back: there is no walk after today."""
    holder = _open(holder)
    holder.change(version, ended_on=timezone.localdate())
    holder.save(update_fields=["ended_on", "version"])
    audit.record(by=by, action="key_holder.ended", target=holder)
    return holder


@transaction.atomic
def remind(*, holder_id, by, today):
    """Tell the prison's managers and the agency that vetting or key talk runs out, once for each reminder that is due."""
    holders = KeyHolder.objects.select_for_update(of=["self"], skip_locked=True).select_related("agency", "prison")
    holder = holders.filter(pk=holder_id, ended_on=None).first()
    if holder is None or not (due_on := queries.reminder_due(holder, today)):
        return
    holder.reminded_on = today
    holder.save(update_fields=["reminded_on"])
    asked = {"kind": Notice.KEYS_LAPSE, "about": f"keys {holder.pk} {due_on}", "by": by, "prison": holder.prison}
    for manager in User.objects.active().filter(prison=holder.prison_id, role=Role.MANAGER).order_by("pk"):
        mail.ask(path=reverse("partners:key_holders"), user=manager, **asked)
    mail.ask(path=reverse("partners:visits"), agency=holder.agency, **asked)
    audit.record(by=by, action="key_holder.reminded", target=holder, due_on=due_on, until=holder.until)


def _open(holder):
    holder = KeyHolder.objects.select_for_update(of=["self"]).select_related("agency").get(pk=holder.pk)
    if holder.ended_on:
        raise ValidationError(f"{holder.name} carries no keys any more.")
    return holder


def _check_account(holder):
    if holder.user and (holder.user.agency_id != holder.agency_id or holder.user.prison_id != holder.prison_id):
        raise ValidationError({"user": f"This account is not one of {holder.agency}."})
