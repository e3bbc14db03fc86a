"""Products that are probably the same: their titles say the same in other words."""
