"""The built-in taggers, one a module; they come in through the plugin registry like any other."""
