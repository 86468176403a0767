//! Incidents: open, acknowledged, resolved, reopened; who and when; analytics and audit.
