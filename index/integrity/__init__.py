"""Files that tell whether their own content has changed, such as by a flipped bit on the disk."""
