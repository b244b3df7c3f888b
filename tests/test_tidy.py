"""Habits that no reviewer should have to watch. Every checker is itself shown a bad snippet.

A checker takes a parsed module and yields a line number and a complaint.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import metadata, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "silkport"

MODULE_LINES = 400
FUNCTION_LINES = 60
LINE_LENGTH = 100

CORE = ("kernel", "model", "law", "stages", "journey")
EXACT = ("kernel", "model", "law", "stages")
NATIONAL = ("formats", "countries")
CATCH_ALL_EDGES = ("node/serving.py", "cli/main.py", "formats/engines.py", "node/state/sqlite.py")
"""The only files that may catch everything: where a failure is reported, where engines panic,
where a writer hands it back to whose work it was."""

IMPURE_MODULES = frozenset(
    "http logging random secrets socket sqlite3 ssl structlog subprocess time urllib".split()
)
IMPURE_NAMES = frozenset(
    "date.today datetime.now datetime.today datetime.utcnow os.environ os.getenv os.urandom "
    "uuid.uuid1 uuid.uuid4".split()
)
BANNED_FILES = frozenset("base common helper helpers manager util utils".split())
COUNTRIES = frozenset("cn kz CN KZ CHN KAZ CNY KZT China Kazakhstan cn_kz kz_cn".split())

Complaint = tuple[int, str]


@dataclass(frozen=True)
class Module:
    """One Python file: its path below the package (or the project) and its text."""

    name: str
    source: str

    @property
    def room(self) -> str:
        return self.name.split("/")[0].removesuffix(".py")

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)


def dotted(node: ast.expr) -> str:
    """`datetime.datetime.now` as its last two names; nothing for other expressions."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
        owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
        return f"{owner}.{node.attr}"
    return ""


def imported(module: Module) -> Iterator[Complaint]:
    """Every imported module, as (line, full name)."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def sizes(module: Module) -> Iterator[Complaint]:
    lines = module.source.splitlines()
    if len(lines) > MODULE_LINES:
        yield len(lines), f"module has {len(lines)} lines, more than {MODULE_LINES}"
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_LENGTH:
            yield number, f"line has {len(line)} characters, more than {LINE_LENGTH}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length} lines, more than {FUNCTION_LINES}"


def names(module: Module) -> Iterator[Complaint]:
    for part in module.name.removesuffix(".py").split("/"):
        if part in BANNED_FILES:
            yield 1, f"a file or folder called {part} says nothing about what it holds"


def catch_alls(module: Module) -> Iterator[Complaint]:
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = (
            {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else {""}
        )
        if caught & {"", "Exception", "BaseException"} and module.name not in CATCH_ALL_EDGES:
            yield node.lineno, "catches everything; name the errors that are expected"


def prints(module: Module) -> Iterator[Complaint]:
    if module.room == "cli":
        return
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
        ):
            yield node.lineno, "prints; only cli speaks to a terminal"


def impurities(module: Module) -> Iterator[Complaint]:
    if module.room not in CORE:
        return
    for line, name in imported(module):
        if name.split(".")[0] in IMPURE_MODULES:
            yield line, f"imports {name}: no clock, chance, environment, log or socket in the core"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and dotted(node) in IMPURE_NAMES:
            yield node.lineno, f"uses {dotted(node)}: it is handed in as an argument"
        if isinstance(node, ast.ImportFrom) and node.module in {"os", "uuid"}:
            for alias in node.names:
                if f"{node.module}.{alias.name}" in IMPURE_NAMES:
                    yield node.lineno, f"imports {alias.name}: it is handed in as an argument"


def floats(module: Module) -> Iterator[Complaint]:
    if module.room not in EXACT:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, f"float literal {node.value}; money and rates are integers"
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "float"
        ):
            yield node.lineno, "makes a float; money and rates are integers"


def resolvings(module: Module) -> Iterator[Complaint]:
    """Types that msgspec resolves outside the one place where one thread at a time does."""
    if module.name == "model/decoding.py":
        return
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        typed = len(node.args) > 1 or any(one.arg == "type" for one in node.keywords)
        if called.startswith("msgspec.") and (
            called.endswith(("convert", "Decoder")) or (called.endswith(".decode") and typed)
        ):
            yield node.lineno, f"calls {called} for a type; model/decoding.py does"


def countries(module: Module) -> Iterator[Complaint]:
    if module.room in NATIONAL:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and node.value in COUNTRIES:
            yield node.lineno, f"names {node.value!r}; national differences live in countries/"


def kernel_imports(module: Module) -> Iterator[Complaint]:
    if module.room != "kernel":
        return
    for line, name in imported(module):
        top = name.split(".")[0]
        ours = name == "silkport.kernel" or name.startswith("silkport.kernel.")
        if not (ours or top in sys.stdlib_module_names or top == "stdnum"):
            yield line, f"kernel imports {name}; it stands on the standard library and stdnum"


PACKAGE_CHECKS: tuple[Callable[[Module], Iterator[Complaint]], ...] = (
    sizes,
    names,
    catch_alls,
    prints,
    impurities,
    floats,
    resolvings,
    countries,
    kernel_imports,
)


def package_modules() -> list[Module]:
    return [
        Module(path.relative_to(PACKAGE).as_posix(), path.read_text("utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    ]


def other_modules() -> list[Module]:
    paths = (
        path for folder in ("tests", "docs", "bench") for path in (ROOT / folder).rglob("*.py")
    )
    return [Module(p.relative_to(ROOT).as_posix(), p.read_text("utf-8")) for p in sorted(paths)]


def complaints(check: Callable[[Module], Iterator[Complaint]], modules: list[Module]) -> list[str]:
    return [f"{m.name}:{line}: {text}" for m in modules for line, text in check(m)]


@pytest.mark.parametrize("check", PACKAGE_CHECKS, ids=lambda check: check.__name__)
def test_package(check: Callable[[Module], Iterator[Complaint]]) -> None:
    found = complaints(check, package_modules())
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("check", [sizes, names], ids=lambda check: check.__name__)
def test_tests_docs_and_bench(check: Callable[[Module], Iterator[Complaint]]) -> None:
    found = complaints(check, other_modules())
    assert not found, "\n" + "\n".join(found)


BAD = [
    (sizes, "law/x.py", "\n" * 401),
    (sizes, "law/x.py", "def f():\n" + "    pass\n" * 60),
    (sizes, "law/x.py", "#" * 101),
    (names, "law/utils.py", ""),
    (names, "common/x.py", ""),
    (catch_alls, "node/x.py", "try:\n    pass\nexcept Exception:\n    pass"),
    (catch_alls, "node/x.py", "try:\n    pass\nexcept (OSError, BaseException):\n    pass"),
    (catch_alls, "cli/rules.py", "try:\n    pass\nexcept:\n    pass"),
    (prints, "node/x.py", "print(1)"),
    (impurities, "law/x.py", "import time"),
    (impurities, "law/x.py", "from random import choice"),
    (impurities, "kernel/x.py", "import logging"),
    (impurities, "stages/x.py", "from datetime import datetime\ndatetime.now()"),
    (impurities, "stages/x.py", "import datetime\ndatetime.date.today()"),
    (impurities, "journey.py", "import os\nos.environ['X']"),
    (impurities, "model/x.py", "from os import environ"),
    (impurities, "kernel/x.py", "import uuid\nuuid.uuid4()"),
    (floats, "stages/x.py", "rate = 0.16"),
    (floats, "kernel/x.py", "float('1')"),
    (resolvings, "node/x.py", "msgspec.json.decode(x, type=Y)"),
    (resolvings, "node/x.py", "msgspec.convert(x, Y)"),
    (resolvings, "cli/x.py", "msgspec.json.Decoder(Y)"),
    (countries, "stages/x.py", "if side == 'kz': pass"),
    (countries, "cli/x.py", "side = 'China'"),
    (kernel_imports, "kernel/x.py", "import polars"),
    (kernel_imports, "kernel/x.py", "from silkport.model import columns"),
]


@pytest.mark.parametrize(("check", "name", "source"), BAD)
def test_checker_sees_the_bad_snippet(
    check: Callable[[Module], Iterator[Complaint]], name: str, source: str
) -> None:
    assert list(check(Module(name, source)))


GOOD = [
    ("cli/main.py", "try:\n    print(1)\nexcept Exception:\n    pass"),
    ("formats/ceb.py", "COUNTRY = 'CN'"),
    ("node/clock.py", "import time\ntime.time()"),
    ("kernel/x.py", "import stdnum.isin\nfrom silkport.kernel.errors import SilkportError"),
    ("law/x.py", "from datetime import date\n\n\ndef f(day: date) -> int:\n    return 10**6"),
    ("sim/x.py", "share = 0.5"),
    ("node/x.py", "import msgspec\nmsgspec.json.decode(text)"),
]


@pytest.mark.parametrize(("name", "source"), GOOD)
def test_checkers_let_the_good_snippet_pass(name: str, source: str) -> None:
    module = Module(name, source)
    assert [found for check in PACKAGE_CHECKS for found in check(module)] == []


def test_countries_hold_no_python() -> None:
    assert list((PACKAGE / "countries").rglob("*.py")) == []


# What the project may import: declared packages, none of them under GPL or AGPL.


def is_copyleft(licence: str) -> bool:
    """GPL and AGPL in any spelling; LGPL and MPL packages may be used as they are."""
    return bool(re.search(r"(?<![LlA-Za-z])A?GPL|GNU General Public|Affero", licence))


@pytest.mark.parametrize(
    ("licence", "copyleft"),
    [
        ("GPL-3.0-or-later", True),
        ("AGPLv3", True),
        ("License :: OSI Approved :: GNU General Public License v2 (GPLv2)", True),
        ("License :: OSI Approved :: GNU Affero General Public License v3", True),
        (
            "License :: OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)",
            False,
        ),
        ("MIT", False),
    ],
)
def test_copyleft(licence: str, copyleft: bool) -> None:
    assert is_copyleft(licence) is copyleft


def foreign_packages() -> set[str]:
    tops = {name.split(".")[0] for module in package_modules() for _, name in imported(module)}
    return tops - sys.stdlib_module_names - {"silkport"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_imports_are_declared_and_not_copyleft() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {normal(re.split(r"[<>=\[ ]", one)[0]) for one in project["dependencies"]}
    homes = packages_distributions()
    for top in sorted(foreign_packages()):
        owners = {normal(name) for name in homes.get(top, [])}
        assert owners & declared, f"{top} is imported but not declared in pyproject.toml"
        for owner in owners:
            about = metadata(owner)
            fields = ("License-Expression", "Classifier")
            licences = [text for field in fields for text in about.get_all(field) or []]
            assert not any(map(is_copyleft, licences)), f"{owner} is under a copyleft licence"


def test_constraints_are_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []


# Nothing in the project knows the machine it was made on.

MACHINE_PATH = re.compile(r"(?<![\w.:/~-])/(?:work|home|root|tmp)/")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("open('/" + "home/x/y')", True),
        ("/" + "work/main", True),
        ("https://example.org/" + "home/page", False),
        ("out/" + "work/day", False),
    ],
)
def test_machine_path(text: str, found: bool) -> None:
    assert bool(MACHINE_PATH.search(text)) is found


def project_files() -> list[Path]:
    """Tracked files and those about to be; without git, everything but caches."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0 and (ROOT / ".git").exists():
        found = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        tops = ("src", "tests", "docs", "bench", ".ci")
        found = [path for top in tops for path in (ROOT / top).rglob("*")]
        found += [path for path in ROOT.iterdir() if path.suffix in {".md", ".toml", ".txt", ""}]
    return [path for path in found if path.is_file() and "__pycache__" not in path.parts]


def test_no_machine_paths() -> None:
    found = []
    for path in project_files():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in MACHINE_PATH.finditer(text)]
    assert found == []
