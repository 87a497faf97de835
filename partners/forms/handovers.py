"""What the prison's team says when it writes a handover, calls it back or looks for releases."""

from django import forms

from casework.forms.base import Form, OnceForm
from casework.forms.versioned import VersionedForm
from partners.forms import content


class Make(content.Write, OnceForm):
    """A new handover. ``choices``: every agency (``partners.queries.protocols.choices``); those that it cannot go to are not offered.

    ``said``: the content that it begins with, of the release plan and the records; ``wanted``: the agency that the plan names.
    """

    agency = forms.ChoiceField(label="Which agency is it for?", widget=forms.RadioSelect)

    def __init__(self, *args, choices, said, wanted=None, **kwargs):
        self.said = said
        kwargs["initial"] = {**content.answers(said), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.agencies = {str(choice.agency.pk): choice.agency for choice in choices}
        offered = [(str(choice.agency.pk), choice.agency.name) for choice in choices if not choice.why_not]
        field = self.fields["agency"]
        field.choices = [(key, agency.name) for key, agency in self.agencies.items()]
        field.widget.choices = (
            offered  # One that was open when the page was loaded is refused in words by the operation.
        )
        field.initial = offered[0][0] if len(offered) == 1 else str(wanted and wanted.pk)

    def first(self):
        return ["agency"]

    def clean_agency(self):
        return self.agencies[self.cleaned_data["agency"]]

    def agency_name(self):
        return self.cleaned_data["agency"].name

    def rows(self):
        return content.rows_of(self.said)

    def content(self):
        return content.merged(self.said, super().content())

    def head(self):
        """The keywords of ``partners.operations.handovers.make`` besides the content."""
        return {name: self.cleaned_data[name] for name in ["agency", "release_on", "nonce"]}


class Edit(content.Write, VersionedForm):
    """A handover that is not ready yet (``row``), written again."""

    save_text = "Save"

    def __init__(self, *args, row, marked=(), **kwargs):
        self.agency, self.before, self.marked = row.agency, row.content, marked
        super().__init__(*args, row=row, **kwargs)
        self.mark(marked)

    def first(self):
        return ["left_because"] if any(mark.may_be_left for mark in self.marked) else []

    def mark(self, marked):
        """Beside what ``content.Write`` does, ask why words may stay that are not what they look like."""
        super().mark(marked)
        if any(mark.may_be_left for mark in marked):
            self.fields["left_because"] = forms.CharField(
                label="If what is marked below may stay: why?",
                help_text="Only where it is not what it looks like, such as a worker with the name of somebody held here. It is kept, with"
                " your name. A prison number never stays.",
                max_length=300,
                required=False,
                widget=content.SMALL,
            )

    def said_by(self, row):
        return {**content.answers(row.content), "release_on": row.release_on, "version": row.version}

    def rows(self):
        return content.rows_of(self.before)

    def content(self):
        return content.merged(self.before, super().content())

    def head(self):
        """The keywords of ``partners.operations.handovers.edit`` besides the content."""
        given = self.cleaned_data
        return {name: given[name] for name in ["release_on", "version"]} | {
            "left_because": given.get("left_because", "")
        }


class Amend(Edit):
    """A handover that was sent (``row``), written again and sent once more."""

    called = "Amendment of a handover"
    save_text = "Send the amendment"


class Recall(Form):
    called = "Recall of a handover"
    save_text = "Recall it"
    reason = forms.CharField(
        label="Why is it recalled?",
        help_text="For the record: the agency is not shown this. Of a handover that was sent it is told the number and that it was "
        "recalled, and sees no more.",
        max_length=500,
        widget=content.SMALL,
    )


class Due(forms.Form):
    """Which releases to list."""

    within = forms.ChoiceField(
        label="Due out within",
        choices=[("84", "12 weeks"), ("42", "6 weeks"), ("14", "2 weeks"), ("1", "1 day")],
        required=False,
    )
    whose = forms.ChoiceField(label="Whose cases", choices=[("", "Everybody’s"), ("mine", "Mine")], required=False)

    def asked(self):
        """Keywords for ``partners.queries.handovers.due_out``."""
        given = self.cleaned_data if self.is_valid() else {}
        return {"within": int(given.get("within") or 84), "mine": given.get("whose") == "mine"}
