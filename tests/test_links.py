"""Which posts link to which, whatever order they come in."""

from __future__ import annotations

import pytest

from blogbot.intake.links import LinkMap


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
    links.update({1, 2}, set(), {"first": 1, "blog.example/2020/second": 2, "second": 2}, [(1, target, False)])
    assert links.of(1) == ((2,) if found else ())


def test_a_link_that_came_before_its_target_is_found_when_the_target_arrives() -> None:
    links = LinkMap([])
    assert links.update({1}, set(), {"first": 1}, [(1, "posts/second", False)]) == {1}
    assert links.of(1) == ()
    assert links.update({2}, set(), {"second": 2}, []) == {1, 2}
    assert links.of(1) == (2,)


def test_a_link_to_what_is_gone_is_no_link() -> None:
    links = LinkMap([])
    links.update({1, 2}, set(), {"first": 1, "second": 2}, [(1, "second", False)])
    assert links.update(set(), {2}, {}, []) == {1}
    assert links.of(1) == ()


def test_editors_come_first_and_a_post_never_links_to_itself() -> None:
    links = LinkMap([])
    addresses = {"a": 1, "b": 2, "c": 3}
    links.update({1, 2, 3}, set(), addresses, [(1, "a", False), (1, "b", False), (1, "c", True), (1, "b", False)])
    assert links.of(1) == (3, 2)


def test_a_post_that_moved_is_found_under_its_new_address_alone() -> None:
    links = LinkMap(["blog.example"])
    links.update({1, 2}, set(), {"a": 1, "b": 2, "blog.example/b": 2}, [(1, "blog.example/b", False), (2, "a", False)])
    assert links.of(1) == (2,)
    links.update({2}, set(), {"new": 2, "blog.example/new": 2}, [(2, "a", False)])
    assert links.of(1) == ()
    assert links.of(2) == (1,)
