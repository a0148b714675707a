"""受信箱: what waits for somebody, and the news that came with what became of it."""
