"""Looking for the folder that one's sounds are in."""

from pathlib import Path

from django.http import HttpRequest
from ninja import Router

from services.main_app.api.schemas import FolderListingOut, FolderOut
from services.main_app.sources.folders import allowed_roots, list_folder

router = Router(tags=["folders"])


@router.get("", response=FolderListingOut)
def get_folder(request: HttpRequest, path: str = "") -> FolderListingOut:
    """Tell what is in a folder; without a path in the first one that may be read."""
    listing = list_folder(Path(path).expanduser() if path else None)
    return FolderListingOut(
        path=str(listing.path),
        parent=str(listing.parent) if listing.parent else None,
        roots=[_describe(root) for root in allowed_roots()],
        folders=[_describe(folder) for folder in listing.folders],
        n_audio_files=listing.n_audio_files,
    )


def _describe(folder: Path) -> FolderOut:
    return FolderOut(name=folder.name or str(folder), path=str(folder))
