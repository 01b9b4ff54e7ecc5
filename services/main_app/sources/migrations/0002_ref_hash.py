"""The key of a file becomes the hash of its ref, which may be longer than a database indexes."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from services.main_app.sources.models import hash_of_ref

_BATCH = 1000


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    audio_file = apps.get_model("sources", "AudioFile")
    batch = []
    for row in audio_file.objects.only("ref").iterator(_BATCH):
        row.ref_hash = hash_of_ref(row.ref)
        batch.append(row)
        if len(batch) == _BATCH:
            audio_file.objects.bulk_update(batch, ["ref_hash"])
            batch.clear()
    audio_file.objects.bulk_update(batch, ["ref_hash"])


class Migration(migrations.Migration):
    # Filling rows and changing their table do not go together in one transaction of PostgreSQL.
    atomic = False

    dependencies = [("sources", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="audiofile", name="one_row_per_ref"),
        migrations.AlterField(model_name="audiofile", name="ref", field=models.TextField()),
        migrations.AlterField(model_name="audiofile", name="path", field=models.TextField()),
        migrations.AddField(
            model_name="audiofile",
            name="ref_hash",
            field=models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="audiofile",
            constraint=models.UniqueConstraint(fields=["source", "ref_hash"], name="one_row_per_ref"),
        ),
    ]
