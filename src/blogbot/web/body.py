"""The body of a request, as long as it is no larger than it should be."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request


async def body(request: Request, most: int) -> bytes:
    """At most `most` bytes; 413 as soon as it is known to be too large."""
    taken = bytearray()
    try:
        async for chunk in request.stream():
            taken += chunk
            if len(taken) > most:
                raise HTTPException(413)
    except ClientDisconnect:
        raise HTTPException(400) from None
    return bytes(taken)
