from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0022_decisions'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='file_sealed',
            field=models.BinaryField(null=True),
        ),
    ]
