"""Models and services behind optional packages: one module each, imported by who wants it."""
