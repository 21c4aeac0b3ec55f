"""What browsers are told not to do with our pages. No page needs a script, a frame, or anything from elsewhere but pictures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PAGE: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src 'self' https: data:; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }
)
