"""What every test of the admin starts from."""

from tests.support.staff import english, everything, kiosk, login, visits

__all__ = ["english", "everything", "kiosk", "login", "visits"]
