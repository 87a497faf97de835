"""A page worked by the keys alone: nothing here is clicked."""

import re

MAX_TABS = 150


def focused(page):
    """What stands on the element that has the focus, as a screen reader would say it."""
    return page.evaluate(
        "() => { const e = document.activeElement;"
        " const label = e.labels && e.labels.length ? e.labels[0].innerText : '';"
        " return (label || e.innerText || e.value || '').replace(/\\s+/g, ' ').replace(/ :/g, ':').trim(); }"
    )


def tab_to(page, words, among="*"):
    """Press Tab until the focus stands on ``words``, on an element that fits the selector ``among``; nothing is clicked."""
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        said = focused(page)
        if re.search(words, said) and page.evaluate("among => document.activeElement.matches(among)", among):
            return said
    raise AssertionError(f"The Tab key does not lead to {words} on {page.url}")


def press(page, words):
    said = tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return said


def choose(page, words):
    """One of several radios: Tab to the group, then the arrow keys."""
    radio = page.get_by_role("radio", name=words)
    name = radio.get_attribute("name")
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.name") == name:
            break
    for _ in range(12):
        page.keyboard.press("Space")
        if radio.is_checked():
            return
        page.keyboard.press("ArrowDown")
        if radio.is_checked():
            return
    raise AssertionError(f"The keys do not lead to {words} on {page.url}")


def write(page, label, words):
    tab_to(page, label, among="input, textarea")
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def pick(page, label, words):
    """An entry of a list: Tab to it, then type how it begins."""
    tab_to(page, label, among="select")
    page.keyboard.type(words)
    chosen = page.evaluate("() => document.activeElement.selectedOptions[0].innerText")
    assert chosen.startswith(words), f"{words} is not in the list {label} of {page.url}: {chosen}"
