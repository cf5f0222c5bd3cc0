"""Start the simulated charge points."""

from hardware.charger.ocpp16.simulator.main import main

if __name__ == "__main__":
    main()
