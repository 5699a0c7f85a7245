from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0020_lists_known_again'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='file_sealed',
            field=models.BinaryField(null=True),
        ),
    ]
