"""What holds for every request, whatever it asks for: refusals, access, limits, headers, the log."""
