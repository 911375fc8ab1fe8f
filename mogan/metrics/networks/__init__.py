"""Networks that scores look through: Inception-v3, a classifier, an autoencoder; their weights and results, on disk."""
