import django.contrib.postgres.fields
from django.db import migrations, models

# Of several active retries of one run the first stays.
_ONE_ACTIVE_RETRY = """
create temporary table ended on commit drop as
select later.id from orchestrator_run as later
 where later.kind = 'retry' and later.finished_at is null
   and exists (select from orchestrator_run as first
                where first.kind = 'retry' and first.finished_at is null
                  and first.parent_id = later.parent_id and first.id < later.id);
update orchestrator_chunk
   set state = 'cancelled', ended_at = statement_timestamp(), cpfs_sealed = null, lease_until = null,
       cancelled = size - failed - partial - new - changed - unchanged - skipped
 where run_id in (select id from ended) and ended_at is null;
update orchestrator_runcounts as counts
   set waiting_again = 0,
       cancelled = (select coalesce(sum(cancelled), 0) from orchestrator_chunk as chunk
                     where chunk.run_id = counts.run_id)
 where run_id in (select id from ended);
update orchestrator_run as run
   set state = 'cancelled', finished_at = statement_timestamp(), resume_at = null,
       totals = (select jsonb_build_object(
                            'failed', coalesce(sum(failed), 0), 'partial', coalesce(sum(partial), 0),
                            'new', coalesce(sum(new), 0), 'changed', coalesce(sum(changed), 0),
                            'unchanged', coalesce(sum(unchanged), 0), 'skipped', coalesce(sum(skipped), 0),
                            'cancelled', coalesce(sum(cancelled), 0))
                   from orchestrator_chunk as chunk where chunk.run_id = run.id)
 where id in (select id from ended);
set constraints all immediate;
set constraints all deferred;
"""

# Runs whose details are gone already, as far as that can be told.
_FORGOTTEN = """
update orchestrator_run as run set forgotten_at = statement_timestamp()
 where finished_at is not null
   and exists (select from jsonb_each_text(totals) where value::bigint > 0)
   and not exists (select from orchestrator_chunk as chunk where chunk.run_id = run.id);
set constraints all immediate;
set constraints all deferred;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0009_keys_in_use'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='erased',
            field=models.PositiveIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='run',
            name='forgotten_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='chunk',
            name='versions',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), null=True, size=None),
        ),
        migrations.RunSQL(_ONE_ACTIVE_RETRY, migrations.RunSQL.noop),
        migrations.RunSQL(_FORGOTTEN, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('finished_at', None), ('kind', 'retry')), fields=('parent',), name='one_active_retry_per_run'),
        ),
    ]
