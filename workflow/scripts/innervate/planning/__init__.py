"""How often the tests are right: calibration, and power of a study that is planned."""
