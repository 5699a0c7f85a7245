"""What the admin calls clients and their scopes; the database stays as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("service", "0002_tokens_by_expiry")]

    operations = [
        migrations.AlterModelOptions(
            name="apiclient",
            options={"verbose_name": "API client", "verbose_name_plural": "API clients"},
        ),
        migrations.AlterField(
            model_name="apiclient",
            name="allowed_scopes",
            field=models.TextField(
                blank=True,
                default="",
                help_text="Scope names, space separated",
                verbose_name="allowed scopes",
            ),
        ),
    ]
