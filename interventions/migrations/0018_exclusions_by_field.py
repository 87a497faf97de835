import django.contrib.postgres.constraints
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0028_link"),
        ("interventions", "0017_breaches_of_tests"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # The same constraints as before in the words of the model: the table needs no change.
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(
                    model_name="facilitator",
                    name="facilitator_in_one_session_at_a_time",
                ),
                migrations.RemoveConstraint(
                    model_name="groupsession",
                    name="room_held_once_at_a_time",
                ),
                migrations.RemoveConstraint(
                    model_name="seat",
                    name="person_in_one_session_at_a_time",
                ),
                migrations.AddConstraint(
                    model_name="facilitator",
                    constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("stood_down_at", None)),
                        expressions=[
                            (
                                models.Func(
                                    models.F("worker"), models.F("worker"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            ("period", "&&"),
                        ],
                        name="facilitator_in_one_session_at_a_time",
                        violation_error_message="The worker runs another session at this time.",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="groupsession",
                    constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(models.Q(("state", "CANCELLED"), _negated=True), ("room__isnull", False)),
                        expressions=[
                            (
                                models.Func(
                                    models.F("room"), models.F("room"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            ("period", "&&"),
                        ],
                        name="room_held_once_at_a_time",
                        violation_error_message="The room is taken at this time.",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="seat",
                    constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("removed_at", None)),
                        expressions=[
                            (
                                models.Func(
                                    models.F("person"), models.F("person"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            ("period", "&&"),
                        ],
                        name="person_in_one_session_at_a_time",
                        violation_error_message="This person is expected elsewhere at this time.",
                    ),
                ),
            ]
        )
    ]
