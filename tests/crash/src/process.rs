//! One function process: the real binary, with the environment that the template gives it.

use crate::{
    orders::{Gate, Seen, Strike},
    outside::Outside,
    relay::{Killer, Relay},
    runtime_api::{Invocation, Runtime, router},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead as _, BufReader, PipeReader},
    net::Ipv4Addr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

/// Longer than a call's own limit (20 s), so that a time-out is the function's and not ours.
const HUNG_AFTER_MIN: Duration = Duration::from_secs(55);
const LOG_LINES_MAX: usize = 60;

/// How an invocation ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// With a response.
    Answered(Value),
    /// With an error of the function.
    Failed(Value),
    /// With the process.
    Died,
    /// Not at all.
    Hung,
}

/// A running function.
#[derive(Debug)]
pub struct Process {
    /// What it calls.
    pub relay: Arc<Relay>,
    /// Where its relay listens.
    pub origin: String,
    events: mpsc::UnboundedSender<Invocation>,
    gone: watch::Receiver<bool>,
    killer: Killer,
    log: Arc<Mutex<VecDeque<String>>>,
    server: JoinHandle<()>,
    time: Duration,
}

impl Process {
    /// Starts it. `environment` is asked for with the relay's origin; `time` is what an invocation may take.
    ///
    /// # Errors
    /// When the binary is missing or no port is free.
    pub async fn start(
        binary: &Path,
        outside: Arc<Outside>,
        time: Duration,
        environment: impl FnOnce(&str) -> BTreeMap<String, String>,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let origin = format!("http://{address}");
        let relay = Arc::new(Relay::new(outside));
        relay.set_origin(&origin);
        let (events, received) = mpsc::unbounded_channel();
        let app = router(Arc::new(Runtime::new(relay.clone(), received)));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                eprintln!("crash: a relay stopped: {error}");
            }
        });
        let (said, voice) = std::io::pipe()?;
        let child = Command::new(binary)
            .env_clear()
            .envs(environment(&origin))
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .stdin(Stdio::null())
            .stdout(voice.try_clone()?)
            .stderr(voice)
            .spawn()
            .map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", binary.display())))?;
        let log = Arc::new(Mutex::new(VecDeque::new()));
        let killer = watch_over(child, said, log.clone());
        relay.set_killer(killer.clone());
        Ok(Self { relay, origin, events, gone: killer.gone.clone(), killer, log, server, time })
    }

    /// Is it there no more?
    #[must_use]
    pub fn is_gone(&self) -> bool {
        *self.gone.borrow()
    }

    /// Hands it one event and waits for what becomes of it. Also tells which calls it made, and whether the fault struck.
    pub async fn invoke(
        &self,
        event: Value,
        strike: Option<Strike>,
        gate: Option<Arc<Gate>>,
    ) -> (Outcome, Vec<Seen>, bool) {
        self.relay.begin(strike, gate);
        let (reply, answer) = oneshot::channel();
        if self.events.send(Invocation { event, time: self.time, reply }).is_err() {
            return (Outcome::Died, self.relay.end(), false);
        }
        let mut gone = self.gone.clone();
        let outcome = tokio::select! {
            answer = answer => match answer {
                Ok(Ok(value)) => Outcome::Answered(value),
                Ok(Err(value)) => Outcome::Failed(value),
                Err(_) => Outcome::Died,
            },
            _ = gone.wait_for(|gone| *gone) => Outcome::Died,
            () = tokio::time::sleep(self.time.max(HUNG_AFTER_MIN)) => Outcome::Hung,
        };
        let struck = self.relay.has_struck();
        (outcome, self.relay.end(), struck)
    }

    /// The end of its log.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// SIGKILL.
    pub async fn end(&self) {
        self.killer.kill().await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.killer.strike();
        self.server.abort();
    }
}

/// Kills when asked, and tells when it is gone: that is when nobody holds the other end of its output any more.
fn watch_over(child: Child, said: PipeReader, log: Arc<Mutex<VecDeque<String>>>) -> Killer {
    let (say, gone) = watch::channel(false);
    let child = Arc::new(Mutex::new(child));
    let watched = child.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            if log.len() == LOG_LINES_MAX {
                log.pop_front();
            }
            log.push_back(line);
        }
        let _ = watched.lock().unwrap_or_else(PoisonError::into_inner).wait();
        say.send_replace(true);
    });
    Killer { child, gone }
}
