//! Owns the operator's process, as a Deployment would, and kills it when a proxy asks for that.

use std::time::Duration;

use anyhow::bail;
use tokio::sync::{mpsc, oneshot};

use crate::operator::{Operator, OperatorSettings};

/// Scaled time limits are short for a loaded machine: who finds the API server too slow is started again.
const TOO_SLOW: &str = "took too long";

/// Asks for the operator's death; answered when it is dead.
pub(super) type Kill = oneshot::Sender<()>;

/// Returns when the operator is dead.
pub(super) async fn kill(kills: &mpsc::UnboundedSender<Kill>) {
    let (dead, death) = oneshot::channel();
    // Nobody keeps an operator any more when the test is over.
    let _ = kills.send(dead);
    let _ = death.await;
}

/// Keeps an operator running whose traffic goes through the proxies.
pub struct Supervisor {
    settings: OperatorSettings,
    kills: mpsc::UnboundedReceiver<Kill>,
    operator: Option<Operator>,
}

impl Supervisor {
    pub(super) fn new(settings: OperatorSettings, kills: mpsc::UnboundedReceiver<Kill>) -> Self {
        Self { settings, kills, operator: None }
    }

    /// Starts the operator, kills it when a proxy asks for that, and starts it again, for ever.
    ///
    /// # Errors
    /// If the operator does not start, or ends by itself otherwise than for want of time.
    pub async fn keep(&mut self) -> anyhow::Result<std::convert::Infallible> {
        loop {
            if self.operator.is_none() {
                match Operator::start(&self.settings).await {
                    Ok(operator) => self.operator = Some(operator),
                    Err(error) if format!("{error:#}").contains(TOO_SLOW) => continue,
                    Err(error) => return Err(error),
                }
            }
            match tokio::time::timeout(Duration::from_millis(50), self.kills.recv()).await {
                Ok(Some(kill)) => {
                    self.end();
                    // Whoever asked may have gone with the operator's connection.
                    let _ = kill.send(());
                }
                Ok(None) => bail!("the proxies are gone"),
                Err(_) => self.look_after()?,
            }
        }
    }

    /// Who has ended for want of time is started again; whoever ended otherwise is reported.
    fn look_after(&mut self) -> anyhow::Result<()> {
        let Some(operator) = &mut self.operator else { return Ok(()) };
        if let Some(code) = operator.process().ended()? {
            let log = operator.log();
            let last = log.lines().last().unwrap_or_default();
            if !last.contains(TOO_SLOW) {
                bail!("the operator ended by itself with {code}: {last}");
            }
            self.operator = None;
        }
        Ok(())
    }

    /// Without warning. When this returns it is dead.
    fn end(&mut self) {
        if let Some(mut operator) = self.operator.take() {
            // It may have ended by itself.
            let _ = operator.process().signal("KILL");
        }
    }
}

impl Drop for Supervisor {
    /// A process that is asked to end would want to end its passes, which nobody may be left to serve.
    fn drop(&mut self) {
        self.end();
    }
}
