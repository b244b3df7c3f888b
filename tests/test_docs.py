"""What can rot in the documentation does not: pages are compared with the code they describe."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from silkport.cli.main import every_command
from silkport.journey import SHEETS
from silkport.kernel import errors, limits
from silkport.law.sentences import LANGUAGES
from silkport.model.columns import Table
from silkport.model.documents import DOCUMENT_TABLES
from silkport.model.outcomes import OUTCOME_TABLES
from silkport.node.law.books import administrations, law_book, sentences

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
SVG = "{http://www.w3.org/2000/svg}"


def load_script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


generate = load_script("generate")
picture = load_script("picture")


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def region(text: str, name: str) -> str:
    found = [
        match["body"].strip() for match in generate.REGION.finditer(text) if match["name"] == name
    ]
    assert len(found) == 1, f"the region {name!r} stands {len(found)} times"
    return str(found[0])


ERRORS = [error for error, _ in generate.error_classes()]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_error_has_a_page(error: type[errors.SilkportError]) -> None:
    assert f"## {error.code} {error.__name__}\n" in page("docs/errors.md")


def test_no_code_is_given_twice() -> None:
    codes = [error.code for error in ERRORS]
    assert sorted(set(codes)) == sorted(codes)


def test_error_codes_are_unique() -> None:
    codes = [error.code for error in ERRORS]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("table", DOCUMENT_TABLES, ids=lambda table: table.name)
def test_every_input_column_is_documented(table: Table) -> None:
    text = page("docs/columns.md")
    section = text.partition(f"### {table.name}\n")[2].partition("\n### ")[0]
    missing = [c.outside for c in table.columns if f"| `{c.outside}` | `{c.name}` |" not in section]
    assert missing == []


@pytest.mark.parametrize("table", OUTCOME_TABLES, ids=lambda table: table.name)
def test_every_outcome_column_is_documented(table: Table) -> None:
    text = page("docs/columns.md").partition("## What clearing writes")[2]
    section = text.partition(f"### {table.name}\n")[2].partition("\n### ")[0]
    assert [name for name in table.names if f"| `{name}` |" not in section] == []


def test_every_command_and_option_is_documented() -> None:
    commands = dict(generate.command_tree(every_command(), "silkport"))
    assert commands
    text = page("docs/commands.md")
    for name, command in commands.items():
        section = text.partition(f"## {name}\n")[2].partition("\n## ")[0]
        assert section, name
        options = [p.opts[0] for p in command.params if p.param_type_name == "option"]
        assert [one for one in options if one != "--help" and f"`{one}`" not in section] == []


@pytest.mark.parametrize("country", administrations())
def test_every_rule_of_an_administration_is_documented(country: str) -> None:
    section = page("docs/rules.md").partition(f"\n## {country}\n")[2].partition("\n## ")[0]
    listed = {
        code
        for regime in law_book(country).law.regimes
        for codes in regime.stages.values()
        for code in codes
    }
    rules = listed & {code for sheet in SHEETS for code in sheet.rules}
    assert rules
    assert sorted(code for code in rules if f"| {code} |" not in section) == []


def test_every_code_that_has_a_sentence_is_documented() -> None:
    text = page("docs/rules.md") + page("docs/errors.md")
    assert [code for code in sentences().codes if f"| {code} |" not in text] == []


def test_every_limit_is_documented() -> None:
    units = {"KIB", "MIB", "GIB"}
    names = [name for name in vars(limits) if name.isupper() and name not in units]
    assert names
    text = page("docs/limits.md")
    assert [name for name in names if f"| `{name}` |" not in text] == []


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md"])
def test_journey_table(name: str) -> None:
    assert region(page(name), "journey") == generate.REGIONS["journey"]()


@pytest.mark.parametrize("path", generate.pages(), ids=lambda path: path.name)
def test_generated_regions_are_up_to_date(path: Path) -> None:
    text = path.read_text("utf-8")
    assert generate.filled(text) == text


@pytest.mark.parametrize("name", sorted(generate.REGIONS))
def test_every_region_is_filled_somewhere(name: str) -> None:
    body = generate.REGIONS[name]()
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
    assert generate.filled(text) != text
    assert "SP-1101 UnreadableFile" in generate.filled(text)


def test_picture_is_drawn_from_summaries() -> None:
    summary = {
        "currency": "XTS",
        "outcomes": {"released": 7, "refused": 3},
        "refusals": {"CHK012": 2, "REG001": 1},
        "money": {"customs_value": 123_456, "vat": 0, "total": 250},
    }
    drawn = ElementTree.fromstring(picture.picture({"cn": summary, "kz": summary}))
    texts = ["".join(one.itertext()) for one in drawn.iter(f"{SVG}text")]
    assert texts.count("70.0 %") == 2
    assert texts.count("CHK012") == 2
    assert texts.count("2.50 XTS") == 2
    nothing = summary | {"refusals": {}, "money": {}}
    assert ElementTree.fromstring(picture.picture({"cn": nothing, "kz": nothing})) is not None


def test_picture_in_the_readme_is_whole() -> None:
    drawn = ElementTree.parse(DOCS / "day.svg").getroot()
    codes = {one.text for one in drawn.iter(f"{SVG}text") if "code" in one.get("class", "").split()}
    assert codes
    assert codes <= set(sentences().codes)
    assert "prefers-color-scheme: dark" in page("docs/day.svg")


LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("path", generate.pages(), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    targets = [path.parent / target for target in LINK.findall(text)]
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


def glossary() -> dict[str, dict[str, str]]:
    """Terms by their English name, without what stands in brackets."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|", page("GLOSSARY.md"), re.MULTILINE)
    plain = [[re.sub(r" ?[(（].*?[)）]", "", cell).strip() for cell in row] for row in rows]
    return {row[0]: dict(zip(LANGUAGES, row, strict=True)) for row in plain if row[0] != "en"}


@pytest.mark.parametrize(
    ("term", "word"),
    [
        ("pending", "pending"),
        ("refused", "refused"),
        ("held for an officer", "held"),
        ("return", "returned"),
        ("regime", "regime"),
        ("legal day", "legal_day"),
        ("legal source", "law"),
        ("unverified", "unverified"),
        ("grounds", "reasons"),
        ("customs value", "customs_value"),
        ("excise", "excise"),
        ("parcel", "parcels"),
    ],
)
def test_glossary_and_screens_agree(term: str, word: str) -> None:
    words = tomllib.loads(page("src/silkport/cli/words.toml"))[word]
    terms = glossary()[term]
    for language in LANGUAGES[1:]:
        assert alike(terms[language], words[language]), (language, terms[language])


TERMS_OF_SENTENCES = (
    "declarant consignee carrier platform merchant buyer payer inventory order payment waybill "
    "parcel insurance regime tolerance"
)


@pytest.mark.parametrize("term", TERMS_OF_SENTENCES.split())
def test_glossary_and_sentences_agree(term: str) -> None:
    files = (ROOT / "src" / "silkport" / "law" / "sentences").glob("*.toml")
    entries = [entry for file in files for entry in tomllib.loads(file.read_text("utf-8")).values()]
    for language in LANGUAGES[1:]:
        said = " ".join(entry[language] + " " + entry[f"fix_{language}"] for entry in entries)
        assert alike(glossary()[term][language], said), language


def alike(term: str, text: str) -> bool:
    """Whether every word of a term stands in a text, in whatever case."""
    stems = [word[: max(3, len(word) * 2 // 3)] for word in term.lower().split()]
    return all(stem in text.lower() for stem in stems)
