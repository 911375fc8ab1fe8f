"""Networks that scores use: Inception-v3, a classifier, an autoencoder; their weights and results are kept on disk."""
