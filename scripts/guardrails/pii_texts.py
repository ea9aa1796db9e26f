"""Texts with sensitive information and with what looks like it, to measure by and never to learn from.

Identifiers are Faker's own, of many locales, so that what checks them is not what made them; texts are
messages, forms, logs and tables. Look-alikes are order, part, tracking and serial numbers, ISBNs, hashes,
versions, times, coordinates, amounts, measures and references.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from faker import Faker


class Span(NamedTuple):
    type: str
    start: int
    end: int


class Text(NamedTuple):
    text: str
    spans: list[Span]


Make = Callable[[random.Random], str]


@cache
def faker(locale: str) -> Faker:
    made = Faker(locale)
    made.seed_instance(23)
    return made


def _of(locale: str, method: str, **given: object) -> Make:
    return lambda _: str(getattr(faker(locale), method)(**given))


def _any(*makes: Make) -> Make:
    return lambda generator: generator.choice(makes)(generator)


def _digits(generator: random.Random, count: int) -> str:
    return "".join(generator.choice(string.digits) for _ in range(count))


def _grouped(make: Make, sizes: tuple[int, ...], mark: str) -> Make:
    def grouped(generator: random.Random) -> str:
        text, pieces = make(generator), []
        for size in sizes:
            pieces.append(text[:size])
            text = text[size:]
        return mark.join(pieces + ([text] if text else []))

    return grouped


def _iban_grouped(generator: random.Random) -> str:
    text = faker(generator.choice(_IBAN_LOCALES)).iban()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


_IBAN_LOCALES = (
    "de_DE",
    "fr_FR",
    "nl_NL",
    "es_ES",
    "it_IT",
    "en_GB",
    "pl_PL",
    "de_AT",
    "de_CH",
    "pt_PT",
    "no_NO",
    "fi_FI",
)
_PHONE_LOCALES = (
    "en_US",
    "en_GB",
    "de_DE",
    "fr_FR",
    "es_ES",
    "it_IT",
    "nl_NL",
    "pt_BR",
    "sv_SE",
    "pl_PL",
    "en_AU",
    "en_IN",
)


def _phone(generator: random.Random) -> str:
    made = faker(generator.choice(_PHONE_LOCALES))
    for _ in range(20):
        phone = made.phone_number()
        if sum(map(str.isdigit, phone)) >= 8:
            return phone
    return "+44 20 7946 0958"


def _cpf(_: random.Random) -> str:
    return faker("pt_BR").cpf()


CARD = ("visa", "mastercard", "amex", "discover", "jcb", "maestro")
# Type; how it is made; what stands before it. `{}` in a lead is where it goes.
KINDS: tuple[tuple[str, Make, tuple[str, ...]], ...] = (
    (
        "CREDIT_DEBIT_CARD_NUMBER",
        _any(*(_of("en_US", "credit_card_number", card_type=card) for card in CARD[:5])),
        (
            "Please charge card {}.",
            "My Visa is {}",
            "Card no. {} was declined",
            "Zahlung mit Karte {}",
            "tarjeta {}",
            "payment: {}",
        ),
    ),
    (
        "CREDIT_DEBIT_CARD_NUMBER",
        _grouped(_of("en_US", "credit_card_number", card_type="visa16"), (4, 4, 4), " "),
        ("{} is my card", "paid with {}", "Carte : {}"),
    ),
    (
        "CREDIT_DEBIT_CARD_NUMBER",
        _grouped(_of("en_US", "credit_card_number", card_type="mastercard"), (4, 4, 4), "-"),
        ("{}", "ref card {}"),
    ),
    (
        "US_SOCIAL_SECURITY_NUMBER",
        _of("en_US", "ssn"),
        ("SSN: {}", "social security number {}", "his social is {}", "applicant {} approved"),
    ),
    ("US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER", _of("en_US", "itin"), ("ITIN {}", "taxpayer id {}")),
    (
        "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
        _any(*(_of(locale, "iban") for locale in _IBAN_LOCALES)),
        ("IBAN: {}", "Bitte auf {} überweisen", "virement sur {}", "account {}"),
    ),
    ("INTERNATIONAL_BANK_ACCOUNT_NUMBER", _iban_grouped, ("IBAN {}", "pay to {} please")),
    ("SWIFT_CODE", _of("en_GB", "swift"), ("SWIFT {}", "BIC: {}", "SWIFT/BIC code {}")),
    ("US_BANK_ROUTING_NUMBER", _of("en_US", "aba"), ("routing number {}", "ABA {}")),
    (
        "EMAIL",
        _any(*(_of(locale, "email") for locale in ("en_US", "de_DE", "fr_FR", "pl_PL"))),
        ("write to {}", "Contact: <{}>", "{} hat geschrieben", "cc {};"),
    ),
    (
        "PHONE",
        _phone,
        (
            "call {}",
            "Tel.: {}",
            "phone {}",
            "Mobile: {}",
            "Rückruf unter {}, Telefon",
            "mi teléfono es {}",
            "my number is {}, call me",
            "fax {}",
        ),
    ),
    ("IP_ADDRESS", _of("en_US", "ipv4"), ("login from {}", "host {} is down", "src={} dst=any")),
    ("IP_ADDRESS", _of("en_US", "ipv6"), ("login from {}", "AAAA {}")),
    ("MAC_ADDRESS", _of("en_US", "mac_address"), ("device {}", "MAC {}")),
    ("URL", _of("en_US", "url"), ("see {}", "link: {} (new)")),
    ("URL", _of("de_DE", "domain_name"), ("website {}", "our site is www.{} now")),
    ("VEHICLE_IDENTIFICATION_NUMBER", _of("en_US", "vin"), ("VIN {}", "the vehicle {} was towed")),
    ("UK_NATIONAL_INSURANCE_NUMBER", _of("en_GB", "ssn"), ("NI number {}", "national insurance: {}")),
    (
        "FR_SOCIAL_SECURITY_NUMBER",
        _of("fr_FR", "ssn"),
        ("NIR {}", "numéro de sécurité sociale : {}", "assuré {}"),
    ),
    ("ES_NIF", _any(_of("es_ES", "nif"), _of("es_ES", "nie")), ("NIF {}", "con DNI {}", "cliente {}")),
    ("IT_FISCAL_CODE", _of("it_IT", "ssn"), ("codice fiscale {}", "CF {}")),
    ("NL_CITIZEN_SERVICE_NUMBER", _of("nl_NL", "ssn"), ("BSN {}", "burgerservicenummer: {}")),
    ("PL_PESEL", _of("pl_PL", "pesel"), ("PESEL {}", "nr PESEL: {}")),
    ("PT_NIF", _of("pt_PT", "vat_id"), ()),
    ("BE_NATIONAL_NUMBER", _of("nl_BE", "ssn"), ("rijksregisternummer {}",)),
    ("SE_PERSONAL_NUMBER", _of("sv_SE", "ssn"), ("personnummer {}", "kund {}")),
    ("FI_PERSONAL_IDENTITY_CODE", _of("fi_FI", "ssn"), ("henkilötunnus {}", "asiakas {}")),
    ("NO_BIRTH_NUMBER", _of("no_NO", "ssn"), ("fødselsnummer {}", "kunde {}")),
    ("DK_CPR", _of("da_DK", "ssn"), ()),
    ("CZ_BIRTH_NUMBER", _of("cs_CZ", "birth_number"), ("rodné číslo {}",)),
    ("RO_CNP", _of("ro_RO", "ssn"), ("CNP {}",)),
    ("TR_IDENTITY_NUMBER", _of("tr_TR", "ssn"), ("TC kimlik no {}",)),
    ("BR_CPF", _cpf, ("CPF {}", "cliente de CPF {}", "pagador {}")),
    ("BR_CNPJ", _of("pt_BR", "cnpj"), ("CNPJ {}",)),
    ("IN_AADHAAR", _of("en_IN", "aadhaar_id"), ("Aadhaar {}", "aadhaar number: {}")),
    ("DE_TAX_ID", _of("de_DE", "vat_id"), ()),
    ("CH_SOCIAL_SECURITY_NUMBER", _of("de_CH", "ssn"), ("AHV-Nr. {}", "versichert {}")),
    ("KR_RRN", _of("ko_KR", "ssn"), ("RRN {}",)),
    ("CN_RESIDENT_ID", _of("zh_CN", "ssn"), ("身份证 {}", "id {}")),
    ("ZA_IDENTITY_NUMBER", _of("zu_ZA", "ssn"), ()),
    ("CA_SOCIAL_INSURANCE_NUMBER", _of("en_CA", "ssn"), ("SIN {}", "social insurance number {}")),
    ("MX_CURP", _of("es_MX", "curp"), ("CURP {}",)),
    ("CL_RUT", _of("es_CL", "rut"), ()),
    (
        "AWS_ACCESS_KEY",
        lambda generator: (
            "AKIA" + "".join(generator.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))
        ),
        ("aws_access_key_id={}", "key {}"),
    ),
    (
        "CREDIT_DEBIT_CARD_EXPIRY",
        _of("en_US", "credit_card_expire"),
        ("exp {}", "valid thru {}", "gültig bis {}"),
    ),
    (
        "CREDIT_DEBIT_CARD_CVV",
        lambda generator: _digits(generator, 3),
        ("CVV {}", "cvc: {}", "security code is {}"),
    ),
    ("DATE_OF_BIRTH", _of("en_US", "date"), ("DOB: {}", "born on {}", "geboren am {}", "date of birth {}")),
    (
        "AGE",
        lambda generator: str(generator.randrange(18, 95)),
        ("aged {}", "she is {} years old", "Age: {}", "il a {} ans", "{} Jahre alt"),
    ),
    (
        "LICENSE_PLATE",
        _any(*(_of(locale, "license_plate") for locale in ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES"))),
        ("license plate {}", "Kennzeichen {}", "number plate: {}"),
    ),
)

FRAMES = (
    "{}",
    "Hello, {}. Thanks for your help!",
    "Ticket 4821: {}\nPlease advise.",
    "- {}\n- nothing else to report",
    "Note to file ({})",
    "As discussed with the team this morning, {}, and we will get back to you by Friday.",
    "[INFO] {} [done]",
    "> {}\n\nI will look into it.",
)

LOOK_ALIKES: tuple[Make, ...] = (
    lambda g: f"Order {_digits(g, 3)}-{_digits(g, 7)}-{_digits(g, 7)} has shipped",
    lambda g: f"order number {_digits(g, 9)} is confirmed",
    lambda g: f"PO-{_digits(g, 8)} was approved on 2025-0{g.randrange(1, 9)}-1{g.randrange(9)}",
    lambda g: f"Invoice INV-{_digits(g, 4)}-{_digits(g, 6)} is overdue by {g.randrange(2, 60)} days",
    lambda g: f"part number {_digits(g, 3)}-{_digits(g, 2)}-{_digits(g, 4)} is out of stock",
    lambda g: (
        f"P/N {_digits(g, 4)}-{_digits(g, 3)}-{_digits(g, 3)} rev B replaces {_digits(g, 3)}-{_digits(g, 4)}"
    ),
    lambda g: f"SKU {_digits(g, 12)} costs {g.randrange(1, 900)}.{_digits(g, 2)} EUR",
    lambda g: f"ISBN {faker('en_US').isbn13()} is a good read",
    lambda g: f"ISBN-10: {faker('en_US').isbn10()}",
    lambda g: f"EAN {faker('en_US').ean13()} scanned twice",
    lambda g: f"commit {faker('en_US').sha1()} broke the build",
    lambda g: f"md5 {faker('en_US').md5()}",
    lambda g: f"sha256:{faker('en_US').sha256()}",
    lambda g: f"request id {faker('en_US').uuid4()} failed",
    lambda g: f"upgrade to v{g.randrange(1, 20)}.{g.randrange(20)}.{g.randrange(200)} today",
    lambda g: f"version {g.randrange(1, 12)}.{g.randrange(9)}.{g.randrange(99)}.{g.randrange(999)} fixes it",
    lambda g: f"firmware {g.randrange(1, 12)}.{g.randrange(9)}.{g.randrange(99)}.{g.randrange(200)} is old",
    lambda g: (
        f"at 2025-{g.randrange(10, 12)}-{g.randrange(10, 28)}"
        f"T{g.randrange(10, 23)}:{g.randrange(10, 59)}:{g.randrange(10, 59)}Z"
    ),
    lambda g: (
        f"{g.randrange(10, 23)}:{g.randrange(10, 59)}:{g.randrange(10, 59)}.{_digits(g, 6)} worker started"
    ),
    lambda g: f"epoch {1_700_000_000 + g.randrange(10**7)} and {1_700_000_000_000 + g.randrange(10**9)}",
    lambda g: f"Tracking 1Z{_digits(g, 3)}AA{_digits(g, 10)} is in transit",
    lambda g: f"tracking number {_digits(g, 12)}",
    lambda g: f"parcel {_digits(g, 20)} arrived",
    lambda g: f"serial number {g.choice('ABCDEFG')}{_digits(g, 9)}",
    lambda g: f"S/N {_digits(g, 4)}-{_digits(g, 4)}-{_digits(g, 4)}",
    lambda g: f"located at {g.randrange(-80, 80)}.{_digits(g, 6)}, {g.randrange(-170, 170)}.{_digits(g, 6)}",
    lambda g: (
        f"revenue of ${g.randrange(1, 99)},{_digits(g, 3)},{_digits(g, 3)} in Q{g.randrange(1, 4)} "
        f"20{g.randrange(10, 26)}"
    ),
    lambda g: (
        f"rose from {_digits(g, 2)}.{_digits(g, 2)} to {_digits(g, 3)}.{_digits(g, 2)} "
        f"({g.randrange(5, 90)}%)"
    ),
    lambda g: f"budget {g.randrange(100, 999)} {_digits(g, 3)} {_digits(g, 3)} EUR",
    lambda g: (
        f"room {g.randrange(100, 999)}, floor {g.randrange(1, 30)}, seats "
        f"{g.randrange(10, 99)}-{g.randrange(100, 200)}"
    ),
    lambda g: (
        f"pages {g.randrange(10, 99)}-{g.randrange(100, 300)}, table {g.randrange(1, 9)}.{g.randrange(1, 9)}"
    ),
    lambda g: f"case no. 20{g.randrange(10, 26)}-CV-{_digits(g, 5)}",
    lambda g: f"ticket #{_digits(g, 7)} and #{_digits(g, 7)}",
    lambda g: f"batch {_digits(g, 6)}-{_digits(g, 2)} passed, lot {_digits(g, 8)}",
    lambda g: f"doi:10.{_digits(g, 4)}/s{_digits(g, 5)}-0{_digits(g, 2)}-{_digits(g, 5)}-{g.randrange(9)}",
    lambda g: f"RFC {g.randrange(1000, 9999)} and ISO 27001:2022 apply",
    lambda g: f"open from 08:00-{g.randrange(14, 20)}:00, closed 24.12.-26.12.",
    lambda g: (
        f"flight LH{g.randrange(100, 999)} at gate B{g.randrange(1, 40)} on "
        f"1{g.randrange(9)}.0{g.randrange(1, 9)}.2025"
    ),
    lambda g: (
        f"bolt M{g.randrange(3, 20)}x{g.randrange(10, 90)}, torque {g.randrange(10, 99)}.{g.randrange(9)} "
        f"Nm, DIN 931"
    ),
    lambda g: f"resolution 1920x1080, {_digits(g, 2)}.{_digits(g, 2)} fps, {_digits(g, 8)} bytes",
    lambda g: f"std::{g.choice(('map', 'cafe', 'decade'))}::{g.choice(('begin', 'face', 'end'))} in main.py",
    lambda g: f"pin the tab, then press {g.randrange(2, 9)}; token count {g.randrange(100, 9000)}",
    lambda g: f"warranty of {g.randrange(2, 10)} years, model year 20{g.randrange(10, 26)}",
    lambda g: f"score 3-2, 21-19, {g.randrange(10, 30)}-{g.randrange(10, 30)}",
    lambda g: f"error 0x{_digits(g, 8)} at address 0x7ffd{_digits(g, 8)}",
    lambda g: (
        f"the {g.randrange(18, 22)}th century, the 19{g.randrange(10, 99)}s and "
        f"20{g.randrange(10, 25)}/{g.randrange(11, 26)}"
    ),
    lambda g: f"customer since {g.randrange(1990, 2024)}, {_digits(g, 4)} points, tier {g.randrange(1, 4)}",
    lambda g: f"meter reading {_digits(g, 6)} kWh, previous {_digits(g, 6)}",
    lambda g: f"transaction {''.join(g.choice('0123456789ABCDEF') for _ in range(16))} posted",
    lambda g: f"contract {g.choice('ABCD')}{g.choice('EFGH')}-{_digits(g, 7)}/{_digits(g, 2)} ends soon",
)


def sensitive_texts(seed: int, count: int) -> list[Text]:
    generator = random.Random(seed)
    usable = [kind for kind in KINDS if kind[2]]
    texts = []
    for place in range(count):
        kind, make, leads = usable[place % len(usable)]
        value = make(generator)
        lead = generator.choice(leads)
        said = lead.replace("{}", value)
        frame = generator.choice(FRAMES)
        at = frame.index("{}") + lead.index("{}")
        texts.append(Text(frame.replace("{}", said), [Span(kind, at, at + len(value))]))
    return texts


def look_alikes(seed: int, count: int) -> list[str]:
    generator = random.Random(seed)
    return [
        generator.choice(FRAMES).replace("{}", LOOK_ALIKES[place % len(LOOK_ALIKES)](generator))
        for place in range(count)
    ]
