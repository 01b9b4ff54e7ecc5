"""How descriptors are written into their column; the column stays as it is."""

from typing import ClassVar

from django.db import migrations, models

import services.main_app.analyses.models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("analyses", "0001_initial")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            # Only the state: SQLite would copy the whole table for nothing.
            state_operations=[
                migrations.AlterField(
                    model_name="analysis",
                    name="descriptors",
                    field=models.JSONField(
                        default=dict, encoder=services.main_app.analyses.models.CompactEncoder
                    ),
                ),
                migrations.AlterField(
                    model_name="analysis",
                    name="flags",
                    field=models.JSONField(
                        default=list, encoder=services.main_app.analyses.models.CompactEncoder
                    ),
                ),
            ]
        )
    ]
