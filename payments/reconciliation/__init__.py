"""Our operations against the list of the terminal or its bank, to the cent. It finds and tells; it moves nothing."""
