from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0021_run_results'),
    ]

    operations = [
        migrations.AddField(
            model_name='rejectedrow',
            name='repeats',
            field=models.PositiveIntegerField(null=True),
        ),
    ]
