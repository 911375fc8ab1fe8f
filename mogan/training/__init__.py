"""Training on devices: the programs, what a run is built of, the loop over steps, and the trained run in use."""
