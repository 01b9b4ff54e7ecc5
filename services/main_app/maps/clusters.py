"""The groups of a layout as people meet them: where each lies, how large it is, and what to call it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from services.main_app.maps.columns import number_columns
from services.main_app.maps.labels import TRAIT_DESCRIPTORS, name_clusters, sample
from services.main_app.maps.models import Layout
from shared.python.storage import Storage


def describe_clusters(
    layout: Layout, *, coordinates: npt.NDArray[np.float32], labels: npt.NDArray[np.int32], blobs: Storage
) -> list[dict[str, Any]]:
    """Describe each cluster: ``id``, ``label``, ``size``, and the ``x`` and ``y`` of its middle.

    Parameters
    ----------
    coordinates, labels
        Rows as in the layout's matrix.
    """
    # This runs in the transaction that ends the job: all sounds of a large map would hold it up for seconds.
    some = sample(labels)
    hashes = [bytes(row).hex() for row in blobs.get_array(layout.hashes_url)[some]]
    names = name_clusters(number_columns(hashes, TRAIT_DESCRIPTORS), labels[some])
    described = []
    for cluster, name in enumerate(names):
        members = coordinates[labels == cluster]
        # The median lies where the group is dense, even when it is a crescent with a far end.
        x, y = np.median(members, axis=0) if len(members) else (0.0, 0.0)
        described.append({"id": cluster, "label": name, "size": len(members), "x": float(x), "y": float(y)})
    return described
