"""What tells one reading of the data from another: files, and every label."""

import hashlib
from collections.abc import Iterable
from dataclasses import fields

import numpy as np

from hyperface.annotations.record import Face, Picture


def digest_of(pictures: Iterable[Picture]) -> str:
    """32 hexadecimal digits that change with any picture's file (size, time) or label."""
    digest = hashlib.blake2b(digest_size=16)
    for picture in pictures:
        _add(digest, picture)
        for face in picture.faces:
            _add(digest, face)
        try:
            status = picture.path.stat()
            digest.update(f"{status.st_size} {status.st_mtime_ns}".encode())
        except OSError:
            digest.update(b"missing")
    return digest.hexdigest()


def _add(digest: hashlib.blake2b, record: Picture | Face) -> None:
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name == "faces":
            continue
        if isinstance(value, np.ndarray):
            digest.update(np.ascontiguousarray(value, np.float32).tobytes())
        else:
            digest.update(f"{field.name}={value}\0".encode(errors="surrogatepass"))
