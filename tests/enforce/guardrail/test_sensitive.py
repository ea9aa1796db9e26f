"""Sensitive information is found for what it is, and what only looks like it is left alone."""

from __future__ import annotations

import re._parser as parser  # type: ignore[import-not-found]  # the library has no types for it

import pytest
from hypothesis import given, settings

from guardrail_texts import every_type, texts
from remit.declare.sensitive_type import TYPES
from remit.enforce.guardrail.rule import BEHIND, LENGTH_MAX, Rule
from remit.enforce.guardrail.sensitive import RULES, Sensitive, compile_sensitive


def said(sensitive: Sensitive, text: str) -> list[tuple[str, str]]:
    return [(one.type, text[one.start : one.end]) for one in sensitive.find(text)]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("US_SOCIAL_SECURITY_NUMBER", "her SSN is 536-22-1478.", "536-22-1478"),
        ("US_SOCIAL_SECURITY_NUMBER", "social security number 536 22 1478", "536 22 1478"),
        ("US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER", "ITIN 912-70-1234", "912-70-1234"),
        ("CREDIT_DEBIT_CARD_NUMBER", "paid with 5555-5555-5555-4444 today", "5555-5555-5555-4444"),
        ("CREDIT_DEBIT_CARD_NUMBER", "card 2223003122003222", "2223003122003222"),
        ("CREDIT_DEBIT_CARD_CVV", "the CVV is 737", "737"),
        ("CREDIT_DEBIT_CARD_EXPIRY", "gültig bis 08/29", "08/29"),
        ("INTERNATIONAL_BANK_ACCOUNT_NUMBER", "DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"),
        ("SWIFT_CODE", "BIC: DEUTDEFF500", "DEUTDEFF500"),
        ("US_BANK_ROUTING_NUMBER", "routing number 021000021", "021000021"),
        ("US_BANK_ACCOUNT_NUMBER", "bank account number 000123456789", "000123456789"),
        ("EMAIL", "write to jörg@example.org, please", "jörg@example.org"),
        ("PHONE", "call me at 555-234-5678 tonight", "555-234-5678"),
        ("PHONE", "Tel: 089 12345678", "089 12345678"),
        ("PHONE", "06 12 34 56 78", "06 12 34 56 78"),
        ("IP_ADDRESS", "from 192.168.10.4 it came", "192.168.10.4"),
        ("IP_ADDRESS", "at 2001:db8::8a2e:370:7334 now", "2001:db8::8a2e:370:7334"),
        ("MAC_ADDRESS", "mac 00:1A:2b:3C:4d:5E", "00:1A:2b:3C:4d:5E"),
        ("URL", "see (https://example.org/a?b=1).", "https://example.org/a?b=1"),
        ("URL", "see example.co.uk/path for more", "example.co.uk/path"),
        ("VEHICLE_IDENTIFICATION_NUMBER", "the car 1M8GDM9AXKP042788 is", "1M8GDM9AXKP042788"),
        ("UK_NATIONAL_HEALTH_SERVICE_NUMBER", "NHS number 943 476 5919", "943 476 5919"),
        ("UK_NATIONAL_INSURANCE_NUMBER", "NI AB 12 34 56 C", "AB 12 34 56 C"),
        ("UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER", "UTR 1955839661", "1955839661"),
        ("CA_SOCIAL_INSURANCE_NUMBER", "SIN 130 692 544", "130 692 544"),
        ("DE_TAX_ID", "Steuer-ID 86 095 742 719", "86 095 742 719"),
        ("FR_SOCIAL_SECURITY_NUMBER", "NIR 2 55 08 14 168 025 38", "2 55 08 14 168 025 38"),
        ("NL_CITIZEN_SERVICE_NUMBER", "BSN 111222333", "111222333"),
        ("ES_NIF", "DNI 12345678Z", "12345678Z"),
        ("IT_FISCAL_CODE", "codice fiscale RSSMRA85T10A562S", "RSSMRA85T10A562S"),
        ("PL_PESEL", "PESEL 44051401359", "44051401359"),
        ("BR_CPF", "CPF 111.444.777-35", "111.444.777-35"),
        ("IN_AADHAAR", "Aadhaar 2341 2341 2346", "2341 2341 2346"),
        ("IN_PAN", "PAN ABCPE1234F", "ABCPE1234F"),
        ("AU_TFN", "TFN 123 456 782", "123 456 782"),
        ("AU_ABN", "ABN 51 824 753 556", "51 824 753 556"),
        ("SG_NRIC", "NRIC S1234567D", "S1234567D"),
        ("SE_PERSONAL_NUMBER", "personnummer 640823-3234", "640823-3234"),
        ("FI_PERSONAL_IDENTITY_CODE", "hetu 131052-308T", "131052-308T"),
        ("NO_BIRTH_NUMBER", "fødselsnummer 15108695088", "15108695088"),
        ("CH_SOCIAL_SECURITY_NUMBER", "AHV 756.9217.0769.85", "756.9217.0769.85"),
        ("BE_NATIONAL_NUMBER", "NISS 85.07.30-033.28", "85.07.30-033.28"),
        ("KR_RRN", "RRN 820701-2409184", "820701-2409184"),
        ("CN_RESIDENT_ID", "身份证 11010519491231002X", "11010519491231002X"),
        ("ZA_IDENTITY_NUMBER", "SA ID 8001015009087", "8001015009087"),
        ("CRYPTO_WALLET_ADDRESS", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("AGE", "she is 42 years old", "42"),
        ("AGE", "er ist 37 Jahre alt", "37"),
        ("DATE_OF_BIRTH", "born on 3 May 1971", "3 May 1971"),
        ("DRIVER_ID", "driver's license number is D1234567", "D1234567"),
        ("LICENSE_PLATE", "Kennzeichen: M-AB 1234", "M-AB 1234"),
        ("US_PASSPORT_NUMBER", "passport 963545637", "963545637"),
        ("USERNAME", "username: jdoe_99", "jdoe_99"),
        ("PASSWORD", "the password is sunshine7.", "sunshine7"),
        ("PASSWORD", "password: sunshine", "sunshine"),
        ("PIN", "PIN: 4711", "4711"),
        ("NAME", "My name is Anna Larsen and", "Anna Larsen"),
        ("NAME", "Dear Mr. Larsen,", "Mr. Larsen"),
        ("ADDRESS", "I live at 4 Elm Street, Springfield, IL 62704.", "4 Elm Street, Springfield, IL 62704"),
        ("AWS_ACCESS_KEY", "key AKIAIOSFODNN7EXAMPLQ here", "AKIAIOSFODNN7EXAMPLQ"),
        ("SECRET", "postgres://app:s3cr3tPw9@db.example.org/app", "postgres://app:s3cr3tPw9@db.example.org/app"),
    ],
)  # fmt: skip
def test_what_is_sensitive_is_found_as_what_it_is(kind: str, text: str, value: str) -> None:
    assert (kind, value) in said(every_type(), text)


@pytest.mark.parametrize(
    "text",
    [
        "order 4111-1111-1111-1112 was shipped",
        "part number 123-45-6789 is out of stock",
        "ISBN 978-3-16-148410-0",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "version 10.4.2.1 is out",
        "at 2026-11-30 14:05:22 it rained",
        "the total is 1,234,567.89 for 365 days",
        "std::vector and 12:30",
        "main.py and README.md",
        "DE89370400440532013001",
        "api_key = os.environ['KEY']",
        "password = <your password>",
        "token: xxxxxxxxxxxxxxxxxxxx",
        "550e8400-e29b-41d4-a716-446655440000",
        "invoice 2024-000123456 of 12/2025",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert [one for one in said(every_type(), text) if one[0] != "NAME"] == []


@settings(max_examples=150, deadline=None)
@given(texts)
def test_both_engines_find_the_same_in_order_and_never_raise(text: str) -> None:
    found = every_type().find(text)
    assert found == every_type(fast=False).find(text)
    ends = [0] + [one.end for one in found]
    assert all(before <= one.start < one.end <= len(text) for before, one in zip(ends, found, strict=False))


@pytest.mark.parametrize(
    "piece",
    ["1 ", "1-", "a.", "A", "A ", "a@", "x=", "::1", "0x", "-----BEGIN ", "Rue ", "'a", "password is "],
)
def test_a_text_of_one_thing_repeated_comes_to_an_end(piece: str) -> None:
    found = every_type().find(piece * (200_000 // len(piece)))
    assert all(one.start < one.end for one in found)


def test_only_the_wanted_types_are_compiled() -> None:
    assert said(compile_sensitive(["EMAIL"], {}, {}), "a@example.org 536-22-1478 4 Elm Street") == [
        ("EMAIL", "a@example.org")
    ]


def test_a_type_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="`E_MAIL` is not a type of sensitive information"):
        compile_sensitive(["E_MAIL"], {}, {})


def test_every_rule_is_of_a_type_that_is_listed() -> None:
    known = {one.identifier for one in TYPES}
    assert {rule.type for rule in RULES} <= known
    assert known - {rule.type for rule in RULES} == {"NAME", "ADDRESS"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.type)
def test_every_rule_keeps_the_bounds_that_streams_rest_on(rule: Rule) -> None:
    assert parser.parse(rule.pattern).getwidth()[1] <= LENGTH_MAX
    label, _, value = rule.pattern.partition("(?P<v>")
    # A window keeps twice as much as what may say what a candidate is.
    assert not value or parser.parse(label).getwidth()[1] < 2 * BEHIND
