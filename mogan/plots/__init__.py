"""Pictures as uint8 arrays [H, W, 3]: sheets of images, figures of points, contours, a model, runs side by side."""
