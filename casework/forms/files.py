"""The questions of files."""

from django import forms
from django.core.exceptions import ValidationError

from casework.forms.base import Form, OnceForm
from casework.models import Attachment
from casework.operations.attachment import TOO_LARGE


class AddFile(OnceForm):
    """The operation looks at what the file really is; here only its size is asked about, before anything of it is read."""

    save_text = "Keep the file"

    file = forms.FileField(
        label="Which file?",
        help_text="A PDF, JPEG or PNG, 10 MB at most. Pictures are kept without what the camera wrote into them.",
        error_messages={"required": "Choose the file.", "empty": "The file is empty."},
    )
    kind = forms.ChoiceField(label="What is it?", choices=[("", "Choose one"), *Attachment.Kind.choices])
    title = forms.CharField(
        label="What shall it be called here?", help_text="For example: Consent for probation, signed", max_length=120
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > Attachment.MOST_BYTES:
            raise ValidationError(TOO_LARGE)
        return {"name": file.name, "content": file.read()}


class WithdrawFile(Form):
    save_text = "Withdraw the file"
    save_class = "govuk-button--warning"

    why = forms.CharField(
        label="Why is it withdrawn?", help_text="For example: It is about somebody else.", max_length=200
    )
