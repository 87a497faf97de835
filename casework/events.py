"""What casework announces, inside the transaction in which it happened, so that the apps above can move rows of their own."""

from django.dispatch import Signal

# Two numbers turned out to be one person. ``removed``, ``kept``: people; ``spells``: key of a spell that was closed because of it
# → the spell that goes on; ``cases``: keys of cases that were closed because of it; ``journal``: every change to a row goes through
# its ``change``, so that it can be put back; ``by``, ``at``.
person_merged = Signal()

# They were two people after all. ``removed``, ``kept``: people; ``journal``: puts rows back and checks that nothing contradicts;
# ``by``, ``at``. Whoever answered ``person_merged`` answers this.
person_unmerged = Signal()

# Somebody agreed that an agency is told, of certain parts only: ``consent``, ``by``, ``at``. What was sent before under an earlier consent
# holds no more than this one allows from now on.
consent_given = Signal()

# Somebody opens the record of a person whom casework does not know to be his own work: ``person``, ``user``. A receiver that knows
# better answers True.
own_work_asked = Signal()

# Pages say how far the work is with people who have no open case: ``people`` (keys), ``user``. A receiver answers with the addresses of
# the referrals that wait for some of them, by key of the person.
waiting_asked = Signal()

# A list of people says of each what is owed to him next: ``people`` (keys), ``user``, ``today``. A receiver that knows answers with the
# day and the words of what is due first, by key of the person.
next_due_asked = Signal()

# A room is to be planned: ``room``, ``periods`` (ranges of moments). A receiver whose own rows have it at one of them answers with a
# sentence for each.
room_asked = Signal()

# Somebody at work with people found one who is to be referred: ``person``, ``source`` (a code), ``reason``, ``referrer``, ``signs``,
# ``nonce``, ``by``. The front door makes the referral and answers with it.
referral_wanted = Signal()

# The prison gave other release dates. ``spells``: keys of the stays that they belong to; ``by``, ``at``: when the dates were recorded.
release_dates_changed = Signal()

# People left. ``spells``: those that ended, with nobody come back in a new one; ``by``, ``at``.
spells_ended = Signal()

# A case was opened: ``case``; ``by``.
case_opened = Signal()
