"""What belongs beside a post, and what a post without tags is about."""

from __future__ import annotations

import json
import string
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from benchmarks import related as benchmark
from hypothesis import given, settings
from hypothesis import strategies as st

from blogbot.model import Origin
from blogbot.related import Document, Index, Neighbour, suggest_tags, terms
from blogbot.related.steps import steps, walked
from blogbot.related.vocabulary import stem, tag_term

DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)

GARDEN = [
    "Composting kitchen waste feeds the allotment soil, and worms turn kitchen waste into rich compost.",
    "Our allotment soil was poor until we spread compost; now the raised beds grow beans and pumpkins.",
    "Raised beds warm early: sow beans in the raised beds in spring, and mulch with compost.",
]
HARBOUR = [
    "The harbour ferry timetable follows the tide, and the ferry crew checks the tide tables every morning.",
    "Tide tables tell a ferry crew when the harbour bar can be crossed.",
    "A new ferry crosses the harbour bar at low water, so the timetable no longer follows the tide tables.",
]


def document(
    id: int, text: str, *, title: str = "", tags: Iterable[str] = (), days: float = 0, links: tuple[int, ...] = ()
) -> Document:
    return Document(id, terms(title, text, list(tags)), DAY + timedelta(days=days), links)


def index_of(*documents: Document) -> Index:
    index = Index()
    for each in documents:
        index.add(each)
    return index


def two_subjects() -> Index:
    """Gardens are 0, 1, 2; harbours are 10, 11, 12."""
    return index_of(
        *(document(id, text) for id, text in enumerate(GARDEN)),
        *(document(id, text) for id, text in enumerate(HARBOUR, start=10)),
    )


def ids(neighbours: Iterable[Neighbour]) -> list[int]:
    return [neighbour.id for neighbour in neighbours]


# --- Steps ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "size"), [([], 2), ([7], 2), ([0, 1, 65_536], 2), ([9, 3, 65_538], 2), ([3, 65_539], 4), ([2**31], 4)]
)
def test_numbers_are_held_as_short_as_their_steps_allow(numbers: list[int], size: int) -> None:
    taken = steps(numbers)
    assert taken.itemsize == size
    assert list(walked(taken)) == sorted(numbers)


# --- Terms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("The users of the library", {"user", "library", "user library"}, {"the", "of", "the user"}),
        ("Stories, policies and buses", {"story", "policy"}, {"stories", "and"}),
        ("We don't, and it's the council's", {"council"}, {"don", "it", "s", "t", "council s"}),
        ("café säuerlich naïve", {"café", "säuerlich", "café säuerlich"}, set()),
        (
            "die Straße und der Garten sind nicht für die Katze",
            {"straße", "garten", "katze"},
            {"die", "und", "der", "für"},
        ),
        ("東京の天気", {"東京", "京の", "天気"}, {"東京の天気"}),
        ("हिन्दी भाषा", {"हिन्दी", "भाषा"}, set()),
        ("one\n\nblock", {"block"}, {"one block"}),
        ("...!? -- \n\n —", set(), {""}),
    ],
)
def test_terms_are_the_telling_words_and_their_pairs(text: str, wanted: set[str], unwanted: set[str]) -> None:
    found = terms("", text, [])
    assert wanted <= found.keys()
    assert not unwanted & found.keys()


def test_title_and_tags_weigh_more_than_the_text() -> None:
    found = terms("Compost", "Compost and mulch", ["Raised Beds"])
    assert found["compost"] == 4
    assert found["mulch"] == 1
    assert found["#raised bed"] == 6


@pytest.mark.parametrize(
    ("one", "other"),
    [("User Research", "user-research"), ("stories", "Story"), ("zombie", "Zombies"), ("open_data", "Open data")],
)
def test_spellings_of_one_tag_are_one_term(one: str, other: str) -> None:
    assert tag_term(one) == tag_term(other)


def test_a_tag_without_a_word_is_no_term() -> None:
    assert terms("", "compost", ["***", ""]) == {"compost": 1}


@pytest.mark.parametrize(
    ("word", "root"), [("gas", "gas"), ("bus", "bus"), ("class", "class"), ("analysis", "analysis"), ("posts", "post")]
)
def test_only_what_looks_like_a_plural_is_cut(word: str, root: str) -> None:
    assert stem(word) == root


def test_an_endless_text_gives_a_bounded_number_of_terms() -> None:
    letters = string.ascii_lowercase
    text = " ".join(a + b + c + d for a in letters for b in letters for c in letters[:10] for d in letters[:10])
    found = terms("x" * 5_000, text, [f"tag{n}" for n in range(500)])
    assert len(found) == 3_000
    assert max(map(len, found)) <= 81


# --- Related ---------------------------------------------------------------------------------------------------------


def test_posts_about_the_same_come_first() -> None:
    index = two_subjects()
    for id in range(3):
        assert set(ids(index.related(id, 2))) == {0, 1, 2} - {id}
        assert set(ids(index.related(id + 10, 2))) == {10, 11, 12} - {id + 10}


@pytest.mark.parametrize(
    "texts",
    [
        (
            "Die Fähre folgt den Gezeiten im Hafen",
            "Der Hafen und die Fähre bei Ebbe",
            "Im Garten reift der Kürbis auf dem Kompost",
        ),
        ("Паром ходит через гавань по приливу", "Гавань закрыта, паром стоит", "В саду зреет тыква на компосте"),
        ("潮汐表と港の渡し船", "渡し船は港を出る", "庭の南瓜と堆肥"),
        ("العبارة تعبر الميناء مع المد", "الميناء مغلق و العبارة تنتظر", "اليقطين ينضج في الحديقة"),
    ],
)
def test_other_languages_work_too(texts: tuple[str, str, str]) -> None:
    index = index_of(*(document(id, text) for id, text in enumerate(texts)))
    assert ids(index.related(0, 1)) == [1]
    assert ids(index.related(1, 1)) == [0]


def test_links_of_the_post_come_first_and_in_order() -> None:
    index = two_subjects()
    index.relink(0, (12, 10, 12, 0, 99))
    found = index.related(0, 4)
    assert found[:2] == [Neighbour(12, Origin.CURATED, 1.0), Neighbour(10, Origin.CURATED, 1.0)]
    assert set(ids(found[2:])) == {1, 2}
    assert {neighbour.origin for neighbour in found[2:]} == {Origin.COMPUTED}


def test_a_link_from_another_post_is_worth_much() -> None:
    index = two_subjects()
    assert 12 not in ids(index.related(2))
    index.relink(12, (2,))
    found = {neighbour.id: neighbour for neighbour in index.related(2)}
    assert found[12].origin is Origin.COMPUTED
    assert found[12].score >= 0.5 > found[0].score
    index.relink(12, ())
    assert 12 not in ids(index.related(2))


def test_a_link_to_a_post_that_is_not_there_yet_waits_for_it() -> None:
    index = index_of(document(1, GARDEN[0], links=(2,)))
    assert index.related(1) == []
    index.add(document(2, HARBOUR[0]))
    assert index.related(1) == [Neighbour(2, Origin.CURATED, 1.0)]
    assert index.affected(2) == {1, 2}
    index.remove(2)
    assert index.related(1) == []
    assert index.affected(2) == {1}


def test_pins_come_before_links_and_both_before_likeness() -> None:
    index = two_subjects()
    index.relink(0, (10, 2, 12), pins=(12, 11, 0, 77, 12))
    found = index.related(0, 5)
    assert ids(found) == [12, 11, 10, 2, 1]
    assert [neighbour.origin for neighbour in found] == [Origin.CURATED] * 4 + [Origin.COMPUTED]


def test_a_pin_to_what_is_not_there_is_passed_over_until_it_comes() -> None:
    index = index_of(Document(1, terms("", GARDEN[0], []), DAY, pins=(3, 2)), document(2, GARDEN[1]))
    assert ids(index.related(1)) == [2]
    index.add(document(3, HARBOUR[0]))
    assert ids(index.related(1)) == [3, 2]
    index.remove(2)
    assert ids(index.related(1)) == [3]


def test_of_two_equals_the_nearer_in_time_comes_first() -> None:
    index = index_of(
        document(1, GARDEN[0]),
        document(2, f"{GARDEN[1]} Visitors came in autumn.", days=-900),
        document(3, f"{GARDEN[1]} Visitors came in winter.", days=20),
        document(4, HARBOUR[0]),
    )
    near, far = index.related(1, 2)
    assert (near.id, far.id) == (3, 2)
    assert near.score > far.score


@pytest.mark.parametrize("published", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_date_far_off_is_no_error(published: datetime) -> None:
    index = two_subjects()
    index.add(Document(3, terms("", "Worms turn kitchen waste into compost", []), published))
    assert 0 in ids(index.related(3, 1))


def test_shared_tags_bring_posts_together() -> None:
    index = index_of(
        document(1, "Nothing said twice", tags=["Tides"]),
        document(2, "Entirely different sentence", tags=["tides"]),
        document(3, "Another remark altogether"),
    )
    assert ids(index.related(1)) == [2]


def test_words_side_by_side_tell_more_than_words_apart() -> None:
    index = index_of(
        document(1, "Child protection matters: social work teams need calm"),
        document(2, "Social work and child protection in the city"),
        document(3, "Work on the child seat: social city, protection of the"),
        document(4, "Beans"),
        document(5, "Ferries"),
    )
    first, second = index.related(1, 2)
    assert (first.id, second.id) == (2, 3)
    assert first.score > second.score


def test_a_post_with_nothing_in_common_is_not_named() -> None:
    assert index_of(document(1, "Compost"), document(2, "Ferry"), document(3, "")).related(1) == []


def test_two_posts_are_enough() -> None:
    found = index_of(document(1, GARDEN[0]), document(2, GARDEN[1])).related(1)
    assert ids(found) == [2]
    assert 0 < found[0].score <= 1


@pytest.mark.parametrize("limit", [0, 1, 2, 4])
def test_a_list_is_no_longer_than_asked(limit: int) -> None:
    index = two_subjects()
    index.relink(0, (10, 11))
    assert len(index.related(0, limit)) == limit


def test_unknown_posts_have_no_list() -> None:
    index = two_subjects()
    assert index.related(77) == []
    assert index.affected(77) == set()
    assert index.tags(77) == ()
    index.remove(77)
    index.relink(77, (1,))
    assert len(index) == 6


def test_a_changed_post_is_found_by_its_new_text_only() -> None:
    index = two_subjects()
    index.add(document(0, f"{HARBOUR[0]} Gulls follow the ferry."))
    assert len(index) == 6
    assert set(ids(index.related(0, 3))) == {10, 11, 12}
    assert 0 not in ids(index.related(1, 2))


def test_the_links_of_a_removed_post_go_with_it() -> None:
    index = two_subjects()
    index.relink(12, (2,))
    index.remove(12)
    assert 12 not in ids(index.related(2))
    assert 12 not in index.affected(2)


@pytest.mark.parametrize("before", [9, 10, 60])
def test_the_first_two_posts_that_are_alike_find_each_other(before: int) -> None:
    index = index_of(*(document(id, f"word{id} thing{id} word{id}") for id in range(before)))
    assert index.related(3) == []
    index.add(document(99, "word3 thing3"))
    assert ids(index.related(99)) == [3]
    assert ids(index.related(3)) == [99]


def test_a_removed_post_is_nowhere_and_its_place_is_used_again() -> None:
    index = two_subjects()
    index.remove(1)
    assert 1 not in index
    assert 1 not in ids(index.related(0))
    index.add(document(50, f"{HARBOUR[2]} Gulls follow the ferry."))
    assert set(ids(index.related(50, 3))) == {10, 11, 12}
    assert 50 not in ids(index.related(0, 1))


def test_a_new_post_affects_its_neighbours_and_what_links_join_it_with() -> None:
    index = two_subjects()
    index.add(document(99, "Nothing alike", links=(10,)))
    assert index.affected(99) == {99, 10}
    assert {0, 1, 2} <= index.affected(0)


def test_affected_posts_are_few_however_many_there_are() -> None:
    index = index_of(*(document(id, f"{GARDEN[id % 3]} number{id}") for id in range(300)))
    assert 20 < len(index.affected(7)) <= 101


def test_a_post_whose_list_is_full_of_better_ones_is_not_affected() -> None:
    index = index_of(*(document(id, f"{GARDEN[0]} {HARBOUR[0] if id % 2 else 'beans'}") for id in range(40)))
    index.add(document(99, f"{GARDEN[0].split(',')[0]} beans elsewhere entirely unrelated otherwise distinct"))
    assert len(index.affected(99)) > 20
    for id in range(40):
        index.related(id)
    assert len(index.affected(99)) < 5


def test_similar_posts_of_a_text_that_is_not_in_the_index() -> None:
    index = two_subjects()
    found = index.similar(terms("", HARBOUR[0], []), limit=3)
    assert set(ids(found)) == {10, 11, 12}
    assert index.similar({}, DAY) == []
    assert Index().similar(terms("", HARBOUR[0], [])) == []


def test_the_same_posts_in_the_same_order_give_the_same_lists() -> None:
    one, other = two_subjects(), two_subjects()
    assert [one.related(id) for id in (0, 1, 2, 10)] == [other.related(id) for id in (0, 1, 2, 10)]


def test_an_index_that_grew_post_by_post_agrees_with_a_fresh_one() -> None:
    texts = [f"{(GARDEN + HARBOUR)[id % 6]} {'tide ' * (id % 4)}quay{id} berth{id} crane{id}" for id in range(60)]
    documents = [document(id, text, days=id * 40) for id, text in enumerate(texts)]
    grown, fresh = Index(), index_of(*documents)
    for each in documents:
        grown.add(each)
        grown.related(each.id)
    for each in documents:
        scores = {n.id: n.score for n in fresh.related(each.id, 60)}
        assert len(grown.related(each.id, 10)) == 10
        for neighbour in grown.related(each.id, 10):
            assert neighbour.score == pytest.approx(scores[neighbour.id], rel=0.1)


WORDS = st.sampled_from([*"abcdefgh", "ferry", "tide", "#tag", "low tide", "ferry crew", "", " ", "#", "港"])
STEPS: st.SearchStrategy[list[tuple[str, int, dict[str, int], tuple[int, ...]]]] = st.lists(
    st.one_of(
        st.tuples(
            st.just("add"),
            st.integers(0, 8),
            st.dictionaries(WORDS, st.integers(-1, 10**9), max_size=8),
            st.lists(st.integers(0, 9), max_size=4).map(tuple),
        ),
        st.tuples(st.just("remove"), st.integers(0, 9), st.just({}), st.just(())),
        st.tuples(
            st.just("relink"), st.integers(0, 9), st.just({}), st.lists(st.integers(0, 9), max_size=4).map(tuple)
        ),
    ),
    max_size=40,
)


def test_a_post_taken_in_place_of_an_empty_one_is_weighed_anew() -> None:
    index = Index()
    for id, counts in ((0, {}), (1, {"a": 1})):
        index.add(Document(id, counts, DAY))
    index.related(1)
    index.add(Document(0, {"a": 1}, DAY))
    assert [neighbour.score > 0 for neighbour in index.related(1)] == [True]


@given(STEPS)
@settings(max_examples=120, deadline=None)
def test_whatever_comes_and_goes_a_list_is_sound(steps: list[tuple[str, int, dict[str, int], tuple[int, ...]]]) -> None:
    index, known = Index(), set()
    for what, id, counts, links in steps:
        if what == "add":
            index.add(Document(id, counts, DAY + timedelta(days=id), links))
            known.add(id)
        elif what == "relink":
            index.relink(id, links)
        else:
            index.remove(id)
            known.discard(id)
        for each in known:
            found = index.related(each, 5)
            assert each not in ids(found)
            assert len(set(ids(found))) == len(found) <= 5
            assert set(ids(found)) <= known
            assert all(0 < neighbour.score <= 1 for neighbour in found)
            assert [n.origin for n in found] == sorted((n.origin for n in found), reverse=True), "the curated first"
            assert each in index.affected(each) <= known
    for id in list(known):
        index.remove(id)
    assert len(index) == 0
    assert all(index.frequency(term) == 0 for term in ("ferry", "low tide", "#tag"))


# --- Suggested tags --------------------------------------------------------------------------------------------------

ARTICLE = """
After the inspection, the council asked for help with its children's services. An improvement board met every month, and
the improvement board asked the same thing each time: is social work practice getting safer?

Frontline social workers carried far too many cases. The improvement board paid for more social workers, and caseloads fell.
Good social work practice needs supervision. Regular supervision, small caseloads, and leaders who stay: that is what the
inspectors of Careline saw on their last visit, and Careline said so in its report. We've thanked everyone.

Children's services will be inspected again by Careline next year.
"""


def test_an_article_alone_gives_phrases_of_its_own() -> None:
    found = suggest_tags("What inspection taught us", ARTICLE, {}, Index())
    assert len(found) == 5
    assert {"improvement board", "Careline"} <= set(found)
    assert any("social work" in name for name in found)


def test_no_suggestion_repeats_a_word_or_is_a_small_one() -> None:
    found = suggest_tags("What inspection taught us", ARTICLE, {}, Index(), limit=10)
    words = [stem(word) for name in found for word in name.lower().split()]
    assert len(words) == len(set(words))
    assert not {"the", "and", "we've", "year", "good", "said"} & set(words)


def tagged() -> Index:
    return index_of(
        *(document(id, text, tags=["Allotments"]) for id, text in enumerate(GARDEN)),
        *(document(id, text, tags=["Ferries", "News"]) for id, text in enumerate(HARBOUR, start=10)),
    )


KNOWN = {"allotments": "Allotments", "ferries": "Ferries", "news": "News", "ofsted": "Ofsted"}


def test_tags_of_posts_that_are_alike_are_suggested_first() -> None:
    found = suggest_tags("Low water", "The harbour bar, the tide tables and a crew that waits.", KNOWN, tagged())
    assert found[:2] == ["Ferries", "News"]
    assert not {"Allotments", "Ofsted"} & set(found)


def test_a_tag_whose_words_stand_in_the_text_is_suggested() -> None:
    assert "Ofsted" in suggest_tags("A year with Ofsted", "Ofsted came, and Ofsted went.", KNOWN, tagged())


def test_with_enough_known_tags_the_text_gives_no_more() -> None:
    found = suggest_tags("News of ferries", f"{HARBOUR[0]} Ofsted saw it. Ofsted!", KNOWN | {"tide": "Tide"}, tagged())
    assert set(found) <= {"Ferries", "News", "Tide", "Ofsted"}
    assert len(found) >= 3


def test_the_post_itself_in_the_index_does_no_harm() -> None:
    index = tagged()
    index.add(document(20, HARBOUR[1]))
    assert suggest_tags("", HARBOUR[1], KNOWN, index)[0] == "Ferries"


def test_on_a_full_blog_what_every_post_says_is_no_topic() -> None:
    index = index_of(*(document(id, f"Our newsletter number{id}: the newsletter of the harbour") for id in range(40)))
    text = "The newsletter tells of eels. Eels return, says the newsletter; eels, the newsletter, eels."
    assert suggest_tags("", text, {}, index)[0] == "eels"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("La marée monte. La marée du port, et le port sans marée.", "marée"),
        ("Die Fähre fährt. Für die Fähre ist es Zeit, und die Fähre wartet.", "Fähre"),
    ],
)
def test_small_words_of_other_languages_are_not_suggested(text: str, expected: str) -> None:
    assert suggest_tags("", text, {}, Index())[0] == expected


@pytest.mark.parametrize(
    ("title", "text", "known"),
    [
        ("", "", {}),
        ("!!!", "\n\n - \n * ", {"x": "***", "y": ""}),
        ("1234", "12 12 12 3.5 3.5 %% %%", {}),
        ("a" * 5_000, "b" * 300_000, {"c": "c" * 5_000}),
        ("東京", "東京の天気。東京の天気。", {}),
        ("'", "’s ’s 's 's", {}),
    ],
)
def test_a_text_without_topics_gets_none(title: str, text: str, known: dict[str, str]) -> None:
    assert suggest_tags(title, text, known, Index()) == []


@given(st.text(max_size=80), st.text(max_size=400), st.lists(st.text(max_size=20), max_size=5), st.integers(0, 6))
@settings(max_examples=150, deadline=None)
def test_suggestions_are_few_distinct_and_never_empty(title: str, text: str, names: list[str], limit: int) -> None:
    found = suggest_tags(title, text, {str(n): name for n, name in enumerate(names)}, tagged(), limit)
    assert len(found) == len(set(found)) <= limit
    assert all(name.strip() for name in found)


# --- Copies and a mix of tags ----------------------------------------------------------------------------------------

TALE = (
    "The lamplighter wrote in his diary each night which ferry was late, what the tide did to the harbour bar, and who had "
    "borrowed his ladder. His granddaughter found forty volumes under the stairs of a house by the allotment. Volunteers read "
    "them aloud in the reading room every Thursday, and the archive prints one page a week beside the timetable."
)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (TALE, True),
        (f"First published last spring. {TALE} All rights reserved.", True),
        (TALE.replace("Thursday", "Friday").replace("forty volumes", "forty-one books"), True),
        (TALE.partition(", and the archive")[0] + ".", True),
        (" ".join(sorted(TALE.split())), False),
        (f"A lamplighter, a ladder, and a ferry that was late: {HARBOUR[2]}", False),
    ],
    ids=["a reprint", "with a note", "corrected", "without its end", "the same words", "the same subject"],
)
def test_a_copy_is_neither_related_nor_shown_beside_what_it_copies(other: str, same: bool) -> None:
    index = two_subjects()
    for id, text in ((20, TALE), (21, other)):
        index.add(document(id, text, title=f"Title {id}", days=id))
    assert (21 not in ids(index.related(20))) == (20 not in ids(index.related(21))) == same
    assert len({20, 21} & {*ids(index.related(11))}) == (1 if same else 2)
    index.relink(11, (21, 20))
    assert ids(index.related(11))[: 1 if same else 2] == ([21] if same else [21, 20])
    index.relink(20, (21,))
    assert (21 not in ids(index.related(20))) == same
    index.relink(20, (), pins=(21,))
    assert ids(index.related(20))[0] == 21, "an editor may name even a copy"


@pytest.mark.parametrize("texts", [("Low water", "Low water"), (GARDEN[0], GARDEN[0].replace("kitchen", "garden"))])
def test_short_texts_are_copies_only_where_it_can_be_told(texts: tuple[str, str]) -> None:
    index = index_of(*(document(id, text) for id, text in enumerate(texts)), document(2, HARBOUR[0]))
    assert ids(index.related(0)) == [1]


def test_what_every_post_of_a_blog_repeats_makes_no_copies() -> None:
    frame = " ".join(GARDEN + HARBOUR)
    index = index_of(*(document(id, f"{frame} On board: guest{id} with cargo{id}") for id in range(40)))
    assert all(len(index.related(id)) == 10 for id in range(40))


def series(parts: int = 12, others: int = 8) -> Index:
    """The parts of a series are 0, 1, 2 ...; what else is there of the harbour, under another tag, is from 200 on."""
    return index_of(
        *(
            document(id, f"{HARBOUR[id % 3]} part{id} page{id} end{id}", tags=["Tides", "Series"])
            for id in range(parts)
        ),
        *(document(id, f"Crew crew{id} of the ferry", tags=["Crews"], days=90) for id in range(200, 200 + others)),
        *(document(id, f"Pumpkin pumpkin{id} beans", tags=["Gardens"]) for id in range(300, 300 + parts // 2)),
    )


@pytest.mark.parametrize("parts", [7, 12, 80])
def test_a_series_does_not_fill_a_list(parts: int) -> None:
    index = series(parts)
    found = ids(index.related(3, 10))
    assert found[0] < parts, "the most alike stays first"
    for start in range(6):
        assert len({index.tags(id) for id in found[start : start + 5]}) == 2
    assert not any(id >= 300 for id in found)


def test_where_nothing_else_is_alike_a_series_fills_the_list() -> None:
    assert len(series(others=0).related(3, 10)) == 10


def test_a_tag_that_nearly_every_post_has_is_no_series() -> None:
    index = index_of(
        *(document(id, f"{HARBOUR[id % 3]} part{id}", tags=["Us"]) for id in range(12)),
        document(50, HARBOUR[0].split(",")[0]),
    )
    plain = index_of(
        *(document(id, f"{HARBOUR[id % 3]} part{id}") for id in range(12)), document(50, HARBOUR[0].split(",")[0])
    )
    assert [50 in ids(index.related(id, 5)) for id in range(12)] == [
        50 in ids(plain.related(id, 5)) for id in range(12)
    ]


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from([*GARDEN, *HARBOUR]), max_size=3).map(" ".join),
            st.lists(st.sampled_from(["a", "b", "c"]), max_size=2),
            st.lists(st.integers(0, 9), max_size=3).map(tuple),
            st.lists(st.integers(0, 9), max_size=3).map(tuple),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 6),
)
@settings(max_examples=40, deadline=None)
def test_every_list_keeps_the_order_and_holds_no_copies(
    posts: list[tuple[str, list[str], tuple[int, ...], tuple[int, ...]]], limit: int
) -> None:
    index = Index()
    for id, (text, tags, links, pins) in enumerate(posts):
        index.add(Document(id, terms("", text, tags), DAY, links, pins))
    for id, (text, _, links, pins) in enumerate(posts):
        found = ids(index.related(id, limit))
        pinned = [pin for pin in dict.fromkeys(pins) if pin < len(posts) and pin != id][:limit]
        assert found[: len(pinned)] == pinned
        curated = [n.id for n in index.related(id, limit) if n.origin is Origin.CURATED][len(pinned) :]
        assert curated == [link for link in dict.fromkeys(links) if link in curated]
        long = [posts[each][0] for each in (id, *found) if len(posts[each][0].split()) > 15]
        assert len({*long}) == len(long) or {*pins} & {*found}
        assert len(found) <= limit
        if limit and not found:
            mine = terms("", text, posts[id][1])
            alike = [n for n, post in enumerate(posts) if n != id and mine.keys() & terms("", post[0], post[1])]
            assert all(index._is_copy(index._prints(id), index._prints(n)) for n in alike), "never empty without need"


# --- The benchmark -------------------------------------------------------------------------------------


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "posts").mkdir()
    for slug, body in (
        (
            "2026-01-01-ferry",
            'See [the big pumpkin]({{ "/2026/01/02/Pumpkin/" | url }}) and [us](https://a.example). {% x %}',
        ),
        (
            "2026-01-02-pumpkin",
            'A <a href="https://b.example/2026/01/01/ferry/#x">boat trip</a> after [all][1].\n\n[1]: /2026/01/03/tide/',
        ),
        ("2026-01-03-tide", "Low water."),
        ("2026-01-04-alone", "Nobody links here."),
    ):
        (tmp_path / "posts" / f"{slug}.md").write_text(f"---\ntitle: A title\ntags: [a, 2]\n---\n{body}\n", "utf-8")
    (tmp_path / "related_links.json").write_text(json.dumps({"ferry": ["pumpkin"], "pumpkin": ["tide"]}), "utf-8")
    return tmp_path


def test_the_benchmark_takes_the_answers_out_of_the_texts(corpus: Path) -> None:
    ferry, pumpkin, *_ = benchmark.read(corpus).posts
    assert "pumpkin" not in ferry.body
    assert "us" in ferry.body
    assert "boat trip" not in pumpkin.body
    assert "all" not in pumpkin.body
    assert ferry.tags == ("a", "2")


def test_the_benchmark_counts_links_in_both_directions(corpus: Path) -> None:
    posts = benchmark.read(corpus)
    assert posts.linked == {"ferry": {"pumpkin"}, "pumpkin": {"ferry", "tide"}, "tide": {"pumpkin"}}
    assert posts.hits(lambda _: [1]) == pytest.approx(2 / 3)
    assert posts.hits(lambda _: [3, 3, 3, 3, 3, 0, 1, 2]) == 0
