"""The outcomes of an ended chunk add up to its people, and PostgreSQL holds that.

Who was poisoned in a second pass was in no total: an earlier pass had saved something, so it is partial.
"""

from django.db import migrations, models
from django.db.models import F, Q

COUNT = """
update orchestrator_chunk
   set partial = size - failed - new - changed - unchanged - skipped - cancelled
 where ended_at is not null
   and size > failed + partial + new + changed + unchanged + skipped + cancelled
"""

ADD_UP = """
update orchestrator_run as run
   set totals = to_jsonb(chunks) - 'run_id'
  from (select run_id, sum(failed) as failed, sum(partial) as partial, sum(new) as new,
               sum(changed) as changed, sum(unchanged) as unchanged, sum(skipped) as skipped,
               sum(cancelled) as cancelled
          from orchestrator_chunk group by run_id) as chunks
 where chunks.run_id = run.id and run.totals is not null
   and (run.totals ->> 'partial')::bigint < chunks.partial
"""


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0006_proven_provenance")]

    operations = [
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        migrations.RunSQL(ADD_UP, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="chunk",
            constraint=models.CheckConstraint(
                condition=Q(ended_at=None)
                | Q(
                    size=F("failed")
                    + F("partial")
                    + F("new")
                    + F("changed")
                    + F("unchanged")
                    + F("skipped")
                    + F("cancelled")
                ),
                name="an_ended_chunk_counts_everybody",
            ),
        ),
    ]
