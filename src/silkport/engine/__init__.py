"""Where sheets are executed beside the journey: one parcel at a time."""
