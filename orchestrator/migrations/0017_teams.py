"""For whom a dossier was asked, and which version stood then."""

from django.db import migrations, models

# What was asked before is its owner's alone, from the version that stood then.
_STANDING = """
update orchestrator_dossierrequest as ask
   set standing_version = coalesce(
       (select max(version.number) from orchestrator_snapshot as version
         where version.dossier_id = build.dossier_id and version.created_at <= ask.created_at), 0)
  from orchestrator_build as build
 where build.id = ask.build_id
"""
_OVER_EVERYBODY = """
with recursive over_everybody (id) as (
     select id from orchestrator_run where kind = 'nightly'
      union all
     select run.id from orchestrator_run as run join over_everybody on run.parent_id = over_everybody.id)
update orchestrator_run set over_everybody = true where id in (select id from over_everybody)
"""


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0016_calls_of_runs")]

    operations = [
        migrations.AddField("dossierrequest", "team", models.CharField(blank=True, db_default="", max_length=40)),
        migrations.AddField("dossierrequest", "standing_version", models.PositiveIntegerField(null=True)),
        migrations.AddField("run", "team", models.CharField(blank=True, db_default="", max_length=40)),
        migrations.AddField("run", "over_everybody", models.BooleanField(db_default=False)),
        migrations.RunSQL(_STANDING, migrations.RunSQL.noop),
        migrations.RunSQL(_OVER_EVERYBODY, migrations.RunSQL.noop),
        migrations.AddIndex(
            "run",
            models.Index(
                condition=models.Q(("over_everybody", False)),
                fields=["team", "owner", "created_at"],
                name="runs_of_teams",
            ),
        ),
    ]
