"""A file lock that the system releases when the process ends."""

import errno
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

# Errors of file systems without locks, such as some network and FUSE mounts. The fallback of the
# library only handles the first one.
NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL)


class LockedError(Exception):
    """Another process, or another `Lock` of this one, holds the lock."""


class Lock:
    """Holds the lock until `release` or the end of the process, a SIGKILL included.

    The file is made when missing, and stays after release; its existence does not mean that it is
    locked. A forked worker does not hold its parent's lock. On a file system without locks, a
    second file beside it names the process that holds the lock, and is ignored once that process is
    gone.

    Raises:
        LockedError: The lock is held.
        OSError: The file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._lock: BaseFileLock = FileLock(path, thread_local=False, fallback_to_soft=False)
        try:
            try:
                self._lock.acquire(timeout=0)
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    raise
                beside = path.with_name(f"{path.name}.holder")
                self._lock = SoftFileLock(beside, thread_local=False)
                self._lock.acquire(timeout=0)
        except Timeout:
            raise LockedError(path) from None

    def release(self) -> None:
        """Releases the lock."""
        self._lock.release()
