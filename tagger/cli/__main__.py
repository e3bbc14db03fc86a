"""Lets `python -m tagger.cli` stand in for the installed command."""

from tagger.cli import main

raise SystemExit(main())
