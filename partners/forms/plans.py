"""What the keyworker says when a release is planned."""

from django import forms

from casework.forms.versioned import VersionedForm
from partners.forms import content
from partners.forms.handovers import Due


class Write(content.Write, VersionedForm):
    """A release plan (``row``, which may not be kept yet). ``agencies``: those in the address book; ``said``: what it begins with."""

    called = "Release plan"
    save_text = "Save the plan"
    dated = False  # The date comes from the roll, and may be tomorrow.
    release_on = None
    agency = forms.ChoiceField(
        label="Which agency does the person want to go to?",
        help_text="The one where they are going to live. Consent for it is asked on its own page.",
        required=False,
    )

    def __init__(self, *args, row, agencies, said, marked=(), **kwargs):
        self.said, self.before = said, row.content
        self.agencies = {str(agency.pk): agency for agency in agencies}
        super().__init__(*args, row=row, **kwargs)
        self.fields["agency"].choices = [
            ("", "Not known yet"),
            *((key, one.name) for key, one in self.agencies.items()),
        ]
        self.mark(marked)

    def said_by(self, row):
        said = self.said if self.said is not None else row.content
        return {**content.answers(said), "agency": row.agency_id and str(row.agency_id), "version": row.version}

    def first(self):
        return ["agency"]

    def rows(self):
        return content.rows_of(self.said)

    def clean_agency(self):
        return self.agencies.get(self.cleaned_data["agency"])

    def agency_name(self):
        agency = self.cleaned_data.get("agency")
        return agency.name if agency else "The community drug and alcohol team"

    def content(self):
        return content.merged(self.before, super().content())


class Gaps(Due):
    """Which releases with something missing to list."""

    missing = forms.ChoiceField(
        label="What is missing",
        choices=[
            ("", "Anything"),
            ("plan", "No release plan"),
            ("consent", "No consent"),
            ("handover", "No handover sent"),
        ],
        required=False,
    )

    def asked(self):
        """Keywords for ``partners.queries.plans.gaps``."""
        return {**super().asked(), "missing": self.cleaned_data.get("missing", "") if self.is_valid() else ""}
