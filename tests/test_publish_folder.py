"""How feeds come onto the disk: only what changed, whole or not at all, nothing outside, nothing of others taken away."""

from __future__ import annotations

import json
import os
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from blogbot.errors import PublishError
from blogbot.i18n import words
from blogbot.model import Tag
from blogbot.publish import Publisher, Written, register
from blogbot.publish.channel import Channel
from blogbot.publish.folder import Folder
from blogbot.publish.register import Kept, Register
from tests.blog_in_memory import Catalogue, Held, render
from tests.golden.blog import CATALOGUE, LAMPS, NOTE, SITE, STORM, post

FILES = len(dict(render(CATALOGUE, words("en"))))
SHOWING_STORM = ("", "tags/tide/", "tags/local-history/", "authors/ada-moor/")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "feeds"


@pytest.fixture
def publisher(folder: Path) -> Publisher:
    return Publisher(folder, SITE)


def held(folder: Path) -> dict[str, bytes]:
    """All files of a folder but the register, its lock and the compressed siblings."""
    other = (".blogbot.json", ".blogbot.lock", ".gz", ".br")
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(other))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_first_time_writes_the_whole_tree(publisher: Publisher, folder: Path) -> None:
    assert publisher.publish(Held(CATALOGUE)) == Written(written=FILES, unchanged=0, removed=0)
    assert held(folder) == dict(render(CATALOGUE, words("en")))


def test_again_without_a_change_touches_nothing(publisher: Publisher, folder: Path) -> None:
    publisher.publish(Held(CATALOGUE))
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("*")}
    assert publisher.publish(Held(CATALOGUE)) == Written(written=0, unchanged=FILES, removed=0)
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("*")} == before


def test_a_change_rewrites_only_what_shows_it(publisher: Publisher, folder: Path) -> None:
    publisher.publish(Held(CATALOGUE))
    before = held(folder)
    changed = replace(STORM, html="<p>Calm again.</p>")
    posts = [changed if one is STORM else one for one in CATALOGUE.posts]
    publisher.publish(Held(replace(CATALOGUE, posts=posts)))
    after = held(folder)
    feeds = {"atom.xml", "rss.xml", "feed.json"}
    expected = {f"{place}{feed}" for place in SHOWING_STORM for feed in feeds}
    assert {path for path in after if after[path] != before[path]} == expected


def test_a_new_file_comes_in_the_place_of_the_old_one_by_rename(publisher: Publisher, folder: Path) -> None:
    publisher.publish(Held(CATALOGUE))
    with (folder / "atom.xml").open("rb") as reader:
        old = (folder / "atom.xml").read_bytes()
        publisher.publish(Held(Catalogue(SITE, [LAMPS])))
        assert reader.read() == old
    assert (folder / "atom.xml").read_bytes() != old


def test_a_file_is_on_the_disk_before_it_takes_its_place(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a power cut could leave an empty one there."""
    flushed: set[int] = set()
    placed: dict[str, int] = {}
    fsync, replace_ = os.fsync, os.replace

    def flush(fd: int) -> None:
        fsync(fd)
        flushed.add(os.fstat(fd).st_ino)

    def put(part: str, place: str) -> None:
        placed[place] = os.stat(part).st_ino
        assert placed[place] in flushed
        replace_(part, place)

    monkeypatch.setattr(os, "fsync", flush)
    monkeypatch.setattr(os, "replace", put)
    publisher.publish(Held(CATALOGUE))
    endings = {Path(place).suffix for place in placed}
    assert endings >= {".xml", ".json", ".ics", ".gz", ".br"}


def test_what_somebody_spoilt_is_made_good(publisher: Publisher, folder: Path) -> None:
    publisher.publish(Held(CATALOGUE))
    (folder / "rss.xml").write_bytes(b"x" * len((folder / "rss.xml").read_bytes()))
    (folder / "tags/tide/atom.xml").unlink()
    assert publisher.publish(Held(CATALOGUE)) == Written(written=2, unchanged=FILES - 2, removed=0)
    assert held(folder) == dict(render(CATALOGUE, words("en")))


def test_a_tag_that_vanished_takes_its_files_and_folder_along(publisher: Publisher, folder: Path) -> None:
    publisher.publish(Held(Catalogue(SITE, [LAMPS, STORM])))
    assert publisher.publish(Held(Catalogue(SITE, [LAMPS]))).removed == 7
    assert not (folder / "tags/tide").exists()
    assert (folder / "tags/reading/atom.xml").exists()
    assert publisher.publish(Held(Catalogue(SITE, [LAMPS]))).removed == 0


def test_what_others_put_there_stays(publisher: Publisher, folder: Path) -> None:
    mine = ("README.md", "tags/tide/notes.txt", "tags/mine/atom.xml", ".hidden")
    for name in mine:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine")
    publisher.publish(Held(Catalogue(SITE, [LAMPS, STORM])))
    publisher.publish(Held(Catalogue(SITE, [LAMPS])))
    assert [(folder / name).read_text() for name in mine] == ["mine"] * len(mine)
    assert not (folder / "tags/tide/atom.xml").exists()


@pytest.mark.parametrize(
    "listed",
    [
        ["../secret.xml"],
        ["tags/../../secret.xml"],
        ["/etc/passwd"],
        ["secret.xml/"],
        ["tags/..", "..", "", ".", None, 7, {}],
        "secret.xml",
    ],
)
def test_a_list_that_was_tampered_with_leads_to_nothing_outside(
    publisher: Publisher, folder: Path, listed: object
) -> None:
    folder.mkdir()
    secret = folder.parent / "secret.xml"
    secret.write_text("keep")
    (folder / ".blogbot.json").write_text(json.dumps({"files": listed}))
    assert publisher.publish(Held(CATALOGUE)).removed == 0
    assert secret.read_text() == "keep"


@pytest.mark.parametrize("listed", [b"", b"\xff\xfe", b"[]", b"{}", b"{", b'{"files": 3}', b"[" * 100_000])
def test_a_list_that_cannot_be_read_is_made_anew(publisher: Publisher, folder: Path, listed: bytes) -> None:
    folder.mkdir()
    (folder / ".blogbot.json").write_bytes(listed)
    publisher.publish(Held(CATALOGUE))
    assert len(json.loads((folder / ".blogbot.json").read_bytes())["files"]) == FILES


@pytest.mark.parametrize("slug", ["../../etc", "/etc", "..", "", "A B", "x/y", "con\x00", "-", "a" * 5000])
def test_a_wild_slug_stays_inside(publisher: Publisher, folder: Path, slug: str) -> None:
    publisher.publish(Held(Catalogue(SITE, [replace(NOTE, tags=(Tag(slug, slug),))])))
    assert [path.name for path in folder.parent.iterdir()] == ["feeds"]
    (tag,) = (folder / "tags").iterdir()
    assert (tag / "atom.xml").is_file()


def test_a_link_that_leads_out_is_refused(publisher: Publisher, folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    folder.mkdir()
    (folder / "tags").symlink_to(outside)
    with pytest.raises(PublishError, match="outside"):
        publisher.publish(Held(CATALOGUE))
    assert list(outside.iterdir()) == []


def test_a_link_that_was_put_there_since_the_last_time_is_refused_too(publisher: Publisher, folder: Path) -> None:
    publisher.publish(Held(CATALOGUE))
    outside = folder.parent / "outside"
    (folder / "tags").rename(outside)
    (folder / "tags").symlink_to(outside)
    before = held(outside)
    with pytest.raises(PublishError, match="outside"):
        publisher.publish(Held(Catalogue(SITE, [LAMPS])))
    assert held(outside) == before


def test_a_pipe_in_the_place_of_a_feed_is_not_waited_for(publisher: Publisher, folder: Path) -> None:
    publisher.publish(Held(CATALOGUE))
    (folder / "atom.xml").unlink()
    os.mkfifo(folder / "atom.xml")
    publisher.publish(Held(Catalogue(SITE, [LAMPS])))
    assert held(folder) == dict(render(Catalogue(SITE, [LAMPS]), words("en")))


def test_a_folder_at_the_very_top_is_like_any_other() -> None:
    assert Folder(Path("/")).read("atom.xml", Kept(1, 1)) is None


def test_a_register_of_no_posts_is_understood() -> None:
    """Its stamps are an empty list, also in what older versions wrote."""
    known = Register("site", "made", channels={"archive/1": Channel("archive/1")}, files={"atom.xml": Kept(1, 2)})
    written = register.dump(known)
    assert json.loads(written)["stamps"] == []
    assert register.load(written) == known


def test_a_link_to_another_folder_inside_is_followed(publisher: Publisher, folder: Path) -> None:
    (folder / "archive").mkdir(parents=True)
    (folder / "tags").symlink_to("archive")
    publisher.publish(Held(CATALOGUE))
    assert (folder / "archive" / "tide" / "summary" / "atom.xml").is_file()


def test_a_file_that_is_a_link_is_replaced_and_not_followed(publisher: Publisher, folder: Path) -> None:
    precious = folder.parent / "precious"
    precious.write_bytes(dict(render(CATALOGUE, words("en")))["atom.xml"])
    folder.mkdir()
    (folder / "atom.xml").symlink_to(precious)
    publisher.publish(Held(CATALOGUE))
    assert not (folder / "atom.xml").is_symlink()
    assert precious.read_bytes() == dict(render(CATALOGUE, words("en")))["atom.xml"]


def test_a_folder_that_is_a_file_is_said_by_name(publisher: Publisher, folder: Path) -> None:
    folder.write_text("not a folder")
    with pytest.raises(PublishError, match=str(folder)):
        publisher.publish(Held(CATALOGUE))


def test_a_place_that_is_taken_by_a_folder_is_said_by_name_and_leaves_no_part(
    publisher: Publisher, folder: Path
) -> None:
    (folder / "rss.xml").mkdir(parents=True)
    with pytest.raises(PublishError, match=r"rss\.xml: cannot be written"):
        publisher.publish(Held(CATALOGUE))
    assert list(folder.rglob("*.part")) == []


def test_parts_that_a_crash_left_are_swept_and_those_under_way_are_not(
    publisher: Publisher, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.publish(Held(CATALOGUE))
    old, young = folder / "tags/tide/.atom.xml.00.part", folder / ".atom.xml.11.part"
    for part in (old, young):
        part.write_text("half")
    os.utime(old, (time.time() - 7200,) * 2)
    again = Publisher(folder, SITE)
    again.publish(Held(CATALOGUE))
    assert not old.exists()
    assert young.exists()
    later = time.time() + 4000
    monkeypatch.setattr(time, "time", lambda: later)
    again.publish(Held(CATALOGUE))
    assert not young.exists()


def test_after_a_crash_in_the_middle_nothing_is_forgotten(publisher: Publisher, folder: Path) -> None:
    (folder / "feeds.opml").mkdir(parents=True)
    with pytest.raises(PublishError):
        publisher.publish(Held(Catalogue(SITE, [STORM])))
    assert (folder / "tags/tide/atom.xml").exists()
    (folder / "feeds.opml").rmdir()
    publisher.publish(Held(Catalogue(SITE, [LAMPS])))
    assert not (folder / "tags/tide").exists()


def test_the_feeds_that_a_hub_tells_of_are_known_by_what_they_hold(
    publisher: Publisher, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.publish(Held(CATALOGUE))
    before = publisher.topics()
    feeds = {path for path in held(folder) if path.endswith(("atom.xml", "rss.xml", "feed.json"))}
    assert before.keys() == feeds
    assert Publisher(folder, SITE).topics() == before
    changed = replace(STORM, html="<p>Calm again.</p>")
    publisher.publish(Held(replace(CATALOGUE, posts=[changed if one is STORM else one for one in CATALOGUE.posts])))
    after = publisher.topics()
    names = ("atom.xml", "rss.xml", "feed.json")
    assert {path for path in after if after[path] != before[path]} == {
        f"{place}{name}" for place in SHOWING_STORM for name in names
    }
    # What somebody has just spoilt is still there, and will be made good.
    (folder / "atom.xml").write_text("spoilt")
    assert Publisher(folder, SITE).topics() == after | {"atom.xml": ""}

    def no_reading(_: Path) -> bytes:
        raise AssertionError("read again")

    monkeypatch.setattr(Path, "read_bytes", no_reading)
    assert publisher.topics() == after


def test_files_can_be_read_by_a_web_server(publisher: Publisher, folder: Path) -> None:
    mask = os.umask(0o022)
    try:
        publisher.publish(Held(CATALOGUE))
    finally:
        os.umask(mask)
    assert stat.S_IMODE((folder / "atom.xml").stat().st_mode) == 0o644


def test_two_posts_with_one_tag_in_two_spellings_share_its_feed(publisher: Publisher, folder: Path) -> None:
    posts = [post(1, "One", tags=(Tag("a", "A"),)), post(2, "Two", tags=(Tag("a", "a"),))]
    publisher.publish(Held(Catalogue(SITE, posts)))
    titles = [item["title"] for item in json.loads((folder / "tags/a/feed.json").read_bytes())["items"]]
    assert titles == ["Two", "One"]
