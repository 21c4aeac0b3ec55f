"""Each benchmark still measures, shown very small; and one that fails does not take the others' figures with it."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import benchmarks
import pytest
from benchmarks import answers, behind, builds, fanout, imports, ledger, memory, pace, related, sends, served, visits
from benchmarks.__main__ import ALL, main
from benchmarks.material import NoMaterial
from benchmarks.table import Row, compared, markdown, number, percentile, plain

ROOT = Path(__file__).parent.parent
SMALL: dict[str, Callable[[], list[Row]]] = {
    "answers": partial(answers.rows, answers.Size(posts=5, alone=1, crowd=2, rounds=1)),
    "sends": partial(sends.rows, 0.1),
    "ledger": partial(ledger.rows, 3),
    "pace": partial(pace.rows, [20], 0.3),
    "behind": partial(behind.rows, behind.Size(chats=3, people=2, questions=3, stock_queued=3, stock_questions=2)),
    "fanout": partial(fanout.rows, fanout.LEASE * fanout.LEASES),
    "builds": partial(builds.rows, builds.Size(posts=(2,), new=1)),
    "served": partial(served.rows, served.Size(unchanged=16, whole=16, alone=2)),
    "visits": partial(visits.rows, visits.Size(posts=20, events=10, times=1)),
    "memory": partial(memory.rows, memory.Size(chats=3, posts=5, people=1, questions=("/tags",))),
}
OF_POSTS: dict[str, Callable[[Path], list[Row]]] = {
    "import": imports.rows,
    "related": partial(related.rows, many=3),
}


@pytest.fixture
def material(tmp_path: Path) -> Path:
    """Three posts, two of which are linked."""
    (tmp_path / "posts").mkdir()
    for slug in ("ferry", "pumpkin", "tide"):
        text = f"---\ntitle: The {slug}\ndate: 2026-01-01\n---\nA word on the {slug} in winter.\n"
        (tmp_path / "posts" / f"2026-01-01-{slug}.md").write_text(text, "utf-8")
    (tmp_path / "related_links.json").write_text(json.dumps({"ferry": ["pumpkin"]}), "utf-8")
    return tmp_path


@pytest.mark.parametrize("name", sorted(ALL))
def test_each_benchmark_measures_and_leaves_nothing_behind(
    name: str, material: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A short name: a socket's whole path has little room, and where it is too long, PostgreSQL's package leaves a folder behind.
    folder = tmp_path_factory.mktemp("b")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    rows = SMALL[name]() if name in SMALL else OF_POSTS[name](material)
    assert any(row.value > 0 for row in rows)
    left = {*folder.iterdir()}
    assert {path.name for path in left} <= {".lockfile"}, "the lock of the package that brings PostgreSQL may stay"


def test_every_benchmark_is_in_the_table() -> None:
    names = [path.stem for path in Path(benchmarks.__path__[0]).glob("*.py") if path.stem != "__main__"]
    modules = [importlib.import_module(f"benchmarks.{name}") for name in names]
    assert {module.rows for module in modules if hasattr(module, "rows")} == set(ALL.values())


# --- The run ---------------------------------------------------------------------------------------------------------


def works() -> list[Row]:
    return [Row("it", 2.0, "s")]


def breaks() -> list[Row]:
    raise RuntimeError("the sandbox did not start")


def lacks() -> list[Row]:
    raise NoMaterial("set something to a folder")


def test_a_benchmark_that_fails_takes_no_other_figures_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {"one": breaks, "two": works}) == 1
    said = capsys.readouterr()
    assert said.out == plain(works()) + "\n"
    assert "one failed" in said.err
    assert "the sandbox did not start" in said.err


def test_one_without_material_is_left_out_and_says_what_it_wants(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--markdown"], {"one": lacks, "two": works}) == 0
    said = capsys.readouterr()
    assert said.out == markdown(works()) + "\n"
    assert "one: left out; set something to a folder" in said.err


def test_a_name_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["two", "three"], {"two": works})
    assert ended.value.code == 2
    assert "'three'; there are two" in capsys.readouterr().err


def test_standard_output_is_the_tables_alone(tmp_path: Path) -> None:
    """What blogbot logs meanwhile goes elsewhere, where it is logged at all."""
    program = (
        "import sys, structlog; from benchmarks.log import quiet; quiet();"
        "structlog.get_logger().warning('one'); structlog.get_logger().error('two')"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == ""
    assert "one" not in done.stderr
    assert "two" in done.stderr


@pytest.mark.parametrize("benchmark", [imports.rows, related.rows])
def test_without_posts_there_is_nothing_to_measure_on(
    benchmark: Callable[[], list[Row]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOGBOT_BENCH_POSTS", str(tmp_path))
    with pytest.raises(NoMaterial, match="BLOGBOT_BENCH_POSTS"):
        benchmark()


def test_without_links_nobody_knows_what_is_related(material: Path) -> None:
    (material / "related_links.json").unlink()
    with pytest.raises(NoMaterial, match=r"related_links\.json"):
        related.rows(material)


# --- The table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.7528, "0.753"),
        (0, "0.000"),
        (9.996, "10.00"),
        (12.34, "12.3"),
        (98.76, "98.8"),
        (1234.6, "1,235"),
        (-5.0, "-5.00"),
    ],
)
def test_a_number_has_about_three_digits(value: float, written: str) -> None:
    assert number(value) == written


def test_a_table_is_aligned_as_text_and_as_markdown() -> None:
    rows = [
        compared("a|b", 3.0, "ms", "other", 2.0),
        Row("long name", 1500.0, "posts/s"),
        compared("none", 1, "s", "nought", 0),
    ]
    assert plain(rows).splitlines() == [
        "what       value  unit     against  ratio",
        "---------  -----  -------  -------  -----",
        "a|b         3.00  ms       other    1.50x",
        "long name  1,500  posts/s",
        "none        1.00  s        nought",
    ]
    assert markdown(rows[:1]).splitlines() == [
        "| what |   value | against | ratio |",
        "| ---- | ------: | ------- | ----: |",
        "| a\\|b | 3.00 ms | other   | 1.50x |",
    ]


@pytest.mark.parametrize(("share", "value"), [(0, 1), (0.5, 3), (0.99, 4), (1, 4)])
def test_a_share_of_the_values_lies_below_a_percentile(share: float, value: float) -> None:
    assert percentile([3, 1, 4, 2], share) == value
