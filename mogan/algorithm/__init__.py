"""One training step for one device: networks and latent as one, what each player descends, who is updated when."""
