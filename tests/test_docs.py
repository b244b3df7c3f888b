"""What can rot in the documentation does not: pages are compared with the code they describe."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from typer.main import get_command

from silkport.kernel import errors
from silkport.model.columns import Table
from silkport.model.documents import DOCUMENT_TABLES

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


generate = load_generator()


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def region(text: str, name: str) -> str:
    found = [
        match["body"].strip() for match in generate.REGION.finditer(text) if match["name"] == name
    ]
    assert len(found) == 1, f"the region {name!r} stands {len(found)} times"
    return str(found[0])


def built(name: str) -> str:
    """A region as it must be now. Skipped while the part it describes is not there."""
    try:
        return str(generate.REGIONS[name]())
    except generate.NotBuiltError as absent:
        pytest.skip(f"{absent} is not there yet")


ERRORS = [error for error, _ in generate.error_classes()]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_error_has_a_page_and_stands_in_the_tree(error: type[errors.SilkportError]) -> None:
    assert f"## {error.code} {error.__name__}\n" in page("docs/errors.md")
    tree = inspect.getdoc(errors) or ""
    assert re.search(rf"─ {error.__name__} +{error.code}$", tree, re.MULTILINE)


def test_the_tree_names_no_error_that_is_gone() -> None:
    drawn = set(re.findall(r"SP-\d{4}", inspect.getdoc(errors) or ""))
    assert drawn == {error.code for error in ERRORS}


def test_error_codes_are_unique() -> None:
    codes = [error.code for error in ERRORS]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("table", DOCUMENT_TABLES, ids=lambda table: table.name)
def test_every_input_column_is_documented(table: Table) -> None:
    text = page("docs/columns.md")
    section = text.partition(f"### {table.name}\n")[2].partition("\n### ")[0]
    missing = [c.outside for c in table.columns if f"| `{c.outside}` | `{c.name}` |" not in section]
    assert missing == []


def test_every_command_is_documented() -> None:
    main = pytest.importorskip("silkport.cli.main", exc_type=ModuleNotFoundError)
    names = [name for name, _ in generate.command_tree(get_command(main.app), "silkport")]
    assert names
    text = page("docs/commands.md")
    assert [name for name in names if f"## {name}\n" not in text] == []


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md"])
def test_journey_table(name: str) -> None:
    assert region(page(name), "journey") == built("journey")


@pytest.mark.parametrize("path", generate.pages(), ids=lambda path: path.name)
def test_generated_regions_are_up_to_date(path: Path) -> None:
    text = path.read_text("utf-8")
    assert generate.filled(text, []) == text


@pytest.mark.parametrize("name", sorted(generate.REGIONS))
def test_every_region_is_filled_somewhere(name: str) -> None:
    body = built(name)
    assert body.strip()
    assert any(
        f"<!-- generated: {name} -->" in path.read_text("utf-8") for path in generate.pages()
    )


def test_region_names_are_known() -> None:
    used = {
        match["name"]
        for path in generate.pages()
        for match in generate.REGION.finditer(path.read_text("utf-8"))
    }
    assert used <= set(generate.REGIONS)


def test_a_stale_region_is_seen() -> None:
    text = "<!-- generated: errors -->\nold\n<!-- end -->"
    assert generate.filled(text, []) != text
    assert "SP-1101 UnreadableFile" in generate.filled(text, [])


def test_a_part_that_is_absent_is_told_from_a_broken_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_part.py").write_text("import no_such_module_anywhere\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
        generate.part("broken_part")
    with pytest.raises(generate.NotBuiltError):
        generate.part("silkport.no_such_part")


LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("path", generate.pages(), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    targets = [path.parent / target for target in LINK.findall(path.read_text("utf-8"))]
    assert [str(target) for target in targets if not target.exists()] == []


def test_every_pinned_package_has_its_licence_stated() -> None:
    pins = [line.split("==")[0] for line in page("constraints.txt").splitlines() if "==" in line]
    text = page("docs/licences.md")
    rows = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    cells = {name for row in rows for name in row.split(", ")}
    assert sorted(set(pins) - cells) == []


def test_every_data_set_has_its_terms_stated(root: Path) -> None:
    data = root.parent / "shared" / "data"
    if not data.exists():
        pytest.skip("../shared/data is not here; nothing to compare")
    text = page("docs/licences.md")
    assert [one.name for one in data.iterdir() if f"| {one.name} |" not in text] == []


def test_every_dependency_is_justified() -> None:
    project = tomllib.loads(page("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    text = page("docs/adr/0001-dependencies.md")
    names = [re.split(r"[<>=]", one)[0] for one in wanted]
    rows = "\n".join(line for line in text.splitlines() if line.startswith("| "))
    assert [name for name in names if name not in rows] == []


def test_glossary_has_four_languages() -> None:
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|", page("GLOSSARY.md"), re.MULTILINE)
    terms = [row for row in rows if row[0] != "en"]
    assert len(terms) >= 60
    assert len({row[0] for row in terms}) == len(terms)
    assert [row for row in terms if not all(cell.strip() for cell in row)] == []
