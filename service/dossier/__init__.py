"""The dossier: what the record says on a day, as known at an instant, with where it says so and proofs of it."""
