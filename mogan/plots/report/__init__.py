"""A report: one page for a browser that shows a run, several side by side, or a table of runs, and loads nothing."""
