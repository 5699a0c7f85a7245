from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0014_pace_of_runs'),
    ]

    operations = [
        migrations.AddField(
            model_name='rejectedrow',
            name='repeats',
            field=models.PositiveIntegerField(null=True),
        ),
    ]
