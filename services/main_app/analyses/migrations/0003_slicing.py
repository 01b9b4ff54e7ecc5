"""What slices sounds have."""

from django.db import migrations, models

import services.main_app.analyses.models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0002_compact_encoder"),
    ]

    operations = [
        migrations.CreateModel(
            name="Slicing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content_hash", models.CharField(max_length=64)),
                ("node_type", models.CharField(max_length=64)),
                ("node_version", models.PositiveIntegerField()),
                ("parameters_key", models.CharField(max_length=16)),
                (
                    "slices",
                    models.JSONField(default=list, encoder=services.main_app.analyses.models.CompactEncoder),
                ),
                ("n_found", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("content_hash", "node_type", "node_version", "parameters_key"),
                        name="one_slicing_per_sound_and_parameters",
                    )
                ],
            },
        ),
    ]
