"""Two people change the same thing: the second sees both, and loses nothing."""

from datetime import date, time

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from casework.access import Role
from casework.forms.agency import AgencyForm
from casework.forms.staff import StaffForm
from casework.forms.versioned import VersionedForm, in_words
from casework.models import Agency, User
from tests import factories

STALE = ValidationError("Somebody else changed this.", code="stale")
COLOURS = [("", "Not known"), ("Warm", [("R", "Red"), ("Y", "Yellow")]), ("B", "Blue")]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (forms.CharField(), "Sam", "Sam"),
        (forms.CharField(widget=forms.Textarea), "one\r\ntwo\r\n", "one\ntwo"),
        (forms.CharField(), "", "nothing"),
        (forms.CharField(), None, "nothing"),
        (forms.IntegerField(), 0, "0"),
        (forms.DateField(), date(2026, 3, 27), "27/03/2026"),
        (forms.DateField(), None, "nothing"),
        (forms.TimeField(widget=forms.TimeInput(format="%H:%M")), time(9, 30), "09:30"),
        (forms.BooleanField(), True, "Yes"),
        (forms.BooleanField(), False, "No"),
        (forms.ChoiceField(choices=COLOURS), "R", "Red"),
        (forms.ChoiceField(choices=COLOURS), "", "Not known"),
        (forms.ChoiceField(choices=COLOURS), None, "Not known"),
        (forms.ChoiceField(choices=COLOURS), "mauve", "mauve"),
        (forms.MultipleChoiceField(choices=COLOURS), ["B", "R"], "Red, Blue"),
        (forms.MultipleChoiceField(choices=COLOURS), [], "nothing"),
    ],
)
def test_in_words_says_an_answer_as_the_page_does(field, value, words):
    assert in_words(field, value) == words


@pytest.mark.django_db
def test_refuse_shows_theirs_beside_what_was_typed_and_takes_their_version():
    agency = factories.agency(kind="DIP", phone="1", address="Here\nthere", mailbox="")
    form = sent(AgencyForm, agency, name="Mine", kind="DIP", phone="1", address="Here\r\nthere", version=1)
    Agency.objects.filter(pk=agency.pk).update(name="Theirs", kind="PROBATION", version=4)

    form.refuse(STALE)

    assert form.theirs == {"name": "Theirs", "kind": Agency.Kind.PROBATION.label}
    assert [form[name].value() for name in ["name", "kind", "phone", "version"]] == ["Mine", "DIP", "1", 4]
    assert form.non_field_errors() == ["Somebody else changed this."]
    assert form.is_refused


@pytest.mark.django_db
def test_refuse_shows_rows_by_their_names():
    admin = factories.user(Role.ADMINISTRATOR)
    account, wings = factories.user(full_name="Robin Testerton"), [factories.wing(code) for code in "AB"]
    answers = {"full_name": "Robin Testerton", "employer": "CHARITY", "role": "KEYWORKER", "capacity": 25, "version": 1}
    form = sent(StaffForm, account, user=admin, wings=[wings[0].pk], **answers)
    account.wing_cover.create(wing=wings[0], prison=wings[0].prison, from_on=factories.DAY)
    account.wing_cover.create(wing=wings[1], prison=wings[1].prison, from_on=factories.DAY)

    form.refuse(STALE)

    assert form.theirs == {"wings": "A wing, B wing"}


@pytest.mark.django_db
def test_refuse_for_another_reason_compares_nothing():
    agency = factories.agency()
    form = sent(AgencyForm, agency, name="Mine", kind="DIP", version=1)

    form.refuse(ValidationError({"name": "Taken."}))

    assert (form.theirs, form["version"].value(), form.errors) == ({}, "1", {"name": ["Taken."]})


@pytest.mark.django_db
def test_refuse_of_a_mere_button_takes_their_version():
    account = factories.user()
    form = sent(VersionedForm, account, version=1)
    User.objects.filter(pk=account.pk).update(version=2)

    form.refuse(STALE)

    assert (form.theirs, form["version"].value()) == ({}, 2)


def sent(made_of, row, *, user=None, **answers):
    """A form with these answers, checked and found good."""
    form = made_of(data(answers), row=row, user=user)
    assert form.is_valid(), form.errors
    return form


def data(answers):
    """Answers as a browser sends them."""
    sent = QueryDict(mutable=True)
    for name, value in answers.items():
        sent.setlist(name, [str(one) for one in (value if isinstance(value, list) else [value])])
    return sent
