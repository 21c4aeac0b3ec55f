"""Full text: FTS5 on SQLite, tsvector on PostgreSQL, one behaviour.

A hit in the title counts more than one in the tags, that more than one in the summary, that more than one in the body.
Queries are wild text from anyone, so only plain words of them ever reach a database's query language.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import TextClause, bindparam, text

from blogbot.store.columns import Id
from blogbot.store.noun import Noun
from blogbot.text import folded, words

MOST_WORDS = 16
LONGEST_WORD = 64
LONGEST_QUERY = 5_000
LONGEST_TEXT = 100_000
"""Characters of a body that are searched: PostgreSQL takes 16,383 positions and one megabyte in a tsvector."""

_FTS5_COUNT = "SELECT count(*) FROM post_search WHERE post_search MATCH :query"
# bm25 saturates, so the weights lie far apart: they order the columns, not only favour them. What has all the words in its title
# comes first, and where there is enough of it, nothing else is weighed: a common word stands in thousands of posts, and to weigh
# one takes fifteen times as long as to find it. Dates are looked up of those alone that are as good as the last that is shown.
_FTS5_FIND = f"""
    WITH titled AS (
        SELECT rowid AS id FROM post_search WHERE post_search MATCH '{{title}}: (' || :every || ')'
    ), hits AS (
        SELECT rowid AS id, rowid NOT IN (SELECT id FROM titled) AS other,
            bm25(post_search, 1e9, 1e6, 1e3, 1.0) AS score
        FROM post_search WHERE post_search MATCH :query
        AND ((SELECT count(*) FROM titled) < :offset + :limit OR rowid IN (SELECT id FROM titled))
    )
    SELECT posts.id, ({_FTS5_COUNT}) AS total FROM hits JOIN posts ON posts.id = hits.id
    WHERE (other, score) <= (
        SELECT other, score FROM hits ORDER BY other, score LIMIT 1
        OFFSET min(:offset + :limit, (SELECT count(*) FROM hits)) - 1
    )
    ORDER BY other, score, posts.published DESC, posts.id DESC
    LIMIT :limit OFFSET :offset
"""  # noqa: S608  # our own constant
_TSQUERY = "(to_tsquery('blogbot_english', :query) || to_tsquery('simple', :query))"
_TSVECTOR_COUNT = f"SELECT count(*) FROM post_search WHERE vector @@ {_TSQUERY}"  # noqa: S608  # our own constant
_TSVECTOR_FIND = f"""
    SELECT posts.id, count(*) OVER () AS total FROM post_search JOIN posts ON posts.id = post_search.post_id
    CROSS JOIN (SELECT {_TSQUERY} AS wanted) AS query
    WHERE vector @@ wanted
    ORDER BY ts_rank('{{0.01, 0.1, 0.4, 1.0}}', vector, wanted) DESC, posts.published DESC, posts.id DESC
    LIMIT :limit OFFSET :offset
"""  # noqa: S608  # our own constant
_FTS5 = text(_FTS5_FIND), text(_FTS5_COUNT)
_TSVECTOR = text(_TSVECTOR_FIND), text(_TSVECTOR_COUNT)
_VECTOR = " || ".join(
    f"setweight(to_tsvector(CAST(:config AS regconfig), :{column}), '{weight}')"
    for column, weight in (("title", "A"), ("tags", "B"), ("summary", "C"), ("body", "D"))
)


class Search(Noun):
    """The index of posts by their words. Gone posts are taken out of it."""

    async def put(self, post_id: int, *, language: str, title: str, tags: str, summary: str, body: str) -> None:
        """Indexes a post that is not in the index."""
        row = {
            "id": post_id,
            "title": folded(title),
            "tags": folded(tags),
            "summary": folded(summary),
            "body": folded(body[:LONGEST_TEXT]),
        }
        if self._dialect == "postgresql":
            row["config"] = "blogbot_english" if not language or language.lower().startswith("en") else "simple"
            statement = f"INSERT INTO post_search (post_id, vector) VALUES (:id, {_VECTOR})"  # noqa: S608  # constant
        else:
            statement = "INSERT INTO post_search (rowid, title, tags, summary, body) VALUES (:id, :title, :tags, :summary, :body)"
        await self._run(text(statement).bindparams(bindparam("id", type_=Id)), row)

    async def remove(self, post_id: int) -> None:
        column = "post_id" if self._dialect == "postgresql" else "rowid"
        statement = f"DELETE FROM post_search WHERE {column} = :id"  # noqa: S608  # one of two constants
        await self._run(text(statement).bindparams(bindparam("id", type_=Id)), {"id": post_id})

    async def find(self, query: str, limit: int, offset: int) -> tuple[list[int], int, bool]:
        """The ids of one page of posts, best first, how many fit in all, and whether they hold all the words."""
        wanted = [folded(word)[:LONGEST_WORD] for word in words(query[:LONGEST_QUERY])][:MOST_WORDS]
        wanted = [word for word in wanted if word]
        if not wanted:
            return [], 0, True
        find, count = self._statements()
        all_of_them, any_of_them = (self._expression(wanted, every=every) for every in (True, False))
        for every, expression in ((True, all_of_them), (False, any_of_them)):
            given = {"query": expression, "every": all_of_them}
            rows = await self._rows(find, given | {"limit": limit, "offset": offset})
            total = rows[0].total if rows else 0
            if not rows and (offset > 0 or limit < 1):
                # A page beyond the last one has none that says how many there are.
                total = await self._value(count, given)
            if total:
                return [row.id for row in rows], total, every
            if len(wanted) == 1:
                break
        return [], 0, True

    def _statements(self) -> tuple[TextClause, TextClause]:
        """What finds a page of posts, each with the total, and what counts them alone."""
        return _TSVECTOR if self._dialect == "postgresql" else _FTS5

    def _expression(self, wanted: Sequence[str], *, every: bool) -> str:
        """The words in the database's own query language; people may still be typing the last one."""
        if self._dialect == "postgresql":
            terms = [f"'{word}'" for word in wanted]
            terms[-1] += ":*"
            return (" & " if every else " | ").join(terms)
        terms = [f'"{word}"' for word in wanted]
        terms[-1] += "*"
        return (" AND " if every else " OR ").join(terms)
