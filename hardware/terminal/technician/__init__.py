"""The technician's command: any terminal by its URL, without Django, and no hold left behind."""
