"""Tracks of several event files put into one order of records."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.sources.tfevents import Track, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lossdoc.model import Floats, Ints
    from lossdoc.sources.tfevents import Scan

    Tracks = dict[str, Track]


def chained(scans: Iterable[Scan]) -> Tracks:
    """Files of one folder, one after the other: record numbers go on where the last file ended."""
    collected: dict[str, list[Track]] = {}
    offset = 0
    for scan in scans:
        for tag, track in scan.tracks.items():
            collected.setdefault(tag, []).append(replace(track, rows=track.rows + offset))
        offset += scan.records
    return {tag: in_order(tracks) for tag, tracks in collected.items()}


def interleaved(folders: list[Tracks]) -> list[Tracks]:
    """Folders that were written side by side: record numbers follow the wall times.

    Within a folder the order stays as it is, even where its clock went back.
    """
    orders = [_order(tracks) for tracks in folders]
    merged = []
    for mine, tracks in enumerate(folders):
        rows, walls = orders[mine]
        shifted = rows.copy()
        for other, (their_rows, their_walls) in enumerate(orders):
            if other != mine:
                # Of records of the same instant, those of the earlier folder come first.
                before = np.searchsorted(
                    their_walls, walls, side="left" if mine < other else "right"
                )
                shifted += np.concatenate([[0], their_rows])[before]
        merged.append(
            {
                tag: replace(track, rows=shifted[np.searchsorted(rows, track.rows)])
                for tag, track in tracks.items()
            }
        )
    return merged


def _order(tracks: Tracks) -> tuple[Ints, Floats]:
    """Record numbers of a folder, and for each the latest wall time so far."""
    rows = np.concatenate([np.empty(0, dtype=np.int64), *(t.rows for t in tracks.values())])
    walls = np.concatenate([np.empty(0), *(t.walls for t in tracks.values())])
    rows, first = np.unique(rows, return_index=True)
    known = np.nan_to_num(walls[first], nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    return rows, np.maximum.accumulate(known)
