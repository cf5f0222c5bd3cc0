"""The demo is made once and then left alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import override_settings

from hardware.keys import check_key, new_key
from hardware.models import ChargePoint, Connector, Terminal
from hardware.terminal.registry import SIMULATED
from hardware.terminal.simulators import Placed
from kiosk import demo_data
from kiosk.models import Kiosk, Offer, PriceComponent, Site, Tariff

pytestmark = pytest.mark.django_db


def simulated(port: int = 8100, name: str = "payproxy") -> Placed:
    return Placed(SIMULATED[name], port)


def read_keys(path: Path) -> dict[str, str]:
    return dict(line.split("=") for line in path.read_text().splitlines())


def test_an_empty_database_gets_a_whole_site() -> None:
    demo_data.seed(simulated())

    kiosk = Kiosk.objects.get()
    assert kiosk.site.name == "Demo"
    assert kiosk.terminal.url == "payproxy+http://127.0.0.1:8100"
    kiosk.terminal.clean()  # a driver can be opened with it
    offers = Offer.objects.filter(site=kiosk.site).order_by("connector__label")
    assert [
        (offer.connector.charge_point.identity, offer.connector.number, offer.connector.label) for offer in offers
    ] == [("CP001", 1, "1"), ("CP001", 2, "2"), ("CP002", 1, "3")]
    users = get_user_model().objects.order_by("username")
    assert [(user.username, [group.name for group in user.groups.all()]) for user in users] == [
        ("installer", ["Installer"]),
        ("operator", ["Operator"]),
        ("support", ["Support"]),
    ]
    assert all(user.is_staff and not user.is_superuser for user in users)


def test_seeding_again_adds_nothing_and_keeps_what_a_user_edited() -> None:
    demo_data.seed(simulated())
    Site.objects.update(name="My site", help_phone="+31 20 123 45 67")
    PriceComponent.objects.filter(dimension="ENERGY").update(price="0.79")
    Connector.objects.filter(label="3").delete()
    counted = [model.objects.count() for model in (Site, Tariff, Offer, Connector, ChargePoint, Terminal, Kiosk)]

    demo_data.seed(simulated())

    assert [
        model.objects.count() for model in (Site, Tariff, Offer, Connector, ChargePoint, Terminal, Kiosk)
    ] == counted
    assert Site.objects.get().name == "My site"
    assert str(PriceComponent.objects.get(dimension="ENERGY").price) == "0.7900"


def test_another_simulator_port_moves_the_terminal() -> None:
    demo_data.seed(simulated())
    demo_data.seed(simulated(9100))
    assert Terminal.objects.get().url == "payproxy+http://127.0.0.1:9100"


def test_another_simulated_terminal_takes_its_place_with_a_profile_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, each in SIMULATED.items():
        for variable, value in each.environment.items():
            monkeypatch.setenv(variable, value)
        demo_data.seed(simulated(name=name))
        terminal = Terminal.objects.get()
        assert terminal.url.partition("://")[0] in (name, f"{name}+http")
        terminal.clean()  # a driver can be opened with it
    demo_data.seed(simulated(9100, "zvt+tcp"))
    Terminal.objects.update(profile={"preset": "plain"})
    demo_data.seed(simulated(9200, "zvt+tcp"))
    terminal = Terminal.objects.get()
    assert (terminal.url, terminal.profile) == ("zvt+tcp://127.0.0.1:9202", {"preset": "plain"})


def test_a_terminal_that_was_pointed_at_a_real_device_stays_there() -> None:
    demo_data.seed(simulated())
    Terminal.objects.update(url="payproxy+http://10.0.0.5:8080")
    demo_data.seed(simulated(9100))
    assert Terminal.objects.get().url == "payproxy+http://10.0.0.5:8080"


def test_the_key_file_lets_the_simulator_sign_in_and_nobody_else_reads_it(tmp_path: Path) -> None:
    demo_data.seed(simulated())
    path = tmp_path / "chargers.keys"

    assert demo_data.write_keys(path) == []

    keys = read_keys(path)
    assert sorted(keys) == ["CP001", "CP002"]
    for charge_point in ChargePoint.objects.all():
        assert check_key(charge_point, keys[charge_point.identity].encode())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert demo_data.write_keys(path) == []
    assert read_keys(path) == keys


def test_a_key_changed_in_the_admin_is_not_changed_back(tmp_path: Path) -> None:
    demo_data.seed(simulated())
    path = tmp_path / "chargers.keys"
    demo_data.write_keys(path)
    charge_point = ChargePoint.objects.get(identity="CP002")
    key = new_key(charge_point)

    (warning,) = demo_data.write_keys(path)

    assert "CP002" in warning
    charge_point.refresh_from_db()
    assert check_key(charge_point, key.encode())


def test_the_command_prints_the_logins_but_not_a_changed_password(capsys: pytest.CaptureFixture[str]) -> None:
    demo_data.seed(simulated())
    support = get_user_model().objects.get(username="support")
    support.set_password("something of my own")
    support.save()

    call_command("seed_demo")

    assert capsys.readouterr().out.splitlines() == [
        "support\t(changed)\tSupport",
        "operator\ttapcharge\tOperator",
        "installer\ttapcharge\tInstaller",
    ]


@override_settings(DEMO=False)
def test_there_is_no_demo_in_production() -> None:
    with pytest.raises(CommandError, match="demo only"):
        call_command("seed_demo")
    assert not get_user_model().objects.exists()
