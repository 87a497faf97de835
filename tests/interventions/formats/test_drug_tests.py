import pytest

from interventions.formats import drug_tests
from interventions.models import DrugTest


def test_codes_fit_their_columns_and_a_refusal_is_no_reason():
    groups = DrugTest._meta.get_field("groups").base_field

    assert max(map(len, drug_tests.reasons())) <= DrugTest._meta.get_field("unable_why").max_length
    assert max(map(len, drug_tests.groups())) <= groups.max_length
    assert "REFUSED" not in drug_tests.reasons()
    assert drug_tests.psychoactive() == {"SPICE", "OTHER_NEW"}


@pytest.mark.parametrize(("population", "percent", "size"), [(1300, 5, 65), (1301, 5, 66), (1, 5, 1), (0, 5, 0)])
def test_size_is_at_least_the_percentage(population, percent, size):
    assert drug_tests.size(population, percent) == size
