"""Markdown files and folders of them."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from blogbot.errors import SourceError
from blogbot.model import EventItem, EventStatus, PostItem
from blogbot.sources import markdown
from blogbot.sources.document import Setting
from tests.sources import HERE, LONDON, at, events, fixture, items, of, posts


def post(raw: str | bytes, where: str = "some-post.md") -> PostItem:
    [item] = posts(markdown.look(of(raw, where), LONDON))
    return item


def event(*lines: str) -> EventItem:
    [item] = events(markdown.look(of("---\n" + "\n".join(lines) + "\n---\nText.", "x.md"), LONDON))
    return item


def problem(raw: str | bytes, where: str = "some-post.md") -> str:
    with pytest.raises(SourceError) as refused:
        items(markdown.look(of(raw, where), LONDON))
    return str(refused.value)


def test_a_folder_gives_its_articles_in_order_and_leaves_out_what_is_none(tmp_path: Path) -> None:
    look = markdown.look_at_folder(HERE / "posts", LONDON)
    assert look.complete
    assert [entry.where for entry in look.entries or ()] == [
        "2026-03-01-first-steps.md",
        "2026-03-05-second-thoughts.md",
        "2026/2026-03-06-first-steps.md",
        "2026/nested/Plain_Text.v2.md",
        "draft.markdown",
    ]
    assert [item.slug for item in posts(look)] == ["first-steps", "second-thoughts", "first-steps", "plain_text.v2"]


def test_two_files_of_one_slug_stay_two_articles() -> None:
    keys = [item.key for item in posts(markdown.look_at_folder(HERE / "posts", LONDON))]
    assert keys[0] == "markdown:2026-03-01-first-steps"
    assert keys[2] == "markdown:2026/2026-03-06-first-steps"


def folder_keys(folder: Path) -> dict[str, str]:
    look = markdown.look_at_folder(folder, LONDON)
    return {
        entry.where: item.key for entry in look.entries or () for item in entry.read() if isinstance(item, PostItem)
    }


def write(folder: Path, **texts: str) -> None:
    """Files by their path, `__` for a slash, without the extension."""
    for name, raw in texts.items():
        path = folder / f"{name.replace('__', '/')}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(raw)


def test_a_file_more_makes_no_other_file_another_article(tmp_path: Path) -> None:
    write(tmp_path, b__welcome="# B", c__x="---\nslug: welcome\n---\nC")
    before = folder_keys(tmp_path)
    write(tmp_path, a__welcome="# A", welcome="# Top")
    after = folder_keys(tmp_path)
    assert len(set(after.values())) == 4
    assert {where: after[where] for where in before} == before


def test_two_files_that_say_they_are_one_are_both_named_and_neither_is_taken_for_the_other(tmp_path: Path) -> None:
    write(tmp_path, b="---\nid: 7\n---\nB", c="---\nid: 8\n---\nC")
    write(tmp_path, a="---\nid: 7\n---\nA")
    entries = {entry.where: entry for entry in markdown.look_at_folder(tmp_path, LONDON).entries or ()}
    assert len(entries["c.md"].read()) == 1
    for where, other in (("a.md", "b.md"), ("b.md", "a.md")):
        with pytest.raises(SourceError, match=f"same article as {other}") as refused:
            entries[where].read()
        assert refused.value.where == where


def test_a_long_path_has_a_bounded_key_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, **{f"{'a' * 200}__{'b' * 200}{n}": "# T" for n in range(2)})
    keys = set(folder_keys(tmp_path).values())
    assert len(keys) == 2
    assert max(map(len, keys)) < 350


@pytest.mark.parametrize("name", ["index", "_index", "README", "Index"])
def test_a_folder_that_is_one_article_gives_it_its_name(name: str, tmp_path: Path) -> None:
    raw = "---\ntags: [x]\n---\nText"
    folder = tmp_path / "posts"
    write(folder, **{f"first-post__{name}": raw, f"2026-01-02-second__{name}": raw, name: raw, "third__plain": raw})
    found = {item.slug: item for item in posts(markdown.look_at_folder(folder, LONDON))}
    assert set(found) == {"first-post", "second", "posts", "plain"}
    assert found["first-post"].title == "First post"
    assert found["second"].published == datetime(2026, 1, 2, tzinfo=UTC)
    assert found["first-post"].key == f"markdown:first-post/{name}"
    alone = post(raw, f"{folder}/first-post/{name}.md")
    assert (alone.slug, alone.key) == ("first-post", "markdown:first-post")


@pytest.mark.parametrize("where", ["index.md", "../index.md", "./index.md"])
def test_a_bundle_without_a_folder_keeps_its_own_name(where: str) -> None:
    assert post("Text", where).slug == "index"


def test_a_folder_that_cannot_be_read_is_named_and_what_it_held_is_not_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a="# A", locked__deep__b="# B")
    scandir = os.scandir

    def guarded(path: str) -> Iterator[os.DirEntry[str]]:
        if os.fspath(path).endswith("deep"):
            raise PermissionError(errno.EACCES, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    look = markdown.look_at_folder(tmp_path, LONDON)
    assert not look.complete
    assert [entry.where for entry in look.entries or ()] == ["a.md"]
    [problem] = look.problems
    assert problem.where == "locked/deep"
    assert "permission denied" in problem.what
    (tmp_path / "a.md").unlink()
    nothing = markdown.look_at_folder(tmp_path, LONDON)
    assert (nothing.entries, nothing.complete, len(nothing.problems)) == ([], False, 1)
    with pytest.raises(SourceError, match="check its permissions"):
        markdown.look_at_folder(tmp_path / "locked" / "deep", LONDON)


def test_an_article_with_all_its_front_matter() -> None:
    item = posts(markdown.look_at_folder(HERE / "posts", LONDON))[0]
    assert item.title == "First steps & small tools"
    assert item.published == datetime(2026, 3, 1, 15, tzinfo=UTC)
    assert item.authors == ("ada", "Ben Brook")
    assert item.tags == ("Tools", "people")
    assert item.summary == "How we began."
    assert item.links == ("/2026/03/05/second-thoughts/",)
    assert 'alt="a spade [new]"' in item.html
    assert "<table>" in item.html
    assert "{{ keep this }}" in item.html
    assert "alert" not in item.html


def test_hidden_folders_and_files_about_the_folder_are_left_out(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "a.md").write_text("# Hidden")
    (tmp_path / "README.md").write_text("# About")
    (tmp_path / "CHANGELOG.md").write_text("---\ntitle: An article all the same\n---\n")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    [item] = posts(markdown.look_at_folder(tmp_path, LONDON))
    assert item.title == "An article all the same"


def test_an_empty_folder_says_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(SourceError, match=r"looked for \*\.md or \*\.markdown"):
        markdown.look_at_folder(tmp_path, LONDON)


def test_a_file_that_cannot_be_read_is_still_an_entry_and_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("# Good")
    (tmp_path / "huge.md").write_bytes(b"x" * 20_000_001)
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere")
    look = markdown.look_at_folder(tmp_path, LONDON)
    entries = {entry.where: entry for entry in look.entries or ()}
    assert set(entries) == {"good.md", "huge.md", "gone.md"}
    assert len(entries["good.md"].read()) == 1
    for name, reason in (("huge.md", "larger than 20 MB"), ("gone.md", "no such file")):
        with pytest.raises(SourceError, match=reason) as refused:
            entries[name].read()
        assert refused.value.where == name


def test_a_fingerprint_changes_when_and_only_when_the_outcome_may(tmp_path: Path) -> None:
    path = tmp_path / "a.md"

    def fingerprint(setting: Setting = LONDON) -> str:
        [entry] = markdown.look_at_folder(tmp_path, setting).entries or ()
        return entry.fingerprint

    path.write_text("# One")
    first = fingerprint()
    assert fingerprint() == first
    assert fingerprint(Setting("renamed", "Europe/London")) == first
    assert fingerprint(Setting("ours", "Asia/Tokyo")) != first
    assert fingerprint(Setting("ours", "Europe/London", "https://x.example/")) != first
    path.write_text("# Two")
    assert fingerprint() != first


@pytest.mark.parametrize(
    ("line", "name", "published"),
    [
        ("date: 2026-07-01 10:00", "x.md", datetime(2026, 7, 1, 9, tzinfo=UTC)),
        ("date: 2026-07-01", "x.md", datetime(2026, 6, 30, 23, tzinfo=UTC)),
        ("date: '2026-07-01T10:00:00-04:00'", "x.md", datetime(2026, 7, 1, 14, tzinfo=UTC)),
        ("date: 2026-07-01 10:00:00 -5", "x.md", datetime(2026, 7, 1, 15, tzinfo=UTC)),
        ("title: undated", "2026-07-01-x.md", datetime(2026, 6, 30, 23, tzinfo=UTC)),
        ("title: undated", "2026-7-1-x.md", datetime(2026, 6, 30, 23, tzinfo=UTC)),
        ("title: undated", "x.md", None),
    ],
)
def test_when_an_article_was_published(line: str, name: str, published: datetime | None) -> None:
    assert post(f"---\n{line}\n---\nText", name).published == published


@pytest.mark.parametrize(
    ("name", "lines", "slug"),
    [
        ("2026-07-01-My_Post.v2.md", "", "my_post.v2"),
        ("2024-12-5-loose-date.md", "", "2024-12-5-loose-date"),
        ("Über uns.md", "", "uber-uns"),
        ("x.md", "slug: Chosen-One", "chosen-one"),
        ("x.md", "slug: ../../etc/passwd", "etc-passwd"),
        ("a" * 200 + ".md", "", "a" * 100),
    ],
)
def test_what_an_article_is_called_in_addresses(name: str, lines: str, slug: str) -> None:
    assert post(f"---\ntitle: T\n{lines}\n---\nText", name).slug == slug


@pytest.mark.parametrize(
    ("lines", "key", "made_up"),
    [
        ("title: x", "markdown:some-post", True),
        ("slug: 'other' # why", "markdown:some-post", True),
        ("id: ~", "markdown:some-post", True),
        ("id: 4711", "markdown:4711", False),
        ("ID : '4711' # why", "markdown:4711", False),
        ("guid: https://x.example/?p=1", "markdown:https://x.example/?p=1", False),
        ("uid: one@x.example", "markdown:one@x.example", False),
    ],
)
def test_what_makes_an_article_the_same_after_a_change(lines: str, key: str, made_up: bool) -> None:
    item = post(f"---\n{lines}\n---\nText")
    assert (item.key, item.made_up) == (key, made_up)
    meeting = event("date: 2026-05-01", "end_date: 2026-05-01", lines)
    assert (meeting.uid, meeting.made_up) == (key.replace("some-post", "x"), made_up)


@pytest.mark.parametrize(
    ("lines", "key"), [("id = '4711'", "markdown:4711"), ("[params]\nid = '4711'", "markdown:some-post")]
)
def test_toml_names_an_article_too(lines: str, key: str) -> None:
    assert post(f"+++\n{lines}\n+++\nText").key == key


@pytest.mark.parametrize(
    ("lines", "pins"),
    [
        ("related: a-slug, 17", ("a-slug", "17")),
        ("related: [a-slug, /2026/03/tea/, 'https://e.org/x.md']", ("a-slug", "/2026/03/tea/", "https://e.org/x.md")),
        ("related:\n- 2026-03-02-tea.md\n- posts/2026-03-03-milk.markdown", ("tea", "posts/milk")),
        ("related: ['Tea: a history', Milk]", ("tea-a-history", "Milk")),
        (
            "related_posts:\n- {url: /tea, title: Tea}\n- {title: How to brew}\n- {slug: milk}",
            ("/tea", "how-to-brew", "milk"),
        ),
        ("related: ['{% post_url 2026-03-02-tea %}', tea]", ("/2026/03/02/tea", "tea")),
        ("related: [tea, tea, '']", ("tea",)),
    ],
)
def test_an_editor_pins_by_address_slug_id_file_or_title(lines: str, pins: tuple[str, ...]) -> None:
    found = post(f"---\ntitle: A\n{lines}\n---\nText.").curated
    assert tuple(pin.rstrip("/") for pin in found) == tuple(pin.rstrip("/") for pin in pins)


def test_a_heading_is_the_title_where_front_matter_gives_none() -> None:
    item = post("# The *real* title\n\nText")
    assert (item.title, item.html) == ("The real title", "<p>Text</p>")
    assert post("Just text", "2026-01-01-two_words.md").title == "Two words"


def test_values_stay_as_they_were_written() -> None:
    item = post("---\ntitle: 1.10\ntags: [2026-01-01, no, 007]\n---\n")
    assert (item.title, item.tags) == ("1.10", ("2026-01-01", "no", "007"))


def test_toml_front_matter_is_read_too() -> None:
    item = post('+++\ntitle = "T"\ndate = 2026-07-01T10:00:00Z\ntags = ["a", "b"]\n+++\nText')
    assert (item.title, item.tags, item.published) == ("T", ("a", "b"), datetime(2026, 7, 1, 10, tzinfo=UTC))


def test_long_and_dirty_values_are_bounded() -> None:
    tags = "".join(f"- {'t' * 300}{n}\n- tag{n}\n" for n in range(100))
    item = post(f'---\ntitle: "{"word " * 1000}\\u0007"\ntags:\n{tags}- ../../etc\n---\n\u202eText\x00\x0b')
    assert len(item.title) <= 500
    assert item.title.endswith("…")
    assert len(item.tags) == 50
    assert max(map(len, item.tags)) == 100
    assert "\x00" not in item.html
    assert "\x07" not in item.title


def test_relative_addresses_are_absolute_where_the_site_is_known() -> None:
    setting = Setting("ours", "UTC", "https://plots.example/")
    raw = "---\npermalink: /a/b/\nimage: /i.png\n---\n[c](../c/)"
    [item] = posts(markdown.look(of(raw, "x.md"), setting))
    assert item.url == "https://plots.example/a/b/"
    assert item.image == "https://plots.example/i.png"
    assert item.links == ("https://plots.example/a/c/",)
    assert post(raw).url == ""
    [bare] = posts(markdown.look(of("---\ntitle: T\nurl: http://[\n---\nx", "x.md"), setting))
    assert (bare.url, bare.image) == ("", "")


@pytest.mark.parametrize("line", ["draft: true", "published: false"])
def test_a_draft_is_not_shown(line: str) -> None:
    assert items(markdown.look(of(f"---\n{line}\n---\nx", "x.md"), LONDON)) == []


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("---\ntitle: a\n\tb: c\n---\n", "line 3: .*tab"),
        ("---\ntitle: a\ntitle: b\n---\n", "line 3: .*'title' stands twice"),
        ("---\ntitle: 'a\n---\n", "not valid YAML"),
        ("---\n- a\n- b\n---\n", "no list of keys"),
        ("---\ntitle: a\n", "never closed"),
        ("---\na: &x [1]\nb: [*x, *x]\n---\n", "line 3: .*aliases"),
        ("---\na: " + "[" * 5000 + "\n---\n", "nested too deeply"),
        ("---\na: " + "b" * 70_000 + "\n---\n", "larger than 64 kB"),
        ("+++\ntitle = \n+++\n", "not valid TOML"),
        ("+++\na = " + "[" * 5000 + "\n+++\n", "nested too deeply"),
        ("---\ndate: 2026-02-31\n---\n", "date: .*does not exist"),
        ("---\ndate: last week\n---\n", "date: .*is not a date"),
        ("---\nend_date: 2026-01-01\n---\n", "no date"),
        ("---\ndate: 2026-01-02\nend_date: 2026-01-01\n---\n", "ends .* before it begins"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "is not text"),
        ("x" * 1_000_001, "too large for one article"),
        (" \n", "is empty"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(raw: str | bytes, reason: str) -> None:
    said = problem(raw)
    assert said.startswith("some-post.md: ")
    assert re.search(reason, said)


def test_a_tag_of_yaml_runs_nothing() -> None:
    assert post("---\ntitle: !!python/object/apply:os.getcwd []\n---\nx").title == "Some post"


@pytest.mark.parametrize(
    "raw",
    [
        "Grüße".encode(),
        b"\xef\xbb\xbf" + "Grüße".encode(),
        "Grüße".encode("utf-16"),
        "Grüße, lange Grüße".encode("utf-16-le"),
        "Grüße".encode("cp1252"),
    ],
)
def test_common_encodings_are_read(raw: bytes) -> None:
    assert "Grüße" in post(raw).html


@pytest.mark.parametrize("raw", [">" * 50_000, "- " * 20_000, "[" * 20_000, "<div>" * 20_000, "*a_ " * 5_000])
def test_hostile_markdown_ends(raw: str) -> None:
    assert post(raw).title == "Some post"


# --- Events ----------------------------------------------------------------------------------------------------------


def test_front_matter_with_an_end_is_an_event() -> None:
    [item] = events(markdown.look(fixture("events/2026-05-04-workshop.md"), LONDON))
    assert item == EventItem(
        uid="markdown:2026-05-04-workshop",
        title="Pruning & grafting",
        starts=at("2026-05-04 20:00"),
        ends=at("2026-05-04 21:30"),
        timezone="Europe/London",
        html="<p>Bring /event/2026/04/tools/ gloves.</p>",
        location="Tool shed, Leeds",
        url="https://plots.example/join",
        tags=("trees",),
        made_up=True,
    )


@pytest.mark.parametrize(
    ("lines", "starts", "ends"),
    [
        (("date: 2026-05-01", "end_date: 2026-05-02"), date(2026, 5, 1), date(2026, 5, 3)),
        (("layout: event", "date: 2026-05-01"), date(2026, 5, 1), date(2026, 5, 2)),
        (("event: true", "date: 2026-05-01 10:00"), at("2026-05-01 10:00"), at("2026-05-01 11:00")),
        (("starts: 2026-05-01 10:00", "ends: 2026-05-01 10:00"), at("2026-05-01 10:00"), at("2026-05-01 10:00")),
        (("date: 2026-05-01 10:00", "end_date: 2026-05-01"), at("2026-05-01 10:00"), at("2026-05-02 00:00")),
        (
            ("date: 2026-01-01", "event:", "  starts: 2026-05-01 10:00"),
            at("2026-05-01 10:00"),
            at("2026-05-01 11:00"),
        ),
    ],
)
def test_when_an_event_is(lines: tuple[str, ...], starts: date, ends: date) -> None:
    item = event(*lines)
    assert (item.starts, item.ends) == (starts, ends)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("title: x", EventStatus.CONFIRMED),
        ("cancelled: true", EventStatus.CANCELLED),
        ("status: canceled", EventStatus.CANCELLED),
        ("draft: true", EventStatus.TENTATIVE),
    ],
)
def test_whether_an_event_takes_place(line: str, status: EventStatus) -> None:
    assert event("date: 2026-05-01", "end_date: 2026-05-01", line).status is status
