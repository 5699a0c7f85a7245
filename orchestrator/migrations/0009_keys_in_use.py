import django.db.models.functions.datetime
from django.db import migrations, models

# A sealed value begins with its format (1), the length of the master key's id, and that id.
_KEYS_IN_USE = """
insert into orchestrator_keyinuse (role, key_id)
select distinct 'master', convert_from(substring(value from 3 for get_byte(value, 1)), 'UTF8')
  from (select data_key as value from orchestrator_dossier
         union all select payload_sealed from orchestrator_fetch where payload_sealed is not null
         union all select cpfs_sealed from orchestrator_chunk where cpfs_sealed is not null) as sealed
 where length(value) > 2 and get_byte(value, 0) = 1
"""

# An installation has had nightly runs since the migration that brought them.
_NIGHTS_SINCE = """
insert into orchestrator_installation (nights_since)
select coalesce((select min(applied) from django_migrations where app = 'orchestrator' and name = '0004_runs'),
                statement_timestamp())
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0008_run_counts'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeyInUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('master', 'Master'), ('lookup', 'Lookup')], max_length=6)),
                ('key_id', models.CharField(blank=True, max_length=63)),
                ('fingerprint', models.BinaryField(db_default=b'')),
                ('first_used_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('role', 'key_id'), name='keys_in_use')],
            },
        ),
        migrations.RunSQL(_KEYS_IN_USE, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nights_since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.RunSQL(_NIGHTS_SINCE, migrations.RunSQL.noop),
    ]
