"""The catalogues of the front door, as an administrator keeps them."""

from django import forms

from casework.forms.versioned import VersionedForm
from referrals.models import Source


class SourceForm(VersionedForm):
    beside = "name"
    name = forms.CharField(label="What is the source called?", max_length=60)
    group = forms.ChoiceField(
        label="How is it counted?",
        choices=Source.Group.choices,
        widget=forms.RadioSelect,
        initial=Source.Group.INTERNAL,
    )
    priority = forms.BooleanField(
        label="Referrals from here are a priority",
        help_text="The person is to be seen the next working day, whatever else is known.",
        required=False,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["group"].widget.hints = {
            Source.Group.SELF: "The person asked.",
            Source.Group.INTERNAL: "Somebody in the prison asked.",
            Source.Group.EXTERNAL: "Somebody outside asked, maybe before the person arrived.",
        }


class WantForm(VersionedForm):
    beside = "name"
    name = forms.CharField(
        label="What may the person want?", help_text="Easy words: it is read to people.", max_length=60
    )
    position = forms.IntegerField(
        label="Where does it stand in the list?",
        help_text="Low numbers first.",
        min_value=0,
        max_value=30_000,
        initial=100,
    )


class SignForm(VersionedForm):
    beside = "name"
    name = forms.CharField(label="What makes it a priority?", help_text="For example, withdrawing", max_length=60)
    source = forms.ModelChoiceField(
        Source.objects.none(), label="Does it go with one source only?", required=False, empty_label="No, with any"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = Source.objects.current()
