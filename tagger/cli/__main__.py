"""Run the command line as `python -m tagger.cli`, without the installed command."""

from tagger.cli import main

raise SystemExit(main())
