from django import forms
from django.utils import timezone

from casework.access import Role
from casework.models import Person
from interventions.forms.fields import workers
from interventions.queries import diary

ALL, DAY, WEEK = "all", "day", "week"


class Ask(forms.Form):
    """Whose diary, which day, a day or a week. A keyworker begins with his own, a manager with everybody's; rubbish begins anew."""

    worker = forms.ChoiceField(label="Whose")
    on = forms.DateField(label="Day", widget=forms.DateInput(format="%d/%m/%Y"))
    span = forms.ChoiceField(label="How long", choices=[(DAY, "One day"), (WEEK, "The week")])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="filter_%s", **kwargs)

    @classmethod
    def of(cls, asked, user):
        """The form for what an address asks, checked."""
        first = str(user.pk) if user.role == Role.KEYWORKER else ALL
        usual = {"worker": first, "on": f"{timezone.localdate():%d/%m/%Y}", "span": DAY}
        given = {name: asked[name] for name in usual if asked.get(name)}
        form = cls({**usual, **given})
        form.own = str(user.pk)
        others = [(str(one.pk), one.full_name) for one in workers(user).exclude(pk=user.pk)]
        form.fields["worker"].choices = [(form.own, "Mine"), (ALL, "The whole prison"), *others]
        if not form.is_valid():
            sound = {name: value for name, value in form.data.items() if name not in form.errors}
            form.data = {**usual, **sound}
            form.full_clean()
        return form

    @property
    def title(self):
        """Whose diary it is, as a heading."""
        said = self.cleaned_data["worker"]
        return "Your diary" if said == self.own else dict(self.fields["worker"].choices)[said]

    def asked(self):
        """The answers as ``queries.diary.of`` wants them."""
        said = self.cleaned_data
        worker = None if said["worker"] == ALL else int(said["worker"])
        return {"on": said["on"], "week": said["span"] == WEEK, "worker": worker}


class Whom(forms.Form):
    """Somebody of one's own caseload, to write up what was not planned."""

    person = forms.ModelChoiceField(Person.objects.none(), label="Log a session with", empty_label="Choose a person")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, auto_id="whom_%s", **kwargs)
        held = diary.caseload(user)
        self.people = {person.pk for person in held}
        self.fields["person"].queryset = held
        self.fields["person"].choices = [
            ("", "Choose a person"),
            *((one.pk, f"{one.list_name}, {one.number}") for one in held),
        ]
