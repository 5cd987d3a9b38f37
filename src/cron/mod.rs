//! Schedule text to next times, as the CronJob controller of Kubernetes computes them.
