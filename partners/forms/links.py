"""What the team says of a link that it sends, and the code for one."""

import re

from crispy_forms.layout import Layout
from django import forms

from casework.formats import links
from casework.forms.base import Form, OnceForm
from partners.models import HandoverLink
from partners.queries import links as queries


class Send(OnceForm):
    called = "Link for an agency without an account"
    save_text = "Send the link"

    mailbox = forms.ChoiceField(
        label="Where does the link go?", widget=forms.RadioSelect, error_messages={"required": "Choose an address."}
    )
    way = forms.ChoiceField(
        label="How does the code get there?",
        help_text="Never with the link. Read it out only to somebody whom you rang yourself.",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a way for the code."},
    )
    hours = forms.TypedChoiceField(
        label="How long does it work?",
        choices=list(HandoverLink.HOURS.items()),
        coerce=int,
        initial=HandoverLink.USUAL_HOURS,
    )

    def __init__(self, *args, agency, **kwargs):
        super().__init__(*args, **kwargs)
        addresses, ways = queries.mailboxes(agency), queries.ways(agency)
        self.ways = {way.key: way for way in ways}
        self.fields["mailbox"].choices = [(address, address) for address in addresses]
        self.fields["mailbox"].initial = addresses[0] if addresses else None
        self.fields["way"].choices = [(way.key, way.text) for way in ways]
        self.helper.layout = Layout("mailbox", "way", "hours", "nonce")

    def clean_way(self):
        return self.ways[self.cleaned_data["way"]]

    def clean(self):
        way, mailbox = self.cleaned_data.get("way"), self.cleaned_data.get("mailbox")
        if way and mailbox and way.email.lower() == mailbox.lower():
            self.add_error("way", "The code must not go to the address that the link goes to. Choose another way.")
        return self.cleaned_data


class Code(Form):
    save_text = "Open it"
    drafted = False

    code = forms.CharField(
        label="Code",
        help_text=f"The {links.DIGITS} digits that the prison’s team told you",
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "class": "govuk-input--width-10",
                "inputmode": "numeric",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": f"Give the code of {links.DIGITS} digits."},
    )

    def clean_code(self):
        given = re.sub(r"[\s-]", "", self.cleaned_data["code"])
        if not re.fullmatch(rf"[0-9]{{{links.DIGITS}}}", given):
            raise forms.ValidationError(f"The code has {links.DIGITS} digits, for example 1234 5678.")
        return given
