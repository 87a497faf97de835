import io
from copy import deepcopy
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from partners.formats import easy, pack
from tests.partners.formats import packs
from tests.partners.formats.test_pack import structure, words

MADE_AT = datetime(2026, 6, 25, 14, 5, tzinfo=UTC)


def typeset(content):
    return PdfReader(io.BytesIO(easy.typeset(content, made_at=MADE_AT, phone="0151 496 0222")))


@pytest.mark.parametrize(
    "content",
    [packs.MINIMAL, packs.ORDINARY, packs.no_appointment(), packs.long_names(), packs.very_long()],
    ids=["minimal", "ordinary", "no_appointment", "long_names", "very_long"],
)
def test_typeset_keeps_to_one_page(content):
    assert len(typeset(content).pages) == 1


def test_typeset_says_when_where_whom_and_how_to_stay_alive():
    text = words(typeset(packs.ORDINARY))

    for expected in [
        "You leave on Friday 3 July 2026 at 09:30.",
        "Friday 3 July 2026 at 14:00 Liverpool Community Drug Team Ask for Robin Recovery.",
        "Phone: 0151 496 0222",
        "Call 999",
        "What you took before can kill you.",
        "Naloxone can bring somebody back",
    ]:
        assert expected in text


def test_typeset_says_nothing_of_treatment_risks_and_medicines():
    text = words(typeset(packs.ORDINARY)).lower()

    assert [
        word for word in ["heroin", "crack", "methadone 4", "fit", "a1234aa", "telephone him"] if word in text
    ] == []


def test_typeset_says_where_to_go_without_an_appointment():
    text = words(typeset(packs.no_appointment()))

    assert (
        "You have no appointment yet. Go to them, or call, as soon as you are out: Liverpool Community Drug Team"
        in text
    )
    assert "approved premises" not in text


def test_typeset_is_tagged_and_in_british_english():
    reader = typeset(packs.ORDINARY)
    root = reader.trailer["/Root"]

    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en-GB", True)
    tags = structure(root["/StructTreeRoot"])
    assert (tags.count("/H1"), tags.count("/H2"), tags.count("/LI")) == (1, 4, 3)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()


def test_typeset_refuses_what_does_not_fit():
    content = deepcopy(packs.ORDINARY)
    content["appointment"]["address"] = "A very long street\n" * 80

    with pytest.raises(pack.PackError, match="does not fit on one page"):
        typeset(content)
