"""What has ended answers 410, in feeds and pages alike, so that readers and search engines may forget it; what never was is 404."""

from __future__ import annotations

from starlette.exceptions import HTTPException

from blogbot.blog import Blog
from blogbot.errors import NotFoundError
from blogbot.model import Author
from blogbot.text import slug


async def author(blog: Blog, name: str) -> Author:
    """The author with this name or slug, as `Blog.author` finds them; 410 where all that they wrote is gone."""
    try:
        return await blog.author(name)
    except NotFoundError:
        if await blog.author_vanished(slug(name)):
            raise HTTPException(410) from None
        raise


async def must_have_something(blog: Blog, tag_slug: str) -> None:
    """410 for a tag that was used once. It is known for ever, also when nothing has it any more."""
    if await blog.tag_vanished(tag_slug):
        raise HTTPException(410)
