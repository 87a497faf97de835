import io
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
import typst
from pypdf import PdfReader

from partners.formats import pack
from tests.partners.formats import packs

MADE_AT = datetime(2026, 6, 25, 14, 5, tzinfo=UTC)


def typeset(content):
    return PdfReader(io.BytesIO(pack.typeset(content, made_at=MADE_AT)))


def words(reader):
    """All the text on one line, without the places where a long word may break."""
    text = " ".join(page.extract_text() for page in reader.pages)
    return " ".join(text.replace("\u200b", "").split())


def structure(node):
    """The kinds of element in the tag tree, in reading order."""
    node = node.get_object()
    if isinstance(node, list):
        return [kind for child in node for kind in structure(child)]
    if not isinstance(node, dict):
        return []
    kind = [node["/S"]] if "/S" in node else []
    return kind + (structure(node["/K"]) if "/K" in node else [])


@pytest.mark.parametrize(
    ("content", "pages"),
    [
        (packs.MINIMAL, 2),
        (packs.ORDINARY, 3),
        (packs.no_appointment(), 3),
        (packs.long_names(), 3),
        (packs.long_text(), 5),
        (packs.very_long(), 6),
    ],
    ids=["minimal", "ordinary", "no_appointment", "long_names", "long_text", "very_long"],
)
def test_typeset_keeps_to_two_to_six_numbered_pages(content, pages):
    texts = [page.extract_text() for page in typeset(content).pages]

    assert [f"Page {page} of {pages}" in text for page, text in enumerate(texts, 1)] == [True] * pages


def test_typeset_puts_who_when_where_the_appointment_and_the_risks_on_page_one():
    text = " ".join(typeset(packs.ORDINARY).pages[0].extract_text().split())

    for expected in [
        "Release handover: Florian O’Brien-Świątek",
        "To Liverpool Community Drug Team, for Pat Pretend, single point of contact.",
        "What changed in amendment 1, 25 June 2026: The appointment is at 14:00, not at 11:00.",
        "Date of birth 3 March 1984",
        "Release date Friday 3 July 2026",
        "Release time 09:30",
        "First appointment Friday 3 July 2026 at 14:00 Liverpool Community Drug Team, with Robin Recovery",
        "If the appointment is missed Telephone him the same day",
        "Risk of overdose High.",
        "Naloxone: Accepted, 3 July 2026. Kit with his property",
        "Staff safety See him in pairs at the first meeting.",
    ]:
        assert expected in text


def test_typeset_prints_every_text_it_was_given():
    text = words(typeset(packs.ORDINARY))

    def leaves(part):
        if isinstance(part, dict):
            return [leaf for key, value in part.items() if key not in ("chart", "watermark") for leaf in leaves(value)]
        return [leaf for value in part for leaf in leaves(value)] if isinstance(part, list) else [part]

    dates = re.compile(r"\d{4}-\d\d-\d\d")
    given = [str(leaf) for leaf in leaves(packs.ORDINARY) if not dates.fullmatch(str(leaf))]
    assert [leaf for leaf in given if leaf not in text] == []


def test_typeset_prints_header_and_footer_on_every_page():
    for page in typeset(packs.ORDINARY).pages:
        text = page.extract_text()
        assert "Confidential: health information" in text
        assert "Release handover LPI-2026-0042, amendment 1" in text
        assert "For Liverpool Community Drug Team" in text
        assert "Made 25 June 2026 at 15:05" in text  # British Summer Time


def test_typeset_marks_each_page_with_recipient_and_number_outside_the_reading_order():
    page = typeset(packs.MINIMAL).pages[0]

    assert page.extract_text().startswith("Wirral RecoveryLPI-2026-0001\n")
    assert re.match(rb"/Artifact<<[^>]*/Type/Background>>BDC", page.get_contents().get_data())


def test_typeset_takes_another_watermark():
    content = packs.MINIMAL | {"pack": {"number": "LPI-2026-0001", "watermark": "Sample only"}}

    assert "Sample only" in words(typeset(content))


def test_typeset_says_what_is_missing():
    text = words(typeset(packs.MINIMAL))

    assert "Date of birth Not recorded" in text
    assert "No appointment is recorded, and no reason was given" in text
    assert "Naloxone: Not recorded." in text
    assert "Clinical summary Not provided by the clinical team." in text
    assert "Blood-borne viruses Not shared: consent for this was not given or not recorded." in text
    assert not re.search(r"\bnone\b|\bnull\b|\bauto\b|PNC", text, re.IGNORECASE)


def test_typeset_tells_an_empty_list_from_one_never_asked_for():
    content = packs.MINIMAL | {"risks": [], "harm_reduction": [], "consents": [], "use": {"substances": []}}
    content["treatment"] = {"goals": [], "contacts": [], "groups": []}

    text = words(typeset(content))

    assert "No risk that you need to know of is recorded." in text
    assert "Harm reduction given None was given." in text
    assert "No consent is recorded." in text
    assert "No use is recorded." in text
    assert "No goals were set." in text
    assert "No contacts." in text
    assert "No groups were attended." in text


def test_typeset_gives_the_reason_why_there_is_no_appointment():
    text = words(typeset(packs.no_appointment()))

    assert "No appointment is booked Reason: He goes to an approved premises" in text


def test_typeset_prints_a_pnc_number_and_an_appointment_without_a_time():
    content = packs.without()
    content["person"]["pnc"] = "2004/1234567A"
    del content["appointment"]["time"]

    text = words(typeset(content))

    assert "PNC number 2004/1234567A" in text
    assert "Friday 3 July 2026, time not recorded" in text


def test_typeset_prints_text_that_looks_like_markup_as_it_is():
    content = packs.markup()

    text = words(typeset(content))

    assert "Release handover: #import *Bold* $x$" in text
    assert content["overdose_risk"] in text
    assert " ".join(content["treatment"]["wants"].split()) in text


def test_typeset_prints_long_names_with_accents_in_full():
    content = packs.long_names()

    reader = typeset(content)

    assert content["person"]["name"].split()[0] in words(reader)
    assert reader.metadata.title == f"Release handover LPI-2026-0042, amendment 1: {content['person']['name']}"
    assert "drug-and-alcohol-team.release-handover@" in words(reader)


def test_typeset_breaks_an_address_without_adding_a_hyphen():
    content = packs.long_names()

    text = typeset(content).pages[0].extract_text()

    assert content["person"]["contact"] in "".join(text.replace("\u200b", "").split("\n"))


def test_typeset_draws_every_character_it_says_it_can_in_two_weights():
    singles = [re.escape(chr(code)) for code in range(0x10000) if not pack.UNDRAWABLE.match(chr(code))]
    drawable = " ".join(re.sub(r"\\(.)", r"\1", single) for single in singles if single.strip("\\").strip())
    content = packs.MINIMAL | {"person": {"name": drawable}, "overdose_risk": drawable}

    pdf = pack.typeset(content, made_at=MADE_AT)

    assert len(singles) > 1500
    assert pdf.startswith(b"%PDF")


def test_typeset_replaces_what_it_cannot_draw_and_says_so():
    content = packs.MINIMAL | {"overdose_risk": "High \U0001f642 漢\u202e\x00 ﬁt \U0001d400 e\u0301\u0315"}

    text = words(typeset(content))

    assert "High � � fit A é" in text
    assert "� stands for a character that this document cannot print." in text


def test_typeset_uses_the_clean_face_alone():
    faces = set()
    for page in typeset(packs.ORDINARY).pages:
        fonts = page["/Resources"]["/Font"].values()
        faces |= {str(font["/BaseFont"])[8:].removesuffix("-Identity-H") for font in fonts}

    assert faces == {"SourceSansPro-Regular", "SourceSansPro-Semibold", "SourceSansPro-Bold"}


def test_typeset_makes_a_tagged_document_in_british_english():
    reader = typeset(packs.ORDINARY)
    root = reader.trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata.title == "Release handover LPI-2026-0042, amendment 1: Florian O’Brien-Świątek"
    assert reader.metadata.author == "Drug and alcohol team, HMP Liverpool"
    assert re.search(rb"<pdfuaid:part>1</pdfuaid:part>", root["/Metadata"].get_object().get_data())


def test_typeset_tags_headings_tables_lists_and_the_drawing():
    tags = structure(typeset(packs.ORDINARY).trailer["/Root"]["/StructTreeRoot"])

    assert {kind: tags.count(kind) for kind in ["/H1", "/H2", "/H3", "/Table", "/TH", "/L", "/LI", "/Figure"]} == {
        "/H1": 1,
        "/H2": 12,
        "/H3": 8,
        "/Table": 8,
        "/TH": 25,
        "/L": 1,
        "/LI": 3,
        "/Figure": 1,
    }


def test_typeset_gives_the_same_bytes_for_the_same_content_and_moment():
    first = pack.typeset(packs.ORDINARY, made_at=MADE_AT)
    elsewhere = MADE_AT.astimezone(timezone(timedelta(hours=5)))

    assert pack.typeset(dict(reversed(packs.without().items())), made_at=elsewhere) == first
    assert pack.typeset(packs.ORDINARY, made_at=MADE_AT + timedelta(minutes=1)) != first


def test_typeset_leaves_its_content_as_it_was():
    content = packs.without()

    pack.typeset(content, made_at=MADE_AT)

    assert content == packs.ORDINARY


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"victims": "A name"}, "content: has no place for victims"),
        ({"person": {"name": "Sam Sample", "cell_mate": "A name"}}, "content.person: has no place for cell_mate"),
        ({"risks": [{"risk": "Fit", "source": "A name"}]}, "content.risks[0]: has no place for source"),
        ({"person": {"number": "A1234AA"}}, "content.person: needs name"),
        ({"person": {"name": " \n\x00"}}, "content.person: needs name"),
        ({"clinical": {"summary": "Well"}}, "content.clinical: needs author, stated_on"),
        ({"risks": "Fit"}, "content.risks: is not a list"),
        ({"person": ["Sam"]}, "content.person: is not a dictionary"),
        ({"overdose_risk": 3}, "content.overdose_risk: is not text but int"),
        ({"person": {"name": "Sam Sample", "date_of_birth": "3/3/84"}}, "content.person.date_of_birth: "),
        ({"custody": {"release_time": "half past nine"}}, "content.custody.release_time: "),
        ({"pack": {"number": "1", "amendment": True}}, "content.pack.amendment: is not a whole number"),
        ({"chart": {"title": "Use", "description": "Less", "svg": 1}}, "content.chart.svg: is not text"),
        (
            {"appointment": {"agency": "Wirral Recovery", "on": "2026-07-03"}, "no_appointment_because": "Moved"},
            "content: has an appointment and a reason why there is none",
        ),
    ],
)
def test_typeset_refuses_content_of_another_shape(change, refusal):
    with pytest.raises(ValueError, match=f"^{re.escape(refusal)}"):
        pack.typeset(packs.MINIMAL | change, made_at=MADE_AT)


def test_typeset_refuses_a_moment_without_a_time_zone():
    with pytest.raises(ValueError, match="made_at has no time zone"):
        pack.typeset(packs.MINIMAL, made_at=datetime(2026, 6, 25))


@pytest.mark.parametrize("length", [60_000, 300_000])
def test_typeset_refuses_what_six_pages_cannot_hold(length):
    content = packs.MINIMAL | {"overdose_risk": (packs.NOTE * 2000)[:length]}

    with pytest.raises(pack.PackError, match=r"^The pack is longer than 6 pages\. Shorten its longest parts"):
        pack.typeset(content, made_at=MADE_AT)


def test_typeset_says_plainly_that_a_drawing_is_broken():
    content = packs.MINIMAL | {"chart": {"title": "Use", "description": "Less", "svg": "<svg"}}

    with pytest.raises(pack.PackError, match=r"^The pack could not be typeset\."):
        pack.typeset(content, made_at=MADE_AT)


def test_typeset_refuses_to_go_on_in_another_face(monkeypatch):
    monkeypatch.setattr(pack, "fonts", lambda: typst.Fonts(include_system_fonts=False))

    with pytest.raises(pack.PackError, match=r"^The pack could not be typeset\."):
        pack.typeset(packs.MINIMAL, made_at=MADE_AT)
