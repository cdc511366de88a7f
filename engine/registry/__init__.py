"""Agreements, approvals and runs: this room alone reads and writes them, whatever store they lie in."""

from engine.registry.agreements import AgreementStore, FileAgreementStore

__all__ = ["AgreementStore", "FileAgreementStore"]
