import django.db.models.deletion
from django.db import migrations, models

STANDS = """
create function orchestrator_decision_stands() returns trigger language plpgsql as $$
begin
    if length(new.content_sealed) = 0
       and (new.id, new.dossier_id, new.number, new.owner, new.created_at)
           = (old.id, old.dossier_id, old.number, old.owner, old.created_at) then
        return new;
    end if;
    raise exception 'a decision stands as it was written' using errcode = 'insufficient_privilege';
end $$;
create trigger orchestrator_decision_stands before update on orchestrator_decision
    for each row execute function orchestrator_decision_stands();
"""
FALLS = """
drop trigger orchestrator_decision_stands on orchestrator_decision;
drop function orchestrator_decision_stands();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0021_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='snapshot',
            name='decided_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name='VersionDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('content_sealed', models.BinaryField()),
                ('owner', models.CharField(max_length=120)),
                ('created_at', models.DateTimeField()),
                ('dossier', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orchestrator.dossier')),
            ],
            options={
                'db_table': 'orchestrator_decision',
                'indexes': [
                    models.Index(fields=['dossier', 'number'], name='decisions_by_version'),
                    models.Index(fields=['created_at'], name='decisions_by_age'),
                ],
            },
        ),
        migrations.RunSQL(STANDS, FALLS),
    ]
