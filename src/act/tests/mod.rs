mod lease;
mod owner;
mod turns;
