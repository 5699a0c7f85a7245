import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0018_lookup_keys'),
    ]

    operations = [
        migrations.AddField(
            model_name='dossier',
            name='erased_version',
            field=models.PositiveIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='snapshot',
            name='negative',
            field=models.BooleanField(null=True),
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dossier_id', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
                ('lookup', models.BinaryField()),
                ('erased_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('owner', models.CharField(max_length=120)),
                ('removed', models.JSONField(default=dict)),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('finished_at', None)), fields=['id'], name='erasures_under_way'),
                    models.Index(fields=['lookup'], name='erasures_by_lookup'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('dossier_id', 'created_at'), name='one_erasure_per_dossier'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RetentionReport',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False)),
                ('rounds', models.PositiveIntegerField(default=0)),
                ('deleted', models.JSONField(default=dict)),
                ('ended_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
    ]
