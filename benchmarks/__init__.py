"""Proofs at the sizes that the work asks for; too long for the tests."""
