"""The public Python interface; `from tagger import Tagger` hands it on."""
