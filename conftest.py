"""What every test can ask for."""

pytest_plugins = ["tests.sockets", "tests.system", "tests.postgresql"]
