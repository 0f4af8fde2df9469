//! What a plan rests on, as `--save` keeps it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, ensure};
use kube::ResourceExt;
use serde::{Deserialize, Serialize};

use crate::api::FargateProfile;
use crate::forecast::World;

/// The format of the file.
const FORMAT: u32 = 2;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    format: u32,
    /// The operator's cluster, for objects that name none.
    pub(super) own_cluster: String,
    /// One for each EKS cluster that is concerned.
    pub(super) worlds: Vec<World>,
    /// What could not be read, for people.
    pub(super) notes: Vec<String>,
}

impl State {
    pub(super) fn of(own_cluster: &str) -> Self {
        Self { format: FORMAT, own_cluster: own_cluster.to_owned(), ..Self::default() }
    }

    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading --state {}", path.display()))?;
        let state: Self = serde_json::from_str(&text)
            .with_context(|| format!("--state {} is not what --save writes", path.display()))?;
        ensure!(
            state.format == FORMAT,
            "--state {} has format {}, and this version reads {FORMAT}: save it again",
            path.display(),
            state.format
        );
        Ok(state)
    }

    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        private(path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("writing --save {}", path.display()))
    }

    /// The EKS cluster that an object is for.
    pub(super) fn cluster_of<'a>(&'a self, object: &'a FargateProfile) -> &'a str {
        object.spec.cluster_name.as_deref().unwrap_or(&self.own_cluster)
    }

    /// The object of this name, as it is.
    pub(super) fn object(&self, name: &str) -> Option<&FargateProfile> {
        self.worlds.iter().flat_map(|world| &world.objects).find(|object| object.name_any() == name)
    }
}

/// An empty file that only its owner may read, also if it was there before: the configuration of Fargate's logs may hold a password.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::fs::Permissions;
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

        let file = options.mode(0o600).open(path)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}
