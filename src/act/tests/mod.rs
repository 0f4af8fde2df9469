mod lease;
mod turns;
