"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from reporting.queries import due, facts


@receiver(events.next_due_asked)
def tell_what_is_due(sender, people, user, today, **kwargs):
    return due.first(facts.of_cases(user, today=today, people=people), user.prison, today=today)
