//! The `fargate-operator` program: parse, install the TLS provider, run, exit code.

use std::process::ExitCode;

use fargate_operator::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::read();
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("fargate-operator: a TLS provider is installed already");
        return ExitCode::FAILURE;
    }
    match cli.execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fargate-operator: {error:#}");
            ExitCode::FAILURE
        }
    }
}
