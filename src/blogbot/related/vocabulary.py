"""From a post's words to its terms: single words, pairs of words that stand together, and tags.

A term is a string: "research", "user research" (a pair, in the order of the text), "#user research" (a tag). It must not
know other posts: how much a term is worth is the index's business.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import add

from blogbot.related.stopwords import stop_words
from blogbot.text import words

TITLE_WEIGHT = 3
TAG_WEIGHT = 6
LONGEST_TEXT = 200_000
LONGEST_WORD = 40
MOST_TERMS = 3_000
MOST_TAGS = 50

# Scripts that put no space between words: there, two characters side by side do duty for a word.
_RUN = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = re.compile(f"[{_RUN}]+")
_UNSPACED_OR_NOT = re.compile(f"[{_RUN}]+|[^{_RUN}]+")


def terms(title: str, text: str, tags: Sequence[str], *, summary: str = "") -> dict[str, int]:
    """What one post is about: weighted counts of its terms, to be kept with it and handed to the index.

    `text` is plain, its blocks apart by blank lines. At most 3,000 terms, the most frequent; among equals the earlier.
    """
    blocks = [words(block) for block in text[:LONGEST_TEXT].split("\n\n")]
    headline, lead = words(title[:LONGEST_TEXT]), words(summary[:LONGEST_TEXT])
    small = stop_words([*headline, *(word for block in blocks for word in block)])
    counts: Counter[str] = Counter()
    for term in (tag_term(tag) for tag in tags[:MOST_TAGS]):
        counts[term] = TAG_WEIGHT
    for term in _terms(headline, small):
        counts[term] += TITLE_WEIGHT
    for block in (lead, *blocks):
        counts.update(_terms(block, small))
    counts.pop("#", None)
    return dict(counts.most_common(MOST_TERMS))


def is_pair(term: str) -> bool:
    """Whether a term is two words of the text side by side."""
    return " " in term and term[0] != "#"


def tag_term(name: str) -> str:
    """The term of a tag, the same for "User Research", "user-research" and a hashtag of it; "#" where it has no words."""
    return "#" + " ".join(map(stem, words(name[:200])))


def stem(word: str) -> str:
    """`word` without an English plural's ending: the one rule that helps more than it harms, in other languages too."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word[-1] == "s" and word[-2] not in "sui":
        word = word[:-1]
    return f"{word[:-2]}y" if len(word) > 4 and word.endswith("ie") else word


def unspaced(word: str) -> bool:
    """Whether a word is, in part, a run in a script that puts no space between words."""
    return not word.isascii() and _UNSPACED.search(word) is not None


def _terms(block: Sequence[str], small: frozenset[str]) -> list[str]:
    """The words of one block but the small ones, and its pairs; a pair reaches over the small words between."""
    single = [stem(word) for word in _spaced(block) if word not in small]
    return single + [f"{first} {second}" for first, second in pairwise(single)]


def _spaced(block: Iterable[str]) -> Iterable[str]:
    """Words as an alphabet knows them: a single letter says nothing and goes, a run without spaces is taken in pairs."""
    for word in block:
        if not unspaced(word):
            if len(word) > 1:
                yield word[:LONGEST_WORD]
            continue
        for part in _UNSPACED_OR_NOT.findall(word):
            if len(part) == 1 or not _UNSPACED.match(part):
                yield part[:LONGEST_WORD]
            else:
                yield from map(add, part, part[1:])
