"""What the list of an agency is narrowed by."""

from django import forms

from partners.models import Handover

State = Handover.State


class Coming(forms.Form):
    """Which of those handed over to list. ``areas``: those that they return to."""

    text = forms.CharField(label="Name or number", required=False, max_length=60)
    within = forms.ChoiceField(
        label="Release",
        choices=[("", "Any day"), ("14", "Within 2 weeks"), ("42", "Within 6 weeks"), ("84", "Within 12 weeks")],
        required=False,
    )
    state = forms.ChoiceField(
        label="State",
        choices=[("", "Any"), (State.SENT, "Waiting for our answer")]
        + [(state.value, state.label) for state in Handover.SHARED if state != State.SENT],
        required=False,
    )
    area = forms.ChoiceField(label="Area", required=False)
    news = forms.ChoiceField(
        label="Since your last look", choices=[("", "Everybody"), ("1", "New or changed")], required=False
    )
    earlier = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, areas, **kwargs):
        super().__init__(*args, auto_id="filter_%s", **kwargs)
        self.fields["area"].choices = [("", "Any"), *((area, area) for area in areas)]
        self.earlier = "earlier" in self.data
        if not self.earlier:
            del self.fields["earlier"]

    def asked(self):
        """Keywords for ``partners.queries.received.narrowed``; what is no answer narrows nothing."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if name != "earlier"}
