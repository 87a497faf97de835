"""The lists of kinds of session and of topics."""

from django.shortcuts import render
from django.urls import reverse

from casework.access import Permission, allows, requires
from casework.queries import catalogue as entries
from casework.views import catalogue
from interventions.forms import catalogue as forms
from interventions.models import ContactType, Topic
from interventions.queries import catalogue as queries

TYPES = catalogue.Sort("interventions", ContactType, forms.TypeForm, "kind of session", "types")
TOPICS = catalogue.Sort("interventions", Topic, forms.TopicForm, "topic", "topics")

keeps = requires(Permission.KEEP_CATALOGUE)
add, change, end = keeps(catalogue.add), keeps(catalogue.change), keeps(catalogue.end)


@keeps
def index(request, sort):
    """What is in use; on request what has been ended as well, apart. A manager comes here from the diary."""
    settings = allows(request.user, Permission.KEEP_PRISONS)
    context = {
        "entries": queries.types() if sort is TYPES else entries.current(sort.model),
        "ended": entries.ended(sort.model) if "ended" in request.GET else None,
        "kept": ContactType.KEPT,
        "back_url": reverse("casework:settings" if settings else "interventions:diary"),
        "back": "Settings" if settings else "Diary",
    }
    return render(request, f"interventions/settings/{sort.many}.html", context)
