"""The seeded sample day: parcels both ways across a border, with planted errors of every kind."""

from silkport.sim.sample import SampleReport, write_sample
from silkport.sim.scoring import planted_against_found

__all__ = ["SampleReport", "planted_against_found", "write_sample"]
