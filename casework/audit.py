"""The trail of what was done, opened and refused. No feature reads it; what pages show are rows of their own.

Each entry is signed here with a key that the database does not hold, so that a row put in by hand, by the database's owner too,
does not verify.
"""

import hashlib
import hmac
import json
from contextvars import ContextVar

from django.conf import settings
from django.db import connection
from django.utils import timezone

from casework.models import AuditEntry

Kind = AuditEntry.Kind
# Where the request came from: its id and address; set by the middleware for the time of a request.
origin = ContextVar("origin", default=("", ""))


def record(*, by, action, target=None, person=None, prison=None, **detail):
    """Write that ``by`` did ``action`` (such as ``referral.made``) to ``target``, in the transaction of what was done.

    ``person`` and ``prison`` are taken from the target where it has them. ``detail`` holds plain values: text, whole numbers, dates,
    keys of rows; never free text about a person.
    """
    _write(Kind.OPERATION, by, action, target, person, prison, detail)


def opened(request, row, *, what="person", **detail):
    """Write that the signed-in user opened a page with the record of a person, in the page's own transaction.

    ``row`` is the person, or a row that knows whose it is (a handover, a pack).
    """
    request.opened_person_id = _person_id(
        row, None
    )  # A draft that is typed on this page is under the locks of this person.
    _write(Kind.READ, request.user, f"{what}.opened", row, None, None, detail)


def listed(request, what, people):
    """Write that the signed-in user was shown a list ``what`` naming the people with these keys."""
    _write(Kind.READ, request.user, f"{what}.listed", None, None, None, {"people": sorted(people)})


def refused(request, *, status):
    """Write that the signed-in user was refused a page."""
    _write(
        Kind.REFUSAL,
        request.user,
        f"refused.{status}",
        None,
        None,
        None,
        {"method": request.method, "path": request.path},
    )


def account(action, *, by=None, user=None, **detail):
    """Write a sign-in, sign-out, failed attempt or change of password on the account ``user``; ``by``: who is signed in."""
    _write(Kind.ACCOUNT, by, f"account.{action}", user, None, None, detail)


def _write(kind, by, action, target, person, prison, detail):
    person_id = _person_id(target, person)
    prison_id = prison.pk if prison else getattr(target, "prison_id", None) or getattr(by, "prison_id", None)
    request_id, address = origin.get()
    values = {
        "at": timezone.now().isoformat(timespec="microseconds"),
        "kind": str(kind),
        "action": action,
        "by_id": by.pk if by else None,
        "by_name": by.full_name if by else "",
        "target": target._meta.label_lower if target else "",
        "target_key": str(target.pk) if target else "",
        "person_id": person_id,
        "prison_id": prison_id,
        "request": request_id,
        "address": address,
        "detail": _plain(detail),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ww.record(%s::timestamptz, %s, %s, %s::bigint, %s, %s, %s, %s::bigint, %s::bigint, %s, %s, %s::jsonb, %s)",
            [*{**values, "detail": json.dumps(values["detail"])}.values(), signature(values)],
        )


def link(chain, entry_hash):
    """The value of the chain after an entry with this hash (both 32 bytes)."""
    return hashlib.sha256(chain + entry_hash).digest()


def checkpoint(*, seq, chain):
    """What is written outside the database after sealing: how far the chain goes, its value there, the time, our signature."""
    values = {"seq": seq, "chain": chain, "at": timezone.now().isoformat()}
    return {**values, "signature": signature(values)}


def signature(values):
    """The HMAC-SHA-256, in hexadecimal, of a dict of plain values (times in ISO form, UTC, microseconds)."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    key = hashlib.sha256(b"wingwalk audit " + settings.AUDIT_KEY.encode()).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _person_id(target, person):
    if person is not None:
        return person.pk
    if target is not None and target._meta.label_lower == "casework.person":
        return target.pk
    return getattr(target, "person_id", None)


def _plain(detail):
    """Values as JSON knows them: rows become their keys, dates their ISO form."""
    return {name: _plain_value(value) for name, value in detail.items()}


def _plain_value(value):
    if value is None or isinstance(value, bool | int | str):
        return value if type(value) in {bool, int, type(None)} else _text(value)
    if isinstance(value, dict):
        return {_text(key): _plain_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain_value(each) for each in value]
    return value.pk if hasattr(value, "pk") else _text(value)


def _text(value):
    """As text that the database can hold: an address that somebody typed may have a NUL in it."""
    return str(value).replace("\0", "\N{REPLACEMENT CHARACTER}")
