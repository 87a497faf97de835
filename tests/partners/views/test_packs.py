import pytest
from django.utils import timezone

from casework.models import User
from partners.models import Pack
from partners.operations import packs as operations
from tests.partners.pages import at, built, ready, text, trail

pytestmark = pytest.mark.django_db


def test_pack_progress_asks_the_page_to_load_again_when_it_is_done(client, case):
    pack = ready(case).packs.get()

    waiting = client.get(at("pack_progress", pack.pk))
    operations.claim(pack_id=pack.pk, by=User.objects.system())
    started = client.get(at("pack_progress", pack.pk))
    operations.claim(pack_id=pack.pk, by=User.objects.system())
    again = client.get(at("pack_progress", pack.pk))
    operations.build(pack_id=pack.pk, by=User.objects.system())
    done = client.get(at("pack_progress", pack.pk))

    assert [page.headers.get("HX-Refresh") for page in [waiting, started, again, done]] == [None, None, None, "true"]
    assert "being typeset" in text(started)
    assert "tried again" in text(again)
    assert at("pack_progress", pack.pk).endswith("/progress/")


def test_try_again_lets_a_failed_pack_wait_once_more(client, case):
    pack = ready(case).packs.get()
    Pack.objects.update(state=Pack.State.FAILED, failure="Too long", attempts=5)
    assert "Too long" in text(client.get(at("handover", pack.handover_id)))

    response = client.post(at("try_again", pack.pk))

    pack.refresh_from_db()
    assert response.url == at("handover", pack.handover_id)
    assert (pack.state, pack.attempts) == (Pack.State.WAITING, 0)


@pytest.mark.parametrize(("query", "kind"), [("", "inline"), ("?download", "attachment")])
def test_pack_gives_the_bytes_of_the_row_and_is_audited(client, case, query, kind):
    pack = built(ready(case))

    response = client.get(at("pack", pack.pk) + query)

    assert response.content == bytes(pack.pdf)
    assert response.headers["Content-Type"] == "application/pdf"
    name = f"handover-LPI-{timezone.localtime().year}-{pack.handover_id:04d}.pdf"
    assert response.headers["Content-Disposition"] == f'{kind}; filename="{name}"'
    assert response.headers["Cache-Control"] == "no-store, private"
    assert trail() == [("pack.opened", case.person_id)]


def test_pack_that_is_not_built_is_not_found(client, case):
    assert client.get(at("pack", ready(case).packs.get().pk)).status_code == 404
