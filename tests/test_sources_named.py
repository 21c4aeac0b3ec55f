"""How a person names a source on the command line, and what is shown of it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from blogbot.cli import content, output
from tests.shell import Forked

SECRET = "http://jo:hunter2@127.0.0.1:9/feed?key=hunter2"


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_is_not_the_folder_one_stands_in(name: str, tmp_path: Path) -> None:
    (tmp_path / "post.md").write_text("# A post that nobody named")
    done = Forked(tmp_path).run("import", name, code=2)
    assert "An empty PATH_OR_URL names nothing" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code"), [(("sync",), 1), (("sync", "news"), 2), (("sync", f"{SECRET}&"), 2), (("doctor",), 1)]
)
def test_the_secrets_of_an_address_are_never_shown(arguments: tuple[str, ...], code: int, tmp_path: Path) -> None:
    (tmp_path / "blogbot.toml").write_text(f'[[sources]]\nlocation = "{SECRET}"\n')
    done = Forked(tmp_path).run(*arguments, code=code)
    said = done.stdout + done.stderr
    assert "http://127.0.0.1:9/feed?…" in said
    assert "hunter2" not in said


def test_the_bar_shows_a_name_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written = StringIO()
    monkeypatch.setattr(output, "err", Console(file=written, force_terminal=True, width=80, color_system=None))
    with content._progress("/posts/otters[bold].md", watched=True) as progress:
        progress(1, 2)
    assert "otters[bold].md" in written.getvalue()
