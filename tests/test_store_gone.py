"""What the store knows of what is no longer there. Every test runs on both databases."""

from __future__ import annotations

from blogbot.store import Store
from tests.store_samples import NOW, add_event, add_post, change_post, post_item, tags


async def test_a_withdrawn_post_is_known_by_slug_and_address_until_it_comes_back(store: Store) -> None:
    async with store.write() as tx:
        item = post_item("one", title="The one", url="https://example.org/one")
        post = await add_post(tx, "one", item={"title": "The one", "url": "https://example.org/one"})
        assert await tx.posts.withdrawn("one", "one") is None
        await tx.posts.remove(post.id, NOW)
        assert await tx.posts.withdrawn("one", "one") == "The one"
        assert await tx.posts.withdrawn("none", "example.org/one") == "The one"
        assert await tx.posts.withdrawn("none", "example.org/none") is None
        assert await tx.posts.withdrawn("") is None
        await change_post(tx, post.id, item)
        assert await tx.posts.withdrawn("one", "example.org/one") is None


async def test_a_tag_vanishes_with_the_last_post_or_event_that_has_it(store: Store) -> None:
    async with store.write() as tx:
        first = await add_post(tx, "one", tags=tags("Art", "Music", "Film"))
        second = await add_post(tx, "two", tags=tags("Art"), suggested=tags("Maybe"))
        await add_event(tx, "concert", labels=tags("Music"))
        assert not await tx.posts.tag_vanished("art")
        await tx.posts.remove(first.id, NOW)
        vanished = [name for name in ("art", "music", "film", "maybe", "never") if await tx.posts.tag_vanished(name)]
        assert vanished == ["film"]
        await change_post(tx, second.id, post_item("two"), tags=tags("Film"))
        assert await tx.posts.tag_vanished("art")
        assert not await tx.posts.tag_vanished("film")


async def test_an_author_vanishes_with_the_last_post(store: Store) -> None:
    async with store.write() as tx:
        first = await add_post(tx, "one", item={"authors": ("Ann", "Bo")})
        await add_post(tx, "two", item={"authors": ("Bo",)})
        assert not await tx.posts.author_vanished("ann")
        await tx.posts.remove(first.id, NOW)
        assert await tx.posts.author_vanished("ann")
        assert not await tx.posts.author_vanished("bo")
        assert not await tx.posts.author_vanished("cy")
