"""A prison that never was, so that everything can be looked at: places, staff, people, a year of life, handovers.

Everybody in it is invented. Surnames are words for examples, prison numbers end in the test suffixes AA to AZ, addresses
of mailboxes end in ``.example``. The same prison, months, seed and day give the same rows.
"""
