//! The Kubernetes API of a FargateProfile: what it takes, what it shows, how large it grows, and objects of a later version.

mod largest;
mod manifests;
mod skew;
