"""Typesets the minutes of a recovery meeting: a plain dictionary in, the bytes of a tagged PDF out, as ``partners.formats.pack`` does.

It prints exactly what it is given; whoever gathers the content has asked first who may read what. A key not named here is refused.

    meeting     prison!  on! (day)  time (time)  room  number! (count)
    recipient   agency (none: the prison's own)
    present     list of: who!  came!
    general     what was said that is about nobody in particular
    people      list of: name!  number  date_of_birth (day)  release_on (day)  worker  needs  said
                actions (list of: what!  owner!  due_on! (day)  state!)
"""

import json
from pathlib import Path

from partners.formats import pack
from partners.formats.pack import PackError, clock, count, day, line, prose, weekday

__all__ = ["PackError", "typeset"]

TEMPLATE = Path(__file__).with_name("minutes.typ")
MOST_PAGES = 80
TOO_LONG = f"There is too much in these minutes: they would have more than {MOST_PAGES} pages."
SHAPE = {
    "meeting": {"prison!": line, "on!": weekday, "time": clock, "room": line, "number!": count},
    "recipient": {"agency": line},
    "present": [{"who!": line, "came!": line}],
    "general": prose,
    "people": [
        {
            "name!": line,
            "number": line,
            "date_of_birth": day,
            "release_on": weekday,
            "worker": line,
            "needs": prose,
            "said": prose,
            "actions": [{"what!": line, "owner!": line, "due_on!": day, "state!": line}],
        }
    ],
}


def typeset(content, *, made_at):
    """The PDF of ``content``, whose shape the module describes. ``made_at`` is an aware moment."""
    content = pack.checked(content, SHAPE, "content")
    made = made_at.astimezone(pack.LONDON)
    content["made"] = f"{pack.in_words(made)} at {made:%H:%M}"
    content["unprintable"] = pack.LOST in json.dumps(content, ensure_ascii=False)
    source = json.dumps(content, ensure_ascii=False, sort_keys=True)
    pdf = pack.compiled(TEMPLATE, {"content": source}, made_at, most_pages=MOST_PAGES)
    if pdf is None:
        raise PackError(TOO_LONG)
    return pdf
