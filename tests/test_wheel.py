"""The wheel carries everything: built here, installed elsewhere, run from a third place."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{command} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation")
    run(*build, "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("silkport-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a fresh environment with the wheel in it.

    Dependencies come from this environment's site-packages by a path file, which does not
    follow the path files found there: the sources of this project stay out of sight.
    """
    place = tmp_path_factory.mktemp("elsewhere") / "venv"
    run(sys.executable, "-m", "venv", place, cwd=place.parent)
    folder = "Scripts" if os.name == "nt" else "bin"
    python = place / folder / "python"
    install = (python, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet")
    run(*install, wheel, cwd=place.parent)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    purelib = Path(run(python, "-c", ask, cwd=place.parent).strip())
    (purelib / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return place / folder


@pytest.fixture
def clean_env() -> dict[str, str]:
    dropped = ("PYTHONPATH", "SILKPORT_HOME", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in dropped}


def test_wheel_carries_the_data(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "src" / "silkport"
    data = {
        path.relative_to(package.parent).as_posix()
        for suffix in ("*.toml", "*.csv", "*.sql", "py.typed")
        for path in package.rglob(suffix)
    }
    assert {"silkport/py.typed", "silkport/node/store/segments.sql"} <= data
    assert any(name.startswith("silkport/countries/zz/") for name in data)
    assert data <= inside
    info = f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info"
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/NOTICE"} <= inside


def test_wheel_carries_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"silkport"}


def test_wheel_runs_elsewhere(installed: Path, clean_env: dict[str, str], tmp_path: Path) -> None:
    where = "import silkport; print(silkport.__path__[0])"
    at = Path(run(installed / "python", "-c", where, cwd=tmp_path, env=clean_env).strip())
    assert installed.parent in at.parents
    command = installed / "silkport"
    assert "clear" in run(command, "--help", cwd=tmp_path, env=clean_env)
    rules = run(command, "rules", "--at", "2026-07-01", "--as", "zz", cwd=tmp_path, env=clean_env)
    assert "CHK012" in rules
    assert "Zerafshan Parcel Act 2024" in rules


def test_wheel_clears_elsewhere(installed: Path, clean_env: dict[str, str], tmp_path: Path) -> None:
    command = installed / "silkport"
    sample = ("sample", "--parcels", "200", "--seed", "7", "--out", "day")
    run(command, *sample, cwd=tmp_path, env=clean_env)
    clear = ("clear", "day/parcels-0001.parquet", "--as", "cn", "--out", "cleared")
    run(command, *clear, cwd=tmp_path, env=clean_env)
    assert (tmp_path / "cleared" / "decisions.parquet").is_file()
    assert (tmp_path / "silkport-data" / "cn" / "index.sqlite3").is_file()
