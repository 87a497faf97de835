"""Typesets the one page that somebody keeps when he leaves: when, where to, whom to ask for, how to stay alive.

``typeset(content, made_at=…)`` takes the content of a handover (``partners.formats.pack``) and prints what is the person's own of it, in
short words and large type. Nothing of treatment, risks or medicines stands on it: a page in a pocket is read by others.
"""

import json

import typst

from partners.formats import pack

TEMPLATE = pack.TEMPLATE.with_name("easy.typ")
SIZES = ["21", "19", "17", "15", "13"]  # Points. Long addresses are set smaller before they are refused.
NALOXONE = {
    "Given": "You have naloxone. It can bring somebody back who took too much. Show your friends where it is and how it works.",
    "To be given at the gate": "Naloxone can bring somebody back who took too much. You get it at the gate. Ask if nobody gives it to you.",
    "Offered, and declined": "Naloxone can bring somebody back who took too much. If you change your mind, ask where you go next.",
}
UNKNOWN = "Naloxone can bring somebody back who took too much. Ask for it before you leave, or where you go next."
TOO_LONG = "This does not fit on one page. Shorten where to go and how to get there."


def typeset(content, *, made_at, phone=None):
    """The PDF of one page; ``phone``: of the agency.

    Raises ``pack.PackError`` where it does not fit, ``ValueError`` for content of another shape.
    """
    source = json.dumps(told(content, phone=phone), ensure_ascii=False, sort_keys=True)
    for size in SIZES:
        try:
            compiler = typst.Compiler(
                TEMPLATE,
                root=TEMPLATE.parent,
                font_paths=pack.fonts(),
                ignore_system_fonts=True,
                sys_inputs={"content": source, "size": size},
            )
            if json.loads(compiler.query("<pages>", field="value", one=True)) > 1:
                continue
            pdf, warnings = compiler.compile_with_warnings(
                format="pdf", pdf_standards="ua-1", timestamp=int(made_at.timestamp())
            )
        except RuntimeError as error:
            raise pack.PackError(pack.NOT_TYPESET) from error
        if warnings:
            raise pack.PackError(pack.NOT_TYPESET) from warnings[0]
        return pdf
    raise pack.PackError(TOO_LONG)


def told(content, *, phone=None):
    """What stands on the page, of the content of a handover. What was written about him for others to read is not on it."""
    said = pack.readable(content)
    place, custody = said["appointment"], said["custody"]
    return {
        "name": said["person"]["name"],
        "date": custody["release_on"] or "a day that you will be told",
        "time": custody["release_time"],
        "prison": custody["prison"] or "the prison",
        "team": "Drug and alcohol team",
        "place": place and {name: place[name] for name in ["on", "time", "agency", "person", "address", "travel"]},
        "agency": said["recipient"]["agency"],
        "phone": phone or None,
        "naloxone": NALOXONE.get(said["naloxone"]["answer"], UNKNOWN),
    }
