"""Help for tests of Zhidu and of addons; the fixtures stand in ``zhidu.testing.fixtures``."""
