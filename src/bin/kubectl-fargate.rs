//! The `kubectl-fargate` program, which kubectl runs as `kubectl fargate`.

use std::process::ExitCode;

use fargate_operator::plugin::Cli;

fn main() -> ExitCode {
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("error: a TLS provider is installed already");
        return ExitCode::FAILURE;
    }
    Cli::read().execute()
}
