"""How good related articles are, and how fast: the index beside scikit-learn's TF-IDF and simpler ways, in one run.

The ground truth is the links that authors made between their own posts. They are taken out of the texts first (text and
target), so that no method can read the answer.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import frontmatter
import lxml.html
from markdown_it import MarkdownIt

from benchmarks.material import VARIABLE, NoMaterial, folder
from benchmarks.table import Row, compared, percentile
from blogbot import text
from blogbot.related import Document, Index, terms

FIRST = 5
MANY = 20_000
"""How many posts there are where one more comes."""

AIM, AIM_MS = 0.06, 50.0
"""So much better than scikit-learn's best the lists should be, and so soon a new post's be there."""

Ranking = Callable[[int], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A post without its links to other posts."""

    slug: str
    title: str
    body: str
    summary: str
    tags: tuple[str, ...]
    published: datetime


@dataclass(frozen=True, slots=True)
class Corpus:
    """Posts, and for the slug of each that has a link in either direction, the slugs at the links' other ends."""

    posts: tuple[Sample, ...]
    linked: dict[str, set[str]]

    def hits(self, ranking: Ranking, half: int | None = None) -> float:
        """The share of linked posts with at least one of their links among the first five; or of one half of them."""
        asked = [
            number
            for number, post in enumerate(self.posts)
            if post.slug in self.linked and half in (None, crc32(post.slug.encode()) % 2)
        ]
        hits = (
            any(self.posts[other].slug in self.linked[self.posts[number].slug] for other in ranking(number)[:FIRST])
            for number in asked
        )
        return sum(hits) / max(1, len(asked))


def rows(place: Path | None = None, many: int = MANY) -> list[Row]:
    """The rows for the table. Raises NoMaterial where there is no data to measure with."""
    corpus = read(place or folder())
    index, documents, seconds = _built(corpus)
    ours = _ranked(index, len(corpus.posts))
    value = corpus.hits(ours)
    unit = f"hit@{FIRST}"
    learned = _sklearn(corpus)
    others = {**learned, "tags alone": _by_tags(corpus), "most recent": _recent(corpus)}
    hits = {name: corpus.hits(ranking) for name, ranking in others.items()}
    return [
        *(compared("related articles", value, unit, name, theirs) for name, theirs in hits.items()),
        *(row for half in (None, 0, 1) for row in _above(corpus, ours, learned.values(), half)),
        *(Row(name, theirs, unit) for name, theirs in hits.items()),
        Row("related: lists whose first five share a tag", _on_one_topic(corpus, ours), "of all"),
        Row(f"related: terms and lists of {len(documents)} posts", len(documents) / seconds, "posts/s"),
        *_one_more(corpus, documents, many),
    ]


def _above(corpus: Corpus, ours: Ranking, theirs: Iterable[Ranking], half: int | None) -> Iterator[Row]:
    """By how much our lists are better than the best of others; of all posts, or of one half of them."""
    best = max((corpus.hits(ranking, half) for ranking in theirs), default=None)
    if best is not None:
        where = "" if half is None else f", half {half}"
        above = corpus.hits(ours, half) - best
        yield compared(
            f"related articles above scikit-learn's best{where}", above, f"hit@{FIRST}", f"the aim, {AIM}", AIM
        )


def _on_one_topic(corpus: Corpus, ranking: Ranking) -> float:
    """The share of lists whose first five have a tag in common."""
    firsts = (ranking(number)[:FIRST] for number in range(len(corpus.posts)))
    shared = [
        bool(set.intersection(*({*corpus.posts[n].tags} for n in first))) for first in firsts if len(first) == FIRST
    ]
    return sum(shared) / max(1, len(shared))


# --- The posts -------------------------------------------------------------------------------------------------------


def read(path: Path) -> Corpus:
    """The posts of a folder without their links to each other, and who links to whom. Raises NoMaterial without the links."""
    links = path / "related_links.json"
    if not links.is_file():
        raise NoMaterial(
            f"the folder that {VARIABLE} names has no related_links.json, which names for a slug those it links to"
        )
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    files = [(_slug(file), file) for file in sorted((path / "posts").glob("*.md"))]
    slugs = {slug for slug, _ in files}
    linked: dict[str, set[str]] = {}
    for slug, others in json.loads(links.read_text("utf-8")).items():
        for other in {*others} - {slug}:
            linked.setdefault(slug, set()).add(other)
            linked.setdefault(other, set()).add(slug)
    return Corpus(tuple(_sample(slug, file, markdown, slugs) for slug, file in files), linked)


def _slug(file: Path) -> str:
    return re.sub(r"^\d{4}-\d\d-\d\d-", "", file.stem).lower()


def _sample(slug: str, file: Path, markdown: MarkdownIt, slugs: set[str]) -> Sample:
    post = frontmatter.load(str(file))
    fields: dict[str, Any] = post.metadata
    day = re.match(r"(\d{4})-(\d+)-(\d+)", file.stem)
    if day is None:
        raise ValueError(f"{file}: a post's file name begins with its date, such as 2024-07-09-a-title.md")
    year, month, day_of_month = map(int, day.groups())
    return Sample(
        slug=slug,
        title=str(fields.get("title", "")),
        body=text.plain(_without_links(markdown.render(_without_templates(post.content)), slugs)),
        summary=str(fields.get("excerpt") or ""),
        tags=tuple(str(tag) for tag in fields.get("tags") or ()),
        published=datetime(year, month, day_of_month, tzinfo=UTC),
    )


def _without_templates(source: str) -> str:
    """`{{ "/address/" | url }}` becomes the address; other template tags go."""
    source = re.sub(r"\{\{\s*\"([^\"]*)\"\s*\|\s*url\s*\}\}", r"\1", source)
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", source, flags=re.DOTALL)


def _without_links(html: str, slugs: set[str]) -> str:
    """`html` without the links, text and target, that lead to another post."""
    root = lxml.html.fromstring(f"<div>{html}</div>")
    for link in list(root.iter("a")):
        address = re.search(r"/\d{4}/\d{1,2}/\d{1,2}/([^/?#]+)", link.get("href") or "")
        if address and address[1].lower() in slugs:
            link.drop_tree()  # type: ignore[attr-defined]
    return str(lxml.html.tostring(root, encoding="unicode"))


# --- The ways to relate ----------------------------------------------------------------------------------------------


def _built(corpus: Corpus) -> tuple[Index, list[Document], float]:
    """The index of the posts, and how long it took to work out terms, index and all lists."""
    start = time.perf_counter()
    index, documents = Index(), []
    for number, post in enumerate(corpus.posts):
        counts = terms(post.title, post.body, post.tags, summary=post.summary)
        documents.append(Document(number, counts, post.published))
        index.add(documents[-1])
    for document in documents:
        index.related(document.id)
    return index, documents, time.perf_counter() - start


def _ranked(index: Index, count: int) -> Ranking:
    lists = [[neighbour.id for neighbour in index.related(number, FIRST)] for number in range(count)]
    return lists.__getitem__


def _sklearn(corpus: Corpus) -> dict[str, Ranking]:
    """The best of a few plain settings of TfidfVectorizer on title and body: of single words, and of words and pairs."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError:
        return {}
    texts = [f"{post.title}\n{post.body}" for post in corpus.posts]
    best = {}
    for name, longest in (("scikit-learn TF-IDF, words", 1), ("scikit-learn TF-IDF, words and pairs", 2)):
        results = []
        for small in (None, "english"):
            for sublinear in (False, True):
                vectors = TfidfVectorizer(stop_words=small, sublinear_tf=sublinear, ngram_range=(1, longest))
                matrix = vectors.fit_transform(texts)
                results.append(_firsts(_sorted((matrix @ matrix.T).toarray().__getitem__, len(texts)), len(texts)))
        best[name] = max(results, key=corpus.hits)
    return best


def _firsts(ranking: Ranking, count: int) -> Ranking:
    """The same, with only the beginning of each list kept, so that it is sorted once."""
    return [ranking(number)[:FIRST] for number in range(count)].__getitem__


def _by_tags(corpus: Corpus) -> Ranking:
    """By the share of tags in common; among equals the newest."""
    tags = [set(post.tags) for post in corpus.posts]

    def scores(number: int) -> Iterator[tuple[float, datetime]]:
        for post, theirs in zip(corpus.posts, tags, strict=True):
            yield len(tags[number] & theirs) / max(1, len(tags[number] | theirs)), post.published

    return _sorted(scores, len(tags))


def _recent(corpus: Corpus) -> Ranking:
    return _sorted(lambda _: [post.published for post in corpus.posts], len(corpus.posts))


def _sorted(scores: Callable[[int], Iterable[object]], count: int) -> Ranking:
    """The posts by falling score, without the one that is asked for."""

    def ranking(number: int) -> list[int]:
        by_score = list(scores(number))
        others = [other for other in range(count) if other != number]
        return sorted(others, key=by_score.__getitem__, reverse=True)  # type: ignore[arg-type]

    return ranking


def _one_more(corpus: Corpus, documents: Sequence[Document], many: int) -> list[Row]:
    """How long it takes to take one more post into an index of `many` and make its list, and then its neighbours' anew.

    Nobody asked for a list before, so that all neighbours count, as they do after a start. The posts are the corpus over and over, each copy with a third of its terms under names of its own, so that the
    vocabulary grows as a real one's does. Medians of 15.
    """
    index = Index()
    for number in range(many):
        copy, document = number // len(documents), documents[number % len(documents)]
        own = {
            term if crc32(f"{term} {copy}".encode()) % 3 else f"{term}{copy}": count
            for term, count in document.terms.items()
        }
        index.add(Document(number, own, document.published))
    index.related(0)
    scored, updated, neighbours = [], [], []
    for extra in range(15):
        post = corpus.posts[extra % len(corpus.posts)]
        start = time.perf_counter()
        counts = terms(post.title, post.body, post.tags, summary=post.summary)
        index.add(Document(many + extra, counts, post.published))
        index.related(many + extra)
        listed = time.perf_counter()
        affected = index.affected(many + extra)
        for id_ in affected:
            index.related(id_)
        scored.append((listed - start) * 1000)
        updated.append((time.perf_counter() - listed) * 1000)
        neighbours.append(float(len(affected)))
    name = f"related: one new post among {many:,}"
    return [
        compared(f"{name}, scored", percentile(scored, 0.5), "ms", f"the aim, {AIM_MS:.0f} ms", AIM_MS),
        Row("  and its neighbours' lists made anew", percentile(updated, 0.5), "ms"),
        Row("  so many are they", percentile(neighbours, 0.5), "lists"),
    ]
