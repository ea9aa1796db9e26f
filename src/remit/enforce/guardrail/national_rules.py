"""Numbers that countries give people and companies: how each is written, and the sum that it keeps.

A form that a random number seldom keeps is enough by itself (`alone`); of the others, a word before them must
say what they are. Which these are was judged by how often digits without meaning pass: more than about one in
five hundred asks for a word.
"""

from __future__ import annotations

from collections.abc import Callable

from remit.enforce.guardrail import check_digits as check
from remit.enforce.guardrail.label import OTHERWISE
from remit.enforce.guardrail.rule import Rule

_D = "[0-9]"
_S = "[ .-]?"
_GAP = "[ -]?"
SIX_DIGITS = r"[0-9](?:[ ./()-]{0,3}[0-9]){5}"
"""What every number has at least that is asked for by a word before it."""


def national(
    kind: str,
    pattern: str,
    check: Callable[[str], bool] | None,
    cues: str,
    *,
    alone: bool = False,
    labelled: bool = False,
    rank: int = 50,
    ignore_case: bool = False,
) -> Rule:
    right = r"(?![0-9A-Za-z_]|[.,-][0-9])"
    return Rule(
        kind,
        pattern,
        rank,
        check=check,
        cues=cues,
        alone=alone,
        labelled=labelled,
        left=r"(?<![0-9A-Za-z_])(?<![0-9][.,/-])",
        right=right,
        ignore_case=ignore_case,
        veto=OTHERWISE,
        gate="" if alone else SIX_DIGITS,
    )


def _ssn(value: str) -> bool:
    """Not one that the US administration never gives out, or one that a film or a form made known."""
    area, group, serial = value[:3], value[3:5], value[5:]
    refused = area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000"
    return not refused and value not in ("078051120", "219099999", "123456789", "111111111")


def _itin(value: str) -> bool:
    return value[0] == "9" and (50 <= int(value[3:5]) <= 65 or 70 <= int(value[3:5]) <= 99)


def _nino(value: str) -> bool:
    return value[:2] not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")


def _mbi(value: str) -> bool:
    return value[0] != "0"


RULES: tuple[Rule, ...] = (
    # United States, Canada
    national(
        "US_SOCIAL_SECURITY_NUMBER",
        f"{_D}{{3}}-{_D}{{2}}-{_D}{{4}}",
        _ssn,
        r"ssn|ssns|ss#|social security|social",
        alone=True,
        labelled=True,
    ),
    national(
        "US_SOCIAL_SECURITY_NUMBER",
        f"{_D}{{3}}[ .]?{_D}{{2}}[ .]?{_D}{{4}}",
        _ssn,
        r"ssn|ssns|social security(?: (?:number|no|num))?|social sec",
        labelled=True,
    ),
    national(
        "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
        f"9{_D}{{2}}-{_D}{{2}}-{_D}{{4}}",
        _itin,
        r"itin|individual tax\w*|tax\w*",
        alone=True,
        rank=55,
    ),
    national(
        "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
        f"9{_D}{{2}} ?{_D}{{2}} ?{_D}{{4}}",
        _itin,
        r"itin|individual tax\w*",
        rank=55,
    ),
    national(
        "US_EMPLOYER_IDENTIFICATION_NUMBER",
        f"{_D}{{2}}-{_D}{{7}}",
        None,
        r"ein|employer id\w*|employer identification number|federal tax id|fein",
        labelled=True,
    ),
    national(
        "US_MEDICARE_BENEFICIARY_IDENTIFIER",
        r"[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?"
        r"[AC-HJKMNP-RT-Y]{2}[0-9]{2}",
        _mbi,
        r"medicare|mbi|beneficiary",
        alone=True,
    ),
    national("US_NATIONAL_PROVIDER_IDENTIFIER", f"[12]{_D}{{9}}", check.us_npi, r"npi|provider id\w*"),
    national(
        "US_DRUG_ENFORCEMENT_NUMBER",
        f"[ABCDEFGHJKLMPRSTUX][A-Z9]{_D}{{7}}",
        check.us_dea,
        r"dea",
        alone=False,
    ),
    national(
        "CA_SOCIAL_INSURANCE_NUMBER",
        f"{_D}{{3}}[ -]{_D}{{3}}[ -]{_D}{{3}}",
        check.ca_sin,
        r"sin|social insurance|nas|assurance sociale",
        labelled=True,
    ),
    national(
        "CA_SOCIAL_INSURANCE_NUMBER",
        f"{_D}{{9}}",
        check.ca_sin,
        r"sin|social insurance|nas|assurance sociale",
        labelled=True,
    ),
    national(
        "CA_HEALTH_NUMBER",
        f"(?:{_D}{{4}}[ -]?{_D}{{3}}[ -]?{_D}{{3}}(?:[ -]?[A-Z]{{2}})?|[A-Z]{{4}} ?{_D}{{4}} ?{_D}{{4}}|"
        f"{_D}{{9,10}})",
        None,
        r"health card|health number|health insurance|ohip|phn|ramq|assurance[ -]maladie|carte soleil|msp",
        rank=52,
    ),
    # United Kingdom, Ireland
    national(
        "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
        f"{_D}{{3}}[ -]{_D}{{3}}[ -]{_D}{{4}}",
        check.uk_nhs,
        r"nhs|national health|patient",
        labelled=True,
    ),
    national(
        "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
        f"{_D}{{10}}",
        check.uk_nhs,
        r"nhs|national health",
        labelled=True,
    ),
    national(
        "UK_NATIONAL_INSURANCE_NUMBER",
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]",
        _nino,
        r"nino|national insurance|ni number|ni no",
        alone=True,
    ),
    national(
        "UK_NATIONAL_INSURANCE_NUMBER",
        r"[A-Z]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-Z]",
        None,
        r"nino|national insurance|ni number|ni no",
        ignore_case=True,
    ),
    national(
        "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER",
        f"{_D}{{5}} ?{_D}{{5}}",
        check.uk_utr,
        r"utr|unique taxpayer|taxpayer reference|self[ -]assessment|tax reference",
    ),
    national(
        "IE_PERSONAL_PUBLIC_SERVICE_NUMBER",
        f"{_D}{{7}}[A-W][A-IW]?",
        check.ie_pps,
        r"pps|ppsn|ppsno|personal public service",
        labelled=True,
    ),
    # South America, Mexico
    national(
        "BR_CPF",
        rf"{_D}{{3}}\.{_D}{{3}}\.{_D}{{3}}-{_D}{{2}}",
        check.br_cpf,
        r"cpf",
        alone=True,
        labelled=True,
    ),
    national("BR_CPF", f"{_D}{{11}}", check.br_cpf, r"cpf", labelled=True),
    national(
        "BR_CNPJ",
        rf"{_D}{{2}}\.{_D}{{3}}\.{_D}{{3}}/{_D}{{4}}-{_D}{{2}}",
        check.br_cnpj,
        r"cnpj",
        alone=True,
        labelled=True,
    ),
    national("BR_CNPJ", f"{_D}{{14}}", check.br_cnpj, r"cnpj", labelled=True),
    national(
        "CL_RUT",
        rf"{_D}{{1,2}}\.{_D}{{3}}\.{_D}{{3}}-[0-9Kk]",
        check.cl_rut,
        r"rut|run",
        alone=True,
        labelled=True,
    ),
    national("CL_RUT", rf"{_D}{{7,8}}-?[0-9Kk]", check.cl_rut, r"rut", labelled=True),
    national(
        "MX_CURP",
        r"[A-Z][AEIOUX][A-Z]{2}[0-9]{6}[HM][A-Z]{5}[0-9A-Z][0-9]",
        check.mx_curp,
        r"curp",
        alone=True,
        labelled=True,
    ),
    # Asia
    national(
        "IN_AADHAAR",
        rf"{_D}{{4}}[ -]{_D}{{4}}[ -]{_D}{{4}}",
        check.verhoeff,
        r"aadhaar|aadhar|uidai|uid",
        labelled=True,
    ),
    national("IN_AADHAAR", rf"{_D}{{12}}", check.verhoeff, r"aadhaar|aadhar|uidai|uid", labelled=True),
    national("IN_PAN", r"[A-Z]{3}[ABCFGHLJPT][A-Z][0-9]{4}[A-Z]", None, r"pan|permanent account", alone=True),
    national("SG_NRIC", r"[STFGM][0-9]{7}[A-Z]", check.sg_nric, r"nric|fin", alone=True, labelled=True),
    national(
        "KR_RRN",
        rf"{_D}{{6}}-[1-8]{_D}{{6}}",
        check.dated,
        r"rrn|resident registration|주민등록번호|주민번호",
        labelled=True,
    ),
    national(
        "KR_RRN",
        rf"{_D}{{6}}-?[1-8]{_D}{{6}}",
        check.kr_rrn,
        r"rrn|resident registration|주민등록번호|주민번호",
        alone=True,
        labelled=True,
    ),
    national(
        "JP_MY_NUMBER",
        rf"{_D}{{4}}[ -]?{_D}{{4}}[ -]?{_D}{{4}}",
        check.jp_my_number,
        r"my number|mynumber|individual number|マイナンバー|個人番号",
        labelled=True,
    ),
    national(
        "CN_RESIDENT_ID",
        r"[1-8][0-9]{16}[0-9Xx]",
        check.cn_resident,
        r"身份证|身份证号|身份证号码|resident id",
        alone=True,
        labelled=True,
    ),
    national(
        "HK_IDENTITY_CARD",
        r"[A-Z]{1,2}[0-9]{6}\([0-9A]\)",
        check.hk_identity,
        r"hkid|identity card",
        alone=True,
    ),
    national(
        "TW_NATIONAL_ID", r"[A-Z][12][0-9]{8}", check.tw_identity, r"national id|identity card|身分證\w*"
    ),
    national("IL_IDENTITY_NUMBER", f"{_D}{{9}}", check.luhn, r"teudat zehut|תעודת זהות|israeli id"),
    # Africa, Oceania
    national(
        "ZA_IDENTITY_NUMBER",
        rf"{_D}{{6}} ?{_D}{{4}} ?{_D}{{3}}",
        check.za_identity,
        r"id|identity|south africa\w*|sa id",
    ),
    national(
        "AU_TFN", rf"{_D}{{3}}[ -]?{_D}{{3}}[ -]?{_D}{{3}}", check.au_tfn, r"tfn|tax file", labelled=True
    ),
    national("AU_ABN", rf"{_D}{{2}} ?{_D}{{3}} ?{_D}{{3}} ?{_D}{{3}}", check.au_abn, r"abn|business number"),
    national(
        "AU_MEDICARE",
        rf"[2-6]{_D}{{3}}[ -]?{_D}{{5}}[ -]?{_D}(?:[ /-]?[1-9])?",
        check.au_medicare,
        r"medicare",
    ),
    national("NZ_IRD", rf"{_D}{{2,3}}-?{_D}{{3}}-?{_D}{{3}}", check.nz_ird, r"ird|inland revenue"),
)
