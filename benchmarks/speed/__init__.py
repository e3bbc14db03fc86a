"""Measure the speed of each part as a ratio to a bare library, to the machine's limits, and to the wanted figures."""
