"""The questions of notes."""

from django import forms

from casework.forms.base import OnceForm
from casework.models import Note

LONGEST = 10_000
HINTS = {
    Note.Level.TEAM: "Everybody who works on this team.",
    Note.Level.CLINICAL: "Those who do clinical work, and managers.",
    Note.Level.MANAGER: "Managers only.",
}


class _Text(forms.Form):
    text = forms.CharField(
        label="What do you want to write down?",
        help_text="Facts, and who said them. A note cannot be changed afterwards, only added to.",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def __init__(self, *args, number, **kwargs):
        super().__init__(*args, **kwargs)
        # The script beside the page says so, should the number of somebody else stand in the text.
        self.fields["text"].widget.attrs["data-own-number"] = number


class WriteNote(_Text, OnceForm):
    save_text = "Save the note"

    kind = forms.ChoiceField(label="What sort of note is it?", choices=Note.Kind.choices, initial=Note.Kind.GENERAL)
    level = forms.ChoiceField(
        label="Who may read it?",
        initial=Note.Level.TEAM,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who may read it"},
    )

    def __init__(self, *args, levels, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [(level.value, level.label) for level in levels]
        self.fields["level"].widget.hints = HINTS
        if len(levels) == 1:
            self.fields["level"].widget = forms.HiddenInput()
            self.fields["level"].initial = levels[0]


class AmendNote(_Text, OnceForm):
    save_text = "Add to the note"


class SearchNotes(forms.Form):
    text = forms.CharField(label="Search these notes", help_text="Words, or how they begin.", max_length=100)


class NoteFilter(forms.Form):
    """What stands in the address. ``search`` is a key to the words, which do not."""

    search = forms.CharField(required=False, widget=forms.HiddenInput)
    level = forms.ChoiceField(label="Who may read it", required=False)
    kind = forms.ChoiceField(label="Sort", choices=[("", "Every sort"), *Note.Kind.choices], required=False)
    author = forms.ModelChoiceField(None, label="Written by", empty_label="Anybody", required=False)

    def __init__(self, *args, levels, authors, **kwargs):
        super().__init__(*args, auto_id="filter_%s", **kwargs)
        self.fields["author"].queryset = authors
        self.fields["level"].choices = [("", "Every level"), *((level.value, level.label) for level in levels)]
        if len(levels) == 1:
            del self.fields["level"]

    @property
    def chosen(self):
        """What was chosen; an address with garbage in it chooses what can be understood of it."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value and name != "search"}
