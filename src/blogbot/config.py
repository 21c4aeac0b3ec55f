"""Settings: read once from the environment and `blogbot.toml`, then frozen. Whatever is missing or wrong is named."""

from __future__ import annotations

import re
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableSettings

from blogbot.errors import SettingsError
from blogbot.model import Site
from blogbot.text import shown

FILE = "blogbot.toml"

OWN_HUB = "own"
"""What BLOGBOT_HUB says where blogbot itself is the hub."""

FREE_RATE = 30
"""Messages a second that Telegram takes without being paid for them (Bot API FAQ, "broadcasting to users")."""

PaidLane = Literal["change", "reminder", "post", "digest"]
SourceKind = Literal["page", "markdown", "feed", "calendar", "wordpress"]


def valid_zone(name: str) -> str:
    """`name` where it is an IANA time zone; raises ValueError with advice otherwise."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"no time zone is named {name!r}; write one such as Europe/London or UTC") from None
    return name


class SourceSettings(BaseModel):
    """One `[[sources]]` table. `kind` "" means: found out by looking; `name` "" means: the location."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    location: str = Field(min_length=1)
    name: str = ""
    kind: SourceKind | Literal[""] = ""
    interval: int = Field(default=600, ge=1, description="seconds between two looks")
    timezone: str = ""

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return valid_zone(value) if value else value

    def model_post_init(self, _: Any) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.location)

    @property
    def label(self) -> str:
        """What may be shown and logged of this source: its name if it was given one, else where it is without secrets."""
        return shown(self.location) if self.name == self.location else self.name


class Settings(BaseSettings):
    """Everything an operator can set. Each is an environment variable, BLOGBOT_ before its name, or a key of blogbot.toml."""

    model_config = SettingsConfigDict(env_prefix="BLOGBOT_", frozen=True, extra="forbid", env_ignore_empty=True)

    token: SecretStr | None = Field(default=None, description="the bot's token, from @BotFather")
    database_url: str = Field(
        default="sqlite+aiosqlite:///blogbot.db", description="SQLite file, or postgresql+asyncpg://..."
    )
    api_url: str = Field(default="https://api.telegram.org", description="the Bot API server")
    site_url: str = Field(default="", description="the organisation's own site")
    title: str = Field(default="Our blog", min_length=1, description="what the blog is called")
    timezone: str = Field(default="UTC", description="the site's IANA time zone")
    language: str = Field(default="en", description="the language of bot and pages")
    admins: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(), description="Telegram user ids, separated by commas"
    )
    feeds_dir: Path = Field(default=Path("feeds"), description="where feeds are written")
    public_url: str = Field(default="", description="where the web part is reached; set: webhook, unset: polling")
    hub: str = Field(default="", description="the WebSub hub that feeds name: its address, or own")
    host: str = Field(default="127.0.0.1", description="the address the web part listens on")
    port: int = Field(default=8080, ge=0, le=65535, description="the port the web part listens on")
    rate: int = Field(
        default=FREE_RATE,
        ge=1,
        le=1000,
        description="messages a second over all chats; more than 30 only in paid_lanes",
    )
    paid_lanes: Annotated[tuple[PaidLane, ...], NoDecode] = Field(
        default=(),
        description="lanes whose messages may be paid for to pass 30 a second: change, reminder, post, digest",
    )
    sources: tuple[SourceSettings, ...] = Field(default=(), description="where content comes from, in blogbot.toml")

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return valid_zone(value)

    @field_validator("token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"\d+:[A-Za-z0-9_-]{5,}", value.get_secret_value()):
            raise ValueError("this is not a bot token; one looks like 123456:ABC-DEF... and comes from @BotFather")
        return value

    @field_validator("admins", mode="before")
    @classmethod
    def _admins(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return (value,) if isinstance(value, int) else value

    @field_validator("paid_lanes", mode="before")
    @classmethod
    def _lanes(cls, value: Any) -> Any:
        return (
            tuple(part.strip().lower() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @model_validator(mode="after")
    def _paid(self) -> Settings:
        if self.rate > FREE_RATE and not self.paid_lanes:
            raise ValueError(
                f"BLOGBOT_RATE is {self.rate}, but more than {FREE_RATE} messages a second cost Telegram Stars;"
                " name the lanes that may in BLOGBOT_PAID_LANES, such as change,reminder"
            )
        return self

    @field_validator("api_url", "site_url", "public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and (wrong := _wrong_with(value)):
            raise ValueError(f"{shown(value)!r} is not an address ({wrong}); write one such as https://example.org")
        return value.rstrip("/")

    @field_validator("hub")
    @classmethod
    def _hub(cls, value: str) -> str:
        """An address stays as it was given: hubs may be particular about a slash at its end."""
        if value.lower() == OWN_HUB:
            return OWN_HUB
        if value and (wrong := _wrong_with(value)):
            raise ValueError(
                f"{shown(value)!r} is neither `own` nor an address ({wrong}); write one such as https://hub.example.org/"
            )
        return value

    @model_validator(mode="after")
    def _told(self) -> Settings:
        if self.hub and not self.public_url:
            raise ValueError("BLOGBOT_HUB needs BLOGBOT_PUBLIC_URL: a hub knows feeds by their addresses")
        return self

    @field_validator("sources")
    @classmethod
    def _distinct(cls, value: tuple[SourceSettings, ...]) -> tuple[SourceSettings, ...]:
        names = [source.name for source in value]
        twice = next((source for source in value if names.count(source.name) > 1), None)
        if twice is not None:
            raise ValueError(f"two sources are named {twice.label!r}; give each its own name")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=Path(FILE))

    @property
    def own_hub(self) -> bool:
        """Whether blogbot is its own hub."""
        return self.hub == OWN_HUB

    @property
    def hub_url(self) -> str:
        """The address of the hub that feeds name; "" for none."""
        return f"{self.public_url}/hub" if self.own_hub else self.hub

    def site(self) -> Site:
        """What pages, feeds and messages need to know of the organisation's site."""
        return Site(
            title=self.title,
            url=self.site_url,
            public_url=self.public_url,
            timezone=self.timezone,
            language=self.language,
        )


class _Only(Settings):
    """Settings that know neither the environment nor the file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def load(**given: Any) -> Settings:
    """The settings, from `given`, the environment, and blogbot.toml in this folder, in this order.

    Raises SettingsError, which names every key that is wrong; a secret's value is never shown.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{FILE} is not valid TOML: {error}") from None
    except UnreadableSettings:
        # Of all settings, only this one is a list of tables, which the environment can hold as JSON alone.
        raise SettingsError(f"BLOGBOT_SOURCES is not valid JSON; write [[sources]] into {FILE} instead") from None


def only(**given: Any) -> Settings:
    """The settings from `given` alone, neither from the environment nor from blogbot.toml. Raises SettingsError."""
    try:
        return _Only(**given)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None


def _wrong_with(address: str) -> str:
    """Why `address` cannot be that of a web server; "" where it can."""
    if re.search(r"[\s\x00-\x20\x7f]", address):
        return "it holds a blank"
    if not address.startswith(("https://", "http://")):
        return "it starts with neither https:// nor http://"
    try:
        host = urlsplit(address).hostname or ""
        if ":" in host:
            ip_address(host)
    except ValueError:
        return "its host cannot be read"
    if ":" not in host and not re.fullmatch(r"\w(?:[\w.-]{0,251}\w)?\.?", host):
        return "its host cannot be read" if host else "it names no host"
    try:
        _ = urlsplit(address).port
    except ValueError:
        return "its port is no number from 0 to 65535"
    return ""


def _explain(error: ValidationError) -> str:
    lines = ["These settings are not right:"]
    for problem in error.errors(include_input=False, include_url=False):
        path = ".".join(str(part) for part in problem["loc"])
        name = f"BLOGBOT_{path.upper()}: " if "." not in path else f"{path} in {FILE}: "
        lines.append(f"  {name if path else ''}{problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
