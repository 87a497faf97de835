"""Unsaved text as pages keep, offer, use and clear it."""

import re

import pytest
from django.db import connection
from django.forms import CheckboxSelectMultiple
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from casework.access import Role
from casework.models import AuditEntry, Draft, Wing
from casework.queries import drafts
from interventions.models import Contact
from partners.forms.steps import Query as WithWords
from referrals.models import Referral
from tests import factories

pytestmark = pytest.mark.django_db
KEEP, LIST = "/drafts/keep/", "/drafts/"


@pytest.fixture
def keyworker(client):
    user = factories.user()
    client.force_login(user)
    return user


@pytest.fixture
def spell(keyworker):
    return factories.spell()


@pytest.fixture
def log(spell):
    return reverse("interventions:log", args=[spell.person_id])


def token(page):
    found = re.search(r'name="draft_token" value="([^"]+)"', page.content.decode())
    return found and found[1]


def typed(client, path, **fields):
    """Open a page and type; the draft."""
    page = client.get(path)
    response = client.post(KEEP, {**answers(page), **fields, "draft_token": token(page)})
    assert response.json() == {"at": f"{timezone.localtime():%H:%M}", "locked": False}
    return Draft.objects.latest("pk")


def answers(page):
    """What a browser would send back: of ticks that nobody made nothing."""
    form = page.context["form"]
    ticks = {name for name, field in form.fields.items() if isinstance(field.widget, CheckboxSelectMultiple)}
    return {name: form[name].value() or "" for name in form.fields if name not in ticks or form[name].value()}


def value(page, name):
    return page.context["form"][name].value()


def test_keep_keeps_what_is_typed_for_its_page_and_person(client, keyworker, spell, log):
    draft = typed(client, f"{log}?from=here&b=1%202", note="Talked about\r\nsleep\0", csrfmiddlewaretoken="x")

    assert (draft.user, draft.prison_id, draft.person) == (keyworker, keyworker.prison_id, spell.person)
    assert (draft.path, draft.called) == (f"{log}?from=here&b=1+2", "Session")
    assert dict(draft.fields)["note"] == "Talked about\r\nsleep\N{REPLACEMENT CHARACTER}"
    assert {"csrfmiddlewaretoken", "draft_token"} & dict(draft.fields).keys() == set()


def test_keep_answers_post_only_and_with_a_token_only(client, keyworker):
    assert client.get(KEEP).status_code == 405
    assert client.post(KEEP, {"note": "x"}).status_code == 404
    assert client.post(KEEP, {"note": "x", "draft_token": "no"}).status_code == 404


def test_keep_says_plainly_that_it_is_too_much(client, keyworker, log):
    response = client.post(KEEP, {"note": "x" * 200_001, "draft_token": token(client.get(log))})

    assert (response.status_code, response.json()) == (
        413,
        {"problem": "This is too long to be kept as a draft. Save it, or make it shorter."},
    )


def test_keep_is_refused_once_the_person_is_out_of_sight(client, spell, log):
    page = client.get(log)
    spell.person.prison_ids = [factories.prison("ACI", "Altcourse").pk]
    spell.person.save()

    assert client.post(KEEP, {"note": "x", "draft_token": token(page)}).status_code == 404
    assert Draft.objects.count() == 0


def test_keep_asks_few_queries(client, keyworker, log):
    page = client.get(log)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.post(KEEP, {"note": "x", "draft_token": token(page)})

    asked = [query["sql"] for query in queries if "casework_draft" in query["sql"]]
    assert len(asked) == 1


def test_a_page_offers_what_was_typed_on_it_and_fills_nothing_by_itself(client, log):
    draft = typed(client, log, note="Talked about sleep")

    page = client.get(log)

    text = page.content.decode()
    assert f"You have unsaved text from {draft.when}." in text
    assert f'href="{log}?draft={draft.key}"' in text
    assert reverse("casework:discard_draft", args=[draft.pk]) in text
    assert value(page, "note") is None
    assert drafts.read(token(page), draft.user).key != str(draft.key)  # Typing anew does not overwrite what is offered.


def test_a_page_offers_nothing_that_was_typed_on_another(client, log):
    typed(client, log, note="Talked about sleep")

    for path in [f"{log}?other=1", reverse("interventions:log", args=[factories.spell().person_id])]:
        assert "unsaved text" not in client.get(path).content.decode()


def test_use_fills_the_form_and_goes_on_with_the_same_draft(client, log):
    kinds = {"type": "2", "outcome": "REFUSED", "minutes": "not a number", "at": "1/2/2026 9:00", "place": "A wing"}
    draft = typed(client, log, note="Talked about sleep", **kinds)

    page = client.get(draft.use_url)

    assert {name: value(page, name) for name in kinds} == kinds
    assert value(page, "note") == "Talked about sleep"
    assert value(page, "nonce") == dict(draft.fields)["nonce"]
    assert "This is your unsaved text from" in page.content.decode()
    assert "There is a problem" not in page.content.decode()
    assert drafts.read(token(page), draft.user).key == str(draft.key)


def test_use_fills_radios_ticks_and_repeated_fields(client):
    client.force_login(factories.user(Role.ADMINISTRATOR))
    wings = [factories.wing(code) for code in "ABC"]
    make = reverse("casework:make_account")
    chosen = {"full_name": "Robin Testerton", "role": "MANAGER", "employer": "PRISON"}
    draft = typed(client, make, **chosen, wings=[wings[0].pk, wings[2].pk])

    page = client.get(draft.use_url)

    ticked = re.findall(r'name="(\w+)" value="(\w+)"[^>]* checked', page.content.decode())
    assert ticked == [
        ("employer", "PRISON"),
        ("role", "MANAGER"),
        ("wings", str(wings[0].pk)),
        ("wings", str(wings[2].pk)),
    ]


def test_use_fills_boxes_that_were_unticked_again(client, keyworker):
    case = factories.case(worker=keyworker)
    made = factories.handover(case, state="DRAFT", content={"harm_reduction": ["Overdose and lost tolerance"]})
    edit = reverse("partners:edit", args=[made.pk])
    assert value(client.get(edit), "harm_reduction") == ["Overdose and lost tolerance"]
    page = client.get(edit)
    client.post(KEEP, {"version": "1", "release_on": "soon", "substance_2": "Spice", "draft_token": token(page)})

    page = client.get(Draft.objects.get().use_url)

    assert value(page, "harm_reduction") == []
    assert (value(page, "substance_2"), value(page, "release_on"), value(page, "version")) == ("Spice", "soon", "1")


def test_saving_clears_its_own_draft_and_no_other(client, log):
    other = typed(client, log, note="In another tab")
    draft = typed(client, log, note="Talked about sleep")
    page = client.get(draft.use_url)
    given = answers(page) | {"at": "14/10/2026 10:00"}

    response = client.post(draft.use_url, {**given, "place": "", "minutes": "", "draft_token": token(page)})

    assert response.status_code == 302
    assert Contact.objects.get().note == "Talked about sleep"
    assert list(Draft.objects.all()) == [other]


def test_a_refusal_keeps_what_was_sent_as_the_same_draft(client, spell):
    make = reverse("referrals:make", args=[spell.person_id])
    first = client.get(make)
    sent = {"reason": "x" * 100_000, "urgency": "ORDINARY", "received_on": "nonsense"}

    page = client.post(make, {**sent, "draft_token": token(first)})
    again = client.post(make, {**sent, "reason": "Shorter", "draft_token": token(page)})

    assert (page.status_code, again.status_code, Referral.objects.count()) == (200, 200, 0)
    assert [dict(draft.fields)["reason"] for draft in Draft.objects.all()] == ["Shorter"]
    assert value(client.get(Draft.objects.get().use_url), "reason") == "Shorter"


def test_a_page_that_fails_keeps_what_was_sent(client, spell, log, monkeypatch):
    page = client.get(log)
    monkeypatch.setattr("interventions.operations.session.log", lambda **given: 1 / 0)
    client.raise_request_exception = False
    given = answers(page) | {"note": "Talked"}

    response = client.post(log, {**given, "at": "1/2/2026 9:00", "draft_token": token(page)})

    assert (response.status_code, Contact.objects.count()) == (500, 0)
    assert dict(Draft.objects.get().fields)["note"] == "Talked"


def test_an_answer_that_is_shown_and_not_redirected_to_clears_the_draft_too(client):
    client.force_login(factories.user(Role.ADMINISTRATOR))
    make = reverse("casework:make_account")
    draft = typed(client, make, full_name="Robin Testerton")
    given = {
        "full_name": "Robin Testerton",
        "username": "robin",
        "role": "MANAGER",
        "employer": "CHARITY",
        "capacity": 40,
    }

    response = client.post(draft.use_url, {**given, "draft_token": token(client.get(draft.use_url))})

    assert (response.status_code, "password" in response.context) == (200, True)
    assert Draft.objects.count() == 0


def test_what_was_typed_about_something_that_moved_on_is_kept(client, keyworker):
    made = factories.handover(factories.case(worker=keyworker), state="DRAFT")
    edit = reverse("partners:edit", args=[made.pk])
    page = client.get(edit)
    type(made).objects.filter(pk=made.pk).update(state="READY")

    response = client.post(edit, {"wants": "To stay well", "draft_token": token(page)})

    assert response.url == reverse("partners:handover", args=[made.pk])
    assert dict(Draft.objects.get().fields)["wants"] == "To stay well"


def test_forms_in_which_nothing_is_typed_have_no_draft(client):
    client.force_login(factories.user(Role.ADMINISTRATOR))
    wing = factories.wing()

    pages = [
        client.get(path) for path in [reverse("casework:end_wing", args=[wing.pk]), reverse("casework:upload_roll")]
    ]

    assert [token(page) for page in pages] == [None, None]


def test_a_form_page_asks_one_query_more(client, keyworker, log):
    with CaptureQueriesContext(connection) as queries:
        client.get(log)
    assert len([query for query in queries if "casework_draft" in query["sql"]]) == 1

    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("interventions:list", args=[factories.spell().person_id]))
    assert [query for query in queries if "casework_draft" in query["sql"]] == []


def test_the_list_shows_my_unfinished_forms_and_says_whom_it_showed(client, keyworker, spell, log):
    draft = typed(client, log, note="Talked <b>about</b> sleep")
    page = client.get(LIST)

    text = page.content.decode()
    assert [row.draft for row in page.context["rows"]] == [draft]
    assert f'href="{log}?draft={draft.key}"' in text
    assert spell.person.name in text
    assert "Note: Talked &lt;b&gt;about&lt;/b&gt; sleep" in text
    assert [name for name, _ in page.context["rows"][0].typed] == ["Note", "At"]
    entry = AuditEntry.objects.get(action="drafts.listed")
    assert entry.detail == {"people": [spell.person_id]}


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
def test_the_list_is_there_for_everybody_and_empty_at_first(client, role):
    client.force_login(factories.user(role))

    assert "Nothing is unfinished" in client.get(LIST).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_many_queries_for_three_as_for_one(client, keyworker, rows):
    for _ in range(rows):
        typed(client, reverse("interventions:log", args=[factories.spell().person_id]), note="Talked")

    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)

    assert len([query for query in queries if query["sql"].startswith("SELECT") and "casework_" in query["sql"]]) == 4


def test_the_list_is_paged_by_key(client, keyworker, log, monkeypatch):
    monkeypatch.setattr(drafts, "PAGE", 2)
    three = [typed(client, log, note=str(number)) for number in range(3)]

    first = client.get(LIST)
    second = client.get(LIST + first.context["older_url"])

    assert [row.draft for row in first.context["rows"]] == three[:0:-1]
    assert [row.draft for row in second.context["rows"]] == three[:1]
    assert (second.context["older_url"], second.context["first_url"]) == ("", LIST)


def merged(one, into):
    type(one).objects.filter(pk=one.pk).update(merged_into=into)


def test_what_was_typed_under_a_number_that_was_merged_away_follows_the_record(client, spell, log):
    gone, between, kept = spell.person, factories.person(), factories.spell().person
    draft = typed(client, f"{log}?from=plan", note="Talked about sleep")
    merged(gone, into=between)
    merged(between, into=kept)
    there = f"{reverse('interventions:log', args=[kept.pk])}?from=plan"

    page = client.get(LIST)
    offer = client.get(there)
    filled = client.get(page.context["rows"][0].draft.use_url)

    assert client.get(log).status_code == 404
    assert (page.context["rows"][0].draft.path, page.context["rows"][0].person) == (there, kept)
    assert f'href="{there}&amp;draft={draft.key}"' in page.content.decode()
    assert AuditEntry.objects.filter(action="drafts.listed").latest("pk").detail == {"people": [kept.pk]}
    assert [one.use_url for one in offer.context["form"].offered] == [f"{there}&draft={draft.key}"]
    assert value(filled, "note") == "Talked about sleep"
    discard = client.post(reverse("casework:discard_draft", args=[draft.pk]), {"back": "form"})
    assert (discard.url, Draft.objects.count()) == (there, 0)


def test_what_is_sent_from_a_page_whose_number_was_merged_away_meanwhile_is_kept(client, spell, log):
    page, kept = client.get(log), factories.spell().person
    merged(spell.person, into=kept)

    response = client.post(log, {"note": "Talked about sleep", "draft_token": token(page)})

    assert response.status_code == 404
    assert [row.person for row in client.get(LIST).context["rows"]] == [kept]
    assert len(client.get(reverse("interventions:log", args=[kept.pk])).context["form"].offered) == 1


def test_what_was_typed_is_back_where_it_was_once_the_merge_is_undone(client, spell, log):
    typed(client, log, note="Talked about sleep")
    kept = factories.spell().person
    merged(spell.person, into=kept)
    merged(spell.person, into=None)

    assert client.get(LIST).context["rows"][0].person == spell.person
    assert len(client.get(log).context["form"].offered) == 1
    assert client.get(reverse("interventions:log", args=[kept.pk])).context["form"].offered == []


@pytest.mark.parametrize(("sent", "back"), [({"back": "form"}, "form"), ({}, "list")])
def test_discard_throws_it_away_and_leads_back(client, log, sent, back):
    draft = typed(client, log, note="Talked")
    address = reverse("casework:discard_draft", args=[draft.pk])

    assert client.post(address, sent).url == {"form": log, "list": LIST}[back]
    assert client.post(address).status_code == 404
    assert client.get(address).status_code == 405
    assert Draft.objects.count() == 0


def test_discard_knows_nothing_of_the_drafts_of_others(client, log, client_factory):
    draft = typed(client, log, note="Talked")
    other = client_factory()
    other.force_login(factories.user())

    assert other.post(reverse("casework:discard_draft", args=[draft.pk])).status_code == 404
    assert other.get(LIST).context["rows"] == []
    assert Draft.objects.count() == 1


def test_a_partner_keeps_the_query_he_is_writing(client):
    sent = factories.handover()
    client.force_login(factories.user(Role.PARTNER, agency=sent.agency))

    draft = typed(client, reverse("partners:agency_step", args=[sent.pk, "query"]), words="Which wing")

    assert (draft.person, draft.called) == (sent.person, "Query to a prison")
    assert value(client.get(draft.use_url), "words") == "Which wing"
    assert len(client.get(LIST).context["rows"]) == 1


def test_a_version_that_was_typed_on_is_told_of_the_newer_one(client):
    client.force_login(factories.user(Role.ADMINISTRATOR))
    wing = factories.wing()
    change = reverse("casework:change_wing", args=[wing.pk])
    draft = typed(client, change, name="Mine")
    Wing.objects.filter(pk=wing.pk).update(name="Theirs", version=2)
    page = client.get(draft.use_url)
    given = {name: value(page, name) for name in page.context["form"].fields}

    told = client.post(draft.use_url, {**given, "draft_token": token(page)})

    assert told.context["form"].theirs == {"name": "Theirs"}
    given["version"] = told.context["form"]["version"].value()
    assert client.post(draft.use_url, {**given, "draft_token": token(told)}).status_code == 302
    assert (Wing.objects.get().name, Draft.objects.count()) == ("Mine", 0)


def test_what_was_typed_is_kept_when_the_record_asks_for_a_reason_meanwhile(client, keyworker, spell, log):
    page = client.get(log)
    factories.case(spell.person, worker=factories.user())

    response = client.post(log, {"note": "Talked about sleep", "draft_token": token(page)})

    draft = Draft.objects.get()
    assert dict(draft.fields)["note"] == "Talked about sleep"
    assert response.url == f"{reverse('casework:reason', args=[spell.person_id])}?{urlencode({'next': draft.use_url})}"
    assert Contact.objects.count() == 0


def test_a_form_that_was_good_but_is_shown_again_is_not_taken(rf, keyworker):
    request = rf.post("/somewhere/")
    request.user, request.asked = keyworker, drafts.Asked(request)
    outside = drafts.asked.set(request.asked)
    try:
        form = WithWords({"words": "Which wing?"})
    finally:
        drafts.asked.reset(outside)

    assert request.asked.saved is False  # nobody has looked at it yet
    assert (form.is_valid(), request.asked.saved) == (True, True)
    Template("{% draft_token form %}").render(Context({"request": request, "form": form}))
    assert request.asked.saved is False
