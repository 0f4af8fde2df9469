mod lease;
mod preflight;
mod turns;
