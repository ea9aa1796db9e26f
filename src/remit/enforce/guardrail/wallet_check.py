"""Whether what looks like the address of a crypto wallet keeps the sum that such an address has."""

from __future__ import annotations

from hashlib import sha256

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_STEPS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def base58_address(text: str) -> bool:
    """A Bitcoin address of the older kinds: a version and a hash, and four bytes of their double SHA-256.

    >>> base58_address("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
    True
    >>> base58_address("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")
    False
    """
    number = 0
    for letter in text:
        number = number * 58 + _BASE58.index(letter)
    if number >= 1 << 200:
        return False
    data = number.to_bytes(25, "big")
    return sha256(sha256(data[:21]).digest()).digest()[:4] == data[21:]


def bech32(text: str) -> bool:
    """An address such as `bc1q…`: the part before the last 1 and the data keep BIP 173's or 350's sum."""
    text = text.lower()
    name, _, data = text.rpartition("1")
    values = [ord(letter) >> 5 for letter in name] + [0] + [ord(letter) & 31 for letter in name]
    values += [_BECH32.index(letter) for letter in data]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, step in enumerate(_BECH32_STEPS):
            check ^= step if top >> place & 1 else 0
    return check in (1, 0x2BC830A3)
