"""Values that every other room stands on: pure, exact, without clock or I/O."""
