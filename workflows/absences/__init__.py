"""不在: days on which a member is away, who stands in, and who hears of it."""
