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


def _rule(
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
    _rule(
        "US_SOCIAL_SECURITY_NUMBER",
        f"{_D}{{3}}-{_D}{{2}}-{_D}{{4}}",
        _ssn,
        r"ssn|ssns|ss#|social security|social",
        alone=True,
        labelled=True,
    ),
    _rule(
        "US_SOCIAL_SECURITY_NUMBER",
        f"{_D}{{3}}[ .]?{_D}{{2}}[ .]?{_D}{{4}}",
        _ssn,
        r"ssn|ssns|social security(?: (?:number|no|num))?|social sec",
        labelled=True,
    ),
    _rule(
        "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
        f"9{_D}{{2}}-{_D}{{2}}-{_D}{{4}}",
        _itin,
        r"itin|individual tax\w*|tax\w*",
        alone=True,
        rank=55,
    ),
    _rule(
        "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
        f"9{_D}{{2}} ?{_D}{{2}} ?{_D}{{4}}",
        _itin,
        r"itin|individual tax\w*",
        rank=55,
    ),
    _rule(
        "US_EMPLOYER_IDENTIFICATION_NUMBER",
        f"{_D}{{2}}-{_D}{{7}}",
        None,
        r"ein|employer id\w*|employer identification number|federal tax id|fein",
        labelled=True,
    ),
    _rule(
        "US_MEDICARE_BENEFICIARY_IDENTIFIER",
        r"[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?"
        r"[AC-HJKMNP-RT-Y]{2}[0-9]{2}",
        _mbi,
        r"medicare|mbi|beneficiary",
        alone=True,
    ),
    _rule("US_NATIONAL_PROVIDER_IDENTIFIER", f"[12]{_D}{{9}}", check.us_npi, r"npi|provider id\w*"),
    _rule(
        "US_DRUG_ENFORCEMENT_NUMBER",
        f"[ABCDEFGHJKLMPRSTUX][A-Z9]{_D}{{7}}",
        check.us_dea,
        r"dea",
        alone=False,
    ),
    _rule(
        "CA_SOCIAL_INSURANCE_NUMBER",
        f"{_D}{{3}}[ -]{_D}{{3}}[ -]{_D}{{3}}",
        check.ca_sin,
        r"sin|social insurance|nas|assurance sociale",
        labelled=True,
    ),
    _rule(
        "CA_SOCIAL_INSURANCE_NUMBER",
        f"{_D}{{9}}",
        check.ca_sin,
        r"sin|social insurance|nas|assurance sociale",
        labelled=True,
    ),
    _rule(
        "CA_HEALTH_NUMBER",
        f"(?:{_D}{{4}}[ -]?{_D}{{3}}[ -]?{_D}{{3}}(?:[ -]?[A-Z]{{2}})?|[A-Z]{{4}} ?{_D}{{4}} ?{_D}{{4}}|"
        f"{_D}{{9,10}})",
        None,
        r"health card|health number|health insurance|ohip|phn|ramq|assurance[ -]maladie|carte soleil|msp",
        rank=52,
    ),
    # United Kingdom, Ireland
    _rule(
        "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
        f"{_D}{{3}}[ -]{_D}{{3}}[ -]{_D}{{4}}",
        check.uk_nhs,
        r"nhs|national health|patient",
        labelled=True,
    ),
    _rule(
        "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
        f"{_D}{{10}}",
        check.uk_nhs,
        r"nhs|national health",
        labelled=True,
    ),
    _rule(
        "UK_NATIONAL_INSURANCE_NUMBER",
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]",
        _nino,
        r"nino|national insurance|ni number|ni no",
        alone=True,
    ),
    _rule(
        "UK_NATIONAL_INSURANCE_NUMBER",
        r"[A-Z]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-Z]",
        None,
        r"nino|national insurance|ni number|ni no",
        ignore_case=True,
    ),
    _rule(
        "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER",
        f"{_D}{{5}} ?{_D}{{5}}",
        check.uk_utr,
        r"utr|unique taxpayer|taxpayer reference|self[ -]assessment|tax reference",
    ),
    _rule(
        "IE_PERSONAL_PUBLIC_SERVICE_NUMBER",
        f"{_D}{{7}}[A-W][A-IW]?",
        check.ie_pps,
        r"pps|ppsn|ppsno|personal public service",
        labelled=True,
    ),
    # Germany, Austria, Switzerland
    _rule(
        "DE_TAX_ID",
        rf"[1-9]{_D}(?: ?{_D}{{3}}){{3}}",
        check.mod11_10,
        r"steuer-?\w*|steuerliche|idnr|id-nr\.?|tin|tax id\w*|tax number|identifikationsnummer",
    ),
    _rule(
        "DE_PENSION_INSURANCE_NUMBER",
        rf"{_D}{{2}} ?[0-3]{_D}[01]{_D}{{3}} ?[A-Z] ?{_D}{{3}}",
        check.de_pension,
        r"\w*versicherungsnummer|\w*versicherungsnr\.?|rvnr|sv-nummer|svnr|sozialversicherung\w*|"
        r"rentenversicherung\w*",
        alone=True,
    ),
    _rule(
        "AT_SOCIAL_INSURANCE_NUMBER",
        rf"[1-9]{_D}{{3}} ?{_D}{{6}}",
        check.at_social,
        r"svnr|sv-nr\.?|sv-nummer|sozialversicherung\w*|versicherungsnummer",
    ),
    _rule(
        "CH_SOCIAL_SECURITY_NUMBER",
        rf"756{_S}{_D}{{4}}{_S}{_D}{{4}}{_S}{_D}{{2}}",
        check.ean13,
        r"ahv\w*|avs",
        alone=True,
        labelled=True,
    ),
    # France, Benelux
    _rule(
        "FR_SOCIAL_SECURITY_NUMBER",
        rf"[1-478]{_GAP}{_D}{{2}}{_GAP}(?:0[1-9]|1[0-2]|[2-9]{_D}){_GAP}(?:{_D}{{2}}|"
        rf"2[AB]){_GAP}{_D}{{3}}{_GAP}{_D}{{3}}{_GAP}{_D}{{2}}",
        check.fr_nir,
        r"nir|s[ée]curit[ée] sociale|s[ée]cu|insee",
        alone=True,
        rank=58,
        labelled=True,
    ),
    _rule(
        "FR_TAX_ID",
        rf"[0-3]{_D} ?{_D}{{2}} ?{_D}{{3}} ?{_D}{{3}} ?{_D}{{3}}",
        lambda value: int(value[:10]) % 511 == int(value[10:]),
        r"spi|fiscal\w*|imp[ôo]ts?|tin",
    ),
    _rule(
        "NL_CITIZEN_SERVICE_NUMBER",
        rf"{_D}{{9}}|{_D}{{4}}[ .]{_D}{{2}}[ .]{_D}{{3}}|{_D}{{3}}[ .]{_D}{{3}}[ .]{_D}{{3}}",
        check.nl_bsn,
        r"bsn|burgerservicenummer|sofi\w*|citizen service number",
        labelled=True,
    ),
    _rule(
        "BE_NATIONAL_NUMBER",
        rf"{_D}{{2}}\.{_D}{{2}}\.{_D}{{2}}-{_D}{{3}}\.{_D}{{2}}",
        check.be_national,
        r"rijksregister\w*|registre national|num[ée]ro national|insz|niss|national number|nationaal nummer",
        alone=True,
        labelled=True,
    ),
    _rule(
        "BE_NATIONAL_NUMBER",
        f"{_D}{{11}}",
        check.be_national,
        r"rijksregister\w*|registre national|num[ée]ro national|insz|niss|national number|nationaal nummer",
        labelled=True,
    ),
    # Spain, Portugal, Italy, Greece
    _rule(
        "ES_NIF", r"(?:[0-9]{8}|[XYZ]-?[0-9]{7})-?[A-HJ-NP-TV-Z]", check.es_nif, r"nif|dni|nie", alone=True
    ),
    _rule(
        "IT_FISCAL_CODE",
        r"[A-Z]{6}[0-9]{2}[A-EHLMPR-T][0-9]{2}[A-Z][0-9]{3}[A-Z]",
        check.it_fiscal_code,
        r"codice fiscale|fiscal\w*",
        alone=True,
        ignore_case=True,
        labelled=True,
    ),
    _rule("PT_NIF", rf"{_D}{{9}}|{_D}{{3}} {_D}{{3}} {_D}{{3}}", check.pt_nif, r"nif|contribuinte|fiscal"),
    _rule(
        "GR_SOCIAL_SECURITY_NUMBER",
        f"{_D}{{11}}",
        lambda v: check.dated(v, month=2, day=0) and check.luhn(v),
        r"amka|αμκα",
        labelled=True,
    ),
    # The north
    _rule(
        "SE_PERSONAL_NUMBER",
        rf"(?:19|20)?{_D}{{6}}[-+]{_D}{{4}}|(?:19|20){_D}{{10}}",
        check.se_personal,
        r"personnummer|personnr\.?|pnr|samordningsnummer|personal (?:identity )?number",
        alone=True,
        labelled=True,
    ),
    _rule(
        "FI_PERSONAL_IDENTITY_CODE",
        rf"{_D}{{6}}[-+A-FU-Y]{_D}{{3}}[0-9A-FHJ-NPR-Y]",
        check.fi_personal,
        r"hetu|henkil[öo]tunnus",
        alone=True,
        labelled=True,
    ),
    _rule("DK_CPR", rf"{_D}{{6}}-{_D}{{4}}", check.dk_cpr, r"cpr\w*", labelled=True),
    _rule(
        "DK_CPR",
        rf"{_D}{{6}}-?{_D}{{4}}",
        check.dk_cpr_checked,
        r"cpr\w*",
        labelled=True,
    ),
    _rule(
        "NO_BIRTH_NUMBER",
        rf"{_D}{{6}} ?{_D}{{5}}",
        check.no_birth,
        r"f[øo]dselsnummer|personnummer|fnr|d-nummer",
        alone=True,
        labelled=True,
    ),
    # The east
    _rule("PL_PESEL", f"{_D}{{11}}", check.pl_pesel, r"pesel", labelled=True),
    _rule(
        "CZ_BIRTH_NUMBER",
        rf"{_D}{{6}}/{_D}{{3,4}}",
        check.cz_birth,
        r"rodn[ée] [čc][íi]slo|r\. ?[čc]\.|rč",
        alone=True,
        labelled=True,
    ),
    _rule("RO_CNP", f"[1-8]{_D}{{12}}", check.ro_cnp, r"cnp|cod numeric", labelled=True),
    _rule(
        "TR_IDENTITY_NUMBER", f"[1-9]{_D}{{10}}", check.tr_identity, r"t\.?c\.?(?: kimlik)?|kimlik\w*|tckn"
    ),
    # South America, Mexico
    _rule(
        "BR_CPF",
        rf"{_D}{{3}}\.{_D}{{3}}\.{_D}{{3}}-{_D}{{2}}",
        check.br_cpf,
        r"cpf",
        alone=True,
        labelled=True,
    ),
    _rule("BR_CPF", f"{_D}{{11}}", check.br_cpf, r"cpf", labelled=True),
    _rule(
        "BR_CNPJ",
        rf"{_D}{{2}}\.{_D}{{3}}\.{_D}{{3}}/{_D}{{4}}-{_D}{{2}}",
        check.br_cnpj,
        r"cnpj",
        alone=True,
        labelled=True,
    ),
    _rule("BR_CNPJ", f"{_D}{{14}}", check.br_cnpj, r"cnpj", labelled=True),
    _rule(
        "CL_RUT",
        rf"{_D}{{1,2}}\.{_D}{{3}}\.{_D}{{3}}-[0-9Kk]",
        check.cl_rut,
        r"rut|run",
        alone=True,
        labelled=True,
    ),
    _rule("CL_RUT", rf"{_D}{{7,8}}-?[0-9Kk]", check.cl_rut, r"rut", labelled=True),
    _rule(
        "MX_CURP",
        r"[A-Z][AEIOUX][A-Z]{2}[0-9]{6}[HM][A-Z]{5}[0-9A-Z][0-9]",
        check.mx_curp,
        r"curp",
        alone=True,
        labelled=True,
    ),
    # Asia
    _rule(
        "IN_AADHAAR",
        rf"{_D}{{4}}[ -]{_D}{{4}}[ -]{_D}{{4}}",
        check.verhoeff,
        r"aadhaar|aadhar|uidai|uid",
        labelled=True,
    ),
    _rule("IN_AADHAAR", rf"{_D}{{12}}", check.verhoeff, r"aadhaar|aadhar|uidai|uid", labelled=True),
    _rule("IN_PAN", r"[A-Z]{3}[ABCFGHLJPT][A-Z][0-9]{4}[A-Z]", None, r"pan|permanent account", alone=True),
    _rule("SG_NRIC", r"[STFGM][0-9]{7}[A-Z]", check.sg_nric, r"nric|fin", alone=True, labelled=True),
    _rule(
        "KR_RRN",
        rf"{_D}{{6}}-[1-8]{_D}{{6}}",
        check.dated,
        r"rrn|resident registration|주민등록번호|주민번호",
        labelled=True,
    ),
    _rule(
        "KR_RRN",
        rf"{_D}{{6}}-?[1-8]{_D}{{6}}",
        check.kr_rrn,
        r"rrn|resident registration|주민등록번호|주민번호",
        alone=True,
        labelled=True,
    ),
    _rule(
        "JP_MY_NUMBER",
        rf"{_D}{{4}}[ -]?{_D}{{4}}[ -]?{_D}{{4}}",
        check.jp_my_number,
        r"my number|mynumber|individual number|マイナンバー|個人番号",
        labelled=True,
    ),
    _rule(
        "CN_RESIDENT_ID",
        r"[1-8][0-9]{16}[0-9Xx]",
        check.cn_resident,
        r"身份证|身份证号|身份证号码|resident id",
        alone=True,
        labelled=True,
    ),
    _rule(
        "HK_IDENTITY_CARD",
        r"[A-Z]{1,2}[0-9]{6}\([0-9A]\)",
        check.hk_identity,
        r"hkid|identity card",
        alone=True,
    ),
    _rule("TW_NATIONAL_ID", r"[A-Z][12][0-9]{8}", check.tw_identity, r"national id|identity card|身分證\w*"),
    _rule("IL_IDENTITY_NUMBER", f"{_D}{{9}}", check.luhn, r"teudat zehut|תעודת זהות|israeli id"),
    # Africa, Oceania
    _rule(
        "ZA_IDENTITY_NUMBER",
        rf"{_D}{{6}} ?{_D}{{4}} ?{_D}{{3}}",
        check.za_identity,
        r"id|identity|south africa\w*|sa id",
    ),
    _rule("AU_TFN", rf"{_D}{{3}}[ -]?{_D}{{3}}[ -]?{_D}{{3}}", check.au_tfn, r"tfn|tax file", labelled=True),
    _rule("AU_ABN", rf"{_D}{{2}} ?{_D}{{3}} ?{_D}{{3}} ?{_D}{{3}}", check.au_abn, r"abn|business number"),
    _rule(
        "AU_MEDICARE",
        rf"[2-6]{_D}{{3}}[ -]?{_D}{{5}}[ -]?{_D}(?:[ /-]?[1-9])?",
        check.au_medicare,
        r"medicare",
    ),
    _rule("NZ_IRD", rf"{_D}{{2,3}}-?{_D}{{3}}-?{_D}{{3}}", check.nz_ird, r"ird|inland revenue"),
)
