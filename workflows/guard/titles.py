"""What stands beside a name and says whose it is: a courtesy title, or a place called so."""

import re
from typing import Final

COURTESY: Final = ("さん", "様", "さま", "サマ", "氏", "君", "くん", "ちゃん", "チャン", "殿")
HOUSE: Final = ("宅", "家", "夫妻", "夫婦", "邸")
LATIN: Final = "(?:san|sama|kun|chan|shi)(?![a-z])"
# Words that begin like a title: 様式, 氏名, 家族.
_NO_TITLES: Final = "様[式子相態々]|氏[名神族]|君が代|殿堂|家[庭族計屋事賃具電]|宅[地配]"
NO_TITLE: Final = re.compile(_NO_TITLES)
# After a name in Latin letters, in plain spelling.
TITLE_AFTER_LATIN: Final = re.compile(
    rf"[\s\-‐_.・]{{0,2}}{LATIN}"
    rf"|[\s)]?(?!{_NO_TITLES})(?:{'|'.join((*COURTESY, *HOUSE))}|サン)"
)
TITLE_BEFORE_LATIN: Final = re.compile(r"(?<![a-z])(?:mr|mrs|ms|miss|mx|dr)[.\s]{0,2}$")
TITLE_JOINED_TO_LATIN: Final = re.compile("(?:san|sama|kun|chan)$")
# A name that is the beginning of a public place is that place's: 山口県, さくら保育園.
PLACE_AFTER: Final = re.compile(
    "公民館|集会所|会館|センター|病院|医院|診療所|クリニック|薬局|小学校|中学校|高校|高等学校|学校|"
    "保育|幼稚園|こども園|支所|出張所|庁舎|役場|駅|ホール|図書館|体育館|公園|地区|圏域|町|村|市|区|県|"
    "丁目|川|橋|通り|団地|神社|寺|大学|交番|警察|郵便局|支店|祭|まつり|印刷|ビル|"
    "コミュニティ|地域|福祉|社会|園(?!児)|苑|会(?![議う話談食計長])|教室|学級|食堂|作業所|事業所|児童館|"
    "学童|クラブ|ステーション|デイ|法人|銀行|商店|工務店"
)
LATIN_PLACE_AFTER: Final = re.compile(
    r"hall|house|home|cent(?:er|re)|clinic|hospital|park|school|station|city|town|building"
)
