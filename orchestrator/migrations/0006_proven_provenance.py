"""A block that is missing came from nowhere: until now a second night could call it live.

The content of a version tells which blocks it lacks, and so does the provenance that was saved beside
it. What a dossier keeps of raw answers (`answers_hash`) needs no clearing: its form has moved, so
everybody is read once again, without a version where nothing changed.
"""

from django.db import migrations

MEND = """
update orchestrator_dossier as dossier
   set completeness = 'partial',
       provenance = (
        select jsonb_object_agg(
                source,
                case when version.provenance -> source ->> 'origin' is null
                       and version.provenance ? source
                     then version.provenance -> source
                     else said end)
          from jsonb_each(dossier.provenance) as each (source, said))
  from orchestrator_snapshot as version
 where version.dossier_id = dossier.id
   and version.number = dossier.latest_version
   and version.completeness = 'partial'
   and exists (
        select from jsonb_each(version.provenance) as saved (source, said)
         where said ->> 'origin' is null
           and dossier.provenance -> source ->> 'origin' is not null)
"""


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0005_cancelled_people")]

    operations = [migrations.RunSQL(MEND, migrations.RunSQL.noop)]
