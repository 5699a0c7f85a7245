from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0041_versions_by_age'),
    ]

    operations = [
        migrations.AddField(
            model_name='rejectedrow',
            name='repeats',
            field=models.PositiveIntegerField(null=True),
        ),
    ]
