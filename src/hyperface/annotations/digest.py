"""A digest of annotated images: it changes with any file or label."""

import hashlib
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from hyperface.annotations.record import AnnotatedImage, Face


def digest_of(images: Iterable[AnnotatedImage], files: bool = True) -> str:
    """32 hexadecimal digits that change with any image's file (path, size, time) or label.

    Without `files`, they depend only on the labels, which copies of a data set have in common.
    """
    digest = hashlib.blake2b(digest_size=16)
    for image in images:
        _add(digest, image if files else replace(image, path=Path()))
        for face in image.faces:
            _add(digest, face)
        if not files:
            continue
        try:
            status = image.path.stat()
            digest.update(f"{status.st_size} {status.st_mtime_ns}".encode())
        except OSError:
            digest.update(b"missing")
    return digest.hexdigest()


def _add(digest: hashlib.blake2b, record: AnnotatedImage | Face) -> None:
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name == "faces":
            continue
        if isinstance(value, np.ndarray):
            digest.update(np.ascontiguousarray(value, np.float32).tobytes())
        else:
            digest.update(f"{field.name}={value}\0".encode(errors="surrogatepass"))
