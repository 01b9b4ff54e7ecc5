import os
import shutil
from pathlib import Path

import pytest

from integrations.core.conformance import ChangingConformance, World
from integrations.local_folder.source import LocalFolder, LocalFolderConfig


class FolderWorld(World):
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def connect(self) -> LocalFolder:
        return LocalFolder(LocalFolderConfig(folder=self.folder))

    def write(self, path: tuple[str, ...], content: bytes) -> None:
        file = self.folder.joinpath(*path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def rename(self, path: tuple[str, ...], new: tuple[str, ...]) -> None:
        self.folder.joinpath(*path).rename(self.folder.joinpath(*new))

    def delete(self, path: tuple[str, ...]) -> None:
        target = self.folder.joinpath(*path)
        shutil.rmtree(target) if target.is_dir() else target.unlink()

    def state(self) -> object:
        found = {}
        for folder, folders, files in os.walk(self.folder):
            for name in [".", *folders, *files]:
                path = os.path.join(folder, name)
                about = os.lstat(path)
                content = Path(path).read_bytes() if name in files else None
                found[path] = (about.st_mode, about.st_mtime_ns, about.st_ctime_ns, about.st_ino, content)
        return found


class TestLocalFolder(ChangingConformance):
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return FolderWorld(tmp_path)
