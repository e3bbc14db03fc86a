"""Apply people's decisions to suggestions."""
