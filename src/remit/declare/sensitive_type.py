"""The types of sensitive information: what each is called, where it belongs, what it is.

The first of each group bear the names that Bedrock gives them; more countries' are named in the same way.
What a customer's own pattern finds bears the pattern's name.
"""

from __future__ import annotations

import msgspec


class SensitiveType(msgspec.Struct, frozen=True):
    identifier: str
    group: str
    description: str


_ROWS: tuple[tuple[str, str, str], ...] = (
    (
        "ADDRESS",
        "General",
        "a postal address: number and street, with what of unit, town and postcode follows",
    ),
    ("AGE", "General", "how old a person is"),
    ("NAME", "General", "a person's name"),
    ("EMAIL", "General", "an e-mail address"),
    ("PHONE", "General", "a telephone number"),
    ("USERNAME", "General", "what a user logs in as, after a word that says so"),
    ("PASSWORD", "General", "a password, after a word that says so"),
    ("DRIVER_ID", "General", "a driving licence's number, after a word that says so"),
    ("LICENSE_PLATE", "General", "a vehicle's registration, after a word that says so"),
    (
        "VEHICLE_IDENTIFICATION_NUMBER",
        "General",
        "a vehicle's number, by its check digit or a word before it",
    ),
    ("DATE_OF_BIRTH", "General", "a date, after a word that says that somebody was born"),
    ("PASSPORT_NUMBER", "General", "a passport's number, of any country, after a word that says so"),
    ("CREDIT_DEBIT_CARD_NUMBER", "Finance", "a payment card's number, by network, length and check digit"),
    ("CREDIT_DEBIT_CARD_CVV", "Finance", "a card's security code, after a word that says so"),
    ("CREDIT_DEBIT_CARD_EXPIRY", "Finance", "the month in which a card expires, after a word that says so"),
    ("PIN", "Finance", "a personal identification number, after a word that says so"),
    ("INTERNATIONAL_BANK_ACCOUNT_NUMBER", "Finance", "an IBAN, by country, length and check digits"),
    ("SWIFT_CODE", "Finance", "a bank's SWIFT code or BIC, after a word that says so"),
    (
        "CRYPTO_WALLET_ADDRESS",
        "Finance",
        "a Bitcoin, Litecoin or Ethereum address, by its check where it has one",
    ),
    ("IP_ADDRESS", "IT", "an IPv4 or IPv6 address"),
    ("MAC_ADDRESS", "IT", "a network card's address"),
    ("URL", "IT", "a web address, with or without its scheme"),
    ("AWS_ACCESS_KEY", "IT", "an AWS access key's id"),
    ("AWS_SECRET_KEY", "IT", "an AWS secret key, after a word that says so"),
    ("IMEI", "IT", "a mobile device's number, after a word that says so"),
    ("SECRET", "IT", "a key, token or password of a machine: see the kinds of secrets"),
    ("US_BANK_ACCOUNT_NUMBER", "USA", "a US bank account's number, after a word that says so"),
    ("US_BANK_ROUTING_NUMBER", "USA", "a US bank's routing number, by its check digit and a word before it"),
    ("US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER", "USA", "an ITIN"),
    ("US_PASSPORT_NUMBER", "USA", "a US passport's number, after a word that says so"),
    ("US_SOCIAL_SECURITY_NUMBER", "USA", "a social security number"),
    ("US_EMPLOYER_IDENTIFICATION_NUMBER", "USA", "an EIN, after a word that says so"),
    ("US_MEDICARE_BENEFICIARY_IDENTIFIER", "USA", "a Medicare card's number"),
    ("US_NATIONAL_PROVIDER_IDENTIFIER", "USA", "an NPI, by its check digit and a word before it"),
    ("US_DRUG_ENFORCEMENT_NUMBER", "USA", "a DEA registration, by its check digit and a word before it"),
    ("CA_HEALTH_NUMBER", "Canada", "a province's health number, after a word that says so"),
    ("CA_SOCIAL_INSURANCE_NUMBER", "Canada", "a SIN, by its check digit and a word before it"),
    ("UK_NATIONAL_HEALTH_SERVICE_NUMBER", "UK", "an NHS number, by its check digit and a word before it"),
    ("UK_NATIONAL_INSURANCE_NUMBER", "UK", "a National Insurance number"),
    ("UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER", "UK", "a UTR, by its check digit and a word before it"),
    ("AT_SOCIAL_INSURANCE_NUMBER", "Europe", "an Austrian insurance number, by its check digit and a word"),
    ("BE_NATIONAL_NUMBER", "Europe", "a Belgian national number, by its check digits"),
    ("CH_SOCIAL_SECURITY_NUMBER", "Europe", "a Swiss AHV number, by its check digit"),
    ("CZ_BIRTH_NUMBER", "Europe", "a Czech or Slovak birth number, by its date and sum"),
    ("DE_PENSION_INSURANCE_NUMBER", "Europe", "a German pension insurance number, by its check digit"),
    ("DE_TAX_ID", "Europe", "a German tax id; needs a word before it"),
    ("DK_CPR", "Europe", "a Danish personal number, by its date and a word before it"),
    ("ES_NIF", "Europe", "a Spanish NIF or NIE, by its letter"),
    ("FI_PERSONAL_IDENTITY_CODE", "Europe", "a Finnish identity code, by its date and check sign"),
    ("FR_SOCIAL_SECURITY_NUMBER", "Europe", "a French NIR, by its key"),
    ("FR_TAX_ID", "Europe", "a French tax number, by its key and a word before it"),
    ("GR_SOCIAL_SECURITY_NUMBER", "Europe", "a Greek AMKA; needs a word before it"),
    ("IE_PERSONAL_PUBLIC_SERVICE_NUMBER", "Europe", "an Irish PPS number; needs a word before it"),
    ("IT_FISCAL_CODE", "Europe", "an Italian fiscal code, by its check letter"),
    ("NL_CITIZEN_SERVICE_NUMBER", "Europe", "a Dutch BSN; needs a word before it"),
    ("NO_BIRTH_NUMBER", "Europe", "a Norwegian birth number, by its date and two check digits"),
    ("PL_PESEL", "Europe", "a Polish PESEL; needs a word before it"),
    ("PT_NIF", "Europe", "a Portuguese NIF; needs a word before it"),
    ("RO_CNP", "Europe", "a Romanian CNP, by its date and check digit"),
    ("SE_PERSONAL_NUMBER", "Europe", "a Swedish personal number, by its date and check digit"),
    ("TR_IDENTITY_NUMBER", "Europe", "a Turkish identity number; needs a word before it"),
    ("BR_CNPJ", "Americas", "a Brazilian company's number, by its check digits"),
    ("BR_CPF", "Americas", "a Brazilian CPF, by its check digits"),
    ("CL_RUT", "Americas", "a Chilean RUT, by its check sign"),
    ("MX_CURP", "Americas", "a Mexican CURP, by its date and check digit"),
    ("AU_ABN", "Asia and Oceania", "an Australian business number; needs a word before it"),
    ("AU_MEDICARE", "Asia and Oceania", "an Australian Medicare card; needs a word before it"),
    ("AU_TFN", "Asia and Oceania", "an Australian tax file number; needs a word before it"),
    ("CN_RESIDENT_ID", "Asia and Oceania", "a Chinese resident's number, by its date and check sign"),
    ("HK_IDENTITY_CARD", "Asia and Oceania", "a Hong Kong identity card, by its check digit"),
    ("IL_IDENTITY_NUMBER", "Asia and Oceania", "an Israeli identity number, by its check digit and a word"),
    ("IN_AADHAAR", "Asia and Oceania", "an Indian Aadhaar number; needs a word before it"),
    ("IN_PAN", "Asia and Oceania", "an Indian tax number (PAN)"),
    ("JP_MY_NUMBER", "Asia and Oceania", "a Japanese individual number; needs a word before it"),
    ("KR_RRN", "Asia and Oceania", "a Korean resident registration number, by its date and check digit"),
    ("NZ_IRD", "Asia and Oceania", "a New Zealand tax number; needs a word before it"),
    ("SG_NRIC", "Asia and Oceania", "a Singaporean NRIC or FIN, by its letter"),
    ("TW_NATIONAL_ID", "Asia and Oceania", "a Taiwanese identity card; needs a word before it"),
    ("ZA_IDENTITY_NUMBER", "Africa", "a South African identity number, by its date, check digit and a word"),
)

TYPES: tuple[SensitiveType, ...] = tuple(SensitiveType(*row) for row in _ROWS)

SECRET_KINDS: tuple[str, ...] = (
    "private keys, from the line that begins one to the line that ends it",
    "access keys and secret keys of AWS, where their own types are not asked for",
    "tokens of GitHub, GitLab, Bitbucket and Atlassian",
    "tokens and web hooks of Slack, Discord and Telegram; keys of Twilio, SendGrid, Mailgun and Mailchimp",
    "keys of Stripe, Square and Shopify",
    "keys of OpenAI, Anthropic, Hugging Face, Groq, xAI, Perplexity, NVIDIA and others who serve models",
    "keys of Google, Azure, DigitalOcean, Databricks, Alibaba Cloud, Doppler and HashiCorp Vault",
    "tokens of npm, PyPI, RubyGems, NuGet, Docker Hub and JFrog",
    "keys of New Relic, Grafana, Sentry, Linear, Notion, Figma, Postman and Airtable, and of age",
    "JSON web tokens, and what follows `Bearer` or `Basic`",
    "addresses with a password in them, such as a database's, and connection strings",
    "what looks random and is assigned to a name such as `api_key`, `client_secret` or `token`",
    "passwords that are assigned or stated, but for what stands for one in a template",
)
