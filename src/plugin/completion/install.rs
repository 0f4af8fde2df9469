//! The program that kubectl asks: a shim, since krew links no more than one program of a plugin (kubernetes-sigs/krew#812).

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::plugin::Exit;
use crate::plugin::terminal::Terminal;

/// As kubectl looks for it on PATH (its plugin_completion.go).
const NAME: &str = "kubectl_complete-fargate";
/// kubectl finds the plugin on PATH, so this does too. What is typed may look like an option of ours.
const SHIM: &str = "#!/bin/sh\nexec kubectl-fargate __complete -- \"$@\"\n";

pub(super) fn install(dir: Option<PathBuf>, terminal: &Terminal) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        cfg!(unix),
        "the shim is a shell script, which does not run here: see kubectl fargate completion powershell"
    );
    let folders: Vec<PathBuf> = std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect();
    let own = std::env::current_exe().ok();
    let dir = dir
        .or_else(|| folder_of_plugin(&folders).or_else(|| own?.parent().map(Path::to_owned)))
        .context("the plugin is in no folder of PATH: name a folder with --dir")?;
    let shim = dir.join(NAME);
    write(&shim).with_context(|| format!("writing {}: name another folder with --dir", shim.display()))?;
    let told = format!("{} is installed: kubectl completes kubectl fargate now", shim.display());
    anstream::println!("{}", terminal.wrapped(&told, 2));
    if !folders.contains(&dir) {
        anstream::eprintln!("{} is not in PATH, so that kubectl does not find it: add it there", dir.display());
    }
    Ok(Exit::Good)
}

/// The folder in which kubectl finds the plugin: with krew that of its links, not the one of the program itself.
fn folder_of_plugin(folders: &[PathBuf]) -> Option<PathBuf> {
    folders.iter().find(|folder| folder.join("kubectl-fargate").is_file()).cloned()
}

fn write(path: &Path) -> std::io::Result<()> {
    std::fs::write(path, SHIM)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
