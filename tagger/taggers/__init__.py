"""The built-in taggers, one per module; they are loaded through the plugin registry like third-party ones."""
