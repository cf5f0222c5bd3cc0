"""What every test of the devices' admin starts from."""

from tests.support.staff import english, kiosk, login

__all__ = ["english", "kiosk", "login"]
