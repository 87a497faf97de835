"""Every page that a role can reach by following links: read by axe, narrow enough for 320 pixels, with a title of its own."""

import re
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from tests.journeys.conftest import AXE, violations

# Who crawls, and how many pages of every kind are looked at: a keyworker has few kinds that his manager has not.
USERS = {"manager": 1, "keyworker": 1, "admin": 1, "auditor": 2, "partner.liverpool": 2, "partner.wirral": 2}


# What a browser does not show as a page.
FILES = {
    "casework:file",
    "partners:easy_read",
    "partners:easy_read_today",
    "partners:minutes",
    "partners:our_minutes",
    "partners:pack",
}


@pytest.mark.parametrize("username", USERS)
def test_every_page_can_be_read(sign_in, house, username):
    page = sign_in(username)
    page.add_init_script(AXE)  # With each page; to bring it in afterwards takes three times as long as the page itself.
    problems, titles = [], {}
    for url, name in crawl(page, house, each=USERS[username]):
        page.set_viewport_size({"width": 1280, "height": 900})
        problems += [(url, found) for found in violations(page)]
        problems += sideways(page, url, 1280)
        page.set_viewport_size({"width": 320, "height": 640})
        problems += sideways(page, url, 320)
        titles.setdefault(page.title(), set()).add(name)

    assert problems == []
    assert {title: names for title, names in titles.items() if len(names) > 1} == {}


def sideways(page, url, width):
    found = page.evaluate("document.documentElement.scrollWidth")
    return [(url, f"scrolls sideways at {width}: {found}")] if found > width else []


def crawl(page, house, *, each):
    """Open, one after another, up to so many pages of every kind that links lead to; yields (address, name of the view)."""
    waiting, seen, count = ["/", "/account/password/"], set(), {}
    while waiting:
        url = waiting.pop(0)
        name = view_name(url)
        if url in seen or name is None or count.get(name, 0) >= each:
            continue
        seen.add(url)
        count[name] = count.get(name, 0) + 1
        response = page.goto(url)
        assert response.status == 200, url
        yield (
            url,
            view_name(page.url) or name,
        )  # a page may lead on, as the record of a colleague leads to the question why
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        waiting += [path for link in links if (path := local(link, house))]


def local(link, house):
    if not link.startswith(house) or re.search(r"\.(pdf|csv|xlsx)(\?|$)", link):
        return None
    parts = urlsplit(link)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def view_name(url):
    try:
        name = resolve(urlsplit(url).path).view_name
    except Resolver404:
        return None if name in FILES | {"account_logout", "components"} else name
