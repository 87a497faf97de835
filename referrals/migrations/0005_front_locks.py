from django.db import migrations

from casework.rowsecurity import lock, share

WANTS = [
    ("STOP", "Stop using"),
    ("CUT_DOWN", "Cut down"),
    ("HARM", "Be safer while using"),
    ("PRESCRIBED", "Support with prescribed treatment"),
    ("GROUP", "Come to a group"),
    ("TALK", "Talk to somebody"),
    ("FAMILY", "Help for the family"),
    ("RELEASE", "Get ready for release"),
]
SIGNS = [
    ("POSITIVE", "Tested positive at reception", "RECEPTION"),
    ("WITHDRAWING", "Withdrawing", "RECEPTION"),
    ("DETOX", "Detox or stabilisation begun", None),
    ("INFLUENCE", "Found under the influence", None),
]
PRIORITY = ["SEGREGATION", "SAFER_CUSTODY", "UTI"]
MANAGER = ("manager",)  # Who joins two records of one person moves their rows.


def fill_catalogues(apps, schema_editor):
    source, want, sign = (apps.get_model("referrals", name) for name in ["Source", "Want", "Sign"])
    source.objects.filter(code__in=PRIORITY).update(priority=True)
    source.objects.create(code="OFFERED_AGAIN", name="Offered again", group="INTERNAL")
    want.objects.bulk_create(
        want(code=code, name=name, position=10 * number) for number, (code, name) in enumerate(WANTS, 1)
    )
    sources = {each.code: each for each in source.objects.all()}
    sign.objects.bulk_create(sign(code=code, name=name, source=sources.get(only)) for code, name, only in SIGNS)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0004_front")]

    operations = [
        migrations.RunPython(fill_catalogues, migrations.RunPython.noop),
        share("referrals_want", write=("administrator",)),
        share("referrals_sign", write=("administrator",)),
        lock("referrals_claim", person="person_id"),
        lock("referrals_attempt", person="person_id", update=MANAGER),
        lock("referrals_hold", person="person_id"),
        lock("referrals_offer", person="person_id", update=MANAGER),
    ]
