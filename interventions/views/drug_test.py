"""Drug tests: figures for the team; lists, results and persons only for those who have the duty."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.models import Prison, User
from casework.operations import prison as prisons
from casework.queries import alerts, people
from interventions.formats import drug_tests
from interventions.forms import drug_test as forms
from interventions.forms import test_list as lists
from interventions.models import DrugTest
from interventions.operations import drug_test as operations
from interventions.queries import drug_test as queries


@requires(Permission.RECORD_TESTS)
def index(request):
    """What the tests of a month came to, for everybody in the team: counts, and nobody's name."""
    asked = queries.read_month(request.GET.get("month", ""))
    month = asked if asked and asked <= queries.this_month() else queries.this_month()
    months = queries.figures(request.user, month, queries.TREND)
    following = queries.months_after(month, 1)
    context = {
        "month": month,
        "figures": months[-1],
        "trend": [each for each in reversed(months) if each.of],
        "chart": queries.chart(months),
        "prison": request.user.prison,
        "before": queries.months_after(month, -1),
        "following": following if following <= queries.this_month() else None,
        "may_know": request.user.has_duty(User.Duty.TESTS),
    }
    return render(request, "interventions/tests/index.html", context)


@requires(Permission.RECORD_TESTS)
def month(request, month):
    """Whom the lists of a month name, and how far each test has got."""
    first = _month(request, month)
    rows = queries.of_month(request.user, first)
    shown = {row.person_id for row in rows}
    audit.listed(request, "drug_tests", shown)
    context = {
        "month": first,
        "list": queries.list_of(request.user, first),
        "rows": rows,
        "waits": len(queries.in_order(rows)),
        "marks": alerts.marks(request.user, shown),
        "before": queries.months_after(first, -1),
        "following": queries.months_after(first, 1),
        "is_due": first <= queries.months_after(queries.this_month(), 1),
    }
    return render(request, "interventions/tests/month.html", context)


@requires(Permission.RECORD_TESTS)
def draw(request, month):
    first, average = _to_draw(request, month)
    form = lists.Draw(request.POST or None, **_beginning(request, first, average))
    made = form.is_valid() and _drawn(request, form, first)
    if named := {person.pk for person in form.found.values()}:
        audit.listed(request, "test_list.drawing", named)
    if made:
        return redirect("interventions:test_month", month)
    return render(request, "interventions/tests/draw.html", {"form": form, "month": first, "average": average})


@requires(Permission.RECORD_TESTS)
def bring_in(request, month):
    """The same from a paste: shown first, kept when it is sent again with “draw”."""
    first, average = _to_draw(request, month)
    form = lists.BringIn(request.POST or None, **_beginning(request, first, average))
    checked = form.is_valid()
    made = checked and "draw" in request.POST and _drawn(request, form, first)
    if named := {person.pk for person in form.found.values()}:
        audit.listed(request, "test_list.drawing", named)
    if made:
        return redirect("interventions:test_month", month)
    context = {"form": form, "month": first, "average": average, "checked": checked and form.is_valid()}
    return render(request, "interventions/tests/bring_in.html", context)


def _to_draw(request, month):
    first = _month(request, month)
    if first > queries.months_after(queries.this_month(), 1):
        raise Http404("a list is drawn for a month that has begun, or the next")
    return first, queries.average(request.user, first)


def _beginning(request, first, average):
    initial = {"population": average.population or "", "percent": request.user.prison.test_percent}
    back = reverse("interventions:test_month", args=[f"{first:%Y-%m}"])
    return {"user": request.user, "month": first, "initial": initial, "cancel_url": back}


def _drawn(request, form, first):
    """The list that was drawn; None where the operation refused it, which the form then says."""
    try:
        made = operations.draw(month=first, by=request.user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return None
    messages.success(request, f"The list for {first:%B %Y} is drawn and fixed.")
    return made


@requires(Permission.RECORD_TESTS)
def record_several(request, month):
    first = _month(request, month)
    rows = queries.of_month(request.user, first)
    back = reverse("interventions:test_month", args=[month])
    form = forms.RecordSeveral(request.POST or None, tests=rows, cancel_url=back)
    audit.listed(request, "drug_tests.recording", {test.person_id for test in form.tests})
    if form.is_valid():
        try:
            made = operations.record_several(steps=form.cleaned_data["steps"], by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "1 test was recorded." if len(made) == 1 else f"{len(made)} tests were recorded.")
            return redirect(back)
    codes = {"reasons": drug_tests.reasons().values(), "groups": drug_tests.groups().values()}
    return render(request, "interventions/tests/record_several.html", {"form": form, "month": first, **codes})


@requires(Permission.RECORD_TESTS)
def add(request):
    _with_duty(request)
    form = forms.Add(request.POST or None, user=request.user, cancel_url=reverse("interventions:tests"))
    valid = form.is_valid()
    if named := {person.pk for person in form.found.values()}:
        audit.listed(request, "drug_tests.adding", named)
    if valid:
        try:
            made = operations.add(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "1 test was added." if len(made) == 1 else f"{len(made)} tests were added.")
            return redirect("interventions:test_month", f"{made[0].selected_on:%Y-%m}")
    return render(request, "interventions/tests/add.html", {"form": form})


@requires(Permission.RECORD_TESTS)
@require_POST
def name(request):
    """Called by the pages with prison numbers when one was typed: the name and the cell that go with it."""
    _with_duty(request)
    typed = next((value for key, value in request.POST.items() if key.startswith(("main_", "reserve_", "number_"))), "")
    person = next(iter(queries.people(request.user, [typed]).values()), None)
    if person:
        audit.listed(request, "drug_tests.name", {person.pk})
    context = {"typed": typed.strip(), "person": person, "cell": person and queries.cell_of(request.user, person)}
    return render(request, "interventions/tests/_name.html", context)


@requires(Permission.RECORD_TESTS)
def show(request, test_id):
    """One test, and the step that may follow."""
    _with_duty(request)
    tests = DrugTest.objects.visible_to(request.user).select_related("person", "test_list", "recorded_by", "stay__wing")
    test = get_object_or_404(tests, pk=test_id)
    header = people.open_record(request, test.person_id, what="drug_test")
    form = forms.Record(request.POST or None, test=test, cancel_url=_back(test)) if test.steps or request.POST else None
    if form and form.is_valid():
        try:
            made = operations.record(test=test, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Recorded for {header.person.name}: {queries.described(made).told.lower()}.")
            # What is done is no work of one's own any more: its page would ask for a reason.
            return redirect(_back(test))
    context = {"header": header, "test": queries.described(test), "form": form, "back": _back(test)}
    context |= queries.around(test, request.user)
    return render(request, "interventions/tests/show.html", context)


@requires(Permission.RECORD_TESTS)
def put_right(request, test_id):
    """What was recorded wrongly for one test, taken back with a reason; the right step is then recorded as any other."""
    _with_duty(request)
    test = get_object_or_404(DrugTest.objects.visible_to(request.user).select_related("test_list"), pk=test_id)
    header = people.open_record(request, test.person_id, what="drug_test")
    back = reverse("interventions:test", args=[test_id])
    form = forms.PutRight(request.POST or None, test=test, cancel_url=back)
    if form.is_valid():
        try:
            made = operations.put_right(test=test, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error, version=test.version)
        else:
            messages.success(request, "Put right. Now record what came of the test, if anything did.")
            return redirect(back if made.test.steps else _back(test))
    context = {"header": header, "test": queries.described(test), "form": form}
    return render(request, "interventions/tests/put_right.html", context)


def _back(test):
    return reverse("interventions:test_month", args=[f"{test.selected_on:%Y-%m}"])


@requires(Permission.RECORD_TESTS)
def of_person(request, person_id):
    _with_duty(request)
    header = people.open_record(request, person_id, what="drug_tests")
    key = request.GET.get("after", "")
    rows = DrugTest.objects.visible_to(request.user).filter(person=header.person)
    after = rows.filter(pk=key).first() if key.isascii() and key.isdecimal() and len(key) < 19 else None
    page = queries.of_person(header.person, request.user, after=after)
    next_url = f"?after={page.next_key}" if page.next_key else ""
    context = {"header": header, "page": page, "next_url": next_url, "first_url": request.path if after else ""}
    return render(request, "interventions/tests/person.html", context)


@requires(Permission.KEEP_PRISONS)
def rules(request):
    """The percentages of the administrator's own prison, and which positive tests make a referral."""
    prison = get_object_or_404(Prison.objects.visible_to(request.user))
    form = forms.Rules(request.POST or None, row=prison, cancel_url=reverse("casework:settings"))
    if form.is_valid():
        try:
            prisons.change(prison=prison, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The rules of drug tests were changed.")
            return redirect("casework:settings")
    return render(request, "casework/settings/form.html", {"form": form, "title": f"Drug tests at {prison}"})


def _with_duty(request):
    """Whose test it is, is for those who record tests (casework.models.User.Duty); row security asks the same."""
    if not request.user.has_duty(User.Duty.TESTS):
        raise PermissionDenied


def _month(request, text):
    """The first day of the month in the address, for those with the duty."""
    _with_duty(request)
    if (first := queries.read_month(text)) is None:
        raise Http404("there is no such month")
    return first
