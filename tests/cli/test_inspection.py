"""The commands on inspection passports, as an inspector and an officer would use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shell import Result, run

RESULT = {
    "inspection_no": "KZ-PQ-7",
    "consignment_no": "KHG-000015",
    "house_no": "1",
    "body": "Plant quarantine of Kostanay",
    "body_code": "KZ-PQ",
    "competence": "plant",
    "method": "plant",
    "inspected_at": 1_790_000_000_000,
    "finding": "conforms",
    "valid_until": "2026-12-31",
    "image_digest": "ab" * 32,
    "goods": [{"gnum": 1, "hs_code": "110100", "net_mass_mg": 20_000_000_000}],
}


class Desk:
    """Two nodes in one home, and files beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        self.public = ""

    def run(self, *words: str, code: int = 0) -> Result:
        done = run(*words, "--home", self.home)
        assert done.code == code, done.words
        return done

    def file(self, name: str, content: object) -> str:
        path = self.folder / name
        path.write_text(json.dumps(content), "utf-8")
        return str(path)

    def path(self, name: str) -> str:
        return str(self.folder / name)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    here = Desk(tmp_path_factory.mktemp("desk"))
    both = ("--competence", "customs", "--competence", "inspection")
    for name, more in (("cn", ()), ("kz", both)):
        here.run("node", "init", "--as", name, *more)
        here.run("node", "card", "--as", name, "--out", here.path(f"{name}.card"))
    for name, other in (("cn", "kz"), ("kz", "cn")):
        here.run("node", "peer", "add", here.path(f"{other}.card"), "--as", name)
        key = str(here.home / name / "counsel.key")
        here.run("node", "register", "--as", name, "--with", other, "--sign", key)
    here.public = run("inspection", "key", here.path("body.key")).out.strip()
    here.run(*body_words(here))
    here.run(*issue_words(here))
    words = ("inspection", "receive", here.path("signed.json"), "--as", "cn", "--from", "kz")
    here.run(*words, "--who", "officer Chen")
    return here


def body_words(desk: Desk) -> list[str]:
    words = ["inspection", "body", "KZ-PQ", "--as", "cn", "--who", "officer Chen", "--of", "kz"]
    return [*words, "--public", desk.public, "--from", "2026-01-01", "--subject", "plant"]


def issue_words(desk: Desk) -> list[str]:
    words = ["inspection", "issue", desk.file("result.json", RESULT), "--as", "kz", "--to", "cn"]
    more = ["--key", desk.path("body.key"), "--out", desk.path("signed.json")]
    return [*words, *more, "--who", "inspector Aigerim"]


def test_a_body_and_its_keys_are_listed(desk: Desk) -> None:
    (body,) = json.loads(desk.run("inspection", "bodies", "--as", "cn", "--json").out)
    assert (body["code"], body["keys"][0]["public"]) == ("KZ-PQ", desk.public)
    assert "KZ-PQ kz plant" in desk.run("inspection", "bodies", "--as", "cn").words


def test_what_stays_home_is_said_when_it_is_signed(desk: Desk) -> None:
    done = desk.run(*issue_words(desk))
    assert "- image_digest" in done.words
    assert "image_digest" not in json.loads(Path(desk.path("signed.json")).read_text("utf-8"))


@pytest.mark.parametrize(("receiver", "code"), [("cn", 0), ("kz", 1)])
def test_anybody_verifies_it_offline(desk: Desk, receiver: str, code: int) -> None:
    words = ("inspection", "verify", desk.path("signed.json"), "--public", desk.public)
    assert run(*words, "--for", receiver).code == code


def test_a_changed_passport_does_not_verify(desk: Desk) -> None:
    signed = json.loads(Path(desk.path("signed.json")).read_text("utf-8"))
    changed = desk.file("changed.json", signed | {"finding": "differs"})
    done = run("inspection", "verify", changed, "--public", desk.public, "--for", "cn")
    assert (done.code, "SP-5203" in done.words) == (1, True)


@pytest.mark.parametrize("content", [[], {"finding": "conforms"}, RESULT | {"price": "1"}])
def test_a_file_of_another_form_is_refused(desk: Desk, content: object) -> None:
    file = desk.file("odd.json", content)
    assert run("inspection", "verify", file, "--public", desk.public, "--for", "cn").code == 4


def test_a_key_file_is_not_written_over(desk: Desk) -> None:
    assert run("inspection", "key", desk.path("body.key")).code == 4
    assert Path(desk.path("body.key")).stat().st_mode & 0o077 == 0


def test_an_officer_lists_overrides_and_sees_trust(desk: Desk) -> None:
    (one,) = json.loads(desk.run("inspection", "list", "--as", "cn", "--json").out)
    assert (one["standing"], one["passport"]["inspection_no"]) == ("received", "KZ-PQ-7")
    listed = desk.run("inspection", "list", "--as", "cn", "--house", "KHG-000015/1", "--lang", "ru")
    assert "получен" in listed.words
    who = ("--who", "officer Chen")
    desk.run("inspection", "override", "KZ-PQ-7", "--as", "cn", *who, "--reason", " ", code=4)
    done = desk.run(
        "inspection", "override", "KZ-PQ-7", "--as", "cn", *who, "--reason", "seal broken"
    )
    assert "overridden by an officer" in done.words
    assert "INS01 seal broken" in done.words
    again = ("inspection", "recheck", "KZ-PQ-7", "conforms", "--as", "cn", *who)
    assert "SP-6601" in desk.run(*again, code=1).words
    desk.run("inspection", "recheck", "KZ-PQ-7", "differs", "--as", "cn", *who)
    (row,) = json.loads(desk.run("inspection", "trust", "--as", "cn", "--json").out)
    assert (row["body_code"], row["misses_beside"], row["saved"]) == ("KZ-PQ", 1, 0)
    shown = desk.run("inspection", "trust", "--as", "cn").words
    assert "learning 30 %" in shown
    assert "unverified" in shown
    reinstate = ("inspection", "reinstate", "KZ-PQ", "plant", "--as", "cn", *who)
    assert "SP-6601" in desk.run(*reinstate, "--reason", "none", code=1).words
