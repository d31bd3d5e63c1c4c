"""Exchange: what leaves for other programs and for the level above."""
