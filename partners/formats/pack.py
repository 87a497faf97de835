"""Typesets the release-handover pack: a plain dictionary in, the bytes of a tagged PDF out.

``typeset(content, made_at=…)`` prints exactly what it is given and decides nothing about what may be shared: whoever
gathers the content has asked consent first. A key that is not named here is refused, so that nothing unplanned is
disclosed. The content is JSON, so it can be kept beside the pack and typeset again to the same bytes.

Every value is text unless marked: *day* is ``YYYY-MM-DD``, *time* is ``HH:MM``, *count* a whole number. ``!`` must be
there; anything else may be left out or be null and prints as "Not recorded" (or is left out where marked ``?``).
A list that is null was not recorded; an empty list was asked about and holds nothing, and the pack says which.

    pack                 number!  amendment (count, 0 for the first)  watermark (else recipient and number)
    recipient            agency!  contact
    sender               name  role  team  telephone  email  answer (how the receiver should answer)
    person               name!  date_of_birth (day)  number  pnc?  area (of return)  contact (on release)
    custody              prison  wing  received_on (day)  legal_status  release_on (day)  release_time (time)
                         release_note? (such as how firm the date is)  licence  offender_manager
    appointment          null, or: agency!  on! (day)  time (time)  person  address  travel  if_missed
    no_appointment_because   the reason; never together with an appointment
    overdose_risk        the statement
    risks                list of: risk!  detail
    use                  substances (list of: substance!  before  route  now  last_used)  tolerance
    chart?               title!  description! (read instead of the drawing)  svg!
    treatment            triaged_on (day)  assessed_on (day)  wants  summary?  outstanding
                         goals (list of: goal!  progress)  contacts (list of: kind!  count (count)  last_on (day))
                         groups (list of: group!  attended  outcome)
    clinical             null (prints "Not provided by the clinical team"), or: author!  stated_on! (day)
                         medicines (list of: medicine!  dose  last_dose  supervised)  prescription  next_prescriber
                         summary?
    naloxone             answer  on (day)  detail?
    blood_borne_viruses  null (prints "Not shared"), or: tested_on (day)  result  vaccination
    harm_reduction       list of text
    consents             list of: scope!  given_on (day)  expires_on (day)
    amendments           list of: number! (count)  on (day)  changed!     oldest first
    not_shared           codes of the parts (Consent.Section) that are kept back: "Not shared" stands in their place

Raises ``ValueError`` for content of another shape, naming the key, and ``PackError`` when it cannot be typeset, with
words fit to be shown to staff.
"""

import functools
import json
import re
import tempfile
import unicodedata
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import font_source_sans_pro
import typst

TEMPLATE = Path(__file__).with_name("pack.typ")
SIZES = ["10.5", "9.5", "8.5"]  # Points. Very long content is set smaller before it is refused.
MOST_PAGES = 6
MOST_CHARACTERS = 200_000  # With any drawing. More can never fit, and a worker should not spend long finding out.
TOO_LONG = f"The pack is longer than {MOST_PAGES} pages. Shorten its longest parts and make it again."
NOT_TYPESET = "The pack could not be typeset. Make it again, and tell the administrator if that does not help."
LOST = "\ufffd"
LONDON = ZoneInfo("Europe/London")

# What the two fonts can draw; PDF/UA refuses a text with a character that has no drawing. A test typesets all of it.
DRAWABLE = (
    "\\n\u0020-\u007e\u00a0-\u00ac\u00ae-\u01c3\u01cd-\u01e3\u01fc-\u0221\u0250-\u02af"  # Latin
    "\u1e80-\u1e99\u1e9e-\u1ef9\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce"  # Latin with marks, Greek
    "\u0400-\u045f\u0490-\u0493\u04cf-\u04f9\u0531-\u0556\u0561-\u0587\u10d0-\u10fa"  # Cyrillic, Armenian, Georgian
    "\u0621-\u063a\u0640-\u064a\u0660-\u0669\u067e\u0686\u0698\u06a9\u06af\u06cc"  # Arabic, Persian
    "\u2010-\u2023\u2026\u202f-\u2037\u2039\u203a\u20a0-\u20b5\u2116\u2122\u2150-\u215e"  # Punctuation, signs
    "\u2190-\u2213\u2241-\u2265\u2500-\u262f\u2713-\u2718\ufffd"  # Arrows, sums, shapes
)
UNDRAWABLE = re.compile(f"[^{DRAWABLE}]")
PLACE_TO_BREAK = re.compile(r"(?<=\S{12}[@/._-])(?=\S{8})|(?<=[^\s@/._-]{15})(?=[^\s@/._-]{15})")  # In very long words.


class PackError(Exception):
    """The pack could not be made. The message is for the people who asked for it."""


def typeset(content, *, made_at):
    """The PDF of ``content``, whose shape the module describes. ``made_at`` is an aware moment."""
    if made_at.tzinfo is None:
        raise ValueError("made_at has no time zone")
    content = _with_derived(checked(content, SHAPE, "content"), made_at)
    source = json.dumps(content, ensure_ascii=False, sort_keys=True)
    if len(source) > MOST_CHARACTERS:
        raise PackError(TOO_LONG)
    for size in SIZES:
        if pdf := compiled(TEMPLATE, {"content": source, "size": size}, made_at):
            return pdf
    raise PackError(TOO_LONG)


def readable(content):
    """``content`` as it will be printed: every key there, dates in words, None where something was not recorded.

    Raises ``ValueError`` for content of another shape. Pages show this, so that page and pack say the same.
    """
    return checked(content, SHAPE, "content")


@functools.cache
def fonts():
    """The three weights of the template, which Typst keeps in memory once it has used them.

    The wheel has each weight in two formats, in one folder, and Typst would take whichever the file system lists first.
    """
    with tempfile.TemporaryDirectory() as folder:
        for weight in ["Regular", "Semibold", "Bold"]:
            name = f"SourceSansPro-{weight}.otf"
            Path(folder, name).symlink_to(Path(font_source_sans_pro.font_directory, name))
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[folder])
        typst.compile(
            b'#set text(font: "Source Sans Pro", fallback: false); a *b* #text(weight: 600)[c]',
            font_paths=fonts,
            format="pdf",
        )
    return fonts


def compiled(template, inputs, made_at, *, most_pages=MOST_PAGES):
    """The PDF, or None where it would have too many pages."""
    try:
        compiler = typst.Compiler(
            template, root=template.parent, font_paths=fonts(), ignore_system_fonts=True, sys_inputs=inputs
        )
        if json.loads(compiler.query("<pages>", field="value", one=True)) > most_pages:
            return None
        pdf, warnings = compiler.compile_with_warnings(
            format="pdf", pdf_standards="ua-1", timestamp=int(made_at.timestamp())
        )
    except RuntimeError as error:  # Typst's own error is one too.
        raise PackError(NOT_TYPESET) from error
    if warnings:  # Such as a font that is not there: the PDF would look wrong.
        raise PackError(NOT_TYPESET) from warnings[0]
    return pdf


def _with_derived(content, made_at):
    """The checked content and what the template prints besides: its titles, and whether letters were lost."""
    if content["appointment"] and content["no_appointment_because"]:
        raise ValueError("content: has an appointment and a reason why there is none")
    pack, custody = content["pack"], content["custody"]
    amendment = "" if pack["amendment"] in (None, "0") else f", amendment {pack['amendment']}"
    pack["title"] = pack["number"] + amendment
    pack["watermark"] = pack["watermark"] or f"{content['recipient']['agency']}\n{pack['title']}"
    custody["place"] = ", ".join(filter(None, [custody["prison"], custody["wing"]])) or None
    made = made_at.astimezone(LONDON)
    content["made"] = f"{in_words(made)} at {made:%H:%M}"
    content["unprintable"] = LOST in json.dumps(content, ensure_ascii=False)
    return content


# Kinds of value. Each takes what was given and says what to print, or raises ValueError.


def prose(value):
    """Text that may run over several paragraphs."""
    if not isinstance(value, str):
        raise ValueError(f"is not text but {type(value).__name__}")
    lines = unicodedata.normalize("NFC", value).replace("\t", " ").splitlines()
    kept = UNDRAWABLE.sub(_nearest, "\n".join(line.strip() for line in lines))
    kept = re.sub(r"\n{3,}", "\n\n", kept).strip()
    return PLACE_TO_BREAK.sub("\u200b", kept) or None


def line(value):
    """Text on one line, such as a name."""
    return " ".join((prose(value) or "").split()) or None


def day(value):
    """A date, as 3 July 2026."""
    return in_words(date.fromisoformat(value))


def weekday(value):
    """A date on which somebody must be somewhere, as Friday 3 July 2026."""
    return f"{date.fromisoformat(value):%A} {day(value)}"


def clock(value):
    """A time of day, as 09:30."""
    return f"{time.fromisoformat(value):%H:%M}"


def count(value):
    """A whole number."""
    if type(value) is not int:
        raise ValueError("is not a whole number")
    return str(value)


def drawing(value):
    """An SVG, left as it is."""
    if not isinstance(value, str):
        raise ValueError("is not text")
    return value


def in_words(value):
    """A date, as 3 July 2026."""
    return f"{value.day} {value:%B %Y}"


def _nearest(match):
    """A plainer form of a character that has no drawing, nothing for an invisible one, else the sign for a lost one."""
    plainer = UNDRAWABLE.sub("", unicodedata.normalize("NFKC", match[0]))
    invisible = unicodedata.category(match[0])[0] in "CM"
    return plainer or ("" if invisible else LOST)


# The shape. A key that ends in "!" must be there. A dict in a tuple may be null as a whole.
SHAPE = {
    "pack": {"number!": line, "amendment": count, "watermark": prose},
    "recipient": {"agency!": line, "contact": line},
    "sender": {"name": line, "role": line, "team": line, "telephone": line, "email": line, "answer": prose},
    "person": {
        "name!": line,
        "date_of_birth": day,
        "number": line,
        "pnc": line,
        "area": line,
        "contact": prose,
    },
    "custody": {
        "prison": line,
        "wing": line,
        "received_on": day,
        "legal_status": line,
        "release_on": weekday,
        "release_time": clock,
        "release_note": prose,
        "licence": prose,
        "offender_manager": prose,
    },
    "appointment": (
        {
            "agency!": line,
            "on!": weekday,
            "time": clock,
            "person": line,
            "address": prose,
            "travel": prose,
            "if_missed": prose,
        },
    ),
    "no_appointment_because": prose,
    "overdose_risk": prose,
    "risks": [{"risk!": prose, "detail": prose}],
    "use": {
        "substances": [
            {"substance!": line, "before": prose, "route": line, "now": prose, "last_used": line},
        ],
        "tolerance": prose,
    },
    "chart": ({"title!": line, "description!": line, "svg!": drawing},),
    "treatment": {
        "triaged_on": day,
        "assessed_on": day,
        "wants": prose,
        "summary": prose,
        "outstanding": prose,
        "goals": [{"goal!": prose, "progress": prose}],
        "contacts": [{"kind!": line, "count": count, "last_on": day}],
        "groups": [{"group!": line, "attended": line, "outcome": prose}],
    },
    "clinical": (
        {
            "author!": line,
            "stated_on!": day,
            "medicines": [{"medicine!": line, "dose": line, "last_dose": line, "supervised": line}],
            "prescription": prose,
            "next_prescriber": prose,
            "summary": prose,
        },
    ),
    "naloxone": {"answer": line, "on": day, "detail": prose},
    "blood_borne_viruses": ({"tested_on": day, "result": line, "vaccination": line},),
    "harm_reduction": [prose],
    "consents": [{"scope!": prose, "given_on": day, "expires_on": day}],
    "amendments": [{"number!": count, "on": day, "changed!": prose}],
    "not_shared": [line],
}


def checked(value, shape, path):
    """``value`` as it will be printed, every key of its shape there; ValueError where the shape is another."""
    if isinstance(shape, tuple):
        return None if value is None else checked(value, shape[0], path)
    if isinstance(shape, list):
        return _checked_list(value, shape[0], path)
    if isinstance(shape, dict):
        return _checked_keys({} if value is None else value, shape, path)
    try:
        return None if value in (None, "") else shape(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def _checked_list(value, shape, path):
    if value is None:
        return None
    if not isinstance(value, list):
        raise ValueError(f"{path}: is not a list")
    found = [checked(item, shape, f"{path}[{number}]") for number, item in enumerate(value)]
    return [item for item in found if item is not None]


def _checked_keys(value, shape, path):
    if not isinstance(value, dict):
        raise ValueError(f"{path}: is not a dictionary")
    names = {key.rstrip("!"): key for key in shape}
    if unknown := sorted(set(value) - set(names)):
        raise ValueError(f"{path}: has no place for {', '.join(unknown)}")
    found = {name: checked(value.get(name), shape[key], f"{path}.{name}") for name, key in names.items()}
    if missing := [name for name, key in names.items() if key.endswith("!") and found[name] is None]:
        raise ValueError(f"{path}: needs {', '.join(missing)}")
    return found
