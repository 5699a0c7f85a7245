"""The name beside a dossier."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0020_lists_known_again")]

    operations = [
        migrations.AddField("dossier", "name_sealed", models.BinaryField(db_default=b"")),
        migrations.AddField("dossier", "name_version", models.PositiveIntegerField(db_default=0)),
    ]
