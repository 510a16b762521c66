"""A lock on a file that the system itself releases when its process dies."""

import errno
import os
import sys
import weakref
from pathlib import Path
from typing import BinaryIO

from filelock import SoftFileLock, Timeout

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# What file systems without locks answer, such as some network mounts and some FUSE ones.
NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL)


class LockedError(Exception):
    """Another process, or another `Lock` of this one, holds the lock."""


class Lock:
    """Holds the lock until `release` or the end of the process, a SIGKILL included.

    The file stays; that it is there says nothing. On a file system without locks, a second file
    beside it names the process that holds the lock, and counts for nothing once that is gone.

    Args:
        path: The file to lock; made when missing.

    Raises:
        LockedError: The lock is held.
        OSError: The file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._soft: SoftFileLock | None = None
        self._file = path.open("ab")
        try:
            _lock(self._file)
        except BlockingIOError:
            self._file.close()
            raise LockedError(path) from None
        except OSError as error:
            self._file.close()
            if error.errno not in NO_LOCKS:
                raise
            self._soft = _lock_by_name(path)
            return
        _close_in_children(self)

    def release(self) -> None:
        """Lets the next one have it."""
        self._file.close()
        if self._soft is not None:
            self._soft.release()


def _lock_by_name(path: Path) -> SoftFileLock:
    lock = SoftFileLock(path.with_name(f"{path.name}.holder"), thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LockedError(path) from None
    return lock


def _lock(file: BinaryIO) -> None:
    if sys.platform == "win32":
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            raise BlockingIOError from None
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _close_in_children(lock: Lock) -> None:
    """Keeps a forked worker that outlives a killed parent from holding the parent's lock."""
    lock_or_gone = weakref.ref(lock)

    def release() -> None:
        if (held := lock_or_gone()) is not None:
            held.release()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=release)
