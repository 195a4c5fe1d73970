"""All settings, from the environment (`ERRERA_…`), checked at start."""

import difflib
import hashlib
import os
from collections.abc import Sequence
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from events.log.witness import Witness
from events.vault.keys import SETTING, FileKeys, FixedKeys, KeySource, VaultKeyError
from events.vault.keys import parse as parse_keys
from schedulers.delivery.smtp import MailServer

_PREFIX: Final = "ERRERA_"
_LOOKS_LIKE: Final = 0.9
"""How alike a name must be to a setting's to be taken for a slip of the pen."""
_SMTP: Final = 587
_SMTPS: Final = 465
_CHECKOUT: Final = Path(__file__).parent.parent


class Settings(BaseSettings):
    """What an installation may set. Every file lies in the data directory unless a setting says otherwise."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True)

    data_dir: Path = Field(default=Path("data"), description="Where every file of this installation lies.")
    database_url: str | None = Field(
        default=None,
        description="`sqlite:///…` or `postgresql://…`; without it `errera.sqlite` in the data directory.",
    )
    database_pooled: bool = Field(
        default=False,
        description="Whether a pooler such as PgBouncer in transaction mode stands between the service and PostgreSQL.",
    )
    vault_url: str | None = Field(
        default=None,
        description="Where persons and prose lie: `sqlite:///…` or `postgresql://…`, there in the schema `vault`; "
        "without it a file beside the log's, or the same PostgreSQL.",
    )
    vault_key_file: Path | None = Field(
        default=None,
        description="The vault's key-encryption key: 32 bytes in hexadecimal; without it `vault.key` in the data "
        "directory, made at the first start. Keep a copy apart from the backups.",
    )
    log_origin: str | None = Field(
        default=None,
        description="The name that the log signs under, such as `agreements.agency.example/log`; fixed at the first "
        "start, which makes one up where none is given.",
    )
    log_key_file: Path | None = Field(
        default=None,
        description="The keys that sign the log: each a line of 32 bytes in hexadecimal, the newest first; without it "
        "`log.key` in the data directory, made at the first start. Every process needs the same.",
    )
    seal_seconds: float = Field(
        default=1,
        gt=0,
        le=60,
        description="How often the log is sealed while it grows. Where more than 1,000 events come in between, a "
        "process of its own reads and hashes them, until none do for a minute.",
    )
    vault_key: SecretStr | None = Field(
        default=None,
        description="The key itself, instead of a file; while it changes the new one and the old, a comma between.",
    )
    erasure_ledger_dir: Path | None = Field(
        default=None,
        description="Where it is noted who was erased, for whoever restores a backup; without it `erasures` in the "
        "data directory. Keep it where no backup of the data directory is put back.",
    )
    log_publish_dir: Path | None = Field(
        default=None,
        description="A folder that checkpoints of the log are written to: `checkpoint`, and the last of each day. Best "
        "where the service may only write, on another machine.",
    )
    log_publish_plain: bool = Field(
        default=False,
        description="Whether checkpoints may go to addresses of `http://`: nobody can forge them on the way, but hold "
        "them back, or say in a witness's name that it saw another log.",
    )
    log_publish_url: str | None = Field(
        default=None, description="An `https://` address that each new checkpoint is posted to, as text."
    )
    log_witnesses: str = Field(
        default="",
        description="Witnesses that cosign checkpoints (C2SP tlog-witness): for each its key (`name+hash+base64`), a "
        "space and its address, with commas between them.",
    )
    log_publish_seconds: float = Field(
        default=10, gt=0, le=86_400, description="How often a new checkpoint leaves the house, at most."
    )
    mail_from: str | None = Field(
        default=None, description="Who mail is from: `errera@agency.example`, or `Errera <errera@agency.example>`."
    )
    smtp_starttls: Literal["required", "offered", "none"] = Field(
        default="required",
        description="Of `smtp://`: whether mail goes encrypted or not at all, so where that is offered, or never.",
    )
    smtp_user: str | None = Field(default=None, description="Who the mail server knows us as.")
    smtp_password_file: Path | None = Field(default=None, description="A file that holds the password, and no more.")
    smtp_url: str | None = Field(
        default=None,
        description="Where mail is handed over: `smtp://host:587` (STARTTLS) or `smtps://host:465`; without it mail "
        "waits. Its certificate is checked; `SSL_CERT_FILE` names others to trust than the system's.",
    )
    demo_file: Path = Field(
        default=_CHECKOUT / "examples" / "demo.json", description="The history that `serve --demo` loads."
    )
    time_zone: str = Field(default="Europe/Brussels", description="The agency's wall clock: what day it is.")
    language: Literal["nl", "en"] = Field(default="nl", description="The language where a reader asks for none.")
    usual_consultations: int = Field(
        default=4,
        ge=1,
        le=366,
        description="Consultation moments a year that need no reason, where a cohort's terms do not say.",
    )
    tick_seconds: float = Field(default=5, gt=0, le=5, description="How often the scheduler looks what is due.")
    request_seconds: float = Field(default=30, gt=0, description="How long a client may take to send its request.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least that is logged."
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name} is no IANA time zone, such as Europe/Brussels")
        return name

    @field_validator("vault_key")
    @classmethod
    def _known_keys(cls, keys: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        if keys is None:
            return None
        if others.data.get("vault_key_file"):
            raise ValueError("ERRERA_VAULT_KEY_FILE is set as well: the key stands in one place")
        try:
            parse_keys(keys.get_secret_value(), "it")
        except VaultKeyError as error:
            raise ValueError(str(error)) from None
        return keys

    @field_validator("database_url", "vault_url")
    @classmethod
    def _known_database(cls, url: str | None) -> str | None:
        if url and not url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("a store is sqlite:///… or postgresql://…")
        if url in {"sqlite:///", "sqlite:///:memory:"}:
            raise ValueError("a store on SQLite is a file: sqlite:///path, or sqlite:////path from the root")
        return url

    @field_validator("log_publish_url", "log_witnesses")
    @classmethod
    def _known_addresses(cls, told: str | None, info: ValidationInfo) -> str | None:
        addresses = [told] if info.field_name == "log_publish_url" else [one.prefix for one in _witnesses(told or "")]
        for address in filter(None, addresses):
            if not address.startswith(("https://", "http://")):
                raise ValueError(f"{address} is no address such as https://audit.example/checkpoints")
            if address.startswith("http://") and not info.data.get("log_publish_plain"):
                raise ValueError(f"{address} is not https://; ERRERA_LOG_PUBLISH_PLAIN=true allows that")
        return told

    @field_validator("mail_from")
    @classmethod
    def _known_sender(cls, told: str | None) -> str | None:
        if told is not None:
            _sender(told)
        return told

    @field_validator("smtp_password_file")
    @classmethod
    def _readable_password(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file is None:
            return None
        if not info.data.get("smtp_user"):
            raise ValueError("ERRERA_SMTP_USER says whose password it is")
        if not _password(file):
            raise ValueError(f"{file} holds no password")
        return file

    @field_validator("smtp_url")
    @classmethod
    def _known_mail_server(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None:
            return None
        parts = _mail_address(url)
        if not info.data.get("mail_from"):
            raise ValueError("ERRERA_MAIL_FROM says who mail is from")
        if bool(info.data.get("smtp_user")) != bool(info.data.get("smtp_password_file")):
            raise ValueError("ERRERA_SMTP_USER and ERRERA_SMTP_PASSWORD_FILE go together")
        if info.data.get("smtp_user") and parts.scheme == "smtp" and info.data.get("smtp_starttls") != "required":
            raise ValueError("a password is sent encrypted only: smtps://, or ERRERA_SMTP_STARTTLS=required")
        return url

    @property
    def sender(self) -> Address:
        """Who mail is from."""
        return _sender(self.mail_from or "errera@localhost")

    @property
    def mail_server(self) -> MailServer | None:
        """Where mail is handed over."""
        if self.smtp_url is None:
            return None
        parts = _mail_address(self.smtp_url)
        implicit = parts.scheme == "smtps"
        return MailServer(
            host=parts.hostname or "",
            port=parts.port or (_SMTPS if implicit else _SMTP),
            tls="implicit" if implicit else self.smtp_starttls,
            sender=self.sender.addr_spec,
            user=self.smtp_user,
            password=_password(self.smtp_password_file) if self.smtp_password_file else None,
        )

    @property
    def witnesses(self) -> Sequence[Witness]:
        """Those that cosign checkpoints."""
        return _witnesses(self.log_witnesses)

    @property
    def zone(self) -> ZoneInfo:
        """The agency's wall clock."""
        return ZoneInfo(self.time_zone)

    @property
    def store_url(self) -> str:
        """Where the log is."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'errera.sqlite'}"

    @property
    def vault_place(self) -> str:
        """Where persons and prose are."""
        return self.vault_url or vault_url_of(self.store_url)

    @property
    def key_file(self) -> Path:
        """Where the vault's key is, unless it is a setting."""
        return self.vault_key_file or self.data_dir / "vault.key"

    @property
    def log_key(self) -> Path:
        """Where the keys are that sign the log."""
        return self.log_key_file or self.data_dir / "log.key"

    @property
    def vault_keys(self) -> KeySource:
        """Where the vault's keys come from."""
        if self.vault_key is not None:
            return FixedKeys(parse_keys(self.vault_key.get_secret_value(), SETTING))
        return FileKeys(self.key_file)

    @property
    def ledger_dir(self) -> Path:
        """Where the erasure ledger is."""
        return self.erasure_ledger_dir or self.data_dir / "erasures"

    @property
    def socket_path(self) -> Path:
        """Where the service that runs on this database takes commands of its own machine."""
        told = f"-{hashlib.sha256(self.database_url.encode()).hexdigest()[:8]}" if self.database_url else ""
        return self.data_dir.absolute() / f"errera{told}.sock"


def _witnesses(told: str) -> Sequence[Witness]:
    """Raises NoteError, which is a ValueError."""
    return [Witness.parse(one) for one in told.split(",") if one.strip()]


def _sender(told: str) -> Address:
    """Raises ValueError."""
    name, address = parseaddr(told)
    try:
        found = Address(name, addr_spec=address)
    except (HeaderParseError, ValueError, IndexError):
        found = Address()
    if not (found.username and found.domain and told.isprintable()):
        raise ValueError("it is an address such as errera@agency.example, or Errera <errera@agency.example>")
    return found


def _mail_address(url: str) -> SplitResult:
    """Raises ValueError."""
    parts = urlsplit(url)
    plain = not (parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/"))
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.port == 0 or not plain:
        raise ValueError("a mail server is smtp://host:port or smtps://host:port, without who we are")
    return parts


def _password(file: Path) -> str:
    """Raises ValueError."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} cannot be read: {error}") from None


def vault_url_of(store_url: str) -> str:
    """The vault that belongs to a log."""
    if store_url.startswith("postgresql"):
        return store_url
    log = Path(store_url.removeprefix("sqlite:///"))
    return f"sqlite:///{log.with_name(log.stem + '-vault.sqlite')}"


def load() -> Settings:
    """The settings of this process. Raises ValueError for a wrong one, and for a name that looks misspelt."""
    for name in unknown():
        meant = difflib.get_close_matches(name, _known(), n=1, cutoff=_LOOKS_LIKE)
        if meant:
            raise ValueError(f"unknown setting {name}; did you mean {meant[0]}?")
    return Settings()


def unknown() -> Sequence[str]:
    """The `ERRERA_…` names of the environment that are no setting."""
    return sorted(name for name in os.environ if name.startswith(_PREFIX) and name not in _known())


def _known() -> Sequence[str]:
    return [_PREFIX + name.upper() for name in Settings.model_fields]
