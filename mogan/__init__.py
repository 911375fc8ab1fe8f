"""mogan: GANs whose latent space is a learned mixture, in JAX."""

__version__ = "0.1.0"
