"""The commands on parties, as an operator gives them."""

from __future__ import annotations

from pathlib import Path

from tests.cli.shell import Result, run


def test_a_firm_its_names_and_who_acts_for_it(tmp_path: Path) -> None:
    def party(*words: str, code: int = 0) -> Result:
        done = run(*words, "--as", "zz", "--home", str(tmp_path))
        assert done.code == code, done.words
        return done

    party("node", "init", "--url", "https://127.0.0.1:9")
    told = ("--country", "ZZ", "--role", "carrier", "--role", "bank", "--who", "Chen")
    assert "bank, carrier" in party("party", "register", "C1", *told).words
    written = ("--script", "Cyrl", "--by", "the firm", "--own")
    party("party", "name", "C1", "Жібек Жолы", *written)
    party("party", "name", "C1", "丝绸之路", "--script", "Hans", "--by", "broker D1")
    shown = party("party", "show", "C1", "--lang", "zh").words
    assert "承运人" in shown
    assert shown.index("丝绸之路") < shown.index("Жібек Жолы")
    assert party("party", "show", "C1", "--json").json["names"][0]["by"] == "broker D1"
    given = ("--of", "C1", "--to", "D1", "--may", "declare", "--who", "C1", "--role", "principal")
    days = ("--from", "2026-01-01", "--until", "2027-01-01")
    paper = tmp_path / "power.pdf"
    paper.write_bytes(b"signed")
    given = (*given, "--paper", str(paper))
    assert "2026-12-31" in party("party", "power", "PA-1", *given, *days).words
    again = party("party", "power", "PA-1", *given, "--until", "2028-01-01", *days[:2], code=1)
    assert "SP-6803" in again.words
    ended = party("party", "revoke", "PA-1", "--from", "2026-06-01", "--who", "Chen").words
    assert "2026-05-31" in ended
    himself = ("--of", "C2", "--to", "D1", "--may", "declare", *days, "--who", "D1")
    refused = party("party", "power", "PA-3", *himself, "--role", "principal", code=1)
    assert "SP-6804" in refused.words
    carrier = party("party", "power", "PA-3", *himself[:-1], "C1", code=1)  # no officer
    assert "SP-6802" in carrier.words
    assert "SP-4102" in party("party", "revoke", "PA-2", "--who", "C1", code=1).words
