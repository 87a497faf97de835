from crispy_forms.layout import Layout
from django import forms

from casework.forms.base import OnceForm


class NoteCourtDate(OnceForm):
    save_text = "Note the court date"

    on = forms.DateField(label="When is it?", help_text="For example, 27/3/2026")
    court = forms.CharField(label="Which court?", max_length=80, required=False)
    said_by = forms.CharField(label="Who said so?", help_text="Name and post, or the list it is from.", max_length=120)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("on", "court", "said_by", "nonce")
