"""Logs that grow: noticed by polling, judged again when that is worth it, told event by event."""

from lossdoc.watch.follower import Event, Follower
from lossdoc.watch.watcher import Watcher

__all__ = ["Event", "Follower", "Watcher"]
