"""The indexes by which a reader's asks are listed."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # nobody waits while they are made

    dependencies = [("orchestrator", "0023_run_files")]

    operations = [
        AddIndexConcurrently(
            "dossierrequest", models.Index(fields=["owner", "created_at"], name="asks_of_owners")
        ),
        AddIndexConcurrently(
            "dossierrequest",
            models.Index(
                fields=["team", "created_at"], condition=~models.Q(("team", "")), name="asks_of_teams"
            ),
        ),
        migrations.AlterField("dossierrequest", "owner", models.CharField(max_length=120)),
    ]
