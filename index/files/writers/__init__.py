"""Write a file again as it came, with other tags."""
