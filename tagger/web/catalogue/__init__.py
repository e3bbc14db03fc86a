"""The catalogue tab."""
