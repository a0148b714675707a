"""People of the fictional town (templates/fictional_town/members.csv)."""

COORDINATOR = "M21"  # 社協 CSW, districts D01 and D02, scenario A's writer
OTHER_COORDINATOR = "M01"  # 福祉総務課, districts D01 to D03
FAR_COORDINATOR = "M23"  # 社協, other districts
CHAIR = "M03"
MANAGER = "M04"
ADMINISTRATOR = "M05"
SECOND_ADMINISTRATOR = "M61"
CLERK = "M06"
ELDERLY = "M26"  # 地域包括支援センター
DISABILITY = "M30"
LIVELIHOOD = "M32"
FARMING = "M33"
COMMISSIONER = "M34"
SSW = "M17"
OUTSIDER = "M48"  # an agency with no part in scenario A
A_AGENCIES = {"M21": "A13", "M26": "A14", "M30": "A17", "M32": "A19", "M33": "A20", "M34": "A21"}
HAS_LEFT = ("M57", "M59")  # an agency's only member, and a coordinator
NOT_YET_HERE = ("M58", "M60")
