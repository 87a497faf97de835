"""The questions about places on a drug-free unit."""

from crispy_forms.layout import Layout, Row, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.forms.base import Form, OnceForm
from casework.forms.versioned import VersionedForm
from casework.models import Wing
from interventions.models import Breach, CompactTerms, UnitStay

DAY = "For example, 27/3/2026"
LONGEST_NAME = 60


def _day(label, **given):
    return forms.DateField(label=label, help_text=given.pop("help_text", DAY), **given)


def _today(form, *names):
    for name in names:
        form.fields[name].initial = timezone.localdate()


class TermsField(forms.ModelChoiceField):
    """A version of the compact."""

    def __init__(self, **given):
        super().__init__(
            CompactTerms.objects.none(),
            label="Which version of the compact was signed?",
            empty_label=None,
            error_messages={"required": "There is no compact yet. A manager writes the first one."},
            **given,
        )

    def label_from_instance(self, terms):
        return f"{terms.version}, in force from {terms.from_on:%-d %B %Y}"


class Ask(OnceForm):
    save_text = "Put on the waiting list"

    wing = forms.ModelChoiceField(Wing.objects.none(), label="Which unit?", empty_label=None)
    asked_on = _day("When did the person ask?")

    def __init__(self, *args, units, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wing"].queryset = units
        if len(units) == 1:
            self.fields["wing"].widget = forms.HiddenInput()
            self.fields["wing"].initial = units[0].pk
        _today(self, "asked_on")


class Offer(Form):
    save_text = "Offer the place"

    offered_on = _day("When is the place offered?")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _today(self, "offered_on")


class TakeBack(Form):
    save_text = "Take the offer back"
    save_class = "govuk-button--warning"


class Join(Form):
    save_text = "Save"

    joined_on = _day("When did the person come to live on the unit?")
    terms = TermsField()
    signed_on = _day("When did they sign it?")
    review_due = _day("When is the first review?")
    test_due = _day("When is the first test?", required=False, help_text="Empty: no test is planned.")

    def __init__(self, *args, versions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["terms"].queryset = versions
        self.fields["terms"].initial = versions.first()
        _today(self, "joined_on", "signed_on")
        for name in ["review_due", "test_due"]:
            self.fields[name].initial = timezone.localdate() + UnitStay.AGAIN
        self.helper.layout = Layout("joined_on", "terms", "signed_on", Row("review_due", "test_due"))


class Sign(Form):
    terms = TermsField()
    signed_on = _day("When did they sign it?")

    def __init__(self, *args, versions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["terms"].queryset = versions
        self.fields["terms"].initial = versions.first()
        _today(self, "signed_on")


class SetDates(VersionedForm):
    review_due = _day("When is the next review?")
    test_due = _day("When is the next test?", required=False, help_text="Empty: no test is planned.")


class Leave(Form):
    save_class = "govuk-button--warning"

    left_on = _day("When?")
    left_why = forms.ChoiceField(
        label="Why?", widget=forms.RadioSelect, error_messages={"required": "Choose the reason"}
    )
    left_note = forms.CharField(label="What else is to be known?", required=False, max_length=200)

    def __init__(self, *args, state, **kwargs):
        self.save_text = "Save: leaves the unit" if state == UnitStay.State.LIVING else "Take off the waiting list"
        super().__init__(*args, **kwargs)
        # Whoever sends the form twice has left by then: the operation tells the same from another.
        reasons = UnitStay.WHY[state] or UnitStay.Left
        self.fields["left_why"].choices = [(why.value, why.label) for why in reasons]
        _today(self, "left_on")


class RecordBreach(OnceForm):
    """Of a ``test`` that the compact does not allow it is filled in, and makes one breach however often it is recorded."""

    save_text = "Record the breach"

    on = _day("When was it?")
    what = forms.ChoiceField(
        label="What happened?",
        choices=Breach.What.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what happened"},
    )
    response = forms.ChoiceField(
        label="What did the team do about it?",
        choices=Breach.Response.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the team did"},
    )
    note = forms.CharField(
        label="What was said?", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, user, test=None, **kwargs):
        super().__init__(*args, **kwargs)
        _today(self, "on")
        if not user.has_duty(user.Duty.TESTS):
            self.fields["what"].choices = [one for one in Breach.What.choices if one[0] not in Breach.OF_TESTS]
        if test:
            self.fields["on"].initial, self.fields["what"].initial = test.on, test.breach
            self.fields["nonce"].initial = test.breach_nonce
        self.fields["response"].widget.hints = {
            Breach.Response.MORE_TESTS: "A test is then due within seven days.",
            Breach.Response.REVIEW: "A review is then due within seven days.",
            Breach.Response.LEAVES: "The stay on the unit ends on this day.",
        }


class RecordReview(OnceForm):
    save_text = "Record the review"

    on = _day("When was it held?")
    agreed = forms.CharField(label="How does it go, and what was agreed?", max_length=2000, widget=forms.Textarea)
    next_on = _day("When is the next review?")
    test_due = _day("When is the next test?", required=False, help_text="Empty: no test is planned.")

    def __init__(self, *args, test_due=None, **kwargs):
        super().__init__(*args, **kwargs)
        _today(self, "on")
        self.fields["next_on"].initial = timezone.localdate() + UnitStay.AGAIN
        self.fields["test_due"].initial = test_due and max(test_due, timezone.localdate())
        self.helper.layout = Layout("on", "agreed", Row("next_on", "test_due"), "nonce")


class WriteCompact(OnceForm):
    """Begins with the words in force. ``seen`` tells the operation which they were."""

    called = "Compact"
    save_text = "Take into use from now"

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    told = forms.CharField(
        label="What does the person sign?",
        help_text="A line for each point: what it is about, a colon, then easy words. For example, Tests: You give a sample when we ask.",
        widget=forms.Textarea(attrs={"rows": 16}),
        max_length=6000,
        error_messages={"required": "Write what the person signs"},
    )

    def __init__(self, *args, current, standard, **kwargs):
        begin = {"seen": current.version, "told": current.told} if current else {"seen": "", "told": standard}
        super().__init__(*args, initial=begin, **kwargs)
        self.helper.add_input(Submit("preview", "Preview", css_class="govuk-button--secondary"))

    def clean_told(self):
        lines = [line.strip() for line in self.cleaned_data["told"].splitlines() if line.strip()]
        for number, line in enumerate(lines, 1):
            name, _, words = line.partition(":")
            if not name.strip() or not words.strip() or len(name) > LONGEST_NAME:
                raise ValidationError(
                    f"Point {number} needs what it is about, in {LONGEST_NAME} letters at most, then a colon and the words."
                )
        return "\n".join(lines)
