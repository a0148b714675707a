"""`show` and `explain`: freely over the fictional town; a real one asks why and keeps it."""

from pathlib import Path

import pytest

from tests.support.commands import Command, commands_in

INIT = (
    *("init", "--name", "試し町", "--kana", "ためしちょう", "--district", "東圏域,ひがしけんいき"),
    *("--agency", "福祉課", "--agency-kana", "ふくしか", "--admin", "山田 花"),
    *("--admin-kana", "やまだ はな", "--yes", "--no-write-env"),
)


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    return commands_in(tmp_path, monkeypatch, capsys)


def test_a_town_asks_why_and_keeps_it_and_the_trial_does_not(command: Command) -> None:
    """Without a reason nothing is printed, and the trial's is none in a town; whoever reads what
    is printed is told that the trail has it."""
    assert command(*INIT).status == 0
    for given in ((), ("--reason", "because"), ("--reason", "trial")):
        said = command("show", "member", "M01", *given, MODE="town", typed="\n")
        assert (said.status, "山田" in said.out) == (1, False), given
        assert "何も表示していません。" in said.err
    asked = command("show", "member", "山田　花", MODE="town", typed="inquiry\n")
    assert asked.status == 0
    assert "name: 山田 花" in asked.out
    assert "法令に基づく照会への対応" in asked.err
    assert "監査の記録に残しました" in asked.err
    trial = command("show", "member", "M21", MODE="local")
    assert (trial.status, "監査の記録に残しました" in trial.err) == (0, False)
    assert "roles:" in trial.out


def test_explain_answers_from_the_permission_table(command: Command) -> None:
    """The standings that hold are marked among those that would be enough; a slip is a sentence."""
    said = command("explain", "M21", "town", "--action", "convene", MODE="local", COLUMNS="200")
    assert said.status == 0
    assert "●連携担当者" in said.out
    assert "・会議主宰者" in said.out
    whole = command("explain", "M21", "town", MODE="local", COLUMNS="200").out
    assert "see_digest" in whole
    assert "できない" in whole
    for wrong, word in (
        (("M99", "town"), "M99"),
        (("M21", "case", "R8-0001"), "R8-0001"),
        (("M21", "meeting", "x"), "/meetings/"),
        (("M21", "town", "--action", "fly"), "see_digest"),
    ):
        said = command("explain", *wrong, MODE="local")
        assert (said.status, said.out, word in said.err) == (1, "", True), said
    assert command("explain", "M21", "case", MODE="local").status == 2
    assert command("show", "case", MODE="local").status == 2
