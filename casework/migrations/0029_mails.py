from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0028_link"),
    ]

    operations = [
        migrations.AlterField(
            model_name="mail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("HANDOVER_SENT", "A handover waits for your answer"),
                    ("HANDOVER_ANSWERED", "A handover was answered"),
                    ("HANDOVER_RECALLED", "A handover was recalled"),
                    ("HANDOVER_OVERDUE", "An answer is overdue"),
                    ("APPOINTMENT_WANTED", "An appointment is wanted"),
                    ("OUTCOME_WANTED", "The outcome of an appointment is wanted"),
                    ("RELEASE_MOVED", "A release was moved"),
                    ("HANDOVER_WANTED", "A handover is to be sent at once"),
                    ("MEETING", "A meeting, or an action of one"),
                    ("REFERRAL", "A referral waits for your answer"),
                    ("PROTOCOL_LAPSES", "A protocol lapses soon"),
                    ("INWARD", "The prison’s own departments told something"),
                    ("KEYS_LAPSE", "Vetting or a key talk runs out soon"),
                    ("LINK", "A link to something that waits"),
                    ("LINK_CODE", "A code for a link"),
                    ("LINK_CLOSED", "A link was closed after wrong codes"),
                    ("ACCOUNT", "Your account was changed"),
                ],
                max_length=18,
            ),
        ),
        migrations.AlterField(
            model_name="noticeoff",
            name="kind",
            field=models.CharField(
                choices=[
                    ("HANDOVER_SENT", "A handover waits for your answer"),
                    ("HANDOVER_ANSWERED", "A handover was answered"),
                    ("HANDOVER_RECALLED", "A handover was recalled"),
                    ("HANDOVER_OVERDUE", "An answer is overdue"),
                    ("APPOINTMENT_WANTED", "An appointment is wanted"),
                    ("OUTCOME_WANTED", "The outcome of an appointment is wanted"),
                    ("RELEASE_MOVED", "A release was moved"),
                    ("HANDOVER_WANTED", "A handover is to be sent at once"),
                    ("MEETING", "A meeting, or an action of one"),
                    ("REFERRAL", "A referral waits for your answer"),
                    ("PROTOCOL_LAPSES", "A protocol lapses soon"),
                    ("INWARD", "The prison’s own departments told something"),
                    ("KEYS_LAPSE", "Vetting or a key talk runs out soon"),
                    ("LINK", "A link to something that waits"),
                    ("LINK_CODE", "A code for a link"),
                    ("LINK_CLOSED", "A link was closed after wrong codes"),
                    ("ACCOUNT", "Your account was changed"),
                ],
                max_length=18,
            ),
        ),
    ]
