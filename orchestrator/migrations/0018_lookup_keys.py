from django.db import migrations, models


class Migration(migrations.Migration):
    # What was written before, and what the code of before writes beside this, is hashed by LOOKUP_KEY.

    dependencies = [
        ('orchestrator', '0017_teams'),
    ]

    operations = [
        migrations.AddField(
            model_name='dossier',
            name='lookup_key',
            field=models.CharField(db_default='', max_length=63),
        ),
    ]
