"""Pages: thin, everything is decided in the modules beside this package."""
