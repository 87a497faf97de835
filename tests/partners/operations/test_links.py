"""Two browsers that come at the same time, and what is cut off in the middle."""

import threading

import pytest
from django.db import connections

from casework import context
from casework.models import User
from partners.models import HandoverLink, LinkView
from partners.operations import links as operations
from tests.partners import links


def made():
    with context.acting(User.objects.system()):
        return links.sent()


def kept(link):
    with context.acting(User.objects.system()):
        return HandoverLink.objects.get(pk=link.pk)


def give(token, code, browser):
    with context.acting(None):
        return operations.open_by_code(token=token, code=code, browser=browser, by=None)


def test_of_two_browsers_at_once_one_gets_in(fresh_database):
    link, token, code = made()
    gate, answers = threading.Barrier(4), {}

    def come(browser):
        try:
            gate.wait()
            answers[browser] = give(token, code, browser)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=come, args=[f"browser {number}"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers.values()) == [False, False, False, True]
    first = next(browser for browser, opened in answers.items() if opened)
    assert kept(link).bound == operations.formats.kept_of_browser(token, first)
    with context.acting(User.objects.system()):
        came = sorted(LinkView.objects.values_list("what", flat=True))
    assert came == ["OPENED", *["OTHER_BROWSER"] * 3]


class Killed(Exception):
    pass


def killed(*given):
    with context.acting(None):
        assert operations.open_by_code(token=given[0], code=given[1], browser="first", by=None)
        raise Killed


def test_what_is_killed_in_the_middle_used_nothing_up(fresh_database):
    link, token, code = made()

    with pytest.raises(Killed):
        killed(token, code)

    assert kept(link).bound == ""
    assert give(token, code, "second")


def test_answer_that_was_lost_is_given_again_to_the_same_browser(fresh_database):
    link, token, code = made()
    assert give(token, code, "first")

    assert give(token, code, "first")
    assert not give(token, code, "second")
    assert not give(token, code, "")
