import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0002_persons_rights'),
    ]

    operations = [
        migrations.CreateModel(
            name='FollowedRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.CharField(max_length=120)),
                ('team', models.CharField(blank=True, max_length=40)),
                ('run_id', models.BigIntegerField()),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(fields=['team', 'owner'], name='followed_runs_of_teams')],
                'constraints': [models.UniqueConstraint(fields=('run_id', 'team', 'owner'), name='run_followed_once')],
            },
        ),
    ]
