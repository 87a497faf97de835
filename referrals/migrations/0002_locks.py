from django.db import migrations

from casework.rowsecurity import lock, share

SOURCES = [
    ("SELF", "Self-referral", "SELF"),
    ("RECEPTION", "Reception screening", "INTERNAL"),
    ("WING", "Wing officer", "INTERNAL"),
    ("HEALTHCARE", "Healthcare or IDTS", "INTERNAL"),
    ("DRUG_TEST", "Drug testing", "INTERNAL"),
    ("SEGREGATION", "Segregation", "INTERNAL"),
    ("SAFER_CUSTODY", "Safer custody", "INTERNAL"),
    ("UTI", "Under-the-influence incident", "INTERNAL"),
    ("DROP_IN", "Drop-in", "INTERNAL"),
    ("COURT", "Court", "EXTERNAL"),
    ("COMMUNITY", "Community team", "EXTERNAL"),
    ("PROBATION", "Probation", "EXTERNAL"),
    ("FAMILY", "Family", "EXTERNAL"),
    ("PRISON", "Other prison", "EXTERNAL"),
]


def add_sources(apps, schema_editor):
    source = apps.get_model("referrals", "Source")
    source.objects.bulk_create(source(code=code, name=name, group=group) for code, name, group in SOURCES)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0001_initial"), ("casework", "0003_locks")]

    operations = [
        migrations.RunPython(add_sources, migrations.RunPython.noop),
        share("referrals_source", write=("administrator",)),
        lock("referrals_referral"),
        lock("referrals_triage"),
    ]
