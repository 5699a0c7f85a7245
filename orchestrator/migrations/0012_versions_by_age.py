from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False  # nobody waits while the index is made

    dependencies = [
        ('orchestrator', '0011_versions_outlive_builds'),
    ]

    operations = [
        RemoveIndexConcurrently(
            model_name='attempt',
            name='attempts_by_age',
        ),
        RemoveIndexConcurrently(
            model_name='snapshot',
            name='versions_by_age',
        ),
        AddIndexConcurrently(
            model_name='snapshot',
            index=models.Index(condition=models.Q(('pinned', False)), fields=['created_at', 'dossier', 'number'], name='versions_by_age'),
        ),
    ]
