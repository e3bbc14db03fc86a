"""Check that a catalogue's file is sound, and write it again from its rows."""
