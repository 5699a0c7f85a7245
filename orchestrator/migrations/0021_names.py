"""The name beside a dossier, and the indexes by which a reader's asks are listed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0020_lists_known_again")]

    operations = [
        migrations.AddField("dossier", "name_sealed", models.BinaryField(db_default=b"")),
        migrations.AddField("dossier", "name_version", models.PositiveIntegerField(db_default=0)),
        migrations.AddIndex(
            "dossierrequest", models.Index(fields=["owner", "created_at"], name="asks_of_owners")
        ),
        migrations.AddIndex(
            "dossierrequest",
            models.Index(
                fields=["team", "created_at"], condition=~models.Q(("team", "")), name="asks_of_teams"
            ),
        ),
        migrations.AlterField("dossierrequest", "owner", models.CharField(max_length=120)),
    ]
