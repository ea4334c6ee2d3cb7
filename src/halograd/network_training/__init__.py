"""Training of the network that proposes the mean relation; see train.py."""
