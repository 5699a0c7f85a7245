from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0013_turns'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='paused_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='resumed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='overtaken',
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name='run',
            name='turn_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='chunk',
            name='deaths',
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='chunk',
            name='sent_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='chunk',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['run'], name='chunks_under_way'),
        ),
        # A run that is paused has been so since now, as far as is known.
        migrations.RunSQL(
            "UPDATE orchestrator_run SET paused_at = now() WHERE state = 'paused'",
            migrations.RunSQL.noop,
        ),
    ]
