"""Tools for those who develop Tagweave; nothing imports them at run time."""
