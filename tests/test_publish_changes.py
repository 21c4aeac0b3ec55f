"""What a publishing does after a change: whatever happens, the folder ends as if it were written at once; and no more is done for it."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import signal
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Event

import brotli
import pytest
from lxml import etree
from structlog.testing import capture_logs

from blogbot.i18n import words
from blogbot.model import Event as Planned
from blogbot.model import Label, LabelKind, Origin, Post, Related, Site, Standing, Tag
from blogbot.publish import Publisher, archives, channel, publisher, tree
from blogbot.publish.shelf import Shelf
from blogbot.publish.turns import LOCK
from tests import blog_in_memory
from tests.blog_in_memory import Catalogue, Held, render
from tests.feed_rules import is_feed, problems
from tests.golden.blog import CATALOGUE, FAIR, FAIRS, SITE, TALK, WALK, WALKS, post
from tests.killed import STEPS, in_its_turn, while_publishing
from tests.nursery import forked

ATOM = "{http://www.w3.org/2005/Atom}"
MANIFEST = ".blogbot.json"
ENDINGS = (".gz", ".br")
OTHER = (MANIFEST, LOCK, ".part", *ENDINGS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "feeds"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed shows three posts, and so many make an archive."""
    monkeypatch.setattr(blog_in_memory, "NEWEST", 3)
    monkeypatch.setattr(archives, "SIZE", 3)


def publish(folder: Path, contents: Catalogue) -> None:
    Publisher(folder, SITE).publish(Held(contents))


def held(folder: Path) -> dict[str, bytes]:
    """All files but the register, the compressed siblings and what a crash left."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(OTHER))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


_whole: dict[int, tuple[Catalogue, dict[str, bytes]]] = {}


def whole(contents: Catalogue) -> dict[str, bytes]:
    """Everything that there should be; made once of each, since it does not change."""
    if id(contents) not in _whole:
        _whole[id(contents)] = contents, dict(render(contents, words("en")))  # as long as it is held, the id is its own
    return dict(_whole[id(contents)][1])


def series(first: int, last: int) -> list[Post]:
    return [post(number, f"Post {number}") for number in range(first, last + 1)]


def titles(feed: bytes) -> list[str]:
    return [title.text or "" for title in etree.fromstring(feed).iterfind(f"{ATOM}entry/{ATOM}title")]


class Blog:
    """A blog to which anything happens."""

    def __init__(self, seed: int) -> None:
        # Without an address of its own, a blog has posts that cannot be linked to.
        self.site = SITE if seed % 2 else Site("Harbour")
        self.chance = random.Random(seed)
        self.posts: dict[int, Post] = {}
        self.events: tuple[Planned, ...] = ()
        self.last = 0

    def contents(self) -> Catalogue:
        ids = sorted(self.posts)
        related = {
            id_: [Related(self.posts[other], Origin.COMPUTED, 0.5) for other in ids if other != id_ and (id_ + other) % 5 == 0]
            for id_ in ids
        }  # fmt: skip
        dated = [one for one in (*WALKS, *FAIRS) if one.event in self.events]
        return Catalogue(self.site, list(self.posts.values()), related, self.events, dated)

    def happen(self) -> None:
        self.chance.choice([self.add, self.add, self.change, self.remove, self.plan])()

    def add(self) -> None:
        self.last += 1
        made = self.labelled(post(self.last, f"Post {self.last}"))
        # Some come late, with an old date.
        age = timedelta(days=self.chance.choice([0, 0, 0, 5]))
        url = self.chance.choice([made.url, made.url, ""])
        self.posts[made.id] = replace(made, published=made.published - age, url=url)

    def change(self) -> None:
        if self.posts:
            one = self.chance.choice(list(self.posts.values()))
            title = f"{one.title}, again"
            self.posts[one.id] = self.labelled(replace(one, title=title, updated=one.updated + timedelta(hours=1)))

    def remove(self) -> None:
        if self.posts:
            del self.posts[self.chance.choice(list(self.posts))]

    def plan(self) -> None:
        self.events = tuple(self.chance.sample((WALK, FAIR, TALK), self.chance.randint(0, 3)))

    def labelled(self, one: Post) -> Post:
        tags = tuple(Tag(slug, slug.title()) for slug in self.chance.sample(["a", "b", "tide", "summary"], 2))
        return replace(one, tags=tags, authors=tuple(self.chance.sample(["Ada Moor", "Ben Quay"], 1)))


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_the_folder_is_as_if_it_were_written_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(blog_in_memory, "NEWEST", 3)
    blog, mine = Blog(seed), Publisher(folder, SITE)
    for _ in range(15):
        for _ in range(blog.chance.randint(1, 3)):
            blog.happen()
        mine.publish(Held(blog.contents()))
        assert held(folder) == whole(blog.contents())


def test_a_post_that_is_too_old_to_be_shown_touches_no_feed(folder: Path, small: None) -> None:
    tide = (Tag("tide", "Tide"),)
    posts = [replace(one, tags=tide) for one in series(1, 5)]
    publish(folder, Catalogue(SITE, posts))
    before = held(folder)
    old = replace(post(6, "Late"), tags=tide, published=posts[0].published - timedelta(days=9))
    publish(folder, Catalogue(SITE, [*posts, old]))
    after = held(folder)
    changed = {path for path in after if after[path] != before.get(path)}
    assert not {path for path in changed if path.startswith("tags/")}
    assert "6 articles" in after["index.html"].decode()


def test_what_did_not_change_is_taken_from_the_feeds_as_they_are(folder: Path) -> None:
    asked: list[int] = []

    class Watched(Held):
        def articles(self, ids):  # type: ignore[no-untyped-def]
            asked.extend(ids)
            return super().articles(ids)

    mine = Publisher(folder, SITE)
    mine.publish(Watched(CATALOGUE))
    asked.clear()
    newest = replace(post(5, "New"), tags=CATALOGUE.posts[0].tags)
    mine.publish(Watched(replace(CATALOGUE, posts=[*CATALOGUE.posts, newest])))
    assert set(asked) == {5}


def test_a_whole_tree_renders_each_post_once_however_many_files_show_it(
    folder: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "NEWEST", 3)
    asked: Counter[int] = Counter()

    class Watched(Held):
        def articles(self, ids):  # type: ignore[no-untyped-def]
            asked.update(ids)
            return super().articles(ids)

    tags = (Tag("tide", "Tide"), Tag("quay", "Quay"))
    posts = [*(replace(one, tags=tags) for one in series(1, 3)), *series(4, 10)]
    Publisher(folder, SITE).publish(Watched(Catalogue(SITE, posts)))
    assert asked == dict.fromkeys(range(1, 11), 1)


def test_what_has_no_room_in_memory_is_found_again_on_the_disk(tmp_path: Path) -> None:
    made: list[int] = []

    def make(ids: Sequence[int], names: Collection[str]) -> dict[int, dict[str, bytes]]:
        made.extend(ids)
        return {id_: {name: f"{name} of {id_} ".encode() * id_ for name in names} for id_ in ids if id_ != 7}

    ids, names = range(30), ("a", "b")
    shelf = Shelf(make, tmp_path, room=100)
    first = shelf.take(ids, names, again=range(20))
    assert shelf.take(ids, names, again=range(20)) == first
    assert shelf.take([3], ["b"]) == {3: {"b": b"b of 3 " * 3}}
    assert Counter(made) == {**dict.fromkeys(ids, 1), 7: 2, **dict.fromkeys(range(20, 30), 2)}
    shelf.close()
    assert list(tmp_path.iterdir()) == []


# --- Archives ---


def test_a_feed_and_its_archives_hold_every_post_once(folder: Path, small: None) -> None:
    publish(folder, Catalogue(SITE, series(1, 10)))
    found = held(folder)
    assert titles(found["archive/atom-1.xml"]) == ["Post 3", "Post 2", "Post 1"]
    assert titles(found["archive/atom-2.xml"]) == ["Post 6", "Post 5", "Post 4"]
    assert titles(found["atom.xml"]) == ["Post 10", "Post 9", "Post 8", "Post 7"]


def test_a_reader_finds_its_way_back_through_the_archives(folder: Path, small: None) -> None:
    publish(folder, Catalogue(SITE, series(1, 9)))
    links, path = [], "atom.xml"
    base = "https://bot.harbour.example/feeds/"
    while path:
        links.append(path)
        root = etree.fromstring((folder / path).read_bytes())
        by_relation = {link.get("rel"): link.get("href") or "" for link in root.iterfind(f"{ATOM}link")}
        assert by_relation["self"] == base + path
        assert ("current" in by_relation) == (path != "atom.xml")
        path = by_relation.get("prev-archive", "").removeprefix(base)
    assert links == ["atom.xml", "archive/atom-2.xml", "archive/atom-1.xml"]


def test_rss_and_json_feed_lead_back_as_far_as_atom_does(folder: Path, small: None) -> None:
    publish(folder, Catalogue(SITE, series(1, 10)))
    files, base = held(folder), "https://bot.harbour.example/feeds/"
    shown, path = [], "rss.xml"
    while path:
        channel = etree.fromstring(files[path]).find("channel")
        assert channel is not None
        shown.append((path, [item.findtext("title") for item in channel.iterfind("item")]))
        ways = {link.get("rel"): link.get("href") or "" for link in channel.iterfind(f"{ATOM}link")}
        is_archive = channel.find("{http://purl.org/syndication/history/1.0}archive") is not None
        assert (ways["self"], is_archive) == (base + path, path != "rss.xml")
        assert ways.get("current", f"{base}rss.xml") == f"{base}rss.xml"
        path = ways.get("prev-archive", "").removeprefix(base)
    assert shown == [
        ("rss.xml", ["Post 10", "Post 9", "Post 8", "Post 7"]),
        ("archive/rss-2.xml", ["Post 6", "Post 5", "Post 4"]),
        ("archive/rss-1.xml", ["Post 3", "Post 2", "Post 1"]),
    ]
    pages, path = [], "feed.json"
    while path:
        feed = json.loads(files[path])
        assert feed["feed_url"] == base + path
        pages.append([item["title"] for item in feed["items"]])
        path = feed.get("next_url", "").removeprefix(base)
    assert pages == [titles for _, titles in shown]
    assert not [path for path in files if path.startswith("summary/") and b"archive/" in files[path]], "of whole texts"
    assert [found for path in filter(is_feed, files) for found in problems(path, files[path])] == []


def test_archives_of_formats_that_had_none_are_written_and_those_that_are_there_stay(
    folder: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(channel, "FORMATS", ("atom.xml",))
        earlier.setattr(publisher, "edition", lambda: "an earlier version")
        publish(folder, Catalogue(SITE, series(1, 6)))
    first = held(folder)
    assert [path for path in first if path.startswith("archive/")] == ["archive/atom-1.xml"]
    edited = replace(post(2, "Post 2, edited"), updated=post(9, "").updated)
    publish(folder, Catalogue(SITE, [edited, *series(1, 1), *series(3, 6)]))
    assert held(folder)["archive/atom-1.xml"] == first["archive/atom-1.xml"]
    assert len(json.loads(held(folder)["archive/feed-1.json"])["items"]) == 3


def test_an_archive_once_written_stays_as_it_is(folder: Path, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(folder, Catalogue(SITE, series(1, 6)))
    first = held(folder)["archive/atom-1.xml"]
    edited = replace(post(2, "Post 2, edited"), updated=post(9, "").updated)
    monkeypatch.setattr(publisher, "edition", lambda: "a newer version")
    late = replace(post(11, "Late"), published=post(1, "").published)
    publish(folder, Catalogue(SITE, [edited, *series(1, 1), *series(3, 10), late]))
    assert held(folder)["archive/atom-1.xml"] == first
    assert titles(held(folder)["archive/atom-2.xml"]) == ["Post 5", "Post 4", "Late"]


def edited(posts: list[Post], *numbers: int, hours: int = 1) -> list[Post]:
    """These posts with some of them edited."""
    later = timedelta(days=90, hours=hours)
    return [
        replace(one, title=f"{one.title}, anew", updated=one.updated + later) if one.id in numbers else one
        for one in posts
    ]


def test_an_archived_post_that_is_edited_is_in_the_feed_once_more_until_another_archive_takes_it(
    folder: Path, small: None
) -> None:
    posts = series(1, 10)
    publish(folder, Catalogue(SITE, posts))
    before = held(folder)
    posts = edited(posts, 2)
    publish(folder, Catalogue(SITE, posts))
    after = held(folder)
    newest = ["Post 10", "Post 9", "Post 8", "Post 7"]
    for path in ("atom.xml", "summary/atom.xml"):
        assert titles(after[path]) == [*newest, "Post 2, anew"]
    assert b"<updated>2026-05-04T10:00:00+00:00</updated>" in after["atom.xml"]
    assert {path for path in before if path.startswith("archive/") and after[path] != before[path]} == set()
    # It stays, also when a new version of blogbot writes all anew.
    register = json.loads((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_text(json.dumps({**register, "made": "by another version"}), encoding="utf-8")
    publish(folder, Catalogue(SITE, posts))
    assert held(folder) == after
    # With the next posts an archive becomes full, and has it as it is now: readers go by the newer one.
    publish(folder, Catalogue(SITE, [*posts, post(11, "Post 11")]))
    found = held(folder)
    assert titles(found["archive/atom-3.xml"]) == ["Post 8", "Post 7", "Post 2, anew"]
    assert titles(found["atom.xml"]) == ["Post 11", "Post 10", "Post 9"]
    assert found["archive/atom-1.xml"] == before["archive/atom-1.xml"]
    # Withdrawn, it leaves both.
    publish(folder, Catalogue(SITE, [one for one in posts if one.id != 2] + [post(11, "Post 11")]))
    assert not [path for path, written in held(folder).items() if b"Post 2" in written]


def test_where_all_old_posts_change_at_once_nobody_is_told_of_them(folder: Path, small: None) -> None:
    posts = series(1, 10)
    publish(folder, Catalogue(SITE, posts))
    publish(folder, Catalogue(SITE, edited(posts, *range(1, 7))))
    assert titles(held(folder)["atom.xml"]) == ["Post 10", "Post 9", "Post 8", "Post 7"]


@pytest.mark.parametrize("spoil", [os.unlink, lambda place: place.write_text("{")])
def test_without_the_register_archives_are_divided_anew_and_the_log_says_so(folder: Path, small: None, spoil) -> None:  # type: ignore[no-untyped-def]
    with capture_logs() as logs:
        publish(folder, Catalogue(SITE, series(1, 9)))
        late = replace(post(10, "Late"), published=post(1, "").published)
        blog = Catalogue(SITE, [*series(1, 1), *series(3, 9), late])
        publish(folder, blog)
        assert logs == []
        kept = titles(held(folder)["archive/atom-1.xml"])
        spoil(folder / MANIFEST)
        publish(folder, blog)
    assert [(each["log_level"], each["missing"]) for each in logs] == [("warning", str(folder / MANIFEST))]
    assert (kept, titles(held(folder)["archive/atom-1.xml"])) == (["Post 3", "Post 1"], ["Post 3", "Late", "Post 1"])
    assert held(folder) == whole(blog)
    spoil(folder / MANIFEST)
    few = Catalogue(SITE, series(1, 4))
    publish(folder, few)
    assert held(folder) == whole(few), "no old archive is left, with what was withdrawn"


def test_a_withdrawn_post_is_taken_out_of_its_archive_and_no_other_feed_is_touched(folder: Path, small: None) -> None:
    publish(folder, Catalogue(SITE, series(1, 9)))
    before = held(folder)
    publish(folder, Catalogue(SITE, [*series(1, 1), *series(3, 9)]))
    after = held(folder)
    changed = {path for path in after if after[path] != before[path]}
    assert changed == {"archive/atom-1.xml", "archive/rss-1.xml", "archive/feed-1.json", "sitemap.xml"}
    assert titles(after["archive/atom-1.xml"]) == ["Post 3", "Post 1"]


class Behind(Held):
    """Lists that still name what has gone, and are shown without it, as by the store until they are worked out anew."""

    def articles(self, ids: Collection[int]) -> dict[int, tuple[Post, Sequence[Related]]]:
        found = super().articles(ids).items()
        return {id_: (post, [one for one in those if one.post.id in self._posts]) for id_, (post, those) in found}


@pytest.mark.parametrize("worked_out", [True, False])
def test_a_withdrawn_post_is_named_by_no_archive(folder: Path, small: None, worked_out: bool) -> None:
    posts = series(1, 12)
    near = {id_: [Related(posts[1], Origin.COMPUTED, 0.5)] for id_ in (1, 5, 12)}
    publish(folder, Catalogue(SITE, posts, near))
    before = held(folder)
    assert b"Post 2" in before["archive/atom-2.xml"]
    rest = [posts[0], *posts[2:]]
    Publisher(folder, SITE).publish(Behind(Catalogue(SITE, rest, {} if worked_out else near)))
    after = held(folder)
    assert not [path for path, written in after.items() if b"Post 2" in written]
    assert titles(after["archive/atom-2.xml"]) == titles(before["archive/atom-2.xml"])
    assert {path for path in after if after[path] != before[path] and path.startswith("archive/atom")} == {
        "archive/atom-1.xml",
        "archive/atom-2.xml",
    }


def test_archives_follow_the_site_to_another_address_with_the_same_posts(folder: Path, small: None) -> None:
    publish(folder, Catalogue(SITE, series(1, 9)))
    moved = replace(SITE, public_url="https://new.harbour.example")
    late = replace(post(10, "Late"), published=post(1, "").published)
    publish(folder, Catalogue(moved, [*series(1, 9), late]))
    found = held(folder)
    assert b"https://bot.harbour.example" not in found["archive/atom-1.xml"]
    assert titles(found["archive/atom-1.xml"]) == ["Post 3", "Post 2", "Post 1"]


def test_without_a_known_address_archives_are_linked_by_their_way(folder: Path, small: None) -> None:
    publish(folder, Catalogue(Site("Harbour"), series(1, 9)))
    root = etree.fromstring((folder / "archive/atom-2.xml").read_bytes())
    ways = {link.get("rel"): link.get("href") for link in root.iterfind(f"{ATOM}link")}
    assert ways == {"prev-archive": "atom-1.xml", "current": "../atom.xml"}


# --- The site map ---


def test_the_site_map_lists_every_post_with_its_news_date() -> None:
    root = etree.fromstring(whole(CATALOGUE)["sitemap.xml"])
    spaces = {"m": "http://www.sitemaps.org/schemas/sitemap/0.9", "n": "http://www.google.com/schemas/sitemap-news/0.9"}
    listed = {
        url.findtext("m:loc", namespaces=spaces): (
            url.findtext("n:news/n:publication_date", namespaces=spaces),
            url.findtext("n:news/n:publication/n:language", namespaces=spaces),
        )
        for url in root.iterfind("m:url", spaces)
    }
    assert listed == {
        "https://harbour.example/1": ("2026-02-02T09:00:00+00:00", "en"),
        "https://harbour.example/2": ("2026-02-03T09:00:00+00:00", "en"),
        "https://bot.harbour.example/posts/a-note": ("2026-02-04T09:00:00+00:00", "en"),
        "https://harbour.example/4": ("2026-02-05T09:00:00+00:00", "ar"),
    }


def test_a_long_site_map_is_in_parts_and_a_new_post_changes_the_last(folder: Path) -> None:
    posts = [replace(post(number, f"Post {number}"), html="") for number in (1, 999, 1000, 2500)]
    publish(folder, Catalogue(SITE, posts))
    before = held(folder)
    index = etree.fromstring(before["sitemap.xml"])
    base = "https://bot.harbour.example/feeds/archive/sitemap-"
    assert [loc.text for loc in index.iter("{*}loc")] == [f"{base}{number}.xml" for number in (1, 2, 3)]
    publish(folder, Catalogue(SITE, [*posts, post(2501, "New")]))
    after = held(folder)
    assert {path for path in after if "sitemap" in path and after[path] != before[path]} == {
        "sitemap.xml",
        "archive/sitemap-3.xml",
    }


def test_a_change_back_in_time_shows_in_the_part_of_the_site_map_alone_that_has_the_post(folder: Path) -> None:
    posts = [replace(post(number, f"Post {number}"), html="") for number in (1, 999, 1000, 2500)]
    publish(folder, Catalogue(SITE, posts))
    posts[1] = replace(posts[1], title="Edited", updated=posts[0].updated)
    publish(folder, Catalogue(SITE, posts))
    assert b"Edited" in held(folder)["archive/sitemap-1.xml"]
    assert dates_of_map(folder)[0] == posts[0].updated.isoformat()
    publish(folder, Catalogue(SITE, [posts[0], *posts[2:]]))
    assert dates_of_map(folder)[0] == posts[0].updated.isoformat()


def dates_of_map(folder: Path) -> list[str | None]:
    return [each.text for each in etree.fromstring(held(folder)["sitemap.xml"]).iter("{*}lastmod")]


class Passing(Held):
    """Post 1006 goes after its dates were told, and before its text is."""

    def articles(self, ids: Collection[int]) -> dict[int, tuple[Post, Sequence[Related]]]:
        return super().articles(set(ids) - {1006})

    def outlines(self, ids: Collection[int]) -> dict[int, Post]:
        return super().outlines(set(ids) - {1006})


def test_what_goes_while_it_is_published_leaves_no_date_behind(folder: Path) -> None:
    posts = [*series(1, 5), post(1005, "In the same part of the site map")]
    ahead = replace(post(1006, "Ahead"), updated=datetime(2031, 1, 1, tzinfo=UTC))
    Publisher(folder, SITE).publish(Passing(Catalogue(SITE, [*posts, ahead])))
    then = Catalogue(SITE, [*posts, post(1007, "New")])
    publish(folder, then)
    assert held(folder) == whole(then)


def test_a_departure_that_nobody_knows_any_more_leaves_no_date_behind(folder: Path) -> None:
    """As where the database came back from a backup, and the feeds did not."""
    publish(folder, Catalogue(SITE, series(1, 5), departures={None: datetime(2030, 1, 1, tzinfo=UTC)}))
    then = Catalogue(SITE, [*series(1, 5), post(6, "New")])
    publish(folder, then)
    assert held(folder) == whole(then)


def test_a_label_that_loses_its_last_post_meanwhile_shows_it_no_more(folder: Path) -> None:
    class Late(Held):
        def standing(self) -> Standing:
            found = super().standing()
            return found._replace(sizes={**found.sizes, Label(LabelKind.TAG, "solo"): 1})

    alone = replace(post(6, "Alone"), tags=(Tag("solo", "Solo"),))
    publish(folder, Catalogue(SITE, [*series(1, 5), alone]))
    Publisher(folder, SITE).publish(Late(Catalogue(SITE, series(1, 5))))
    assert titles(held(folder)["tags/solo/atom.xml"]) == []
    publish(folder, Catalogue(SITE, series(1, 5)))
    assert held(folder) == whole(Catalogue(SITE, series(1, 5)))


def test_files_that_are_right_stay_untouched_where_the_register_is_older_than_they_are(folder: Path) -> None:
    """As after a crash before it was written, or from a backup."""
    publish(folder, CATALOGUE)
    register = (folder / MANIFEST).read_bytes()
    publish(folder, later())
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.*") if path.name != MANIFEST}
    (folder / MANIFEST).write_bytes(register)
    assert Publisher(folder, SITE).publish(Held(later())).written == 0
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.*") if path.name != MANIFEST} == before


@pytest.mark.parametrize(
    ("code", "news"),
    [("en", "en"), ("pt_BR", "pt"), ("pt-BR", "pt"), ("de_AT.UTF-8", "de"), ("zh-CN", "zh-cn"), ("zh_Hant", "zh-tw"),
     ("zh-SG", "zh"), ("fil", "fil"), ("english", "en"), ("", "en"), ("x y", "en")],
)  # fmt: skip
def test_a_site_map_keeps_the_rules_of_sitemaps_org(code: str, news: str) -> None:
    site = replace(SITE, language=code, title="Harbour & <Sons>")
    wild = replace(post(7, "A & B"), url="https://häfen.example/ä?a=1&b=2", language="")
    found = mapped(whole(Catalogue(site, [wild, replace(post(8, ""), url="javascript:alert(1)", slug="eight")])))
    assert found == {
        "https://xn--hfen-loa.example/%C3%A4?a=1&b=2": news,
        "https://bot.harbour.example/posts/eight": news,
    }


def mapped(files: dict[str, bytes]) -> dict[str, str]:
    """The addresses in a site map that is in one part, with the languages of their news."""
    maps, other = "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://www.google.com/schemas/sitemap-news/0.9}"
    root = etree.fromstring(files["sitemap.xml"])
    assert (root.tag, len(files["sitemap.xml"]) < 50 * 2**20) == (f"{maps}urlset", True)
    assert 1 <= len(root) <= 50_000
    found = {}
    for url in root:
        assert [child.tag for child in url] == [f"{maps}loc", f"{maps}lastmod", f"{other}news"]
        address = url[0].text or ""
        assert address.startswith("https://")
        assert len(address) < 2048
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", url[1].text or "")
        assert [child.tag for child in url[2]] == [
            f"{other}{name}" for name in ("publication", "publication_date", "title")
        ]
        found[address] = url.findtext(f".//{other}language") or ""
        assert re.fullmatch("[a-z]{2,3}|zh-cn|zh-tw", found[address])
    return found


def test_there_is_no_site_map_of_nothing_nor_of_an_unknown_place(folder: Path) -> None:
    posts = [replace(post(number, f"Post {number}"), html="") for number in (1, 2500)]
    publish(folder, Catalogue(SITE, posts))
    assert "archive/sitemap-3.xml" in held(folder)
    for contents in (Catalogue(SITE), Catalogue(replace(SITE, public_url=""), posts)):
        publish(folder, contents)
        assert [path for path in held(folder) if "sitemap" in path] == []


# --- Dates ---


def test_the_date_of_the_feed_of_events_does_not_go_back_with_one_that_is_over(folder: Path) -> None:
    publish(folder, CATALOGUE)
    before = dated(held(folder)["events/atom.xml"])
    publish(folder, replace(CATALOGUE, occurrences=WALKS))
    after = dated(held(folder)["events/atom.xml"])
    assert before == after == "2026-02-21T08:00:00+00:00"


def test_a_tag_that_only_events_have_by_now_has_the_date_at_which_its_last_post_left(folder: Path) -> None:
    tide = channel.of_tag(Tag("tide", "Tide"))
    publish(folder, CATALOGUE)
    left = datetime(2026, 3, 1, 12, tzinfo=UTC)
    without = replace(CATALOGUE, posts=CATALOGUE.posts[2:], departures={Label(LabelKind.TAG, "tide"): left})
    publish(folder, without)
    assert (dated(held(folder)[f"{tide}atom.xml"]), titles(held(folder)[f"{tide}atom.xml"])) == (left.isoformat(), [])
    assert held(folder) == whole(without)


def test_a_tag_that_only_events_ever_had_has_the_date_of_the_newest(folder: Path) -> None:
    """Else its feeds would say 1970; and the date stays, also where the events are not looked at again."""
    sea = Tag("sea", "Sea")
    changed = datetime(2026, 2, 2, 8, tzinfo=UTC)
    events = [
        replace(WALK, uid="first", tags=(sea,), updated=changed - timedelta(days=1)),
        replace(WALK, uid="second", tags=(sea,), updated=changed),
    ]
    contents = replace(CATALOGUE, events=events, occurrences=[])
    place = f"{channel.of_tag(sea)}atom.xml"
    publish(folder, contents)
    assert (dated(held(folder)[place]), titles(held(folder)[place])) == (changed.isoformat(), [])
    more = replace(contents, posts=[*CATALOGUE.posts, post(5, "New")])
    publish(folder, more)
    assert dated(held(folder)[place]) == changed.isoformat()
    assert held(folder) == whole(more)


def dated(feed: bytes) -> str:
    return etree.fromstring(feed).findtext(f"{ATOM}updated") or ""


# --- The disk ---


@cache
def later() -> Catalogue:
    """The sample blog, later: with a post, a tag and an author more, and one post less."""
    more = replace(post(5, "New"), tags=(Tag("new", "New"), *CATALOGUE.posts[0].tags), authors=("Cy Pier",))
    related = {**CATALOGUE.related, 4: [Related(more, Origin.COMPUTED, 0.5)]}
    return replace(CATALOGUE, posts=[*CATALOGUE.posts[1:], more], related=related)


def killed(folder: Path, doing: Callable[..., None], *given: object) -> None:
    with forked(
        doing, folder, *given, folder=folder.parent, environment=os.environ, log=folder.parent / "log"
    ) as process:
        assert process.wait(60) == -signal.SIGKILL


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [0, 1, 7, 20, 60, 90])
def test_after_a_kill_each_file_is_old_or_new_and_the_next_run_mends_all(folder: Path, step: str, after: int) -> None:
    publish(folder, CATALOGUE)
    old, new = whole(CATALOGUE), whole(later())
    killed(folder, while_publishing, later(), step, after)
    for path, content in held(folder).items():
        assert content in (old.get(path), new.get(path)), path
    publish(folder, later())
    assert held(folder) == new
    assert_siblings(folder)


def test_a_kill_and_then_a_change_back_leave_nothing_of_what_was_begun(folder: Path) -> None:
    publish(folder, CATALOGUE)
    killed(folder, while_publishing, later(), "a file renamed", 9)
    publish(folder, CATALOGUE)
    assert held(folder) == whole(CATALOGUE)


def assert_siblings(folder: Path) -> None:
    """Each file that is worth it has its own, and no other file has."""
    unpack = {".gz": gzip.decompress, ".br": brotli.decompress}
    for path, content in held(folder).items():
        place = folder / path
        for ending, unpacked in unpack.items():
            sibling = place.with_name(place.name + ending)
            assert sibling.exists() == (len(content) >= 500)
            if sibling.exists():
                assert unpacked(sibling.read_bytes()) == content
                assert sibling.stat().st_mtime_ns == place.stat().st_mtime_ns
    alone = [path for path in folder.rglob("*") if path.name.endswith(ENDINGS) and not path.with_suffix("").exists()]
    assert alone == []


def test_every_file_that_is_worth_it_has_compressed_siblings(folder: Path) -> None:
    publish(folder, CATALOGUE)
    assert_siblings(folder)
    publish(folder, later())
    assert_siblings(folder)
    publish(folder, Catalogue(SITE))
    assert_siblings(folder)


@pytest.mark.parametrize("spoil", [os.unlink, lambda place: os.utime(place, ns=(1, 1))])
def test_a_sibling_that_is_missing_or_of_another_time_is_made_anew(folder: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    publish(folder, CATALOGUE)
    spoil(folder / "atom.xml.br")
    publish(folder, CATALOGUE)
    assert_siblings(folder)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"stamps": 7},
        {"channels": {"archive/x": ["", 0, 0, 0, []]}},
        {"channels": {"../..": ["", 0, 0, 0, []], "": ["", 0, 0, 0, [1, 2]]}},
        {"channels": {"": ["", 0, 0, 10**30, []]}},
        {"stamps": [[1], [1, 2], []]},
        {"files": {"atom.xml": [1]}},
        {"files": {"atom.xml": "x"}},
    ],
)
def test_a_register_that_was_tampered_with_does_no_harm(folder: Path, spoilt: dict[str, object]) -> None:
    publish(folder, CATALOGUE)
    register = json.loads((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_text(json.dumps(register | spoilt))
    publish(folder, later())
    known = whole(later())
    assert {path: content for path, content in held(folder).items() if path in known} == known


class Stopped(Held):
    """Contents that say when they are asked, and answer once they may."""

    def __init__(self, catalogue: Catalogue, *, at_once: bool = False) -> None:
        super().__init__(catalogue)
        self.asked, self.may = Event(), Event()
        if at_once:
            self.may.set()

    def standing(self) -> Standing:
        self.asked.set()
        assert self.may.wait(30)
        return super().standing()


def test_two_that_publish_at_once_take_turns_and_leave_nothing_that_neither_knows(folder: Path) -> None:
    publish(folder, CATALOGUE)
    slow, quick = Stopped(CATALOGUE), Stopped(later(), at_once=True)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(Publisher(folder, SITE).publish, slow)
        assert slow.asked.wait(30)
        second = pool.submit(Publisher(folder, SITE).publish, quick)
        assert not quick.asked.wait(0.1), "it waits for its turn, and so sees what there is then"
        slow.may.set()
        assert (first.result().written, second.result().written > 0) == (0, True)
    assert held(folder) == whole(later())
    publish(folder, CATALOGUE)
    assert held(folder) == whole(CATALOGUE), "nothing of the new tag and author is left"


def test_a_process_that_is_killed_in_its_turn_keeps_nobody_waiting(folder: Path) -> None:
    publish(folder, CATALOGUE)
    killed(folder, in_its_turn)
    publish(folder, later())
    assert held(folder) == whole(later())
