"""Train the encoder's last layers on many labelled catalogues: texts against names of tags, and against other texts."""
