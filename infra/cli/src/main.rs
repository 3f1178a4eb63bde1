//! tallyman: the command line of a deployed stack. It prints JSON, so that scripts can read it.

mod connections;
mod exceptions;
mod file;
mod list;
mod register;
mod resync;
mod stack;

use clap::{Parser, Subcommand};
use std::{io::Write as _, path::PathBuf, process::ExitCode};
use tallyman_domain::{BadId, ConnectionId};

/// Register connections with a deployed Tallyman stack, and list what it knows.
///
/// AWS is reached as any AWS tool reaches it: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL and the rest.
#[derive(Parser)]
#[command(name = "tallyman", version, about, arg_required_else_help = true)]
struct Arguments {
    /// The CloudFormation stack whose table, bucket and secrets are meant.
    #[arg(long, env = "TALLYMAN_STACK", default_value = "tallyman", global = true)]
    stack: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Register the accounts and connections of a TOML file (connections.example.toml documents each field).
    /// Registering again replaces; nothing is removed.
    Register {
        /// The file.
        file: PathBuf,
        /// Read and check the file, change nothing.
        #[arg(long)]
        check: bool,
        /// Who is written into the history of the settings.
        #[arg(long, env = "USER", default_value = "the command line")]
        by: String,
    },
    /// List the connections and accounts, without their keys; add, pause, resume or remove one.
    Connections {
        #[command(subcommand)]
        what: Option<Connections>,
    },
    /// List the open exceptions: order, kind, since, deadline, owner, what happened, what to do. Resolve, assign or
    /// comment one.
    Exceptions {
        /// Of one connection only.
        #[arg(long)]
        connection: Option<String>,
        #[command(subcommand)]
        what: Option<exceptions::Command>,
    },
    /// Read a past range of time again on both sides, over the queues. What is known already changes nothing.
    Resync {
        /// Which connection.
        #[arg(long, value_parser = connection_id)]
        connection: ConnectionId,
        /// From when (RFC 3339, such as 2026-11-01T00:00:00Z).
        #[arg(long)]
        from: jiff::Timestamp,
        /// Until when; now when left out.
        #[arg(long)]
        to: Option<jiff::Timestamp>,
    },
    /// List the stored proofs: order, shipment, digest, stored at.
    Proofs {
        /// Of one connection only.
        #[arg(long)]
        connection: Option<String>,
    },
}

#[derive(Subcommand)]
enum Connections {
    /// State, seller, ends and last contact of each. The same as without a subcommand.
    List,
    /// Add one connection of a TOML file, or change the settings of one that is there. Without an access token in the file,
    /// somebody has to authorise a new one in the console; one that is authorised keeps its tokens.
    Add {
        /// The file: keys in arguments would be seen by everybody on the machine.
        file: PathBuf,
        /// Which of its connections; not needed when there is one.
        #[arg(long, value_parser = connection_id)]
        connection: Option<ConnectionId>,
        /// Who is written into the history of the settings.
        #[arg(long, env = "USER", default_value = "the command line")]
        by: String,
    },
    /// Stop polling it and announcing its shipments. What arrives meanwhile is kept.
    Pause {
        /// Which.
        #[arg(value_parser = connection_id)]
        connection: ConnectionId,
    },
    /// Use it again; it goes on where it was.
    Resume {
        /// Which.
        #[arg(value_parser = connection_id)]
        connection: ConnectionId,
    },
    /// Take it away: its keys are deleted for good, its orders and proofs stay.
    Remove {
        /// Which.
        #[arg(value_parser = connection_id)]
        connection: ConnectionId,
    },
}

fn connection_id(text: &str) -> Result<ConnectionId, BadId> {
    ConnectionId::parse(text)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(value) => {
            let text = serde_json::to_string_pretty(&value).unwrap_or_default();
            // A closed pipe (`| head`) is no error of ours.
            let _ = writeln!(std::io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "tallyman: {}", tallyman_runtime::telemetry::chain(&*error));
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn run(arguments: Arguments) -> Result<serde_json::Value, Failure> {
    tallyman_runtime::http::install_tls();
    if let Command::Register { file, check: true, .. } = &arguments.command {
        let read = file::read(file)?;
        return Ok(serde_json::json!({ "accounts": read.accounts.len(), "connections": read.connections.len() }));
    }
    let stack = stack::Stack::find(&arguments.stack).await?;
    match arguments.command {
        Command::Register { file, by, .. } => register::register(&stack, file::read(&file)?, &by).await,
        Command::Connections { what } => connections::run(&stack, what.unwrap_or(Connections::List)).await,
        Command::Exceptions { connection, what } => exceptions::run(&stack, connection.as_deref(), what).await,
        Command::Resync { connection, from, to } => resync::run(&stack, &connection, from, to).await,
        Command::Proofs { connection } => list::proofs(&stack, connection.as_deref()).await,
    }
}
