"""AES-256-GCM: the nonce first, and what it belongs to bound to it."""

import os
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12


def seal(key: AESGCM, plain: bytes, about: bytes) -> bytes:
    """Encrypted for a place: elsewhere it does not open."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + key.encrypt(nonce, plain, about)


def unseal(key: AESGCM, sealed: bytes, about: bytes) -> bytes:
    """What was sealed. Raises InvalidTag."""
    return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
