"""The questions about sessions of groups and drop-ins."""

from datetime import date

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils import timezone

from casework.forms.base import Form, OnceForm
from casework.forms.versioned import VersionedForm
from casework.models import RegimeTime, Room, User, Wing
from interventions.forms.seat import SeatsField, despite
from interventions.models import Audience, GroupSession, Programme, Seat
from interventions.queries import group as queries

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
CLOCK = ["%H:%M", "%H.%M", "%H%M", "%H:%M:%S"]
MOST_PEOPLE = "Give a number between 1 and 200."


class RoomField(forms.ModelChoiceField):
    """Rooms, each with how many it holds."""

    def label_from_instance(self, room):
        return f"{room} (holds {room.capacity})"


class RegimeTimeField(forms.ModelChoiceField):
    """The slots of the core day, each with its hours."""

    def label_from_instance(self, slot):
        return f"{slot}, {slot.starts_at:%H:%M} to {slot.ends_at:%H:%M}"


def _clock(label, hint=""):
    return forms.TimeField(
        label=label,
        help_text=hint,
        required=False,
        input_formats=CLOCK,
        widget=forms.TimeInput(format="%H:%M"),
        error_messages={"invalid": "Write the time, for example 14:00."},
    )


def _slot():
    return RegimeTimeField(
        RegimeTime.objects.none(),
        label="In which part of the day?",
        empty_label=None,
        error_messages={"required": "Choose a part of the day."},
    )


def _room():
    return RoomField(Room.objects.none(), label="In which room?", required=False, empty_label="No room yet")


def _facilitators():
    return forms.ModelMultipleChoiceField(
        User.objects.none(), label="Who runs it?", required=False, widget=forms.CheckboxSelectMultiple
    )


def _day(label):
    return forms.DateField(
        label=label, help_text="For example, 27/3/2026", error_messages={"required": "Give the day."}
    )


def _capacity():
    return forms.IntegerField(
        label="How many people at most?",
        min_value=1,
        max_value=200,
        initial=10,
        error_messages=dict.fromkeys(["min_value", "max_value", "invalid"], MOST_PEOPLE),
    )


def _fill(form, user):
    """Give the questions of ``form`` the places and workers of the prison of ``user``."""
    choices = {
        "room": Room.objects.visible_to(user).current(),
        "regime_time": RegimeTime.objects.visible_to(user).current(),
        "facilitators": User.objects.visible_to(user).caseworkers().order_by("full_name", "pk"),
        "wing": Wing.objects.visible_to(user).current(),
        "programme": Programme.objects.visible_to(user).current(),
    }
    for name in choices.keys() & form.fields.keys():
        form.fields[name].queryset = choices[name]


class _What(OnceForm):
    """What is asked of a series and of one session alike."""

    name = forms.CharField(label="What is it called?", max_length=80)
    kind = forms.ChoiceField(
        label="What is it?", choices=GroupSession.Kind, initial=GroupSession.Kind.GROUP, widget=forms.RadioSelect
    )
    audience = forms.ChoiceField(
        label="Who may sit together?", choices=Audience, initial=Audience.MAIN, widget=forms.RadioSelect
    )
    wing = forms.ModelChoiceField(
        Wing.objects.none(), label="For one wing only?", required=False, empty_label="For every wing"
    )
    regime_time = _slot()
    begins = _clock("From", "Empty: from its beginning.")
    ends = _clock("To", "Empty: until its end.")
    room = _room()
    facilitators = _facilitators()
    capacity = _capacity()

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].widget.hints = {
            "GROUP": "People are put down for it by name",
            "DROP_IN": "An open door: heads are counted, names if they like",
        }
        _fill(self, user)


class MakeSeries(_What):
    called = "Series of groups"
    save_text = "Put it in the diary"

    programme = forms.ModelChoiceField(
        Programme.objects.none(), label="Part of a programme?", required=False, empty_label="No programme"
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="On which days?",
        choices=list(enumerate(DAYS)),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day."},
    )
    from_on = _day("From which day?")
    count = forms.IntegerField(
        label="How many sessions?",
        min_value=1,
        max_value=60,
        error_messages={
            "required": "Say how many.",
            **dict.fromkeys(["min_value", "max_value", "invalid"], "Give between 1 and 60 sessions."),
        },
    )
    skip_holidays = forms.BooleanField(label="Leave bank holidays out", initial=True, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["from_on"].initial = timezone.localdate()
        self.helper.layout = Layout(
            Row("name", "programme"), "kind", "audience", Row("wing", "room"), "weekdays", "regime_time", Row("begins", "ends"),
            Row("from_on", "count"), "capacity", "skip_holidays", "facilitators", "nonce",
        )  # fmt: skip


class Make(_What):
    called = "One group session"
    save_text = "Put it in the diary"

    on = _day("On which day?")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(
            "name", "kind", "audience", Row("wing", "room"), Row("on", "regime_time"), Row("begins", "ends"), "capacity",
            "facilitators", "nonce",
        )  # fmt: skip


class AddToSeries(OnceForm):
    """One more session of a series, as the others are unless said otherwise."""

    called = "One more session of a series"
    save_text = "Put it in the diary"

    on = _day("On which day?")
    regime_time = _slot()
    begins = _clock("From", "Empty: from its beginning.")
    ends = _clock("To", "Empty: until its end.")
    room = _room()
    facilitators = _facilitators()
    capacity = _capacity()

    def __init__(self, *args, user, series, **kwargs):
        workers = series.workers.filter(until_at=None).values_list("worker", flat=True)
        like = {"regime_time": series.regime_time_id, "room": series.room_id, "capacity": series.capacity}
        super().__init__(*args, initial={**like, "facilitators": list(workers)}, **kwargs)
        _fill(self, user)
        self.helper.layout = Layout(
            Row("on", "regime_time"), Row("begins", "ends"), Row("room", "capacity"), "facilitators", "nonce"
        )


class EndSeries(VersionedForm):
    """Why the sessions still ``coming`` do not run is asked only where there are any."""

    save_text = "End the series"
    save_class = "govuk-button--warning"

    why = forms.ChoiceField(
        label="Why do the sessions still to come not run?",
        help_text="They are counted with all that could not run.",
        choices=GroupSession.Why,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why."},
    )
    note = forms.CharField(
        label="What else is there to know?", help_text="Nobody’s name.", max_length=200, required=False
    )

    def __init__(self, *args, coming, **kwargs):
        super().__init__(*args, **kwargs)
        if not coming:
            del self.fields["why"], self.fields["note"]

    def said_by(self, row):
        return {"version": row.version}


class Move(VersionedForm):
    called = "Move a session"
    save_text = "Save"

    on = _day("On which day?")
    regime_time = _slot()
    begins = _clock("From", "Empty: from its beginning.")
    ends = _clock("To", "Empty: until its end.")
    room = _room()
    facilitators = _facilitators()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _fill(self, self.user)
        self.helper.layout = Layout(
            Row("on", "regime_time"), Row("begins", "ends"), "room", "facilitators", *(["version"] if self.row else [])
        )

    def said_by(self, row):
        first, last = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
        slot = row.regime_time
        whole = slot and (first.time(), last.time()) == (slot.starts_at, slot.ends_at)
        workers = row.facilitators.filter(stood_down_at=None).values_list("worker", flat=True)
        return {
            "on": first.date(),
            "regime_time": slot and slot.pk,
            "begins": None if whole else first.time(),
            "ends": None if whole else last.time(),
            "room": row.room_id,
            "facilitators": list(workers),
            "version": row.version,
        }


class Cancel(Form):
    save_text = "It could not run"
    save_class = "govuk-button--warning"

    why = forms.ChoiceField(
        label="Why could it not run?",
        choices=GroupSession.Why,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why."},
    )
    note = forms.CharField(
        label="What else is there to know?", help_text="Nobody’s name.", max_length=200, required=False
    )


class CatchUp(OnceForm):
    called = "Catch-up session"
    save_text = "Put it in the diary"

    people = SeatsField(
        Seat.objects.none(),
        label="Who catches up?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one person."},
    )
    despite = despite()
    on = _day("On which day?")
    regime_time = _slot()
    begins = _clock("From", "Empty: from its beginning.")
    ends = _clock("To", "Empty: until its end.")
    room = _room()
    facilitators = _facilitators()
    capacity = _capacity()

    def __init__(self, *args, user, seats, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = seats
        _fill(self, user)
        self.helper.layout = Layout(
            "people",
            "despite",
            Row("on", "regime_time"),
            Row("begins", "ends"),
            Row("room", "capacity"),
            "facilitators",
            "nonce",
        )

    def clean_people(self):
        return list({seat.person_id: seat.person for seat in self.cleaned_data["people"]}.values())


class Filter(forms.Form):
    wing = forms.ModelChoiceField(Wing.objects.none(), label="Wing", empty_label="Every wing", required=False)
    programme = forms.ModelChoiceField(
        Programme.objects.none(), label="Programme", empty_label="Every programme", required=False
    )
    worker = forms.ModelChoiceField(User.objects.none(), label="Run by", empty_label="Anybody", required=False)
    state = forms.ChoiceField(label="State", choices=[("", "Every state"), *GroupSession.State.choices], required=False)
    week = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, auto_id="filter_%s", **kwargs)
        _fill(self, user)
        self.fields["worker"].queryset = User.objects.visible_to(user).caseworkers().order_by("full_name", "pk")

    @property
    def chosen(self):
        """What was asked and makes sense."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in ["wing", "programme", "worker", "state"]}

    @property
    def monday(self):
        """The first day of the week that was asked for; an address that names none means this one."""
        self.is_valid()
        day = self.cleaned_data.get("week") or timezone.localdate()
        return queries.monday(day if date(2000, 1, 1) < day < date(2100, 1, 1) else timezone.localdate())
