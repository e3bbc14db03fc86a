"""Train the model that compares texts with names of tags (`tagger.taggers.names`) on many labelled catalogues."""
