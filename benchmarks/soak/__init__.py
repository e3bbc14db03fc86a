"""Long tests of what a store survives; `make soak` runs them in full, and the tests a short form of each.

Each trial has a number, which is also its seed. The results are appended to a file, so that a run can be resumed.
"""
