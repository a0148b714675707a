"""Time as one caller: ticks, the nightly check of the trail, what follows when open days change."""
