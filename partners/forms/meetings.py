"""The questions of the recovery meeting: when, with whom, who is talked about, what is said and who does what."""

from datetime import datetime

from crispy_forms.layout import Fieldset, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.formats import numbers as prison_numbers
from casework.forms.base import OnceForm
from casework.forms.versioned import VersionedForm
from casework.models import Agency, Room, User
from casework.queries import finder
from partners.models.meeting import LENGTH, LENGTHS

ACTIONS = 3  # lines for new actions on the page of one person
DAY = "For example, 27/3/2026"
WEEKS = [
    (1, "Every week"),
    (2, "Every two weeks"),
    (3, "Every three weeks"),
    (4, "Every four weeks"),
    (13, "Every quarter"),
]


def _clock():
    return forms.TimeField(
        label="At what time?",
        input_formats=["%H:%M", "%H.%M", "%H%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M"),
        error_messages={"invalid": "Write the time, for example 14:00."},
    )


def _length():
    return forms.IntegerField(
        label="How many minutes does it take?",
        initial=LENGTH,
        validators=LENGTHS,
        error_messages={"required": "Give the minutes.", "invalid": "Give the minutes as a whole number."},
    )


def _room():
    return forms.ModelChoiceField(
        Room.objects.none(),
        label="In which room?",
        help_text="It is kept free of groups and sessions at that time.",
        required=False,
        empty_label="No room yet",
    )


def _agencies():
    return forms.ModelMultipleChoiceField(
        Agency.objects.none(),
        label="Which agencies are invited?",
        help_text="Each hears only of people who agreed to it, and only under a protocol.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one agency."},
    )


def _fill(form, user):
    form.fields["room"].queryset = Room.objects.visible_to(user).current()
    form.fields["agencies"].queryset = Agency.objects.visible_to(user).current().exclude(kind__in=Agency.INWARD)


class Begin(OnceForm):
    called = "Standing meeting"
    save_text = "Begin the standing meeting"

    from_on = forms.DateField(label="When is the first meeting?", help_text=DAY)
    at = _clock()
    length = _length()
    weeks = forms.TypedChoiceField(label="How often?", choices=WEEKS, coerce=int, initial=2)
    room = _room()
    agencies = _agencies()

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        _fill(self, user)


class Change(VersionedForm):
    called = "Meeting"
    save_text = "Save the changes"

    on = forms.DateField(label="On which day?", help_text=DAY, widget=forms.DateInput())
    at = _clock()
    length = _length()
    room = _room()
    agencies = _agencies()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _fill(self, self.user)

    def said_by(self, row):
        starts_at = timezone.localtime(row.starts_at)
        invited = row.invited.filter(withdrawn_at=None)
        agencies = list(Agency.objects.filter(pk__in=invited.values("agency")))
        when = {"on": starts_at.date(), "at": starts_at.time(), "length": row.length}
        return {**when, "room": row.room_id, "agencies": agencies, "version": row.version}

    def asked(self):
        """The keywords of ``partners.operations.meetings.edit``."""
        given = dict(self.cleaned_data)
        starts_at = datetime.combine(given.pop("on"), given.pop("at"))
        return {**given, "starts_at": timezone.make_aware(starts_at)}

    def refuse(self, error):
        if "starts_at" in getattr(error, "error_dict", {}):
            error = ValidationError({"on": error.error_dict["starts_at"]})
        super().refuse(error)


class Cancel(VersionedForm):
    called = "Cancelling of a meeting"
    save_text = "Cancel the meeting"
    save_class = "govuk-button--warning"

    why = forms.CharField(label="Why does it not take place?", help_text="The agencies read this.", max_length=200)


class Add(OnceForm):
    save_text = "Put them on the list"

    numbers = forms.CharField(
        label="Who is talked about as well?",
        help_text="One prison number, or several with a space or a line between them.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Give at least one prison number."},
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_numbers(self):
        """The people whose numbers were typed, each once."""
        typed = self.cleaned_data["numbers"].replace(",", " ").replace(";", " ").split()
        if len(typed) > 40:
            raise ValidationError("Give at most 40 numbers at a time.")
        found = finder.by_numbers(self.user, typed)
        people = {text: found.get(prison_numbers.normalise(text)) for text in dict.fromkeys(typed)}
        if unknown := [text[:20] for text, known in people.items() if known is None]:
            raise ValidationError(f"Nobody here has this number: {', '.join(unknown)}. Look under Find a person.")
        return list({person.pk: person for person, _ in people.values()}.values())


class Item(VersionedForm):
    """What somebody needs, what was said of him, and up to three new actions. ``heard_by``: the agencies that may be asked."""

    called = "Recovery meeting: one person"
    save_text = "Save and go on"

    needs = forms.CharField(
        label="What does this person need?",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    said = forms.CharField(
        label="What was said?", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    nonce = OnceForm.base_fields["nonce"]

    def __init__(self, *args, heard_by, begun, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["needs"].widget.attrs["autofocus"] = True
        if not begun:
            del self.fields["said"]
        workers = User.objects.visible_to(self.user).caseworkers().order_by("full_name", "pk")
        self.owners = {f"w{worker.pk}": worker for worker in workers} | {f"a{agency.pk}": agency for agency in heard_by}
        named = [(key, str(getattr(owner, "full_name", owner))) for key, owner in self.owners.items()]
        choices = [
            ("", "Nobody yet"),
            ("Agencies that may hear it", [pair for pair in named if pair[0][0] == "a"]),
            ("Our team", [pair for pair in named if pair[0][0] == "w"]),
        ]
        if begun:
            for number in range(1, ACTIONS + 1):
                self._ask_for_action(number, choices)
        self.helper.layout = self._layout(begun)

    def _ask_for_action(self, number, choices):
        self.fields[f"what_{number}"] = forms.CharField(label="What is to be done?", max_length=300, required=False)
        self.fields[f"owner_{number}"] = forms.ChoiceField(label="By whom?", choices=choices, required=False)
        self.fields[f"due_{number}"] = forms.DateField(label="By which day?", required=False, widget=forms.DateInput())

    def _layout(self, begun):
        actions = [
            Fieldset(f"New action {number}", f"what_{number}", Row(f"owner_{number}", f"due_{number}"))
            for number in range(1, ACTIONS + 1)
            if begun
        ]
        return Layout("needs", *(["said"] if begun else []), *actions, "nonce", "version")

    def said_by(self, row):
        return {"needs": row.needs, "said": row.said, "version": row.version}

    def clean(self):
        given = super().clean()
        for number in range(1, ACTIONS + 1):
            parts = {name: given.get(f"{name}_{number}") for name in ["what", "owner", "due"]}
            if any(parts.values()):
                lacking = {"what": "Say what is to be done.", "owner": "Choose who does it.", "due": "Give a day."}
                for name, words in lacking.items():
                    if not parts[name] and f"{name}_{number}" not in self.errors:
                        self.add_error(f"{name}_{number}", words)
        return given

    def asked(self):
        """The keywords of ``partners.operations.meeting_lists.write``."""
        given = self.cleaned_data
        whole = [number for number in range(1, ACTIONS + 1) if given.get(f"what_{number}")]
        return {
            "needs": given["needs"],
            "said": given.get("said", self.row.said),
            "version": given["version"],
            "nonce": given["nonce"],
            "actions": [self._action(number) for number in whole],
        }

    def _action(self, number):
        owner = self.owners[self.cleaned_data[f"owner_{number}"]]
        whose = "agency" if isinstance(owner, Agency) else "worker"
        return {"what": self.cleaned_data[f"what_{number}"], "due_on": self.cleaned_data[f"due_{number}"], whose: owner}


class Attendance(VersionedForm):
    """Who was there, and what is about nobody in particular. ``invited``: rows of the agencies."""

    called = "Recovery meeting: who was there"
    save_text = "Save"

    def __init__(self, *args, invited, **kwargs):
        self.invited = invited
        super().__init__(*args, **kwargs)
        rows = []
        for each in invited:
            came, who = f"came_{each.agency_id}", f"who_{each.agency_id}"
            self.fields[came] = forms.TypedChoiceField(
                label=f"Was {each.agency} there?",
                choices=[("yes", "Yes"), ("no", "No")],
                widget=forms.RadioSelect,
                error_messages={"required": "Choose yes or no."},
            )
            self.fields[who] = forms.CharField(label=f"Who came of {each.agency}?", max_length=200, required=False)
            rows.append(Row(came, who))
        self.fields["team_present"] = forms.CharField(
            label="Who of our team was there?", max_length=300, required=False
        )
        self.fields["minutes"] = forms.CharField(
            label="What was said that is about nobody in particular?",
            help_text="Every agency reads this. No names and no prison numbers.",
            max_length=10000,
            required=False,
            widget=forms.Textarea(attrs={"rows": 6}),
        )
        self.helper.layout = Layout(*rows, "team_present", "minutes", "version")

    def said_by(self, row):
        said = {"team_present": row.team_present, "minutes": row.minutes, "version": row.version}
        for each in self.invited:
            said[f"came_{each.agency_id}"] = {True: "yes", False: "no"}.get(each.attended)
            said[f"who_{each.agency_id}"] = each.who
        return said

    def asked(self):
        """The keywords of ``partners.operations.meetings.write``."""
        given = self.cleaned_data
        came = {
            each.agency_id: (given[f"came_{each.agency_id}"] == "yes", given[f"who_{each.agency_id}"])
            for each in self.invited
        }
        return {**{name: given[name] for name in ["team_present", "minutes", "version"]}, "came": came}


class Report(VersionedForm):
    called = "Action of a meeting"
    save_text = "Save"

    done = forms.BooleanField(label="It is done", required=False)
    note = forms.CharField(
        label="A word about it",
        help_text="The prison’s team and the agency that has it read this.",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def said_by(self, row):
        return {"done": bool(row.done_on), "note": row.note, "version": row.version}
