import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from casework.rowsecurity import CASEWORKERS, EVERY_KIND

OWN = "user_id = (SELECT ww.user_id('{kind}'))"
# Asked of the person's own row, which is under all the locks of people: other prisons, restricted records. Only staff who do casework
# may read it; the others have forms about nobody. For partners the app above says which people are shared with them.
VISIBLE = " AND (person_id IS NULL OR EXISTS (SELECT FROM casework_person AS p WHERE p.id = person_id))"
NOBODY = " AND person_id IS NULL"
KINDS = ", ".join(f"ww_{kind}" for kind in (*EVERY_KIND, "system"))


def _policy(kind, condition):
    return f"CREATE POLICY {kind} ON casework_draft TO ww_{kind} USING ({condition}) WITH CHECK ({condition});"


# Not ``lock``: a draft is nobody's record yet, so it keeps no history, and it is the one table that rows are deleted from
# (docs/adr/0005-drafts.md).
LOCKS = [
    "ALTER TABLE casework_draft ENABLE ROW LEVEL SECURITY;",
    "ALTER TABLE casework_draft FORCE ROW LEVEL SECURITY;",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON casework_draft TO {KINDS};",
    *(_policy(kind, OWN.format(kind=kind) + (VISIBLE if kind in CASEWORKERS else NOBODY)) for kind in EVERY_KIND),
    _policy("system", "(SELECT ww.is_system())"),
    "CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON casework_draft EXECUTE FUNCTION ww.refuse_truncate();",
]


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0009_alerts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField()),
                ("path", models.CharField(max_length=500)),
                ("called", models.CharField(max_length=80)),
                ("fields", models.JSONField()),
                ("saved_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="casework.person",
                    ),
                ),
                (
                    "prison",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework.prison"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "path", "-saved_at"], name="draft_of_page"),
                    models.Index(fields=["saved_at"], name="draft_by_age"),
                ],
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="one_draft_for_each_open_page")],
            },
        ),
        migrations.RunSQL("\n".join(LOCKS), migrations.RunSQL.noop),
    ]
