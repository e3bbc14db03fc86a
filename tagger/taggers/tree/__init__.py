"""What the tagger `taxonomy` is made of: shares of branches, words of names, and vectors of nodes."""
