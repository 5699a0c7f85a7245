import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0004_runs'),
    ]

    operations = [
        migrations.CreateModel(
            name='Walk',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('position', models.JSONField()),
            ],
        ),
        migrations.AlterField(
            model_name='snapshot',
            name='build',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='orchestrator.build'),
        ),
    ]
