"""What every test of the admin starts from."""

from tests.support.staff import everything, kiosk, login, visits

__all__ = ["everything", "kiosk", "login", "visits"]
