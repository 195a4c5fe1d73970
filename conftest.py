"""What every test can ask for."""

pytest_plugins = ["tests.groups", "tests.sockets", "tests.system", "tests.postgresql"]
