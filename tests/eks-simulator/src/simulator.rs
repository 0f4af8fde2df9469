//! Starting and stopping.

use std::{io, net::SocketAddr, ops::Deref, sync::Arc};

use tokio::{net::TcpListener, task::JoinSet};

use crate::{Control, Settings, http, world::Shared};

/// Starts a simulator on the current tokio runtime. It listens when this returns.
///
/// # Errors
/// If the address cannot be listened on.
pub async fn start(settings: Settings) -> io::Result<Simulator> {
    let listener = TcpListener::bind(settings.listen).await?;
    let address = listener.local_addr()?;
    let shared = Arc::new(Shared::new(&settings));
    let mut tasks = JoinSet::new();
    tasks.spawn(http::serve(listener, Arc::clone(&shared)));
    tasks.spawn(Arc::clone(&shared).tick());
    Ok(Simulator { control: Control::of(shared), address, tasks })
}

/// A running simulator. All that can be asked of it is on [`Control`], to which it dereferences.
/// Dropping it closes its port and every connection, also those in the middle of a call.
#[derive(Debug)]
pub struct Simulator {
    control: Control,
    address: SocketAddr,
    tasks: JoinSet<()>,
}

impl Simulator {
    /// Where it listens, as `http://address:port`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A handle that can be given to other tasks and outlives neither state nor meaning of the simulator.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Stops it; when this returns the port is closed.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

impl Deref for Simulator {
    type Target = Control;

    fn deref(&self) -> &Control {
        &self.control
    }
}
