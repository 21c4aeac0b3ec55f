"""Which posts link to which, whatever order they come in."""

from __future__ import annotations

import pytest

from blogbot.intake.links import LinkMap, Pointed


def named(ids: dict[str, int], *, strong: bool = True) -> list[tuple[int, str, bool]]:
    return [(id_, name, strong) for name, id_ in ids.items()]


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("blog.example/2020/second", True),
        ("2020/second", True),
        ("2019/somewhere-else/second", True),
        ("second", True),
        ("blog.example/other/second", True),
        ("elsewhere.example/2020/second", False),
        ("localhost:8080/second", False),
        ("2020/third", False),
    ],
)
def test_a_link_is_found_by_address_or_within_our_own_site_by_slug(target: str, found: bool) -> None:
    links = LinkMap(["www.blog.example"])
    links.update({1, 2}, set(), named({"first": 1, "blog.example/2020/second": 2, "second": 2}), [(1, target, False)])
    assert links.of(1).links == ((2,) if found else ())


def test_a_link_that_came_before_its_target_is_found_when_the_target_arrives() -> None:
    links = LinkMap([])
    assert links.update({1}, set(), named({"first": 1}), [(1, "posts/second", False)]) == {1}
    assert links.of(1).links == ()
    assert links.update({2}, set(), named({"second": 2}), []) == {1, 2}
    assert links.of(1).links == (2,)


def test_a_link_to_what_is_gone_is_no_link() -> None:
    links = LinkMap([])
    links.update({1, 2}, set(), named({"first": 1, "second": 2}), [(1, "second", False)])
    assert links.update(set(), {2}, [], []) == {1}
    assert links.of(1).links == ()


def test_editors_come_first_and_a_post_never_links_to_itself() -> None:
    links = LinkMap([])
    names = named({"a": 1, "b": 2, "c": 3})
    links.update({1, 2, 3}, set(), names, [(1, "a", False), (1, "b", False), (1, "c", True), (1, "b", False)])
    assert links.of(1) == Pointed(links=(2,), pins=(3,))


def test_a_post_that_moved_is_found_under_its_new_address_alone() -> None:
    links = LinkMap(["blog.example"])
    links.update(
        {1, 2}, set(), named({"a": 1, "b": 2, "blog.example/b": 2}), [(1, "blog.example/b", False), (2, "a", False)]
    )
    assert links.of(1).links == (2,)
    links.update({2}, set(), named({"new": 2, "blog.example/new": 2}), [(2, "a", False)])
    assert links.of(1).links == ()
    assert links.of(2).links == (1,)


def test_a_long_slug_is_found_too() -> None:
    long = "what-we-learned-after-interviewing-people-about-their-interactions.with-the-government"
    links = LinkMap([])
    links.update({1, 2}, set(), named({"first": 1, long: 2}), [(1, f"2016/03/{long}", False)])
    assert links.of(1).links == (2,)


@pytest.mark.parametrize("by_editor", [True, False])
def test_what_only_an_editor_calls_a_post_is_no_link_in_a_text(by_editor: bool) -> None:
    links = LinkMap([])
    names = [*named({"first": 1, "second": 2}), *named({"17": 2, "a-title": 3, "second": 3}, strong=False)]
    links.update({1, 2, 3}, set(), names, [(1, target, by_editor) for target in ("17", "tags/a-title", "second")])
    assert links.of(1) == (Pointed(links=(), pins=(2, 3)) if by_editor else Pointed(links=(2,), pins=()))


def test_a_link_leads_to_one_post_though_another_has_the_last_part_of_it_as_its_slug() -> None:
    links = LinkMap(["blog.example"])
    links.update({1, 2, 3}, set(), named({"blog.example/2020/tea": 2, "tea": 3}), [(1, "blog.example/2020/tea", False)])
    assert links.of(1).links == (2,)


def test_where_two_posts_have_one_address_a_link_finds_the_other_once_one_is_gone() -> None:
    links = LinkMap([])
    links.update({1, 2, 3}, set(), named({"tea": 3}) + named({"tea": 2}), [(1, "tea", False)])
    assert links.of(1).links == (2,)
    assert links.update(set(), {2}, [], []) == {1}
    assert links.of(1).links == (3,)
    assert links.update(set(), {3}, [], []) == {1}
    assert links.of(1).links == ()


def test_links_to_a_site_are_found_by_slug_once_a_post_of_it_has_come() -> None:
    links = LinkMap([])
    links.update({1, 2}, set(), named({"first": 1, "tea": 2}), [(1, "blog.example/2020/tea", False)])
    assert links.of(1).links == ()
    assert links.update({3}, set(), named({"blog.example/third": 3}), []) == {1, 3}
    assert links.of(1).links == (2,)
    assert links.update(set(), {2}, [], []) == {1}
