
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Following',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.CharField(max_length=120)),
                ('team', models.CharField(blank=True, max_length=40)),
                ('dossier_id', models.BigIntegerField()),
                ('from_version', models.PositiveIntegerField()),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('dossier_id', 'team', 'owner'), name='followed_once')],
            },
        ),
        migrations.CreateModel(
            name='PersonRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('report', 'acesso aos dados (LGPD art. 18 e 19)'), ('contest', 'contestação (Lei 12.414 art. 5)'), ('correction', 'correção (CDC art. 43 § 3)'), ('erasure', 'eliminação (LGPD art. 18, VI)')], max_length=10)),
                ('person', models.BinaryField()),
                ('dossier_id', models.BigIntegerField(null=True)),
                ('received_on', models.DateField()),
                ('due_on', models.DateField()),
                ('note', models.CharField(blank=True, max_length=500)),
                ('by', models.CharField(max_length=120)),
                ('done_at', models.DateTimeField(null=True)),
                ('answer', models.CharField(blank=True, max_length=500)),
                ('done_by', models.CharField(blank=True, max_length=120)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['due_on'], name='open_person_requests')],
            },
        ),
        migrations.CreateModel(
            name='Contest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dossier_id', models.BigIntegerField(db_index=True)),
                ('what', models.CharField(max_length=200)),
                ('first_version', models.PositiveIntegerField()),
                ('last_version', models.PositiveIntegerField(null=True)),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('resolved_at', models.DateTimeField(null=True)),
                ('request', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='contest', to='access.personrequest')),
            ],
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.CharField(max_length=120)),
                ('resolved', models.BooleanField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('seen_at', models.DateTimeField(null=True)),
                ('contest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='access.contest')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('contest', 'owner', 'resolved'), name='told_once')],
            },
        ),
    ]
