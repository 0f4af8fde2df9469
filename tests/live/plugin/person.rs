//! People with some rights and no others, as whom the plugin is run.

use std::path::PathBuf;

use bed::Bed;
use serde_json::Value;

/// A kubeconfig for a person to whom these ClusterRoles are bound.
pub(crate) fn kubeconfig(bed: &Bed, person: &str, roles: &[&str]) -> PathBuf {
    let kubectl = bed.kubectl();
    // It may be there already.
    let _ = kubectl.run(&format!("create serviceaccount {person} -n default"));
    for role in roles {
        let line = format!(
            "create clusterrolebinding plugin-{person}-{role} --clusterrole={role} --serviceaccount=default:{person}"
        );
        // Left by an earlier test of the same control plane, it serves as well.
        if let Err(error) = kubectl.run(&line) {
            assert!(error.to_string().contains("already exists"), "{error}");
        }
    }
    let token = kubectl.run(&format!("create token {person} -n default")).unwrap();
    let mut config: Value = serde_json::from_str(&kubectl.run("config view --raw -o json").unwrap()).unwrap();
    config["users"][0]["user"] = serde_json::json!({ "token": token.trim() });
    let file = bed.control_plane().folder().join(format!("{person}.kubeconfig"));
    std::fs::write(&file, config.to_string()).unwrap();
    file
}
