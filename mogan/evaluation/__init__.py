"""Scores of a run or of samples: what is asked, under which conditions, by whose network, with which protocol."""
