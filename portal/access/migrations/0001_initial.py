"""Teams, and the record of access: partitioned by month, chained by hash, written by one function alone."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from portal.access.migrations._sql import CREATE, DROP


class Migration(migrations.Migration):
    initial = True
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="nome")),
            ],
            options={
                "verbose_name": "equipe",
                "verbose_name_plural": "equipes",
                "permissions": [
                    ("ask", "Ask for dossiers"),
                    ("read", "Read the dossiers that the team asked for"),
                    ("read_older", "Read versions from before the team's ask"),
                    ("pin", "Pin versions"),
                    ("run", "Run lists and refreshes, and take their results away"),
                    ("see_progress", "See how all runs get on"),
                    ("see_sources", "See how the sources do"),
                    ("read_record", "Read the record of access"),
                    ("serve_persons", "Serve persons' rights"),
                    ("manage_people", "Manage accounts, teams and machine clients"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(default=django.utils.timezone.now, verbose_name="desde")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="até")),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="access.team",
                        verbose_name="equipe",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="conta",
                    ),
                ),
            ],
            options={"verbose_name": "participação", "verbose_name_plural": "participações"},
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None)), fields=("user",), name="one_team_at_a_time"
            ),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
