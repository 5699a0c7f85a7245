"""To whom a cancelled run had not come is counted too: the outcomes add up to all there are."""

from django.db import migrations, models

_COUNT = """
update orchestrator_chunk
   set cancelled = size - failed - partial - new - changed - unchanged - skipped
 where state = 'cancelled'
"""

_ADD_UP = """
update orchestrator_run as run
   set totals = run.totals || jsonb_build_object('cancelled', chunks.cancelled)
  from (select run_id, sum(cancelled) as cancelled from orchestrator_chunk
         where state = 'cancelled' group by run_id) as chunks
 where chunks.run_id = run.id and run.totals is not null
"""


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0004_runs")]

    operations = [
        migrations.AddField(
            model_name="chunk", name="cancelled", field=models.PositiveIntegerField(default=0)
        ),
        migrations.RunSQL(_COUNT, migrations.RunSQL.noop),
        migrations.RunSQL(_ADD_UP, migrations.RunSQL.noop),
    ]
