"""The questions behind a handover. ``content()`` turns the answers into the content of a handover, ``answers()`` turns it back."""

from crispy_forms.layout import Div, Fieldset, Layout, Row
from django import forms

from casework.forms.base import Form

SUBSTANCES = 3
PARTS = ["substance", "route", "last_used", "before", "now"]
LABELS = [
    "Substance {}",
    "Substance {}: how taken",
    "Substance {}: last used",
    "Substance {}: before custody",
    "Substance {}: now",
]
SMALL = forms.Textarea(attrs={"rows": 3})
NALOXONE = ["Given", "To be given at the gate", "Offered, and declined", "Not needed: no opioid use"]
ADVICE = [
    "Overdose and lost tolerance",
    "Never using alone, and the recovery position",
    "Mixing with alcohol, tablets or methadone",
    "Needle exchange, and clean equipment",
    "Blood-borne viruses",
    "Offered, and declined",
]


def _words(label, help_text="", size=2000):
    return forms.CharField(label=label, help_text=help_text, max_length=size, required=False, widget=SMALL)


def _line(label, help_text="", size=120):
    return forms.CharField(label=label, help_text=help_text, max_length=size, required=False)


class Write(Form):
    """What the writer of a handover says. Nothing but the release date has to be there while it is a draft."""

    called = "Handover"
    save_text = "Save the draft"
    says_optional = False  # Nearly every question is, until it is made ready.
    dated = True  # Whether it asks for the release date.
    release_on = forms.DateField(
        label="Release date",
        help_text="For example, 27/3/2026",
        widget=forms.DateInput(format="%d/%m/%Y"),
        error_messages={"invalid": "Write the release date as a day that there is, for example 27/3/2026."},
    )
    release_time = forms.TimeField(
        label="Release time", required=False, help_text="For example, 09:30", widget=forms.TimeInput(format="%H:%M")
    )
    release_note = _line("How firm is the date?", "For example, may be two days earlier", 300)
    area = _line("Where is the person going to live?", "Town or area")
    contact = _line("How can the agency reach the person?", "Not somebody else’s number, unless the person agreed", 300)
    licence = _words("What conditions are there?", "Licence, home detention curfew, bail, where to report", 500)
    offender_manager = _line("Who is the offender manager?", size=200)
    overdose_risk = _words("What is the risk of overdose?", "Say low, raised or high, and why")
    tolerance = _words("What has happened to tolerance?", size=1000)
    risks = _words(
        "Which risks does the agency need to know?",
        "One on each line, as: risk: detail. Never another person’s name or number, intelligence, or what is in ACCT documents.",
    )
    wants = _words("What does the person want?")
    summary = _words("What was done in custody?", size=3000)
    outstanding = _words("What is still to do?", size=1000)
    clinical = forms.ChoiceField(
        label="Did the clinical team write a summary?",
        choices=[("NO", "No, the pack says that it was not provided"), ("YES", "Yes")],
        initial="NO",
        widget=forms.RadioSelect,
    )
    clinical_author = _line("Who in the clinical team wrote it?")
    clinical_on = forms.DateField(
        label="When did they write it?",
        required=False,
        widget=forms.DateInput(format="%d/%m/%Y"),
        error_messages={"invalid": "Write when the clinical team wrote it as a date, for example 27/3/2026."},
    )
    clinical_summary = _words(
        "What does it say?", "Medicines, doses, last dose, supervised or not, as they state it", 3000
    )
    next_prescriber = _line("Who prescribes next?", size=200)
    naloxone = forms.ChoiceField(
        label="Was naloxone given?",
        choices=[(answer, answer) for answer in NALOXONE],
        required=False,
        widget=forms.RadioSelect,
    )
    naloxone_detail = _line("More about naloxone", "For example, trained on 8 June", 300)
    harm_reduction = forms.MultipleChoiceField(
        label="Which harm-reduction advice was given?",
        help_text="Choose all that apply.",
        choices=[(advice, advice) for advice in ADVICE],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    harm_other = _line("Other advice", size=200)
    appointment_on = forms.DateField(
        label="Date",
        required=False,
        help_text="For example, 30/3/2026",
        widget=forms.DateInput(format="%d/%m/%Y"),
        error_messages={"invalid": "Write the date of the appointment as a day that there is, for example 30/3/2026."},
    )
    appointment_time = forms.TimeField(
        label="Time", required=False, help_text="For example, 14:00", widget=forms.TimeInput(format="%H:%M")
    )
    appointment_agency = _line("With which service?", "The agency itself, unless you say another")
    appointment_person = _line("With whom?")
    appointment_address = _words("Where?", size=300)
    appointment_travel = _words("How does the person get there?", size=300)
    appointment_if_missed = _words("What happens if the person does not come?", size=300)
    no_appointment_because = _words("If there is no appointment, why not?", size=500)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for number in self.rows():
            for part, label in zip(PARTS, LABELS, strict=True):
                self.fields[f"{part}_{number}"] = _line(label.format(number), size=200)
        self.helper.layout = Layout(*self.first(), *_layout(self.rows(), dated=self.dated))
        self.helper.render_hidden_fields = True

    def first(self):
        """What stands above the sections."""
        return []

    def mark(self, marked):
        """Show beside its field each of the words that may not pass (``partners.queries.blocked.Mark``)."""
        self.marks = {}
        for mark in marked:
            self.marks.setdefault(mark.field, []).append(mark)

    def rows(self):
        """The numbers of the rows for substances."""
        return range(1, SUBSTANCES + 1)

    def clean(self):
        given = super().clean()
        for number in self.rows():
            if any(given.get(f"{part}_{number}") for part in PARTS) and not given.get(f"substance_{number}"):
                self.add_error(f"substance_{number}", "Name the substance.")
        if given.get("clinical") == "YES":
            for name, text in [("author", "Say who wrote it."), ("on", "Say when they wrote it.")]:
                if not given.get(f"clinical_{name}") and f"clinical_{name}" not in self.errors:
                    self.add_error(f"clinical_{name}", text)
        elif any(given.get(name) for name in ["clinical_author", "clinical_summary", "next_prescriber"]):
            self.add_error("clinical", "Say that the clinical team wrote the summary, or take it out.")
        self._clean_appointment(given)
        return given

    def _clean_appointment(self, given):
        said = [name for name in given if name.startswith("appointment_") and given[name]]
        on, release_on = given.get("appointment_on"), given.get("release_on")
        if said and not on and "appointment_on" not in self.errors:
            self.add_error("appointment_on", "Give the date of the appointment.")
        if said and given.get("no_appointment_because"):
            self.add_error("no_appointment_because", "Give an appointment or the reason why there is none, not both.")
        if on and release_on and on < release_on:
            self.add_error("appointment_on", "The appointment is before the release date.")

    def content(self):
        """The answers as the content of a handover (``partners.operations.handovers.make`` tells its shape)."""
        given = {name: _plain(value) for name, value in self.cleaned_data.items()}
        appointment = {name: given[f"appointment_{name}"] for name in APPOINTMENT}
        return {
            "person": {"area": given["area"], "contact": given["contact"]},
            "custody": {name: given[name] for name in CUSTODY},
            "overdose_risk": given["overdose_risk"],
            "use": {"substances": self._substances(given), "tolerance": given["tolerance"]},
            "risks": [_risk(line) for line in given["risks"].splitlines() if line.strip()] or None,
            "treatment": {name: given[name] for name in TREATMENT},
            "clinical": self._clinical(given),
            "naloxone": {"answer": given["naloxone"], "detail": given["naloxone_detail"]},
            "harm_reduction": [*given["harm_reduction"], *filter(None, [given["harm_other"]])] or None,
            "appointment": {**appointment, "agency": appointment["agency"] or self.agency_name()}
            if appointment["on"]
            else None,
            "no_appointment_because": given["no_appointment_because"],
        }

    def agency_name(self):
        """With whom an appointment is, where the writer does not say."""
        return self.agency.name

    def _substances(self, given):
        rows = [{part: given[f"{part}_{number}"] for part in PARTS} for number in self.rows()]
        return [row for row in rows if row["substance"]] or None

    def _clinical(self, given):
        if given["clinical"] != "YES":
            return None
        return {
            "author": given["clinical_author"],
            "stated_on": given["clinical_on"],
            "summary": given["clinical_summary"],
            "next_prescriber": given["next_prescriber"],
        }


CUSTODY = ["release_time", "release_note", "licence", "offender_manager"]
TREATMENT = ["wants", "summary", "outstanding"]
APPOINTMENT = ["on", "time", "agency", "person", "address", "travel", "if_missed"]


def _layout(rows, *, dated=True):
    """The sections, with so many ``rows`` of substances; ``dated``: with the release date."""
    use = [
        part
        for row in rows
        for part in [
            Row(f"substance_{row}", f"route_{row}"),
            Row(f"before_{row}", f"now_{row}"),
            Div(f"last_used_{row}", css_class="govuk-!-margin-bottom-8"),
        ]
    ]
    return [
        Fieldset(
            "Release",
            *([Row("release_on", "release_time")] if dated else ["release_time"]),
            "release_note",
            Row("area", "contact"),
            "licence",
            "offender_manager",
        ),
        Fieldset("Risk", "overdose_risk", "tolerance", "risks"),
        Fieldset("Drug and alcohol use", *use),
        Fieldset("Treatment", "wants", "summary", "outstanding"),
        Fieldset(
            "Clinical summary", "clinical", Row("clinical_author", "clinical_on"), "clinical_summary", "next_prescriber"
        ),
        Fieldset("Harm reduction", "naloxone", "naloxone_detail", "harm_reduction", "harm_other"),
        Fieldset(
            "First appointment",
            Row("appointment_on", "appointment_time"),
            Row("appointment_agency", "appointment_person"),
            "appointment_address",
            "appointment_travel",
            "appointment_if_missed",
            "no_appointment_because",
        ),
    ]


def rows_of(content):
    """The numbers of the rows for substances that a form about ``content`` has."""
    return range(1, max(SUBSTANCES, len((content.get("use") or {}).get("substances") or [])) + 1)


def merged(old, new):
    """What a form was answered, ``new``, and of ``old`` what it does not ask."""
    return old | {
        name: {**(old.get(name) or {}), **part} if isinstance(part, dict) else part for name, part in new.items()
    }


def answers(content):
    """The answers that ``content`` was made from."""
    part = {
        name: content.get(name) or {}
        for name in ["person", "custody", "use", "treatment", "clinical", "naloxone", "appointment"]
    }
    said = {**part["person"], **part["custody"], **part["treatment"], "tolerance": part["use"].get("tolerance")}
    for number, row in enumerate(part["use"].get("substances") or [], 1):
        said |= {f"{name}_{number}": row.get(name) for name in PARTS}
    said |= {f"appointment_{name}": part["appointment"].get(name) for name in APPOINTMENT}
    clinical = part["clinical"]
    given = content.get("harm_reduction") or []
    risks = [": ".join(filter(None, [row["risk"], row.get("detail")])) for row in content.get("risks") or []]
    return said | {
        "overdose_risk": content.get("overdose_risk"),
        "risks": "\n".join(risks),
        "clinical": "YES" if clinical else "NO",
        "clinical_author": clinical.get("author"),
        "clinical_on": _british(clinical.get("stated_on")),
        "clinical_summary": clinical.get("summary"),
        "next_prescriber": clinical.get("next_prescriber"),
        "naloxone": part["naloxone"].get("answer"),
        "naloxone_detail": part["naloxone"].get("detail"),
        "harm_reduction": [advice for advice in given if advice in ADVICE],
        "harm_other": "; ".join(advice for advice in given if advice not in ADVICE),
        "appointment_on": _british(part["appointment"].get("on")),
        "no_appointment_because": content.get("no_appointment_because"),
    }


def _british(day):
    return "/".join(reversed(day.split("-"))) if day else None


def _risk(line):
    risk, _, detail = line.partition(": ")
    return _filled(risk=risk.strip(), detail=detail.strip())


def _filled(**given):
    return {name: value for name, value in given.items() if value}


def _plain(value):
    """Dates and times as JSON writes them."""
    if value is None:
        return ""
    if hasattr(value, "hour"):
        return f"{value:%H:%M}"
    return value.isoformat() if hasattr(value, "isoformat") else value
