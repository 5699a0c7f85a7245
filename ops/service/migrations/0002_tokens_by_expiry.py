from django.db import migrations


class Migration(migrations.Migration):
    """Expired tokens are found without reading those that are not; the table is the toolkit's."""

    dependencies = [
        ('service', '0001_initial'),
        ('oauth2_provider', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(
            'create index access_tokens_by_expiry on oauth2_provider_accesstoken (expires)',
            'drop index access_tokens_by_expiry',
        ),
    ]
