"""What people's decisions change in suggestions."""
