"""What several models share."""

import uuid

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import F, Func, Value
from django.db.models.expressions import RawSQL


class PersonalQuerySet(models.QuerySet):
    """Rows about people, each with its ``person`` and its ``prison``."""

    def visible_to(self, user):
        """Rows of the prison of ``user`` about people who are not hidden from him; partners see none."""
        if user.is_partner:
            return self.none()
        return self.filter(prison_id=user.prison_id).exclude(person_id__in=hidden_from(user))


def hidden_from(user):
    """Keys of the people whose record is restricted in the prison of ``user`` and does not name him.

    Computed in one place, the database function that row security asks as well.
    """
    return RawSQL("SELECT unnest(ww.hidden_people(%s, %s))", [user.pk, user.prison_id])


class OnceQuerySet(models.QuerySet):
    def made_once(self, nonce):
        """The row that an earlier sending of the same form made, or None; a second sending waits for the first."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(nonce)])
        return self.filter(nonce=nonce).first()


class PersonalOnceQuerySet(PersonalQuerySet, OnceQuerySet):
    """Rows about people that are made by a form with a nonce."""


class Once(models.Model):
    """A row made by a form that carries a nonce, so that a double click makes one row."""

    nonce = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class Versioned(models.Model):
    """A row that people edit: each change raises the version, and a change made on an older version is refused."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    def raise_version(self, seen):
        """Go on to the next version, unless somebody else did since the version ``seen`` by the user (ValidationError)."""
        if seen is not None and seen != self.version:
            raise ValidationError(
                "Somebody else changed this while you had it open, so nothing was saved yet. What they saved is shown beside your "
                "answers, wherever the two differ. Compare them, then save again.",
                code="stale",
            )
        self.version += 1

    def change(self, seen, **values):
        """Take on ``values`` at the next version, without saving; returns what each was and is, for the trail."""
        self.raise_version(seen)
        changed = {name: [getattr(self, name), value] for name, value in values.items() if getattr(self, name) != value}
        for name, (_, value) in changed.items():
            setattr(self, name, value)
        return changed


def one_key(field):
    """The key that ``field`` holds, as a range of one: a plain GiST index, without an extension, can compare it.

    ``field`` is the field's name and not its column's, or Django does not put the value of a row in its place when it validates.
    """
    return Func(F(field), F(field), Value("[]"), function="int8range")
