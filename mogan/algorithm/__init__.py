"""One training step for one device: networks and latent bound together, what each player descends, who moves when."""
