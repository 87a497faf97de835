from django import forms

from casework.forms.base import OnceForm

LISTS = [("unread", "Not read yet"), ("today", "Today’s, to be read tomorrow"), ("read", "Read")]


class GiveReason(OnceForm):
    save_text = "Open the record"

    reason = forms.CharField(
        label="Why do you open this record?",
        help_text="For example: covering for his worker, asked by healthcare, spoke to him on the landing.",
        min_length=10,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Say why you open this record",
            "min_length": "Say in a few words why you open this record",
        },
    )


class Filter(forms.Form):
    """Which openings to show. What the address does not say, or says wrongly, is the default."""

    show = forms.ChoiceField(label="Show", choices=LISTS, required=False)

    def __init__(self, asked):
        super().__init__({"show": LISTS[0][0], **asked.dict()})

    @property
    def chosen(self):
        return self.cleaned_data["show"] if self.is_valid() and self.cleaned_data["show"] else LISTS[0][0]
