"""Checks of an elaborated and placed tree that hold for all SystemRDL."""

def check(top):
    pass
