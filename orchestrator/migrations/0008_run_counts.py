"""The sum over a run's chunks gets a row of its own, which is read instead of them; old runs get theirs.

A run whose chunks are forgotten has its totals only. A bulk call becomes a row of a source's history.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

COUNT = """
with calls as (
    select run_id, call ->> 'source' as source, call ->> 'error_code' as code,
           round(ln(greatest((call ->> 'seconds')::float8, 0.001)) / ln(1.1::float8))::int::text as power
      from orchestrator_chunk, jsonb_array_elements(calls) as call
), errors as (
    select run_id, source, jsonb_object_agg(code, number) as errors
      from (select run_id, source, code, count(*) as number from calls
             where code is not null group by 1, 2, 3) as each
     group by 1, 2
), seconds as (
    select run_id, source, jsonb_object_agg(power, number) as seconds
      from (select run_id, source, power, count(*) as number from calls
             where code is null group by 1, 2, 3) as each
     group by 1, 2
), lacking as (
    select run_id, source, count(*) as lacking
      from orchestrator_chunk, jsonb_each(failures) as failed (place, codes),
           jsonb_object_keys(codes) as source
     group by 1, 2
), called as (
    select run_id, source, count(*) as calls, count(*) filter (where code is null) as answered
      from calls group by 1, 2
), sources as (
    select run_id, jsonb_object_agg(source, jsonb_build_object(
            'calls', coalesce(calls, 0), 'answered', coalesce(answered, 0), 'lacking', coalesce(lacking, 0),
            'errors', coalesce(errors, '{}'), 'seconds', coalesce(seconds, '{}'))) as sources
      from called full join lacking using (run_id, source)
      left join errors using (run_id, source) left join seconds using (run_id, source)
     group by run_id
), changes as (
    select run_id, jsonb_object_agg(key, number) as changes
      from (select run_id, key, sum(value::int) as number
              from orchestrator_chunk, jsonb_each_text(changes) group by 1, 2) as each
     group by 1
), most_changed as (
    select run_id, jsonb_agg(jsonb_build_array(dossier, rows) order by place) as most_changed
      from (select run_id, (pair ->> 0)::bigint as dossier, sum((pair ->> 1)::int) as rows,
                   row_number() over (partition by run_id order by sum((pair ->> 1)::int) desc) as place
              from orchestrator_chunk, jsonb_array_elements(most_changed) as pair
             group by run_id, pair ->> 0) as each
     where place <= 10
     group by 1
), waiting as (
    select run_id, count(distinct (chunk.id, place)) as waiting_again
      from orchestrator_chunk as chunk, jsonb_each(asks) as asked (source, places),
           jsonb_array_elements(places) as place
     where ended_at is null and passes > 0
     group by 1
), sums as (
    select run_id, sum(size) as size, sum(failed) as failed, sum(partial) as partial, sum(new) as new,
           sum(changed) as changed, sum(unchanged) as unchanged, sum(skipped) as skipped,
           sum(cancelled) as cancelled
      from orchestrator_chunk group by 1
), totals as (
    select run.id as run_id, outcome, number::bigint as number
      from orchestrator_run as run, jsonb_each_text(totals) as each (outcome, number)
     where not exists (select from orchestrator_chunk where run_id = run.id)
), old as (
    select run_id, sum(number) as size,
           sum(number) filter (where outcome = 'failed') as failed,
           sum(number) filter (where outcome = 'partial') as partial,
           sum(number) filter (where outcome = 'new') as new,
           sum(number) filter (where outcome = 'changed') as changed,
           sum(number) filter (where outcome = 'unchanged') as unchanged,
           sum(number) filter (where outcome = 'skipped') as skipped,
           sum(number) filter (where outcome = 'cancelled') as cancelled
      from totals group by 1
)
insert into orchestrator_runcounts
       (run_id, size, failed, partial, new, changed, unchanged, skipped, cancelled, waiting_again,
        sources, changes, most_changed, lately)
select run.id,
       coalesce(sums.size, old.size, 0), coalesce(sums.failed, old.failed, 0),
       coalesce(sums.partial, old.partial, 0), coalesce(sums.new, old.new, 0),
       coalesce(sums.changed, old.changed, 0), coalesce(sums.unchanged, old.unchanged, 0),
       coalesce(sums.skipped, old.skipped, 0), coalesce(sums.cancelled, old.cancelled, 0),
       coalesce(waiting.waiting_again, 0), coalesce(sources.sources, '{}'),
       coalesce(changes.changes, '{}'), coalesce(most_changed.most_changed, '[]'), '[]'
  from orchestrator_run as run
  left join sums on sums.run_id = run.id
  left join old on old.run_id = run.id
  left join waiting on waiting.run_id = run.id
  left join sources on sources.run_id = run.id
  left join changes on changes.run_id = run.id
  left join most_changed on most_changed.run_id = run.id
"""

_COUNT = models.PositiveIntegerField(default=0)


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0007_everybody_counts_once")]

    operations = [
        migrations.CreateModel(
            name="RunCounts",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="counts",
                        serialize=False,
                        to="orchestrator.run",
                    ),
                ),
                ("size", _COUNT.clone()),
                ("failed", _COUNT.clone()),
                ("partial", _COUNT.clone()),
                ("new", _COUNT.clone()),
                ("changed", _COUNT.clone()),
                ("unchanged", _COUNT.clone()),
                ("skipped", _COUNT.clone()),
                ("cancelled", _COUNT.clone()),
                ("waiting_again", _COUNT.clone()),
                ("sources", models.JSONField(default=dict)),
                ("changes", models.JSONField(default=dict)),
                ("most_changed", models.JSONField(default=list)),
                ("lately", models.JSONField(default=list)),
            ],
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="chunk",
            index=models.Index(
                condition=~Q(failures={}), fields=["run", "number"], name="chunks_with_failures"
            ),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="fetch",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="history",
                to="orchestrator.fetch",
            ),
        ),
    ]
