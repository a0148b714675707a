"""Cases: the sheet, referrals and replies, plan, closure."""
