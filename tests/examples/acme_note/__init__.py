"""Notes to colleagues: the example of ``docs/integrators.md``."""
