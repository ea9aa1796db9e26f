"""Texts with keys, tokens and passwords of machines, and with what only looks like one, to measure by."""

from __future__ import annotations

import random
import string
import uuid
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable

from pii_texts import Span, Text

Make = Callable[[random.Random], str]
_ALNUM = string.ascii_letters + string.digits
_URLSAFE = _ALNUM + "-_"
_HEX = "0123456789abcdef"


def _draw(generator: random.Random, letters: str, count: int) -> str:
    return "".join(generator.choice(letters) for _ in range(count))


def _jwt(generator: random.Random) -> str:
    head = urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = (
        urlsafe_b64encode(f'{{"sub":"{generator.randrange(10**9)}","iat":1700000000}}'.encode())
        .decode()
        .rstrip("=")
    )
    return f"{head}.{body}.{_draw(generator, _URLSAFE, 43)}"


def _pem(generator: random.Random) -> str:
    kind = generator.choice(("RSA ", "EC ", "OPENSSH ", "", "ENCRYPTED ", "DSA "))
    rows = "\n".join(_draw(generator, _ALNUM + "+/", 64) for _ in range(generator.randrange(3, 26)))
    last = _draw(generator, _ALNUM, 30)
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{rows}\n{last}==\n-----END {kind}PRIVATE KEY-----"


def _password(generator: random.Random) -> str:
    words = ("Winter", "blue", "Panda", "rocket", "Lisbon", "coffee", "Zebra")
    style = generator.randrange(3)
    if style == 0:
        return _draw(generator, _ALNUM + "!#%+", generator.randrange(10, 20)) + "7a"
    if style == 1:
        return f"{generator.choice(words)}{generator.randrange(10, 9999)}{generator.choice('!?#*')}"
    return f"{generator.choice(words)}-{generator.choice(words)}-{generator.randrange(10, 99)}"


def _url(generator: random.Random) -> str:
    scheme = generator.choice(
        ("postgres", "postgresql", "mysql", "mongodb+srv", "redis", "amqp", "https", "ftp")
    )
    host = generator.choice(
        ("db.internal", "10.0.3.4:5432", "cluster0.x7f3.example.net", "localhost:6379", "repo.example.org")
    )
    password = _draw(generator, _ALNUM, generator.randrange(8, 20))
    user, name = generator.choice(("app", "admin", "svc_user")), generator.choice(("main", "prod", "0"))
    return f"{scheme}://{user}:{password}@{host}/{name}"


def _azure(generator: random.Random) -> str:
    return b64encode(generator.randbytes(64)).decode()


KINDS: tuple[tuple[str, Make, tuple[str, ...]], ...] = (
    (
        "aws key id",
        lambda g: "AKIA" + _draw(g, string.ascii_uppercase + "234567", 16),
        ("aws_access_key_id = {}", "AWS_ACCESS_KEY_ID={}", "use {} for the bucket"),
    ),
    (
        "aws secret",
        lambda g: _draw(g, _ALNUM + "/+", 40),
        ("aws_secret_access_key = {}", 'AWS_SECRET_ACCESS_KEY="{}"', "secret key: {} (aws)"),
    ),
    (
        "github",
        lambda g: g.choice(("ghp_", "gho_", "ghs_")) + _draw(g, _ALNUM, 36),
        ("git clone https://{}@github.com/acme/x", "GITHUB_TOKEN={}", "here is my token {} ok?"),
    ),
    (
        "github fine-grained",
        lambda g: "github_pat_" + _draw(g, _ALNUM, 22) + "_" + _draw(g, _ALNUM, 59),
        ("token: {}", "{}"),
    ),
    ("gitlab", lambda g: "glpat-" + _draw(g, _URLSAFE, 20), ("PRIVATE-TOKEN: {}", "use {}")),
    (
        "slack",
        lambda g: f"xoxb-{g.randrange(10**11, 10**12)}-{g.randrange(10**11, 10**12)}-{_draw(g, _ALNUM, 24)}",
        ("slack_token={}", "bot {} posted"),
    ),
    (
        "slack hook",
        lambda g: (
            f"https://hooks.slack.com/services/T{_draw(g, string.ascii_uppercase, 8)}"
            f"/B{_draw(g, string.ascii_uppercase, 8)}/{_draw(g, _ALNUM, 24)}"
        ),
        ("curl -X POST {}", "hook: {}"),
    ),
    (
        "stripe",
        lambda g: g.choice(("sk_live_", "rk_live_", "sk_test_")) + _draw(g, _ALNUM, 24),
        ("stripe.api_key = '{}'", "key {}"),
    ),
    (
        "openai",
        lambda g: g.choice(("sk-", "sk-proj-")) + _draw(g, _ALNUM, 48),
        ("OPENAI_API_KEY={}", "openai key {}"),
    ),
    ("anthropic", lambda g: "sk-ant-api03-" + _draw(g, _URLSAFE, 93) + "AA", ("x-api-key: {}", "{}")),
    ("google", lambda g: "AIza" + _draw(g, _URLSAFE, 35), ("maps?key={}", "GOOGLE_API_KEY: {}")),
    ("npm", lambda g: "npm_" + _draw(g, _ALNUM, 36), ("//registry/:_authToken={}",)),
    ("pypi", lambda g: "pypi-AgEIcHlwaS5vcmc" + _draw(g, _URLSAFE, 120), ("password = {}", "{}")),
    ("sendgrid", lambda g: f"SG.{_draw(g, _URLSAFE, 22)}.{_draw(g, _URLSAFE, 43)}", ("SENDGRID={}",)),
    ("twilio", lambda g: "SK" + _draw(g, _HEX, 32), ("twilio {}",)),
    ("jwt", _jwt, ("Authorization: Bearer {}", "cookie session={};", "jwt {}")),
    ("private key", _pem, ("{}", "cat id_rsa\n{}\n", "key = '''{}'''")),
    ("url password", _url, ("DATABASE_URL={}", "connect to {}", "engine = create('{}')")),
    (
        "azure key",
        _azure,
        (
            "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={};EndpointSuffix=core",
            "SharedAccessKeyName=root;SharedAccessKey={}",
        ),
    ),
    (
        "generic key",
        lambda g: _draw(g, _ALNUM, g.randrange(20, 48)),
        (
            "api_key = '{}'",
            '"apiKey": "{}"',
            "API-KEY: {}",
            "client_secret={}",
            "access_token: {}",
            'secret = "{}"',
            "export SERVICE_TOKEN={}",
        ),
    ),
    (
        "generic hex key",
        lambda g: _draw(g, _HEX, g.choice((32, 40, 64))),
        ("api_key = '{}'", "X-Api-Key: {}", '"secret_key": "{}"', "auth_token={}"),
    ),
    (
        "password",
        _password,
        (
            "password = '{}'",
            'DB_PASSWORD="{}"',
            "passwd: {}",
            '"password": "{}"',
            "Server=db;User Id=sa;Password={};",
            "the password is {}",
        ),
    ),
)

FRAMES = (
    "{}",
    "# config\n{}\nDEBUG=1\n",
    "Hi team, {}\nthanks",
    "```\n{}\n```",
    "My build fails:\n{}\nWhat is wrong?",
    "- name: app\n  env: {}\n",
)

LOOK_ALIKES: tuple[Make, ...] = (
    lambda g: f"commit {_draw(g, _HEX, 40)} by the bot",
    lambda g: f"commit {_draw(g, _HEX, 7)} fixes #{g.randrange(9999)}",
    lambda g: f"sha256 = {_draw(g, _HEX, 64)}",
    lambda g: f"md5sum {_draw(g, _HEX, 32)} file.tar.gz",
    lambda g: f'"integrity": "sha512-{b64encode(g.randbytes(64)).decode()}"',
    lambda g: f"--hash=sha256:{_draw(g, _HEX, 64)}",
    lambda g: f"request_id={uuid.UUID(int=g.getrandbits(128), version=4)}",
    lambda g: f"trace id {_draw(g, _HEX, 32)} span {_draw(g, _HEX, 16)}",
    lambda g: f"api_key = os.environ['{g.choice(('OPENAI', 'STRIPE'))}_API_KEY']",
    lambda g: "api_key: ${API_KEY}",
    lambda g: "password: {{ vault.db_password }}",
    lambda g: "password = getpass.getpass()",
    lambda g: "token = request.headers.get('Authorization')",
    lambda g: "api_key='YOUR_API_KEY_HERE'",
    lambda g: "api_key = <your-api-key>",
    lambda g: "secret: xxxxxxxxxxxxxxxxxxxxxxxx",
    lambda g: "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    lambda g: "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    lambda g: "AWS_SECRET_ACCESS_KEY=<secret>",
    lambda g: f"the max_tokens: {g.randrange(100, 4000)} and token_count: {g.randrange(10**6)}",
    lambda g: "password must have at least 12 characters and one digit",
    lambda g: "Please reset your password: the link expires in 24 hours",
    lambda g: "secret: the cake was bought, token of thanks: one flower",
    lambda g: "private key cryptography and the public key differ",
    lambda g: f"-----BEGIN CERTIFICATE-----\n{_draw(g, _ALNUM, 64)}\n-----END CERTIFICATE-----",
    lambda g: f"-----BEGIN PUBLIC KEY-----\n{_draw(g, _ALNUM, 64)}\n-----END PUBLIC KEY-----",
    lambda g: f"ssh-rsa AAAAB3NzaC1yc2E{_draw(g, _ALNUM, 120)} me@host",
    lambda g: f"data:image/png;base64,iVBORw0KGgo{_draw(g, _ALNUM + '+/', 90)}",
    lambda g: f"https://example.org/a/{_draw(g, _ALNUM, 22)}?v={_draw(g, _ALNUM, 11)}",
    lambda g: "https://user@example.org/path and http://localhost:8080/a:b@c",
    lambda g: f"arn:aws:iam::{g.randrange(10**11, 10**12)}:role/Admin",
    lambda g: f"s3://bucket-{_draw(g, _HEX, 12)}/key/part-0000{g.randrange(10)}.parquet",
    lambda g: f"docker pull app@sha256:{_draw(g, _HEX, 64)}",
    lambda g: f"key: value{g.randrange(99)}, primary_key: customer_id, sort_key: created_at",
    lambda g: "secretary: Jane, tokenizer: cl100k_base, keyboard: qwerty",
    lambda g: "def get_token(self, user_id): return self.tokens[user_id]",
    lambda g: "auth_token = generate_token(user, expires_in=3600)",
    lambda g: "client_secret = settings.CLIENT_SECRET",
    lambda g: "access_token: string; refreshToken?: string;",
    lambda g: f"license_key_id = {g.randrange(1000)}; foreign_key = orders.customer_id",
    lambda g: f'etag: W/"{_draw(g, _HEX, 32)}"',
    lambda g: f"version 1.{g.randrange(9)}.{g.randrange(99)}+build.{_draw(g, _HEX, 8)}",
    lambda g: f"container {_draw(g, _HEX, 12)} exited with 137",
    lambda g: f"0x{_draw(g, _HEX, 40)[:16]} at offset 0x{_draw(g, _HEX, 8)}",
    lambda g: "cache_key = 'user-profile-page-v2'",
    lambda g: "the api key is missing, and the token is invalid",
    lambda g: "Authorization: Bearer <token>",
    lambda g: "token: CamelCaseIdentifierForTheParser",
    lambda g: "secret_name: production/database/main-credentials",
    lambda g: "public_key: pem-file-in-the-config-directory",
)


def secret_texts(seed: int, count: int) -> list[tuple[str, Text]]:
    generator = random.Random(seed)
    texts = []
    for place in range(count):
        kind, make, leads = KINDS[place % len(KINDS)]
        value, lead, frame = make(generator), generator.choice(leads), generator.choice(FRAMES)
        at = frame.index("{}") + lead.index("{}")
        said = frame.replace("{}", lead.replace("{}", value))
        texts.append((kind, Text(said, [Span("SECRET", at, at + len(value))])))
    return texts


def secret_look_alikes(seed: int, count: int) -> list[str]:
    generator = random.Random(seed)
    return [
        generator.choice(FRAMES).replace("{}", LOOK_ALIKES[place % len(LOOK_ALIKES)](generator))
        for place in range(count)
    ]
