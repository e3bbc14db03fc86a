"""The leaderboard: every tagger trained and measured on the same parts of a store."""
