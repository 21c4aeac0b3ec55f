"""Topics for a post whose editor gave none: the blog's own tags where they fit, else phrases of the text itself.

A tag fits where posts like this one have it, and where its words stand in the text. It must not know what becomes of a
suggestion; it never invents a word that neither the blog nor the text has.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from blogbot.related.index import Index
from blogbot.related.stopwords import GENERIC, stop_words
from blogbot.related.vocabulary import LONGEST_TEXT, LONGEST_WORD, stem, tag_term, terms, unspaced
from blogbot.text import words

VOTERS = 15  # so many posts that are alike are asked for their tags
FITTING = 0.35  # a known tag fits from here on; 1 is: all voters have it
NAMED = 0.06  # what each time that the text names a tag adds, at most five times
ENTITLED = 0.25  # what it adds that the title names it
ENOUGH = 3  # with so many known tags that fit, the text need not give phrases of its own
LONGEST_PHRASE = 3
TITLE_BONUS = 1.6
NAME_BONUS = 1.4  # for a phrase that is always written with capitals
WORD_BONUS = 1.2  # for each word of a phrase beyond the first: a longer one says more, and occurs less

_PIECES = re.compile(r"[.,;:!?()\[\]{}<>\"“”„«»…|/\\\n\r\t=*#•·]+|\s[-–—]+\s|[–—]")
_POSSESSIVE = re.compile(r"['’`]s?$")
_ADVERB = re.compile(r"[a-z]ly$")
_EDGES = "'’‘`-_–—&+~^$%@"


def suggest_tags(title: str, text: str, known: Mapping[str, str], index: Index, limit: int = 5) -> list[str]:
    """Up to `limit` tag names for a post that has none, best first. `known` are the blog's tags, slug to name.

    The post itself may be in `index` already. Where fewer than three known tags fit, phrases of the text follow them.
    """
    text = text[:LONGEST_TEXT]
    found = _fitting(title, text, known, index)[:limit]
    if len(found) < min(ENOUGH, limit):
        taken = {word for name in found for word in tag_term(name)[1:].split()}
        names = {tag_term(name): name for name in known.values()}
        found += [names.get(tag_term(phrase), phrase) for phrase in _phrases(title, text, index, taken)]
    return list(dict.fromkeys(found))[:limit]


# --- Known tags ------------------------------------------------------------------------------------------------------


def _fitting(title: str, text: str, known: Mapping[str, str], index: Index) -> list[str]:
    """The names of the known tags that fit, best first."""
    counts, headline = terms(title, text, ()), terms(title, "", ())
    votes = _votes(counts, index)
    scores = {}
    for name in known.values():
        term = tag_term(name)
        named = _times(term, counts)
        score = votes.get(term, 0.0) + NAMED * min(named, 5) + (ENTITLED if _times(term, headline) else 0.0)
        if score >= FITTING:
            scores[name] = score
    return sorted(scores, key=lambda name: (-scores[name], name))


def _votes(counts: Mapping[str, int], index: Index) -> dict[str, float]:
    """Each tag's share of what the posts most like this text have, by how alike they are."""
    votes: defaultdict[str, float] = defaultdict(float)
    total = 0.0
    for neighbour in index.similar(counts, limit=VOTERS):
        tags = index.tags(neighbour.id)
        total += neighbour.score if tags else 0.0
        for tag in tags:
            votes[tag] += neighbour.score
    return {tag: vote / total for tag, vote in votes.items()} if total else {}


def _times(term: str, counts: Mapping[str, int]) -> int:
    """How often a text names a tag: its word, or the rarest pair of its words."""
    parts = term[1:].split()
    if len(parts) < 2:
        return counts.get(parts[0], 0) if parts else 0
    return min(counts.get(f"{first} {second}", 0) for first, second in pairwise(parts))


# --- Phrases of the text ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Phrase:
    """A run of words, by its stems. `forms` are the ways it is written.

    `lower` counts how often without capitals, `capital` how often with them where no sentence asks for one.
    """

    stems: tuple[str, ...]
    forms: Counter[str] = field(default_factory=Counter)
    lower: int = 0
    capital: int = 0
    entitled: bool = False

    @property
    def count(self) -> int:
        return self.forms.total()

    @property
    def is_name(self) -> bool:
        return self.capital > self.lower

    @property
    def name(self) -> str:
        """As it is written most often; in small letters unless it is a name."""
        forms = self.forms if self.is_name else Counter(form.lower() for form in self.forms.elements())
        return forms.most_common(1)[0][0]


def _phrases(title: str, text: str, index: Index, taken: Iterable[str]) -> list[str]:
    """The phrases that a text keeps coming back to, best first; no two share a word, none has a word of `taken`."""
    phrases = _collect(title, text)
    telling = (p for p in phrases.values() if p.count > 1 or (p.entitled and len(p.stems) == 1))
    scores = {phrase.stems: _score(phrase, index) for phrase in telling}
    used, names = set(taken), []
    for stems in sorted(scores, key=lambda stems: (-scores[stems], stems)):
        if used.isdisjoint(stems) and scores[stems] > 0:
            used.update(stems)
            names.append(phrases[stems].name)
    return names


def _score(phrase: _Phrase, index: Index) -> float:
    length = len(phrase.stems)
    score = phrase.count * (1 + WORD_BONUS * (length - 1)) * _rarity(phrase.stems, index)
    return score * (TITLE_BONUS if phrase.entitled else 1.0) * (NAME_BONUS if phrase.is_name else 1.0)


def _rarity(stems: tuple[str, ...], index: Index) -> float:
    """From 0 for what every post of the blog says to 1 for what hardly another says; 1 while there are few posts."""
    if len(index) < 20:
        return 1.0
    terms = [f"{first} {second}" for first, second in pairwise(stems)] or stems
    return min(1 - math.log1p(index.frequency(term)) / math.log(len(index) + 2) for term in terms)


def _collect(title: str, text: str) -> dict[tuple[str, ...], _Phrase]:
    small = stop_words(words(f"{title} {text[:5000]}"))
    phrases: dict[tuple[str, ...], _Phrase] = {}
    for part, entitled in ((title, True), (text, False)):
        for run, opens in _runs(part, small):
            for first, forms in _parts(run):
                stems = tuple(stem(form.lower()) for form in forms)
                if _may_stand(forms, stems):
                    phrase = phrases.setdefault(stems, _Phrase(stems))
                    phrase.forms[" ".join(forms)] += 1
                    phrase.entitled |= entitled
                    lower = all(form == form.lower() for form in forms)
                    phrase.lower += lower
                    asked = entitled or (opens and first == 0 and not any(form[0].isupper() for form in forms[1:]))
                    phrase.capital += not (lower or asked)
    return phrases


def _runs(text: str, small: frozenset[str]) -> Iterator[tuple[list[str], bool]]:
    """The words between punctuation and small words, run by run; and whether the run opens a piece, as a sentence does."""
    for piece in _PIECES.split(text):
        run: list[str] = []
        opens = True
        for word in piece.split():
            bare = _POSSESSIVE.sub("", word.strip(_EDGES))
            if _is_small(bare.lower(), small) or unspaced(bare):
                if run:
                    yield run, opens
                run, opens = [], False
            else:
                run.append(bare)
        if run:
            yield run, opens


def _is_small(word: str, small: frozenset[str]) -> bool:
    """Whether a word says nothing; what is drawn together ("we've", "don't") goes by its first part."""
    parts = words(word)
    drawn = "'" in word or "’" in word
    return not parts or word in small or (drawn and parts[0] in small)


def _parts(run: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Every part of a run that is short enough for a phrase, and where it begins."""
    for first in range(len(run)):
        for length in range(1, min(LONGEST_PHRASE, len(run) - first) + 1):
            yield first, run[first : first + length]


def _may_stand(forms: list[str], stems: tuple[str, ...]) -> bool:
    """Whether a phrase could be a topic: some word of it says something, and none is a number or a letter alone."""
    if any(len(form) < 2 or form.isdigit() or len(form) > LONGEST_WORD for form in forms):
        return False
    telling = [form for form, root in zip(forms, stems, strict=True) if not {form.lower(), root} & GENERIC]
    if len(forms) > 1:
        return bool(telling)
    return bool(telling) and (len(forms[0]) > 3 or forms[0].isupper()) and not _ADVERB.search(forms[0])
