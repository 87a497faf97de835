from django import forms

from casework.models import AuditEntry


class Filter(forms.Form):
    """Which entries of the trail to show: kind, who did it, on which day."""

    kind = forms.ChoiceField(label="What", required=False, choices=[("", "Everything"), *AuditEntry.Kind.choices])
    who = forms.ModelChoiceField(label="Who", required=False, queryset=None, empty_label="Everybody")
    on = forms.DateField(label="On", required=False, help_text="For example, 27/3/2026")

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["who"].queryset = staff
