import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "package-lock.json", "package.json"])
def test_what_fixes_the_packages_names_no_address(name):
    assert "://" not in (ROOT / name).read_text()
