//! Scenario text to a checked model.
