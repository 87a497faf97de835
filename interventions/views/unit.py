"""The drug-free unit: who lives there, who waits, and what is done with one stay."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from casework import audit
from casework.access import Permission, allows, requires
from casework.queries import alerts, people
from interventions.forms import unit as forms
from interventions.models import UnitStay
from interventions.operations import unit as operations
from interventions.queries import compact
from interventions.queries import unit as queries


@requires(Permission.KEEP_UNIT)
def index(request):
    """The unit, or the one of several that the address names."""
    units = list(queries.units(request.user))
    named = [unit for unit in units if str(unit.pk) == request.GET.get("wing")]
    context = {"units": units, "page": None, "may_write": allows(request.user, Permission.KEEP_CATALOGUE)}
    if units:
        page = queries.page(request.user, (named or units)[0])
        audit.listed(request, "unit", page.people)
        tests = [test for test in queries.not_allowed(request.user, page.living) if not test.answered]
        if tests:
            audit.listed(request, "unit.tests", {test.person_id for test in tests})
        context |= {"page": page, "tests": tests, "marks": alerts.marks(request.user, page.people)}
    return render(request, "interventions/unit.html", context)


@requires(Permission.KEEP_UNIT)
def history(request, person_id):
    """Every stay of one person on the unit, and his work as a peer supporter."""
    header = people.open_record(request, person_id, what="unit")
    context = {
        "header": header,
        "stays": queries.of_person(header.person, request.user),
        "peers": queries.peer_work(header.person, request.user),
        "current": compact.current(request.user),
        "sees_tests": request.user.has_duty(request.user.Duty.TESTS),
    }
    return render(request, "interventions/unit_history.html", context)


@requires(Permission.KEEP_UNIT)
def ask(request, person_id):
    header = people.open_record(request, person_id, what="unit")
    back = reverse("interventions:unit_history", args=[person_id])
    units = queries.units(request.user)
    form = forms.Ask(request.POST or None, units=units, cancel_url=back)
    if units and form.is_valid():
        try:
            operations.ask(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{header.person.name} is on the waiting list for the drug-free unit")
            return redirect(back)
    context = {"header": header, "form": form, "title": "Ask for a place on the drug-free unit", "missing": not units}
    return render(request, "interventions/unit_form.html", context)


@requires(Permission.KEEP_UNIT)
def offer(request, stay_id):
    stay, header, back = _opened(request, stay_id)
    form = forms.Offer(request.POST or None, cancel_url=back)
    said = f"A place was offered to {header.person.name}"
    return _asked(request, header, stay, form, operations.offer, title="Offer a place", said=said)


@requires(Permission.KEEP_UNIT)
def take_back(request, stay_id):
    stay, header, back = _opened(request, stay_id)
    form = forms.TakeBack(request.POST or None, cancel_url=back)
    text = f"{header.person.name} goes on waiting from the day of asking, {stay.asked_on:%-d %B %Y}."
    given = {"title": "Take the offer of a place back?", "said": "The offer was taken back", "text": text}
    return _asked(request, header, stay, form, operations.take_back, **given)


@requires(Permission.KEEP_UNIT)
def join(request, stay_id):
    stay, header, back = _opened(request, stay_id)
    form = forms.Join(request.POST or None, versions=compact.versions(request.user), cancel_url=back)
    given = {"title": "Comes to live on the unit", "said": f"{header.person.name} lives on the unit"}
    return _asked(request, header, stay, form, operations.join, prints=True, **given)


@requires(Permission.KEEP_UNIT)
def sign(request, stay_id):
    stay, header, back = _opened(request, stay_id)
    form = forms.Sign(request.POST or None, versions=compact.versions(request.user), cancel_url=back)
    given = {"title": "Sign another version of the compact", "said": "The compact was signed"}
    return _asked(request, header, stay, form, operations.sign, prints=True, **given)


@requires(Permission.KEEP_UNIT)
def dates(request, stay_id):
    stay, header, back = _opened(request, stay_id)
    form = forms.SetDates(request.POST or None, row=stay, cancel_url=back)
    given = {"title": "Change when the next review and test are", "said": "The dates were changed"}
    return _asked(request, header, stay, form, operations.set_dates, **given)


@requires(Permission.KEEP_UNIT)
def leave(request, stay_id):
    stay, header, back = _opened(request, stay_id)
    form = forms.Leave(request.POST or None, state=stay.state, cancel_url=back)
    lives = stay.state == UnitStay.State.LIVING
    title = "Leaves the unit" if lives else "Take off the waiting list"
    said = f"{header.person.name} {'left the unit' if lives else 'no longer waits for a place'}"
    return _asked(request, header, stay, form, operations.leave, title=title, said=said)


@requires(Permission.KEEP_UNIT)
def breach(request, stay_id):
    """Of a test that the address names, the questions are filled in: what came of it is told by nobody but those with the duty."""
    stay, header, back = _opened(request, stay_id)
    named = (test for test in queries.not_allowed(request.user, [stay]) if str(test.pk) == request.GET.get("test"))
    test = next(named, None)
    form = forms.RecordBreach(request.POST or None, user=request.user, test=test, cancel_url=back)
    text = "A breach of the compact is not a disciplinary charge: no adjudication follows from it."
    if test:
        text += " What came of a test is read by those with the duty only, here as well."
    given = {"title": "Record a breach of the compact", "said": "The breach was recorded", "text": text}
    return _asked(request, header, stay, form, operations.breach, **given)


@requires(Permission.KEEP_UNIT)
def review(request, stay_id):
    stay, header, back = _opened(request, stay_id)
    form = forms.RecordReview(request.POST or None, test_due=stay.test_due, cancel_url=back)
    given = {"title": "Record a review on the unit", "said": "The review was recorded"}
    return _asked(request, header, stay, form, operations.review, **given)


@requires(Permission.KEEP_UNIT)
def printed(request, stay_id):
    """The compact with somebody's name on it: what he signed, or is to sign today."""
    stay, header, back = _opened(request, stay_id)
    versions = {terms.version: terms for terms in compact.versions(request.user)}
    terms = versions.get(stay.compact) if "signed" in request.GET else compact.current(request.user)
    context = {"header": header, "stay": stay, "terms": terms, "back_url": back}
    return render(request, "interventions/compact_paper.html", context)


def _opened(request, stay_id):
    """A stay that the user may see, the header of its person's page and where that is; the opening is in the trail."""
    stay = get_object_or_404(UnitStay.objects.visible_to(request.user).select_related("wing"), pk=stay_id)
    header = people.open_record(request, stay.person_id, what="unit")
    return stay, header, reverse("interventions:unit_history", args=[stay.person_id])


def _asked(request, header, stay, form, act, *, title, said, text="", prints=False):
    """A question about a stay: shown, refused beside the field, or done by the operation ``act``."""
    if form.is_valid():
        try:
            act(stay=stay, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, said)
            return redirect("interventions:unit_history", stay.person_id)
    context = {"header": header, "stay": stay, "form": form, "title": title, "text": text, "prints": prints}
    return render(request, "interventions/unit_form.html", context)
