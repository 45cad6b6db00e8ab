"""Leftovers of killed processes: temporary files and folders, spools, folders moved aside."""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from hummgraph.snapshot.atomic import LEFTOVER, is_held
from hummgraph.snapshot.spool import SPOOL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["abandoned_spools", "aside", "remove_leftover", "stale"]


def stale(folder: Path, *, older_than: float) -> list[Path]:
    """Return temporary files and folders that killed writers left in a folder.

    Parameters
    ----------
    folder
        Folder of the files that they wrote.
    older_than
        Age in seconds; younger files may belong to a running writer.

    Returns
    -------
    list of Path
        Hidden temporary files and folders, sorted; no links, and nothing that a living process has
        locked. A folder that was moved aside is included only if another exists in its place.
    """
    found = []
    for entry, kind, place, age in _leftovers(folder):
        if age >= older_than and not is_held(entry) and (kind == "tmp" or os.path.lexists(place)):
            found.append(entry)
    return found


def aside(folder: Path, *, older_than: float = 0.0) -> list[tuple[Path, Path]]:
    """Return files and folders moved aside without a successor, each with its original path.

    Only the latest of several for one path is returned. Those that a living process has locked are
    not; ``older_than`` is the age in seconds that counts where locks are unknown.
    """
    found: dict[Path, tuple[float, Path]] = {}
    for entry, kind, place, age in _leftovers(folder):
        if kind == "old" and not os.path.lexists(place):
            held = is_held(entry)
            gone = age >= older_than if held is None else not held
            if gone and (place not in found or age <= found[place][0]):
                found[place] = age, entry
    return [(entry, place) for place, (_, entry) in sorted(found.items())]


def _leftovers(folder: Path) -> Iterator[tuple[Path, str, Path, float]]:
    """Yield hidden temporary files and folders, each with its kind, its place and its age."""
    now = time.time()
    for entry in sorted(folder.iterdir()):
        named = LEFTOVER.fullmatch(entry.name)
        if named is None:
            continue
        with suppress(FileNotFoundError):  # its writer may be done
            about = entry.lstat()
            if stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode):
                yield entry, named["kind"], folder / named["name"], now - about.st_mtime


def abandoned_spools(folder: Path, *, older_than: float) -> list[Path]:
    """Return spools in the folder for temporary files whose process no longer lives.

    Parameters
    ----------
    folder
        The folder for temporary files.
    older_than
        Age in seconds that counts where locks are unknown.

    Returns
    -------
    list of Path
        Folders of this user, sorted.
    """
    now = time.time()
    found = []
    for entry in sorted(folder.iterdir()):
        if SPOOL.fullmatch(entry.name) is None:
            continue
        with suppress(FileNotFoundError):
            about = entry.lstat()
            mine = os.name == "nt" or about.st_uid == os.geteuid()
            if stat.S_ISDIR(about.st_mode) and mine:
                held = is_held(entry)
                if now - about.st_mtime >= older_than if held is None else not held:
                    found.append(entry)
    return found


def remove_leftover(entry: Path) -> bool:
    """Remove a file, or a folder of files; return whether all of it could be removed.

    Folders, links, devices and pipes in a folder are never ours, and stay.
    """
    with suppress(OSError):
        if not stat.S_ISDIR(entry.lstat().st_mode):
            entry.unlink()
            return True
        with os.scandir(entry) as found:
            inside = list(found)
        for file in inside:
            if file.is_file(follow_symlinks=False):
                (entry / file.name).unlink()
        entry.rmdir()
        return True
    return False
