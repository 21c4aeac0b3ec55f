"""The methods by which a bot gets its updates: by asking again and again, or at a webhook."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Final
from urllib.parse import urlsplit

from ..errors import ApiError, bad_request
from ..mailbox import Update, allowed_kinds
from ..webhooks import Webhook, WebhookSettings
from .call import Call

_SECRET: Final = re.compile("[A-Za-z0-9_-]{1,256}")
_MAX_WAIT: Final = 50


async def get_updates(call: Call) -> list[Update]:
    """getUpdates: up to `limit` Updates, waiting up to `timeout` seconds for the first."""
    account = call.account
    if account.webhook is not None:
        reason = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        raise ApiError(409, f"Conflict: {reason}")
    _allow(call)
    account.mailbox.confirm(call.params.integer("offset"))
    limit = min(max(call.params.integer("limit", 100), 1), 100)
    wait = min(max(call.params.integer("timeout"), 0), _MAX_WAIT)
    return await account.mailbox.fetch(limit, wait)


def _allow(call: Call) -> None:
    if "allowed_updates" in call.params:
        call.account.mailbox.allowed = allowed_kinds(call.params.listing("allowed_updates"))


def set_webhook(call: Call) -> bool:
    """setWebhook: true. Plain http is taken on this machine only, where nobody listens in."""
    url = call.params.text("url").strip()
    if not url:
        return delete_webhook(call)
    _check_url(url)
    secret = call.params.text("secret_token")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    _allow(call)
    _remove(call)
    connections = min(max(call.params.integer("max_connections", 40), 1), 100)
    settings = WebhookSettings(url, secret, connections)
    call.account.webhook = Webhook(settings, call.account, call.dispatcher)
    call.account.mailbox.interrupt()
    return True


def delete_webhook(call: Call) -> bool:
    """deleteWebhook: true, whether or not there was one."""
    _remove(call)
    return True


def _remove(call: Call) -> None:
    if call.account.webhook is not None:
        call.account.webhook.close()
        call.account.webhook = None
    if call.params.flag("drop_pending_updates"):
        call.account.mailbox.clear()


def get_webhook_info(call: Call) -> dict[str, Any]:
    """getWebhookInfo: the WebhookInfo."""
    account = call.account
    info: dict[str, Any] = {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(account.mailbox.pending),
    }
    if account.webhook is not None:
        info |= account.webhook.view()
    if account.mailbox.allowed:
        info["allowed_updates"] = sorted(account.mailbox.allowed)
    return info


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise bad_request("bad webhook: invalid webhook URL specified") from None
    if not host:
        raise bad_request("bad webhook: invalid webhook URL specified")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(host)):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def log_out(_: Call) -> bool:
    """logOut and close: true; the sandbox has no other server to move to."""
    return True
