//! Pods go from one object to another: renames, merges, splits, profiles that overlap. Watched from outside, by what is
//! available; nothing that another FargateProfile takes is ended with its EKS profile.

mod foreign;
mod full;
mod held;
mod merge;
mod nobody;
mod random;
mod rename;
mod split;
mod zones;
