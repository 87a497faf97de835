import uuid

from casework.formats import links

NONCE = uuid.UUID("11111111-2222-4333-8444-555555555555")


def test_token_and_code_are_made_of_nonce_and_secret(settings):
    first = links.token(NONCE), links.code(NONCE)
    settings.SECRET_KEY = "another " * 8

    second = links.token(NONCE), links.code(NONCE)

    assert [len(part) for part in first] == [43, 8]
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert links.token(NONCE) == links.token(str(NONCE)) != links.token(uuid.uuid4())


def test_code_is_eight_digits_with_its_zeros():
    codes = [links.code(uuid.UUID(int=number)) for number in range(200)]

    assert {len(code) for code in codes} == {8}
    assert all(code.isdecimal() for code in codes)
    assert any(code.startswith("0") for code in codes)
    assert links.spoken("01234567") == "0123 4567"


def test_what_is_kept_tells_neither():
    token, code = links.token(NONCE), links.code(NONCE)

    kept = [links.kept_of_token(token), links.kept_of_code(token, code), links.kept_of_browser(token, "cookie")]

    assert [len(each) for each in kept] == [64, 64, 64]
    assert links.kept_of_browser(token, "cookie") != links.kept_of_browser("other", "cookie")
    assert links.kept_of_browser(token, "") == ""
