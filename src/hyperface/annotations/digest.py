"""A digest of annotated images: it changes with any file or label."""

import hashlib
from collections.abc import Iterable
from dataclasses import fields

import numpy as np

from hyperface.annotations.record import AnnotatedImage, Face


def digest_of(images: Iterable[AnnotatedImage]) -> str:
    """32 hexadecimal digits that change with any image's file (size, time) or label."""
    digest = hashlib.blake2b(digest_size=16)
    for image in images:
        _add(digest, image)
        for face in image.faces:
            _add(digest, face)
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
