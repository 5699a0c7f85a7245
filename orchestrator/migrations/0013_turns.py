from django.db import migrations, models
from django.db.models import Q

# What is under way was sent when it was accepted: its deadline has begun. And what a cancel left open
# ends as a cancel ends it now: it is nobody's, and keeps nothing.
STARTED = "update orchestrator_build set started_at = created_at where finished_at is null"
BROKEN_OFF = """
update orchestrator_fetch as f
   set state = case when f.state in ('pending', 'fetching', 'waiting_retry') then 'failed' else f.state end,
       error_code = case when f.state in ('pending', 'fetching', 'waiting_retry') then '' else f.error_code end,
       payload_sealed = null, lease_token = null, lease_until = null, next_attempt_at = null
  from orchestrator_build as b
 where b.id = f.build_id and b.state = 'cancelled'
   and (f.state in ('pending', 'fetching', 'waiting_retry') or f.payload_sealed is not null)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0012_versions_by_age'),
    ]

    operations = [
        migrations.AddField(
            model_name='build',
            name='owner',
            field=models.CharField(db_default='', max_length=120),
        ),
        migrations.AddField(
            model_name='build',
            name='precedence',
            field=models.PositiveSmallIntegerField(db_default=1),
        ),
        migrations.AddField(
            model_name='build',
            name='started_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(STARTED, migrations.RunSQL.noop),
        migrations.RunSQL(BROKEN_OFF, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='build',
            index=models.Index(condition=Q(('finished_at', None), ('started_at', None)), fields=['precedence', 'owner', 'id'], name='waiting_builds'),
        ),
        migrations.AddIndex(
            model_name='build',
            index=models.Index(condition=Q(('finished_at', None), ('started_at__isnull', False)), fields=['precedence', 'started_at'], name='started_builds'),
        ),
        migrations.AddIndex(
            model_name='build',
            index=models.Index(condition=Q(('finished_at', None)), fields=['deadline_at'], name='builds_by_deadline'),
        ),
        migrations.AddIndex(
            model_name='build',
            index=models.Index(condition=Q(('finished_at__isnull', False)), fields=['finished_at'], name='builds_by_end'),
        ),
    ]
