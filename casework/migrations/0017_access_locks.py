from datetime import date
from pathlib import Path

from django.db import migrations

from casework.rowsecurity import share

SQL = Path(__file__).parent.parent / "sql"
FOR_STAFF = (
    "{} is asked for under the common law of confidentiality. The lawful basis for holding and using the record under data protection law "
    "is public task and the provision of care, not consent; withdrawing it stops the sharing, and does not delete the record."
)
TOLD = (
    "What may be told: that you work with us, what you use or used, the help you had here, medication as the clinical team states it, "
    "your release date and where you are going, and appointments made for you."
)
NEVER = "What is never told: what you said in sessions word for word, anything about other people, and anything the prison keeps for its security."
CHOICE = (
    "It is your choice: Our work with you goes on if you say no, and you can take a yes back at any time, with no reason. From then on the "
    "agency can open nothing more of yours here; what it has read already it cannot forget."
)
RUNS_OUT = (
    "or sooner if you wish. Without it we tell others only where somebody’s life or safety, a child, or the law leaves us no choice, and "
    "then we write down why."
)
WORDINGS = [
    (
        "2026-1",
        "SHARING",
        date(2026, 1, 1),
        [
            TOLD,
            NEVER,
            (
                "Who is told: the one agency named here, so that somebody expects you and help goes on without a gap. Every agency is asked "
                "about on its own."
            ),
            CHOICE,
            f"It runs out: after twelve months, {RUNS_OUT}",
        ],
    ),
    (
        "2026-2",
        "SHARING",
        date(2026, 11, 1),
        [
            TOLD,
            NEVER,
            (
                "Who is told, and what for: the one agency named here, for the one purpose named here. Every agency and every purpose is asked "
                "about on its own: a yes to a handover for your release is no yes to a meeting about you, or to a visit on the wing."
            ),
            CHOICE,
            f"It runs out: on the day written down with your answer, {RUNS_OUT}",
        ],
    ),
    (
        "2026-N1",
        "NDTMS",
        date(2026, 1, 1),
        [
            (
                "What it is: the National Drug Treatment Monitoring System counts, for the whole country, who is helped with drugs and alcohol "
                "and what came of it."
            ),
            (
                "What it is told: your initials, date of birth and sex, what you use or used, the help you had and how it went. Not your name "
                "and not your address."
            ),
            "What it is used for: to count, to plan and to pay for treatment. It is not given to the police, the courts or the prison.",
            "It is your choice: our work with you goes on just the same if you say no, and you can take a yes back at any time.",
            "It stands by itself: this answer lets no agency be told anything, and no other answer changes this one.",
        ],
    ),
]


def add_wordings(apps, schema_editor):
    wording = apps.get_model("casework", "ConsentWording")
    for version, kind, from_on, points in WORDINGS:
        subject = "Consent to sharing" if kind == "SHARING" else "Consent to national statistics"
        wording.objects.create(
            version=version, kind=kind, from_on=from_on, told="\n".join(points), for_staff=FOR_STAFF.format(subject)
        )


class Migration(migrations.Migration):
    dependencies = [("casework", "0016_access")]

    operations = [
        migrations.RunSQL((SQL / "access.sql").read_text(), migrations.RunSQL.noop),
        share("casework_consentwording"),
        migrations.RunPython(add_wordings, migrations.RunPython.noop),
    ]
