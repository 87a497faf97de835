"""What somebody may write into an address by hand: no page falls over it, and none shows more for it."""

import pytest
from django.urls import get_resolver, reverse

from casework.access import ALLOWED, Role
from tests import factories
from tests.test_architecture import OWN_ACCOUNT, PUBLIC, patterns

pytestmark = pytest.mark.django_db
HUGE = "9" * 20
GARBAGE = ["abc", HUGE, "%00", "-1", "1%00", "²", "٣", "_", f"2026-10-14_{HUGE}", "2026-13-45_1", f"1-2-{HUGE}", "'--"]
ASKED = [f"after={value}" for value in GARBAGE] + [
    f"before={HUGE}",
    "before=%00",
    "draft=%00",
    f"draft={HUGE}",
    "search=%00",
]
ROUTES = {
    f"{namespace}:{pattern.name}" if namespace else pattern.name: pattern
    for namespace, resolver in [
        ("", get_resolver()),
        *((name, r) for name, (_, r) in get_resolver().namespace_dict.items()),
    ]
    for pattern in patterns(resolver)
    if namespace or pattern in resolver.url_patterns
}
ROUTES = {name: route for name, route in ROUTES.items() if route.name not in PUBLIC | OWN_ACCOUNT | {"components"}}


def rows():
    """One row of everything, of our prison and of another, each by the name that addresses give its key."""
    case = factories.case(worker=factories.user())
    elsewhere = factories.prison("ACI", "Altcourse")
    theirs = factories.case(factories.spell(prison=elsewhere).person, worker=factories.user(prison=elsewhere))
    handover = factories.handover(case)
    ours = {
        "person_id": case.person_id,
        "case_id": case.pk,
        "spell_id": case.spell_id,
        "referral_id": factories.referral().pk,
        "session_id": factories.contact(case).pk,
        "handover_id": handover.pk,
        "pack_id": factories.pack(handover).pk,
        "consent_id": handover.consent_id,
        "agency_id": handover.agency_id,
        "prison_id": case.prison_id,
        "account_id": case.opened_by_id,
        "place_id": factories.wing().pk,
        "month": "2026-09",
        "code": "referrals",
        "which": "referrals",
    }
    return ours, {"after": theirs.pk, "person": theirs.person_id}


def address(name, route, keys):
    return reverse(name, kwargs={asked: keys.get(asked, 1) for asked in route.pattern.converters})


def who_may(permission):
    """Somebody who may open such a page: the first role that may, or the lead of an agency."""
    roles = [role for role in Role if permission in ALLOWED[role]]
    return {"role": roles[0]} if roles else {"role": Role.PARTNER, "is_lead": True}


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_no_page_falls_over_what_is_not_a_key(client, name):
    keys, theirs = rows()
    path = address(name, ROUTES[name], keys)
    permission = ROUTES[name].callback.permission
    client.force_login(factories.user(**who_may(permission)))
    plain = client.get(path)
    if plain.status_code == 405:  # answers to buttons only
        return

    for asked in ASKED:
        assert client.get(f"{path}?{asked}").status_code == plain.status_code, asked
    for key in theirs.values():
        shown = client.get(f"{path}?after={key}")
        assert (shown.status_code, "Altcourse" in shown.content.decode()) == (
            plain.status_code,
            "Altcourse" in plain.content.decode(),
        )


@pytest.mark.parametrize("after", GARBAGE)
def test_the_results_of_a_search_begin_at_the_beginning_for_what_is_not_a_key(client, after):
    client.force_login(factories.user())
    person = factories.person("Testerton")
    results = client.post(reverse("casework:find"), {"text": "testerton"}).url

    assert client.get(f"{results}&after={after}").context["page"].people == [person.pk]
