"""Names of colleagues beside what they did."""

from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from casework.models import User


def name_of(field):
    """The name of the user in ``field``, or nothing. A join would drop rows whose maker has left for another prison: his is hidden."""
    names = User.objects.filter(pk=OuterRef(field)).values("full_name")[:1]
    return Coalesce(Subquery(names), Value(""), output_field=CharField())
