"""Training on devices: the programs, what a run is built of, and the loop over steps."""
