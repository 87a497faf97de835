from django.db import migrations

from casework.rowsecurity import lock, share

STAFF = ("keyworker", "manager", "administrator")
KEEPERS = ("manager", "administrator")
NOBODY = ()
TOPICS = [
    ("CRAVINGS", "Triggers and cravings"),
    ("HARM", "Harm reduction"),
    ("NALOXONE", "Overdose and naloxone"),
    ("MEDICATION", "Prescribed treatment"),
    ("SPICE", "Spice and other new drugs"),
    ("ALCOHOL", "Alcohol"),
    ("SLEEP", "Sleep"),
    ("MOOD", "Mood and stress"),
    ("FAMILY", "Family"),
    ("HOUSING", "Housing"),
    ("WORK", "Work and learning"),
    ("DEBT", "Debt on the wing"),
    ("RELEASE", "Getting ready for release"),
    ("GOALS", "The recovery plan"),
]


def add_topics(apps, schema_editor):
    topic = apps.get_model("interventions", "Topic")
    topic.objects.bulk_create(topic(code=code, name=name) for code, name in TOPICS)


def _personal(*tables):
    return [lock(f"interventions_{table}", person="person_id") for table in tables]


def _kept(*tables):
    """Tables that name nobody who is held."""
    return [lock(f"interventions_{table}") for table in tables]


class Migration(migrations.Migration):
    dependencies = [("interventions", "0005_foundation"), ("casework", "0021_test_duty")]

    operations = [
        migrations.RunPython(add_topics, migrations.RunPython.noop),
        share("interventions_topic", write=("administrator",)),
        *_personal("goaltouched", "appointmentmove", "commitment"),
        *_personal("enrolment", "enrolmentmove", "certificate", "seat"),
        *_personal("unitstay", "breach", "unitreview"),
        *_personal("peersupporter", "peerwing", "supervision"),
        *_kept("winground", "series", "seriesworker", "groupsession", "facilitator", "guestvisit", "feedbacksheet"),
        lock("interventions_programme", read=STAFF, insert=KEEPERS, update=KEEPERS),
        lock("interventions_coverage", read=STAFF, insert=KEEPERS, update=KEEPERS),
        lock("interventions_guest", read=STAFF, insert=STAFF, update=STAFF),
        lock("interventions_compactterms", read=STAFF, insert=KEEPERS, update=NOBODY),
        lock("interventions_testlist", only="(SELECT ww.has_duty('{kind}', 'TESTS'))"),
        lock("interventions_drugtest", person="person_id", only="(SELECT ww.has_duty('{kind}', 'TESTS'))"),
    ]
