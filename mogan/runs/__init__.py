"""One run's folder on disk: its names, config, data, log, checkpoints and best state, and how it is read back."""
