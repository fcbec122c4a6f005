"""Inverse design in a closed loop: rounds of propose, screen, relax, measure and confirm."""
