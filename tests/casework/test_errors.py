import pytest
from django.db import OperationalError

from casework.views import errors


@pytest.mark.parametrize(
    ("error", "status"), [(OperationalError("the server is away"), 503), (ValueError("a fault of ours"), 500)]
)
def test_failed_tells_an_absent_database_from_a_fault(rf, error, status):
    response = answer_to(error, rf)

    assert response.status_code == status
    assert response.headers.get("Retry-After") == ("30" if status == 503 else None)
    assert str(error) not in response.content.decode()


def answer_to(error, rf):
    try:
        raise error
    except Exception:
        return errors.failed(rf.get("/"))
