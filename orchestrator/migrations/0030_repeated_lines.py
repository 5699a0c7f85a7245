from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0018_run_counts'),
    ]

    operations = [
        migrations.AddField(
            model_name='rejectedrow',
            name='repeats',
            field=models.PositiveIntegerField(null=True),
        ),
    ]
