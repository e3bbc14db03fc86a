"""Tag the files that come into a folder, without a person."""
