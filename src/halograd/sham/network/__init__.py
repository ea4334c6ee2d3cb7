"""Abundance matching by a neural network."""

from halograd.sham.network.network import Network
from halograd.sham.network.relation import (
    NetworkRelation,
    OutOfDomainWarning,
    network_relation,
)
from halograd.sham.network.weights import load as load_network
from halograd.sham.network.weights import save as save_network
from halograd.sham.network.weights import shipped_network

__all__ = [
    "Network",
    "NetworkRelation",
    "OutOfDomainWarning",
    "load_network",
    "network_relation",
    "save_network",
    "shipped_network",
]
