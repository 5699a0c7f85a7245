
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0019_erasures_and_retention'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='list_digest',
            field=models.BinaryField(null=True),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('list_digest__isnull', False)), fields=['list_digest'], name='lists_by_digest'),
        ),
    ]
