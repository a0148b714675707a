"""One word for one thing, in all that a town reads: a word that was given up does not come back.

`同意` is the person's consent alone; colleagues `承諾` (a request for a meeting) or `承認` (what
two of them decide). `開示` is what the law gives a right to; `控え` is somebody's copy on paper.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
READ_BY_TOWNS = (
    *sorted(
        path
        for ending in ("*.yaml", "*.j2", "*.html")
        for path in (ROOT / "templates").rglob(ending)
    ),
    # docs/words.md names the words that were given up.
    *sorted(p for p in (ROOT / "docs").rglob("*.md") if p != ROOT / "docs/words.md"),
    ROOT / "README.md",
    ROOT / ".env.example",
)

# The word to use: patterns of what was said instead. Where the old word is right, it says so.
GIVEN_UP = {
    "承諾、承認": (
        r"(?<!本人が)同意(し(て|ま|な)|する|でき|せず|の前|され)",
        r"(担当|別|役割)の方の同意",
    ),
    "緊急の閲覧": (r"緊急の開示", r"緊急に開かれ"),
    "自分の所属機関": (r"ご本人の機関",),
    "バックアップ、署名付きの証跡、末尾の印、写し": (r"(?<!お手元の)控え(?!があれば処分)",),
    "署名付きの証跡": (r"署名した控え",),
    "反映される": (r"(?<![有無])効(?!果)",),
    "閲覧できる範囲が広がる、狭める変更": (r"見られるもの[がを](増|減)",),
    "権限変更の承認、権限変更の依頼": (r"権限の(承認|依頼|変更)",),
    "承認しない（取り下げ）としました": (r"(依頼|申し出|提案)を終わらせ",),
    "閲覧制限のケース、閲覧制限をかける": (
        r"閲覧(を限|を制限|の制限|制限のある|が限られ|が再び限)",
        r"見られる方[をが]限",
    ),
    "名前を登録された方、見られる担当者": (r"指名", r"閲覧(を認められ|を許す|できる担当者)"),
    "議題への追加": (r"からの取り上げ",),
    "パスキーの必須設定、パスキーが必要な": (r"パスキーの決まり", r"パスキーが要る"),
    "複製されたおそれ": (r"写されたおそれ",),
    "削除しました": (r"手放し",),
    "プロキシ（初めは「リバースプロキシ（中継サーバー）」）": (r"中継(?!サーバー)",),
    "アクセス、接続": (r"からの要求", r"断った要求"),
    "再起動": (r"動かし直",),
    "サーバーの運用担当者": (r"サーバーの(操作|管理(?!の)|担当(?!者))",),
    "復元用の決定一覧": (r"復元のときに使う",),
    "検索用の索引": (r"探すための見出し",),
    "データベースの行": (r"(?<!ベースの)表の行",),
    "長すぎて確認できなかった文": (r"確かめきれなかった文",),
    "チャットの連携、結びつける": (r"チャットの登録", r"結び付", r"結びつきを"),
    "回答期限": (r"答える期限",),
    "シートを書いた方、作成機関": (r"ケースを書いた",),
    "表記だけが違う": (r"つづりが違",),
    "自動処理": (r"自動の処理",),
    "下書き": (r"書きかけ",),
    "作成機関": (r"作成した機関",),
    "庁内のシングルサインオン": (r"共通ログイン",),
    "担当する機関": (r"担当の機関", r"(?<!主)担当機関"),
    "その方、ご自分（本人はケースの方だけ）": (
        r"本人(専用|の受信箱|のメールに|のログイン|にお知らせが)",
    ),
}


def given_up(text: str) -> list[str]:
    """What of `text` was given up, each with the word to use."""
    return [
        f"{found[0]} -> {use}"
        for use, patterns in GIVEN_UP.items()
        for pattern in patterns
        for found in re.finditer(pattern, text)
    ]


def test_a_word_that_was_given_up_stands_nowhere() -> None:
    assert len(READ_BY_TOWNS) > 200  # an empty folder would be clean
    found = {
        f"{path.relative_to(ROOT)}:{number}": wrong
        for path in READ_BY_TOWNS
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if (wrong := given_up(line))
    }
    assert found == {}


def test_a_word_is_refused_where_it_misleads_alone() -> None:
    fine = (
        *("本人の同意があります", "本人が同意しています", "お手元の控えの扱い", "開示などの請求"),
        *("鍵が無効です", "中継サーバー", "サーバーの運用担当者", "データベースの表の行"),
    )
    assert [wrong for text in fine for wrong in given_up(text)] == []
    misleading = (
        *("同意の前に開かれました", "同意しない", "別の方の同意を待っています", "控えから戻す"),
        *("承認するまで効きません", "中継の設定", "権限の依頼", "サーバーの担当に渡す"),
    )
    assert [text for text in misleading if not given_up(text)] == []
