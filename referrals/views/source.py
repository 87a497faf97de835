"""The lists of the front door: where referrals come from, what people want, what makes one urgent."""

from django.shortcuts import render

from casework.access import Permission, requires
from casework.views import catalogue
from referrals.forms import source as forms
from referrals.models import Sign, Source, Want
from referrals.queries import source as queries

SOURCES = catalogue.Sort("referrals", Source, forms.SourceForm, "source", "sources")
WANTS = catalogue.Sort("referrals", Want, forms.WantForm, "wish", "wants")
SIGNS = catalogue.Sort("referrals", Sign, forms.SignForm, "sign of urgency", "signs")

keeps = requires(Permission.KEEP_SOURCES)
add, change, end = keeps(catalogue.add), keeps(catalogue.change), keeps(catalogue.end)


@keeps
def index(request, sort):
    """What is in use; on request what has been ended as well, apart."""
    ended = queries.ended(sort.model) if "ended" in request.GET else None
    context = {"entries": queries.current(sort.model), "ended": ended, "sort": sort, "kept": Source.KEPT}
    return render(request, f"referrals/settings/{sort.many}.html", context)
