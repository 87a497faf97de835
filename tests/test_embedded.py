"""The embedded servers' own rules, as far as they can be seen without starting another pair."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import pytest

spec = importlib.util.spec_from_file_location("embedded", Path(__file__).parent.parent / "bin" / "embedded.py")
embedded = importlib.util.module_from_spec(spec)
spec.loader.exec_module(embedded)


@pytest.mark.parametrize(("home", "kept"), [("elsewhere", False), ("checkout", True)])
def test_forget_former_empties_what_a_removed_checkout_left_outside(tmp_path, home, kept):
    house = SimpleNamespace(folder=tmp_path / "checkout", home=tmp_path / home, data=tmp_path / home / "postgres")
    house.data.mkdir(parents=True)
    house.folder.mkdir(exist_ok=True)
    (house.data / "PG_VERSION").write_text("18")

    embedded.forget_former(house)

    assert house.data.exists() is kept
