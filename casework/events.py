"""What casework announces, inside the transaction in which it happened, so that the apps above can move rows of their own."""

from django.dispatch import Signal

# Two numbers turned out to be one person. ``removed``, ``kept``: people; ``spells``: key of a spell that was closed because of it
# → the spell that goes on; ``cases``: keys of cases that were closed because of it; ``by``, ``at``.
person_merged = Signal()

# Somebody opens the record of a person whom casework does not know to be his own work: ``person``, ``user``. A receiver that knows
# better answers True.
own_work_asked = Signal()

# People left. ``spells``: those that ended, with nobody come back in a new one; ``by``, ``at``.
spells_ended = Signal()
