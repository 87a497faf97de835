"""Guest speakers."""

import uuid

from django import forms

from casework.forms.base import Form
from casework.forms.versioned import VersionedForm
from interventions.models import Guest


class GuestForm(VersionedForm):
    """Adds a guest, or changes one."""

    called = "Guest speaker"
    save_text = "Save the guest"
    beside = "name"
    drafted = True

    name = forms.CharField(label="What is the guest called?", max_length=120)
    organisation = forms.CharField(label="Where from?", max_length=120, required=False)
    vetted_until = forms.DateField(
        label="Until when does security let the guest in?",
        help_text="For example, 27/3/2026. Empty: not vetted yet, so the guest cannot be asked.",
        required=False,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.row:
            self.fields["nonce"] = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class Ask(Form):
    called = "Guest at a session"
    save_text = "Add to the session"

    guest = forms.ModelChoiceField(
        Guest.objects.none(),
        label="Who speaks?",
        empty_label="Choose a guest",
        error_messages={"invalid_choice": "This guest cannot be chosen any more."},
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["guest"].queryset = Guest.objects.visible_to(user).current()
        self.fields["guest"].label_from_instance = _named


def _named(guest):
    until = f"vetted until {guest.vetted_until:%-d %B %Y}" if guest.vetted_until else "not vetted"
    return f"{guest.name}{f', {guest.organisation}' if guest.organisation else ''} ({until})"
