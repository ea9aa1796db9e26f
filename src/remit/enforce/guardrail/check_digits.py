"""Check digits: whether a number that looks like an identifier can be one.

Each takes the characters of the identifier alone, without spaces and marks, and says yes or no. Nearly all
are one of three sums (Luhn's, a weighted sum modulo a number, Verhoeff's); the tables stand below them.
"""

from __future__ import annotations

from collections.abc import Sequence

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE36 = "0123456789" + _LETTERS

_VERHOEFF_TIMES = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_VERHOEFF_PLACE = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def luhn(digits: str) -> bool:
    """Say whether the digits' weighted sum, every second one doubled from the right, ends in nought.

    >>> luhn("4539578763621486"), luhn("4539578763621487")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def weighted(digits: str, weights: Sequence[int]) -> int:
    """Sum the digits, each times its weight; digits beyond the weights count for nothing."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def verhoeff(digits: str) -> bool:
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_VERHOEFF_TIMES[check][int(_VERHOEFF_PLACE[place % 8][int(digit)])])
    return check == 0


def mod11_10(digits: str) -> bool:
    """ISO 7064's MOD 11,10, which German tax numbers end in."""
    product = 10
    for digit in digits[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


_IBAN_LENGTHS = {
    country: int(length)
    for country, length in (
        pair.split(":")
        for pair in (
            "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BI:27 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 "
            "DE:22 DJ:27 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FK:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 "
            "GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 "
            "LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MN:20 MR:27 MT:31 MU:30 NI:28 NL:18 NO:15 OM:23 PK:24 PL:28 "
            "PS:29 PT:25 QA:29 RO:24 RS:22 RU:33 SA:24 SC:31 SD:18 SE:24 SI:19 SK:24 SM:27 SO:23 ST:25 SV:28 "
            "TL:23 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20 YE:30"
        ).split()
    )
}


def iban(text: str) -> bool:
    """
    >>> iban("GB82WEST12345698765432"), iban("GB82WEST12345698765431")
    (True, False)
    """
    if _IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    return int("".join(str(_BASE36.index(letter)) for letter in text[4:] + text[:4])) % 97 == 1


def aba_routing(digits: str) -> bool:
    """A US bank's routing number: the Federal Reserve's ranges, and weights 3, 7, 1."""
    first = int(digits[:2])
    known = first <= 12 or 21 <= first <= 32 or 61 <= first <= 72 or first == 80
    return known and digits != "000000000" and weighted(digits, (3, 7, 1) * 3) % 10 == 0


_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin(text: str) -> bool:
    """
    >>> vin("1M8GDM9AXKP042788"), vin("1M8GDM9A1KP042788")
    (True, False)
    """
    values = [int(letter) if letter.isdigit() else _VIN_VALUES.get(letter, -1) for letter in text]
    if len(values) != 17 or -1 in values:
        return False
    total = sum(value * weight for value, weight in zip(values, _VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11] == text[8]


def uk_nhs(digits: str) -> bool:
    check = 11 - weighted(digits[:9], (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return check != 10 and check % 11 == int(digits[9]) and len(set(digits)) > 1


def uk_utr(digits: str) -> bool:
    return "21987654321"[weighted(digits[1:], (6, 7, 8, 9, 10, 5, 4, 3, 2)) % 11] == digits[0]


def ca_sin(digits: str) -> bool:
    return digits[0] not in "08" and luhn(digits)


def fr_nir(text: str) -> bool:
    """A French social security number; Corsica's departments are counted as 19 and 18."""
    number = text[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and text[13:].isdigit() and 97 - int(number) % 97 == int(text[13:])


def nl_bsn(digits: str) -> bool:
    return digits.strip("0") != "" and weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def es_nif(text: str) -> bool:
    """A Spanish NIF, or a NIE, whose first letter stands for a digit."""
    number = text[:-1].translate({ord("X"): "0", ord("Y"): "1", ord("Z"): "2"})
    return number.isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == text[-1]


_IT_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def it_fiscal_code(text: str) -> bool:
    """
    >>> it_fiscal_code("RSSMRA85T10A562S")
    True
    """
    total = 0
    for place, letter in enumerate(text[:15]):
        value = int(letter) if letter.isdigit() else _LETTERS.index(letter)
        total += value if place % 2 else _IT_ODD[value]
    return _LETTERS[total % 26] == text[15]


def pl_pesel(digits: str) -> bool:
    month, day = int(digits[2:4]) % 20, int(digits[4:6])
    dated = 1 <= month <= 12 and 1 <= day <= 31
    return dated and weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def pt_nif(digits: str) -> bool:
    check = 11 - weighted(digits[:8], (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return digits[0] in "123568" and (0 if check > 9 else check) == int(digits[8])


def be_national(digits: str) -> bool:
    """A Belgian national number; who is born from 2000 on has a two put before the number."""
    month, day = int(digits[2:4]) % 20, int(digits[4:6])
    number, check = digits[:9], int(digits[9:])
    return month <= 12 and day <= 31 and check in (97 - int(number) % 97, 97 - int("2" + number) % 97)


def ean13(digits: str) -> bool:
    return weighted(digits, (1, 3) * 7) % 10 == 0


def dated(digits: str, *, month: int = 2, day: int = 4) -> bool:
    """Whether a month and a day of the month stand at these places."""
    return 1 <= int(digits[month : month + 2]) <= 12 and 1 <= int(digits[day : day + 2]) <= 31


def se_personal(digits: str) -> bool:
    """A Swedish personal number; a coordination number has 60 added to its day."""
    digits = digits[-10:]
    day = int(digits[4:6]) % 60
    return 1 <= int(digits[2:4]) <= 12 and 1 <= day <= 31 and luhn(digits)


def fi_personal(text: str) -> bool:
    """A Finnish code; the sign between date and number, which says the century, may be left out."""
    digits = text[:6] + text[-4:-1]
    check = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits) % 31]
    return dated(digits, month=2, day=0) and check == text[-1]


def dk_cpr(digits: str) -> bool:
    return dated(digits, month=2, day=0)


def dk_cpr_checked(digits: str) -> bool:
    """With the sum that numbers given out before October 2007 keep."""
    return dk_cpr(digits) and weighted(digits, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def no_birth(digits: str) -> bool:
    """A Norwegian birth number, or a D-number, which has 40 added to its day."""
    day, month = int(digits[:2]) % 40, int(digits[2:4])
    return (
        1 <= day <= 31
        and 1 <= month <= 12
        and weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
        and weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    )


_PENSION_WEIGHTS = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)


def de_pension(text: str) -> bool:
    """A German pension insurance number: its letter counts as two digits, and cross sums are added."""
    digits = text[:8] + f"{_LETTERS.index(text[8]) + 1:02}" + text[9:11]
    total = sum(
        sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(digits, _PENSION_WEIGHTS, strict=True)
    )
    return dated(text, month=4, day=2) and total % 10 == int(text[11])


def at_social(digits: str) -> bool:
    check = weighted(digits[:3] + digits[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11
    return digits[0] != "0" and check == int(digits[3]) and 1 <= int(digits[4:6]) <= 31


def ie_pps(text: str) -> bool:
    total = weighted(text[:7], (8, 7, 6, 5, 4, 3, 2))
    if len(text) == 9 and text[8] != "W":
        total += 9 * (_LETTERS.index(text[8]) + 1)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == text[7]


def cz_birth(digits: str) -> bool:
    month = int(digits[2:4])
    month -= 50 if month > 50 else 0
    month -= 20 if month > 20 else 0
    return 1 <= month <= 12 and 1 <= int(digits[4:6]) <= 31 and (len(digits) == 9 or int(digits) % 11 == 0)


def ro_cnp(digits: str) -> bool:
    check = weighted(digits[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    known = digits[0] in "12345678" and dated(digits, month=3, day=5)
    return known and (1 if check == 10 else check) == int(digits[12])


def tr_identity(digits: str) -> bool:
    odd, even = sum(map(int, digits[0:9:2])), sum(map(int, digits[1:8:2]))
    tenth = (odd * 7 - even) % 10 == int(digits[9])
    return digits[0] != "0" and tenth and sum(map(int, digits[:10])) % 10 == int(digits[10])


def _br_check(digits: str, weights: Sequence[int]) -> int:
    rest = weighted(digits, weights) % 11
    return 0 if rest < 2 else 11 - rest


def br_cpf(digits: str) -> bool:
    return (
        len(set(digits)) > 1
        and _br_check(digits[:9], range(10, 1, -1)) == int(digits[9])
        and _br_check(digits[:10], range(11, 1, -1)) == int(digits[10])
    )


def br_cnpj(digits: str) -> bool:
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    return (
        len(set(digits)) > 1
        and _br_check(digits[:12], weights[1:]) == int(digits[12])
        and _br_check(digits[:13], weights) == int(digits[13])
    )


def cl_rut(text: str) -> bool:
    total = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(text[:-1])))
    return "0K987654321"[total % 11] == text[-1]


def mx_curp(text: str) -> bool:
    letters = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    total = sum(letters.index(letter) * (18 - place) for place, letter in enumerate(text[:17]))
    return dated(text, month=6, day=8) and str(-total % 10) == text[17]


def au_tfn(digits: str) -> bool:
    return weighted(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def au_abn(digits: str) -> bool:
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    return digits[0] != "0" and (weighted(digits, weights) - weights[0]) % 89 == 0


def au_medicare(digits: str) -> bool:
    check = weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9)) % 10
    return digits[0] in "23456" and check == int(digits[8])


def nz_ird(digits: str) -> bool:
    digits = digits.zfill(9)
    for weights in ((3, 2, 7, 6, 5, 4, 3, 2), (7, 4, 3, 2, 5, 2, 7, 6)):
        check = -weighted(digits[:8], weights) % 11
        if check < 10:
            return check == int(digits[8])
    return False


def sg_nric(text: str) -> bool:
    total = weighted(text[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    table = {"S": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "M": "KLJNPQRTUWX"}
    table |= {"T": table["S"], "G": table["F"]}
    place = 10 - total % 11 if text[0] == "M" else total % 11
    return table[text[0]][place] == text[8]


def kr_rrn(digits: str) -> bool:
    """With the check digit that numbers given out since October 2020 no longer keep."""
    check = (11 - weighted(digits[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10
    return dated(digits) and digits[6] in "12345678" and check == int(digits[12])


def jp_my_number(digits: str) -> bool:
    rest = weighted(digits[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if rest < 2 else 11 - rest) == int(digits[11])


def cn_resident(text: str) -> bool:
    total = weighted(text[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    known = text[0] in "1234568" and text[6:8] in ("19", "20")
    return known and dated(text, month=10, day=12) and "10X98765432"[total % 11] == text[17]


def hk_identity(text: str) -> bool:
    letters = text[:-7].rjust(2)
    values = [36 if letter == " " else _BASE36.index(letter) for letter in letters]
    total = sum(value * weight for value, weight in zip(values, (9, 8), strict=True))
    total += weighted(text[-7:-1], (7, 6, 5, 4, 3, 2))
    return (total + (10 if text[-1] == "A" else int(text[-1]))) % 11 == 0


def tw_identity(text: str) -> bool:
    code = 10 + "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(text[0])
    return (code // 10 + code % 10 * 9 + weighted(text[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def za_identity(digits: str) -> bool:
    return dated(digits) and digits[10] in "012" and luhn(digits)


def us_npi(digits: str) -> bool:
    """A US provider's number, summed as if a card's prefix stood before it."""
    return digits[0] in "12" and luhn("80840" + digits)


def us_dea(text: str) -> bool:
    digits = text[2:]
    total = int(digits[0]) + int(digits[2]) + int(digits[4])
    return (total + 2 * (int(digits[1]) + int(digits[3]) + int(digits[5]))) % 10 == int(digits[6])
