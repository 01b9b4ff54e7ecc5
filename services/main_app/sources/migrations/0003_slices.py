"""A row of a file can be a slice of another one. Going back, slices go: nobody else knows what they are."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def forget_slices(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("sources", "AudioFile").objects.filter(parent__isnull=False).delete()


class Migration(migrations.Migration):
    # Deleting rows and changing their table do not go together in one transaction of PostgreSQL.
    atomic = False

    dependencies = [("sources", "0002_ref_hash")]

    operations = [
        migrations.AddField(model_name="source", name="parameters", field=models.JSONField(default=dict)),
        migrations.AddField(model_name="audiofile", name="start_s", field=models.FloatField(null=True)),
        migrations.AddField(model_name="audiofile", name="end_s", field=models.FloatField(null=True)),
        migrations.AddField(
            model_name="audiofile",
            name="parent",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="slices",
                to="sources.audiofile",
            ),
        ),
        migrations.AddIndex(
            model_name="audiofile",
            index=models.Index(
                condition=models.Q(("parent__isnull", False)), fields=["parent"], name="slices_by_parent"
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_slices),
    ]
