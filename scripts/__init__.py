"""What is run by hand or by make; nothing imports it but its tests."""
